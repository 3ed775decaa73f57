//! What holds for what administrators see and do.

use super::walk::{page, walk};
use super::{add, at_once, find_user, write};
use crate::build::user;
use crate::clock::FakeClock;
use chrono::TimeDelta;
use portcullis_application::ports::{Repositories, Store, StoreResult, UserFilter, UserQuery};
use portcullis_domain::{PageRequest, Position, Role, User};
use std::cmp::Reverse;
use std::sync::Arc;

/// Without gap or double, also where several came at once, by pages of every size.
pub async fn users_are_listed_newest_first(store: &Arc<dyn Store>) {
    let users = add_users(store, 12).await;
    for size in [1, 2, 3, 5, 11, 12, 13, 100] {
        assert_eq!(listed(store, &UserFilter::default(), size).await, users, "by {size}");
    }
}

/// Where nothing is left out, the page that holds the last user names no next one.
pub async fn the_last_page_of_users_names_no_next_one(store: &Arc<dyn Store>) {
    let everybody = |repositories: &mut dyn Repositories, request: &PageRequest| {
        repositories.users().list(&UserFilter::default(), request)
    };
    let nobody = page(store, 10, None, everybody).await;
    assert_eq!((nobody.items, nobody.next), (vec![], None));
    let users = add_users(store, 6).await;
    let before_last = position(&users[4]);
    let last = page(store, 1, Some(before_last), everybody).await;
    assert_eq!((last.items, last.next), (vec![users[5].clone()], None));
    let behind = page(store, 1, Some(position(&users[5])), everybody).await;
    assert_eq!((behind.items, behind.next), (vec![], None));
}

/// Those that match all of it, once each.
pub async fn every_combination_of_filters_gives_the_users_that_match(store: &Arc<dyn Store>) {
    let users = add_users(store, 24).await;
    for query in [None, Some("odd"), Some("x.test"), Some("user1"), Some("nobody at all")] {
        for role in [None, Some(Role::User), Some(Role::Admin)] {
            for is_active in [None, Some(true), Some(false)] {
                let filter = UserFilter {
                    query: query.map(|text| UserQuery::parse(text).unwrap()),
                    role,
                    is_active,
                };
                let matching: Vec<_> = users
                    .iter()
                    .filter(|user| {
                        query.is_none_or(|text| user.email.as_str().contains(text))
                            && role.is_none_or(|role| user.role == role)
                            && is_active.is_none_or(|is_active| user.is_active == is_active)
                    })
                    .cloned()
                    .collect();
                for size in [1, 2, 100] {
                    assert_eq!(listed(store, &filter, size).await, matching, "{filter:?} by {size}");
                }
            }
        }
    }
}

/// Whoever is there all the time is seen once; a position whose user is gone still says where to go on.
pub async fn a_list_goes_on_while_users_come_and_go(store: &Arc<dyn Store>) {
    let users = add_users(store, 12).await;
    let mut seen: Vec<User> = Vec::new();
    let mut after = None;
    for turn in 0.. {
        let read = page(store, 2, after, |repositories, request| {
            repositories.users().list(&UserFilter::default(), request)
        });
        let read = read.await;
        seen.extend(read.items);
        after = read.next;
        let Some(last) = after else { break };
        let newcomer = User {
            created_at: FakeClock::start() + TimeDelta::days(turn + 1),
            ..user(&format!("newcomer{turn}@x.test"))
        };
        add(store, &newcomer, &[]).await;
        if let Some(gone) = users.iter().find(|user| position(user) == last) {
            delete(store, gone).await;
        }
    }
    assert_eq!(seen, users);
}

/// Those who are disabled do not count, nor those without the role.
pub async fn the_active_administrators_are_counted(store: &Arc<dyn Store>) {
    assert_eq!(administrators(store).await, 0);
    for (number, role, is_active) in [
        (0, Role::Admin, true),
        (1, Role::Admin, false),
        (2, Role::User, true),
        (3, Role::User, false),
        (4, Role::Admin, true),
    ] {
        let user = User {
            role,
            is_active,
            ..user(&format!("user{number}@x.test"))
        };
        add(store, &user, &[]).await;
    }
    assert_eq!(administrators(store).await, 2);
    delete(store, &user("user4@x.test")).await;
    assert_eq!(administrators(store).await, 1);
    // What the unit itself did counts.
    let counts = write(store, |repositories| {
        let before = repositories.users().lock_administrators()?;
        let mut last = repositories.users().lock(user("user0@x.test").id)?.unwrap();
        last.is_active = false;
        repositories.users().update(&last)?;
        Ok((before, repositories.users().lock_administrators()?))
    });
    assert_eq!(counts.await.unwrap(), (1, 0));
}

/// Of those who demote, disable or delete one another, one finds that nobody else is left: each sees what the one
/// before did.
pub async fn administrators_who_remove_one_another_leave_one(store: &Arc<dyn Store>) {
    const ADMINISTRATORS: usize = 4;
    for round in 0..10 {
        let administrators: Vec<_> = (0..ADMINISTRATORS)
            .map(|number| User {
                role: Role::Admin,
                ..user(&format!("admin{round}.{number}@x.test"))
            })
            .collect();
        for administrator in &administrators {
            add(store, administrator, &[]).await;
        }
        let results = at_once(ADMINISTRATORS, |number| {
            let (store, target) = (Arc::clone(store), administrators[(number + 1) % ADMINISTRATORS].id);
            async move {
                write(&store, move |repositories| {
                    if repositories.users().lock_administrators()? < 2 {
                        return Ok(false);
                    }
                    let mut user = repositories.users().lock(target)?.unwrap();
                    match number {
                        0 => user.role = Role::User,
                        1 => user.is_active = false,
                        _ => return repositories.users().delete(target),
                    }
                    repositories.users().update(&user)
                })
                .await
            }
        });
        let mut removed = 0;
        for result in results.await {
            removed += usize::from(result.unwrap());
        }
        assert_eq!(removed, ADMINISTRATORS - 1, "round {round}");
        assert_eq!(self::administrators(store).await, 1, "round {round}");
        for administrator in &administrators {
            if find_user(store, administrator.id).await.is_some() {
                delete(store, administrator).await;
            }
        }
    }
}

/// Users of both roles, some of them disabled, three at a time made in the same moment; newest first.
async fn add_users(store: &Arc<dyn Store>, count: i64) -> Vec<User> {
    let mut users: Vec<_> = (0..count)
        .map(|number| User {
            created_at: FakeClock::start() + TimeDelta::microseconds(number / 3),
            role: if number % 3 == 0 { Role::Admin } else { Role::User },
            is_active: number % 4 != 0,
            ..user(&format!(
                "user{number}.{}@x.test",
                if number % 2 == 0 { "even" } else { "odd" }
            ))
        })
        .collect();
    // Not in the order of their ids, which are of one millisecond all.
    for user in &users {
        add(store, user, &[]).await;
    }
    users.sort_by_key(|user| Reverse((user.created_at, user.id)));
    users
}

fn position(user: &User) -> Position {
    Position {
        at: user.created_at,
        id: user.id.as_uuid(),
    }
}

async fn listed(store: &Arc<dyn Store>, filter: &UserFilter, size: usize) -> Vec<User> {
    let filter = filter.clone();
    walk(store, size, move |repositories, request| {
        repositories.users().list(&filter, request)
    })
    .await
}

async fn administrators(store: &Arc<dyn Store>) -> u64 {
    let counted = write(store, |repositories| repositories.users().lock_administrators());
    counted.await.unwrap()
}

async fn delete(store: &Arc<dyn Store>, user: &User) {
    let id = user.id;
    let deleted: StoreResult<_> = write(store, move |repositories| repositories.users().delete(id)).await;
    assert!(deleted.unwrap());
}

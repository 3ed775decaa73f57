//! What holds for users.

use super::{add, by_family, find_session, find_user, read, revocations, write};
use crate::build::{email, ending, full_name, session, user};
use crate::clock::FakeClock;
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_application::ports::{Store, StoreError, StoreResult};
use portcullis_domain::{Email, Locale, Role, TimeZone, User};
use std::slice::from_ref;
use std::sync::Arc;

/// By every way to read one, in any script, at any length that is allowed.
pub async fn every_field_of_a_user_survives(store: &Arc<dyn Store>) {
    let longest_address = format!(
        "{}@{}.{}.{}.test",
        "a".repeat(64),
        "b".repeat(61),
        "c".repeat(61),
        "d".repeat(60)
    );
    assert_eq!(longest_address.len(), 254);
    let users = [
        user("plain@x.test"),
        User {
            email_verified: true,
            full_name: full_name("홍길동 ñ \u{1f469}\u{200d}\u{1f680} Ó'Brien \"x\" \\ %_;--"),
            role: Role::Admin,
            is_active: false,
            locale: Some(Locale::parse("zh-Hant-TW").unwrap()),
            time_zone: Some(TimeZone::parse("Asia/Seoul").unwrap()),
            pending_email: Some(email("next@x.test")),
            has_signed_in: true,
            ..user("o'brien+tag%_@xn--bcher-kva.example")
        },
        User {
            full_name: full_name(&"\u{1f600}".repeat(100)),
            ..user(&longest_address)
        },
    ];
    for user in &users {
        add(store, user, &[]).await;
    }
    for user in users {
        let (id, email) = (user.id, user.email.clone());
        assert_eq!(find_user(store, id).await.as_ref(), Some(&user));
        assert_eq!(find_by_email(store, &email).await.as_ref(), Some(&user));
        let locked = write(store, move |repositories| repositories.users().lock(id));
        assert_eq!(locked.await.unwrap(), Some(user));
    }
}

/// Where it waits for them alone.
pub async fn a_user_is_found_by_the_address_that_waits(store: &Arc<dyn Store>) {
    let waiting = |address: &str, pending: &str| User {
        pending_email: Some(email(pending)),
        ..user(address)
    };
    let (ada, ben) = (
        waiting("ada@x.test", "new@x.test"),
        waiting("ben@x.test", "other@x.test"),
    );
    for user in [&ada, &ben, &user("without@x.test")] {
        add(store, user, &[]).await;
    }
    assert_eq!(find_by_pending(store, "new@x.test").await, Some(ada));
    assert_eq!(find_by_pending(store, "ada@x.test").await, None);
    add(store, &waiting("rival@x.test", "new@x.test"), &[]).await;
    assert_eq!(find_by_pending(store, "new@x.test").await, None);
    assert_eq!(find_by_pending(store, "other@x.test").await, Some(ben));
}

async fn find_by_pending(store: &Arc<dyn Store>, address: &str) -> Option<User> {
    let email = email(address);
    read(store, move |repositories| {
        repositories.users().find_by_pending_email(&email)
    })
    .await
}

/// From the first second of 1970 to the last of 9999.
pub async fn a_time_survives_to_the_microsecond(store: &Arc<dyn Store>) {
    // 9999-12-31T23:59:59.999999Z
    let last = 253_402_300_799_999_999;
    for (number, microseconds) in [0, 1, 999_999, 1_234_567_890_123_457, last].into_iter().enumerate() {
        let created_at: DateTime<Utc> = DateTime::UNIX_EPOCH + TimeDelta::microseconds(microseconds);
        let user = User {
            created_at,
            ..user(&format!("user{number}@x.test"))
        };
        add(store, &user, &[]).await;
        assert_eq!(find_user(store, user.id).await.unwrap().created_at, created_at);
    }
}

/// And an update of nobody says so.
pub async fn nobody_is_found_where_nobody_is(store: &Arc<dyn Store>) {
    add(store, &user("ada@x.test"), &[]).await;
    let nobody = user("nobody@x.test");
    let id = nobody.id;
    assert_eq!(find_user(store, id).await, None);
    assert_eq!(find_by_email(store, &nobody.email).await, None);
    let locked = write(store, move |repositories| repositories.users().lock(id));
    assert_eq!(locked.await.unwrap(), None);
    let updated = write(store, move |repositories| repositories.users().update(&nobody));
    assert!(!updated.await.unwrap());
    assert_eq!(find_user(store, id).await, None);
}

/// No character of it stands for others.
pub async fn an_address_is_compared_as_it_is(store: &Arc<dyn Store>) {
    for address in ["acb@x.test", "a.b@x.test"] {
        add(store, &user(address), &[]).await;
    }
    for pattern in ["a_b@x.test", "a%@x.test", "a*@x.test", "'||'@x.test"] {
        assert_eq!(find_by_email(store, &email(pattern)).await, None, "{pattern}");
    }
}

/// And ends the unit.
pub async fn a_taken_address_is_a_conflict_for_a_new_user(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    add(store, &ada, &[]).await;
    let (before, second) = (
        user("before@x.test"),
        User {
            email: ada.email.clone(),
            ..user("second@x.test")
        },
    );
    let (added, refused) = (before.clone(), second.clone());
    let result = write(store, move |repositories| {
        repositories.users().insert(&added)?;
        repositories.users().insert(&refused)
    });
    assert!(matches!(result.await, Err(StoreError::Conflict)));
    assert_eq!(find_user(store, before.id).await, None);
    assert_eq!(find_user(store, second.id).await, None);
    assert_eq!(find_by_email(store, &ada.email).await, Some(ada));
}

/// And ends the unit. One's own address is not taken.
pub async fn a_taken_address_is_a_conflict_for_a_user_who_changes_theirs(store: &Arc<dyn Store>) {
    let (ada, ben) = (user("ada@x.test"), user("ben@x.test"));
    let begun = session(&ben, 1);
    add(store, &ada, &[]).await;
    add(store, &ben, from_ref(&begun)).await;
    let greedy = User {
        email: ada.email.clone(),
        ..ben.clone()
    };
    let id = begun.id;
    let result = write(store, move |repositories| {
        repositories.endings().revoke(id, &ending(begun.rotation.created_at))?;
        repositories.users().update(&greedy)
    });
    assert!(matches!(result.await, Err(StoreError::Conflict)));
    assert_eq!(find_session(store, id).await.unwrap().revoked_at, None);
    assert_eq!(find_user(store, ben.id).await.as_ref(), Some(&ben));

    let renamed = User {
        full_name: full_name("Benjamin"),
        ..ben
    };
    let update = renamed.clone();
    assert!(
        write(store, move |repositories| repositories.users().update(&update))
            .await
            .unwrap()
    );
    assert_eq!(find_user(store, renamed.id).await, Some(renamed));
}

/// The user who has it stays as they are.
pub async fn an_id_in_use_is_not_given_again(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    add(store, &ada, &[]).await;
    let double = User {
        id: ada.id,
        ..user("double@x.test")
    };
    let email = double.email.clone();
    assert!(
        write(store, move |repositories| repositories.users().insert(&double))
            .await
            .is_err()
    );
    assert_eq!(find_user(store, ada.id).await, Some(ada));
    assert_eq!(find_by_email(store, &email).await, None);
}

/// All that can change of that one.
pub async fn an_update_writes_one_user_and_no_other(store: &Arc<dyn Store>) {
    let (ada, ben) = (user("ada@x.test"), user("ben@x.test"));
    add(store, &ada, &[session(&ada, 1)]).await;
    add(store, &ben, &[]).await;
    let everything = User {
        email: email("countess@x.test"),
        email_verified: true,
        full_name: full_name("Augusta Ada King"),
        role: Role::Admin,
        is_active: false,
        locale: Some(Locale::parse("ko").unwrap()),
        time_zone: Some(TimeZone::default()),
        pending_email: Some(email("lady@x.test")),
        has_signed_in: true,
        ..ada.clone()
    };
    for changed in [everything, ada.clone()] {
        let update = changed.clone();
        assert!(
            write(store, move |repositories| repositories.users().update(&update))
                .await
                .unwrap()
        );
        assert_eq!(find_by_email(store, &changed.email).await.as_ref(), Some(&changed));
        assert_eq!(find_user(store, changed.id).await, Some(changed));
        assert_eq!(find_user(store, ben.id).await.as_ref(), Some(&ben));
    }
    assert_eq!(find_by_email(store, &email("countess@x.test")).await, None);
    assert_eq!(find_session(store, session(&ada, 1).id).await, Some(session(&ada, 1)));
}

/// And nothing of others; a second deletion says that there is nobody.
pub async fn a_deleted_user_is_gone_with_their_sessions(store: &Arc<dyn Store>) {
    let (ada, ben) = (user("ada@x.test"), user("ben@x.test"));
    for user in [&ada, &ben] {
        add(store, user, &[session(user, 1), session(user, 2)]).await;
    }
    assert!(delete(store, &ada).await);
    assert!(!delete(store, &ada).await);
    assert_eq!(find_user(store, ada.id).await, None);
    assert_eq!(find_by_email(store, &ada.email).await, None);
    for number in [1, 2] {
        assert_eq!(find_session(store, session(&ada, number).id).await, None);
        let bens = session(&ben, number);
        assert_eq!(find_session(store, bens.id).await, Some(bens));
    }
    assert_eq!(find_user(store, ben.id).await, Some(ben));
}

/// Also in the unit that deletes.
pub async fn the_address_of_a_deleted_user_is_free(store: &Arc<dyn Store>) {
    let first = user("ada@x.test");
    add(store, &first, &[]).await;
    let second = User {
        id: user("second@x.test").id,
        ..first.clone()
    };
    let (gone, added) = (first.id, second.clone());
    let replaced = write(store, move |repositories| {
        repositories.users().lock(gone)?;
        assert!(repositories.users().delete(gone)?);
        repositories.users().insert(&added)
    });
    replaced.await.unwrap();
    assert_eq!(find_by_email(store, &first.email).await, Some(second));
    assert_eq!(find_user(store, first.id).await, None);
}

/// What they held is worthless as long as it would have lived.
pub async fn the_revocations_of_a_deleted_user_stay(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    add(store, &ada, &[session(&ada, 1), session(&ada, 2)]).await;
    let id = ada.id;
    let ended = write(store, move |repositories| {
        repositories.users().lock(id)?;
        let ended = repositories
            .endings()
            .revoke_all(id, None, &ending(FakeClock::start()))?;
        repositories.users().delete(id)?;
        Ok(ended)
    });
    let ended = by_family(ended.await.unwrap());
    assert_eq!(ended.len(), 2);
    assert_eq!(revocations(store).await, ended);
}

async fn delete(store: &Arc<dyn Store>, user: &User) -> bool {
    let id = user.id;
    let deleted = write(store, move |repositories| {
        repositories.users().lock(id)?;
        repositories.users().delete(id)
    });
    deleted.await.unwrap()
}

async fn find_by_email(store: &Arc<dyn Store>, email: &Email) -> Option<User> {
    let email = email.clone();
    let found: StoreResult<_> = store
        .look_up(move |repositories| repositories.users().find_by_email(&email))
        .await;
    found.unwrap()
}

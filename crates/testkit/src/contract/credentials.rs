//! What holds for credentials.

use super::{add, at_once, find_user, read, write};
use crate::build::{full_name, session, user};
use portcullis_application::ports::{Store, UserFilter};
use portcullis_domain::{Credentials, Email, PageRequest, PasswordHash, User, UserId};
use std::slice;
use std::sync::Arc;

/// By every way to read it, whatever the hasher wrote. A user without a password has none.
pub async fn a_password_is_found_by_the_id_and_the_address_of_its_user(store: &Arc<dyn Store>) {
    let hashes = [
        String::new(),
        "$2b$12$CCCCCCCCCCCCCCCCCCCCCu.fRZHHOYgHEbnNRNSbC4lzqA0d8CXB6".to_owned(),
        format!("$2b$12${}é\u{1f511} '\"\\ %_", "./".repeat(100)),
    ];
    let without = user("without@x.test");
    add(store, &without, &[]).await;
    for (number, text) in hashes.into_iter().enumerate() {
        let user = user(&format!("user{number}@x.test"));
        add(store, &user, &[session(&user, 1)]).await;
        set(store, user.id, &text).await;
        assert_eq!(find(store, user.id).await, Some(with(&text)));
        let user = having_a_password(user);
        assert_eq!(find_by_email(store, &user.email).await, Some((user, with(&text))));
    }
    assert_eq!(find(store, without.id).await, Some(with_none()));
    let found = find_by_email(store, &without.email).await;
    assert_eq!(found, Some((without, with_none())));
    let nobody = user("nobody@x.test");
    assert_eq!(find(store, nobody.id).await, None);
    assert_eq!(find_by_email(store, &nobody.email).await, None);
}

/// Of one user, who stays as they are.
pub async fn a_password_is_set_over_the_one_before(store: &Arc<dyn Store>) {
    let (ada, ben) = (user("ada@x.test"), user("ben@x.test"));
    for user in [&ada, &ben] {
        add(store, user, &[]).await;
        set(store, user.id, "first").await;
    }
    for text in ["second", "second", "third"] {
        set(store, ada.id, text).await;
        assert_eq!(find(store, ada.id).await, Some(with(text)));
    }
    assert_eq!(find(store, ben.id).await, Some(with("first")));
    assert_eq!(find_user(store, ada.id).await, Some(having_a_password(ada)));
}

/// And says so. Nothing is replaced where there is none.
pub async fn a_password_is_replaced_only_where_the_checked_one_stands(store: &Arc<dyn Store>) {
    let (ada, ben, without) = (user("ada@x.test"), user("ben@x.test"), user("without@x.test"));
    for user in [&ada, &ben, &without] {
        add(store, user, &[]).await;
    }
    set(store, ada.id, "first").await;
    set(store, ben.id, "first").await;
    for other in ["", "FIRST", "first ", "f%", "second"] {
        assert!(!replace(store, ada.id, other, "stolen").await, "{other:?}");
    }
    assert!(!replace(store, without.id, "", "stolen").await);
    assert!(!replace(store, user("nobody@x.test").id, "first", "stolen").await);
    assert_eq!(find(store, ada.id).await, Some(with("first")));
    assert_eq!(find(store, without.id).await, Some(with_none()));
    assert!(replace(store, ada.id, "first", "second").await);
    assert_eq!(find(store, ada.id).await, Some(with("second")));
    assert_eq!(find(store, ben.id).await, Some(with("first")));
}

/// Also where nobody holds the user's row.
pub async fn of_many_replacements_of_one_password_one_wins(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    add(store, &ada, &[]).await;
    for round in 0..10 {
        set(store, ada.id, "checked").await;
        let replaced = at_once(8, |racer| {
            let (store, id) = (Arc::clone(store), ada.id);
            async move { replace(&store, id, "checked", &format!("of {racer}")).await }
        });
        let replaced = replaced.await;
        let winners: Vec<_> = (0..8).filter(|racer| replaced[*racer]).collect();
        let [winner] = winners[..] else {
            panic!("round {round}: {winners:?}")
        };
        assert_eq!(find(store, ada.id).await, Some(with(&format!("of {winner}"))));
    }
}

/// A password always has a user.
pub async fn a_password_of_nobody_is_refused(store: &Arc<dyn Store>) {
    let id = user("nobody@x.test").id;
    let refused = write(store, move |repositories| {
        repositories
            .credentials()
            .set_password(id, &PasswordHash::new("hash".to_owned()))
    });
    assert!(refused.await.is_err());
    assert_eq!(find(store, id).await, None);
}

/// Whatever becomes of the rest.
pub async fn a_change_of_a_user_leaves_their_password(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    add(store, &ada, &[]).await;
    set(store, ada.id, "hash").await;
    let renamed = User {
        full_name: full_name("Augusta Ada King"),
        is_active: false,
        ..ada
    };
    let update = renamed.clone();
    let updated = write(store, move |repositories| repositories.users().update(&update));
    assert!(updated.await.unwrap());
    let found = find_by_email(store, &renamed.email).await;
    assert_eq!(found, Some((having_a_password(renamed), with("hash"))));
}

/// Nobody inherits it with the address or with the id.
pub async fn a_deleted_user_is_gone_with_their_password(store: &Arc<dyn Store>) {
    let (ada, ben) = (user("ada@x.test"), user("ben@x.test"));
    for user in [&ada, &ben] {
        add(store, user, &[]).await;
        set(store, user.id, "hash").await;
    }
    let (id, again) = (ada.id, ada.clone());
    let replaced = write(store, move |repositories| {
        repositories.users().lock(id)?;
        assert!(repositories.users().delete(id)?);
        assert_eq!(repositories.credentials().find(id)?, None);
        repositories.users().insert(&again)
    });
    replaced.await.unwrap();
    assert_eq!(find(store, ada.id).await, Some(with_none()));
    assert_eq!(find(store, ben.id).await, Some(with("hash")));
}

/// By every way to read a user; and the user who is written does not say so.
pub async fn a_user_shows_whether_there_is_a_password(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    let begun = session(&ada, 1);
    add(store, &ada, slice::from_ref(&begun)).await;
    for is_set in [false, true, false] {
        let (id, session) = (ada.id, begun.clone());
        if is_set {
            set(store, id, "hash").await;
        } else {
            let removed = write(store, move |repositories| {
                repositories.credentials().remove_password(id)
            });
            removed.await.unwrap();
        }
        let update = User {
            has_password: !is_set,
            ..ada.clone()
        };
        let written = write(store, move |repositories| {
            let users = repositories.users();
            let locked = users.lock(id)?;
            users.update(&update)?;
            Ok([locked, users.find(id)?, users.find_by_email(&update.email)?])
        });
        let listed = list(store).await;
        let of_session = read(store, move |repositories| {
            repositories.sessions().find_with_user(session.id)
        });
        let of_session = of_session.await.map(|(_, user)| user);
        for found in [Some(listed), of_session].into_iter().chain(written.await.unwrap()) {
            assert_eq!(found.map(|user| user.has_password), Some(is_set));
        }
    }
}

/// The one user that there is.
async fn list(store: &Arc<dyn Store>) -> User {
    let listed = read(store, |repositories| {
        repositories
            .users()
            .list(&UserFilter::default(), &PageRequest::default())
    });
    listed.await.items.remove(0)
}

fn having_a_password(user: User) -> User {
    User {
        has_password: true,
        ..user
    }
}

fn with(text: &str) -> Credentials {
    Credentials {
        password: Some(PasswordHash::new(text.to_owned())),
    }
}

fn with_none() -> Credentials {
    Credentials::default()
}

async fn find(store: &Arc<dyn Store>, id: UserId) -> Option<Credentials> {
    read(store, move |repositories| repositories.credentials().find(id)).await
}

async fn find_by_email(store: &Arc<dyn Store>, email: &Email) -> Option<(User, Credentials)> {
    let email = email.clone();
    read(store, move |repositories| {
        repositories.credentials().find_by_email(&email)
    })
    .await
}

async fn set(store: &Arc<dyn Store>, id: UserId, text: &str) {
    let hash = PasswordHash::new(text.to_owned());
    let set = write(store, move |repositories| {
        repositories.users().lock(id)?;
        repositories.credentials().set_password(id, &hash)
    });
    set.await.unwrap();
}

async fn replace(store: &Arc<dyn Store>, id: UserId, checked: &str, text: &str) -> bool {
    let [checked, hash] = [checked, text].map(|text| PasswordHash::new(text.to_owned()));
    let replaced = write(store, move |repositories| {
        repositories.credentials().replace_password(id, &checked, &hash)
    });
    replaced.await.unwrap()
}

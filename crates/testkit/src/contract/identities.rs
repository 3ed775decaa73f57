//! What holds for identities at other providers.

use super::{add, at_once, read, write};
use crate::build::{identity, user};
use crate::clock::FakeClock;
use chrono::TimeDelta;
use portcullis_application::ports::{Store, StoreError, StoreResult};
use portcullis_domain::{IdentityKey, IdentityLabel, LinkedIdentity, User, UserId};
use std::sync::Arc;

/// By its key, and among those of its user.
pub async fn every_field_of_an_identity_survives(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    add(store, &ada, &[]).await;
    let used = LinkedIdentity {
        last_used_at: Some(FakeClock::start() + TimeDelta::seconds(9)),
        ..identity(&ada, 1)
    };
    let unlabelled = LinkedIdentity {
        label: None,
        ..identity(&ada, 2)
    };
    for identity in [&used, &unlabelled] {
        insert(store, identity).await.unwrap();
    }
    assert_eq!(find(store, &used.key).await, Some(used.clone()));
    assert_eq!(list(store, ada.id).await, [used, unlabelled]);
}

/// Neither is compared without regard to letter case, and the two do not run together.
pub async fn an_identity_is_issuer_and_subject_byte_for_byte(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    add(store, &ada, &[]).await;
    let key = |issuer: &str, subject: &str| IdentityKey::new(issuer, subject).unwrap();
    let linked = LinkedIdentity {
        key: key("https://id.example", "Ada"),
        ..identity(&ada, 1)
    };
    insert(store, &linked).await.unwrap();
    for other in [
        key("https://id.example", "ada"),
        key("https://ID.example", "Ada"),
        key("https://id.example/", "Ada"),
        key("https://other.example", "Ada"),
        key("https://id.exampl", "eAda"),
    ] {
        assert_eq!(find(store, &other).await, None, "{other:?}");
    }
    assert!(find(store, &linked.key).await.is_some());
}

/// By one user.
pub async fn an_identity_is_linked_once(store: &Arc<dyn Store>) {
    let (ada, ben) = (user("ada@x.test"), user("ben@x.test"));
    for user in [&ada, &ben] {
        add(store, user, &[]).await;
    }
    let linked = identity(&ada, 1);
    insert(store, &linked).await.unwrap();
    let again = LinkedIdentity {
        key: linked.key.clone(),
        ..identity(&ben, 2)
    };
    assert!(matches!(insert(store, &again).await, Err(StoreError::Conflict)));
    let elsewhere = LinkedIdentity {
        key: IdentityKey::new("https://other.example", linked.key.subject()).unwrap(),
        ..again
    };
    insert(store, &elsewhere).await.unwrap();
}

/// The others are told of a conflict.
pub async fn of_many_who_link_one_identity_one_gets_it(store: &Arc<dyn Store>) {
    let users: Vec<User> = (0..8).map(|number| user(&format!("user{number}@x.test"))).collect();
    for user in &users {
        add(store, user, &[]).await;
    }
    let key = identity(&users[0], 1).key;
    let linked = at_once(8, |number| {
        let identity = LinkedIdentity {
            key: key.clone(),
            ..identity(&users[number], 1)
        };
        let store = Arc::clone(store);
        async move { insert(&store, &identity).await.is_ok() }
    });
    assert_eq!(linked.await.into_iter().filter(|is_linked| *is_linked).count(), 1);
}

/// And what it is called now.
pub async fn a_use_of_an_identity_is_noted(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    add(store, &ada, &[]).await;
    let linked = identity(&ada, 1);
    insert(store, &linked).await.unwrap();
    let (at, label) = (FakeClock::start() + TimeDelta::days(1), IdentityLabel::of("countess"));
    let (id, told) = (linked.id, label.clone());
    let noted = write(store, move |repositories| {
        repositories.identities().note_use(id, at, told.as_ref())
    });
    assert!(noted.await.unwrap());
    let expected = LinkedIdentity {
        last_used_at: Some(at),
        label,
        ..linked
    };
    assert_eq!(find(store, &expected.key).await, Some(expected));
    let nobodys = identity(&ada, 2).id;
    let noted = write(store, move |repositories| {
        repositories.identities().note_use(nobodys, at, None)
    });
    assert!(!noted.await.unwrap());
}

/// Once.
pub async fn an_identity_is_unlinked_by_its_user_alone(store: &Arc<dyn Store>) {
    let (ada, ben) = (user("ada@x.test"), user("ben@x.test"));
    for user in [&ada, &ben] {
        add(store, user, &[]).await;
    }
    let linked = identity(&ada, 1);
    insert(store, &linked).await.unwrap();
    for (user, is_deleted) in [(ben.id, false), (ada.id, true), (ada.id, false)] {
        let id = linked.id;
        let deleted = write(store, move |repositories| repositories.identities().delete(user, id));
        assert_eq!(deleted.await.unwrap(), is_deleted);
    }
    assert_eq!(find(store, &linked.key).await, None);
}

/// They may be linked by somebody else then.
pub async fn a_deleted_user_is_gone_with_their_identities(store: &Arc<dyn Store>) {
    let (ada, ben) = (user("ada@x.test"), user("ben@x.test"));
    for user in [&ada, &ben] {
        add(store, user, &[]).await;
    }
    insert(store, &identity(&ada, 1)).await.unwrap();
    let id = ada.id;
    let deleted = write(store, move |repositories| repositories.users().delete(id));
    assert!(deleted.await.unwrap());
    let again = LinkedIdentity {
        key: identity(&ada, 1).key,
        ..identity(&ben, 2)
    };
    insert(store, &again).await.unwrap();
}

async fn insert(store: &Arc<dyn Store>, identity: &LinkedIdentity) -> StoreResult<()> {
    let identity = identity.clone();
    write(store, move |repositories| {
        repositories.users().lock(identity.user_id)?;
        repositories.identities().insert(&identity)
    })
    .await
}

async fn find(store: &Arc<dyn Store>, key: &IdentityKey) -> Option<LinkedIdentity> {
    let key = key.clone();
    read(store, move |repositories| repositories.identities().find(&key)).await
}

async fn list(store: &Arc<dyn Store>, user: UserId) -> Vec<LinkedIdentity> {
    read(store, move |repositories| repositories.identities().list(user)).await
}

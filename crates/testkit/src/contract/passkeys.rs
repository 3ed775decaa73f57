//! What holds for passkeys.

use super::{add, at_once, read, write};
use crate::build::user;
use crate::clock::FakeClock;
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_application::ports::Store;
use portcullis_domain::{
    CredentialId, Device, Label, Passkey, PasskeyId, PasskeyState, PasskeyUse, PublicHalf, UserAgent, UserId,
};
use std::sync::Arc;
use uuid::Uuid;

/// When it is added, and after a use.
pub async fn every_field_of_a_passkey_survives(store: &Arc<dyn Store>) {
    let ada = person(store, "ada@x.test").await;
    let mut passkey = passkey(ada, 1);
    assert!(put(store, &passkey).await);
    assert_eq!(found(store, 1).await, Some(passkey.clone()));
    let next = PasskeyState {
        key: PublicHalf::new(vec![9; 4096]).unwrap(),
        counter: u32::MAX,
        is_synced: true,
    };
    let used = PasskeyUse {
        at: now() + TimeDelta::microseconds(1),
        device: device("::1", "curl/8"),
    };
    assert!(note_use(store, passkey.id, 0, next.clone(), used.clone()).await);
    (passkey.state, passkey.last_use) = (next, Some(used));
    assert_eq!(found(store, 1).await, Some(passkey));
}

/// Whoever adds it, and of many at once one does.
pub async fn a_credential_is_added_once(store: &Arc<dyn Store>) {
    let (ada, ben) = (person(store, "ada@x.test").await, person(store, "ben@x.test").await);
    let added = at_once(8, |number| {
        let store = Arc::clone(store);
        let whose = if number % 2 == 0 { ada } else { ben };
        let passkey = Passkey {
            id: PasskeyId::from(Uuid::from_u128(100 + u128::try_from(number).unwrap())),
            ..passkey(whose, 1)
        };
        async move { put(&store, &passkey).await }
    });
    assert_eq!(added.await.into_iter().filter(|is_added| *is_added).count(), 1);
    assert!(found(store, 1).await.is_some() && found(store, 2).await.is_none());
}

/// The oldest first, and nobody else's.
pub async fn passkeys_are_listed_in_their_order(store: &Arc<dyn Store>) {
    let (ada, ben) = (person(store, "ada@x.test").await, person(store, "ben@x.test").await);
    for (whose, number, age) in [(ada, 1, 1), (ada, 2, 2), (ben, 3, 3)] {
        let passkey = Passkey {
            created_at: now() - TimeDelta::seconds(age),
            ..passkey(whose, number)
        };
        assert!(put(store, &passkey).await);
    }
    assert_eq!(numbers(store, ada).await, [2, 1]);
    assert_eq!(numbers(store, ben).await, [3]);
    let counted = read(store, move |repositories| repositories.passkeys().count(ada));
    assert_eq!(counted.await, 2);
}

/// Of all users.
pub async fn passkeys_that_were_made_for_another_domain_are_counted(store: &Arc<dyn Store>) {
    let (ada, ben) = (person(store, "ada@x.test").await, person(store, "ben@x.test").await);
    for (whose, number, relying_party) in [
        (ada, 1, "example.org"),
        (ada, 2, "auth.example.org"),
        (ben, 3, "example.org"),
    ] {
        let passkey = Passkey {
            relying_party: relying_party.to_owned(),
            ..passkey(whose, number)
        };
        assert!(put(store, &passkey).await);
    }
    for (own, expected) in [
        (Some("example.org"), 1),
        (Some("auth.example.org"), 2),
        (Some("localhost"), 3),
        (None, 3),
    ] {
        let counted = read(store, move |repositories| {
            repositories.passkeys().count_made_for_others(own)
        });
        assert_eq!(counted.await, expected, "{own:?}");
    }
}

/// Of many at once that saw one count, one writes.
pub async fn a_use_is_written_over_the_count_that_was_seen(store: &Arc<dyn Store>) {
    let ada = person(store, "ada@x.test").await;
    let passkey = passkey(ada, 1);
    assert!(put(store, &passkey).await);
    let used = PasskeyUse {
        at: now(),
        device: Device::default(),
    };
    let state = |counter| PasskeyState {
        counter,
        ..passkey.state.clone()
    };
    let noted = at_once(8, |_| {
        let (store, used, next) = (Arc::clone(store), used.clone(), state(5));
        let id = passkey.id;
        async move { note_use(&store, id, 0, next, used).await }
    });
    assert_eq!(noted.await.into_iter().filter(|is_noted| *is_noted).count(), 1);
    assert!(!note_use(store, passkey.id, 4, state(6), used.clone()).await);
    assert!(note_use(store, passkey.id, 5, state(6), used.clone()).await);
    let nobodys = PasskeyId::from(Uuid::from_u128(7));
    assert!(!note_use(store, nobodys, 0, state(1), used).await);
}

/// And by nobody else.
pub async fn a_passkey_is_renamed_and_removed_by_its_user(store: &Arc<dyn Store>) {
    let (ada, ben) = (person(store, "ada@x.test").await, person(store, "ben@x.test").await);
    let passkey = passkey(ada, 1);
    assert!(put(store, &passkey).await);
    let id = passkey.id;
    for (whose, expected) in [(ben, false), (ada, true)] {
        let renamed = write(store, move |repositories| {
            repositories.users().lock(whose)?;
            repositories
                .passkeys()
                .rename(whose, id, &Label::parse("My key").unwrap())
        });
        assert_eq!(renamed.await.unwrap(), expected);
    }
    assert_eq!(found(store, 1).await.unwrap().name.as_str(), "My key");
    for (whose, expected) in [(ben, false), (ada, true), (ada, false)] {
        let removed = write(store, move |repositories| {
            repositories.users().lock(whose)?;
            repositories.passkeys().remove(whose, id)
        });
        assert_eq!(removed.await.unwrap(), expected);
    }
    assert_eq!(numbers(store, ada).await, [0_u8; 0]);
}

/// To the microsecond; all of them go with their user, too.
pub async fn passkeys_go_from_a_time_on(store: &Arc<dyn Store>) {
    let (ada, ben) = (person(store, "ada@x.test").await, person(store, "ben@x.test").await);
    for (whose, number, steps) in [(ada, 1, -1), (ada, 2, 0), (ada, 3, 1), (ben, 4, 1), (ben, 5, 0)] {
        let passkey = Passkey {
            created_at: now() + TimeDelta::microseconds(steps),
            ..passkey(whose, number)
        };
        assert!(put(store, &passkey).await);
    }
    let removed = write(store, move |repositories| {
        repositories.users().lock(ada)?;
        repositories.passkeys().remove_added_since(ada, now())
    });
    assert_eq!(removed.await.unwrap(), 2);
    assert_eq!(
        (numbers(store, ada).await, numbers(store, ben).await),
        (vec![1], vec![5, 4])
    );
    let removed = write(store, move |repositories| {
        repositories.users().lock(ben)?;
        repositories.passkeys().remove_all(ben)
    });
    assert_eq!(removed.await.unwrap(), 2);
    let deleted = write(store, move |repositories| repositories.users().delete(ada));
    assert!(deleted.await.unwrap());
    assert!(found(store, 1).await.is_none());
}

fn now() -> DateTime<Utc> {
    FakeClock::start()
}

fn device(address: &str, agent: &str) -> Device {
    Device {
        address: address.parse().ok(),
        user_agent: UserAgent::from_text(agent),
    }
}

fn credential(number: u8) -> CredentialId {
    CredentialId::new(vec![number; 32]).unwrap()
}

fn passkey(user_id: UserId, number: u8) -> Passkey {
    Passkey {
        id: PasskeyId::from(Uuid::from_u128(u128::from(number))),
        user_id,
        credential_id: credential(number),
        relying_party: "auth.example.org".to_owned(),
        state: PasskeyState {
            key: PublicHalf::new(vec![number]).unwrap(),
            counter: 0,
            is_synced: false,
        },
        name: Label::parse("Chrome on Android").unwrap(),
        created_at: now(),
        created_on: device("203.0.113.7", "Mozilla/5.0"),
        last_use: None,
    }
}

async fn person(store: &Arc<dyn Store>, address: &str) -> UserId {
    let user = user(address);
    add(store, &user, &[]).await;
    user.id
}

async fn put(store: &Arc<dyn Store>, passkey: &Passkey) -> bool {
    let passkey = passkey.clone();
    let added = write(store, move |repositories| {
        repositories.users().lock(passkey.user_id)?;
        repositories.passkeys().add(&passkey)
    });
    added.await.unwrap()
}

async fn found(store: &Arc<dyn Store>, number: u8) -> Option<Passkey> {
    read(store, move |repositories| {
        repositories.passkeys().find_by_credential(&credential(number))
    })
    .await
}

async fn numbers(store: &Arc<dyn Store>, user: UserId) -> Vec<u8> {
    let listed: Vec<Passkey> = read(store, move |repositories| repositories.passkeys().list(user)).await;
    listed
        .iter()
        .map(|passkey| passkey.credential_id.as_bytes()[0])
        .collect()
}

async fn note_use(store: &Arc<dyn Store>, id: PasskeyId, seen: u32, next: PasskeyState, used: PasskeyUse) -> bool {
    let noted = write(store, move |repositories| {
        repositories.passkeys().note_use(id, seen, &next, &used)
    });
    noted.await.unwrap()
}

//! What holds for what people let clients do.

use super::{add, read, write};
use crate::build::{registration_id, user};
use crate::clock::FakeClock;
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_application::ports::Store;
use portcullis_domain::{Consent, User};
use std::sync::Arc;

/// Also one to nothing.
pub async fn every_field_of_a_consent_survives(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    add(store, &ada, &[]).await;
    let consents = [
        Consent {
            last_used_at: now() + TimeDelta::days(1),
            ..consent(&ada, 1, "openid email orders:read")
        },
        consent(&ada, 2, ""),
    ];
    for consent in consents {
        put(store, &consent).await;
        assert_eq!(find(store, &ada, consent_number(&consent)).await, Some(consent));
    }
    assert_eq!(find(store, &ada, 3).await, None);
    assert_eq!(find(store, &user("ben@x.test"), 1).await, None);
}

/// Other clients' stay.
pub async fn a_consent_is_written_over_the_one_before(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    add(store, &ada, &[]).await;
    let (first, other) = (consent(&ada, 1, "openid"), consent(&ada, 2, "openid"));
    put(store, &first).await;
    put(store, &other).await;
    let later = now() + TimeDelta::seconds(1);
    let extended = first.extended(&"email".parse().unwrap(), later);
    put(store, &extended).await;
    let id = ada.id;
    let listed = read(store, move |repositories| repositories.consents().list(id)).await;
    assert_eq!(listed, [extended, other]);
}

/// Nobody else's changes.
pub async fn a_use_of_a_consent_is_noted_where_it_is_later(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    add(store, &ada, &[]).await;
    put(store, &consent(&ada, 1, "openid")).await;
    put(store, &consent(&ada, 2, "openid")).await;
    let (id, client, later) = (ada.id, registration_id(1), now() + TimeDelta::days(1));
    for at in [later, now()] {
        let noted = write(store, move |repositories| {
            repositories.consents().note_use(id, client, at)
        });
        noted.await.unwrap();
    }
    assert_eq!(find(store, &ada, 1).await.unwrap().last_used_at, later);
    assert_eq!(find(store, &ada, 2).await.unwrap().last_used_at, now());
}

/// Once, and with its user.
pub async fn a_consent_that_was_taken_back_is_gone(store: &Arc<dyn Store>) {
    let (ada, ben) = (user("ada@x.test"), user("ben@x.test"));
    add(store, &ada, &[]).await;
    add(store, &ben, &[]).await;
    for consent in [
        consent(&ada, 1, "openid"),
        consent(&ada, 2, "openid"),
        consent(&ben, 1, "openid"),
    ] {
        put(store, &consent).await;
    }
    let (id, client) = (ada.id, registration_id(1));
    for was_there in [true, false] {
        let deleted = write(store, move |repositories| repositories.consents().delete(id, client));
        assert_eq!(deleted.await.unwrap(), was_there);
    }
    let deleted = write(store, move |repositories| repositories.users().delete(id));
    deleted.await.unwrap();
    assert_eq!(find(store, &ada, 2).await, None);
    assert!(find(store, &ben, 1).await.is_some());
}

/// The oldest first, as many as are asked for.
pub async fn consents_that_nobody_uses_are_removed(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    add(store, &ada, &[]).await;
    for number in 1..=4 {
        let used = Consent {
            last_used_at: now() + TimeDelta::seconds(number.into()),
            ..consent(&ada, number, "openid")
        };
        put(store, &used).await;
    }
    let before = now() + TimeDelta::seconds(4);
    for (limit, removed) in [(2, 2), (2, 1), (2, 0)] {
        let deleted = write(store, move |repositories| {
            repositories.consents().delete_unused(before, limit)
        });
        assert_eq!(deleted.await.unwrap(), removed);
    }
    assert!(find(store, &ada, 4).await.is_some());
}

fn consent(user: &User, number: u8, scopes: &str) -> Consent {
    let scopes = scopes.parse().unwrap_or_default();
    Consent::given(user.id, registration_id(number), scopes, now())
}

fn consent_number(consent: &Consent) -> u8 {
    (1..=u8::MAX)
        .find(|number| registration_id(*number) == consent.client)
        .unwrap()
}

async fn put(store: &Arc<dyn Store>, consent: &Consent) {
    let consent = consent.clone();
    let put = write(store, move |repositories| repositories.consents().put(&consent));
    put.await.unwrap();
}

async fn find(store: &Arc<dyn Store>, user: &User, number: u8) -> Option<Consent> {
    let (user, client) = (user.id, registration_id(number));
    read(store, move |repositories| repositories.consents().find(user, client)).await
}

fn now() -> DateTime<Utc> {
    FakeClock::start()
}

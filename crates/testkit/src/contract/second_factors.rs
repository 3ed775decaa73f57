//! What holds for second factors.

use super::{add, at_once, find_user, read, write};
use crate::build::user;
use crate::clock::FakeClock;
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_application::ports::{Store, WrongCodes};
use portcullis_domain::{
    ActiveTotp, CodeCounter, DeviceId, Digest32, EncryptedSecret, PendingTotp, SessionId, Totp, UserId,
};
use std::sync::Arc;
use uuid::Uuid;

/// It shows with the user, too; one that waits changes nothing.
pub async fn an_authenticator_app_counts_once_it_is_confirmed(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    add(store, &ada, &[]).await;
    assert_eq!(totp(store, ada.id).await, Totp::default());
    propose(store, ada.id, "first").await;
    propose(store, ada.id, "second").await;
    let proposed = Totp {
        active: None,
        pending: Some(waiting("second")),
    };
    assert_eq!(totp(store, ada.id).await, proposed);
    assert!(!find_user(store, ada.id).await.unwrap().has_second_factor);
    assert!(!confirm(store, ada.id, "first", 7).await);
    assert!(confirm(store, ada.id, "second", 7).await);
    assert!(!confirm(store, ada.id, "second", 7).await);
    assert_eq!(totp(store, ada.id).await, active("second", 7));
    assert!(find_user(store, ada.id).await.unwrap().has_second_factor);
}

/// Until the new one is confirmed.
pub async fn an_app_that_waits_leaves_the_one_that_counts(store: &Arc<dyn Store>) {
    let ada = having_an_app(store, "ada@x.test").await;
    propose(store, ada, "next").await;
    let both = Totp {
        pending: Some(waiting("next")),
        ..active("first", 7)
    };
    assert_eq!(totp(store, ada).await, both);
    assert!(confirm(store, ada, "next", 9).await);
    assert_eq!(totp(store, ada).await, active("next", 9));
}

/// Nor is one of an earlier step, and of many at once one is the first.
pub async fn a_step_is_taken_once_and_none_before_it(store: &Arc<dyn Store>) {
    let ada = having_an_app(store, "ada@x.test").await;
    assert!(!use_step(store, ada, 7).await && !use_step(store, ada, 6).await);
    assert!(use_step(store, ada, 9).await);
    assert!(!use_step(store, ada, 9).await && !use_step(store, ada, 8).await);
    let used = at_once(20, |_| {
        let store = Arc::clone(store);
        async move { use_step(&store, ada, 10).await }
    });
    assert_eq!(used.await.into_iter().filter(|is_used| *is_used).count(), 1);
    assert!(!use_step(store, user("nobody@x.test").id, 11).await);
}

/// Of its user alone, and of many at once one is the first.
pub async fn a_recovery_code_is_used_once(store: &Arc<dyn Store>) {
    let (ada, ben) = (
        having_an_app(store, "ada@x.test").await,
        having_an_app(store, "ben@x.test").await,
    );
    replace_codes(store, ada, &[1, 2, 3]).await;
    replace_codes(store, ben, &[4]).await;
    assert!(!use_code(store, ben, 1).await);
    let used = at_once(20, |_| {
        let store = Arc::clone(store);
        async move { use_code(&store, ada, 1).await }
    });
    assert_eq!(used.await.into_iter().filter(|is_used| *is_used).count(), 1);
    assert_eq!((codes(store, ada).await, codes(store, ben).await), (2, 1));
    replace_codes(store, ada, &[5]).await;
    assert!(!use_code(store, ada, 2).await && use_code(store, ada, 5).await);
}

/// And nobody else's.
pub async fn all_second_factors_of_a_user_are_removed(store: &Arc<dyn Store>) {
    let (ada, ben) = (
        having_an_app(store, "ada@x.test").await,
        having_an_app(store, "ben@x.test").await,
    );
    for user in [ada, ben] {
        replace_codes(store, user, &[1]).await;
    }
    propose(store, ada, "next").await;
    let removed = write(store, move |repositories| {
        repositories.users().lock(ada)?;
        repositories.second_factors().remove_all(ada)
    });
    removed.await.unwrap();
    assert_eq!((totp(store, ada).await, codes(store, ada).await), (Totp::default(), 0));
    assert_eq!(
        (totp(store, ben).await, codes(store, ben).await),
        (active("first", 7), 1)
    );
    let deleted = write(store, move |repositories| repositories.users().delete(ben));
    assert!(deleted.await.unwrap());
    assert_eq!((totp(store, ben).await, codes(store, ben).await), (Totp::default(), 0));
}

/// Where they still stand; they are listed by the page.
pub async fn secrets_are_encrypted_anew_where_they_stand(store: &Arc<dyn Store>) {
    let ada = having_an_app(store, "ada@x.test").await;
    let ben = having_an_app(store, "ben@x.test").await;
    propose(store, ada, "next").await;
    for (old, new) in [("first", "FIRST"), ("next", "NEXT"), ("gone", "GONE")] {
        let written = write(store, move |repositories| {
            repositories
                .second_factors()
                .encrypt_anew(ada, &secret(old), &secret(new))
        });
        written.await.unwrap();
    }
    let changed = Totp {
        pending: Some(waiting("NEXT")),
        ..active("FIRST", 7)
    };
    let mut expected = vec![(ada, changed), (ben, active("first", 7))];
    expected.sort_by_key(|(user, _)| *user);
    let mut listed = Vec::new();
    let mut after = None;
    for _ in 0..2 {
        let page: Vec<_> = read(store, move |repositories| {
            repositories.second_factors().list_totp(after, 1)
        })
        .await;
        after = page.last().map(|(user, _)| *user);
        listed.extend(page);
    }
    assert_eq!(listed, expected);
    let rest: Vec<_> = read(store, move |repositories| {
        repositories.second_factors().list_totp(after, 1)
    })
    .await;
    assert_eq!(rest, []);
}

/// Each for itself, of each user. What is over goes when the next one is counted.
pub async fn wrong_codes_are_counted_by_device_and_session(store: &Arc<dyn Store>) {
    let (ada, ben) = (user("ada@x.test"), user("ben@x.test"));
    for user in [&ada, &ben] {
        add(store, user, &[]).await;
    }
    let since = now() - TimeDelta::minutes(15);
    let device = CodeCounter::Device(DeviceId::new([7; _]));
    let session = CodeCounter::Session(SessionId::from(Uuid::from_bytes([7; 16])));
    let all = [CodeCounter::Strangers, device, session];
    for (counter, times) in all.into_iter().zip(1..) {
        for _ in 0..times {
            note_wrong_by(store, ada.id, counter, since, now()).await;
        }
    }
    for (counter, times) in all.into_iter().zip(1..) {
        let counted = WrongCodes {
            since: now(),
            wrong: times,
        };
        assert_eq!(
            wrong_by(store, ada.id, counter, since).await,
            Some(counted),
            "{counter:?}"
        );
        assert_eq!(wrong_by(store, ben.id, counter, since).await, None, "{counter:?}");
    }
    let later = now() + TimeDelta::minutes(1);
    note_wrong_by(store, ada.id, device, now(), later).await;
    let one = WrongCodes { since: later, wrong: 1 };
    assert_eq!(wrong_by(store, ada.id, device, since).await, Some(one));
    assert_eq!(wrong_by(store, ada.id, session, since).await, None, "it went");
}

/// For a while, apart from those of mails.
pub async fn wrong_codes_are_counted_from_the_first(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    add(store, &ada, &[]).await;
    let (since, step) = (now() - TimeDelta::minutes(15), TimeDelta::minutes(10));
    assert_eq!(wrong(store, ada.id, since).await, None);
    note_wrong(store, ada.id, since, now()).await;
    note_wrong(store, ada.id, since + step, now() + step).await;
    let two = WrongCodes { since: now(), wrong: 2 };
    assert_eq!(wrong(store, ada.id, since + step).await, Some(two));
    assert_eq!(wrong(store, ada.id, now()).await, None);
    let later = now() + step * 2;
    note_wrong(store, ada.id, now(), later).await;
    let one = WrongCodes { since: later, wrong: 1 };
    assert_eq!(wrong(store, ada.id, now()).await, Some(one));
    let id = ada.id;
    let of_mails = read(store, move |repositories| repositories.links().wrong_codes(id, since));
    assert_eq!(of_mails.await, 0);
}

fn now() -> DateTime<Utc> {
    FakeClock::start()
}

fn secret(text: &str) -> EncryptedSecret {
    EncryptedSecret::new(text.as_bytes().to_vec())
}

fn active(text: &str, last_step: u64) -> Totp {
    Totp {
        active: Some(ActiveTotp {
            secret: secret(text),
            confirmed_at: now(),
            last_step,
        }),
        pending: None,
    }
}

async fn having_an_app(store: &Arc<dyn Store>, address: &str) -> UserId {
    let user = user(address);
    add(store, &user, &[]).await;
    propose(store, user.id, "first").await;
    assert!(confirm(store, user.id, "first", 7).await);
    user.id
}

async fn totp(store: &Arc<dyn Store>, user: UserId) -> Totp {
    read(store, move |repositories| repositories.second_factors().find_totp(user)).await
}

async fn codes(store: &Arc<dyn Store>, user: UserId) -> usize {
    read(store, move |repositories| {
        repositories.second_factors().count_recovery_codes(user)
    })
    .await
}

async fn wrong(store: &Arc<dyn Store>, user: UserId, since: DateTime<Utc>) -> Option<WrongCodes> {
    wrong_by(store, user, CodeCounter::Strangers, since).await
}

async fn wrong_by(
    store: &Arc<dyn Store>,
    user: UserId,
    counter: CodeCounter,
    since: DateTime<Utc>,
) -> Option<WrongCodes> {
    read(store, move |repositories| {
        repositories.second_factors().wrong_factor_codes(user, counter, since)
    })
    .await
}

async fn note_wrong(store: &Arc<dyn Store>, user: UserId, since: DateTime<Utc>, at: DateTime<Utc>) {
    note_wrong_by(store, user, CodeCounter::Strangers, since, at).await;
}

async fn note_wrong_by(
    store: &Arc<dyn Store>,
    user: UserId,
    counter: CodeCounter,
    since: DateTime<Utc>,
    at: DateTime<Utc>,
) {
    let noted = write(store, move |repositories| {
        repositories.users().lock(user)?;
        repositories
            .second_factors()
            .note_wrong_factor_code(user, counter, since, at)
    });
    noted.await.unwrap();
}

/// Asked for by some session.
fn waiting(text: &str) -> PendingTotp {
    PendingTotp {
        secret: secret(text),
        since: now(),
        session: SessionId::from(Uuid::from_u128(1)),
    }
}

async fn propose(store: &Arc<dyn Store>, user: UserId, text: &'static str) {
    let proposed = write(store, move |repositories| {
        repositories.users().lock(user)?;
        repositories.second_factors().propose_totp(user, &waiting(text))
    });
    proposed.await.unwrap();
}

async fn confirm(store: &Arc<dyn Store>, user: UserId, text: &'static str, step: u64) -> bool {
    let confirmed = write(store, move |repositories| {
        repositories.users().lock(user)?;
        repositories
            .second_factors()
            .confirm_totp(user, &secret(text), step, now())
    });
    confirmed.await.unwrap()
}

async fn use_step(store: &Arc<dyn Store>, user: UserId, step: u64) -> bool {
    let written = write(store, move |repositories| {
        repositories.users().lock(user)?;
        repositories.second_factors().use_step(user, step)
    });
    written.await.unwrap()
}

async fn replace_codes(store: &Arc<dyn Store>, user: UserId, numbers: &[u8]) {
    let digests: Vec<_> = numbers.iter().map(|number| Digest32::new([*number; 32])).collect();
    let replaced = write(store, move |repositories| {
        repositories.users().lock(user)?;
        repositories.second_factors().replace_recovery_codes(user, &digests)
    });
    replaced.await.unwrap();
}

async fn use_code(store: &Arc<dyn Store>, user: UserId, number: u8) -> bool {
    let written = write(store, move |repositories| {
        repositories.users().lock(user)?;
        repositories
            .second_factors()
            .use_recovery_code(user, &Digest32::new([number; 32]))
    });
    written.await.unwrap()
}

//! What holds for half sign-ins.

use super::{add, at_once, read, write};
use crate::build::user;
use crate::clock::FakeClock;
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_application::ports::Store;
use portcullis_domain::{DeviceId, Digest32, SignInChallenge, User};
use std::sync::Arc;

/// By its digest alone.
pub async fn every_field_of_a_challenge_survives(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    add(store, &ada, &[]).await;
    let challenge = on_device(challenge(&ada, 1), 7);
    open(store, &challenge, 5).await;
    assert_eq!(find(store, 1).await, Some((challenge, 0)));
    assert_eq!(find(store, 2).await, None);
}

/// Of many at once no more are let try than there are tries.
pub async fn a_challenge_has_so_many_tries_and_so_much_time(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    add(store, &ada, &[]).await;
    let made = challenge(&ada, 1);
    open(store, &made, 5).await;
    assert!(!take_try(store, 1, made.expires_at).await);
    let tries = at_once(20, |_| {
        let store = Arc::clone(store);
        async move { take_try(&store, 1, now()).await }
    });
    assert_eq!(tries.await.into_iter().filter(|may| *may).count(), 3);
    assert_eq!(find(store, 1).await, Some((made, 3)));
    assert!(!take_try(store, 2, now()).await);
}

/// One by one, all of a user, all of everybody, and with their user.
pub async fn challenges_are_closed(store: &Arc<dyn Store>) {
    let (ada, ben) = (user("ada@x.test"), user("ben@x.test"));
    for user in [&ada, &ben] {
        add(store, user, &[]).await;
    }
    for number in 1..=3 {
        open(store, &challenge(&ada, number), 5).await;
    }
    for number in 4..=6 {
        open(store, &challenge(&ben, number), 5).await;
    }
    assert!(close(store, 1).await && !close(store, 1).await);
    let id = ada.id;
    let closed = write(store, move |repositories| repositories.challenges().close_all_of(id));
    closed.await.unwrap();
    assert_eq!(open_ones(store).await, [4, 5, 6]);
    let id = ben.id;
    let deleted = write(store, move |repositories| repositories.users().delete(id));
    assert!(deleted.await.unwrap());
    assert_eq!(open_ones(store).await, [0; 0]);
    open(store, &challenge(&ada, 7), 5).await;
    write(store, |repositories| repositories.challenges().close_all())
        .await
        .unwrap();
    assert_eq!(open_ones(store).await, [0; 0]);
}

/// Of that user.
pub async fn the_newest_challenges_of_a_user_stay(store: &Arc<dyn Store>) {
    let (ada, ben) = (user("ada@x.test"), user("ben@x.test"));
    for user in [&ada, &ben] {
        add(store, user, &[]).await;
    }
    open(store, &challenge(&ben, 1), 3).await;
    for number in 2..=7 {
        open(store, &challenge(&ada, number), 3).await;
    }
    assert_eq!(open_ones(store).await, [1, 5, 6, 7]);
}

/// Nobody who begins any number of them takes the place of one on a known device, nor does one device that of another.
pub async fn the_newest_challenges_of_each_known_device_stay(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    add(store, &ada, &[]).await;
    open(store, &on_device(challenge(&ada, 1), 7), 2).await;
    open(store, &on_device(challenge(&ada, 2), 8), 2).await;
    for number in 3..=5 {
        open(store, &challenge(&ada, number), 2).await;
    }
    assert_eq!(open_ones(store).await, [1, 2, 4, 5]);
    for number in 6..=7 {
        open(store, &on_device(challenge(&ada, number), 8), 2).await;
    }
    assert_eq!(open_ones(store).await, [1, 4, 5, 6, 7]);
}

/// The oldest first.
pub async fn challenges_whose_time_is_over_are_removed(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    add(store, &ada, &[]).await;
    for number in 1..=4 {
        open(store, &challenge(&ada, number), 5).await;
    }
    let before = challenge(&ada, 4).expires_at;
    let delete = |limit| {
        write(store, move |repositories| {
            repositories.challenges().delete_expired(before, limit)
        })
    };
    assert_eq!(delete(2).await.unwrap(), 2);
    assert_eq!(open_ones(store).await, [3, 4]);
    assert_eq!(delete(9).await.unwrap(), 1);
    assert_eq!(open_ones(store).await, [4]);
}

fn now() -> DateTime<Utc> {
    FakeClock::start()
}

/// The number tells challenges apart; each was made one second after the one before.
fn challenge(user: &User, number: u8) -> SignInChallenge {
    let created_at = now() + TimeDelta::seconds(number.into());
    SignInChallenge {
        digest: Digest32::new([number; 32]),
        user_id: user.id,
        device: None,
        methods: "pwd face".parse().unwrap(),
        created_at,
        expires_at: created_at + SignInChallenge::LIFE,
    }
}

fn on_device(challenge: SignInChallenge, number: u8) -> SignInChallenge {
    SignInChallenge {
        device: Some(DeviceId::new([number; _])),
        ..challenge
    }
}

async fn open(store: &Arc<dyn Store>, challenge: &SignInChallenge, most: usize) {
    let challenge = challenge.clone();
    let opened = write(store, move |repositories| {
        repositories.users().lock(challenge.user_id)?;
        repositories.challenges().open(&challenge, most)
    });
    opened.await.unwrap();
}

async fn find(store: &Arc<dyn Store>, number: u8) -> Option<(SignInChallenge, u32)> {
    read(store, move |repositories| {
        repositories.challenges().find(&Digest32::new([number; 32]))
    })
    .await
}

async fn open_ones(store: &Arc<dyn Store>) -> Vec<u8> {
    let mut found = Vec::new();
    for number in 1..10 {
        if find(store, number).await.is_some() {
            found.push(number);
        }
    }
    found
}

async fn take_try(store: &Arc<dyn Store>, number: u8, at: DateTime<Utc>) -> bool {
    let taken = write(store, move |repositories| {
        repositories.challenges().take_try(&Digest32::new([number; 32]), at, 3)
    });
    taken.await.unwrap()
}

async fn close(store: &Arc<dyn Store>, number: u8) -> bool {
    let closed = write(store, move |repositories| {
        repositories.challenges().close(&Digest32::new([number; 32]))
    });
    closed.await.unwrap()
}

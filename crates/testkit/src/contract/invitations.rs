//! What holds for invitations.

use super::{read, write};
use crate::build::{email, full_name, invitation};
use crate::clock::FakeClock;
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_application::ports::{Store, StoreError, StoreResult};
use portcullis_domain::{Invitation, InvitationId, PageRequest, PageSize, Role};
use std::sync::Arc;

/// With a name and without.
pub async fn every_field_of_an_invitation_survives(store: &Arc<dyn Store>) {
    let full = Invitation {
        full_name: Some(full_name("홍길동")),
        role: Role::Admin,
        ..invitation("full@x.test")
    };
    for made in [full, invitation("plain@x.test")] {
        insert(store, &made).await.unwrap();
        assert_eq!(find(store, made.id).await, Some(made));
    }
}

/// Until the invitation is taken back.
pub async fn an_address_is_invited_once(store: &Arc<dyn Store>) {
    let first = invitation("guest@x.test");
    let second = Invitation {
        id: invitation("another@x.test").id,
        ..first.clone()
    };
    insert(store, &first).await.unwrap();
    assert!(matches!(insert(store, &second).await, Err(StoreError::Conflict)));
    let gone = write(store, |repositories| {
        repositories.invitations().delete_by_email(&email("guest@x.test"))
    });
    gone.await.unwrap();
    insert(store, &second).await.unwrap();
    assert_eq!(find(store, first.id).await, None);
    let id = second.id;
    for is_there in [true, false] {
        let deleted = write(store, move |repositories| repositories.invitations().delete(id));
        assert_eq!(deleted.await.unwrap(), is_there);
    }
}

/// Newest first; those that are over are left out.
pub async fn the_open_invitations_are_listed_by_the_page(store: &Arc<dyn Store>) {
    let mut made: Vec<_> = (0..5)
        .map(|number| Invitation {
            created_at: now() + TimeDelta::seconds(number),
            ..invitation(&format!("guest{number}@x.test"))
        })
        .collect();
    made[2].expires_at = now();
    for invitation in &made {
        insert(store, invitation).await.unwrap();
    }
    let mut request = PageRequest {
        size: PageSize::new(2).unwrap(),
        after: None,
    };
    let mut listed = Vec::new();
    loop {
        let page = read(store, move |repositories| {
            repositories.invitations().list_open(now(), &request)
        })
        .await;
        listed.extend(page.items);
        request.after = page.next;
        if request.after.is_none() {
            break;
        }
    }
    made.remove(2);
    made.reverse();
    assert_eq!(listed, made);
}

/// Because its mail was sent late.
pub async fn an_invitation_stays_open_for_longer(store: &Arc<dyn Store>) {
    let made = invitation("guest@x.test");
    insert(store, &made).await.unwrap();
    let (id, until) = (made.id, made.expires_at + TimeDelta::hours(1));
    write(store, move |repositories| repositories.invitations().extend(id, until))
        .await
        .unwrap();
    assert_eq!(find(store, id).await.unwrap().expires_at, until);
}

/// In batches.
pub async fn old_invitations_are_removed(store: &Arc<dyn Store>) {
    let made = ["a@x.test", "b@x.test", "c@x.test"].map(invitation);
    for invitation in &made {
        insert(store, invitation).await.unwrap();
    }
    let end = made[0].expires_at;
    for (before, removed) in [(end, 0), (end + TimeDelta::microseconds(1), 2)] {
        let deleted = write(store, move |repositories| {
            repositories.invitations().delete_expired(before, 2)
        });
        assert_eq!(deleted.await.unwrap(), removed);
    }
}

fn now() -> DateTime<Utc> {
    FakeClock::start()
}

async fn insert(store: &Arc<dyn Store>, invitation: &Invitation) -> StoreResult<()> {
    let invitation = invitation.clone();
    write(store, move |repositories| {
        repositories.invitations().insert(&invitation)
    })
    .await
}

async fn find(store: &Arc<dyn Store>, id: InvitationId) -> Option<Invitation> {
    read(store, move |repositories| repositories.invitations().find(id)).await
}

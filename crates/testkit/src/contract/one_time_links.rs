//! What holds for one-time links.

use super::{add, at_once, read, rounds, write};
use crate::build::{email, invitation, link, session, user};
use crate::clock::FakeClock;
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_application::ports::{Store, StoreError};
use portcullis_domain::{Digest32, Email, LinkBearer, LinkId, LinkPurpose, OneTimeLink, UserId};
use std::sync::Arc;

/// By every way to read one.
pub async fn every_field_of_a_link_survives(store: &Arc<dyn Store>) {
    let (ada, guest) = (user("ada@x.test"), invitation("guest@x.test"));
    add(store, &ada, &[]).await;
    let (id, invited) = (guest.id, guest.clone());
    write(store, move |repositories| repositories.invitations().insert(&invited))
        .await
        .unwrap();
    let full = OneTimeLink {
        address: email("old@x.test"),
        session_id: Some(session(&ada, 1).id),
        digest: Some(digest(1)),
        browser: Some(digest(2)),
        used_at: Some(now()),
        replaced_at: Some(now() + TimeDelta::microseconds(1)),
        ..link(&ada, LinkPurpose::UndoEmail, 1)
    };
    let of_guest = OneTimeLink {
        bearer: LinkBearer::Invited(id),
        ..link(&ada, LinkPurpose::Join, 2)
    };
    for made in [full.clone(), of_guest, link(&ada, LinkPurpose::NotMe, 3)] {
        insert(store, &made).await;
        assert_eq!(find(store, made.id).await, Some(made));
    }
    assert_eq!(by_digest(store, LinkPurpose::UndoEmail, 1).await, Some(full));
}

/// A text of one purpose is none for another.
pub async fn a_link_is_found_by_its_digest_and_its_purpose_alone(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    add(store, &ada, &[]).await;
    for (number, purpose) in (1..).zip(LinkPurpose::ALL) {
        let made = OneTimeLink {
            digest: Some(digest(number)),
            ..link(&ada, purpose, number)
        };
        insert(store, &made).await;
    }
    for (number, own) in (1..).zip(LinkPurpose::ALL) {
        for purpose in LinkPurpose::ALL {
            let found = by_digest(store, purpose, number).await;
            assert_eq!(found.is_some(), purpose == own, "{own} as {purpose}");
        }
    }
    assert_eq!(by_digest(store, LinkPurpose::Join, 99).await, None);
}

/// To the microsecond.
pub async fn a_link_is_used_once_for_its_purpose_and_while_it_is_good(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    add(store, &ada, &[]).await;
    let made = link(&ada, LinkPurpose::ResetPassword, 1);
    insert(store, &made).await;
    let before_the_end = made.expires_at - TimeDelta::microseconds(1);
    assert!(!consume(store, &made, LinkPurpose::VerifyEmail, now()).await);
    assert!(!consume(store, &made, made.purpose, made.expires_at).await);
    assert!(consume(store, &made, made.purpose, before_the_end).await);
    assert!(!consume(store, &made, made.purpose, before_the_end).await);
    assert_eq!(find(store, made.id).await.unwrap().used_at, Some(before_the_end));
}

/// Round by round.
pub async fn of_many_who_use_one_link_one_wins(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    add(store, &ada, &[]).await;
    for round in 0..rounds() {
        let made = link(&ada, LinkPurpose::VerifyEmail, round);
        insert(store, &made).await;
        let used = at_once(20, |_| {
            let (store, made) = (Arc::clone(store), made.clone());
            async move { consume(&store, &made, made.purpose, made.created_at).await }
        });
        let won = used.await.into_iter().filter(|won| *won).count();
        assert_eq!(won, 1, "round {round}");
    }
}

/// Nor is what was used.
pub async fn what_was_replaced_is_neither_armed_nor_used(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    add(store, &ada, &[]).await;
    let (first, second) = (
        link(&ada, LinkPurpose::ResetPassword, 1),
        link(&ada, LinkPurpose::ResetPassword, 2),
    );
    insert(store, &first).await;
    assert!(arm(store, &first, 1).await);
    assert_eq!(by_digest(store, first.purpose, 1).await.unwrap().id, first.id);
    replace(store, &first).await;
    assert!(!arm(store, &first, 2).await);
    assert!(!consume(store, &first, first.purpose, now()).await);
    insert(store, &second).await;
    assert!(consume(store, &second, second.purpose, now()).await);
    assert!(!arm(store, &second, 3).await);
}

/// And of one time, where that is asked.
pub async fn replacing_reaches_the_links_of_one_bearer_and_purpose(store: &Arc<dyn Store>) {
    let (ada, ben) = (user("ada@x.test"), user("ben@x.test"));
    add(store, &ada, &[]).await;
    add(store, &ben, &[]).await;
    let links = [
        link(&ada, LinkPurpose::UndoEmail, 1),
        link(&ada, LinkPurpose::UndoEmail, 2),
        link(&ada, LinkPurpose::NotMe, 3),
        link(&ben, LinkPurpose::UndoEmail, 4),
    ];
    for made in &links {
        insert(store, made).await;
    }
    let (id, since) = (ada.id, links[1].created_at);
    let replaced = write(store, move |repositories| {
        repositories
            .links()
            .replace_since(id, LinkPurpose::UndoEmail, since, now())
    });
    replaced.await.unwrap();
    assert_eq!(are_replaced(store, &links).await, [false, true, false, false]);
    replace(store, &links[0]).await;
    assert_eq!(are_replaced(store, &links).await, [true, true, false, false]);
    write(store, |repositories| repositories.links().replace_all(now()))
        .await
        .unwrap();
    assert_eq!(are_replaced(store, &links).await, [true; 4]);
}

/// Of that purpose.
pub async fn the_newest_link_is_found(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    add(store, &ada, &[]).await;
    for made in [
        link(&ada, LinkPurpose::VerifyEmail, 2),
        link(&ada, LinkPurpose::VerifyEmail, 1),
        link(&ada, LinkPurpose::ResetPassword, 3),
    ] {
        insert(store, &made).await;
    }
    let id = ada.id;
    let newest = read(store, move |repositories| {
        repositories.links().newest(id, LinkPurpose::VerifyEmail)
    });
    assert_eq!(newest.await, Some(link(&ada, LinkPurpose::VerifyEmail, 2)));
}

/// As long as the link that takes it back is good.
pub async fn an_address_is_kept_for_whoever_may_take_it_back(store: &Arc<dyn Store>) {
    let (ada, ben) = (user("ada@x.test"), user("ben@x.test"));
    add(store, &ada, &[]).await;
    add(store, &ben, &[]).await;
    let made = OneTimeLink {
        address: email("old@x.test"),
        ..link(&ada, LinkPurpose::UndoEmail, 1)
    };
    insert(store, &made).await;
    let notice = OneTimeLink {
        address: email("other@x.test"),
        ..link(&ada, LinkPurpose::NotMe, 2)
    };
    insert(store, &notice).await;
    let last = made.expires_at - TimeDelta::microseconds(1);
    assert!(is_kept(store, "old@x.test", ben.id, last).await);
    assert!(!is_kept(store, "old@x.test", ben.id, made.expires_at).await);
    assert!(!is_kept(store, "old@x.test", ada.id, last).await);
    assert!(!is_kept(store, "other@x.test", ben.id, last).await);
    let (ada, end) = (ada.id, made.expires_at);
    let taken_back = read(store, move |repositories| {
        let links = repositories.links();
        Ok((
            links.addresses_to_take_back(ada, last)?,
            links.addresses_to_take_back(ada, end)?,
        ))
    });
    assert_eq!(taken_back.await, (vec![(email("old@x.test"), made.created_at)], vec![]));
    assert!(consume(store, &made, made.purpose, now()).await);
    assert!(!is_kept(store, "old@x.test", ben.id, last).await);
}

/// Also by many at once.
pub async fn a_code_is_tried_as_often_as_allowed(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    add(store, &ada, &[]).await;
    let id = link(&ada, LinkPurpose::VerifyEmail, 1).id;
    insert(store, &link(&ada, LinkPurpose::VerifyEmail, 1)).await;
    let tries = at_once(20, |_| {
        let store = Arc::clone(store);
        async move { write(&store, move |repositories| repositories.links().try_code(id, 5)).await }
    });
    let allowed = tries
        .await
        .into_iter()
        .filter(|tried| matches!(tried, Ok(true)))
        .count();
    assert_eq!(allowed, 5);
}

/// Then they begin anew.
pub async fn wrong_codes_count_for_a_while(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    add(store, &ada, &[]).await;
    let id = ada.id;
    let day = TimeDelta::days(1);
    let count = |at: DateTime<Utc>| {
        read(store, move |repositories| {
            repositories.links().wrong_codes(id, at - day)
        })
    };
    assert_eq!(count(now()).await, 0);
    for (at, counted) in [
        (now(), 1),
        (now() + TimeDelta::hours(23), 2),
        (now() + day, 1),
        (now() + day, 2),
    ] {
        let noted = write(store, move |repositories| {
            repositories.links().note_wrong_code(id, at - day, at)
        });
        noted.await.unwrap();
        assert_eq!(count(at).await, counted, "{at}");
    }
}

/// With the user, and with the invitation.
pub async fn links_go_with_whom_they_belong_to(store: &Arc<dyn Store>) {
    let (ada, guest) = (user("ada@x.test"), invitation("guest@x.test"));
    add(store, &ada, &[]).await;
    let (id, invited) = (guest.id, guest.clone());
    write(store, move |repositories| repositories.invitations().insert(&invited))
        .await
        .unwrap();
    let of_user = link(&ada, LinkPurpose::VerifyEmail, 1);
    let of_guest = OneTimeLink {
        bearer: LinkBearer::Invited(id),
        ..link(&ada, LinkPurpose::Join, 2)
    };
    for made in [&of_user, &of_guest] {
        insert(store, made).await;
    }
    let gone = write(store, move |repositories| {
        Ok((
            repositories.users().delete(ada.id)?,
            repositories.invitations().delete(id)?,
        ))
    });
    assert_eq!(gone.await.unwrap(), (true, true));
    assert_eq!(find(store, of_user.id).await, None);
    assert_eq!(find(store, of_guest.id).await, None);
}

/// Those that were good for longest stay.
pub async fn old_links_are_removed(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    add(store, &ada, &[]).await;
    let links = [1, 2, 3].map(|number| link(&ada, LinkPurpose::VerifyEmail, number));
    for made in &links {
        insert(store, made).await;
    }
    let before = links[2].expires_at;
    for removed in [1, 1, 0] {
        let deleted = write(store, move |repositories| {
            repositories.links().delete_expired(before, 1)
        });
        assert_eq!(deleted.await.unwrap(), removed);
    }
    assert_eq!(find(store, links[1].id).await, None);
    assert_eq!(find(store, links[2].id).await.as_ref(), Some(&links[2]));
}

fn now() -> DateTime<Utc> {
    FakeClock::start()
}

fn digest(number: u8) -> Digest32 {
    Digest32::new([number; 32])
}

async fn insert(store: &Arc<dyn Store>, link: &OneTimeLink) {
    let link = link.clone();
    write(store, move |repositories| repositories.links().insert(&link))
        .await
        .unwrap();
}

async fn find(store: &Arc<dyn Store>, id: LinkId) -> Option<OneTimeLink> {
    read(store, move |repositories| repositories.links().find(id)).await
}

async fn by_digest(store: &Arc<dyn Store>, purpose: LinkPurpose, number: u8) -> Option<OneTimeLink> {
    read(store, move |repositories| {
        repositories.links().find_by_digest(purpose, &digest(number))
    })
    .await
}

async fn arm(store: &Arc<dyn Store>, link: &OneTimeLink, number: u8) -> bool {
    let (id, until) = (link.id, link.expires_at);
    write(store, move |repositories| {
        repositories.links().arm(id, &digest(number), until)
    })
    .await
    .unwrap()
}

async fn consume(store: &Arc<dyn Store>, link: &OneTimeLink, purpose: LinkPurpose, at: DateTime<Utc>) -> bool {
    let id = link.id;
    write(store, move |repositories| repositories.links().consume(id, purpose, at))
        .await
        .unwrap()
}

/// And of no other address.
pub async fn links_to_one_address_are_replaced(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    add(store, &ada, &[]).await;
    let to = |number, address: &str| OneTimeLink {
        address: email(address),
        ..link(&ada, LinkPurpose::VerifyEmail, number)
    };
    let links = [to(1, "ada@x.test"), to(2, "new@x.test")];
    for link in &links {
        insert(store, link).await;
    }
    replace_to(store, &links[0], Some(email("ada@x.test"))).await;
    assert_eq!(are_replaced(store, &links).await, [true, false]);
    replace(store, &links[0]).await;
    assert_eq!(are_replaced(store, &links).await, [true, true]);
}

/// For the time that it takes.
pub async fn a_code_of_nobody_is_tried_and_changes_nothing(store: &Arc<dyn Store>) {
    let tried: Result<(), StoreError> = write(store, |repositories| repositories.links().try_nobodys_code()).await;
    tried.unwrap();
}

async fn replace(store: &Arc<dyn Store>, link: &OneTimeLink) {
    replace_to(store, link, None).await;
}

async fn replace_to(store: &Arc<dyn Store>, link: &OneTimeLink, address: Option<Email>) {
    let (bearer, purpose) = (link.bearer, link.purpose);
    let replaced: Result<(), StoreError> = write(store, move |repositories| {
        repositories.links().replace(bearer, purpose, address.as_ref(), now())
    })
    .await;
    replaced.unwrap();
}

async fn are_replaced<const N: usize>(store: &Arc<dyn Store>, links: &[OneTimeLink; N]) -> [bool; N] {
    let mut replaced = [false; N];
    for (is_replaced, link) in replaced.iter_mut().zip(links) {
        *is_replaced = find(store, link.id).await.unwrap().replaced_at.is_some();
    }
    replaced
}

async fn is_kept(store: &Arc<dyn Store>, address: &'static str, user: UserId, at: DateTime<Utc>) -> bool {
    read(store, move |repositories| {
        repositories.links().is_kept_for_another(&email(address), user, at)
    })
    .await
}

//! What holds for the outbox.

use super::{add, at_once, read, rounds, write};
use crate::build::{email, link, mail, user};
use crate::clock::FakeClock;
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_application::ports::{MailCounts, Store};
use portcullis_domain::{
    Device, Digest32, LinkPurpose, Locale, Mail, MailId, MailKind, MailState, PageRequest, PageSize, User, UserAgent,
};
use std::sync::Arc;

/// Of every kind.
pub async fn every_field_of_a_mail_survives(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    add(store, &ada, &[]).await;
    for (number, kind) in (0..).zip(MailKind::ALL) {
        let made = Mail {
            kind,
            to: email("old@x.test"),
            user_id: Some(ada.id),
            link_id: Some(link(&ada, LinkPurpose::NotMe, number).id),
            locale: Some(Locale::parse("ko-KR").unwrap()),
            device: Device {
                address: Some("2001:db8::1".parse().unwrap()),
                user_agent: UserAgent::from_text("홍 <b>{{x}}</b>"),
            },
            other_address: Some(email("new@x.test")),
            about: Some("Acme (ada@acme.test) 한".to_owned()),
            browser: Some(Digest32::new([number; 32])),
            state: MailState::Failed,
            attempts: 12,
            next_at: now() + TimeDelta::microseconds(1),
            ended_at: Some(now()),
            failure: Some("550 5.1.1 한".to_owned()),
            tried_since: now() - TimeDelta::hours(1),
            ..mail(number)
        };
        insert(store, &made).await;
        assert_eq!(find(store, made.id).await.as_ref(), Some(&made));
        let id = made.link_id.unwrap();
        let found = read(store, move |repositories| repositories.mails().find_by_link(id));
        assert_eq!(found.await, Some(made));
    }
    insert(store, &mail(100)).await;
    assert_eq!(find(store, mail(100).id).await, Some(mail(100)));
}

/// And again once its time is over.
pub async fn a_mail_is_claimed_once_while_it_is_due(store: &Arc<dyn Store>) {
    insert(store, &mail(1)).await;
    let (due, until) = (mail(1).next_at, mail(1).next_at + TimeDelta::minutes(1));
    assert_eq!(next_due(store).await, Some(due));
    let step = TimeDelta::microseconds(1);
    assert_eq!(claim(store, due - step, until).await, None);
    assert!(due_at(store, due - step).await.is_empty());
    assert_eq!(due_at(store, due).await, [mail(1)]);
    let claimed = claim(store, due, until).await.unwrap();
    assert_eq!((claimed.attempts, claimed.next_at), (1, until));
    assert_eq!(next_due(store).await, Some(until));
    assert_eq!(claim(store, until - step, until).await, None);
    assert_eq!(claim(store, until, until + step).await.unwrap().attempts, 2);
}

/// Round by round.
pub async fn of_many_who_claim_one_mail_one_gets_it(store: &Arc<dyn Store>) {
    insert(store, &mail(1)).await;
    for round in 1..=rounds() {
        let at = mail(1).next_at + TimeDelta::minutes(round.into());
        let claims = at_once(16, |_| {
            let store = Arc::clone(store);
            async move { claim(&store, at, at + TimeDelta::minutes(1)).await.is_some() }
        });
        let got = claims.await.into_iter().filter(|got| *got).count();
        assert_eq!(got, 1, "round {round}");
    }
}

/// Neither that it was sent nor that it failed.
pub async fn whoever_lost_a_mail_notes_nothing(store: &Arc<dyn Store>) {
    insert(store, &mail(1)).await;
    let (id, at) = (mail(1).id, mail(1).next_at);
    for _ in 0..2 {
        assert!(claim(store, at, at).await.is_some());
    }
    let noted = write(store, move |repositories| {
        let mails = repositories.mails();
        Ok([
            mails.note_sent(id, 1, at)?,
            mails.note_failure(id, 1, at, "no", None)?,
            mails.note_sent(id, 2, at)?,
            mails.note_sent(id, 2, at)?,
            mails.note_failure(id, 2, at, "no", None)?,
        ])
    });
    assert_eq!(noted.await.unwrap(), [false, false, true, false, false]);
    let sent = find(store, id).await.unwrap();
    assert_eq!((sent.state, sent.ended_at), (MailState::Sent, Some(at)));
    assert!(due_at(store, at + TimeDelta::days(1)).await.is_empty());
    assert_eq!(next_due(store).await, None);
}

/// As the one who tried it says.
pub async fn a_failed_mail_is_due_again_or_given_up(store: &Arc<dyn Store>) {
    insert(store, &mail(1)).await;
    let (id, at) = (mail(1).id, mail(1).next_at);
    let later = at + TimeDelta::seconds(5);
    for (attempt, at, next, state) in [
        (1, at, Some(later), MailState::Waiting),
        (2, later, None, MailState::Failed),
    ] {
        claim(store, at, at + TimeDelta::minutes(1)).await.unwrap();
        let noted = write(store, move |repositories| {
            repositories.mails().note_failure(id, attempt, at, "451 later", next)
        });
        assert!(noted.await.unwrap());
        let failed = find(store, id).await.unwrap();
        let failing = u64::from(state == MailState::Waiting);
        assert_eq!(counts(store).await.failing, failing);
        assert_eq!(failed.failure.as_deref(), Some("451 later"));
        assert_eq!((failed.state, failed.next_at), (state, next.unwrap_or(at)));
    }
    assert_eq!(
        counts(store).await,
        MailCounts {
            waiting: 0,
            failing: 0,
            failed: 1,
            oldest_waiting: None,
        }
    );
}

/// What was sent is not.
pub async fn a_mail_that_was_given_up_is_sent_again(store: &Arc<dyn Store>) {
    let failed = Mail {
        state: MailState::Failed,
        attempts: 30,
        failure: Some("550".to_owned()),
        ..mail(1)
    };
    let sent = Mail {
        state: MailState::Sent,
        ..mail(2)
    };
    insert(store, &failed).await;
    insert(store, &sent).await;
    let at = now() + TimeDelta::days(3);
    for (id, is_retried) in [(failed.id, true), (sent.id, false), (mail(3).id, false)] {
        let retried = write(store, move |repositories| repositories.mails().retry(id, at));
        assert_eq!(retried.await.unwrap(), is_retried);
    }
    let again = find(store, failed.id).await.unwrap();
    assert_eq!((again.state, again.attempts), (MailState::Waiting, 0));
    assert_eq!((again.next_at, again.tried_since), (at, at));
    let id = failed.id;
    for is_there in [true, false] {
        let deleted = write(store, move |repositories| repositories.mails().delete(id));
        assert_eq!(deleted.await.unwrap(), is_there);
    }
}

/// Newest first.
pub async fn mails_are_listed_by_state_and_page(store: &Arc<dyn Store>) {
    let mut made: Vec<_> = (0..6)
        .map(|number| Mail {
            state: MailState::ALL[usize::from(number) % 3],
            ..mail(number)
        })
        .collect();
    for mail in &made {
        insert(store, mail).await;
    }
    made.reverse();
    for state in [
        None,
        Some(MailState::Waiting),
        Some(MailState::Sent),
        Some(MailState::Failed),
    ] {
        let mut request = PageRequest {
            size: PageSize::new(1).unwrap(),
            after: None,
        };
        let mut listed = Vec::new();
        loop {
            let page = read(store, move |repositories| repositories.mails().list(state, &request)).await;
            listed.extend(page.items);
            request.after = page.next;
            if request.after.is_none() {
                break;
            }
        }
        let of_state = |mail: &&Mail| state.is_none_or(|state| mail.state == state);
        assert_eq!(listed, made.iter().filter(of_state).cloned().collect::<Vec<_>>());
    }
    assert_eq!(
        counts(store).await,
        MailCounts {
            waiting: 2,
            failing: 0,
            failed: 2,
            oldest_waiting: Some(mail(0).created_at),
        }
    );
}

/// Of the state that is named.
pub async fn mails_that_ended_are_removed(store: &Arc<dyn Store>) {
    for number in 0..4 {
        let state = if number == 0 {
            MailState::Failed
        } else {
            MailState::Sent
        };
        insert(store, &Mail { state, ..mail(number) }).await;
    }
    let before = mail(3).next_at;
    for removed in [1, 1, 0] {
        let deleted = write(store, move |repositories| {
            repositories.mails().delete_ended(MailState::Sent, before, 1)
        });
        assert_eq!(deleted.await.unwrap(), removed);
    }
    assert!(find(store, mail(0).id).await.is_some());
    assert!(find(store, mail(3).id).await.is_some());
}

/// Where a stranger named an address.
pub async fn what_a_mail_is_about_is_found_out_later(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    add(store, &ada, &[]).await;
    insert(store, &mail(1)).await;
    let (id, user) = (mail(1).id, ada.id);
    let addressed = Mail {
        kind: MailKind::NewEmail,
        user_id: Some(user),
        link_id: Some(link(&ada, LinkPurpose::VerifyEmail, 1).id),
        locale: Locale::parse("ko").ok(),
        ..mail(1)
    };
    let known = addressed.clone();
    write(store, move |repositories| repositories.mails().address(&known))
        .await
        .unwrap();
    assert_eq!(find(store, id).await, Some(addressed));
    write(store, move |repositories| repositories.users().delete(user))
        .await
        .unwrap();
    assert_eq!(find(store, id).await, None);
}

/// By kind, since a time, and no more than are asked for.
pub async fn the_devices_that_a_user_was_told_of_are_known(store: &Arc<dyn Store>) {
    let (ada, ben) = (user("ada@x.test"), user("ben@x.test"));
    for user in [&ada, &ben] {
        add(store, user, &[]).await;
    }
    let told = |number, user: &User, kind, agent: &str| Mail {
        user_id: Some(user.id),
        kind,
        device: Device {
            address: None,
            user_agent: UserAgent::from_text(agent),
        },
        ..mail(number)
    };
    for mail in [
        told(1, &ada, MailKind::NewDevice, "too old"),
        told(2, &ada, MailKind::NewDevice, "curl"),
        told(3, &ada, MailKind::NewDevice, ""),
        told(4, &ada, MailKind::PasswordChanged, "another kind"),
        told(5, &ben, MailKind::NewDevice, "of another user"),
    ] {
        insert(store, &mail).await;
    }
    let (id, since) = (ada.id, mail(1).created_at);
    for (limit, expected) in [(9, 2), (1, 1)] {
        let found = read(store, move |repositories| {
            repositories
                .mails()
                .user_agents_told(id, MailKind::NewDevice, since, limit)
        });
        let found = found.await;
        assert_eq!(found.len(), expected);
        let known = [UserAgent::from_text("curl"), None];
        assert!(found.iter().all(|agent| known.contains(agent)), "{found:?}");
    }
}

fn now() -> DateTime<Utc> {
    FakeClock::start()
}

async fn insert(store: &Arc<dyn Store>, mail: &Mail) {
    let mail = mail.clone();
    write(store, move |repositories| repositories.mails().insert(&mail))
        .await
        .unwrap();
}

async fn find(store: &Arc<dyn Store>, id: MailId) -> Option<Mail> {
    read(store, move |repositories| repositories.mails().find(id)).await
}

async fn claim(store: &Arc<dyn Store>, at: DateTime<Utc>, until: DateTime<Utc>) -> Option<Mail> {
    write(store, move |repositories| {
        repositories.mails().claim(mail(1).id, at, until)
    })
    .await
    .unwrap()
}

async fn due_at(store: &Arc<dyn Store>, at: DateTime<Utc>) -> Vec<Mail> {
    read(store, move |repositories| repositories.mails().due(at, 10)).await
}

async fn next_due(store: &Arc<dyn Store>) -> Option<DateTime<Utc>> {
    read(store, |repositories| repositories.mails().next_due()).await
}

async fn counts(store: &Arc<dyn Store>) -> MailCounts {
    read(store, |repositories| repositories.mails().counts()).await
}

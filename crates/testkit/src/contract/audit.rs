//! What holds for the events of the audit trail.

use super::walk::{page, walk};
use super::{append, read, write};
use crate::build::{entry, event, found, session, signed, user};
use crate::clock::FakeClock;
use chrono::{DateTime, TimeDelta};
use portcullis_application::ports::{AuditFilter, AuditRecord, FoundAuditEntry, Repositories, Store, StoreError};
use portcullis_domain::{
    AccountState, AuditEvent, AuditEventType, AuditReason, AuditResult, Device, Origin, PageRequest, RequestId, Role,
    UserAgent,
};
use std::cmp::Reverse;
use std::sync::Arc;

/// Also what is not there, by every way to read one, with its authentication code.
pub async fn every_field_of_every_kind_of_event_survives(store: &Arc<dyn Store>) {
    let events = all_kinds();
    append(store, &events).await;
    let mut newest_first = events.clone();
    newest_first.reverse();
    assert_eq!(listed(store, AuditFilter::default(), 100).await, newest_first);
    let found = read(store, |repositories| repositories.audit().list_oldest(None, 1000)).await;
    let expected: Vec<_> = events.iter().map(found_unsealed).collect();
    assert_eq!(found, expected);
    for (found, original) in found.iter().zip(&events) {
        assert_eq!(found.record.event().as_ref(), Some(original));
    }
}

/// Whatever a newer version wrote, it is found and listed as it was written: its kind, its format, the text of its details.
pub async fn what_a_newer_version_wrote_survives(store: &Arc<dyn Store>) {
    let newer = |number, format, details: &str| AuditRecord {
        format,
        kind: "passkey_added".to_owned(),
        result: "put_off".to_owned(),
        details: details.to_owned(),
        ..AuditRecord::from(event(number))
    };
    let records = [
        newer(
            1,
            1,
            r#"{ "client":"app", "reason":"on_a_whim", "factor":{"kind":"홈","uses":1.50} }"#,
        ),
        newer(2, i64::MAX, "no JSON"),
        newer(3, 1, &format!(r#"{{"long":"{}"}}"#, "x".repeat(8_000))),
    ];
    let entries = records.clone().map(signed);
    let appended = entries.clone();
    write(store, move |repositories| {
        appended.iter().try_for_each(|entry| repositories.audit().append(entry))
    })
    .await
    .unwrap();
    let all = read(store, |repositories| repositories.audit().list_oldest(None, 100)).await;
    assert_eq!(all, entries.map(|entry| found(entry, None)));
    let everything = |repositories: &mut dyn Repositories, request: &PageRequest| {
        repositories.audit().list(&AuditFilter::default(), request)
    };
    let mut listed = walk(store, 2, everything).await;
    listed.reverse();
    assert_eq!(listed, records);
}

/// From the first second of 1970 to the last of 9999.
pub async fn the_time_of_an_event_survives_to_the_microsecond(store: &Arc<dyn Store>) {
    // 9999-12-31T23:59:59.999999Z
    let last = 253_402_300_799_999_999;
    let events: Vec<_> = (0..)
        .zip([0, 1, 999_999, 1_234_567_890_123_457, last])
        .map(|(number, microseconds)| AuditEvent {
            at: DateTime::UNIX_EPOCH + TimeDelta::microseconds(microseconds),
            ..event(number)
        })
        .collect();
    append(store, &events).await;
    let found = read(store, |repositories| repositories.audit().list_oldest(None, 100)).await;
    let expected: Vec<_> = events.iter().map(found_unsealed).collect();
    assert_eq!(found, expected);
}

/// Without gap or double, also where many came in one moment, by pages of every size.
pub async fn events_are_listed_newest_first(store: &Arc<dyn Store>) {
    let events = add_events(store, 24).await;
    for size in [1, 2, 3, 7, 23, 24, 25, 100] {
        assert_eq!(listed(store, AuditFilter::default(), size).await, events, "by {size}");
    }
}

/// Where nothing is left out, the page that holds the first event of all names no next one.
pub async fn the_last_page_of_events_names_no_next_one(store: &Arc<dyn Store>) {
    let everything = |repositories: &mut dyn Repositories, request: &PageRequest| {
        repositories.audit().list(&AuditFilter::default(), request)
    };
    let nothing = page(store, 10, None, everything).await;
    assert_eq!((nothing.items, nothing.next), (vec![], None));
    let events = add_events(store, 6).await;
    let last = page(
        store,
        1,
        Some(AuditRecord::from(events[4].clone()).position()),
        everything,
    )
    .await;
    assert_eq!(
        (last.items, last.next),
        (vec![AuditRecord::from(events[5].clone())], None)
    );
    let behind = page(
        store,
        1,
        Some(AuditRecord::from(events[5].clone()).position()),
        everything,
    )
    .await;
    assert_eq!((behind.items, behind.next), (vec![], None));
}

/// Those that match all of it, once each. What a user did to others did not happen to them.
pub async fn every_combination_of_filters_gives_the_events_that_match(store: &Arc<dyn Store>) {
    let events = add_events(store, 36).await;
    let users = [None, Some("user0@x.test"), Some("user1@x.test"), Some("nobody@x.test")];
    let kinds = [None, Some(AuditEventType::Login), Some(AuditEventType::StoreRestored)];
    let middle = events[18].at;
    let times = [
        None,
        Some(middle),
        Some(middle + TimeDelta::microseconds(1)),
        Some(DateTime::UNIX_EPOCH),
    ];
    for user_id in users.map(|address| address.map(|address| user(address).id)) {
        for kind in kinds {
            for since in times {
                let filter = AuditFilter { user_id, kind, since };
                let matching: Vec<_> = events
                    .iter()
                    .filter(|event| {
                        user_id.is_none_or(|id| event.user_id == Some(id))
                            && kind.is_none_or(|kind| event.kind == kind)
                            && since.is_none_or(|since| since <= event.at)
                    })
                    .cloned()
                    .collect();
                for size in [1, 4, 100] {
                    assert_eq!(listed(store, filter, size).await, matching, "{filter:?} by {size}");
                }
            }
        }
    }
}

/// Each once, by whatever number of them at a time.
pub async fn events_are_read_oldest_first_from_where_one_stopped(store: &Arc<dyn Store>) {
    let newest_first = add_events(store, 13).await;
    let oldest_first: Vec<_> = newest_first.iter().rev().map(found_unsealed).collect();
    for limit in [1, 2, 5, 13, 100] {
        let (mut after, mut all) = (None, Vec::new());
        loop {
            let part = read(store, move |repositories| {
                repositories.audit().list_oldest(after, limit)
            });
            let part: Vec<FoundAuditEntry> = part.await;
            assert!(part.len() <= limit);
            let Some(last) = part.last() else { break };
            assert_ne!(after, Some(last.record.position()), "it does not go on");
            after = Some(last.record.position());
            all.extend(part);
        }
        assert_eq!(all, oldest_first, "by {limit}");
    }
}

/// It tells of what did not happen.
pub async fn what_was_appended_in_a_unit_that_was_rolled_back_is_not_there(store: &Arc<dyn Store>) {
    append(store, &[event(1)]).await;
    let ada = user("ada@x.test");
    let added = ada.clone();
    let refused = write(store, move |repositories| {
        repositories.users().insert(&added)?;
        repositories.audit().append(&entry(&event(2)))?;
        let seen = repositories.audit().list_oldest(None, 100)?;
        assert_eq!(seen.len(), 2, "the unit itself sees it");
        Err::<(), _>(StoreError::Busy)
    });
    assert!(refused.await.is_err());
    assert_eq!(super::find_user(store, ada.id).await, None);
    assert_eq!(listed(store, AuditFilter::default(), 10).await, [event(1)]);
}

/// The event that has it stays as it is.
pub async fn an_id_in_use_is_not_given_again(store: &Arc<dyn Store>) {
    append(store, &[event(1)]).await;
    for double in [
        event(1),
        AuditEvent {
            id: event(1).id,
            ..event(2)
        },
    ] {
        let appended = write(store, move |repositories| repositories.audit().append(&entry(&double)));
        assert!(appended.await.is_err());
    }
    assert_eq!(listed(store, AuditFilter::default(), 10).await, [event(1)]);
}

/// Nor need they ever have been there.
pub async fn an_event_outlives_whom_it_tells_of(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    let told = AuditEvent {
        actor_id: Some(user("nobody@x.test").id),
        user_id: Some(ada.id),
        session_id: Some(session(&ada, 1).id),
        ..event(1)
    };
    super::add(store, &ada, &[session(&ada, 1)]).await;
    append(store, std::slice::from_ref(&told)).await;
    let id = ada.id;
    let deleted = write(store, move |repositories| repositories.users().delete(id));
    assert!(deleted.await.unwrap());
    let filter = AuditFilter {
        user_id: Some(ada.id),
        ..AuditFilter::default()
    };
    assert_eq!(listed(store, filter, 10).await, [told]);
}

/// Events of three users and of nobody, of several types, four at a time in one moment; newest first.
async fn add_events(store: &Arc<dyn Store>, count: u32) -> Vec<AuditEvent> {
    let mut events: Vec<_> = (0..count)
        .map(|number| {
            let at = FakeClock::start() + TimeDelta::microseconds(i64::from(number / 4));
            let of = |number: u32| (number % 4 < 3).then(|| user(&format!("user{}@x.test", number % 4)).id);
            AuditEvent {
                at,
                kind: [
                    AuditEventType::Login,
                    AuditEventType::Logout,
                    AuditEventType::RoleChanged,
                ][usize::try_from(number).unwrap() % 3],
                actor_id: of(number + 1),
                user_id: of(number),
                ..event(number)
            }
        })
        .collect();
    append(store, &events).await;
    events.sort_by_key(|event| Reverse((event.at, event.id)));
    events
}

/// An event of every type, with every result and every reason, and with every member once there and once not.
fn all_kinds() -> Vec<AuditEvent> {
    type Change = Box<dyn Fn(&mut AuditEvent)>;
    let (ada, ben) = (user("ada@x.test"), user("ben@x.test"));
    let state = |role, is_active| Some(AccountState { role, is_active });
    let origin = |address: Option<&str>, agent: Option<&str>, request: Option<&str>| Origin {
        device: Device {
            address: address.map(|text| text.parse().unwrap()),
            user_agent: agent.and_then(UserAgent::from_text),
        },
        request_id: request.and_then(RequestId::parse),
        device_token: None,
    };
    let longest = "x".repeat(128);
    let wide = "\u{1f600}".repeat(256);
    let changes: Vec<Change> = vec![
        Box::new(|_| ()),
        Box::new(move |event| event.actor_id = Some(ada.id)),
        Box::new(move |event| event.user_id = Some(ben.id)),
        Box::new(|event| event.count = Some(u64::MAX)),
        Box::new(|event| event.session_id = Some(session(&user("ada@x.test"), 1).id)),
        Box::new(move |event| event.origin = origin(Some("203.0.113.7"), None, None)),
        Box::new(move |event| event.origin = origin(Some("2001:db8::1"), Some(&wide), Some(&longest))),
        Box::new(move |event| {
            event.origin = origin(Some("::ffff:192.0.2.1"), Some("홈 '앱' \"\\ %_"), Some("a.b_c-D"));
        }),
        Box::new(move |event| event.origin = origin(None, Some("portcullis"), None)),
        Box::new(move |event| event.before = state(Role::User, true)),
        Box::new(move |event| event.after = state(Role::Admin, false)),
        Box::new(move |event| {
            event.before = state(Role::Admin, true);
            event.after = state(Role::User, false);
        }),
    ];
    let reasons = AuditReason::ALL.iter().copied().map(Some).chain([None]);
    let count = AuditEventType::ALL
        .len()
        .max(AuditReason::ALL.len() + 1)
        .max(changes.len());
    let kinds = AuditEventType::ALL.iter().cycle();
    let results = AuditResult::ALL.iter().cycle();
    (0..)
        .zip(kinds)
        .zip(results.zip(reasons.cycle()))
        .zip(changes.iter().cycle())
        .take(count * 2)
        .map(|(((number, kind), (result, reason)), change)| {
            let mut event = AuditEvent {
                kind: *kind,
                result: *result,
                reason,
                ..event(number)
            };
            change(&mut event);
            event
        })
        .collect()
}

fn found_unsealed(event: &AuditEvent) -> FoundAuditEntry {
    found(entry(event), None)
}

async fn listed(store: &Arc<dyn Store>, filter: AuditFilter, size: usize) -> Vec<AuditEvent> {
    let records = walk(store, size, move |repositories, request| {
        repositories.audit().list(&filter, request)
    });
    let records = records.await;
    records.iter().map(|record| record.event().unwrap()).collect()
}

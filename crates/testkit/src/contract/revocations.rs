//! What holds for the revocations that other replicas read.

use super::{add, find_session, read, revoke, write};
use crate::build::{ending, session, session_with, user};
use crate::clock::FakeClock;
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_application::ports::{Access, RevocationNumber, Store, Verdict};
use portcullis_domain::{Ending, FamilyId, Generation, Revocation};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// Whoever reads on from the last number that they know sees each once, by whatever number of them at a time.
pub async fn revocations_are_read_by_number_from_where_one_stopped(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    let sessions: Vec<_> = (1..=7).map(|number| session(&ada, number)).collect();
    add(store, &ada, &sessions).await;
    let mut written = Vec::new();
    for number in [3, 1, 5, 7, 2, 6, 4] {
        written.extend(revoke(store, session(&ada, number).id, now()).await);
    }
    for limit in [1, 2, 3, 7, 100] {
        let (mut last, mut listed) = (RevocationNumber::default(), Vec::new());
        loop {
            let part = list_after(store, last, now(), limit).await;
            assert!(part.len() <= limit);
            let Some((number, _)) = part.last() else { break };
            assert!(last < *number, "by {limit}");
            last = *number;
            listed.extend(part.into_iter().map(|(_, revocation)| revocation));
        }
        assert_eq!(listed, written, "by {limit}");
    }
    assert_eq!(list_after(store, RevocationNumber(1 << 62), now(), 10).await, []);
}

/// A session may have several: whoever reads puts them together.
pub async fn every_field_of_a_revocation_survives(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    let last = DateTime::UNIX_EPOCH + TimeDelta::microseconds(253_402_300_799_999_999);
    // Remembered as the ending says, and no shorter than the session's access tokens live.
    let moments = [now(), now() + TimeDelta::microseconds(1), last];
    let endings = moments.map(|until| Ending {
        at: now(),
        remembered_until: until,
    });
    let longest = now() + TimeDelta::hours(3);
    let [first, second] = [(0, now()), (i64::MAX.unsigned_abs(), longest)].map(|(generation, end)| {
        session_with(&ada, u8::from(generation == 0), |rotation| {
            rotation.generation = Generation::new(generation);
            rotation.access_until = end;
        })
    });
    add(store, &ada, &[first.clone(), second.clone()]).await;
    for ending in endings {
        let id = ada.id;
        let outdated = write(store, move |repositories| {
            repositories.endings().outdate_all(id, &ending)
        });
        outdated.await.unwrap();
    }
    for session in [first, second] {
        let listed = list_after(store, RevocationNumber::default(), DateTime::UNIX_EPOCH, 100).await;
        let of_session = listed.into_iter().map(|(_, revocation)| revocation);
        let of_session: Vec<_> = of_session.filter(|found| found.family == session.id.into()).collect();
        let expected = endings.map(|ending| Revocation {
            family: session.id.into(),
            generation: session.rotation.generation,
            until: ending.remembered_until.max(session.rotation.access_until),
        });
        assert_eq!(of_session, expected);
    }
}

/// And its session goes on.
pub async fn a_rollback_leaves_no_revocation(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    add(store, &ada, &[session(&ada, 1), session(&ada, 2), session(&ada, 3)]).await;
    let id = ada.id;
    let run = store.run(
        Access::Write,
        Box::new(move |repositories| {
            let (ada, endings) = (user("ada@x.test"), repositories.endings());
            let ending = ending(now());
            assert!(endings.revoke(session(&ada, 1).id, &ending).unwrap().is_some());
            assert_eq!(endings.outdate_all(id, &ending).unwrap().len(), 2);
            assert_eq!(endings.revoke_oldest(id, 1, &ending).unwrap().len(), 1);
            assert_eq!(endings.revoke_all(id, None, &ending).unwrap().len(), 1);
            let written = repositories.revocations().list_after(RevocationNumber(0), now(), 100);
            assert_eq!(written.unwrap().len(), 5, "the unit itself sees them");
            Verdict::Rollback
        }),
    );
    run.await.unwrap();
    assert_eq!(list_after(store, RevocationNumber::default(), now(), 100).await, []);
    for number in 1..=3 {
        let expected = session(&ada, number);
        assert_eq!(find_session(store, expected.id).await, Some(expected));
    }
}

/// To the microsecond; and it is removed from the same moment on.
pub async fn what_need_not_be_remembered_is_neither_listed_nor_kept(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    let sessions: Vec<_> = (0..6).map(|number| session(&ada, number)).collect();
    add(store, &ada, &sessions).await;
    let step = TimeDelta::microseconds(1);
    for (steps, session) in (0..).zip(&sessions) {
        revoke(store, session.id, now() + step * steps).await.unwrap();
    }
    let end = ending(now()).remembered_until;
    // Before, at and after the moment when the third is forgotten.
    for (moment, left) in [(end + step, 4), (end + step * 2, 3)] {
        let listed = list_after(store, RevocationNumber::default(), moment, 100).await;
        let listed: Vec<_> = listed.iter().map(|(_, found)| found.family).collect();
        let remembered: Vec<FamilyId> = sessions.iter().map(|session| session.id.into()).collect();
        assert_eq!(listed, remembered[6 - left..]);
    }
    // What is over does not take the place of what is not.
    let listed = list_after(store, RevocationNumber::default(), end + step * 2, 1).await;
    assert_eq!(listed[0].1.family, sessions[3].id.into());

    let mut removed = Vec::new();
    for _ in 0..3 {
        removed.push(delete_expired(store, end + step * 2, 2).await);
    }
    assert_eq!(removed, [2, 1, 0]);
    let kept = list_after(store, RevocationNumber::default(), DateTime::UNIX_EPOCH, 100).await;
    assert_eq!(kept.len(), 3);
    assert_eq!(kept[0].1.family, sessions[3].id.into());
}

/// Otherwise whoever reads on from the last number that they know would miss it.
pub async fn a_number_is_never_given_again(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    add(store, &ada, &[session(&ada, 1), session(&ada, 2)]).await;
    revoke(store, session(&ada, 1).id, now()).await.unwrap();
    let [(first, _)] = list_after(store, RevocationNumber::default(), now(), 100).await[..] else {
        panic!("not one revocation")
    };
    assert!(RevocationNumber::default() < first);
    let forgotten = ending(now()).remembered_until;
    assert_eq!(delete_expired(store, forgotten, 100).await, 1);
    let revoked = revoke(store, session(&ada, 2).id, now()).await.unwrap();
    let [(second, found)] = list_after(store, first, now(), 100).await[..] else {
        panic!("a reader misses it")
    };
    assert!(first < second);
    assert_eq!(found, revoked);
}

/// By number, as long as they have to be remembered; numbers that were never given, or not yet, give nothing.
pub async fn revocations_are_found_by_ranges_of_numbers(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    let sessions: Vec<_> = (0..6).map(|number| session(&ada, number)).collect();
    add(store, &ada, &sessions).await;
    for (seconds, session) in (0..).zip(&sessions) {
        let at = now() + TimeDelta::seconds(seconds);
        revoke(store, session.id, at).await.unwrap();
    }
    let listed = list_after(store, RevocationNumber::default(), now(), 100).await;
    let number = |index: usize| listed[index].0;
    let beyond = RevocationNumber(number(5).0 + 1)..=RevocationNumber(1 << 62);
    for (first, last) in (0..6).flat_map(|first| (first..6).map(move |last| (first, last))) {
        let ranges = [number(first)..=number(last), beyond.clone()];
        assert_eq!(list_within(store, &ranges, now(), 100).await, listed[first..=last]);
    }
    // The first two need not be remembered any longer.
    let moment = ending(now() + TimeDelta::seconds(1)).remembered_until;
    let ranges = [number(1)..=number(2), number(4)..=number(4), beyond];
    let found = list_within(store, &ranges, moment, 100).await;
    assert_eq!(found, [listed[2], listed[4]]);
    let all = [RevocationNumber(0)..=RevocationNumber(u64::MAX)];
    assert_eq!(list_within(store, &all, now(), 100).await, listed);
    assert_eq!(list_within(store, &[], now(), 100).await, []);
}

/// Whoever leaves out what they got comes to the end, by whatever number of ranges and of revocations at a time.
pub async fn many_ranges_of_numbers_are_read_by_the_limit(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    let sessions: Vec<_> = (0..250).map(|number| session(&ada, number)).collect();
    add(store, &ada, &sessions).await;
    for session in &sessions {
        revoke(store, session.id, now()).await.unwrap();
    }
    let listed = list_after(store, RevocationNumber::default(), now(), 1_000).await;
    let wanted: Vec<_> = listed.iter().step_by(2).copied().collect();
    for limit in [1, 7, 124, 125, 126] {
        let (mut left, mut found) = (wanted.clone(), Vec::new());
        loop {
            let ranges: Vec<_> = left.iter().map(|(number, _)| *number..=*number).collect();
            let part = list_within(store, &ranges, now(), limit).await;
            assert_eq!(part, left[..limit.min(left.len())], "by {limit}");
            left.drain(..part.len());
            let is_all = part.len() < limit;
            found.extend(part);
            if is_all {
                break;
            }
        }
        assert_eq!(found, wanted, "by {limit}");
    }
}

/// By the time of the end, not by number: a revocation with a lower number may have to be remembered longer.
pub async fn the_revocation_whose_end_came_last_is_found(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    let sessions: Vec<_> = (0..4).map(|number| session(&ada, number)).collect();
    add(store, &ada, &sessions).await;
    for (seconds, session) in [5, 9, 2, 7].into_iter().zip(&sessions) {
        let at = now() + TimeDelta::seconds(seconds);
        revoke(store, session.id, at).await.unwrap();
    }
    let listed = list_after(store, RevocationNumber::default(), now(), 100).await;
    for (seconds, expected) in [(1, None), (2, Some(2)), (6, Some(0)), (8, Some(3)), (100, Some(1))] {
        let moment = ending(now() + TimeDelta::seconds(seconds)).remembered_until;
        let last = read(store, move |repositories| {
            repositories.revocations().find_last_expired(moment)
        });
        let expected = expected.map(|index: usize| listed[index].0);
        assert_eq!(last.await, expected, "{seconds}");
    }
}

/// What was given out lives on its own.
pub async fn a_revocation_outlives_its_session(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    add(store, &ada, &[session(&ada, 1)]).await;
    let id = session(&ada, 1).id;
    let revocation = revoke(store, id, now()).await.unwrap();
    let swept = write(store, |repositories| {
        let later = now() + TimeDelta::microseconds(1);
        repositories.sessions().sweep(None, later, 100)
    });
    assert_eq!(swept.await.unwrap().changed, 1);
    assert_eq!(find_session(store, id).await, None);
    let listed = list_after(store, RevocationNumber::default(), now(), 100).await;
    assert_eq!(listed[0].1, revocation);
}

fn now() -> DateTime<Utc> {
    FakeClock::start() + TimeDelta::minutes(1)
}

async fn list_after(
    store: &Arc<dyn Store>,
    after: RevocationNumber,
    now: DateTime<Utc>,
    limit: usize,
) -> Vec<(RevocationNumber, Revocation)> {
    read(store, move |repositories| {
        repositories.revocations().list_after(after, now, limit)
    })
    .await
}

async fn list_within(
    store: &Arc<dyn Store>,
    ranges: &[RangeInclusive<RevocationNumber>],
    now: DateTime<Utc>,
    limit: usize,
) -> Vec<(RevocationNumber, Revocation)> {
    let ranges = ranges.to_vec();
    read(store, move |repositories| {
        repositories.revocations().list_within(&ranges, now, limit)
    })
    .await
}

async fn delete_expired(store: &Arc<dyn Store>, now: DateTime<Utc>, limit: usize) -> usize {
    let deleted = write(store, move |repositories| {
        repositories.revocations().delete_expired(now, limit)
    });
    deleted.await.unwrap()
}

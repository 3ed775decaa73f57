//! The paces, on a clock that the tests move.

use super::*;
use async_trait::async_trait;
use chrono::TimeDelta;
use portcullis_application::ports::{SharedJob, StoreError};
use portcullis_application::upkeep::CleanedUp;
use portcullis_application::{Rotation, SigningError};
use portcullis_domain::AuditHead;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;
use tokio::time::advance;

/// Counts the rounds of each kind. While `panics` says so, none of them ends well; while `fails` does, they fail.
#[derive(Default)]
struct Rounds {
    counted: Mutex<BTreeMap<&'static str, u32>>,
    panics: AtomicBool,
    fails: AtomicBool,
    is_stuck: AtomicBool,
    /// While it says so, another server has every turn.
    is_beside_another: AtomicBool,
    noted: Mutex<Vec<(SharedJob, Option<String>)>>,
    mails: Notify,
    due_in: Mutex<Option<Duration>>,
}

impl Rounds {
    fn of(&self, kind: &str) -> u32 {
        self.counted.lock().unwrap().get(kind).copied().unwrap_or(0)
    }

    async fn note(&self, kind: &'static str) -> Result<(), StoreError> {
        *self.counted.lock().unwrap().entry(kind).or_default() += 1;
        assert!(!self.panics.load(Ordering::Relaxed), "this round was to panic");
        if self.is_stuck.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        if self.fails.load(Ordering::Relaxed) {
            return Err(StoreError::Busy);
        }
        Ok(())
    }
}

#[async_trait]
impl Upkeep for Rounds {
    async fn begin(&self) -> Result<Rotation, SigningError> {
        Err(StoreError::Busy.into())
    }

    async fn catch_up(&self) -> Result<(), SigningError> {
        Ok(self.note("catch_up").await?)
    }

    async fn probe_store(&self) -> Result<(), StoreError> {
        self.note("probe").await
    }

    async fn note_use(&self) -> Result<usize, StoreError> {
        self.note("note_use").await.map(|()| 0)
    }

    async fn sum_up_refusals(&self) -> Result<u64, StoreError> {
        self.note("sum_up").await.map(|()| 0)
    }

    async fn sum_up_last_refusals(&self) -> Result<u64, StoreError> {
        self.note("sum_up_last").await.map(|()| 0)
    }

    async fn take_turn(&self, _: SharedJob, _: TimeDelta) -> Result<bool, StoreError> {
        Ok(!self.is_beside_another.load(Ordering::Relaxed))
    }

    async fn note_run(&self, job: SharedJob, failure: Option<String>) -> Result<(), StoreError> {
        self.noted.lock().unwrap().push((job, failure));
        Ok(())
    }

    async fn clean_up(&self) -> Result<CleanedUp, StoreError> {
        self.note("clean_up").await.map(|()| CleanedUp::default())
    }

    async fn seal_audit_trail(&self) -> Result<Option<AuditHead>, StoreError> {
        self.note("seal").await.map(|()| None)
    }

    async fn prune_audit_trail(&self) -> Result<u64, StoreError> {
        self.note("prune").await.map(|()| 0)
    }

    async fn send_mails(&self) -> Result<usize, StoreError> {
        self.note("send_mails").await.map(|()| 0)
    }

    async fn make_provider_keys(&self) -> Result<(), SigningError> {
        Ok(self.note("make_provider_keys").await?)
    }

    async fn provider_keys_are_wanted(&self) {}

    async fn mail_is_written(&self) {
        self.mails.notified().await;
    }

    fn mails_are_due_in(&self) -> Option<Duration> {
        *self.due_in.lock().unwrap()
    }

    async fn measure_mails(&self) -> Result<(), StoreError> {
        self.note("measure_mails").await
    }

    async fn rotate_signing_keys(&self) -> Result<(), SigningError> {
        Ok(self.note("rotate").await?)
    }
}

/// A store that tells of changes all the time, or never.
struct News {
    is_plenty: bool,
}

#[async_trait]
impl StoreChanges for News {
    async fn wait(&self, patience: Duration) {
        if !self.is_plenty {
            sleep(patience).await;
        }
    }
}

fn started(rounds: &Arc<Rounds>, news: News) -> Background {
    let upkeep: Arc<dyn Upkeep> = Arc::<Rounds>::clone(rounds);
    let changes: Arc<dyn StoreChanges> = Arc::new(news);
    Background::start(&upkeep, &changes, &Metrics::off())
}

/// Moves the clock in steps, so that everything that is due on the way is done when it is due.
async fn pass(time: Duration) {
    const STEP: Duration = Duration::from_millis(10);
    for _ in 0..time.as_millis() / STEP.as_millis() {
        advance(STEP).await;
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn each_kind_of_work_has_its_pace() {
    let rounds = Arc::new(Rounds::default());
    let _background = started(&rounds, News { is_plenty: false });
    pass(Duration::from_secs(12)).await;
    assert!((10..=12).contains(&rounds.of("probe")), "{}", rounds.of("probe"));
    let early = ["catch_up", "seal", "note_use", "clean_up", "prune", "rotate"].map(|kind| rounds.of(kind));
    assert!((40..=48).contains(&early[0]), "{early:?}");
    assert_eq!(early[1..], [2, 0, 0, 1, 1]);
    pass(Duration::from_secs(50)).await;
    let later = ["note_use", "clean_up", "prune", "sum_up", "sum_up_last"];
    assert_eq!(later.map(|kind| rounds.of(kind)), [2, 1, 1, 1, 0]);
    pass(Duration::from_hours(1)).await;
    assert_eq!(["prune", "rotate"].map(|kind| rounds.of(kind)), [2, 13]);
}

#[tokio::test(start_paused = true)]
async fn news_is_followed_up_soon_but_not_without_a_pause() {
    let rounds = Arc::new(Rounds::default());
    let _background = started(&rounds, News { is_plenty: true });
    pass(Duration::from_secs(1)).await;
    let count = rounds.of("catch_up");
    assert!((30..=51).contains(&count), "{count}");
}

#[tokio::test(start_paused = true)]
async fn a_round_that_panics_or_fails_is_followed_by_the_next() {
    for (panics, fails) in [(true, false), (false, true)] {
        let rounds = Arc::new(Rounds {
            panics: panics.into(),
            fails: fails.into(),
            ..Rounds::default()
        });
        let _background = started(&rounds, News { is_plenty: false });
        pass(Duration::from_secs(125)).await;
        for (kind, least) in [
            ("catch_up", 400),
            ("seal", 20),
            ("note_use", 4),
            ("clean_up", 2),
            ("rotate", 1),
        ] {
            assert!(rounds.of(kind) >= least, "{kind}: {}", rounds.of(kind));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_end_writes_when_sessions_were_used_and_is_the_end() {
    let rounds = Arc::new(Rounds::default());
    let background = started(&rounds, News { is_plenty: false });
    pass(Duration::from_secs(1)).await;
    background.end().await;
    let at_the_end = rounds.counted.lock().unwrap().clone();
    assert_eq!(at_the_end.get("note_use"), Some(&1));
    assert_eq!(
        (at_the_end.get("sum_up"), at_the_end.get("sum_up_last")),
        (None, Some(&1))
    );
    pass(Duration::from_mins(2)).await;
    assert_eq!(*rounds.counted.lock().unwrap(), at_the_end);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_does_not_answer_does_not_hold_up_the_end() {
    let rounds = Arc::new(Rounds::default());
    let background = started(&rounds, News { is_plenty: false });
    pass(Duration::from_secs(1)).await;
    rounds.is_stuck.store(true, Ordering::Relaxed);
    let asked = tokio::time::Instant::now();
    background.end().await;
    assert!(
        asked.elapsed() <= LAST_ROUNDS + Duration::from_millis(10),
        "{:?}",
        asked.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn how_a_job_of_one_server_went_is_noted_in_the_store() {
    for (panics, fails, expected) in [
        (false, false, None),
        (false, true, Some("the store is busy")),
        (true, false, Some("it panicked")),
    ] {
        let rounds = Arc::new(Rounds {
            panics: panics.into(),
            fails: fails.into(),
            ..Rounds::default()
        });
        let _background = started(&rounds, News { is_plenty: false });
        pass(Duration::from_secs(65)).await;
        let noted = rounds.noted.lock().unwrap().clone();
        for job in SharedJob::ALL {
            let expected = (job, expected.map(str::to_owned));
            assert_eq!(noted.iter().filter(|run| **run == expected).count(), 1, "{noted:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_another_server_has_the_turn_for_is_left_to_it() {
    let rounds = Arc::new(Rounds {
        is_beside_another: true.into(),
        ..Rounds::default()
    });
    let _background = started(&rounds, News { is_plenty: false });
    pass(Duration::from_secs(65)).await;
    assert_eq!(["clean_up", "prune", "rotate"].map(|kind| rounds.of(kind)), [0, 0, 0]);
    assert!(rounds.of("seal") > 0 && rounds.of("note_use") > 0);
    assert!(rounds.noted.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn mails_are_sent_when_they_are_written_or_due_and_looked_for_seldom() {
    let rounds = Arc::new(Rounds::default());
    let _background = started(&rounds, News { is_plenty: false });
    pass(Duration::from_secs(14)).await;
    assert_eq!(rounds.of("send_mails"), 1);
    pass(Duration::from_secs(2)).await;
    assert_eq!(rounds.of("send_mails"), 2);
    rounds.mails.notify_one();
    pass(Duration::from_millis(20)).await;
    assert_eq!(rounds.of("send_mails"), 3);
    *rounds.due_in.lock().unwrap() = Some(Duration::ZERO);
    rounds.mails.notify_one();
    pass(Duration::from_secs(1)).await;
    let count = rounds.of("send_mails");
    assert!((6..=8).contains(&count), "{count}");
}

#[test]
fn every_job_of_one_server_is_in_the_table_once() {
    for job in SharedJob::ALL {
        assert_eq!(JOBS.iter().filter(|listed| listed.name == job.as_str()).count(), 1);
    }
}

#[tokio::test]
async fn an_outage_is_told_when_it_begins_and_when_it_ends() {
    let mut history = History::of("test", Metrics::off());
    let failures = [None, Some("first"), Some("second"), None, None];
    let turns = failures.map(|failure| history.turn(failure.map(str::to_owned)));
    assert_eq!(turns, [Turn::None, Turn::Begins, Turn::GoesOn, Turn::Ends, Turn::None]);
}

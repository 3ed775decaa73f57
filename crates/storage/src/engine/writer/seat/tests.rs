//! A writer's seat on a file that can't grow.

use super::*;
use crate::deadline::Deadline;
use crate::migrations;
use portcullis_application::ports::{Access, Repositories, Unmeasured, Work};
use portcullis_domain::User;
use portcullis_testkit::build;
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::oneshot;

/// A writer's seat on a file that can't grow: what fits on its free pages is stored, more is not.
fn cramped(folder: &TempDir) -> Seat {
    let path = crate::connection::sqlite::prepare_file(&folder.path().join("test.db")).unwrap();
    let file = SqliteFile::at(path, Duration::from_millis(100));
    let mut connection = file.connection(Use::Writing).unwrap();
    migrations::apply(&mut connection).unwrap();
    connection.batch_execute("PRAGMA max_page_count = 1").unwrap();
    Seat {
        file,
        connection: Some(connection),
        queue: mpsc::channel(1).1,
        writes: Arc::default(),
        log_rate: LogRate::default(),
        meter: Arc::new(Unmeasured),
    }
}

fn job(work: impl FnOnce(&mut dyn Repositories) -> StoreResult<()> + Send + 'static) -> (Job, Answer) {
    let (answer, answered) = oneshot::channel();
    let work: Work = Box::new(|repositories| match work(repositories) {
        Ok(()) => Verdict::Commit,
        Err(_) => Verdict::Rollback,
    });
    let job = Job {
        task: Task::Unit(Access::Write, work),
        arrived: Instant::now(),
        deadline: Deadline::after(Duration::from_mins(1)),
        answer,
    };
    (job, answered)
}

type Answer = oneshot::Receiver<StoreResult<()>>;

fn insertion(user: &User) -> (Job, Answer) {
    let user = user.clone();
    job(move |repositories| repositories.users().insert(&user))
}

/// Inserts until the file is full.
fn filling() -> (Job, Answer) {
    job(|repositories| {
        (0..10_000).try_for_each(|number| {
            let user = build::user(&format!("user{number}@example.com"));
            repositories.users().insert(&user)
        })
    })
}

fn is_there(seat: &mut Seat, user: &User) -> bool {
    let id = user.id;
    let (found, tell) = std::sync::mpsc::channel();
    let found = Arc::new(std::sync::Mutex::new(found));
    let (job, _) = job(move |repositories| {
        let is_there = repositories.users().find(id)?.is_some();
        found.lock().unwrap().send(is_there).unwrap();
        Ok(())
    });
    seat.commit(&mut VecDeque::from([job]));
    tell.recv().unwrap()
}

#[test]
fn a_full_disk_in_a_unit_fails_the_units_before_it_and_spares_those_after_it() {
    let folder = TempDir::new().unwrap();
    let mut seat = cramped(&folder);
    let (before, after) = (build::user("before@example.com"), build::user("after@example.com"));
    let (jobs, mut answers): (VecDeque<_>, Vec<_>) =
        [insertion(&before), filling(), insertion(&after)].into_iter().unzip();
    let mut batch = jobs;
    while !batch.is_empty() {
        seat.commit(&mut batch);
    }
    let told: Vec<_> = answers.iter_mut().map(|answer| answer.try_recv().unwrap()).collect();
    assert!(
        matches!(
            told.as_slice(),
            [Err(StoreError::Unavailable(_)), Err(StoreError::Unavailable(_)), Ok(())]
        ),
        "{told:?}"
    );
    assert!(!is_there(&mut seat, &before));
    assert!(is_there(&mut seat, &after));
}

#[test]
fn a_unit_that_fits_after_one_that_did_not_says_nothing_of_the_next() {
    let folder = TempDir::new().unwrap();
    let mut seat = cramped(&folder);
    let (full, _full_answer) = filling();
    seat.commit(&mut VecDeque::from([full]));
    assert!(seat.writes.verdict().is_err());
    let (fits, mut answer) = insertion(&build::user("fits@example.com"));
    seat.commit(&mut VecDeque::from([fits]));
    answer.try_recv().unwrap().unwrap();
    assert!(seat.writes.verdict().is_err());
}

#[test]
fn a_failure_that_the_unit_took_for_its_own_is_noticed_too() {
    let folder = TempDir::new().unwrap();
    let mut seat = cramped(&folder);
    let connection = seat.connection.as_mut().unwrap();
    let broken = "CREATE TRIGGER broken BEFORE INSERT ON users BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END";
    connection.batch_execute(broken).unwrap();
    let (refused, mut answer) = insertion(&build::user("ada@example.com"));
    seat.commit(&mut VecDeque::from([refused]));
    // The unit was rolled back, as its work asked for.
    answer.try_recv().unwrap().unwrap();
    assert!(seat.writes.verdict().is_err());
    assert!(seat.connection.is_none(), "one that can't write is not used again");
}

#[test]
fn what_is_overdue_is_refused_before_the_file_is_waited_for() {
    let folder = TempDir::new().unwrap();
    let mut seat = cramped(&folder);
    let late = build::user("late@example.com");
    let (mut job, mut answer) = insertion(&late);
    job.deadline = Deadline::after(Duration::ZERO);
    seat.commit(&mut VecDeque::from([job]));
    assert!(matches!(answer.try_recv().unwrap(), Err(StoreError::Busy)));
    assert!(!is_there(&mut seat, &late));
}

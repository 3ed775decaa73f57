//! How a thread works jobs off in its lanes.

use super::job::Job;
use super::queue::Queue;
use super::width::Width;
use bcrypt_lanes::{Lanes, PasswordHash, SaltedPassword};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

/// How many expansions of key and salt the lanes do between two looks at the queue: 3 ms, a 64th of the work at the
/// default cost. A look takes well under a thousandth of that.
const EXPANSIONS_PER_STEP: u32 = 64;

/// What advances lanes by one step and returns those that are done.
pub(super) type Advance = dyn Fn(&mut Lanes<Job>) -> Vec<(Job, PasswordHash)> + Send + Sync;

/// The real [`Advance`].
pub(super) fn advance_by_a_step(lanes: &mut Lanes<Job>) -> Vec<(Job, PasswordHash)> {
    lanes.advance(EXPANSIONS_PER_STEP)
}

/// Does these jobs and those that come meanwhile, until no lane is in use. Never panics.
pub(super) fn work_off(first: Vec<Job>, queue: &Queue, width: &Width, advance: &Advance) {
    let mut lanes = Lanes::new();
    lanes.set_width(width.lanes());
    let mut arrivals = first;
    loop {
        for job in arrivals {
            start(&mut lanes, job);
        }
        if lanes.is_empty() {
            return;
        }
        if step(&mut lanes, advance).is_err() {
            let jobs = lanes.clear();
            if jobs.len() > 1 {
                for job in jobs {
                    work_off_alone(job, advance);
                }
            }
        }
        lanes.set_width(width.lanes());
        arrivals = queue.take_for_lanes(lanes.free());
    }
}

/// After a panic each job is done by itself, so that the guilty one alone gets no answer.
fn work_off_alone(job: Job, advance: &Advance) {
    let mut lanes = Lanes::new();
    start(&mut lanes, job);
    while !lanes.is_empty() && step(&mut lanes, advance).is_ok() {}
}

/// Gives the job a free lane. A job that can't be started is dropped: without an answer the caller learns that the call
/// failed.
fn start(lanes: &mut Lanes<Job>, job: Job) {
    let input = Arc::clone(&job.input);
    let password = SaltedPassword {
        password: &input.key,
        salt: &input.salt,
    };
    let _ = panic::catch_unwind(AssertUnwindSafe(|| lanes.start(input.cost.0, password, job)));
}

/// Advances the lanes and answers the jobs that are done. Those that nobody waits for any more are taken out.
fn step(lanes: &mut Lanes<Job>, advance: &Advance) -> Result<(), Panicked> {
    let done = panic::catch_unwind(AssertUnwindSafe(|| advance(lanes))).map_err(|_| Panicked)?;
    for (job, hash) in done {
        // The caller may have gone meanwhile.
        let _ = job.answer.send(hash);
    }
    lanes.retain(|job| !job.is_abandoned());
    Ok(())
}

/// The lanes are in an unknown state, except for whose they are.
struct Panicked;

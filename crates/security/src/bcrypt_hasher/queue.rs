//! The bounded queue before the threads that hash.

use super::job::Job;
use portcullis_application::ports::{HasherError, Meter};
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// What a thread does next.
pub(super) enum Task {
    /// One to as many jobs as a thread has lanes.
    Jobs(Vec<Job>),
    /// To measure which width is best and how long a batch of it takes, and to say so.
    Measurement(oneshot::Sender<Measured>),
}

/// What was measured: how many lanes suit the processor, and how long a full set takes.
pub(super) type Measured = (usize, Duration);

/// What waits, in the order of arrival.
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    capacity: usize,
    meter: Arc<dyn Meter>,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Job>,
    /// How many threads sleep, or have been woken and look at the queue next.
    idle_threads: usize,
    /// Has its turn once nothing waits.
    measurement: Option<oneshot::Sender<Measured>>,
    is_closed: bool,
}

impl Queue {
    /// A queue of at most `capacity` jobs; at least one. Its meter is told how long each waited.
    pub(super) fn new(capacity: usize, meter: Arc<dyn Meter>) -> Self {
        Self {
            state: Mutex::default(),
            changed: Condvar::new(),
            capacity: capacity.max(1),
            meter,
        }
    }

    /// Puts a job at the end; `Busy` where the queue is full of jobs that somebody waits for.
    pub(super) fn push(&self, job: Job) -> Result<(), HasherError> {
        let mut state = self.lock();
        if state.waiting.len() >= self.capacity {
            state.drop_abandoned();
        }
        if state.waiting.len() >= self.capacity {
            return Err(HasherError::Busy);
        }
        state.waiting.push_back(job);
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    /// Has a thread measure once nothing else is to be done. A second call takes the place of one that still waits.
    pub(super) fn measure(&self, answer: oneshot::Sender<Measured>) {
        // The one that it replaces wakes its caller, which must not happen under the lock.
        let _replaced = self.lock().measurement.replace(answer);
        self.changed.notify_one();
    }

    /// What an idle thread does next, when there is something; `None` once the queue is closed.
    pub(super) fn take(&self, lanes: usize) -> Option<Task> {
        let mut state = self.lock();
        loop {
            if state.is_closed {
                return None;
            }
            let share = state.take_share(lanes);
            if !share.is_empty() {
                if !state.waiting.is_empty() {
                    self.changed.notify_one();
                }
                drop(state);
                return Some(Task::Jobs(self.measured(share)));
            }
            if let Some(answer) = state.measurement.take() {
                return Some(Task::Measurement(answer));
            }
            state.idle_threads += 1;
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.idle_threads -= 1;
        }
    }

    /// Jobs for a thread that has so many free lanes beside those at work; returns at once.
    pub(super) fn take_for_lanes(&self, free: usize) -> Vec<Job> {
        if free == 0 {
            return Vec::new();
        }
        let jobs = self.lock().take_for_lanes(free);
        self.measured(jobs)
    }

    /// How many jobs wait, and how many may.
    pub(super) fn depth(&self) -> (usize, usize) {
        (self.lock().waiting.len(), self.capacity)
    }

    fn measured(&self, begun: Vec<Job>) -> Vec<Job> {
        for job in &begun {
            self.meter.password_waited(job.arrived.elapsed());
        }
        begun
    }

    /// Ends the waiting of all threads. What waits in the queue is not done any more.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_all();
    }

    /// No call of ours panics while it holds the lock, so what is behind a poisoned one is whole.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn drop_abandoned(&mut self) {
        self.waiting.retain(|job| !job.is_abandoned());
    }

    /// The oldest jobs, shared evenly with the other threads that are idle.
    fn take_share(&mut self, lanes: usize) -> Vec<Job> {
        self.drop_abandoned();
        let share = self.waiting.len().div_ceil(self.idle_threads + 1);
        self.take_oldest(share.min(lanes))
    }

    /// The oldest jobs, except for one to each idle thread: one was woken for each, and does it sooner than a shared one.
    fn take_for_lanes(&mut self, free: usize) -> Vec<Job> {
        self.drop_abandoned();
        let beyond_idle_threads = self.waiting.len().saturating_sub(self.idle_threads);
        self.take_oldest(beyond_idle_threads.min(free))
    }

    fn take_oldest(&mut self, count: usize) -> Vec<Job> {
        self.waiting.drain(..count.min(self.waiting.len())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bcrypt_hasher::{cost::BcryptCost, job::Input};
    use bcrypt_lanes::PasswordHash;
    use zeroize::Zeroizing;

    /// A state with that many jobs, numbered by their salts, and the ends that wait for the answers.
    fn state(jobs: u8, idle_threads: usize) -> (State, Vec<oneshot::Receiver<PasswordHash>>) {
        let (waiting, callers) = (0..jobs)
            .map(|number| {
                let (answer, answered) = oneshot::channel();
                let input = Input {
                    cost: BcryptCost::MIN,
                    salt: [number; 16],
                    key: Zeroizing::default(),
                };
                (Job::new(input, answer, &Arc::default()), answered)
            })
            .unzip();
        let state = State {
            waiting,
            idle_threads,
            ..State::default()
        };
        (state, callers)
    }

    fn numbers(jobs: &[Job]) -> Vec<u8> {
        jobs.iter().map(|job| job.input.salt[0]).collect()
    }

    #[test]
    fn a_thread_at_work_takes_the_oldest_jobs_into_its_free_lanes() {
        let (mut state, _callers) = state(5, 0);
        assert_eq!(numbers(&state.take_for_lanes(2)), [0, 1]);
        assert_eq!(numbers(&state.take_for_lanes(1)), [2]);
        assert_eq!(numbers(&state.take_for_lanes(4)), [3, 4]);
        assert!(state.take_for_lanes(4).is_empty());
    }

    #[test]
    fn a_thread_at_work_leaves_one_job_to_each_idle_thread() {
        let (mut state, _callers) = state(3, 2);
        assert_eq!(numbers(&state.take_for_lanes(3)), [0]);
        assert!(state.take_for_lanes(3).is_empty());
    }

    #[test]
    fn idle_threads_share_what_waits_evenly() {
        let (mut state, _callers) = state(5, 1);
        assert_eq!(numbers(&state.take_share(4)), [0, 1, 2]);
        state.idle_threads = 0;
        assert_eq!(numbers(&state.take_share(4)), [3, 4]);
    }

    #[test]
    fn an_idle_thread_takes_no_more_than_it_has_lanes() {
        let (mut state, _callers) = state(20, 1);
        assert_eq!(state.take_share(6).len(), 6);
        assert_eq!(state.take_share(4).len(), 4);
    }

    #[test]
    fn a_job_that_nobody_waits_for_counts_for_nothing() {
        let (mut state, mut callers) = state(4, 1);
        callers.remove(0);
        callers.remove(1);
        assert_eq!(numbers(&state.take_for_lanes(4)), [1]);
        assert_eq!(numbers(&state.take_share(4)), [3]);
    }
}

//! Whether a database takes writes, as far as the last ones told.
//!
//! Whoever asks is told what is remembered, so that a question from outside never writes. The server itself tries a write
//! once in a while, as long as there is a reason to.

use anyhow::anyhow;
use portcullis_application::ports::{StoreError, StoreResult};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long after a probe the next one comes, where nothing but a doubt asks for it. Doubts may come of single rows, and
/// of calls that a stranger makes.
const DOUBTS: Duration = Duration::from_secs(10);

/// What a statement's failure means for the writes that follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// It may be the fault of that statement alone.
    Doubt,
    /// It is the store's: the next one will fail, too.
    Failure(String),
}

impl Trouble {
    /// `None` where the store did what it should.
    pub(crate) fn of(error: &StoreError) -> Option<Self> {
        match error {
            StoreError::Conflict | StoreError::Busy => None,
            StoreError::Unavailable(reason) => Some(Self::Failure(format!("{reason:#}"))),
            StoreError::Unexpected(_) => Some(Self::Doubt),
        }
    }
}

/// What is remembered of the writes to one database.
#[derive(Debug, Default)]
pub(crate) struct Writes(Mutex<Memory>);

#[derive(Debug, Default)]
struct Memory {
    trouble: Option<Trouble>,
    probed: Option<Instant>,
}

impl Writes {
    /// Remembers that a write met trouble. A doubt does not take the place of a failure.
    pub(crate) fn note(&self, trouble: Trouble) {
        let mut memory = self.memory();
        match (&memory.trouble, trouble) {
            (Some(Trouble::Failure(_)), Trouble::Doubt) => {}
            (_, trouble) => memory.trouble = Some(trouble),
        }
    }

    /// Remembers the trouble that this error means, if it means any.
    pub(crate) fn note_error(&self, error: &StoreError) {
        if let Some(trouble) = Trouble::of(error) {
            self.note(trouble);
        }
    }

    /// `Err` where a write failed and none of a real size has worked since.
    pub(crate) fn verdict(&self) -> StoreResult<()> {
        match &self.memory().trouble {
            Some(Trouble::Failure(reason)) => Err(StoreError::Unavailable(anyhow!("a write failed: {reason}"))),
            Some(Trouble::Doubt) | None => Ok(()),
        }
    }

    /// Whether a write is to be tried. After a failure it always is.
    pub(crate) fn need_a_probe(&self) -> bool {
        let memory = self.memory();
        match memory.trouble {
            Some(Trouble::Failure(_)) => true,
            Some(Trouble::Doubt) => memory.probed.is_none_or(|at| at.elapsed() >= DOUBTS),
            None => false,
        }
    }

    /// Remembers how the try went. That somebody else was in its way tells nothing.
    pub(crate) fn note_probe(&self, outcome: &StoreResult<()>) {
        let mut memory = self.memory();
        memory.probed = Some(Instant::now());
        match outcome {
            Ok(()) => memory.trouble = None,
            Err(StoreError::Busy) => {}
            Err(StoreError::Conflict) => memory.trouble = Some(Trouble::Failure("the probe met a conflict".to_owned())),
            Err(StoreError::Unavailable(reason) | StoreError::Unexpected(reason)) => {
                memory.trouble = Some(Trouble::Failure(format!("{reason:#}")));
            }
        }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure() -> Trouble {
        Trouble::Failure("the disk is full".to_owned())
    }

    #[test]
    fn after_a_failure_writes_do_not_count_as_working_until_a_probe_has_worked() {
        let writes = Writes::default();
        assert!(writes.verdict().is_ok() && !writes.need_a_probe());
        writes.note(failure());
        writes.note(Trouble::Doubt);
        assert!(writes.verdict().is_err() && writes.need_a_probe());
        writes.note_probe(&Err(StoreError::Busy));
        assert!(writes.verdict().is_err() && writes.need_a_probe());
        writes.note_probe(&Ok(()));
        assert!(writes.verdict().is_ok() && !writes.need_a_probe());
    }

    #[test]
    fn a_doubt_is_probed_before_it_counts_and_not_again_at_once() {
        let writes = Writes::default();
        writes.note(Trouble::Doubt);
        assert!(writes.verdict().is_ok() && writes.need_a_probe());
        writes.note_probe(&Ok(()));
        writes.note(Trouble::Doubt);
        assert!(!writes.need_a_probe());
        writes.note_probe(&Err(StoreError::Unexpected(anyhow!("no such table"))));
        assert!(writes.verdict().is_err());
    }

    #[test]
    fn what_others_hold_or_wrote_before_is_no_trouble_of_the_store() {
        assert_eq!(Trouble::of(&StoreError::Busy), None);
        assert_eq!(Trouble::of(&StoreError::Conflict), None);
        assert_eq!(
            Trouble::of(&StoreError::Unexpected(anyhow!("a row"))),
            Some(Trouble::Doubt)
        );
        assert_eq!(
            Trouble::of(&StoreError::Unavailable(anyhow!("the disk is full"))),
            Some(failure())
        );
    }
}

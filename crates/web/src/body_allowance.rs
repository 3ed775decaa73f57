//! How much of the bodies of all requests together is held in memory.

use crate::refusal::{Refusal, kind};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// As much of each body is not counted: whoever sends no more is read, however much others send.
const UNCOUNTED: usize = 4 * 1024;

/// Bytes that bodies may take. Clones share them.
#[derive(Clone)]
pub(crate) struct BodyAllowance(Arc<Semaphore>);

/// What one body has taken, until its request is over.
pub(crate) struct Held {
    allowance: BodyAllowance,
    permit: Option<OwnedSemaphorePermit>,
    length: usize,
}

impl BodyAllowance {
    pub(crate) fn of(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes)))
    }

    /// For one body, of which nothing has come.
    pub(crate) fn hold(&self) -> Held {
        Held {
            allowance: self.clone(),
            permit: None,
            length: 0,
        }
    }
}

impl Held {
    /// Takes what so many more bytes need; a refusal where others hold too much.
    pub(crate) fn grow(&mut self, bytes: usize) -> Result<(), Refusal> {
        self.length = self.length.saturating_add(bytes);
        let counted = bytes.min(self.length.saturating_sub(UNCOUNTED));
        if counted == 0 {
            return Ok(());
        }
        let busy = || Refusal::from(kind::BUSY);
        let semaphore = Arc::clone(&self.allowance.0);
        let counted = u32::try_from(counted).map_err(|_| busy())?;
        let more = semaphore.try_acquire_many_owned(counted).map_err(|_| busy())?;
        match &mut self.permit {
            Some(permit) => permit.merge(more),
            none => *none = Some(more),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_share_what_is_beyond_their_beginnings() {
        let allowance = BodyAllowance::of(1_000);
        let (mut first, mut second) = (allowance.hold(), allowance.hold());
        assert!(first.grow(UNCOUNTED).is_ok() && second.grow(UNCOUNTED).is_ok());
        assert!(first.grow(600).is_ok());
        assert!(second.grow(600).is_err());
        assert!(allowance.hold().grow(UNCOUNTED).is_ok());
        drop(first);
        assert!(second.grow(600).is_ok());
    }

    #[test]
    fn a_piece_counts_from_where_the_beginning_ends() {
        let allowance = BodyAllowance::of(10);
        let mut held = allowance.hold();
        assert!(held.grow(UNCOUNTED + 10).is_ok());
        assert!(held.grow(1).is_err());
    }
}

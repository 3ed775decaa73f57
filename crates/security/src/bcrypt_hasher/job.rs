//! One bcrypt to do.

use super::cost::BcryptCost;
use bcrypt_lanes::PasswordHash;
use std::sync::Arc;
use tokio::sync::oneshot;
use zeroize::Zeroizing;

/// A salt of bcrypt.
pub(super) type Salt = [u8; 16];

/// What goes into one bcrypt. To make a hash and to verify one is the same work.
pub(super) struct Input {
    pub(super) cost: BcryptCost,
    pub(super) salt: Salt,
    /// bcrypt takes 72 bytes of it.
    pub(super) key: Zeroizing<Vec<u8>>,
}

/// A bcrypt and who waits for it.
pub(super) struct Job {
    /// Kept while the job runs: after a panic it is begun anew.
    pub(super) input: Arc<Input>,
    pub(super) answer: oneshot::Sender<PasswordHash>,
}

impl Job {
    /// Whether nobody waits for the answer any longer.
    pub(super) fn is_abandoned(&self) -> bool {
        self.answer.is_closed()
    }
}

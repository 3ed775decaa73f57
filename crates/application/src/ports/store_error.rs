//! Why the store did not do what it was asked.

/// The result of a call of the store.
pub type StoreResult<T> = Result<T, StoreError>;

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A key that must be unique is taken; the call's documentation says which.
    #[error("the key is taken")]
    Conflict,
    /// Too many wait, or somebody held a lock for too long; the same call may succeed in a moment.
    #[error("the store is busy")]
    Busy,
    /// The store can't be reached or can't write at present: a lost connection, a full disk.
    #[error("the store is not available")]
    Unavailable(#[source] anyhow::Error),
    /// Anything else.
    #[error(transparent)]
    Unexpected(#[from] anyhow::Error),
}

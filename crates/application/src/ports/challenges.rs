//! Half sign-ins in the store: the second factor is still asked for.

use super::store_error::StoreResult;
use chrono::{DateTime, Utc};
use portcullis_domain::{Digest32, SignInChallenge, UserId};

/// Half sign-ins, inside a unit of work. A unit that writes those of a user holds the user's row
/// ([`UserRepository::lock`](super::UserRepository::lock)).
pub trait ChallengeRepository {
    /// Adds one. Of those that the user has on the same known device, or on none, the newest stay, so that there are at most `most`.
    fn open(&mut self, challenge: &SignInChallenge, most: usize) -> StoreResult<()>;

    /// The one whose secret text has that digest, whatever the time, and how often a code was tried.
    fn find(&mut self, digest: &Digest32) -> StoreResult<Option<(SignInChallenge, u32)>>;

    /// Counts one more try, only if it is there, good at `at`, and there were fewer than `most`; whether it may be tried.
    fn take_try(&mut self, digest: &Digest32, at: DateTime<Utc>, most: u32) -> StoreResult<bool>;

    /// Ends one; whether it was there.
    fn close(&mut self, digest: &Digest32) -> StoreResult<bool>;

    /// Ends all of a user.
    fn close_all_of(&mut self, user: UserId) -> StoreResult<()>;

    /// Ends all of everybody.
    fn close_all(&mut self) -> StoreResult<()>;

    /// Removes up to `limit` that were good until before `before`; how many.
    fn delete_expired(&mut self, before: DateTime<Utc>, limit: usize) -> StoreResult<usize>;
}

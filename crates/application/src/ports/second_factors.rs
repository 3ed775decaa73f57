//! Second factors in the store.

use super::store_error::StoreResult;
use chrono::{DateTime, Utc};
use portcullis_domain::{CodeCounter, Digest32, EncryptedSecret, PendingTotp, Totp, UserId};

/// Wrong codes that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrongCodes {
    /// When the first of them came.
    pub since: DateTime<Utc>,
    /// How many there are.
    pub wrong: u32,
}

/// The second factors of users, inside a unit of work. A unit that writes them holds the user's row
/// ([`UserRepository::lock`](super::UserRepository::lock)).
pub trait SecondFactorRepository {
    /// The authenticator app of a user.
    fn find_totp(&mut self, user: UserId) -> StoreResult<Totp>;

    /// Lets a secret wait to be confirmed, in the place of one that waits. The one that counts stays.
    fn propose_totp(&mut self, user: UserId, pending: &PendingTotp) -> StoreResult<()>;

    /// Puts the secret that waits in the place of the one that counts, by a code of that time step, only if that one still
    /// waits; whether it was done.
    fn confirm_totp(
        &mut self,
        user: UserId,
        pending: &EncryptedSecret,
        step: u64,
        at: DateTime<Utc>,
    ) -> StoreResult<bool>;

    /// Takes a code of that time step, only if none of it or of a later one was taken; whether it was.
    fn use_step(&mut self, user: UserId, step: u64) -> StoreResult<bool>;

    /// Writes the same secret, encrypted anew, over one that counts or waits, only where that still stands there.
    fn encrypt_anew(&mut self, user: UserId, old: &EncryptedSecret, new: &EncryptedSecret) -> StoreResult<()>;

    /// Up to `limit` users behind `after` in the order of their ids who have a secret, each with what there is.
    fn list_totp(&mut self, after: Option<UserId>, limit: usize) -> StoreResult<Vec<(UserId, Totp)>>;

    /// Removes the authenticator app, what waits, and all recovery codes of a user.
    fn remove_all(&mut self, user: UserId) -> StoreResult<()>;

    /// Puts those recovery codes in the place of all that a user has.
    fn replace_recovery_codes(&mut self, user: UserId, digests: &[Digest32]) -> StoreResult<()>;

    /// Uses a recovery code up; `false` if the user has none of that digest, or none any more.
    fn use_recovery_code(&mut self, user: UserId, digest: &Digest32) -> StoreResult<bool>;

    /// How many recovery codes a user has left.
    fn count_recovery_codes(&mut self, user: UserId) -> StoreResult<usize>;

    /// The wrong codes of that user by that counter, of which the first came after `since`.
    fn wrong_factor_codes(
        &mut self,
        user: UserId,
        counter: CodeCounter,
        since: DateTime<Utc>,
    ) -> StoreResult<Option<WrongCodes>>;

    /// Counts one more wrong code of that user by that counter. What any counter of the user has from before `since` counts no
    /// more, and goes.
    fn note_wrong_factor_code(
        &mut self,
        user: UserId,
        counter: CodeCounter,
        since: DateTime<Utc>,
        at: DateTime<Utc>,
    ) -> StoreResult<()>;
}

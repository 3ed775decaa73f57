//! One-time links in the store.

use super::store_error::StoreResult;
use chrono::{DateTime, Utc};
use portcullis_domain::{Digest32, Email, LinkBearer, LinkId, LinkPurpose, OneTimeLink, UserId};

/// One-time links, inside a unit of work. A unit that writes a user's links holds the user's row
/// ([`UserRepository::lock`](super::UserRepository::lock)), or adds the user.
pub trait LinkRepository {
    /// Adds a link.
    fn insert(&mut self, link: &OneTimeLink) -> StoreResult<()>;

    /// The link of that id.
    fn find(&mut self, id: LinkId) -> StoreResult<Option<OneTimeLink>>;

    /// The link of that purpose whose secret text has that digest. One of another purpose is not found.
    fn find_by_digest(&mut self, purpose: LinkPurpose, digest: &Digest32) -> StoreResult<Option<OneTimeLink>>;

    /// The newest link of that purpose that a user has.
    fn newest(&mut self, user: UserId, purpose: LinkPurpose) -> StoreResult<Option<OneTimeLink>>;

    /// Says which secret text the link has and until when it is good, because a mail with it is about to leave; `false`
    /// if it was used or replaced meanwhile: then nothing was written.
    fn arm(&mut self, id: LinkId, digest: &Digest32, expires_at: DateTime<Utc>) -> StoreResult<bool>;

    /// Uses a link up, only if it is of that purpose and good at `at`; `false` means that it is not, and that nothing was
    /// written.
    fn consume(&mut self, id: LinkId, purpose: LinkPurpose, at: DateTime<Utc>) -> StoreResult<bool>;

    /// Takes away the meaning of what links of that purpose a bearer has that are neither used nor replaced: of those to that
    /// address, where one is named.
    fn replace(
        &mut self,
        bearer: LinkBearer,
        purpose: LinkPurpose,
        address: Option<&Email>,
        at: DateTime<Utc>,
    ) -> StoreResult<()>;

    /// The same for links of a user of that purpose that were made at `since` or later.
    fn replace_since(
        &mut self,
        user: UserId,
        purpose: LinkPurpose,
        since: DateTime<Utc>,
        at: DateTime<Utc>,
    ) -> StoreResult<()>;

    /// The same for all links of everybody.
    fn replace_all(&mut self, at: DateTime<Utc>) -> StoreResult<()>;

    /// The addresses that a user may take back at `at`: those of links that undo a change of address, each with when its
    /// link was made, oldest first.
    fn addresses_to_take_back(&mut self, user: UserId, at: DateTime<Utc>) -> StoreResult<Vec<(Email, DateTime<Utc>)>>;

    /// Whether a user other than that one may take that address back at `at`.
    fn is_kept_for_another(&mut self, address: &Email, user: UserId, at: DateTime<Utc>) -> StoreResult<bool>;

    /// Counts one more try of the code beside a link, unless there were `most` of them; whether it may be tried.
    fn try_code(&mut self, id: LinkId, most: u32) -> StoreResult<bool>;

    /// How many wrong codes of that user count since `since`.
    fn wrong_codes(&mut self, user: UserId, since: DateTime<Utc>) -> StoreResult<u32>;

    /// Counts one more wrong code of that user. What was counted from before `since` counts no more.
    fn note_wrong_code(&mut self, user: UserId, since: DateTime<Utc>, at: DateTime<Utc>) -> StoreResult<()>;

    /// Takes as long as to try a code and to note that it is wrong. It changes nothing.
    fn try_nobodys_code(&mut self) -> StoreResult<()>;

    /// Removes up to `limit` links that were good until before `before`; how many.
    fn delete_expired(&mut self, before: DateTime<Utc>, limit: usize) -> StoreResult<usize>;
}

//! The outbox in the store.

use super::store_error::StoreResult;
use chrono::{DateTime, Utc};
use portcullis_domain::{LinkId, Mail, MailId, MailKind, MailState, Page, PageRequest, UserAgent, UserId};

/// How many mails there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MailCounts {
    /// Those that are to be sent.
    pub waiting: u64,
    /// Those of them that were tried in vain.
    pub failing: u64,
    /// Those that were given up.
    pub failed: u64,
    /// When the oldest of those was written that are to be sent.
    pub oldest_waiting: Option<DateTime<Utc>>,
}

/// The outbox, inside a unit of work.
pub trait MailRepository {
    /// Adds a mail, in the unit that does what it tells of.
    fn insert(&mut self, mail: &Mail) -> StoreResult<()>;

    /// The mail of that id.
    fn find(&mut self, id: MailId) -> StoreResult<Option<Mail>>;

    /// The newest mail that carries that link.
    fn find_by_link(&mut self, link: LinkId) -> StoreResult<Option<Mail>>;

    /// Which devices up to `limit` mails of that kind told the user of, that were written after `since`: what each said of
    /// itself.
    fn user_agents_told(
        &mut self,
        user: UserId,
        kind: MailKind,
        since: DateTime<Utc>,
        limit: usize,
    ) -> StoreResult<Vec<Option<UserAgent>>>;

    /// The mails, of one state where one is named, newest first, after the position that the request names.
    fn list(&mut self, state: Option<MailState>, request: &PageRequest) -> StoreResult<Page<Mail>>;

    /// Up to `limit` mails that are due at `now`, those first that have waited longest.
    fn due(&mut self, now: DateTime<Utc>, limit: usize) -> StoreResult<Vec<Mail>>;

    /// When the next mail is due; `None` where none is to be sent.
    fn next_due(&mut self) -> StoreResult<Option<DateTime<Utc>>>;

    /// Takes a mail to send it, only if it is due at `now`: nobody else takes it before `until`. `None` means that
    /// somebody else was first. It counts as one more attempt.
    fn claim(&mut self, id: MailId, now: DateTime<Utc>, until: DateTime<Utc>) -> StoreResult<Option<Mail>>;

    /// Notes what a mail is about, and whom, which link it carries and in which language, as found out when it is sent: the
    /// kind, the user, the link and the language of that one.
    fn address(&mut self, addressed: &Mail) -> StoreResult<()>;

    /// Notes that the mail was sent at `at`, by whoever made that attempt; `false` if somebody else has it by now.
    fn note_sent(&mut self, id: MailId, attempt: u32, at: DateTime<Utc>) -> StoreResult<bool>;

    /// Notes that the attempt failed at `at`, and when the next is due: `None` gives the mail up. `false` if somebody else
    /// has it by now.
    fn note_failure(
        &mut self,
        id: MailId,
        attempt: u32,
        at: DateTime<Utc>,
        failure: &str,
        next: Option<DateTime<Utc>>,
    ) -> StoreResult<bool>;

    /// Makes a mail that waits or was given up due at `now`, with a new day of attempts; `false` if there is none of that
    /// id or it was sent.
    fn retry(&mut self, id: MailId, now: DateTime<Utc>) -> StoreResult<bool>;

    /// Removes a mail; `false` if there is none of that id.
    fn delete(&mut self, id: MailId) -> StoreResult<bool>;

    /// How many mails there are.
    fn counts(&mut self) -> StoreResult<MailCounts>;

    /// Removes up to `limit` mails of a state that ended before `before`; how many.
    fn delete_ended(&mut self, state: MailState, before: DateTime<Utc>, limit: usize) -> StoreResult<usize>;
}

//! What one server keeps in memory beside the store, so that checking an access token needs no read.

mod client_directory;
mod client_warnings;
mod explanations;
mod guessed_codes;
mod outbox_news;
mod refusals;
mod revocation_cursor;
mod revocation_list;
mod session_activity;

use chrono::{DateTime, Utc};
pub(crate) use guessed_codes::GuessedCodes;
use portcullis_domain::{GrantId, KeyId, SessionId, SigningKey};
pub(crate) use revocation_cursor::RevocationCursor;
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

pub(crate) use client_directory::Reading;
pub use client_directory::{ClientDirectory, Registry};
pub use client_warnings::{ClientWarning, ClientWarnings, CountedWarning};
pub use explanations::{Explanation, Explanations};
pub use outbox_news::OutboxNews;
pub use refusals::{Refusal, Refusals, Summary, Telling};
#[cfg(test)]
pub(crate) use revocation_list::TRUSTED_FOR;
pub use revocation_list::{RevocationList, RevocationSnapshot};
pub use session_activity::SessionActivity;

/// The memory of one server. Its services share it.
#[derive(Debug, Default)]
pub struct Replica {
    /// The access tokens that are worthless before they expire.
    pub revocations: RevocationList,
    /// When sessions were last used.
    pub activity: SessionActivity,
    /// The refused sign-ins that are summed up.
    pub refusals: Refusals,
    /// The clients and resources.
    pub clients: ClientDirectory,
    /// What clients do that they better did not.
    pub warnings: ClientWarnings,
    /// Why the provider refused requests lately.
    pub explanations: Explanations,
    /// The signing keys that were last made ready.
    pub(crate) keys: Mutex<Vec<SigningKey>>,
    /// When this server first saw each of the keys that are to sign next, by its own clock.
    pub(crate) published: Mutex<HashMap<KeyId, DateTime<Utc>>>,
    /// The store's version before the last reading that was whole.
    pub(crate) version: Mutex<Option<u64>>,
    /// How far the revocations were read.
    pub(crate) cursor: Mutex<RevocationCursor>,
    /// How far the sessions were swept; `None` where the next round begins anew.
    pub(crate) swept: Mutex<Option<SessionId>>,
    /// The codes that were shown with what does not fit.
    pub(crate) guessed_codes: GuessedCodes,
    /// How far the grants were swept; `None` where the next round begins anew.
    pub(crate) swept_grants: Mutex<Option<GrantId>>,
    /// When mails are to leave.
    pub(crate) outbox: OutboxNews,
    /// Whether nobody took a mail when this server last tried.
    pub(crate) mail_is_unreachable: AtomicBool,
}

//! Which sessions were revoked, and up to which generation.

use crate::claims::Claims;
use crate::json::parse_object;
use chrono::DateTime;
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::HashMap;
use std::time::SystemTime;
use uuid::Uuid;

/// What is revoked.
#[derive(Debug, Default)]
pub(super) struct Revocations {
    by_session: HashMap<Uuid, Revocation>,
    /// Tokens that were issued before are dead, whatever their session: the server's store was put back from a backup,
    /// which may know nothing of them.
    not_before: Option<SystemTime>,
}

/// What is revoked of one session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Revocation {
    /// The highest generation that is dead.
    generation: u64,
    /// When the last token of that generation has expired.
    until: SystemTime,
}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    revocations: Vec<Entry<'a>>,
    #[serde(borrow)]
    not_before: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    session_id: Cow<'a, str>,
    generation: u64,
    #[serde(borrow)]
    until: Cow<'a, str>,
}

impl Revocations {
    /// The revocations that the server lists; `None` where one of them can't be read, since nobody can tell then what
    /// it revokes.
    pub(super) fn parse(json: &[u8]) -> Option<Self> {
        let body: Body<'_> = parse_object(json)?;
        let mut revocations = Self {
            by_session: HashMap::with_capacity(body.revocations.len()),
            not_before: match body.not_before {
                Some(text) => Some(time(&text)?),
                None => None,
            },
        };
        for entry in body.revocations {
            let session = Uuid::try_parse(&entry.session_id).ok()?;
            let until = time(&entry.until)?;
            revocations.add(
                session,
                Revocation {
                    generation: entry.generation,
                    until,
                },
            );
        }
        Some(revocations)
    }

    /// Takes over those of `earlier` that still count at `now`. A revocation is never taken back, and the server's
    /// clock, which decides what it lists, may be ahead of ours.
    pub(super) fn keep(&mut self, earlier: &Self, now: SystemTime) {
        for (session, revocation) in &earlier.by_session {
            if now < revocation.until {
                self.add(*session, *revocation);
            }
        }
        self.not_before = self.not_before.max(earlier.not_before);
    }

    fn add(&mut self, session: Uuid, revocation: Revocation) {
        let present = self.by_session.entry(session).or_insert(revocation);
        present.generation = present.generation.max(revocation.generation);
        present.until = present.until.max(revocation.until);
    }

    /// Whether the token that says `claims` is dead at `now`.
    pub(super) fn include(&self, claims: &Claims, now: SystemTime) -> bool {
        let entry = self.by_session.get(&claims.session_id);
        entry.is_some_and(|revocation| claims.generation <= revocation.generation && now < revocation.until)
            || self.not_before.is_some_and(|not_before| claims.issued_at < not_before)
    }
}

/// RFC 3339.
fn time(text: &str) -> Option<SystemTime> {
    DateTime::parse_from_rfc3339(text).ok().map(SystemTime::from)
}

#[cfg(test)]
mod tests;

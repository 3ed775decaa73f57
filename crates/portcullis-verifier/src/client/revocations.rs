//! Which families of tokens were revoked, and up to which generation: sessions, grants, clients.

use crate::json::parse_object;
use crate::standing::Standing;
use chrono::DateTime;
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::HashMap;
use std::time::SystemTime;
use uuid::Uuid;

/// What is revoked.
#[derive(Debug, Default)]
pub(super) struct Revocations {
    by_family: HashMap<Uuid, Revocation>,
    /// Tokens that were issued before are dead, whatever their family: the server's store was put back from a backup,
    /// which may know nothing of them.
    not_before: Option<SystemTime>,
}

/// What is revoked of one family.
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
    /// Of whatever family.
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
            by_family: HashMap::with_capacity(body.revocations.len()),
            not_before: match body.not_before {
                Some(text) => Some(time(&text)?),
                None => None,
            },
        };
        for entry in body.revocations {
            let family = Uuid::try_parse(&entry.session_id).ok()?;
            let until = time(&entry.until)?;
            revocations.add(
                family,
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
        for (family, revocation) in &earlier.by_family {
            if now < revocation.until {
                self.add(*family, *revocation);
            }
        }
        self.not_before = self.not_before.max(earlier.not_before);
    }

    fn add(&mut self, family: Uuid, revocation: Revocation) {
        let present = self.by_family.entry(family).or_insert(revocation);
        present.generation = present.generation.max(revocation.generation);
        present.until = present.until.max(revocation.until);
    }

    /// Whether a token of that standing is dead at `now`.
    pub(super) fn include(&self, token: &Standing, now: SystemTime) -> bool {
        let is_dead = |(family, generation): &(Uuid, u64)| {
            let entry = self.by_family.get(family);
            entry.is_some_and(|revocation| *generation <= revocation.generation && now < revocation.until)
        };
        token.families.iter().flatten().any(is_dead)
            || self.not_before.is_some_and(|not_before| token.issued_at < not_before)
    }
}

/// RFC 3339.
fn time(text: &str) -> Option<SystemTime> {
    DateTime::parse_from_rfc3339(text).ok().map(SystemTime::from)
}

#[cfg(test)]
mod tests;

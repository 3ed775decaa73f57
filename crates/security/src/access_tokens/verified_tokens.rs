//! Tokens whose signatures were found right, so that they are not checked again.

use aws_lc_rs::digest;
use chrono::{DateTime, Utc};
use portcullis_application::ports::{AccessClaims, ClientAccessClaims};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The longest token whose check is remembered. Those that the server issues are shorter, unless names in them are very
/// long; whoever sends a longer one does not make it be hashed.
const MAX_REMEMBERED_BYTES: usize = 2048;

/// As many parts with a lock each, so that workers seldom wait for one another.
const PARTS: usize = 16;
/// The most tokens of one part. A part that is full is emptied: what is in use comes back by its next check.
const MOST_IN_A_PART: usize = 2048;

/// The SHA-256 of the number of a ring of keys and of a whole token. Under another ring, the same token has another one.
///
/// Nobody can be brought to take one token for another by it, and how long it takes to compare two tells nothing of
/// use: a digest can't be approached byte by byte.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct TokenDigest([u8; digest::SHA256_OUTPUT_LEN]);

impl TokenDigest {
    /// Of a token under the ring of that number; `None` for one that is too long to be remembered.
    pub(crate) fn of(ring: u64, raw: &str) -> Option<Self> {
        if raw.len() > MAX_REMEMBERED_BYTES {
            return None;
        }
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(&ring.to_be_bytes());
        context.update(raw.as_bytes());
        context.finish().as_ref().try_into().ok().map(Self)
    }
}

/// Claims that end.
pub trait Expiring: Clone {
    /// When they do.
    fn expires_at(&self) -> DateTime<Utc>;
}

impl Expiring for AccessClaims {
    fn expires_at(&self) -> DateTime<Utc> {
        self.expires_at
    }
}

impl Expiring for ClientAccessClaims {
    fn expires_at(&self) -> DateTime<Utc> {
        self.expires_at
    }
}

/// The claims of some tokens that our keys have signed. They are used only for what does not change with time. Nothing
/// of a token is kept but its digest and its claims.
pub struct VerifiedTokens<C> {
    parts: [Mutex<HashMap<TokenDigest, Verified<C>>>; PARTS],
}

impl<C> Default for VerifiedTokens<C> {
    fn default() -> Self {
        Self {
            parts: Default::default(),
        }
    }
}

struct Verified<C> {
    claims: C,
    /// When the whole check was made. The token was in force then, so it is until it expires.
    since: DateTime<Utc>,
}

impl<C: Expiring> VerifiedTokens<C> {
    /// What the token says, if it was checked before and is in force at `now`. A token that was checked at a later time
    /// than `now` has to be checked again: the clock was set back, and the token may not have begun.
    pub(crate) fn find(&self, token: &TokenDigest, now: DateTime<Utc>) -> Option<C> {
        let part = self.part(token);
        let verified = part.get(token)?;
        (verified.since <= now && now < verified.claims.expires_at()).then(|| verified.claims.clone())
    }

    /// Notes what the token says; the whole check was made at `now`.
    pub(crate) fn note(&self, token: TokenDigest, claims: C, now: DateTime<Utc>) {
        let mut part = self.part(&token);
        if part.len() >= MOST_IN_A_PART {
            part.clear();
        }
        part.insert(token, Verified { claims, since: now });
    }

    fn part(&self, token: &TokenDigest) -> MutexGuard<'_, HashMap<TokenDigest, Verified<C>>> {
        let TokenDigest([.., last]) = *token;
        #[expect(clippy::indexing_slicing, reason = "a remainder of PARTS is below PARTS")]
        let part = &self.parts[usize::from(last) % PARTS];
        // Each entry is written as a whole, so a panic elsewhere leaves the map usable.
        part.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_domain::{Email, FactorStanding, Generation, Role};
    use uuid::Uuid;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn claims() -> AccessClaims {
        AccessClaims {
            token_id: Uuid::from_u128(1).into(),
            user_id: Uuid::from_u128(2).into(),
            session_id: Uuid::from_u128(3).into(),
            generation: Generation::FIRST,
            role: Role::User,
            email: Email::parse("ada@example.org").unwrap(),
            authenticated_at: at(-60),
            methods: "pwd otp mfa".parse().unwrap(),
            factors: FactorStanding::Enrolled,
            issued_at: at(0),
            expires_at: at(900),
        }
    }

    fn token(raw: &str) -> TokenDigest {
        TokenDigest::of(1, raw).unwrap()
    }

    #[test]
    fn a_token_is_found_from_its_check_to_its_last_second() {
        let verified = VerifiedTokens::default();
        verified.note(token("a.b.c"), claims(), at(10));
        let found = |seconds: i64| verified.find(&token("a.b.c"), at(seconds)).is_some();
        assert!(found(10) && found(899));
        assert!(!found(900), "it has expired");
        assert!(!found(9), "the clock was set back before the check");
        assert_eq!(verified.find(&token("a.b.c"), at(10)), Some(claims()));
    }

    #[test]
    fn a_token_that_differs_in_one_character_is_not_found() {
        let verified = VerifiedTokens::default();
        verified.note(token("a.b.c"), claims(), at(0));
        for other in ["a.b.d", "b.b.c", "a.b.c.", "a.b.", "A.b.c", " a.b.c", ""] {
            assert_eq!(verified.find(&token(other), at(1)), None, "{other:?}");
        }
    }

    #[test]
    fn what_was_found_by_the_keys_of_one_ring_is_not_found_under_another() {
        let verified = VerifiedTokens::default();
        verified.note(token("a.b.c"), claims(), at(0));
        assert_eq!(verified.find(&TokenDigest::of(2, "a.b.c").unwrap(), at(1)), None);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let verified = VerifiedTokens::default();
        let in_one_part = |number: u16| {
            let mut digest = [0; digest::SHA256_OUTPUT_LEN];
            digest[..2].copy_from_slice(&number.to_be_bytes());
            TokenDigest(digest)
        };
        let most = u16::try_from(MOST_IN_A_PART).unwrap();
        for number in 0..most {
            verified.note(in_one_part(number), claims(), at(0));
        }
        assert!((0..most).all(|number| verified.find(&in_one_part(number), at(0)).is_some()));
        verified.note(in_one_part(most), claims(), at(0));
        assert_eq!(verified.part(&in_one_part(0)).len(), 1);
        assert!(verified.find(&in_one_part(most), at(0)).is_some());
    }
}

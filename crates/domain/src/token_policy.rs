//! How long tokens and sessions live.

use crate::revocation::Ending;
use chrono::{DateTime, TimeDelta, Utc};

/// How far the clocks of replicas may differ: a token may be issued that much later than its revocation says.
const CLOCK_TOLERANCE: TimeDelta = TimeDelta::seconds(5);

/// How long tokens and sessions live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenPolicy {
    /// Life of an access token.
    pub access_token_life: TimeDelta,
    /// Life of a refresh token from its issue.
    pub refresh_token_life: TimeDelta,
    /// Life of a session from its sign-in, however often it is refreshed.
    pub session_life: TimeDelta,
    /// How long a spent token gives its successor again while that is unused. Zero is strict.
    pub reuse_grace: TimeDelta,
    /// The most live sessions of one user; a further sign-in ends the oldest.
    pub sessions_per_user: usize,
}

impl Default for TokenPolicy {
    fn default() -> Self {
        Self {
            access_token_life: TimeDelta::minutes(15),
            refresh_token_life: TimeDelta::days(7),
            session_life: TimeDelta::days(90),
            reuse_grace: TimeDelta::seconds(10),
            sessions_per_user: 100,
        }
    }
}

impl TokenPolicy {
    /// What ends at `now`.
    #[must_use]
    pub fn ending(&self, now: DateTime<Utc>) -> Ending {
        Ending {
            at: now,
            remembered_until: self.access_end(now),
        }
    }

    /// When the last access token has expired that a session gives out by a sign-in or a refresh at `now`, its
    /// repetition within the grace window and differing clocks included.
    #[must_use]
    pub fn access_end(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now + self.access_token_life + self.reuse_grace + CLOCK_TOLERANCE
    }

    /// Whether an access token of that age may still be used. A policy that became shorter holds for the tokens that
    /// are there, too; otherwise they would outlive the memory of their revocation.
    #[must_use]
    pub fn accepts_access_token(&self, issued_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        now < issued_at + self.access_token_life
    }

    /// When a refresh token that is issued now ends: with its own life or with the session's, whichever is first.
    pub(crate) fn token_end(&self, signed_in_at: DateTime<Utc>, issued_at: DateTime<Utc>) -> DateTime<Utc> {
        (issued_at + self.refresh_token_life).min(signed_in_at + self.session_life)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revocation_is_remembered_until_the_last_token_expired() {
        let policy = TokenPolicy::default();
        let now = DateTime::UNIX_EPOCH;
        let ending = policy.ending(now);
        assert_eq!(ending.at, now);
        assert!(ending.remembered_until > now + policy.access_token_life);
        assert!(!policy.accepts_access_token(now, ending.remembered_until));
    }

    #[test]
    fn a_shorter_policy_holds_for_old_access_tokens_too() {
        let short = TokenPolicy {
            access_token_life: TimeDelta::minutes(5),
            ..TokenPolicy::default()
        };
        let (issued_at, later) = (DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH + TimeDelta::minutes(5));
        assert!(TokenPolicy::default().accepts_access_token(issued_at, later));
        assert!(short.accepts_access_token(issued_at, later - TimeDelta::microseconds(1)));
        assert!(!short.accepts_access_token(issued_at, later));
    }
}

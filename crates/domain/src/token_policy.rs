//! How long tokens and sessions live.

use chrono::{DateTime, TimeDelta, Utc};

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
    /// When a refresh token that is issued now ends: with its own life or with the session's, whichever is first.
    pub(crate) fn token_end(&self, signed_in_at: DateTime<Utc>, issued_at: DateTime<Utc>) -> DateTime<Utc> {
        (issued_at + self.refresh_token_life).min(signed_in_at + self.session_life)
    }
}

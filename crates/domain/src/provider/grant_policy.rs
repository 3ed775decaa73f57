//! How long grants live.

use super::grant::GrantLife;
use crate::TokenPolicy;
use chrono::{DateTime, TimeDelta, Utc};

/// How long grants live, and how many there are of one user and client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrantPolicy {
    /// How long those live that end with their session, and how long a spent token is forgiven.
    pub bound: TokenPolicy,
    /// How long an offline grant lives without being refreshed.
    pub offline_idle: TimeDelta,
    /// How long an offline grant lives, however often it is refreshed.
    pub offline_life: TimeDelta,
}

impl GrantPolicy {
    /// How long a code may be redeemed (RFC 6749, section 4.1.2: ten minutes at most).
    pub const CODE_LIFE: TimeDelta = TimeDelta::seconds(60);

    /// How long the longest access token lives. A grant whose tokens' life nobody knows any more is remembered for so long.
    pub const LONGEST_ACCESS: TimeDelta = TimeDelta::hours(1);

    /// The most live grants of one user and client. One more ends the oldest, so that an app that signs in in circles fills
    /// nothing.
    pub const MOST_PER_CLIENT: usize = 50;

    /// How many wrong verifiers, redirect URIs and clients a code survives.
    pub const GUESSES: u32 = 5;

    /// With these lives of sessions, and the usual ones of offline grants.
    #[must_use]
    pub const fn of(sessions: TokenPolicy) -> Self {
        Self {
            bound: sessions,
            offline_idle: TimeDelta::days(30),
            offline_life: TimeDelta::days(365),
        }
    }

    /// The lives of a grant's tokens, where its access tokens live for so long.
    #[must_use]
    pub fn tokens(&self, life: GrantLife, access: TimeDelta) -> TokenPolicy {
        let lives = TokenPolicy {
            access_token_life: access.min(Self::LONGEST_ACCESS),
            ..self.bound
        };
        match life {
            GrantLife::Session => lives,
            GrantLife::Offline => TokenPolicy {
                refresh_token_life: self.offline_idle,
                session_life: self.offline_life,
                ..lives
            },
        }
    }

    /// When a code ends that is issued at `now`.
    #[must_use]
    pub fn code_end(now: DateTime<Utc>) -> DateTime<Utc> {
        now + Self::CODE_LIFE
    }
}

//! What rotates: a seed, and a generation that each refresh moves on by one.
//!
//! A refresh spends the token of the generation before. The token's text is made from the seed whenever it is needed;
//! nothing here holds it.

use crate::generation::Generation;
use crate::refresh_token::Carrier;
use crate::token_policy::TokenPolicy;
use chrono::{DateTime, TimeDelta, Utc};
use std::fmt;
use zeroize::Zeroizing;

/// How far a clock may be behind the rotation that it is compared with. Replicas' clocks differ a little; one that
/// is further off can't tell what is within the grace window.
const TOLERATED_CLOCK_LAG: TimeDelta = TimeDelta::seconds(5);

/// The chance that goes into each token of a rotation: 32 random bytes. Prints nothing, wiped on drop.
#[derive(Clone, PartialEq, Eq)]
pub struct Seed(Zeroizing<[u8; Self::BYTES]>);

impl Seed {
    /// Its length in bytes.
    pub const BYTES: usize = 32;

    /// Takes the bytes in.
    #[must_use]
    pub fn new(bytes: [u8; Self::BYTES]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes, for what makes tokens and for the store.
    #[must_use]
    pub fn expose(&self) -> &[u8; Self::BYTES] {
        &self.0
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Seed(…)")
    }
}

/// The state of whatever gives out tokens one after the other, of which one is unspent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// Goes into every token.
    pub seed: Seed,
    /// The generation whose token is unspent.
    pub generation: Generation,
    /// When the first generation was given out.
    pub created_at: DateTime<Utc>,
    /// When the present generation was first given out.
    pub rotated_at: DateTime<Utc>,
    /// When the unspent token ends, and everything with it.
    pub expires_at: DateTime<Utc>,
    /// The highest generation whose access tokens say of the user what is true no more, such as another role. The next
    /// refresh gives a token that counts.
    pub outdated: Option<Generation>,
    /// When the last access token has expired that was given out so far. The server that gave it out knows how long it
    /// lives; the one that ends it may have another setting.
    pub access_until: DateTime<Utc>,
}

/// The meaning of a genuine token that somebody presents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presented {
    /// The unspent one.
    Current,
    /// Spent a moment ago, its successor unused: the client did not get or not see the answer.
    JustRotated,
    /// Spent longer ago, its successor unused, and it comes by cookie: a browser that crashed or was put back brings the
    /// cookies that it had written down last.
    BroughtBack,
    /// Of what has expired or was ended.
    Over,
    /// Spent: two parties hold tokens, and one of them stole it (RFC 9700, section 4.14.2).
    Reused,
}

impl Rotation {
    /// The first generation, given out at `now`.
    #[must_use]
    pub fn begin(seed: Seed, now: DateTime<Utc>, policy: &TokenPolicy) -> Self {
        Self {
            seed,
            generation: Generation::FIRST,
            created_at: now,
            rotated_at: now,
            expires_at: policy.token_end(now, now),
            outdated: None,
            access_until: policy.access_end(now),
        }
    }

    /// The next generation, given out at `now`.
    #[must_use]
    pub fn next(&self, now: DateTime<Utc>, policy: &TokenPolicy) -> Self {
        Self {
            generation: self.generation.next(),
            rotated_at: now,
            expires_at: policy.token_end(self.created_at, now),
            access_until: self.access_until.max(policy.access_end(now)),
            ..self.clone()
        }
    }

    /// The same generation once more at `now`, for who brought its parent back. Nothing is spent by it.
    #[must_use]
    pub fn repeated(&self, now: DateTime<Utc>, policy: &TokenPolicy) -> Self {
        Self {
            access_until: self.access_until.max(policy.access_end(now)),
            ..self.clone()
        }
    }

    /// Judges a genuine token of that generation. The order matters: nothing that is over can be reused.
    ///
    /// Only the parent is ever forgiven, and only while its child is unspent. So whoever stole one of the two is found out
    /// at the next refresh, by whichever carrier.
    #[must_use]
    pub fn present(
        &self,
        generation: Generation,
        carrier: Carrier,
        now: DateTime<Utc>,
        policy: &TokenPolicy,
    ) -> Presented {
        if now >= self.ends_at(policy) {
            return Presented::Over;
        }
        if generation == self.generation {
            return Presented::Current;
        }
        if generation.next() != self.generation {
            return Presented::Reused;
        }
        match carrier {
            _ if self.is_within_grace(now, policy) => Presented::JustRotated,
            Carrier::Cookie => Presented::BroughtBack,
            Carrier::Body => Presented::Reused,
        }
    }

    /// Whether an access token of that generation says what is true still. One of a generation that was never given
    /// out does not.
    #[must_use]
    pub fn is_up_to_date(&self, generation: Generation) -> bool {
        generation <= self.generation && self.outdated.is_none_or(|outdated| generation > outdated)
    }

    /// When it ends without another refresh. A policy that became shorter holds for what is there, too.
    #[must_use]
    pub fn ends_at(&self, policy: &TokenPolicy) -> DateTime<Utc> {
        self.expires_at.min(policy.token_end(self.created_at, self.rotated_at))
    }

    fn is_within_grace(&self, now: DateTime<Utc>, policy: &TokenPolicy) -> bool {
        let since_rotation = now - self.rotated_at;
        policy.reuse_grace > TimeDelta::zero()
            && since_rotation <= policy.reuse_grace
            && since_rotation >= -TOLERATED_CLOCK_LAG
    }
}

#[cfg(test)]
mod tests;

//! What rotates: a seed, and a generation that each refresh moves on by one.
//!
//! A refresh spends the token of the generation before. The token's text is made from the seed whenever it is needed;
//! nothing here holds it.

use crate::generation::Generation;
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

    /// Judges a genuine token of that generation. The order matters: nothing that is over can be reused.
    #[must_use]
    pub fn present(&self, generation: Generation, now: DateTime<Utc>, policy: &TokenPolicy) -> Presented {
        if now >= self.ends_at(policy) {
            Presented::Over
        } else if generation == self.generation {
            Presented::Current
        } else if generation.next() == self.generation && self.is_within_grace(now, policy) {
            Presented::JustRotated
        } else {
            Presented::Reused
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
mod tests {
    use super::*;

    const POLICY: TokenPolicy = TokenPolicy {
        access_token_life: TimeDelta::minutes(15),
        refresh_token_life: TimeDelta::days(7),
        session_life: TimeDelta::days(90),
        reuse_grace: TimeDelta::seconds(10),
        sessions_per_user: 100,
    };

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn begun() -> Rotation {
        Rotation::begin(Seed::new([3; 32]), at(0), &POLICY)
    }

    fn refreshed(times: u64, now: DateTime<Utc>) -> Rotation {
        (0..times).fold(begun(), |rotation, _| rotation.next(now, &POLICY))
    }

    #[test]
    fn the_unspent_token_is_current_until_it_expires() {
        let week = TimeDelta::days(7);
        let rotation = begun();
        assert_eq!(rotation.present(Generation::FIRST, at(0), &POLICY), Presented::Current);
        let last_moment = at(0) + week - TimeDelta::microseconds(1);
        assert_eq!(
            rotation.present(Generation::FIRST, last_moment, &POLICY),
            Presented::Current
        );
        assert_eq!(
            rotation.present(Generation::FIRST, at(0) + week, &POLICY),
            Presented::Over
        );
    }

    #[test]
    fn what_has_expired_is_over_for_every_generation() {
        let expired = refreshed(1, at(100));
        for generation in [0, 1, 2] {
            let presented = expired.present(Generation::new(generation), expired.expires_at, &POLICY);
            assert_eq!(presented, Presented::Over);
        }
    }

    #[test]
    fn a_refresh_prolongs_the_token_but_never_the_whole() {
        let mut rotation = begun();
        for day in (6..=90).step_by(6) {
            rotation = rotation.next(at(0) + TimeDelta::days(day), &POLICY);
        }
        assert_eq!(rotation.expires_at, at(0) + TimeDelta::days(90));
        assert_eq!(rotation.created_at, at(0));
    }

    #[test]
    fn the_end_of_access_tokens_is_that_of_the_longest_lived_one() {
        let short = TokenPolicy {
            access_token_life: TimeDelta::minutes(1),
            ..POLICY
        };
        let begun = begun();
        assert!(begun.access_until >= at(0) + POLICY.access_token_life + POLICY.reuse_grace);
        let soon = begun.next(at(1), &short);
        assert_eq!(soon.access_until, begun.access_until);
        let later = begun.next(at(3600), &short);
        assert_eq!(later.access_until, short.access_end(at(3600)));
    }

    #[test]
    fn the_parent_is_forgiven_within_the_window_only() {
        let rotation = refreshed(1, at(100));
        let parent = Generation::FIRST;
        for (now, expected) in [
            (at(94), Presented::Reused),
            (at(95), Presented::JustRotated),
            (at(100), Presented::JustRotated),
            (at(110), Presented::JustRotated),
            (at(110) + TimeDelta::microseconds(1), Presented::Reused),
        ] {
            assert_eq!(rotation.present(parent, now, &POLICY), expected, "{now}");
        }
    }

    #[test]
    fn the_grandparent_is_never_forgiven() {
        assert_eq!(
            refreshed(2, at(100)).present(Generation::FIRST, at(100), &POLICY),
            Presented::Reused
        );
    }

    #[test]
    fn a_token_from_ahead_of_the_store_counts_as_reused() {
        assert_eq!(
            refreshed(1, at(100)).present(Generation::new(2), at(100), &POLICY),
            Presented::Reused
        );
    }

    #[test]
    fn without_grace_nothing_spent_is_forgiven() {
        let strict = TokenPolicy {
            reuse_grace: TimeDelta::zero(),
            ..POLICY
        };
        assert_eq!(
            refreshed(1, at(100)).present(Generation::FIRST, at(100), &strict),
            Presented::Reused
        );
    }

    #[test]
    fn only_tokens_above_the_outdated_generation_count() {
        let rotation = Rotation {
            outdated: Some(Generation::new(1)),
            ..refreshed(2, at(100))
        };
        let counts: Vec<_> = (0..4)
            .map(|number| rotation.is_up_to_date(Generation::new(number)))
            .collect();
        assert_eq!(counts, [false, false, true, false]);
        assert!(refreshed(2, at(100)).is_up_to_date(Generation::FIRST));
    }

    #[test]
    fn a_shorter_policy_holds_for_what_is_there_too() {
        let short = TokenPolicy {
            session_life: TimeDelta::days(1),
            ..POLICY
        };
        assert!(begun().ends_at(&POLICY) > at(0) + TimeDelta::days(2));
        assert_eq!(begun().ends_at(&short), at(0) + TimeDelta::days(1));
    }

    #[test]
    fn the_seed_prints_nothing() {
        assert_eq!(format!("{:?}", Seed::new([0xab; 32])), "Seed(…)");
    }
}

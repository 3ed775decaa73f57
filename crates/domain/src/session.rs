//! A session and the refresh tokens that it gives out, one after the other.
//!
//! A [`Session`] is one sign-in on one device. Each refresh moves it on by one [`Generation`] and thereby
//! spends the token before. The token's text is made from the row whenever it is needed; nothing here holds it.

use crate::{Device, Position, SessionId, TokenPolicy, UserId};
use chrono::{DateTime, TimeDelta, Utc};
use std::fmt;
use zeroize::Zeroizing;

/// How far a clock may be behind the rotation that it is compared with. Replicas' clocks differ a little; one that
/// is further off can't tell what is within the grace window.
const TOLERATED_CLOCK_LAG: TimeDelta = TimeDelta::seconds(5);

/// Counts the refreshes of a session. It orders the session's tokens; times do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Generation(u64);

impl Generation {
    /// The generation that a sign-in gives out.
    pub const FIRST: Self = Self(0);

    /// The generation of that number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number of refreshes before this one.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The one after this.
    #[must_use]
    pub const fn next(self) -> Self {
        // A session would have to be refreshed a billion times a second for 584 years to reach the end.
        Self(self.0.saturating_add(1))
    }
}

/// The session's own chance, which goes into each of its tokens: 32 random bytes. Prints nothing, wiped on drop.
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

/// One sign-in on one device: what the API calls a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The session's id.
    pub id: SessionId,
    /// Who signed in.
    pub user_id: UserId,
    /// Goes into every token of the session.
    pub seed: Seed,
    /// The generation whose token is unspent.
    pub generation: Generation,
    /// When the user signed in.
    pub created_at: DateTime<Utc>,
    /// When the present generation was first given out.
    pub rotated_at: DateTime<Utc>,
    /// When the session was last used, as far as it was noted.
    pub last_used_at: DateTime<Utc>,
    /// When the unspent token ends, and the session with it.
    pub expires_at: DateTime<Utc>,
    /// When the session was ended, if it was.
    pub revoked_at: Option<DateTime<Utc>>,
    /// The highest generation whose access tokens say of the user what is true no more, such as another role. The
    /// session goes on: its next refresh gives a token that counts.
    pub outdated: Option<Generation>,
    /// When the last access token has expired that the session gave out so far. Whoever gave it out knows how long it
    /// lives; whoever ends the session may have another setting.
    pub access_until: DateTime<Utc>,
    /// Where it was last refreshed from.
    pub device: Device,
}

/// What it means that somebody presents a genuine token of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presented {
    /// The unspent one.
    Current,
    /// Spent a moment ago, its successor unused: the client did not get or not see the answer.
    JustRotated,
    /// Too late.
    Expired,
    /// The session was ended.
    Revoked,
    /// Spent: two parties hold tokens of this session, and one of them stole it (RFC 9700, section 4.14.2).
    Reused,
}

impl Session {
    /// The session of a sign-in at `now`.
    #[must_use]
    pub fn begin(
        id: SessionId,
        user_id: UserId,
        seed: Seed,
        device: Device,
        now: DateTime<Utc>,
        policy: &TokenPolicy,
    ) -> Self {
        Self {
            id,
            user_id,
            seed,
            generation: Generation::FIRST,
            created_at: now,
            rotated_at: now,
            last_used_at: now,
            expires_at: policy.token_end(now, now),
            revoked_at: None,
            outdated: None,
            access_until: policy.access_end(now),
            device,
        }
    }

    /// The session after a refresh at `now` from `device`.
    #[must_use]
    pub fn rotated(&self, device: Device, now: DateTime<Utc>, policy: &TokenPolicy) -> Self {
        Self {
            generation: self.generation.next(),
            rotated_at: now,
            last_used_at: now,
            expires_at: policy.token_end(self.created_at, now),
            access_until: self.access_until.max(policy.access_end(now)),
            device,
            ..self.clone()
        }
    }

    /// Judges a genuine token of this session. The order decides: of a session that is over, nothing can be reused.
    #[must_use]
    pub fn present(&self, generation: Generation, now: DateTime<Utc>, policy: &TokenPolicy) -> Presented {
        if self.revoked_at.is_some() {
            Presented::Revoked
        } else if now >= self.ends_at(policy) {
            Presented::Expired
        } else if generation == self.generation {
            Presented::Current
        } else if generation.next() == self.generation && self.is_within_grace(now, policy) {
            Presented::JustRotated
        } else {
            Presented::Reused
        }
    }

    /// Whether what the session gave out may still be used.
    #[must_use]
    pub fn is_live(&self, now: DateTime<Utc>, policy: &TokenPolicy) -> bool {
        self.revoked_at.is_none() && now < self.ends_at(policy)
    }

    /// Whether an access token of that generation says what is true still. One of a generation that was never given
    /// out does not.
    #[must_use]
    pub fn is_up_to_date(&self, generation: Generation) -> bool {
        generation <= self.generation && self.outdated.is_none_or(|outdated| generation > outdated)
    }

    /// Where the session stands among its user's, which are listed by sign-in.
    #[must_use]
    pub fn position(&self) -> Position {
        Position {
            at: self.created_at,
            id: self.id.as_uuid(),
        }
    }

    /// When the session ends unless it is refreshed or ended before. A policy that became shorter holds for the sessions
    /// that are there, too.
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

    fn session() -> Session {
        let id = SessionId::new(at(0), [1; 10]);
        Session::begin(
            id,
            UserId::new(at(0), [2; 10]),
            Seed::new([3; 32]),
            Device::default(),
            at(0),
            &POLICY,
        )
    }

    fn refreshed(times: u64, now: DateTime<Utc>) -> Session {
        (0..times).fold(session(), |session, _| session.rotated(Device::default(), now, &POLICY))
    }

    #[test]
    fn the_unspent_token_is_current_until_it_expires() {
        let week = TimeDelta::days(7);
        let session = session();
        assert_eq!(session.present(Generation::FIRST, at(0), &POLICY), Presented::Current);
        let last_moment = at(0) + week - TimeDelta::microseconds(1);
        assert_eq!(
            session.present(Generation::FIRST, last_moment, &POLICY),
            Presented::Current
        );
        assert_eq!(
            session.present(Generation::FIRST, at(0) + week, &POLICY),
            Presented::Expired
        );
    }

    #[test]
    fn a_refresh_prolongs_the_token_but_never_the_session() {
        let mut session = session();
        for day in (6..=90).step_by(6) {
            session = session.rotated(Device::default(), at(0) + TimeDelta::days(day), &POLICY);
        }
        assert_eq!(session.expires_at, at(0) + TimeDelta::days(90));
        assert_eq!(session.created_at, at(0));
    }

    #[test]
    fn the_end_of_access_tokens_is_that_of_the_longest_lived_one() {
        let short = TokenPolicy {
            access_token_life: TimeDelta::minutes(1),
            ..POLICY
        };
        let begun = session();
        assert!(begun.access_until >= at(0) + POLICY.access_token_life + POLICY.reuse_grace);
        let soon = begun.rotated(Device::default(), at(1), &short);
        assert_eq!(soon.access_until, begun.access_until);
        let later = begun.rotated(Device::default(), at(3600), &short);
        assert_eq!(later.access_until, short.access_end(at(3600)));
    }

    #[test]
    fn the_parent_is_forgiven_within_the_window_only() {
        let session = refreshed(1, at(100));
        let parent = Generation::FIRST;
        for (now, expected) in [
            (at(94), Presented::Reused),
            (at(95), Presented::JustRotated),
            (at(100), Presented::JustRotated),
            (at(110), Presented::JustRotated),
            (at(110) + TimeDelta::microseconds(1), Presented::Reused),
        ] {
            assert_eq!(session.present(parent, now, &POLICY), expected, "{now}");
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
    fn a_session_that_is_over_is_over_for_every_generation() {
        let revoked = Session {
            revoked_at: Some(at(101)),
            ..refreshed(1, at(100))
        };
        for generation in [0, 1, 2] {
            assert_eq!(
                revoked.present(Generation::new(generation), at(102), &POLICY),
                Presented::Revoked
            );
        }
        assert!(!revoked.is_live(at(102), &POLICY));
    }

    #[test]
    fn only_tokens_above_the_outdated_generation_count() {
        let session = Session {
            outdated: Some(Generation::new(1)),
            ..refreshed(2, at(100))
        };
        let counts: Vec<_> = (0..4)
            .map(|number| session.is_up_to_date(Generation::new(number)))
            .collect();
        assert_eq!(counts, [false, false, true, false]);
        assert!(refreshed(2, at(100)).is_up_to_date(Generation::FIRST));
    }

    #[test]
    fn a_shorter_policy_holds_for_old_sessions_too() {
        let short = TokenPolicy {
            session_life: TimeDelta::days(1),
            ..POLICY
        };
        assert!(session().is_live(at(0) + TimeDelta::days(2), &POLICY));
        assert!(!session().is_live(at(0) + TimeDelta::days(2), &short));
    }

    #[test]
    fn the_seed_prints_nothing() {
        assert_eq!(format!("{:?}", Seed::new([0xab; 32])), "Seed(…)");
    }
}

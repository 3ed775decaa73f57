//! A sign-in on a device.

use crate::{
    AuthenticationMethods, Carrier, Device, Generation, Position, Presented, Rotation, SessionId, TokenPolicy, UserId,
};
use chrono::{DateTime, Utc};

/// One sign-in on one device: what the API calls a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The session's id.
    pub id: SessionId,
    /// Who signed in.
    pub user_id: UserId,
    /// When the user last proved who they are.
    pub authenticated_at: DateTime<Utc>,
    /// How the user proved it.
    pub methods: AuthenticationMethods,
    /// When the session was last used, as far as it was noted.
    pub last_used_at: DateTime<Utc>,
    /// When the session was ended, if it was.
    pub revoked_at: Option<DateTime<Utc>>,
    /// Where it was last refreshed from.
    pub device: Device,
    /// The refresh tokens that the session gives out, one after the other.
    pub rotation: Rotation,
}

impl Session {
    /// The session of a sign-in by these methods, at the time when its rotation begins.
    #[must_use]
    pub fn begin(
        id: SessionId,
        user_id: UserId,
        methods: AuthenticationMethods,
        device: Device,
        rotation: Rotation,
    ) -> Self {
        Self {
            id,
            user_id,
            authenticated_at: rotation.created_at,
            methods,
            last_used_at: rotation.created_at,
            revoked_at: None,
            device,
            rotation,
        }
    }

    /// The session after a refresh at `now` from `device`.
    #[must_use]
    pub fn rotated(&self, device: Device, now: DateTime<Utc>, policy: &TokenPolicy) -> Self {
        Self {
            last_used_at: now,
            device,
            rotation: self.rotation.next(now, policy),
            ..self.clone()
        }
    }

    /// The session after its present tokens were given once more at `now`, to `device`.
    #[must_use]
    pub fn repeated(&self, device: Device, now: DateTime<Utc>, policy: &TokenPolicy) -> Self {
        Self {
            last_used_at: now,
            device,
            rotation: self.rotation.repeated(now, policy),
            ..self.clone()
        }
    }

    /// Judges a genuine token of this session. Nothing of a session that was ended can be reused.
    #[must_use]
    pub fn present(
        &self,
        generation: Generation,
        carrier: Carrier,
        now: DateTime<Utc>,
        policy: &TokenPolicy,
    ) -> Presented {
        if self.revoked_at.is_some() {
            Presented::Over
        } else {
            self.rotation.present(generation, carrier, now, policy)
        }
    }

    /// Whether what the session gave out may still be used.
    #[must_use]
    pub fn is_live(&self, now: DateTime<Utc>, policy: &TokenPolicy) -> bool {
        self.revoked_at.is_none() && now < self.rotation.ends_at(policy)
    }

    /// Where the session stands among its user's, which are listed by sign-in.
    #[must_use]
    pub fn position(&self) -> Position {
        Position {
            at: self.rotation.created_at,
            id: self.id.as_uuid(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AuthenticationMethod, Seed};
    use chrono::TimeDelta;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn policy() -> TokenPolicy {
        TokenPolicy::default()
    }

    fn session() -> Session {
        Session::begin(
            SessionId::new(at(0), [1; 10]),
            UserId::new(at(0), [2; 10]),
            AuthenticationMethod::Password.into(),
            Device::default(),
            Rotation::begin(Seed::new([3; 32]), at(0), &policy()),
        )
    }

    #[test]
    fn a_refresh_uses_the_session_and_proves_nothing_anew() {
        let begun = session();
        let device = Device {
            address: Some("203.0.113.7".parse().unwrap()),
            user_agent: None,
        };
        let refreshed = begun.rotated(device.clone(), at(100), &policy());
        let expected = Session {
            last_used_at: at(100),
            device,
            rotation: begun.rotation.next(at(100), &policy()),
            ..begun
        };
        assert_eq!(refreshed, expected);
        assert_eq!(refreshed.authenticated_at, at(0));
    }

    #[test]
    fn a_session_that_goes_on_is_judged_by_its_rotation() {
        let session = session().rotated(Device::default(), at(100), &policy());
        for (generation, expected) in [
            (1, Presented::Current),
            (0, Presented::JustRotated),
            (2, Presented::Reused),
        ] {
            assert_eq!(
                session.present(Generation::new(generation), Carrier::Body, at(101), &policy()),
                expected
            );
        }
        assert!(session.is_live(at(101), &policy()));
    }

    #[test]
    fn a_session_that_was_ended_is_over_for_every_generation() {
        let revoked = Session {
            revoked_at: Some(at(101)),
            ..session().rotated(Device::default(), at(100), &policy())
        };
        for generation in [0, 1, 2] {
            for carrier in [Carrier::Body, Carrier::Cookie] {
                assert_eq!(
                    revoked.present(Generation::new(generation), carrier, at(102), &policy()),
                    Presented::Over
                );
            }
        }
        assert!(!revoked.is_live(at(102), &policy()));
    }

    #[test]
    fn a_shorter_policy_holds_for_old_sessions_too() {
        let short = TokenPolicy {
            session_life: TimeDelta::days(1),
            ..policy()
        };
        assert!(session().is_live(at(0) + TimeDelta::days(2), &policy()));
        assert!(!session().is_live(at(0) + TimeDelta::days(2), &short));
    }
}

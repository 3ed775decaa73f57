//! A sign-in on a device.

use crate::{
    AuthenticationMethods, Carrier, Device, Generation, Position, Presented, Rotation, SessionId, TokenPolicy, UserId,
};
use chrono::{DateTime, Utc};
use std::fmt;
use std::str::FromStr;

/// What may be shown to go on with a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SessionKind {
    /// A client's refresh token, which each refresh replaces.
    Token,
    /// A browser's cookie on pages of ours, which stays the same from one proof of who somebody is to the next.
    Browser,
}

/// A text that names no kind of session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such kind of session")]
pub struct UnknownSessionKind;

impl SessionKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Token, Self::Browser];

    /// The name as it is written everywhere.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Browser => "browser",
        }
    }
}

impl fmt::Display for SessionKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl FromStr for SessionKind {
    type Err = UnknownSessionKind;

    fn from_str(text: &str) -> Result<Self, UnknownSessionKind> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(UnknownSessionKind)
    }
}

/// One sign-in on one device: what the API calls a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The session's id.
    pub id: SessionId,
    /// Who signed in.
    pub user_id: UserId,
    /// What may be shown to go on with it.
    pub kind: SessionKind,
    /// When the user last proved who they are.
    pub authenticated_at: DateTime<Utc>,
    /// How the user proved it.
    pub methods: AuthenticationMethods,
    /// When the session was last used, as far as it was noted.
    pub last_used_at: DateTime<Utc>,
    /// When the session was ended, if it was.
    pub revoked_at: Option<DateTime<Utc>>,
    /// Where it was last refreshed from, or the user last proved who they are.
    pub device: Device,
    /// The refresh tokens or the cookies that the session gives out, one after the other.
    pub rotation: Rotation,
}

impl Session {
    /// The session of a sign-in by these methods, at the time when its rotation begins.
    #[must_use]
    pub fn begin(
        id: SessionId,
        user_id: UserId,
        kind: SessionKind,
        methods: AuthenticationMethods,
        device: Device,
        rotation: Rotation,
    ) -> Self {
        Self {
            id,
            user_id,
            kind,
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

    /// The session after its user proved once more who they are, at `proved_at`, by these methods.
    #[must_use]
    pub fn proved_again(
        &self,
        methods: AuthenticationMethods,
        proved_at: DateTime<Utc>,
        device: Device,
        now: DateTime<Utc>,
        policy: &TokenPolicy,
    ) -> Self {
        Self {
            authenticated_at: proved_at,
            methods,
            ..self.rotated(device, now, policy)
        }
    }

    /// The session after a use at `now` that gave nothing out. A browser's cookie is good for longer by it.
    #[must_use]
    pub fn used(mut self, now: DateTime<Utc>, policy: &TokenPolicy) -> Self {
        self.last_used_at = self.last_used_at.max(now);
        match self.kind {
            SessionKind::Token => {}
            SessionKind::Browser => {
                self.rotation.expires_at = policy.token_end(self.rotation.created_at, self.last_used_at);
            }
        }
        self
    }

    /// When it ends, unless it is refreshed, or a browser uses it. A policy that became shorter holds for what is there, too.
    #[must_use]
    pub fn ends_at(&self, policy: &TokenPolicy) -> DateTime<Utc> {
        match self.kind {
            SessionKind::Token => self.rotation.ends_at(policy),
            SessionKind::Browser => {
                let idle = policy.token_end(self.rotation.created_at, self.last_used_at);
                self.rotation.expires_at.min(idle)
            }
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
        self.revoked_at.is_none() && now < self.ends_at(policy)
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
            SessionKind::Token,
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

    fn browser_session() -> Session {
        Session {
            kind: SessionKind::Browser,
            ..session()
        }
    }

    #[test]
    fn a_kind_reads_back() {
        for kind in SessionKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        assert_eq!("Browser".parse::<SessionKind>(), Err(UnknownSessionKind));
    }

    #[test]
    fn a_browser_that_is_used_stays_signed_in_and_ends_with_the_session_at_the_latest() {
        let mut session = browser_session();
        for day in (6..=84).step_by(6) {
            let now = at(0) + TimeDelta::days(day);
            assert!(session.is_live(now, &policy()), "day {day}");
            session = session.used(now, &policy());
        }
        assert!(session.is_live(at(0) + TimeDelta::days(90) - TimeDelta::seconds(1), &policy()));
        let session = session.used(at(0) + TimeDelta::days(89), &policy());
        assert!(!session.is_live(at(0) + TimeDelta::days(90), &policy()));
        assert_eq!(session.rotation.generation, Generation::FIRST);
    }

    #[test]
    fn a_browser_that_is_left_alone_is_signed_out() {
        let session = browser_session().used(at(100), &policy());
        let idle = policy().refresh_token_life;
        assert!(session.is_live(at(99) + idle, &policy()));
        assert!(!session.is_live(at(100) + idle, &policy()));
        let short = TokenPolicy {
            refresh_token_life: TimeDelta::hours(1),
            ..policy()
        };
        assert!(!session.is_live(at(100) + TimeDelta::hours(1), &short));
        assert_eq!(session.clone().used(at(50), &policy()), session, "never back in time");
    }

    #[test]
    fn a_use_of_tokens_prolongs_nothing() {
        let session = session();
        let used = session.clone().used(at(100), &policy());
        assert_eq!(used.rotation, session.rotation);
        assert_eq!(used.last_used_at, at(100));
    }

    #[test]
    fn a_new_proof_moves_the_generation_on_and_keeps_the_session() {
        let begun = browser_session();
        let methods: AuthenticationMethods = "pwd otp".parse().unwrap();
        let again = begun.proved_again(methods.clone(), at(90), Device::default(), at(100), &policy());
        assert_eq!(
            (again.id, again.rotation.created_at),
            (begun.id, begun.rotation.created_at)
        );
        assert_eq!((again.authenticated_at, again.methods), (at(90), methods));
        assert_eq!(again.rotation.generation, Generation::FIRST.next());
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

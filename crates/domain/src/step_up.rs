//! What must be proved anew before something that a thief of a session must not do.

use crate::{Acr, Session, User};
use chrono::{DateTime, TimeDelta, Utc};

/// How long a proof of who somebody is serves what asks for a fresh one.
pub const PROOF_LIFE: TimeDelta = TimeDelta::minutes(10);

/// That the user has to prove once more who they are, at least so well (RFC 9470).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a proof of who the user is, of {acr} and at most ten minutes old, is needed")]
pub struct StepUpNeeded {
    /// How well.
    pub acr: Acr,
}

impl User {
    /// How well the user can prove who they are, with what they have set up: less does not do where a fresh proof is asked
    /// for. Where there are an authenticator app and a passkey, either will do, so that who lost one has the other.
    #[must_use]
    pub const fn strongest_acr(&self) -> Acr {
        if self.has_second_factor {
            Acr::TwoFactors
        } else if self.has_passkey {
            Acr::PhishingResistant
        } else {
            Acr::OneFactor
        }
    }
}

impl Session {
    /// How well its user proved who they are.
    #[must_use]
    pub fn acr(&self) -> Acr {
        Acr::of(&self.methods)
    }

    /// Whether the user has proved, not long before `now`, who they are, and as well as they can; or proves it just now, so
    /// well. What a token says of it does not count.
    ///
    /// # Errors
    /// [`StepUpNeeded`] where they have not.
    pub fn require_fresh_proof(
        &self,
        user: &User,
        now: DateTime<Utc>,
        proved_now: Option<Acr>,
    ) -> Result<(), StepUpNeeded> {
        let needed = user.strongest_acr();
        let is_proved_lately = now - self.authenticated_at <= PROOF_LIFE && self.acr() >= needed;
        if is_proved_lately || proved_now >= Some(needed) {
            Ok(())
        } else {
            Err(StepUpNeeded { acr: needed })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        AuthenticationMethod, Device, Email, FullName, Role, Rotation, Seed, SessionId, SessionKind, TokenPolicy,
        UserId,
    };

    fn user(has_second_factor: bool) -> User {
        User {
            id: UserId::new(DateTime::UNIX_EPOCH, [1; 10]),
            email: Email::parse("ada@example.org").unwrap(),
            email_verified: true,
            full_name: FullName::parse("Ada Lovelace").unwrap(),
            role: Role::User,
            is_active: true,
            created_at: DateTime::UNIX_EPOCH,
            locale: None,
            time_zone: None,
            pending_email: None,
            has_password: true,
            has_second_factor,
            has_passkey: false,
            has_signed_in: true,
        }
    }

    fn session(methods: &str) -> Session {
        let now = DateTime::UNIX_EPOCH;
        let begun = Session::begin(
            SessionId::new(now, [1; 10]),
            UserId::new(now, [1; 10]),
            SessionKind::Token,
            AuthenticationMethod::Password.into(),
            Device::default(),
            Rotation::begin(Seed::new([3; 32]), now, &TokenPolicy::default()),
        );
        Session {
            methods: methods.parse().unwrap(),
            ..begun
        }
    }

    #[test]
    fn a_proof_serves_ten_minutes_and_no_longer() {
        let (start, session) = (DateTime::UNIX_EPOCH, session("pwd"));
        let at = |minutes: i64, more: i64| start + TimeDelta::minutes(minutes) + TimeDelta::microseconds(more);
        assert_eq!(session.require_fresh_proof(&user(false), at(10, 0), None), Ok(()));
        assert_eq!(
            session.require_fresh_proof(&user(false), at(10, 1), None),
            Err(StepUpNeeded { acr: Acr::OneFactor })
        );
    }

    #[test]
    fn a_proof_is_as_good_as_the_account_can_give_or_does_not_count() {
        let (now, late) = (DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH + TimeDelta::hours(1));
        let refused = Err(StepUpNeeded { acr: Acr::TwoFactors });
        for (methods, at, proved_now, expected) in [
            ("pwd", now, None, refused),
            ("pwd", now, Some(Acr::OneFactor), refused),
            ("pwd", late, Some(Acr::TwoFactors), Ok(())),
            ("pwd otp mfa", now, None, Ok(())),
            ("pwd otp mfa", late, None, refused),
            ("pwd otp mfa", late, Some(Acr::OneFactor), refused),
        ] {
            let judged = session(methods).require_fresh_proof(&user(true), at, proved_now);
            assert_eq!(judged, expected, "{methods} {at} {proved_now:?}");
        }
        let with_passkey = |has_second_factor| User {
            has_passkey: true,
            ..user(has_second_factor)
        };
        let refused = Err(StepUpNeeded {
            acr: Acr::PhishingResistant,
        });
        for (has_app, methods, proved_now, expected) in [
            (false, "pwd", None, refused),
            (false, "pwd", Some(Acr::OneFactor), refused),
            (false, "swk user mfa", None, Ok(())),
            (true, "pwd otp mfa", None, Ok(())),
            (true, "swk user mfa", None, Ok(())),
        ] {
            let judged = session(methods).require_fresh_proof(&with_passkey(has_app), now, proved_now);
            assert_eq!(judged, expected, "{has_app} {methods} {proved_now:?}");
        }
        assert_eq!(
            session("pwd").require_fresh_proof(&user(false), late, Some(Acr::OneFactor)),
            Ok(())
        );
    }
}

//! What a change of a second factor does, in the unit that makes it. The user's row is held.

use crate::ports::{Exhausted, StoreError, StoreResult, TotpSecrets};
use crate::second_step::CodeCheck;
use crate::unit_of_work::Unit;
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_domain::{
    AuditEventType, AuditReason, AuthenticationMethods, CodeCounter, Digest32, MailKind, SecretText, Session,
    SessionId, User, UserId,
};

/// How far the clocks of two servers may differ that told of one event.
const CLOCKS_DIFFER_BY: TimeDelta = TimeDelta::seconds(5);

/// How often a session is written that is refreshed at the same time.
const WRITES: usize = 3;

/// What came of turning a second factor off.
pub(super) enum Removed {
    /// It is off.
    Done,
    /// It was off before.
    WasOff,
    /// The code is wrong. It is counted.
    WrongCode,
    /// Too many wrong ones came before.
    TooManyCodes(Exhausted),
}

impl Unit<'_> {
    /// Turns the second factor on by a code of the secret that waits for this session. Wrong ones count as those of a sign-in.
    pub(super) fn turn_on(
        &mut self,
        user: &User,
        session: SessionId,
        secrets: &dyn TotpSecrets,
        code: &SecretText,
        recovery_codes: &[Digest32],
    ) -> StoreResult<CodeCheck> {
        let now = self.now();
        let totp = self.second_factors().find_totp(user.id)?;
        let Some(secret) = totp.pending_at(now, session) else {
            return Ok(CodeCheck::Wrong { count: 0 });
        };
        let check = self.counted(user, CodeCounter::Session(session), |unit| {
            match secrets.step_of(user.id, secret, code, now) {
                Ok(Some(step)) => unit.second_factors().confirm_totp(user.id, secret, step, now),
                Ok(None) => Ok(false),
                Err(error) => {
                    tracing::error!(user_id = %user.id, %error, "a code of a second factor was not looked at");
                    Ok(false)
                }
            }
        })?;
        match check {
            CodeCheck::Right => {}
            CodeCheck::Wrong { .. } => {
                let event = self.failure(AuditEventType::MfaEnabled, Some(user.id), AuditReason::WrongCode);
                self.record(event)?;
                return Ok(check);
            }
            CodeCheck::TooMany(_) => return Ok(check),
        }
        self.second_factors().replace_recovery_codes(user.id, recovery_codes)?;
        let event = self.success(AuditEventType::MfaEnabled, Some(user.id));
        self.record(event)?;
        self.raise_session(session, &AuthenticationMethods::with_code)?;
        self.end_access(user.id, Some(session), Some(AuditReason::MfaChanged))?;
        self.replace_links(user.id)?;
        self.notify(user, MailKind::MfaEnabled)?;
        Ok(CodeCheck::Right)
    }

    /// Turns the second factor off by a code of it.
    pub(super) fn turn_off(
        &mut self,
        user: &User,
        session: SessionId,
        secrets: &dyn TotpSecrets,
        code: &SecretText,
    ) -> StoreResult<Removed> {
        if !user.has_second_factor {
            return Ok(Removed::WasOff);
        }
        match self.check_code(user, CodeCounter::Session(session), secrets, code)? {
            CodeCheck::Right => {}
            CodeCheck::Wrong { .. } => {
                let event = self.failure(AuditEventType::MfaDisabled, Some(user.id), AuditReason::WrongCode);
                self.record(event)?;
                return Ok(Removed::WrongCode);
            }
            CodeCheck::TooMany(exhausted) => return Ok(Removed::TooManyCodes(exhausted)),
        }
        self.forget_factors(user, Some(session), MailKind::MfaDisabled)?;
        Ok(Removed::Done)
    }

    /// Removes a user's second factor, ends what hangs on it but that session, and tells them.
    pub(super) fn forget_factors(&mut self, user: &User, kept: Option<SessionId>, told: MailKind) -> StoreResult<()> {
        self.second_factors().remove_all(user.id)?;
        let event = self.success(AuditEventType::MfaDisabled, Some(user.id));
        self.record(event)?;
        self.end_access(user.id, kept, Some(AuditReason::MfaChanged))?;
        if self.factors.is_for(user.role) {
            // What goes on says from now on that the account lacks what it must have.
            self.outdate_access_tokens(user.id)?;
        }
        self.replace_links(user.id)?;
        self.notify(user, told)
    }

    /// Removes a second factor that a user has since then. What waits to become one goes with the session that asked for it.
    pub(crate) fn remove_factors_added_since(&mut self, user: UserId, since: DateTime<Utc>) -> StoreResult<()> {
        let totp = self.second_factors().find_totp(user)?;
        let is_older = |since_when: DateTime<Utc>| since_when < since - CLOCKS_DIFFER_BY;
        if totp.active.is_some_and(|active| is_older(active.confirmed_at)) {
            // Nothing tells when these were made.
            return self.second_factors().replace_recovery_codes(user, &[]);
        }
        self.second_factors().remove_all(user)
    }

    /// That the user proved this, too, in this session, just now. What it gave out goes on.
    pub(crate) fn raise_session(
        &mut self,
        id: SessionId,
        more: &dyn Fn(AuthenticationMethods) -> AuthenticationMethods,
    ) -> StoreResult<()> {
        let now = self.now();
        for _ in 0..WRITES {
            let Some(session) = self.sessions().find(id)? else {
                return Ok(());
            };
            let raised = Session {
                authenticated_at: now,
                methods: more(session.methods.clone()),
                ..session
            };
            if self.sessions().renew(raised.rotation.generation, &raised)? {
                return Ok(());
            }
        }
        Err(StoreError::Busy)
    }
}

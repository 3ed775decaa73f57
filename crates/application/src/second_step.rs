//! The second factor: how a code of it is judged, and the second half of a sign-in.

use crate::actor::By;
use crate::begin_session::{Admitted, Barred, Beginning, Standing, admit, barred};
use crate::limits::wrong_codes;
use crate::passkey_proof::{PasskeyProof, Taken};
use crate::ports::{Exhausted, Limit, StoreResult, TotpSecrets};
use crate::replica::Refusal;
use crate::unit_of_work::Unit;
use chrono::TimeDelta;
use portcullis_domain::{
    AuditEvent, AuditEventType, AuditReason, CodeCounter, Digest32, FactorMethod, MailKind, RecoveryCode, SecretText,
    SignInChallenge, User, UserId,
};

/// Digits of a code of an authenticator app.
const DIGITS: usize = 6;

/// What came of a code.
#[derive(Debug)]
pub(crate) enum CodeCheck {
    /// It is right, and used up.
    Right,
    /// It is another, or was used before. It is counted.
    Wrong {
        /// How many there are by now.
        count: u32,
    },
    /// Too many wrong ones came before. Whether this is the right one was not looked at.
    TooMany(Exhausted),
}

/// What came of the second half of a sign-in.
pub(crate) enum Finished {
    /// The session began.
    Session(Admitted),
    /// The code is another, or was used before: whose it was to be, and how often one may be tried still.
    Wrong(Box<User>, u32),
    /// Too many wrong ones came before.
    TooMany(Box<User>, Exhausted),
    /// There is no such half sign-in, or not any more.
    NoChallenge,
    /// The passkey was removed, or used elsewhere, since it was judged. It may be judged anew.
    Outdated,
    /// The passkey answered a challenge that was answered before.
    Answered,
    /// The account may not be signed in to any more. It is recorded.
    Barred(Barred),
}

/// By what a half sign-in goes on.
#[derive(Clone)]
pub(crate) enum SecondProof {
    /// A code of the authenticator app, or a recovery code.
    Code(SecretText),
    /// A passkey of the same user.
    Passkey(PasskeyProof),
}

/// What somebody may be asked for, who has an authenticator app or not, and so many recovery codes and passkeys.
pub(crate) fn methods_with(has_app: bool, recovery_codes: usize, passkeys: usize) -> Vec<FactorMethod> {
    let methods = FactorMethod::ALL.into_iter();
    methods
        .filter(|method| match method {
            FactorMethod::Totp => has_app,
            FactorMethod::RecoveryCode => recovery_codes > 0,
            FactorMethod::Passkey => passkeys > 0,
        })
        .collect()
}

impl Unit<'_> {
    /// What a user may be asked for as a second factor at this server.
    pub(crate) fn factor_methods(&mut self, user: UserId) -> StoreResult<Vec<FactorMethod>> {
        let passkeys = if self.takes_passkeys {
            self.passkeys().count(user)?
        } else {
            0
        };
        let has_app = self.second_factors().find_totp(user)?.active.is_some();
        Ok(methods_with(
            has_app,
            self.second_factors().count_recovery_codes(user)?,
            passkeys,
        ))
    }

    /// Checks a code of a user's second factor, and uses it up. The user's row is held, so that of many at once one is the first.
    /// A recovery code is looked at in any case: nobody guesses one, and so nobody who guesses keeps its owner out.
    pub(crate) fn check_code(
        &mut self,
        user: &User,
        counter: CodeCounter,
        secrets: &dyn TotpSecrets,
        code: &SecretText,
    ) -> StoreResult<CodeCheck> {
        let checked = self.counted(user, counter, |unit| unit.use_code(user, secrets, code))?;
        Ok(match checked {
            CodeCheck::TooMany(_) if self.use_recovery_code(user, code)? => CodeCheck::Right,
            checked => checked,
        })
    }

    /// Judges a code by `is_right`, unless too many wrong ones came before by the same counter, and counts one that is wrong.
    pub(crate) fn counted(
        &mut self,
        user: &User,
        counter: CodeCounter,
        is_right: impl FnOnce(&mut Self) -> StoreResult<bool>,
    ) -> StoreResult<CodeCheck> {
        let (now, rate) = (self.now(), wrong_codes());
        let period = TimeDelta::from_std(rate.period()).unwrap_or(TimeDelta::MAX);
        let since = now - period;
        let before = self.second_factors().wrong_factor_codes(user.id, counter, since)?;
        if let Some(before) = before
            && before.wrong >= rate.most()
        {
            return Ok(CodeCheck::TooMany(Exhausted {
                limit: Limit::SecondFactor,
                rate,
                wait: (before.since + period - now).to_std().unwrap_or_default(),
            }));
        }
        if is_right(self)? {
            return Ok(CodeCheck::Right);
        }
        self.second_factors()
            .note_wrong_factor_code(user.id, counter, since, now)?;
        let before = before.map_or(0, |before| before.wrong);
        Ok(CodeCheck::Wrong { count: before + 1 })
    }

    fn use_code(&mut self, user: &User, secrets: &dyn TotpSecrets, code: &SecretText) -> StoreResult<bool> {
        let text = code.expose();
        if text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return self.use_app_code(user, secrets, code);
        }
        self.use_recovery_code(user, code)
    }

    fn use_recovery_code(&mut self, user: &User, code: &SecretText) -> StoreResult<bool> {
        let Some(code) = RecoveryCode::parse(code.expose()) else {
            return Ok(false);
        };
        if !self
            .second_factors()
            .use_recovery_code(user.id, &code.digest(user.id))?
        {
            return Ok(false);
        }
        let event = AuditEvent {
            actor_id: Some(user.id),
            ..self.success(AuditEventType::RecoveryCodeUsed, Some(user.id))
        };
        self.record(event)?;
        self.notify(user, MailKind::RecoveryCodeUsed)?;
        Ok(true)
    }

    fn use_app_code(&mut self, user: &User, secrets: &dyn TotpSecrets, code: &SecretText) -> StoreResult<bool> {
        let now = self.now();
        let Some(active) = self.second_factors().find_totp(user.id)?.active else {
            return Ok(false);
        };
        match secrets.step_of(user.id, &active.secret, code, now) {
            Ok(Some(step)) => self.second_factors().use_step(user.id, step),
            Ok(None) => Ok(false),
            // The recovery codes are right still.
            Err(error) => {
                tracing::error!(user_id = %user.id, %error, "a code of a second factor was not looked at");
                Ok(false)
            }
        }
    }
}

/// Goes on with a half sign-in by a code or by a passkey.
pub(crate) fn finish(
    unit: &mut Unit<'_>,
    secrets: &dyn TotpSecrets,
    digest: &Digest32,
    proof: &SecondProof,
    beginning: &Beginning,
) -> StoreResult<Finished> {
    let Some((challenge, _)) = unit.challenges().find(digest)? else {
        return Ok(Finished::NoChallenge);
    };
    let Some(user) = unit.users().lock(challenge.user_id)? else {
        return Ok(Finished::NoChallenge);
    };
    if let Some(barred) = barred(unit, &user)? {
        return Ok(Finished::Barred(barred));
    }
    // What ended it meanwhile held the row before.
    let now = unit.now();
    if !unit.challenges().take_try(digest, now, SignInChallenge::TRIES)? {
        return Ok(Finished::NoChallenge);
    }
    let methods = match proof {
        SecondProof::Code(code) => match unit.check_code(&user, challenge.device.into(), secrets, code)? {
            CodeCheck::Right => challenge.methods.with_code(),
            CodeCheck::Wrong { count } => {
                if count == SignInChallenge::ALARMING {
                    // Whoever it is knows the password.
                    unit.notify(&user, MailKind::MfaFailed)?;
                }
                let tries = unit
                    .challenges()
                    .find(digest)?
                    .map_or(SignInChallenge::TRIES, |(_, tries)| tries);
                let left = SignInChallenge::TRIES.saturating_sub(tries);
                return Ok(Finished::Wrong(Box::new(user), left));
            }
            CodeCheck::TooMany(exhausted) => return Ok(Finished::TooMany(Box::new(user), exhausted)),
        },
        SecondProof::Passkey(proof) if proof.user_id == user.id => match proof.take(unit)? {
            Taken::Used => challenge.methods.and(proof.methods.clone()),
            Taken::Outdated => return Ok(Finished::Outdated),
            Taken::Answered => return Ok(Finished::Answered),
        },
        // It was judged as that of the user whose sign-in waits.
        SecondProof::Passkey(_) => return Ok(Finished::NoChallenge),
    };
    unit.challenges().close(digest)?;
    let password = unit.present_hash(user.id)?;
    let standing = Standing {
        methods,
        at: now,
        checked: &password,
        kept: &password,
    };
    admit(unit, user, standing, beginning).map(Finished::Session)
}

/// A wrong code of somebody who is not signed in, as the trail tells of it.
pub(crate) fn refusal_of(user: &User, reason: AuditReason, by: &By) -> Refusal {
    Refusal {
        kind: AuditEventType::Login,
        reason,
        email: Some(user.email.clone()),
        user: Some(user.id),
        provider: None,
        origin: by.origin(),
    }
}

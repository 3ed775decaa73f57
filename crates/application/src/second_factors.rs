//! One's own second factor, and taking somebody's away who lost it.

mod changes;

use crate::actor::{Actor, Authority};
use crate::ports::{Enrolment, Exhausted, PasswordHasher, StoreError, StoreResult};
use crate::proof::{PASSWORD_CHECKS, Proof, ProveAgainError};
use crate::second_step::CodeCheck;
use crate::still_allowed::OutOfReach;
use crate::unit_of_work::{Unit, UnitsOfWork};
use async_trait::async_trait;
use changes::Removed;
use chrono::{DateTime, Utc};
use portcullis_domain::{
    Acr, AuditEventType, AuditReason, MailKind, PendingTotp, PresentedPassword, RecoveryCode, SecretText, StepUpNeeded,
    UserId,
};
use shaku::{Component, Interface};
use std::sync::Arc;

/// One's own second factor, and taking somebody's away who lost it.
#[async_trait]
pub trait SecondFactors: Interface {
    /// What the user has.
    async fn state(&self, actor: &Actor) -> Result<FactorState, StoreError>;

    /// Makes a secret for an authenticator app. It changes nothing until it is [confirmed](Self::confirm), and the app that
    /// counts goes on. Without the password a fresh proof stands in its place.
    async fn enrol(&self, actor: &Actor, password: Option<PresentedPassword>) -> Result<Enrolment, ChangeFactorError>;

    /// The secret that waits, once more; `None` where none waits. It takes a fresh proof.
    async fn waiting(&self, actor: &Actor) -> Result<Option<Enrolment>, ChangeFactorError>;

    /// Turns the second factor on by a code of the app that got the secret, and gives the recovery codes, this once. The
    /// session counts as one of two factors from now on, and all others end.
    async fn confirm(&self, actor: &Actor, code: SecretText) -> Result<Vec<SecretText>, ChangeFactorError>;

    /// New recovery codes in the place of all old ones, this once. Without the password a fresh proof stands in its place.
    async fn renew_recovery_codes(
        &self,
        actor: &Actor,
        password: Option<PresentedPassword>,
    ) -> Result<Vec<SecretText>, ChangeFactorError>;

    /// Turns the second factor off by the password and a code, and ends the other sessions. Without the password a fresh proof
    /// stands in its place.
    async fn remove(
        &self,
        actor: &Actor,
        password: Option<PresentedPassword>,
        code: SecretText,
    ) -> Result<(), ChangeFactorError>;

    /// Turns a user's second factor off, removes their passkeys and ends their sessions; whether there was any of them. Where
    /// there is none, nothing happens. Nobody turns their own off by this.
    async fn reset(&self, by: Authority, user: UserId) -> Result<bool, ResetFactorsError>;
}

/// What a user has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FactorState {
    /// Since when an authenticator app counts; `None` where none does.
    pub totp_since: Option<DateTime<Utc>>,
    /// How many recovery codes are left.
    pub recovery_codes_left: usize,
    /// How many passkeys there are.
    pub passkeys: usize,
}

/// Why a second factor stayed as it was.
#[derive(Debug, thiserror::Error)]
pub enum ChangeFactorError {
    /// The user has to prove once more who they are.
    #[error(transparent)]
    StepUp(#[from] StepUpNeeded),
    /// The user did not prove once more who they are.
    #[error(transparent)]
    NotProved(#[from] ProveAgainError),
    /// The code is another, or was used before, or no secret waits for one.
    #[error("the code is wrong")]
    WrongCode,
    /// Too many wrong ones came before. Whether this is the right one was not looked at.
    #[error(transparent)]
    TooManyCodes(Exhausted),
    /// There is no second factor.
    #[error("the second factor is off")]
    Off,
    /// It was not read or not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why somebody's second factor stayed as it was.
#[derive(Debug, thiserror::Error)]
pub enum ResetFactorsError {
    /// It is the administrator's own, which is turned off by a proof like anybody's.
    #[error("it is one's own second factor")]
    Own,
    /// The account was not reached.
    #[error(transparent)]
    OutOfReach(#[from] OutOfReach),
    /// It was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// [`SecondFactors`] in units of work.
#[derive(Component)]
#[shaku(interface = SecondFactors)]
pub struct SecondFactorsService {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
    #[shaku(inject)]
    hasher: Arc<dyn PasswordHasher>,
}

#[async_trait]
impl SecondFactors for SecondFactorsService {
    async fn state(&self, actor: &Actor) -> Result<FactorState, StoreError> {
        let user = actor.user().id;
        let found = self.units.look_up(move |repositories| {
            let factors = repositories.second_factors();
            let totp = factors.find_totp(user)?;
            Ok(FactorState {
                totp_since: totp.active.map(|active| active.confirmed_at),
                recovery_codes_left: factors.count_recovery_codes(user)?,
                passkeys: repositories.passkeys().count(user)?,
            })
        });
        found.await
    }

    async fn enrol(&self, actor: &Actor, password: Option<PresentedPassword>) -> Result<Enrolment, ChangeFactorError> {
        let user = actor.user().id;
        let secret = self.units.totp_secrets.encrypt(user, self.units.random());
        let secret = secret.map_err(StoreError::Unexpected)?;
        let enrolment = self.units.totp_secrets.enrolment(user, &secret, &actor.user().email);
        let enrolment = enrolment.map_err(|error| StoreError::Unexpected(error.into()))?;
        let session = actor.session_id();
        self.change(actor, password, AuditEventType::MfaEnabled, None, move |unit| {
            let pending = PendingTotp {
                secret,
                since: unit.now(),
                session,
            };
            unit.second_factors().propose_totp(user, &pending)?;
            Ok(())
        })
        .await?;
        tracing::info!(user_id = %user, "a second factor waits to be confirmed");
        Ok(enrolment)
    }

    async fn waiting(&self, actor: &Actor) -> Result<Option<Enrolment>, ChangeFactorError> {
        let (user, now) = (actor.user().id, self.units.now());
        actor.require_fresh_proof(now, None)?;
        let found = self
            .units
            .look_up(move |repositories| repositories.second_factors().find_totp(user));
        let totp: StoreResult<_> = found.await;
        let totp = totp?;
        let Some(secret) = totp.pending_at(now, actor.session_id()) else {
            return Ok(None);
        };
        // One that can't be read is made anew.
        Ok(self
            .units
            .totp_secrets
            .enrolment(user, secret, &actor.user().email)
            .ok())
    }

    async fn confirm(&self, actor: &Actor, code: SecretText) -> Result<Vec<SecretText>, ChangeFactorError> {
        let (user, session) = (actor.user().id, actor.session_id());
        if actor.user().has_second_factor {
            // Another app takes the place of one that counts.
            actor.require_fresh_proof(self.units.now(), None)?;
        }
        let codes = self.fresh_codes();
        let digests: Vec<_> = codes.iter().map(|code| code.digest(user)).collect();
        let secrets = Arc::clone(&self.units.totp_secrets);
        let confirmed = self.units.write(actor, move |unit| {
            let user = unit.lock_caller()?.ok_or(ProveAgainError::SignedOut)?;
            Ok::<_, ChangeFactorError>(unit.turn_on(&user, session, &*secrets, &code, &digests)?)
        });
        match confirmed.await? {
            CodeCheck::Right => {}
            CodeCheck::Wrong { .. } => return Err(ChangeFactorError::WrongCode),
            CodeCheck::TooMany(exhausted) => return Err(ChangeFactorError::TooManyCodes(exhausted)),
        }
        tracing::info!(user_id = %user, "the second factor is on");
        Ok(codes.iter().map(RecoveryCode::shown).collect())
    }

    async fn renew_recovery_codes(
        &self,
        actor: &Actor,
        password: Option<PresentedPassword>,
    ) -> Result<Vec<SecretText>, ChangeFactorError> {
        let user = actor.user().id;
        let codes = self.fresh_codes();
        let digests: Vec<_> = codes.iter().map(|code| code.digest(user)).collect();
        let purpose = AuditEventType::RecoveryCodesCreated;
        self.change(actor, password, purpose, None, move |unit| {
            if unit.second_factors().find_totp(user)?.active.is_none() {
                return Err(ChangeFactorError::Off);
            }
            unit.second_factors().replace_recovery_codes(user, &digests)?;
            let event = unit.success(purpose, Some(user));
            unit.record(event)?;
            if let Some(user) = unit.users().find(user)? {
                unit.notify(&user, MailKind::RecoveryCodesCreated)?;
            }
            Ok(())
        })
        .await?;
        tracing::info!(user_id = %user, "new recovery codes");
        Ok(codes.iter().map(RecoveryCode::shown).collect())
    }

    async fn remove(
        &self,
        actor: &Actor,
        password: Option<PresentedPassword>,
        code: SecretText,
    ) -> Result<(), ChangeFactorError> {
        let session = actor.session_id();
        let secrets = Arc::clone(&self.units.totp_secrets);
        // With the password the code makes two factors, which is as well as the account can.
        let proved = password.as_ref().map(|_| Acr::TwoFactors);
        let removed = self.change(actor, password, AuditEventType::MfaDisabled, proved, move |unit| {
            let user = unit.lock_caller()?.ok_or(ProveAgainError::SignedOut)?;
            Ok(unit.turn_off(&user, session, &*secrets, &code)?)
        });
        match removed.await? {
            Removed::Done => {
                tracing::info!(user_id = %actor.user().id, "the second factor is off");
                Ok(())
            }
            Removed::WasOff => Err(ChangeFactorError::Off),
            Removed::WrongCode => Err(ChangeFactorError::WrongCode),
            Removed::TooManyCodes(exhausted) => Err(ChangeFactorError::TooManyCodes(exhausted)),
        }
    }

    async fn reset(&self, by: Authority, user: UserId) -> Result<bool, ResetFactorsError> {
        let reset = self.units.write(by, move |unit| {
            let account = unit.lock_user(user)?;
            if unit.by().caller().is_some_and(|caller| caller.user_id == user) {
                return Err(ResetFactorsError::Own);
            }
            let has_passkeys = unit.remove_all_passkeys(user, None)?;
            if account.has_second_factor {
                unit.forget_factors(&account, None, MailKind::MfaReset)?;
            } else {
                unit.second_factors().remove_all(user)?;
                if has_passkeys {
                    unit.end_access(user, None, Some(AuditReason::PasskeyRemoved))?;
                    if unit.factors.is_for(account.role) {
                        unit.outdate_access_tokens(user)?;
                    }
                    unit.replace_links(user)?;
                    unit.notify(&account, MailKind::MfaReset)?;
                }
            }
            Ok::<_, ResetFactorsError>(account.has_second_factor || has_passkeys)
        });
        let had_any = reset.await?;
        if had_any {
            tracing::info!(user_id = %user, "the second factor and passkeys were reset");
        }
        Ok(had_any)
    }
}

impl SecondFactorsService {
    fn fresh_codes(&self) -> Vec<RecoveryCode> {
        (0..RecoveryCode::AT_ONCE)
            .map(|_| RecoveryCode::of(self.units.random()))
            .collect()
    }

    /// Changes something once the user has proved who they are: lately, or just now by the password, which may be a part of
    /// more that is proved by the call.
    async fn change<T: Send + 'static>(
        &self,
        actor: &Actor,
        password: Option<PresentedPassword>,
        purpose: AuditEventType,
        proved: Option<Acr>,
        work: impl FnOnce(&mut Unit<'_>) -> Result<T, ChangeFactorError> + Clone + Send + 'static,
    ) -> Result<T, ChangeFactorError> {
        let by_password = password.as_ref().map(|_| Acr::OneFactor);
        actor.require_fresh_proof(self.units.now(), proved.max(by_password))?;
        for _ in 0..PASSWORD_CHECKS {
            let proof = match &password {
                Some(password) => Some(Proof::again(&self.units, &*self.hasher, actor, password, purpose).await?),
                None => None,
            };
            let work = work.clone();
            let changed = self.units.write(actor, move |unit| {
                unit.lock_caller()?.ok_or(ProveAgainError::SignedOut)?;
                if let Some(proof) = proof
                    && !proof.still_stands(unit)?
                {
                    return Ok(None);
                }
                work(unit).map(Some)
            });
            if let Some(value) = changed.await? {
                return Ok(value);
            }
        }
        Err(StoreError::Busy.into())
    }
}

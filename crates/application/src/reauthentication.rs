//! Proving once more who one is, while one is signed in.

use crate::actor::{Actor, By};
use crate::passkey_proof::{Expected, JUDGEMENTS, PasskeyError, Taken};
use crate::ports::{
    AccessTokens, Ceremony, Exhausted, PasswordHasher, RefreshTokens, ShownPasskey, StoreError, TokenError,
};
use crate::proof::{PASSWORD_CHECKS, Proof, ProveAgainError};
use crate::second_step::CodeCheck;
use crate::tokens::{Issuer, Tokens};
use crate::unit_of_work::{Unit, UnitsOfWork};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_domain::{
    AuditEvent, AuditEventType, AuditReason, AuthenticationMethods, Carrier, CodeCounter, PresentedPassword,
    SecretText, Session, SessionId, User,
};
use shaku::{Component, Interface};
use std::sync::Arc;

/// Proving once more who one is. The session goes on, in its next generation, and counts by what was proved just now.
#[async_trait]
pub trait Reauthentication: Interface {
    /// Proves it in a client's session.
    async fn reauthenticate(
        &self,
        actor: &Actor,
        proof: ProofShown,
        carrier: Carrier,
    ) -> Result<Tokens, ReauthenticateError>;

    /// Proves it on a browser.
    async fn reauthenticate_browser(
        &self,
        actor: &Actor,
        proof: ProofShown,
    ) -> Result<RenewedBrowserSession, ReauthenticateError>;
}

/// What is shown.
#[derive(Debug, Clone)]
pub enum ProofShown {
    /// A password.
    Password {
        /// The password.
        password: PresentedPassword,
        /// A code of the second factor: without it the proof is one of one factor.
        code: Option<SecretText>,
    },
    /// A passkey; with a secret that of a browser of ours, which the challenge is for.
    Passkey(ShownPasskey, Option<SecretText>),
}

/// What a browser gets whose user proved once more who they are.
#[derive(Debug)]
pub struct RenewedBrowserSession {
    /// Shows from now on who the browser is of.
    pub cookie: SecretText,
    /// Life of the cookie, unless its use prolongs it.
    pub stays_for: TimeDelta,
}

/// Why the session goes on as it was.
#[derive(Debug, thiserror::Error)]
pub enum ReauthenticateError {
    /// The user did not prove once more who they are.
    #[error(transparent)]
    NotProved(#[from] ProveAgainError),
    /// The code is another, or was used before, or there is no second factor.
    #[error("the code is wrong")]
    WrongCode,
    /// Too many wrong ones came before. Whether this is the right one was not looked at.
    #[error(transparent)]
    TooManyCodes(Exhausted),
    /// Nothing was proved by the passkey.
    #[error(transparent)]
    Passkey(#[from] PasskeyError),
    /// The session was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The access token was not signed.
    #[error(transparent)]
    Token(#[from] TokenError),
}

/// [`Reauthentication`] in units of work.
#[derive(Component)]
#[shaku(interface = Reauthentication)]
pub struct ReauthenticationService {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
    #[shaku(inject)]
    hasher: Arc<dyn PasswordHasher>,
    #[shaku(inject)]
    access_tokens: Arc<dyn AccessTokens>,
    #[shaku(inject)]
    refresh_tokens: Arc<dyn RefreshTokens>,
}

#[async_trait]
impl Reauthentication for ReauthenticationService {
    async fn reauthenticate(
        &self,
        actor: &Actor,
        proof: ProofShown,
        carrier: Carrier,
    ) -> Result<Tokens, ReauthenticateError> {
        let (session, user) = self.prove(actor, proof).await?;
        let issuer = Issuer {
            units: &self.units,
            access_tokens: &*self.access_tokens,
            refresh_tokens: &*self.refresh_tokens,
        };
        Ok(issuer.tokens_of(&session, &user, carrier, session.rotation.rotated_at)?)
    }

    async fn reauthenticate_browser(
        &self,
        actor: &Actor,
        proof: ProofShown,
    ) -> Result<RenewedBrowserSession, ReauthenticateError> {
        let (session, _) = self.prove(actor, proof).await?;
        Ok(RenewedBrowserSession {
            cookie: self.units.cookie_of(&session),
            stays_for: session.ends_at(&self.units.policy) - session.last_used_at,
        })
    }
}

/// What came of a proof.
enum Proved {
    /// The session goes on by it.
    Done(Box<(Session, User)>),
    /// The password was changed since it was checked.
    Outdated,
    /// The code is wrong. It is counted.
    WrongCode,
    /// Too many wrong ones came before.
    TooManyCodes(Exhausted),
    /// The passkey answered a challenge that was answered before.
    Answered,
}

impl ReauthenticationService {
    async fn prove(&self, actor: &Actor, shown: ProofShown) -> Result<(Session, User), ReauthenticateError> {
        match shown {
            ProofShown::Password { password, code } => self.prove_by_password(actor, password, code).await,
            ProofShown::Passkey(shown, browser) => self.prove_by_passkey(actor, &shown, browser).await,
        }
    }

    async fn prove_by_passkey(
        &self,
        actor: &Actor,
        shown: &ShownPasskey,
        browser: Option<SecretText>,
    ) -> Result<(Session, User), ReauthenticateError> {
        let ceremony = Ceremony::StepUp(actor.user().id, actor.session_id());
        let (who, by) = (ceremony.at(browser), By::from(actor));
        let (expected, purpose) = (Expected::User(actor.user().id), AuditEventType::Reauthenticated);
        for _ in 0..JUDGEMENTS {
            let proof = self.units.prove_by_passkey(&who, shown, expected, &by, purpose).await?;
            let id = actor.session_id();
            let proved = self.units.write(actor, move |unit| {
                let user = unit.lock_caller()?.ok_or(ProveAgainError::SignedOut)?;
                match proof.take(unit)? {
                    Taken::Used => {}
                    Taken::Outdated => return Ok(Proved::Outdated),
                    Taken::Answered => return Ok(Proved::Answered),
                }
                let session = move_on(unit, id, proof.at, &proof.methods)?;
                Ok::<_, ReauthenticateError>(Proved::Done(Box::new((session, user))))
            });
            if let Some(done) = told(proved.await?)? {
                return Ok(done);
            }
        }
        Err(StoreError::Busy.into())
    }

    async fn prove_by_password(
        &self,
        actor: &Actor,
        password: PresentedPassword,
        code: Option<SecretText>,
    ) -> Result<(Session, User), ReauthenticateError> {
        for _ in 0..PASSWORD_CHECKS {
            let purpose = AuditEventType::Reauthenticated;
            let proof = Proof::again(&self.units, &*self.hasher, actor, &password, purpose).await?;
            let (secrets, code, id) = (Arc::clone(&self.units.totp_secrets), code.clone(), actor.session_id());
            let proved = self.units.write(actor, move |unit| {
                let user = unit.lock_caller()?.ok_or(ProveAgainError::SignedOut)?;
                if !proof.still_stands(unit)? {
                    return Ok(Proved::Outdated);
                }
                let mut methods = proof.methods.clone();
                if let Some(code) = code {
                    match unit.check_code(&user, CodeCounter::Session(id), &*secrets, &code)? {
                        CodeCheck::Right => methods = methods.with_code(),
                        CodeCheck::Wrong { .. } => {
                            let kind = AuditEventType::Reauthenticated;
                            let event = unit.failure(kind, Some(user.id), AuditReason::WrongCode);
                            unit.record(event)?;
                            return Ok(Proved::WrongCode);
                        }
                        CodeCheck::TooMany(exhausted) => return Ok(Proved::TooManyCodes(exhausted)),
                    }
                }
                let session = move_on(unit, id, proof.at, &methods)?;
                Ok::<_, ReauthenticateError>(Proved::Done(Box::new((session, user))))
            });
            if let Some(done) = told(proved.await?)? {
                return Ok(done);
            }
        }
        Err(StoreError::Busy.into())
    }
}

/// What came of a proof; `None` where it has to be judged anew.
fn told(proved: Proved) -> Result<Option<(Session, User)>, ReauthenticateError> {
    match proved {
        Proved::Done(done) => {
            let (session, user) = &*done;
            tracing::info!(user_id = %user.id, session_id = %session.id, "proved once more who they are");
            Ok(Some(*done))
        }
        Proved::Outdated => Ok(None),
        Proved::WrongCode => Err(ReauthenticateError::WrongCode),
        Proved::TooManyCodes(exhausted) => Err(ReauthenticateError::TooManyCodes(exhausted)),
        Proved::Answered => Err(PasskeyError::InvalidChallenge.into()),
    }
}

/// How often a session is written that is refreshed at the same time.
const WRITES: usize = 3;

/// Lets the session go on in its next generation, by what was proved.
fn move_on(
    unit: &mut Unit<'_>,
    id: SessionId,
    at: DateTime<Utc>,
    methods: &AuthenticationMethods,
) -> Result<Session, ReauthenticateError> {
    let (device, now) = (unit.by().origin().device, unit.now());
    for _ in 0..WRITES {
        let session = unit.sessions().find(id)?.ok_or(ProveAgainError::SignedOut)?;
        let next = session.proved_again(methods.clone(), at, device.clone(), now, &unit.policy);
        if unit.sessions().renew(session.rotation.generation, &next)? {
            let event = AuditEvent {
                session_id: Some(id),
                ..unit.success(AuditEventType::Reauthenticated, Some(session.user_id))
            };
            unit.record(event)?;
            return Ok(next);
        }
    }
    Err(StoreError::Busy.into())
}

//! The second half of a sign-in: a code of the second factor, or a passkey.

use crate::actor::By;
use crate::begin_session::{Admitted, Barred, Holder};
use crate::browser_session::BrowserSession;
use crate::passkey_proof::{Expected, JUDGEMENTS, PasskeyError};
use crate::ports::{
    AccessTokens, Ceremony, Exhausted, Meter, RefreshTokens, ShownPasskey, SignInOutcome, StoreError, StoreResult,
    TokenError,
};
use crate::second_step::{Finished, SecondProof, finish, methods_with, refusal_of};
use crate::sign_in_by_passkey::outcome_of_refusal;
use crate::tokens::{Issuer, Tokens};
use crate::unit_of_work::UnitsOfWork;
use async_trait::async_trait;
use portcullis_domain::{
    AuditEventType, AuditReason, Carrier, Digest32, FactorMethod, Origin, SecretText, SignInChallenge, User, UserId,
};
use shaku::{Component, Interface};
use std::sync::Arc;

/// The second half of a sign-in.
#[async_trait]
pub trait SignInByCode: Interface {
    /// Goes on with a sign-in by a code of the second factor.
    async fn log_in_by_code(&self, attempt: CodeAttempt, carrier: Carrier) -> Result<Tokens, SecondStepError>;

    /// The same on pages of ours, on a browser that showed that cookie so far.
    async fn sign_in_browser_by_code(
        &self,
        attempt: CodeAttempt,
        shown: Option<SecretText>,
    ) -> Result<BrowserSession, SecondStepError>;

    /// Whose sign-in waits for a second factor, and what may be asked for; `None` where none waits, or not any more.
    async fn half_way(&self, token: &SecretText) -> Result<Option<HalfWay>, StoreError>;
}

/// The second half of a sign-in.
#[derive(Debug)]
pub struct CodeAttempt {
    /// What the first half gave.
    pub token: SecretText,
    /// By what it goes on.
    pub shown: SecondShown,
    /// Where the attempt comes from.
    pub origin: Origin,
}

/// By what a sign-in goes on.
#[derive(Debug)]
pub enum SecondShown {
    /// A code of the authenticator app, or a recovery code.
    Code(SecretText),
    /// A passkey; with a secret that of a browser of ours, which the challenge is for.
    Passkey(ShownPasskey, Option<SecretText>),
}

/// A sign-in that waits for its second factor.
#[derive(Debug)]
pub struct HalfWay {
    /// Who signs in.
    pub user: User,
    /// What may be asked for.
    pub methods: Vec<FactorMethod>,
}

/// Why a sign-in did not go on.
#[derive(Debug, thiserror::Error)]
pub enum SecondStepError {
    /// The text goes on with no sign-in, or not any more: its time or its tries are over, or the account was changed.
    #[error("no sign-in waits for this")]
    InvalidToken,
    /// The code is another, or was used before.
    #[error("the code is wrong")]
    WrongCode {
        /// How often one may be tried still.
        tries_left: u32,
    },
    /// Nothing was proved by the passkey.
    #[error(transparent)]
    Passkey(#[from] PasskeyError),
    /// Too many wrong ones came before. Whether this is the right one was not looked at.
    #[error(transparent)]
    TooManyAttempts(Exhausted),
    /// The account was disabled.
    #[error("the account is disabled")]
    AccountDisabled,
    /// The address has to be verified first.
    #[error("the email address is not verified")]
    EmailNotVerified,
    /// The session was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The access token was not signed.
    #[error(transparent)]
    Token(#[from] TokenError),
}

/// [`SignInByCode`] in units of work.
#[derive(Component)]
#[shaku(interface = SignInByCode)]
pub struct SignInByCodeService {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
    #[shaku(inject)]
    access_tokens: Arc<dyn AccessTokens>,
    #[shaku(inject)]
    refresh_tokens: Arc<dyn RefreshTokens>,
    #[shaku(inject)]
    meter: Arc<dyn Meter>,
}

#[async_trait]
impl SignInByCode for SignInByCodeService {
    async fn log_in_by_code(&self, attempt: CodeAttempt, carrier: Carrier) -> Result<Tokens, SecondStepError> {
        let admitted = self.counted(self.go_on(attempt, Holder::Client).await)?;
        let issuer = Issuer {
            units: &self.units,
            access_tokens: &*self.access_tokens,
            refresh_tokens: &*self.refresh_tokens,
        };
        Ok(issuer.answer(admitted, carrier)?)
    }

    async fn sign_in_browser_by_code(
        &self,
        attempt: CodeAttempt,
        shown: Option<SecretText>,
    ) -> Result<BrowserSession, SecondStepError> {
        let shown = shown.and_then(|cookie| self.units.shown_session(&cookie));
        let admitted = self.counted(self.go_on(attempt, Holder::Browser(shown)).await)?;
        Ok(self.units.browser_session_of(*admitted))
    }

    async fn half_way(&self, token: &SecretText) -> Result<Option<HalfWay>, StoreError> {
        let Some(digest) = self.units.challenge_tokens.digest(token.expose()) else {
            return Ok(None);
        };
        let (now, takes_passkeys) = (self.units.now(), self.units.passkey_proofs.are_on());
        let found = self.units.look_up(move |repositories| {
            let Some((challenge, tries)) = repositories.challenges().find(&digest)? else {
                return Ok(None);
            };
            if now >= challenge.expires_at || tries >= SignInChallenge::TRIES {
                return Ok(None);
            }
            let Some(user) = repositories.users().find(challenge.user_id)? else {
                return Ok(None);
            };
            let codes = repositories.second_factors().count_recovery_codes(user.id)?;
            let passkeys = if takes_passkeys {
                repositories.passkeys().count(user.id)?
            } else {
                0
            };
            Ok(Some((user, codes, passkeys)))
        });
        let found: StoreResult<Option<(User, usize, usize)>> = found.await;
        let found = found?;
        Ok(found.map(|(user, codes, passkeys)| HalfWay {
            methods: methods_with(user.has_second_factor, codes, passkeys),
            user,
        }))
    }
}

impl SignInByCodeService {
    async fn go_on(&self, attempt: CodeAttempt, holder: Holder) -> Result<Admitted, SecondStepError> {
        let CodeAttempt { token, shown, origin } = attempt;
        let digest = self.units.challenge_tokens.digest(token.expose());
        let digest = digest.ok_or(SecondStepError::InvalidToken)?;
        let by = By::Anybody(origin.clone());
        for _ in 0..JUDGEMENTS {
            let proof = match &shown {
                SecondShown::Code(code) => SecondProof::Code(code.clone()),
                SecondShown::Passkey(shown, browser) => {
                    let proved = self.prove_by_passkey(&digest, shown, browser.as_ref(), &by).await;
                    if let Err(SecondStepError::Passkey(error)) = &proved
                        && error.is_of_what_was_shown()
                    {
                        self.count_try(digest, &by).await?;
                    }
                    proved?
                }
            };
            let beginning = self.units.beginning(holder.clone(), &origin);
            let secrets = Arc::clone(&self.units.totp_secrets);
            // A wrong code is counted, so the unit ends well and the refusal comes after it.
            let finished = self.units.write(by.clone(), move |unit| {
                finish(unit, &*secrets, &digest, &proof, &beginning)
            });
            match finished.await? {
                Finished::Outdated => {}
                finished => return self.told(finished, by).await,
            }
        }
        Err(StoreError::Busy.into())
    }

    /// Counts what proved nothing as one of the tries that the half sign-in has, as a wrong code is counted.
    async fn count_try(&self, digest: Digest32, by: &By) -> Result<(), StoreError> {
        let counted = self.units.write(by.clone(), move |unit| {
            let now = unit.now();
            unit.challenges()
                .take_try(&digest, now, SignInChallenge::TRIES)
                .map(drop)
        });
        counted.await
    }

    /// Judges a passkey of the user whose sign-in waits.
    async fn prove_by_passkey(
        &self,
        digest: &Digest32,
        shown: &ShownPasskey,
        browser: Option<&SecretText>,
        by: &By,
    ) -> Result<SecondProof, SecondStepError> {
        let (digest, now) = (*digest, self.units.now());
        let found = self.units.look_up(move |repositories| {
            let found = repositories.challenges().find(&digest)?;
            let waits =
                found.filter(|(challenge, tries)| now < challenge.expires_at && *tries < SignInChallenge::TRIES);
            Ok(waits.map(|(challenge, _)| challenge.user_id))
        });
        let found: StoreResult<Option<UserId>> = found.await;
        let user = found?.ok_or(SecondStepError::InvalidToken)?;
        let who = Ceremony::SecondStep(digest).at(browser.cloned());
        let (expected, purpose) = (Expected::User(user), AuditEventType::Login);
        let proof = self.units.prove_by_passkey(&who, shown, expected, by, purpose).await?;
        Ok(SecondProof::Passkey(proof))
    }

    async fn told(&self, finished: Finished, by: By) -> Result<Admitted, SecondStepError> {
        let (user, reason, error) = match finished {
            Finished::Session(admitted) => {
                let (session, user, _) = &*admitted;
                tracing::info!(user_id = %user.id, session_id = %session.id, kind = %session.kind, "logged in by two factors");
                return Ok(admitted);
            }
            Finished::NoChallenge => return Err(SecondStepError::InvalidToken),
            Finished::Outdated => return Err(StoreError::Busy.into()),
            Finished::Answered => return Err(PasskeyError::InvalidChallenge.into()),
            Finished::Barred(Barred::Disabled) => return Err(SecondStepError::AccountDisabled),
            Finished::Barred(Barred::Unverified) => return Err(SecondStepError::EmailNotVerified),
            Finished::Wrong(user, tries_left) => {
                (user, AuditReason::WrongCode, SecondStepError::WrongCode { tries_left })
            }
            Finished::TooMany(user, exhausted) => {
                self.meter.limit_hit(exhausted.limit);
                let error = SecondStepError::TooManyAttempts(exhausted);
                (user, AuditReason::TooManyAttempts, error)
            }
        };
        tracing::info!(user_id = %user.id, "login refused: {error}");
        let refusal = refusal_of(&user, reason, &by);
        self.units.note_refusal(by, refusal).await?;
        Err(error)
    }

    fn counted<T>(&self, finished: Result<T, SecondStepError>) -> Result<T, SecondStepError> {
        self.meter.sign_in_ended(outcome_of_second_step(&finished));
        finished
    }
}

fn outcome_of_second_step<T>(finished: &Result<T, SecondStepError>) -> SignInOutcome {
    match finished {
        Ok(_) => SignInOutcome::Success,
        Err(SecondStepError::InvalidToken) => SignInOutcome::InvalidMfaToken,
        Err(SecondStepError::WrongCode { .. }) => SignInOutcome::InvalidCode,
        Err(SecondStepError::Passkey(error)) => outcome_of_refusal(error),
        Err(SecondStepError::AccountDisabled) => SignInOutcome::AccountDisabled,
        Err(SecondStepError::EmailNotVerified) => SignInOutcome::EmailNotVerified,
        Err(SecondStepError::TooManyAttempts(_)) => SignInOutcome::Limited,
        Err(SecondStepError::Store(StoreError::Busy)) => SignInOutcome::Busy,
        Err(SecondStepError::Store(_) | SecondStepError::Token(_)) => SignInOutcome::Failed,
    }
}

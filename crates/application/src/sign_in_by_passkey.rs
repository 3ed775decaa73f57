//! Signing in with a passkey, which takes neither an address nor a password.

use crate::actor::{Actor, By};
use crate::begin_session::{Admitted, Barred, Begun, Holder};
use crate::browser_session::BrowserSession;
use crate::email_verification::MailRequest;
use crate::passkey_proof::{Expected, JUDGEMENTS, PasskeyError, told};
use crate::ports::{
    AccessTokens, AskedPasskey, Ceremony, ChallengeFor, Meter, RefreshTokens, ShownPasskey, SignInOutcome, StoreError,
    TokenError,
};
use crate::tokens::{Issuer, Tokens};
use crate::unit_of_work::UnitsOfWork;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use portcullis_domain::{AuditEventType, Carrier, MailKind, Origin, SecretText};
use shaku::{Component, Interface};
use std::sync::Arc;

/// Signing in with a passkey.
#[async_trait]
pub trait SignInByPasskey: Interface {
    /// Whether there are passkeys at this server.
    fn are_on(&self) -> bool;

    /// What a browser is asked whose user proves by a passkey who they are: any of this server will do, so that it tells
    /// nothing of any account. The answer serves that occasion alone; with a secret, at the browser that has it.
    fn ask(&self, occasion: Occasion<'_>, browser: Option<&SecretText>) -> Result<AskedPasskey, AskPasskeyError>;

    /// Begins a session for whoever has a passkey.
    async fn log_in_by_passkey(&self, attempt: PasskeyAttempt, carrier: Carrier) -> Result<Tokens, PasskeySignInError>;

    /// Signs somebody in who has a passkey, on pages of ours, in the browser that was asked.
    async fn sign_in_browser_by_passkey(
        &self,
        attempt: PasskeyAttempt,
        browser: PasskeyBrowser,
    ) -> Result<BrowserSession, PasskeySignInError>;
}

/// What somebody is asked for a passkey for.
#[derive(Debug, Clone, Copy)]
pub enum Occasion<'o> {
    /// They sign in.
    SignIn,
    /// They go on with a sign-in by the secret text that its first half gave.
    SecondStep(&'o SecretText),
    /// They are signed in, and prove once more who they are.
    StepUp(&'o Actor),
}

/// Why nobody is asked for a passkey.
#[derive(Debug, thiserror::Error)]
pub enum AskPasskeyError {
    /// The text goes on with no sign-in.
    #[error("no sign-in waits for this")]
    InvalidToken,
    /// There is nothing to ask for.
    #[error(transparent)]
    Refused(#[from] PasskeyError),
}

/// An attempt to sign in with a passkey.
#[derive(Debug)]
pub struct PasskeyAttempt {
    /// What is shown.
    pub shown: ShownPasskey,
    /// Where the attempt comes from.
    pub origin: Origin,
}

/// The browser that a person signs in on.
#[derive(Debug)]
pub struct PasskeyBrowser {
    /// What the challenge is bound to.
    pub secret: SecretText,
    /// The cookie that the browser showed so far, whatever it is worth.
    pub cookie: Option<SecretText>,
    /// When an app's request was first seen that the sign-in is for. Neither the proof nor the challenge that it answers is
    /// older than that, whichever server's clock is behind.
    pub asked_at: Option<DateTime<Utc>>,
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum PasskeySignInError {
    /// Nothing was proved.
    #[error(transparent)]
    NotProved(#[from] PasskeyError),
    /// The account was disabled.
    #[error("the account is disabled")]
    AccountDisabled,
    /// The address has to be verified first. The link was mailed again.
    #[error("the email address is not verified")]
    EmailNotVerified,
    /// The session was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The access token was not signed.
    #[error(transparent)]
    Token(#[from] TokenError),
}

/// [`SignInByPasskey`] in units of work.
#[derive(Component)]
#[shaku(interface = SignInByPasskey)]
pub struct SignInByPasskeyService {
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
impl SignInByPasskey for SignInByPasskeyService {
    fn are_on(&self) -> bool {
        self.units.passkey_proofs.are_on()
    }

    fn ask(&self, occasion: Occasion<'_>, browser: Option<&SecretText>) -> Result<AskedPasskey, AskPasskeyError> {
        let ceremony = match occasion {
            Occasion::SignIn => Ceremony::SignIn,
            Occasion::SecondStep(token) => {
                let digest = self.units.challenge_tokens.digest(token.expose());
                Ceremony::SecondStep(digest.ok_or(AskPasskeyError::InvalidToken)?)
            }
            Occasion::StepUp(actor) => Ceremony::StepUp(actor.user().id, actor.session_id()),
        };
        let who = ceremony.at(browser.cloned());
        let asked = self.units.passkey_proofs.ask(&who, self.units.now());
        Ok(asked.map_err(told)?)
    }

    async fn log_in_by_passkey(&self, attempt: PasskeyAttempt, carrier: Carrier) -> Result<Tokens, PasskeySignInError> {
        let offer = Offer {
            attempt,
            who: Ceremony::SignIn.for_anybody(),
            holder: Holder::Client,
            browser: None,
            asked_at: None,
        };
        let admitted = self.counted(self.try_passkey(offer).await)?;
        let issuer = Issuer {
            units: &self.units,
            access_tokens: &*self.access_tokens,
            refresh_tokens: &*self.refresh_tokens,
        };
        Ok(issuer.answer(admitted, carrier)?)
    }

    async fn sign_in_browser_by_passkey(
        &self,
        attempt: PasskeyAttempt,
        browser: PasskeyBrowser,
    ) -> Result<BrowserSession, PasskeySignInError> {
        let PasskeyBrowser {
            secret,
            cookie,
            asked_at,
        } = browser;
        let shown = cookie.and_then(|cookie| self.units.shown_session(&cookie));
        let offer = Offer {
            attempt,
            who: Ceremony::SignIn.at(Some(secret.clone())),
            holder: Holder::Browser(shown),
            browser: Some(secret),
            asked_at,
        };
        let admitted = self.counted(self.try_passkey(offer).await)?;
        Ok(self.units.browser_session_of(*admitted))
    }
}

/// A passkey that somebody shows, and who holds what is given for it.
struct Offer {
    attempt: PasskeyAttempt,
    who: ChallengeFor,
    holder: Holder,
    /// What a code is bound to.
    browser: Option<SecretText>,
    /// What the proof is not older than.
    asked_at: Option<DateTime<Utc>>,
}

impl SignInByPasskeyService {
    async fn try_passkey(&self, offer: Offer) -> Result<Admitted, PasskeySignInError> {
        let Offer {
            attempt: PasskeyAttempt { shown, origin },
            who,
            holder,
            browser,
            asked_at,
        } = offer;
        let by = By::Anybody(origin.clone());
        for _ in 0..JUDGEMENTS {
            let purpose = AuditEventType::Login;
            let proof = self
                .units
                .prove_by_passkey(&who, &shown, Expected::Anybody, &by, purpose)
                .await?;
            let (user_id, email) = (proof.user_id, proof.email.clone());
            let proof = match asked_at {
                Some(asked_at) => proof.since(asked_at)?,
                None => proof,
            };
            match self.units.begin_session(proof, holder.clone(), origin.clone()).await? {
                Begun::Session(begun) => {
                    tracing::info!(%user_id, session_id = %begun.0.id, kind = %begun.0.kind, "logged in by a passkey");
                    return Ok(begun);
                }
                // A passkey is two factors in one: no second step follows it.
                Begun::Outdated | Begun::HalfWay(_) => {}
                Begun::Answered => return Err(PasskeyError::InvalidChallenge.into()),
                Begun::Gone => {
                    tracing::info!(%user_id, "login refused: the account is gone");
                    return Err(PasskeyError::InvalidPasskey.into());
                }
                Begun::Barred(Barred::Disabled) => {
                    tracing::info!(%user_id, "login refused: account disabled");
                    return Err(PasskeySignInError::AccountDisabled);
                }
                Begun::Barred(Barred::Unverified) => {
                    tracing::info!(%user_id, "login refused: the email address is not verified");
                    let request = MailRequest {
                        email: Some(email),
                        locale: None,
                        origin,
                        browser,
                    };
                    self.units.ask_for_mail(MailKind::VerifyEmail, request).await?;
                    return Err(PasskeySignInError::EmailNotVerified);
                }
            }
        }
        Err(StoreError::Busy.into())
    }

    fn counted<T>(&self, signed_in: Result<T, PasskeySignInError>) -> Result<T, PasskeySignInError> {
        self.meter.sign_in_ended(outcome_of(&signed_in));
        signed_in
    }
}

fn outcome_of<T>(signed_in: &Result<T, PasskeySignInError>) -> SignInOutcome {
    match signed_in {
        Ok(_) => SignInOutcome::Success,
        Err(PasskeySignInError::AccountDisabled) => SignInOutcome::AccountDisabled,
        Err(PasskeySignInError::EmailNotVerified) => SignInOutcome::EmailNotVerified,
        Err(PasskeySignInError::NotProved(error)) => outcome_of_refusal(error),
        Err(PasskeySignInError::Store(StoreError::Busy)) => SignInOutcome::Busy,
        Err(PasskeySignInError::Store(_) | PasskeySignInError::Token(_)) => SignInOutcome::Failed,
    }
}

/// How a sign-in ended by which nothing was proved.
pub(crate) fn outcome_of_refusal(error: &PasskeyError) -> SignInOutcome {
    match error {
        PasskeyError::Off
        | PasskeyError::InvalidChallenge
        | PasskeyError::InvalidAnswer(_)
        | PasskeyError::UserNotVerified
        | PasskeyError::InvalidPasskey => SignInOutcome::InvalidPasskey,
        PasskeyError::TooManyAttempts(_) => SignInOutcome::Limited,
        PasskeyError::Store(StoreError::Busy) => SignInOutcome::Busy,
        PasskeyError::Store(_) => SignInOutcome::Failed,
    }
}

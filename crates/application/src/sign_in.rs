//! Signing in with a password.

use crate::actor::By;
use crate::begin_session::{Barred, Begun, Holder, SecondStep};
use crate::browser_session::BrowserSession;
use crate::email_verification::MailRequest;
use crate::guess::Guess;
use crate::ports::{
    AccessTokens, Exhausted, HasherError, Limit, Meter, PasswordHasher, RefreshTokens, SignInOutcome, StoreError,
    TokenError,
};
use crate::proof::{PASSWORD_CHECKS, Proof, UncheckedPassword};
use crate::replica::Refusal;
use crate::tokens::{Issuer, Tokens};
use crate::unit_of_work::UnitsOfWork;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use portcullis_domain::{
    AuditEventType, AuditReason, Carrier, Credentials, DeviceToken, Email, MailKind, Origin, PresentedPassword,
    SecretText, Session, User, UserId,
};
use shaku::{Component, Interface};
use std::sync::Arc;

/// Signing in.
#[async_trait]
pub trait SignIn: Interface {
    /// Begins a session for somebody who knows the password.
    async fn log_in(&self, attempt: LoginAttempt) -> Result<Tokens, LogInError>;

    /// Signs somebody in who knows the password, on pages of ours. A browser has one session: that of somebody else ends,
    /// and that of the same user goes on.
    async fn sign_in_browser(&self, attempt: BrowserAttempt) -> Result<BrowserSession, LogInError>;
}

/// An attempt to sign in.
#[derive(Debug)]
pub struct LoginAttempt {
    /// `None` where what was sent is no address: such a caller is answered as one who knows no account, in the
    /// same time.
    pub email: Option<Email>,
    /// What is offered as the password.
    pub password: PresentedPassword,
    /// What the refresh token is to go by.
    pub carrier: Carrier,
    /// Where the attempt comes from.
    pub origin: Origin,
}

/// An attempt to sign in on pages of ours.
#[derive(Debug)]
pub struct BrowserAttempt {
    /// As in [`LoginAttempt`].
    pub email: Option<Email>,
    /// What is offered as the password.
    pub password: PresentedPassword,
    /// The cookie that the browser showed so far, whatever it is worth.
    pub shown: Option<SecretText>,
    /// What binds a six-digit code to the browser, where a mail has to be waited for.
    pub browser: SecretText,
    /// When an app's request was first seen that the sign-in is for. The proof is not older than that, whichever server's
    /// clock is behind.
    pub asked_at: Option<DateTime<Utc>>,
    /// Where the attempt comes from.
    pub origin: Origin,
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum LogInError {
    /// No such account, or not its password, or it has none.
    #[error("the email address or the password is wrong")]
    InvalidCredentials,
    /// Too many wrong passwords came before. Whether this is the right one was not looked at.
    #[error(transparent)]
    TooManyAttempts(Exhausted),
    /// The password is right, but the account was disabled.
    #[error("the account is disabled")]
    AccountDisabled,
    /// The password is right, but the address has to be verified first. The link was mailed again.
    #[error("the email address is not verified")]
    EmailNotVerified,
    /// The password is right, and a second factor is asked for.
    #[error("a second factor is asked for")]
    SecondFactorRequired(SecondStep),
    /// The password was not checked.
    #[error(transparent)]
    Hasher(#[from] HasherError),
    /// The session was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The access token was not signed.
    #[error(transparent)]
    Token(#[from] TokenError),
}

/// [`SignIn`] in units of work.
#[derive(Component)]
#[shaku(interface = SignIn)]
pub struct SignInService {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
    #[shaku(inject)]
    hasher: Arc<dyn PasswordHasher>,
    #[shaku(inject)]
    access_tokens: Arc<dyn AccessTokens>,
    #[shaku(inject)]
    refresh_tokens: Arc<dyn RefreshTokens>,
    #[shaku(inject)]
    meter: Arc<dyn Meter>,
}

#[async_trait]
impl SignIn for SignInService {
    async fn log_in(&self, attempt: LoginAttempt) -> Result<Tokens, LogInError> {
        let signed_in = self.give_tokens(attempt).await;
        self.meter.sign_in_ended(outcome_of(&signed_in));
        signed_in
    }

    async fn sign_in_browser(&self, attempt: BrowserAttempt) -> Result<BrowserSession, LogInError> {
        let signed_in = self.give_cookie(attempt).await;
        self.meter.sign_in_ended(outcome_of(&signed_in));
        signed_in
    }
}

/// A password that somebody offers, and who holds what is given for it.
struct Offer {
    email: Option<Email>,
    password: PresentedPassword,
    holder: Holder,
    /// What a code is bound to.
    browser: Option<SecretText>,
    /// What the proof is not older than.
    asked_at: Option<DateTime<Utc>>,
    origin: Origin,
}

impl SignInService {
    async fn give_tokens(&self, attempt: LoginAttempt) -> Result<Tokens, LogInError> {
        let LoginAttempt {
            email,
            password,
            carrier,
            origin,
        } = attempt;
        let offer = Offer {
            email,
            password,
            holder: Holder::Client,
            browser: None,
            asked_at: None,
            origin,
        };
        let (session, user, device_token) = self.try_password(offer).await?;
        let now = session.rotation.created_at;
        let tokens = self.issuer().tokens_of(&session, &user, carrier, now)?;
        Ok(Tokens {
            device_token: Some(device_token),
            ..tokens
        })
    }

    async fn give_cookie(&self, attempt: BrowserAttempt) -> Result<BrowserSession, LogInError> {
        let BrowserAttempt {
            email,
            password,
            shown,
            browser,
            asked_at,
            origin,
        } = attempt;
        let shown = shown.and_then(|cookie| self.units.shown_session(&cookie));
        let offer = Offer {
            email,
            password,
            holder: Holder::Browser(shown),
            browser: Some(browser),
            asked_at,
            origin,
        };
        Ok(self.units.browser_session_of(self.try_password(offer).await?))
    }

    async fn try_password(&self, offer: Offer) -> Result<(Session, User, DeviceToken), LogInError> {
        let Offer {
            email,
            password,
            holder,
            browser,
            asked_at,
            origin,
        } = offer;
        for _ in 0..PASSWORD_CHECKS {
            let found = self.find(email.clone()).await?;
            let presented = found.as_ref().map(|(user, credentials)| (user.id, credentials));
            let account = presented.map(|(user, _)| user);
            let guess = Guess::by_anybody(&self.units, email.as_ref(), account, &origin);
            let proof = match Proof::by_password(&self.units, &*self.hasher, guess, presented, &password).await {
                Ok(proof) => proof,
                Err(UncheckedPassword::TooManyAttempts(exhausted)) => {
                    self.note_limited(origin, email, account, exhausted.limit).await?;
                    return Err(LogInError::TooManyAttempts(exhausted));
                }
                Err(UncheckedPassword::Hasher(error)) => return Err(error.into()),
            };
            let (Some((user, _)), Some(mut proof)) = (&found, proof) else {
                return self.refuse_unmatched(origin, email, account).await;
            };
            if let Some(asked_at) = asked_at {
                proof = proof.not_before(asked_at);
            }
            if user.is_active {
                proof = proof.strengthened(&*self.hasher, &password).await;
            }
            let user_id = user.id;
            match self.units.begin_session(proof, holder.clone(), origin.clone()).await? {
                Begun::Session(begun) => {
                    tracing::info!(%user_id, session_id = %begun.0.id, kind = %begun.0.kind, "logged in");
                    return Ok(*begun);
                }
                // A password answers no challenge.
                Begun::Outdated | Begun::Answered => {}
                Begun::Gone => {
                    tracing::info!(%user_id, "login refused: the account is gone");
                    return Err(LogInError::InvalidCredentials);
                }
                Begun::HalfWay(step) => {
                    tracing::info!(%user_id, "a second factor is asked for");
                    return Err(LogInError::SecondFactorRequired(step));
                }
                Begun::Barred(Barred::Disabled) => {
                    tracing::info!(%user_id, "login refused: account disabled");
                    return Err(LogInError::AccountDisabled);
                }
                Begun::Barred(Barred::Unverified) => {
                    tracing::info!(%user_id, "login refused: the email address is not verified");
                    let request = MailRequest {
                        email,
                        locale: None,
                        origin,
                        browser,
                    };
                    self.units.ask_for_mail(MailKind::VerifyEmail, request).await?;
                    return Err(LogInError::EmailNotVerified);
                }
            }
        }
        Err(StoreError::Busy.into())
    }

    async fn find(&self, email: Option<Email>) -> Result<Option<(User, Credentials)>, StoreError> {
        let Some(email) = email else { return Ok(None) };
        self.units
            .look_up(move |repositories| repositories.credentials().find_by_email(&email))
            .await
    }

    fn issuer(&self) -> Issuer<'_> {
        Issuer {
            units: &self.units,
            access_tokens: &*self.access_tokens,
            refresh_tokens: &*self.refresh_tokens,
        }
    }

    /// Refuses a password that fits no account, once that is recorded.
    async fn refuse_unmatched(
        &self,
        origin: Origin,
        email: Option<Email>,
        user: Option<UserId>,
    ) -> Result<(Session, User, DeviceToken), LogInError> {
        tracing::info!(
            user_id = user.map(|id| id.to_string()),
            "login refused: invalid credentials"
        );
        let reason = match user {
            Some(_) => AuditReason::WrongPassword,
            None => AuditReason::UnknownAccount,
        };
        self.note_refusal(origin, email, user, reason).await?;
        Err(LogInError::InvalidCredentials)
    }

    /// What the limit of an address refused says nothing of the account, which may be made up.
    async fn note_limited(
        &self,
        origin: Origin,
        email: Option<Email>,
        user: Option<UserId>,
        limit: Limit,
    ) -> Result<(), StoreError> {
        let (email, user) = match limit {
            Limit::Address | Limit::Provider => (None, None),
            Limit::Account
            | Limit::Device
            | Limit::Passkey
            | Limit::Devices
            | Limit::Registration
            | Limit::MailTo
            | Limit::MailFrom
            | Limit::Refresh
            | Limit::Client
            | Limit::SecondFactor => (email, user),
        };
        self.note_refusal(origin, email, user, AuditReason::TooManyAttempts)
            .await
    }

    async fn note_refusal(
        &self,
        origin: Origin,
        email: Option<Email>,
        user: Option<UserId>,
        reason: AuditReason,
    ) -> Result<(), StoreError> {
        let refusal = Refusal {
            kind: AuditEventType::Login,
            reason,
            email,
            user,
            provider: None,
            origin: origin.clone(),
        };
        self.units.note_refusal(By::Anybody(origin), refusal).await
    }
}

fn outcome_of<T>(signed_in: &Result<T, LogInError>) -> SignInOutcome {
    match signed_in {
        Ok(_) => SignInOutcome::Success,
        Err(LogInError::InvalidCredentials) => SignInOutcome::InvalidCredentials,
        Err(LogInError::AccountDisabled) => SignInOutcome::AccountDisabled,
        Err(LogInError::EmailNotVerified) => SignInOutcome::EmailNotVerified,
        Err(LogInError::SecondFactorRequired(_)) => SignInOutcome::MfaRequired,
        Err(LogInError::TooManyAttempts(_)) => SignInOutcome::Limited,
        Err(LogInError::Hasher(HasherError::Busy) | LogInError::Store(StoreError::Busy)) => SignInOutcome::Busy,
        Err(LogInError::Hasher(HasherError::Unexpected(_)) | LogInError::Store(_) | LogInError::Token(_)) => {
            SignInOutcome::Failed
        }
    }
}

//! What people do at a server of a test: they sign up and in, and show what they have.

use super::TestApp;
use crate::build::{self, PASSWORD};
use crate::{FakeAccessTokens, FakePasskey, FakeRefreshTokens, FakeTotpSecrets};
use chrono::TimeDelta;
use portcullis_application::ports::{AccessClaims, AccessTokens as _, Clock as _, RefreshTokens as _, ShownPasskey};
use portcullis_application::refresh::{Exchange, RefreshError};
use portcullis_application::sign_in::LogInError;
use portcullis_application::sign_in_by_code::SecondStepError;
use portcullis_application::sign_in_by_passkey::{Occasion, PasskeyAttempt, PasskeySignInError};
use portcullis_application::tokens::Tokens;
use portcullis_application::{Actor, Admin, Operator, SecondStep};
use portcullis_domain::{Carrier, Origin, RefreshToken, Role, SecretText, User};

impl TestApp {
    /// Signs somebody up with [`PASSWORD`].
    pub async fn register(&self, address: &str) -> User {
        let registration = build::registration(address);
        self.registration
            .register(registration, Origin::default())
            .await
            .unwrap()
    }

    /// Signs an administrator up with [`PASSWORD`].
    pub async fn register_admin(&self, address: &str) -> User {
        let user = self.register(address).await;
        self.change_user(user.id, |user| user.role = Role::Admin).await;
        self.user(user.id).await.unwrap()
    }

    /// Signs somebody in with [`PASSWORD`].
    pub async fn log_in(&self, address: &str) -> Tokens {
        self.sign_in.log_in(build::log_in(address, PASSWORD)).await.unwrap()
    }

    /// Turns that user's second factor on in the session of these tokens, and gives the secret of the app and the recovery
    /// codes. The app's next code is one of the next step.
    pub async fn turn_on_second_factor(&self, tokens: &Tokens) -> (SecretText, Vec<SecretText>) {
        let password = Some(build::presented(PASSWORD));
        let actor = self.enrolling(tokens).await;
        let enrolment = self.second_factors.enrol(&actor, password).await.unwrap();
        let code = self.app_code(&enrolment.secret);
        let codes = self.second_factors.confirm(&actor, code).await.unwrap();
        self.clock.advance(TimeDelta::seconds(30));
        (enrolment.secret, codes)
    }

    /// What the app shows now that was given this secret.
    #[must_use]
    pub fn app_code(&self, secret: &SecretText) -> SecretText {
        FakeTotpSecrets::code(secret, self.clock.now())
    }

    /// Signs somebody in halfway with [`PASSWORD`], whose second factor is on.
    pub async fn log_in_halfway(&self, address: &str) -> SecondStep {
        match self.sign_in.log_in(build::log_in(address, PASSWORD)).await {
            Err(LogInError::SecondFactorRequired(step)) => step,
            other => panic!("{other:?}"),
        }
    }

    /// Goes on with a sign-in by a code.
    pub async fn log_in_by_code(&self, step: &SecondStep, code: &SecretText) -> Result<Tokens, SecondStepError> {
        let attempt = build::code_attempt(step, code);
        self.sign_in_by_code.log_in_by_code(attempt, Carrier::Body).await
    }

    /// Adds a passkey in the session of these tokens, on a device that calls it so.
    pub async fn add_passkey(&self, tokens: &Tokens, id: u8) -> FakePasskey {
        let actor = self.actor(tokens).await;
        let made = FakePasskey::of(actor.user().id, id);
        let asked = self.passkeys.ask_for_new(&actor).await.unwrap();
        let shown = made.answer(&asked.challenge);
        self.passkeys.add(&actor, shown, None).await.unwrap();
        made
    }

    /// What that device answers to a challenge for whoever signs in.
    #[must_use]
    pub fn shown(&self, passkey: &FakePasskey) -> ShownPasskey {
        self.shown_for(passkey, Occasion::SignIn)
    }

    /// What that device answers to a challenge for something else.
    #[must_use]
    pub fn shown_for(&self, passkey: &FakePasskey, occasion: Occasion<'_>) -> ShownPasskey {
        passkey.answer(&self.sign_in_by_passkey.ask(occasion, None).unwrap().challenge)
    }

    /// Signs somebody in by what a device answered.
    pub async fn log_in_by_passkey(&self, shown: ShownPasskey) -> Result<Tokens, PasskeySignInError> {
        let attempt = PasskeyAttempt {
            shown,
            origin: Origin::default(),
        };
        self.sign_in_by_passkey.log_in_by_passkey(attempt, Carrier::Body).await
    }

    /// Refreshes from no particular device.
    pub async fn refresh(&self, refresh_token: &SecretText) -> Result<Tokens, RefreshError> {
        let attempt = build::refresh(refresh_token, Exchange::Bodies);
        self.refresh.refresh(attempt).await
    }

    /// Whose access token this is.
    pub async fn actor(&self, tokens: &Tokens) -> Actor {
        let raw = tokens.access_token.expose();
        self.authentication.authenticate(raw, Origin::default()).await.unwrap()
    }

    /// The same, also where the account lacks a second factor that it must have.
    pub async fn enrolling(&self, tokens: &Tokens) -> Actor {
        let raw = tokens.access_token.expose();
        let found = self.authentication.authenticate_to_enrol(raw, Origin::default());
        found.await.unwrap()
    }

    /// Which administrator's access token this is.
    pub async fn admin(&self, tokens: &Tokens) -> Admin {
        let raw = tokens.access_token.expose();
        self.authentication
            .authorize_admin(raw, Origin::default())
            .await
            .unwrap()
    }

    /// Whoever runs the server.
    #[must_use]
    pub fn operator(&self) -> Operator {
        Operator::holding(&*self.store)
    }

    /// Whether the store holds the tokens' session for live: whether their access token is accepted.
    pub async fn accepts(&self, tokens: &Tokens) -> bool {
        let raw = tokens.access_token.expose();
        self.authentication.authenticate(raw, Origin::default()).await.is_ok()
    }

    /// Whether this server accepts the access token by what it has in memory.
    pub async fn verifies(&self, tokens: &Tokens) -> bool {
        self.authentication.verify(tokens.access_token.expose()).await.is_ok()
    }

    /// What the tokens' access token says, whether its session is over or not.
    #[must_use]
    pub fn claims(&self, tokens: &Tokens) -> AccessClaims {
        let raw = tokens.access_token.expose();
        FakeAccessTokens.verify(raw, self.clock.now()).unwrap()
    }

    /// The refresh token taken apart.
    #[must_use]
    pub fn refresh_token(&self, tokens: &Tokens) -> RefreshToken {
        FakeRefreshTokens
            .read(tokens.refresh_token.expose(), Carrier::Body)
            .unwrap()
    }
}

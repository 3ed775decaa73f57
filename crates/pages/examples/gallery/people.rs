//! People of a store that lasts as long as the gallery. Whoever signs in is made first, so that each state of a page may have
//! somebody of its own; what an address begins with decides what becomes of it.

use async_trait::async_trait;
use portcullis_application::ports::{Exhausted, Limit, StoreError};
use portcullis_application::registration::RegisterError;
use portcullis_application::sign_in::{BrowserAttempt, LogInError, LoginAttempt};
use portcullis_application::tokens::Tokens;
use portcullis_application::{Actor, BrowserSession, LimitPolicy, SignIn, SignUpPolicy};
use portcullis_domain::{Device, Email, FullName, Origin, Rate, UserAgent};
use portcullis_pages::PeopleServices;
use portcullis_pages::flow::{FormTarget, WaitingApp, WaitingApps};
use portcullis_testkit::build::{self, PASSWORD};
use portcullis_testkit::upstream::asserted;
use portcullis_testkit::{FakePageCursors, TestApp};
use portcullis_web::Refusal;
use std::sync::Arc;
use std::time::Duration;

/// Too many attempts came before.
pub(crate) const WAIT: &str = "wait";
/// The account is disabled.
pub(crate) const DISABLED: &str = "disabled";
/// The address has to be verified first.
pub(crate) const UNVERIFIED: &str = "unverified";
/// The store does not answer.
pub(crate) const DOWN: &str = "down";
/// Nobody is made of that address.
pub(crate) const NOBODY: &str = "nobody";
/// Somebody with the longest name, who is signed in on more devices than a page shows.
pub(crate) const LONG: &str = "long";
/// Somebody who is signed in nowhere else.
pub(crate) const ALONE: &str = "alone";
/// Somebody whose password is taken away once they are signed in.
pub(crate) const PASSWORDLESS: &str = "passwordless";

/// The same of somebody whose account is linked with one at Google, which is their last way in from then on.
pub(crate) const LINKED: &str = "linked";

/// What other devices say of themselves.
const DEVICES: [&str; 3] = [
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15",
    "backup-agent/2.1",
];

/// The services of people, and what is beneath them.
#[derive(Clone)]
pub(crate) struct People(pub(crate) TestApp);

impl People {
    /// On a new store, with mail or without.
    pub(crate) fn new(has_mail: bool) -> Self {
        let app = if has_mail { TestApp::with_mail() } else { TestApp::new() };
        Self(app.limited_by(LimitPolicy::Off))
    }

    /// Where not everybody may sign up.
    pub(crate) fn closed() -> Self {
        let app = TestApp::with_mail();
        let mail = portcullis_application::MailPolicy {
            sign_up: SignUpPolicy::Closed,
            ..app.mail
        };
        Self(app.under_mail(mail))
    }

    /// For pages.
    pub(crate) fn services(&self) -> PeopleServices {
        let Self(app) = self;
        PeopleServices {
            registration: app.registration.clone(),
            sign_in: Arc::new(self.clone()),
            sign_in_by_code: app.sign_in_by_code.clone(),
            social: app.social.clone(),
            identities: app.identities.clone(),
            second_factors: app.second_factors.clone(),
            passkeys: app.passkeys.clone(),
            sign_in_by_passkey: app.sign_in_by_passkey.clone(),
            reauthentication: app.reauthentication.clone(),
            sign_out: app.sign_out.clone(),
            authentication: app.authentication.clone(),
            profile: app.profile.clone(),
            passwords: app.passwords.clone(),
            sessions: app.sessions.clone(),
            cursors: Arc::new(FakePageCursors),
            waiting_apps: Arc::new(OneApp),
            authorizations: app.authorizations.clone(),
            app_sign_outs: app.app_sign_outs.clone(),
            connected_apps: app.connected_apps.clone(),
        }
    }

    /// Links somebody's account with one at Google.
    async fn link(&self, actor: &Actor, email: &Email) {
        let code = email.as_str();
        self.0.link(actor, asserted(code, code)).await.unwrap();
    }

    /// Makes the user of that address, signed in on other devices.
    async fn make(&self, email: &Email) {
        let mut registration = build::registration(email.as_str());
        let is_long = email.as_str().starts_with(LONG);
        let name = if is_long {
            "<script>".repeat(12)
        } else {
            "Grace Hopper".to_owned()
        };
        registration.full_name = FullName::parse(&name).unwrap();
        match self.0.registration.register(registration, Origin::default()).await {
            Ok(user) => {
                self.0.change_user(user.id, |user| user.email_verified = true).await;
            }
            Err(RegisterError::EmailTaken) => return,
            Err(error) => panic!("{error}"),
        }
        let devices = match email.as_str() {
            address if address.starts_with(ALONE) => Vec::new(),
            _ if is_long => DEVICES.repeat(8),
            _ => DEVICES.to_vec(),
        };
        for said in devices {
            let mut attempt = build::log_in(email.as_str(), PASSWORD);
            attempt.origin.device = Device {
                address: Some([203, 0, 113, 24].into()),
                user_agent: UserAgent::from_text(said),
            };
            self.0.sign_in.log_in(attempt).await.unwrap();
        }
    }
}

#[async_trait]
impl SignIn for People {
    async fn log_in(&self, attempt: LoginAttempt) -> Result<Tokens, LogInError> {
        self.0.sign_in.log_in(attempt).await
    }

    async fn sign_in_browser(&self, attempt: BrowserAttempt) -> Result<BrowserSession, LogInError> {
        let Some(email) = attempt.email.clone() else {
            return Err(LogInError::InvalidCredentials);
        };
        let begins = |word: &str| email.as_str().starts_with(word);
        if begins(WAIT) {
            return Err(LogInError::TooManyAttempts(Exhausted {
                limit: Limit::Account,
                rate: Rate::new(10, Duration::from_mins(15)),
                wait: Duration::from_secs(30),
            }));
        }
        if begins(DISABLED) {
            return Err(LogInError::AccountDisabled);
        }
        if begins(UNVERIFIED) {
            return Err(LogInError::EmailNotVerified);
        }
        if begins(DOWN) {
            return Err(StoreError::Busy.into());
        }
        if !begins(NOBODY) {
            self.make(&email).await;
        }
        let begun = self.0.sign_in.sign_in_browser(attempt).await?;
        if begins(PASSWORDLESS) || begins(LINKED) {
            let origin = Origin::default();
            let signed_in = self.0.authentication.authenticate_browser(&begun.cookie, origin).await;
            let actor = signed_in.unwrap().actor;
            if begins(LINKED) {
                self.link(&actor, &email).await;
            }
            self.0.remove_password(actor.user().id).await;
        }
        Ok(begun)
    }
}

/// Every request of an app is one of Paperless.
struct OneApp;

#[async_trait]
impl WaitingApps for OneApp {
    async fn find(&self, _: &str) -> Result<Option<WaitingApp>, Refusal> {
        Ok(Some(WaitingApp {
            name: "Paperless".to_owned(),
            goes_to: target(),
            address: None,
        }))
    }
}

/// Where Paperless is answered.
pub(crate) fn target() -> FormTarget {
    FormTarget::of("http://localhost:1/callback").unwrap()
}

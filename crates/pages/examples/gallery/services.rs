//! Services that answer by what a token is called, and change nothing.

use async_trait::async_trait;
use portcullis_application::email_verification::{MailRequest, SendLinkError, VerifyEmailError};
use portcullis_application::invitations::{Guest, InviteError, JoinError, Joining, WithdrawError};
use portcullis_application::links::{LinkView, Told};
use portcullis_application::mailed_codes::{CodeAttempt, MailedCodeError};
use portcullis_application::not_me::NotMeError;
use portcullis_application::password_reset::ResetPasswordError;
use portcullis_application::ports::{StoreError, TooCommon};
use portcullis_application::{Authority, EmailVerification, Invitations, Links, MailedCodes, NotMe, PasswordReset};
use portcullis_domain::{
    Device, Email, FullName, Invitation, InvitationId, LinkPurpose, LinkState, Locale, MailKind, Origin, Page,
    PageRequest, Password, Role, SecretText, User, UserAgent, UserId,
};
use portcullis_pages::MailServices;
use portcullis_testkit::{FakeClock, build};
use std::sync::{Arc, Mutex};

/// The address that the links are for.
pub(crate) const GRACE: &str = "grace@example.org";

/// A link of each purpose that is good.
pub(crate) const GOOD: &str = "good";
/// One whose mail told of a change of address.
pub(crate) const CHANGE: &str = "change";
/// One that is good for the longest address and name.
pub(crate) const LONG: &str = "long";
/// One of somebody who reads Korean.
pub(crate) const KOREAN: &str = "korean";
/// One for an address that has an account by now.
pub(crate) const TAKEN: &str = "taken";
/// One whose use fails.
pub(crate) const DOWN: &str = "down";
/// One that was used.
pub(crate) const USED: &str = "used";
/// The code of every mail.
pub(crate) const RIGHT_CODE: &str = "123456";
/// What every password that is too common begins with.
pub(crate) const COMMON: &str = "password";

/// The services, and what was asked of them.
#[derive(Clone, Default)]
pub(crate) struct Mails(Arc<Mutex<Vec<String>>>);

impl Mails {
    /// For pages.
    pub(crate) fn services(&self) -> MailServices {
        let mails = Arc::new(self.clone());
        MailServices {
            links: mails.clone(),
            email_verification: mails.clone(),
            password_reset: mails.clone(),
            mailed_codes: mails.clone(),
            not_me: mails.clone(),
            invitations: mails,
        }
    }

    /// What was done, in order.
    pub(crate) fn done(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    fn note(&self, what: &str) {
        self.0.lock().unwrap().push(what.to_owned());
    }
}

fn down() -> StoreError {
    StoreError::Unavailable(anyhow::anyhow!("nobody answers"))
}

/// Whose link it is, where it can be used.
fn user(token: &SecretText) -> Option<User> {
    let address = if token.expose() == LONG {
        long_address()
    } else {
        GRACE.to_owned()
    };
    [GOOD, CHANGE, LONG, KOREAN]
        .contains(&token.expose())
        .then(|| build::user(&address))
}

/// An address of 254 characters, whose parts are as long as they may be.
fn long_address() -> String {
    let (local, label) = ("l".repeat(64), "d".repeat(61));
    format!("{local}@{label}.{label}.{label}.org")
}

#[async_trait]
impl Links for Mails {
    async fn look(&self, purpose: LinkPurpose, token: &SecretText) -> Result<Option<LinkView>, StoreError> {
        let state = match token.expose() {
            GOOD | CHANGE | LONG | KOREAN | TAKEN | DOWN => LinkState::Good,
            USED => LinkState::Used,
            _ => return Ok(None),
        };
        let kind = match (purpose, token.expose()) {
            (LinkPurpose::VerifyEmail, CHANGE) => MailKind::NewEmail,
            (LinkPurpose::VerifyEmail, _) => MailKind::VerifyEmail,
            (LinkPurpose::ResetPassword, _) => MailKind::ResetPassword,
            (LinkPurpose::UndoEmail, _) => MailKind::EmailChanging,
            (LinkPurpose::NotMe, CHANGE) => MailKind::PasswordChanged,
            (LinkPurpose::NotMe, LONG) => MailKind::SessionReplayed,
            (LinkPurpose::NotMe, _) => MailKind::NewDevice,
            (LinkPurpose::Join, _) => MailKind::Invitation,
        };
        let (address, name) = match token.expose() {
            LONG => (long_address(), "<script>".repeat(12)),
            _ => (GRACE.to_owned(), "Grace Hopper".to_owned()),
        };
        Ok(Some(LinkView {
            state,
            email: Email::parse(&address).unwrap(),
            full_name: FullName::parse(&name).ok(),
            locale: (token.expose() == KOREAN).then(|| Locale::parse("ko-KR").unwrap()),
            expires_at: FakeClock::start() + purpose.life(),
            told: Some(Told {
                kind,
                at: FakeClock::start(),
                device: Device {
                    address: Some([203, 0, 113, 24].into()),
                    user_agent: UserAgent::from_text(
                        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                         Version/19.0 Safari/605.1.15",
                    ),
                },
                other_address: None,
            }),
            role: (purpose == LinkPurpose::Join).then_some(Role::User),
        }))
    }
}

#[async_trait]
impl EmailVerification for Mails {
    async fn verify(&self, token: &SecretText, _: Origin) -> Result<User, VerifyEmailError> {
        self.note("verify");
        match token.expose() {
            TAKEN => Err(VerifyEmailError::EmailTaken),
            DOWN => Err(down().into()),
            _ => user(token).ok_or(VerifyEmailError::InvalidToken),
        }
    }

    async fn resend(&self, request: MailRequest) -> Result<(), StoreError> {
        self.note(&format!(
            "resend to {}",
            request.email.as_ref().map_or("", Email::as_str)
        ));
        Ok(())
    }

    async fn send(&self, _: Authority, _: UserId) -> Result<(), SendLinkError> {
        Err(SendLinkError::MailOff)
    }
}

#[async_trait]
impl PasswordReset for Mails {
    async fn ask(&self, request: MailRequest) -> Result<(), StoreError> {
        let locale = request.locale.as_ref().map_or("", Locale::as_str);
        self.note(&format!(
            "ask for {} in {locale}",
            request.email.as_ref().map_or("", Email::as_str)
        ));
        Ok(())
    }

    async fn reset(&self, token: &SecretText, new: Password, _: Origin) -> Result<(), ResetPasswordError> {
        if new.expose().starts_with(COMMON) {
            return Err(TooCommon.into());
        }
        self.note("reset");
        user(token).map(drop).ok_or(ResetPasswordError::InvalidToken)
    }

    async fn send(&self, _: Authority, _: UserId) -> Result<(), SendLinkError> {
        Err(SendLinkError::MailOff)
    }
}

#[async_trait]
impl MailedCodes for Mails {
    async fn exchange(&self, attempt: CodeAttempt) -> Result<SecretText, MailedCodeError> {
        if attempt.code.expose().replace(' ', "") == RIGHT_CODE && !attempt.browser.expose().is_empty() {
            Ok(SecretText::new(GOOD.to_owned()))
        } else {
            Err(MailedCodeError::Wrong)
        }
    }
}

#[async_trait]
impl NotMe for Mails {
    async fn secure(&self, token: &SecretText, _: Origin) -> Result<(), NotMeError> {
        self.note("secure");
        user(token).map(drop).ok_or(NotMeError::InvalidToken)
    }

    async fn undo_email(&self, token: &SecretText, _: Origin) -> Result<(), NotMeError> {
        self.note("undo");
        user(token).map(drop).ok_or(NotMeError::InvalidToken)
    }
}

#[async_trait]
impl Invitations for Mails {
    async fn invite(&self, _: Authority, _: Guest) -> Result<Invitation, InviteError> {
        Err(InviteError::RegistrationClosed)
    }

    async fn list(&self, _: Authority, _: PageRequest) -> Result<Page<Invitation>, StoreError> {
        Err(down())
    }

    async fn withdraw(&self, _: Authority, _: InvitationId) -> Result<(), WithdrawError> {
        Err(WithdrawError::NotFound)
    }

    async fn join(&self, token: &SecretText, joining: Joining, _: Origin) -> Result<User, JoinError> {
        if joining.password.expose().starts_with(COMMON) {
            return Err(TooCommon.into());
        }
        self.note(&format!("join as {}", joining.full_name.as_str()));
        match token.expose() {
            TAKEN => Err(JoinError::EmailTaken),
            _ => user(token).ok_or(JoinError::InvalidToken),
        }
    }
}

//! Showing that mail to an address reaches its user.

use crate::ports::StoreError;
use async_trait::async_trait;
use portcullis_domain::{Email, Locale, Origin, SecretText, User};
use shaku::Interface;

/// Showing that mail to an address reaches its user.
#[async_trait]
pub trait EmailVerification: Interface {
    /// Uses up a link: the user's address counts as verified, or the address that waited takes the place of the present
    /// one.
    async fn verify(&self, token: &SecretText, origin: Origin) -> Result<User, VerifyEmailError>;

    /// Asks for another link to the present address, or to the one that waits. Answers alike, and in the same time,
    /// whether there is such an account or not: who that is comes out when the mail is sent. `None` is an address that is
    /// none. Nothing happens where mail is off or too many mails were asked for.
    async fn resend(&self, request: MailRequest) -> Result<(), StoreError>;
}

/// Somebody asks for a mail to an address.
#[derive(Debug, Clone)]
pub struct MailRequest {
    /// The address; `None` where what was sent is none.
    pub email: Option<Email>,
    /// The language that the request asked for.
    pub locale: Option<Locale>,
    /// Where it comes from.
    pub origin: Origin,
    /// What binds a six-digit code to the browser that asks; `None` where nobody waits there for a code. At least 128
    /// random bits, kept by the browser alone.
    pub browser: Option<SecretText>,
}

/// Why an address was not verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyEmailError {
    /// The text is no link for that, or not any more, or the account is disabled.
    #[error("the link is not valid")]
    InvalidToken,
    /// It is of a change of address, and another account has that address by now.
    #[error("the email address is taken")]
    EmailTaken,
    /// Nothing was stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

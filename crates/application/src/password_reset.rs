//! A new password by a mailed link.

use crate::email_verification::MailRequest;
use crate::ports::{HasherError, StoreError, TooCommon};
use async_trait::async_trait;
use portcullis_domain::{Origin, Password, SecretText};
use shaku::Interface;

/// A new password by a mailed link.
#[async_trait]
pub trait PasswordReset: Interface {
    /// Asks for a link. Answers alike, and in the same time, whether there is such an account or not: who that is comes
    /// out when the mail is sent. Nothing happens where mail is off or too many mails were asked for.
    async fn ask(&self, request: MailRequest) -> Result<(), StoreError>;

    /// Uses up a link: sets the password and ends all of the user's sessions. Nobody is signed in by it. A password that
    /// is refused leaves the link good.
    async fn reset(&self, token: &SecretText, new: Password, origin: Origin) -> Result<(), ResetPasswordError>;
}

/// Why the password stayed as it was.
#[derive(Debug, thiserror::Error)]
pub enum ResetPasswordError {
    /// The text is no link for that, or not any more, or the account is disabled.
    #[error("the link is not valid")]
    InvalidToken,
    /// Everybody would try the password.
    #[error(transparent)]
    TooCommon(#[from] TooCommon),
    /// The password was not hashed.
    #[error(transparent)]
    Hasher(#[from] HasherError),
    /// The password was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

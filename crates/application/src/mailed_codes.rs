//! Six-digit codes beside the links of mails, for whoever reads mail on another device.

use crate::ports::StoreError;
use async_trait::async_trait;
use portcullis_domain::{Email, LinkPurpose, SecretText};
use shaku::Interface;

/// Six-digit codes beside the links of mails. A code is bound to the browser that asked for the mail
/// ([`MailRequest::browser`](crate::email_verification::MailRequest::browser)).
#[async_trait]
pub trait MailedCodes: Interface {
    /// Takes a code that was typed, and gives the secret text of the link beside it, which the form then carries; never
    /// an address of a page. Each wrong one counts: five tries for each mail, ten wrong ones a day for each account.
    async fn exchange(&self, attempt: CodeAttempt) -> Result<SecretText, MailedCodeError>;
}

/// A code that somebody typed.
#[derive(Debug)]
pub struct CodeAttempt {
    /// What the link beside the code is good for: [`LinkPurpose::VerifyEmail`] or [`LinkPurpose::ResetPassword`].
    pub purpose: LinkPurpose,
    /// The address that the mail went to.
    pub email: Email,
    /// What binds the code to the browser.
    pub browser: SecretText,
    /// What was typed. White space in it does not count.
    pub code: SecretText,
}

/// Why a code was not taken. It is the same where there is no such account.
#[derive(Debug, thiserror::Error)]
pub enum MailedCodeError {
    /// It is not the code of the newest mail that this browser asked for, or is too old, or was tried too often.
    #[error("the code is wrong")]
    Wrong,
    /// It was not looked up.
    #[error(transparent)]
    Store(#[from] StoreError),
}

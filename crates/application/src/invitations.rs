//! Invitations: administrators ask people to sign up.

use crate::actor::Authority;
use crate::ports::{HasherError, StoreError, TooCommon};
use async_trait::async_trait;
use portcullis_domain::{
    Email, FullName, Invitation, InvitationId, Locale, Origin, Page, PageRequest, Password, Role, SecretText, User,
};
use shaku::Interface;

/// Invitations.
#[async_trait]
pub trait Invitations: Interface {
    /// Invites somebody, by a mail with a link. An older invitation of that address is withdrawn.
    async fn invite(&self, by: Authority, guest: Guest) -> Result<Invitation, InviteError>;

    /// The invitations that are open, newest first.
    async fn list(&self, by: Authority, request: PageRequest) -> Result<Page<Invitation>, StoreError>;

    /// Takes an invitation back. Its link stops working.
    async fn withdraw(&self, by: Authority, invitation: InvitationId) -> Result<(), WithdrawError>;

    /// Uses up a link of an invitation: makes the account, whose address counts as verified. A password that is refused
    /// leaves the link good.
    async fn join(&self, token: &SecretText, joining: Joining, origin: Origin) -> Result<User, JoinError>;
}

/// Whom to invite.
#[derive(Debug)]
pub struct Guest {
    /// The address.
    pub email: Email,
    /// What they are called, where that is known.
    pub full_name: Option<FullName>,
    /// What they will be allowed to do.
    pub role: Role,
}

/// What somebody who was invited says of themselves.
#[derive(Debug)]
pub struct Joining {
    /// The name to be called by.
    pub full_name: FullName,
    /// The password to sign in with.
    pub password: Password,
    /// The language that the request asked for.
    pub locale: Option<Locale>,
}

/// Why nobody was invited.
#[derive(Debug, thiserror::Error)]
pub enum InviteError {
    /// There is an account of that address.
    #[error("the email address is taken")]
    EmailTaken,
    /// Nobody may sign up, not by invitation either.
    #[error("nobody may sign up")]
    RegistrationClosed,
    /// Mail is off.
    #[error("mail is off")]
    MailOff,
    /// The one who asked is no administrator any more, or not signed in.
    #[error("not an administrator any more")]
    NoLongerAllowed,
    /// The invitation was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why an invitation was not taken back.
#[derive(Debug, thiserror::Error)]
pub enum WithdrawError {
    /// There is no such invitation that is open.
    #[error("there is no such invitation")]
    NotFound,
    /// The one who asked is no administrator any more, or not signed in.
    #[error("not an administrator any more")]
    NoLongerAllowed,
    /// It was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why no account was made by an invitation.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// The text is no link of an invitation, or not any more.
    #[error("the link is not valid")]
    InvalidToken,
    /// There is an account of that address by now.
    #[error("the email address is taken")]
    EmailTaken,
    /// Everybody would try the password.
    #[error(transparent)]
    TooCommon(#[from] TooCommon),
    /// The password was not hashed.
    #[error(transparent)]
    Hasher(#[from] HasherError),
    /// The account was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

//! "This was not me": taking an account back from somebody else.

use crate::ports::StoreError;
use async_trait::async_trait;
use portcullis_domain::{Origin, SecretText};
use shaku::Interface;

/// Taking an account back from somebody else.
#[async_trait]
pub trait NotMe: Interface {
    /// Uses up a link of a notice: every session ends, the password stops working, links that are out die, an address
    /// that waits is forgotten, and a link to a new password is mailed.
    async fn secure(&self, token: &SecretText, origin: Origin) -> Result<(), NotMeError>;

    /// Uses up a link of a change of address: the old address is back, and all that [`secure`](Self::secure) does.
    async fn undo_email(&self, token: &SecretText, origin: Origin) -> Result<(), NotMeError>;
}

/// Why nothing was taken back.
#[derive(Debug, thiserror::Error)]
pub enum NotMeError {
    /// The text is no link for that, or not any more.
    #[error("the link is not valid")]
    InvalidToken,
    /// Nothing was stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

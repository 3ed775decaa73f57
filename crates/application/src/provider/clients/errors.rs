//! Why the registry stays as it is.

use crate::ports::StoreError;
use crate::provider::reading::Faults;
use crate::still_allowed::OutOfReach;

/// Why a client was not reached.
#[derive(Debug, thiserror::Error)]
pub enum ClientOutOfReach {
    /// There is no such client, or it has no such secret or member.
    #[error("there is no such client")]
    NotFound,
    /// The one who asked is no administrator any more, or not signed in.
    #[error("not an administrator any more")]
    NoLongerAllowed,
    /// The file that `CLIENTS_FILE` names looks after it.
    #[error("the file that CLIENTS_FILE names looks after this client; change it there")]
    ManagedByFile,
    /// Somebody else changed it meanwhile.
    #[error("the client was changed meanwhile; look at it again")]
    Stale,
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why no client was registered.
#[derive(Debug, thiserror::Error)]
pub enum CreateClientError {
    /// There is no provider here. The text says why, and what to do.
    #[error("{0}")]
    ProviderOff(String),
    /// Something is wrong with what was said of it.
    #[error(transparent)]
    Invalid(#[from] Faults),
    /// There is a client of that id.
    #[error("the client id is taken")]
    ClientIdTaken,
    /// The one who asked is no administrator any more, or not signed in.
    #[error("not an administrator any more")]
    NoLongerAllowed,
    /// The client was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a client stayed as it was.
#[derive(Debug, thiserror::Error)]
pub enum ChangeClientError {
    /// There is no provider here. The text says why, and what to do.
    #[error("{0}")]
    ProviderOff(String),
    /// Something is wrong with what was said of it.
    #[error(transparent)]
    Invalid(#[from] Faults),
    /// The client was not reached.
    #[error(transparent)]
    OutOfReach(#[from] ClientOutOfReach),
    /// The change was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a client was given no secret.
#[derive(Debug, thiserror::Error)]
pub enum AddSecretError {
    /// It shows none.
    #[error("the client's auth_method is not client_secret, so it shows no secret")]
    ShowsNone,
    /// It has as many as may live at once.
    #[error("two secrets of the client live already; remove one first")]
    TooMany,
    /// It would not count from the beginning.
    #[error("the secret would be over already")]
    Over,
    /// The client was not reached.
    #[error(transparent)]
    OutOfReach(#[from] ClientOutOfReach),
    /// The secret was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a user is no member.
#[derive(Debug, thiserror::Error)]
pub enum AddMemberError {
    /// There is no such user.
    #[error("there is no such user")]
    NoSuchUser,
    /// The client was not reached.
    #[error(transparent)]
    OutOfReach(#[from] ClientOutOfReach),
    /// The member was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<OutOfReach> for AddMemberError {
    fn from(error: OutOfReach) -> Self {
        match error {
            OutOfReach::NotFound => Self::NoSuchUser,
            OutOfReach::NoLongerAllowed => ClientOutOfReach::NoLongerAllowed.into(),
            OutOfReach::Store(error) => error.into(),
        }
    }
}

//! What the use cases refuse, as problems.

use super::{Code, Problem};
use portcullis_application::account::{ChangePasswordError, ChangeProfileError, DeleteAccountError, EndSessionError};
use portcullis_application::administration::{AdministrationError, CreateAccountError};
use portcullis_application::auth::{AuthenticateError, AuthorizeError, LogInError, RefreshError, RegisterError};
use portcullis_application::ports::{HasherError, StoreError, TokenError};
use portcullis_application::publication::OutOfTouch;

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy => Self::caused(Code::Busy, &error),
            StoreError::Unavailable(_) => Self::caused(Code::Unavailable, &error),
            // A use case names the conflicts that it expects; this is one that it does not.
            StoreError::Conflict | StoreError::Unexpected(_) => Self::internal(&error),
        }
    }
}

impl From<HasherError> for Problem {
    fn from(error: HasherError) -> Self {
        match error {
            HasherError::Busy => Self::caused(Code::Busy, &error),
            HasherError::Unexpected(_) => Self::internal(&error),
        }
    }
}

/// Signing failed. Tokens that are shown are judged by [`AuthenticateError`].
impl From<TokenError> for Problem {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Invalid | TokenError::UnknownKey | TokenError::Unexpected(_) => Self::internal(&error),
        }
    }
}

impl From<RegisterError> for Problem {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::EmailTaken => Code::EmailTaken.into(),
            RegisterError::Hasher(error) => error.into(),
            RegisterError::Store(error) => error.into(),
        }
    }
}

impl From<LogInError> for Problem {
    fn from(error: LogInError) -> Self {
        match error {
            LogInError::InvalidCredentials => Code::InvalidCredentials.into(),
            LogInError::AccountDisabled => Code::AccountDisabled.into(),
            LogInError::Hasher(error) => error.into(),
            LogInError::Store(error) => error.into(),
            LogInError::Token(error) => error.into(),
        }
    }
}

impl From<RefreshError> for Problem {
    fn from(error: RefreshError) -> Self {
        match error {
            // Whoever tries stolen tokens learns nothing of which ones were real.
            RefreshError::Invalid | RefreshError::Reused => Code::InvalidRefreshToken.into(),
            RefreshError::Store(error) => error.into(),
            RefreshError::Token(error) => error.into(),
        }
    }
}

impl From<AuthenticateError> for Problem {
    fn from(error: AuthenticateError) -> Self {
        match error {
            AuthenticateError::Invalid => Code::InvalidAccessToken.into(),
            AuthenticateError::AccountDisabled => Code::AccountDisabled.into(),
            AuthenticateError::Store(error) => error.into(),
        }
    }
}

impl From<AuthorizeError> for Problem {
    fn from(error: AuthorizeError) -> Self {
        match error {
            AuthorizeError::Unknown(error) => error.into(),
            AuthorizeError::Forbidden => Code::Forbidden.into(),
        }
    }
}

impl From<ChangeProfileError> for Problem {
    fn from(error: ChangeProfileError) -> Self {
        match error {
            ChangeProfileError::EmailTaken => Code::EmailTaken.into(),
            ChangeProfileError::SignedOut => Code::InvalidAccessToken.into(),
            ChangeProfileError::Store(error) => error.into(),
        }
    }
}

impl From<ChangePasswordError> for Problem {
    fn from(error: ChangePasswordError) -> Self {
        match error {
            ChangePasswordError::WrongPassword => Code::WrongPassword.into(),
            ChangePasswordError::SignedOut => Code::InvalidAccessToken.into(),
            ChangePasswordError::Hasher(error) => error.into(),
            ChangePasswordError::Store(error) => error.into(),
        }
    }
}

impl From<EndSessionError> for Problem {
    fn from(error: EndSessionError) -> Self {
        match error {
            EndSessionError::NotFound => Code::NotFound.into(),
            EndSessionError::Store(error) => error.into(),
        }
    }
}

impl From<DeleteAccountError> for Problem {
    fn from(error: DeleteAccountError) -> Self {
        match error {
            DeleteAccountError::WrongPassword => Code::WrongPassword.into(),
            DeleteAccountError::LastAdmin => Code::LastAdmin.into(),
            DeleteAccountError::SignedOut => Code::InvalidAccessToken.into(),
            DeleteAccountError::Hasher(error) => error.into(),
            DeleteAccountError::Store(error) => error.into(),
        }
    }
}

impl From<CreateAccountError> for Problem {
    fn from(error: CreateAccountError) -> Self {
        match error {
            CreateAccountError::EmailTaken => Code::EmailTaken.into(),
            CreateAccountError::NoLongerAllowed => Code::Forbidden.into(),
            CreateAccountError::Hasher(error) => error.into(),
            CreateAccountError::Store(error) => error.into(),
        }
    }
}

impl From<AdministrationError> for Problem {
    fn from(error: AdministrationError) -> Self {
        match error {
            AdministrationError::NotFound => Code::NotFound.into(),
            AdministrationError::EmailTaken => Code::EmailTaken.into(),
            AdministrationError::LastAdmin => Code::LastAdmin.into(),
            AdministrationError::NoLongerAllowed => Code::Forbidden.into(),
            AdministrationError::Hasher(error) => error.into(),
            AdministrationError::Store(error) => error.into(),
        }
    }
}

impl From<OutOfTouch> for Problem {
    fn from(error: OutOfTouch) -> Self {
        Self::caused(Code::Unavailable, &error)
    }
}

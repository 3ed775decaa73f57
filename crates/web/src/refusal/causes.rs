//! What fails behind every use case, as refusals.

use super::{Refusal, kind};
use portcullis_application::ports::{Exhausted, HasherError, StoreError, TokenError};

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy => Self::caused(kind::BUSY, &error),
            StoreError::Unavailable(_) => Self::caused(kind::UNAVAILABLE, &error),
            // A use case names the conflicts that it expects; this is one that it does not.
            StoreError::Conflict | StoreError::Unexpected(_) => Self::internal(&error),
        }
    }
}

impl From<HasherError> for Refusal {
    fn from(error: HasherError) -> Self {
        match error {
            HasherError::Busy => Self::caused(kind::BUSY, &error),
            HasherError::Unexpected(_) => Self::internal(&error),
        }
    }
}

impl From<Exhausted> for Refusal {
    fn from(exhausted: Exhausted) -> Self {
        Self::too_many_requests(exhausted)
    }
}

/// Signing failed. Tokens that are shown are judged where callers are.
impl From<TokenError> for Refusal {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Invalid | TokenError::UnknownKey | TokenError::Unexpected(_) => Self::internal(&error),
        }
    }
}

//! Why a token is refused.

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// It names a public key that is not among those given. With that key, it may be valid.
    #[error("the access token names an unknown key")]
    UnknownKey,
    /// Anything else. Nobody is told what.
    #[error("not a valid access token")]
    Invalid,
}

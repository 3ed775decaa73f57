//! Why a token is not accepted.

/// Why a token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// Not an access token of the server, or out of date. Answer 401.
    #[error("not a valid access token")]
    Invalid,
    /// The session was ended, or its tokens were replaced, after the token was issued. Answer 401.
    #[error("the access token was revoked")]
    Revoked,
    /// The server has not been reached for so long that nobody can tell, or the token names an unknown key within a
    /// minute of another one for which the keys were fetched. Answer 503: the token may be good.
    #[error("the access token can't be judged at present")]
    Unavailable,
}

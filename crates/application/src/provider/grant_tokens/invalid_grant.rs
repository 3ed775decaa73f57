//! Why a code or a refresh token gives no tokens.

use portcullis_domain::AuditReason;

/// Why a code or a refresh token gives no tokens. It is for the log and for administrators: the client is told none of it, since
/// it may be somebody else who shows the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidGrant {
    /// Nobody knows it.
    #[error("it is none of this installation, or it ended so long ago that it is forgotten")]
    Unknown,
    /// Another client was given it.
    #[error("another client was given it")]
    OfAnotherClient,
    /// The code is too old.
    #[error("the code is older than a minute")]
    CodeExpired,
    /// The refresh token is too old, or there never was one.
    #[error("the refresh token has expired")]
    RefreshTokenExpired,
    /// The grant was ended.
    #[error("what the client was given has ended: {0}")]
    Ended(AuditReason),
    /// Who redeems the code does not say where it was sent.
    #[error("redirect_uri is not the one that the code was sent to")]
    RedirectUri,
    /// The client has taken the address back.
    #[error("the redirect_uri that the code was sent to is not registered any more")]
    RedirectUriIsGone,
    /// Without its other half.
    #[error("code_verifier is missing, and the request had a code_challenge")]
    NoVerifier,
    /// Without its other half.
    #[error("code_verifier was sent, and the request had no code_challenge")]
    NoChallenge,
    /// Not the one of the request.
    #[error("code_verifier is not the one that code_challenge was made of")]
    Verifier,
    /// It was redeemed.
    #[error("the code was redeemed before; does the callback run twice, as in the strict mode of React?")]
    CodeReused,
    /// It was spent.
    #[error("the refresh token was spent before; a client has to keep the one that it was given last")]
    RefreshTokenReused,
    /// The account is disabled.
    #[error("the account of the user is disabled")]
    UserIsDisabled,
    /// The account lacks what it must have.
    #[error("the user has to set up a second factor first")]
    NoSecondFactor,
    /// The browser is signed out.
    #[error("the user has signed out of the browser, or was signed out")]
    SignedOut,
    /// The policy of the client.
    #[error("the user may not use the client any more")]
    NoAccess,
    /// The client was disabled meanwhile, or all was revoked.
    #[error("all that the client had been given was revoked")]
    Revoked,
    /// Nothing is left.
    #[error("none of the scopes is left: the user agrees no more, or the client may not have them any more")]
    NothingLeft,
}

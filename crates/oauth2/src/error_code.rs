//! The codes by which a client is told what is wrong.

use std::fmt;

/// What the authorization endpoint answers a client with (RFC 6749, section 4.1.2.1; OpenID Connect Core, section 3.1.2.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuthorizationErrorCode {
    /// The request lacks something or contradicts itself.
    InvalidRequest,
    /// The client may not ask for a code.
    UnauthorizedClient,
    /// The user said no, or may not use this client.
    AccessDenied,
    /// Another response type than `code`.
    UnsupportedResponseType,
    /// A scope that this client can't have, or none.
    InvalidScope,
    /// RFC 8707, section 2.
    InvalidTarget,
    /// Something went wrong here.
    ServerError,
    /// Nobody can be served just now.
    TemporarilyUnavailable,
    /// The user would have to see a page, and the client wants none.
    InteractionRequired,
    /// The user would have to sign in, and the client wants no page.
    LoginRequired,
    /// The user would have to choose an account, and the client wants no page.
    AccountSelectionRequired,
    /// The user would have to agree, and the client wants no page.
    ConsentRequired,
    /// `request` is not taken.
    RequestNotSupported,
    /// `request_uri` is not taken.
    RequestUriNotSupported,
    /// The user can't sign in as the client demands (OpenID Connect Unmet Authentication Requirements 1.0).
    UnmetAuthenticationRequirements,
}

/// What the token endpoint and its neighbors answer a client with (RFC 6749, section 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenErrorCode {
    /// The request lacks something or contradicts itself.
    InvalidRequest,
    /// Nobody knows the client, or it did not show who it is.
    InvalidClient,
    /// The code or token is not good, or not this client's.
    InvalidGrant,
    /// The client may not use this grant type.
    UnauthorizedClient,
    /// Nobody may use this grant type.
    UnsupportedGrantType,
    /// A scope that was not granted.
    InvalidScope,
    /// RFC 8707, section 2.
    InvalidTarget,
    /// Something went wrong here.
    ServerError,
    /// Nobody can be served just now.
    TemporarilyUnavailable,
}

/// What an endpoint that takes access tokens answers with (RFC 6750, section 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BearerErrorCode {
    /// The request lacks something or shows more than one token.
    InvalidRequest,
    /// The token has ended, or is none.
    InvalidToken,
    /// The token does not allow this.
    InsufficientScope,
}

impl AuthorizationErrorCode {
    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::AccessDenied => "access_denied",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::InteractionRequired => "interaction_required",
            Self::LoginRequired => "login_required",
            Self::AccountSelectionRequired => "account_selection_required",
            Self::ConsentRequired => "consent_required",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::UnmetAuthenticationRequirements => "unmet_authentication_requirements",
        }
    }
}

impl TokenErrorCode {
    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
        }
    }
}

impl BearerErrorCode {
    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
        }
    }
}

impl fmt::Display for AuthorizationErrorCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl fmt::Display for TokenErrorCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl fmt::Display for BearerErrorCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

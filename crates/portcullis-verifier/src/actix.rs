//! Extractors for actix-web. A handler that takes one can't be reached without the token that it stands for.
//!
//! Give the application a [`Verifier`] by `app_data(web::Data::new(verifier.clone()))`; for tokens of clients, a
//! [`ProviderVerifier`] in the same way.

use crate::{Claims, ProviderClaims, ProviderVerifier, Role, Verifier, VerifyError};
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{FromRequest, HttpRequest, HttpResponse, ResponseError, web};
use serde_json::json;
use std::future::Future;
use std::pin::Pin;

type Extraction<T> = Pin<Box<dyn Future<Output = Result<T, Rejection>>>>;

/// A caller who is signed in: the access token of the `Authorization` header was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessToken {
    claims: Claims,
}

impl AccessToken {
    /// What the token says.
    #[must_use]
    pub fn claims(&self) -> &Claims {
        &self.claims
    }
}

/// A caller who is an administrator.
///
/// The role is the token's. A server revokes the tokens that were issued before a change of the role, so this is as
/// recent as the feed of revocations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Administrator {
    claims: Claims,
}

impl Administrator {
    /// What the token says.
    #[must_use]
    pub fn claims(&self) -> &Claims {
        &self.claims
    }
}

/// A call by a client of the provider: the access token of the `Authorization` header was given for this resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientToken {
    claims: ProviderClaims,
}

impl ClientToken {
    /// What the token says.
    #[must_use]
    pub fn claims(&self) -> &ProviderClaims {
        &self.claims
    }

    /// Goes on only where the token allows what that scope stands for.
    ///
    /// # Errors
    /// [`Rejection::InsufficientScope`].
    pub fn require_scope(&self, scope: &'static str) -> Result<(), Rejection> {
        if self.claims.has_scope(scope) {
            Ok(())
        } else {
            Err(Rejection::InsufficientScope(scope))
        }
    }
}

/// Why a handler was not called. Answered as a problem (RFC 9457).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// 401: no access token came along.
    #[error("an access token is needed")]
    MissingAccessToken,
    /// 401: not genuine, out of date or revoked; the caller is not told which.
    #[error("the access token is not valid")]
    InvalidAccessToken,
    /// 403: the caller is no administrator.
    #[error("only administrators may do this")]
    NotAnAdministrator,
    /// 403: the token does not allow what that scope stands for.
    #[error("the access token lacks the scope {0}")]
    InsufficientScope(&'static str),
    /// 503: nobody can tell at present whether the token is good.
    #[error("the access token can't be checked")]
    Unavailable,
    /// 500: the application was given no [`Verifier`].
    #[error("the application has no verifier")]
    NoVerifier,
}

impl FromRequest for AccessToken {
    type Error = Rejection;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let verifier = request.app_data::<web::Data<Verifier>>().cloned();
        let token = bearer_token(request.headers()).map(str::to_owned);
        Box::pin(async move {
            let verifier = verifier.ok_or(Rejection::NoVerifier)?;
            let claims = verifier.verify(&token?).await?;
            Ok(Self { claims })
        })
    }
}

impl FromRequest for Administrator {
    type Error = Rejection;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let signed_in = AccessToken::from_request(request, payload);
        Box::pin(async move {
            let AccessToken { claims } = signed_in.await?;
            match claims.role {
                Role::Admin => Ok(Self { claims }),
                Role::User | Role::Other(_) => Err(Rejection::NotAnAdministrator),
            }
        })
    }
}

impl FromRequest for ClientToken {
    type Error = Rejection;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let verifier = request.app_data::<web::Data<ProviderVerifier>>().cloned();
        let token = bearer_token(request.headers()).map(str::to_owned);
        Box::pin(async move {
            let verifier = verifier.ok_or(Rejection::NoVerifier)?;
            let claims = verifier.verify(&token?).await?;
            Ok(Self { claims })
        })
    }
}

/// The token of the one `Authorization` header (RFC 6750, section 2.1). Tokens in a query or a body are no
/// credentials here.
fn bearer_token(headers: &HeaderMap) -> Result<&str, Rejection> {
    let mut values = headers.get_all(AUTHORIZATION);
    let value = values.next().ok_or(Rejection::MissingAccessToken)?;
    if values.next().is_some() {
        return Err(Rejection::InvalidAccessToken);
    }
    let text = value.to_str().map_err(|_| Rejection::InvalidAccessToken)?;
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Rejection::MissingAccessToken);
    }
    Ok(token.trim_matches(' '))
}

impl From<VerifyError> for Rejection {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Invalid | VerifyError::Revoked => Self::InvalidAccessToken,
            VerifyError::Unavailable => Self::Unavailable,
        }
    }
}

impl Rejection {
    /// Names the kind of problem for programs, by the words of the server's own problems.
    fn code(self) -> &'static str {
        match self {
            Self::MissingAccessToken => "missing_access_token",
            Self::InvalidAccessToken => "invalid_access_token",
            Self::NotAnAdministrator => "forbidden",
            Self::InsufficientScope(_) => "insufficient_scope",
            Self::Unavailable => "unavailable",
            Self::NoVerifier => "internal_error",
        }
    }

    fn detail(self) -> &'static str {
        match self {
            Self::MissingAccessToken => "Send the access token in the header Authorization, after the word Bearer.",
            Self::InvalidAccessToken => {
                "The token is not genuine, has expired, or its session is over. Refresh it or sign in again."
            }
            Self::NotAnAdministrator => "Only administrators may do this.",
            Self::InsufficientScope(_) => "The token lacks the scope that WWW-Authenticate names.",
            Self::Unavailable => "The access token can't be checked at present. Try again in a moment.",
            Self::NoVerifier => "The call failed on the server.",
        }
    }
}

impl ResponseError for Rejection {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::MissingAccessToken | Self::InvalidAccessToken => StatusCode::UNAUTHORIZED,
            Self::NotAnAdministrator | Self::InsufficientScope(_) => StatusCode::FORBIDDEN,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::NoVerifier => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let status = self.status_code();
        let mut response = HttpResponse::build(status);
        response
            .insert_header((CONTENT_TYPE, "application/problem+json"))
            .insert_header((CACHE_CONTROL, "no-store"));
        match self {
            Self::MissingAccessToken => {
                response.insert_header((WWW_AUTHENTICATE, "Bearer"));
            }
            // RFC 6750, section 3.1.
            Self::InvalidAccessToken => {
                response.insert_header((WWW_AUTHENTICATE, r#"Bearer error="invalid_token""#));
            }
            Self::InsufficientScope(scope) => {
                let challenge = format!(r#"Bearer error="insufficient_scope", scope="{scope}""#);
                response.insert_header((WWW_AUTHENTICATE, challenge));
            }
            Self::Unavailable => {
                response.insert_header((RETRY_AFTER, "5"));
            }
            Self::NotAnAdministrator | Self::NoVerifier => {}
        }
        let body = json!({
            "type": "about:blank",
            "title": status.canonical_reason(),
            "status": status.as_u16(),
            "detail": self.detail(),
            "code": self.code(),
        });
        response.body(body.to_string())
    }
}

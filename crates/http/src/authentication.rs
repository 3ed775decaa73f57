//! Who calls: the access token of the `Authorization` header, confirmed by the store.

use crate::problem::{Code, Problem};
use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use portcullis_application::{Actor, AuthService};

/// A signed-in caller. Controllers that take it answer 401 and 403 before they look at what was sent, since bodies
/// are read by the controller itself ([`Incoming`](crate::incoming::Incoming)).
pub(crate) struct SignedIn(pub(crate) Actor);

impl FromRequest for SignedIn {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let token = bearer_token(request.headers())?;
            let auth = Data::<dyn AuthService>::extract(&request)
                .await
                .map_err(|error| Problem::internal(&error))?;
            Ok(Self(auth.authenticate(token).await?))
        })
    }
}

/// The token of the one `Authorization` header (RFC 6750, section 2.1). Tokens in a query or a body are no
/// credentials here.
fn bearer_token(headers: &HeaderMap) -> Result<&str, Problem> {
    let mut values = headers.get_all(AUTHORIZATION);
    let value = values.next().ok_or(Code::MissingAccessToken)?;
    if values.next().is_some() {
        return Err(Code::InvalidAccessToken.into());
    }
    let text = value.to_str().map_err(|_| Code::InvalidAccessToken)?;
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Code::MissingAccessToken.into());
    }
    let token = token.trim_matches(' ');
    if token.is_empty() {
        return Err(Code::InvalidAccessToken.into());
    }
    Ok(token)
}

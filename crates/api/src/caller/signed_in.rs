//! Who calls: the access token of the `Authorization` header, confirmed by the store.

use crate::caller::problems::{INVALID_ACCESS_TOKEN, MISSING_ACCESS_TOKEN};
use crate::problem::Problem;
use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use portcullis_application::{Actor, Admin, Authentication};
use portcullis_domain::Origin;
use portcullis_web::RequestOrigin;

/// A signed-in caller. Controllers that take it answer 401 and 403 before they look at what was sent, since bodies
/// are read by the controller itself ([`Incoming`](portcullis_web::Incoming)).
pub(crate) struct SignedIn(pub(crate) Actor);

/// Whoever calls: signed in, where an access token is sent along.
pub(crate) struct PerhapsSignedIn(pub(crate) Option<Actor>);

/// The same as [`SignedIn`], also where the account lacks a second factor that it must have: of the calls that serve to set it up.
pub(crate) struct Enrolling(pub(crate) Actor);

/// A caller who is an administrator. Every controller of administration takes it, and the use cases behind them take
/// the value in it, which only the check makes.
pub(crate) struct SignedInAdmin(pub(crate) Admin);

/// An administrator who proved lately who they are. Every controller of administration that changes something takes it.
pub(crate) struct ProvenAdmin(pub(crate) Admin);

/// A caller who is being confirmed.
type Confirmed<C> = LocalBoxFuture<'static, Result<C, Problem>>;

impl FromRequest for SignedIn {
    type Error = Problem;
    type Future = Confirmed<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        confirmed(request, async |check, token, origin| {
            Ok(Self(check.authenticate(token, origin).await?))
        })
    }
}

impl FromRequest for PerhapsSignedIn {
    type Error = Problem;
    type Future = Confirmed<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        if !request.headers().contains_key(AUTHORIZATION) {
            return Box::pin(async { Ok(Self(None)) });
        }
        confirmed(request, async |check, token, origin| {
            Ok(Self(Some(check.authenticate(token, origin).await?)))
        })
    }
}

impl FromRequest for Enrolling {
    type Error = Problem;
    type Future = Confirmed<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        confirmed(request, async |check, token, origin| {
            Ok(Self(check.authenticate_to_enrol(token, origin).await?))
        })
    }
}

impl FromRequest for SignedInAdmin {
    type Error = Problem;
    type Future = Confirmed<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        confirmed(request, async |check, token, origin| {
            Ok(Self(check.authorize_admin(token, origin).await?))
        })
    }
}

impl FromRequest for ProvenAdmin {
    type Error = Problem;
    type Future = Confirmed<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        confirmed(request, async |check, token, origin| {
            Ok(Self(check.authorize_change(token, origin).await?))
        })
    }
}

/// The caller of a request, as that check of the shown access token confirms them.
fn confirmed<C: 'static>(
    request: &HttpRequest,
    check: impl AsyncFnOnce(&dyn Authentication, &str, Origin) -> Result<C, Problem> + 'static,
) -> Confirmed<C> {
    let request = request.clone();
    Box::pin(async move {
        let token = bearer_token(request.headers())?;
        let origin = RequestOrigin::of(&request).0;
        check(access_token_check(&request)?, token, origin).await
    })
}

/// What checks access tokens.
pub(crate) fn access_token_check(request: &HttpRequest) -> Result<&dyn Authentication, Problem> {
    request
        .app_data::<Data<dyn Authentication>>()
        .map(|authentication| &***authentication)
        .ok_or_else(|| Problem::internal(&std::io::Error::other("the check of access tokens is not set up")))
}

/// The token of the one `Authorization` header (RFC 6750, section 2.1). Tokens in a query or a body are no
/// credentials here.
pub(crate) fn bearer_token(headers: &HeaderMap) -> Result<&str, Problem> {
    let mut values = headers.get_all(AUTHORIZATION);
    let value = values.next().ok_or(MISSING_ACCESS_TOKEN)?;
    if values.next().is_some() {
        return Err(INVALID_ACCESS_TOKEN.into());
    }
    // `HeaderValue::to_str` looks at each byte by itself, which takes longer than all else here. The check of the token
    // refuses text that is not ASCII.
    let text = std::str::from_utf8(value.as_bytes()).map_err(|_| INVALID_ACCESS_TOKEN)?;
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(MISSING_ACCESS_TOKEN.into());
    }
    let token = token.trim_matches(' ');
    if token.is_empty() {
        return Err(INVALID_ACCESS_TOKEN.into());
    }
    Ok(token)
}

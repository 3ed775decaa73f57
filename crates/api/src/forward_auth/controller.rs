//! Who calls, for the proxy in front of another service.

use crate::caller::problems::FORBIDDEN;
use crate::caller::signed_in::{access_token_check, bearer_token};
use crate::forward_auth::bodies::VerifyQuery;
use crate::forward_auth::problems::VerifyProblems;
use crate::problem::Problem;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, get};
use portcullis_domain::Role;
use uuid::Uuid;

/// Where proxies ask.
pub(crate) const PATH: &str = "/auth/verify";

const X_AUTH_USER_ID: HeaderName = HeaderName::from_static("x-auth-user-id");
const X_AUTH_EMAIL: HeaderName = HeaderName::from_static("x-auth-email");
const X_AUTH_ROLE: HeaderName = HeaderName::from_static("x-auth-role");
const X_AUTH_SESSION_ID: HeaderName = HeaderName::from_static("x-auth-session-id");

/// Check a token for a proxy
///
/// For a proxy that guards another service: nginx `auth_request`, Traefik `ForwardAuth`, Caddy `forward_auth`. The
/// server judges the access token by its memory, which knows of every revocation within a second. A server that has not
/// heard from its store for a second reads the session there. A disabled account's tokens are invalid.
#[utoipa::path(
    tag = "auth",
    operation_id = "verify_caller",
    security(("password" = []), ("bearer" = [])),
    params(VerifyQuery),
    responses(
        (status = 204, description = "The caller may pass.", headers(
            ("x-auth-user-id" = String, description = "The user's id."),
            ("x-auth-email" = String, description = "The user's email address, as it was when the token was issued."),
            ("x-auth-role" = String, description = "`USER` or `ADMIN`."),
            ("x-auth-session-id" = String, description = "The session's id."),
        )),
        VerifyProblems,
    ),
)]
#[get("/auth/verify")]
pub(crate) async fn verify(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let token = bearer_token(request.headers())?;
    let claims = access_token_check(&request)?.verify(token).await?;
    match (VerifyQuery::read(request.query_string())?.role, claims.role) {
        (Role::User, _) | (Role::Admin, Role::Admin) => {}
        (Role::Admin, Role::User) => return Err(FORBIDDEN.into()),
    }
    // An address is printable ASCII, so that it can stand in a header as it is.
    let email = HeaderValue::from_str(claims.email.as_str()).map_err(|error| Problem::internal(&error))?;
    let mut response = HttpResponse::NoContent().finish();
    let headers = response.headers_mut();
    headers.insert(X_AUTH_USER_ID, id_value(claims.user_id.as_uuid())?);
    headers.insert(X_AUTH_EMAIL, email);
    headers.insert(X_AUTH_ROLE, HeaderValue::from_static(claims.role.as_str()));
    headers.insert(X_AUTH_SESSION_ID, id_value(claims.session_id.as_uuid())?);
    Ok(response)
}

fn id_value(id: Uuid) -> Result<HeaderValue, Problem> {
    let mut buffer = Uuid::encode_buffer();
    let text = id.as_hyphenated().encode_lower(&mut buffer);
    HeaderValue::from_str(text).map_err(|error| Problem::internal(&error))
}

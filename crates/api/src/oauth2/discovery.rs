//! What anybody may know of the provider: what it does, and the keys that it signs with.

use crate::oauth2::discovery_problems::DiscoveryProblems;
use crate::problem::Problem;
use crate::publication::bodies::JwkSetBody;
use crate::publication::controller::names;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, ContentType, ETAG, EntityTag, Header as _, IfNoneMatch,
};
use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, HttpResponse, Responder, get};
use portcullis_application::{Discovery, Publication};

/// How long a copy may be kept.
const KEPT: &str = "public, max-age=300";

/// No copy may be kept.
const NOT_KEPT: &str = "no-store";

/// Nothing here is about anybody, so scripts of any page may read it.
const ANY_ORIGIN: &str = "*";

/// Get the provider's metadata
///
/// What the provider does, for clients of OpenID Connect (Discovery 1.0, section 4).
#[utoipa::path(
    tag = "oauth2",
    operation_id = "get_openid_configuration",
    responses(
        (status = 200, description = "The metadata, which may be kept for five minutes.", body = serde_json::Value),
        (status = 304, description = "It is what `If-None-Match` names."),
        DiscoveryProblems,
    ),
)]
#[get("/.well-known/openid-configuration")]
pub(crate) async fn openid_configuration(
    discovery: Data<dyn Discovery>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    metadata(&**discovery, &request)
}

/// Get the server's metadata
///
/// The same, for clients of OAuth (RFC 8414, section 3).
#[utoipa::path(
    tag = "oauth2",
    operation_id = "get_authorization_server_metadata",
    responses(
        (status = 200, description = "The metadata, which may be kept for five minutes.", body = serde_json::Value),
        (status = 304, description = "It is what `If-None-Match` names."),
        DiscoveryProblems,
    ),
)]
#[get("/.well-known/oauth-authorization-server")]
pub(crate) async fn authorization_server(
    discovery: Data<dyn Discovery>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    metadata(&**discovery, &request)
}

fn metadata(discovery: &dyn Discovery, request: &HttpRequest) -> Result<HttpResponse, Problem> {
    let document = discovery.metadata()?;
    let known = IfNoneMatch::parse(request).ok();
    let mut answer = if names(known.as_ref(), &document.tag) {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    answer
        .insert_header((ETAG, EntityTag::new_strong(document.tag.clone())))
        .insert_header((CACHE_CONTROL, KEPT))
        .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, ANY_ORIGIN));
    Ok(if names(known.as_ref(), &document.tag) {
        answer.finish()
    } else {
        answer.content_type(ContentType::json()).body(document.json.clone())
    })
}

/// Get the provider's keys
///
/// Those that tokens of clients are signed with, and those that will be next. The keys of access tokens of our own are at
/// `/.well-known/jwks.json`.
#[utoipa::path(
    tag = "oauth2",
    operation_id = "get_provider_jwks",
    responses((status = 200, description = "A JWK set (RFC 7517), which may be kept for five minutes; not while it is empty.",
        body = JwkSetBody)),
)]
#[get("/oauth2/jwks.json")]
pub(crate) async fn keys(publication: Data<dyn Publication>) -> impl Responder {
    let keys = publication.provider_keys();
    // They come with the first client. Whoever kept an empty set would refuse that client's tokens.
    let kept = if keys.is_empty() { NOT_KEPT } else { KEPT };
    Json(JwkSetBody::from(keys))
        .customize()
        .insert_header((CACHE_CONTROL, kept))
        .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, ANY_ORIGIN))
}

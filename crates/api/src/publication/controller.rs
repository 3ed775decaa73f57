//! What other services need to check access tokens by themselves. Nothing of it is personal, so it is for everybody.

use crate::problem::Problem;
use crate::publication::bodies::{JwkSetBody, RevocationsBody, RevocationsQuery};
use crate::publication::feed::RevocationFeed;
use crate::publication::problems::RevocationsProblems;
use actix_web::http::header::{CACHE_CONTROL, ContentType, ETAG, EntityTag, Header, IfNoneMatch};
use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, HttpResponse, Responder, get};
use portcullis_application::Publication;
use portcullis_web::Pieces;

/// Get the public keys
///
/// Those that access tokens are signed with, and the one that will be next. The set is empty where the key is shared
/// instead (HS256).
#[utoipa::path(
    tag = "service",
    operation_id = "get_jwks",
    responses((status = 200, description = "A JWK set (RFC 7517), which may be kept for five minutes.",
        body = JwkSetBody)),
)]
#[get("/.well-known/jwks.json")]
pub(crate) async fn keys(publication: Data<dyn Publication>) -> impl Responder {
    let keys = JwkSetBody::from(publication.public_keys());
    Json(keys)
        .customize()
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
}

/// Follow revocations
///
/// The sessions whose access tokens are worthless before they expire, up to which generation. With `If-None-Match` it
/// answers 304 while nothing has changed, and with `wait` it waits for a change before it does.
#[utoipa::path(
    tag = "service",
    operation_id = "get_revocations",
    params(
        RevocationsQuery,
        ("if-none-match" = Option<String>, Header, nullable = false, description = "The `ETag` of the answer that is known."),
    ),
    responses(
        (status = 200, description = "What is revoked.", body = RevocationsBody,
            headers(("etag" = String, description = "Names this list, on every server of the same store."))),
        (status = 304, description = "It is what `If-None-Match` names.",
            headers(("etag" = String, description = "The same one."))),
        RevocationsProblems,
    ),
)]
#[get("/revocations")]
pub(crate) async fn revocations(
    publication: Data<dyn Publication>,
    feed: Data<RevocationFeed>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let query = RevocationsQuery::read(request.query_string())?;
    let known = IfNoneMatch::parse(&request).ok();
    let mut tag = publication.revocations_tag()?;
    if names(known.as_ref(), &tag) && !query.wait.is_zero() {
        feed.wait(query.wait, publication.revocations_changed(&tag)).await;
        tag = publication.revocations_tag()?;
    }
    if names(known.as_ref(), &tag) {
        return Ok(HttpResponse::NotModified()
            .insert_header((ETAG, EntityTag::new_strong(tag)))
            .insert_header((CACHE_CONTROL, "no-cache"))
            .finish());
    }
    let text = feed.text(&**publication)?;
    Ok(HttpResponse::Ok()
        .content_type(ContentType::json())
        .insert_header((ETAG, EntityTag::new_strong(text.tag)))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .body(Pieces::of(text.json)))
}

/// RFC 9110, section 13.1.2.
pub(crate) fn names(known: Option<&IfNoneMatch>, tag: &str) -> bool {
    match known {
        Some(IfNoneMatch::Any) => true,
        Some(IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.tag() == tag),
        None => false,
    }
}

//! The OpenAPI document, and the interactive page on it with all of its assets.

use crate::docs::page::InteractivePage;
use crate::docs::problems::AssetProblems;
use crate::openapi::DocumentText;
use crate::problem::Problem;
use actix_web::http::header::CONTENT_SECURITY_POLICY;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, Responder, get};
use portcullis_web::kind;

/// The page runs our scripts alone and talks to nobody else. Scalar writes its styles into the page, and draws icons from
/// data URLs. What a style could send away, it can't: nothing is loaded from elsewhere.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Read the OpenAPI document
#[utoipa::path(
    tag = "service",
    operation_id = "get_openapi_document",
    responses(
        (status = 200, description = "OpenAPI 3.1.", body = Object, content_type = "application/json", headers(
            ("etag" = String, description = "Names this version."),
            ("vary" = String, description = "`accept-encoding`."),
        )),
        (status = 304, description = "It is what `If-None-Match` names.", headers(
            ("etag" = String, description = "The same one."),
            ("vary" = String, description = "`accept-encoding`."),
        )),
    ),
)]
#[get("/openapi.json")]
pub(crate) async fn document(document: Data<DocumentText>, request: HttpRequest) -> Result<impl Responder, Problem> {
    document.file().answer(&request)
}

/// Open the interactive page
#[utoipa::path(
    tag = "service",
    operation_id = "get_docs_page",
    responses(
        (status = 200, description = "The page.", body = String, content_type = "text/html", headers(
            ("etag" = String, description = "Names this version."),
            ("vary" = String, description = "`accept-encoding`."),
        )),
        (status = 304, description = "It is what `If-None-Match` names.", headers(
            ("etag" = String, description = "The same one."),
            ("vary" = String, description = "`accept-encoding`."),
        )),
    ),
)]
#[get("/docs")]
pub(crate) async fn page(shown: Data<InteractivePage>, request: HttpRequest) -> Result<impl Responder, Problem> {
    let page = shown.html().answer(&request)?;
    Ok(page.customize().insert_header((CONTENT_SECURITY_POLICY, PAGE_POLICY)))
}

/// Load what the interactive page shows
#[utoipa::path(
    tag = "service",
    operation_id = "get_docs_asset",
    params(("asset" = String, Path, description = "The name of a file.", example = "initializer.js")),
    responses(
        (status = 200, description = "A script, styles or a picture.", content(
            (String = "text/javascript"),
            (String = "text/css"),
            (String = "image/svg+xml"),
        ), headers(
            ("etag" = String, description = "Names this version."),
            ("vary" = String, description = "`accept-encoding`."),
        )),
        (status = 304, description = "It is what `If-None-Match` names.", headers(
            ("etag" = String, description = "The same one."),
            ("vary" = String, description = "`accept-encoding`."),
        )),
        AssetProblems,
    ),
)]
#[get("/docs/{asset}")]
pub(crate) async fn asset(
    name: Path<String>,
    shown: Data<InteractivePage>,
    request: HttpRequest,
) -> Result<impl Responder, Problem> {
    shown.asset(&name).ok_or(kind::NOT_FOUND)?.answer(&request)
}

//! The OpenAPI document, and the interactive page on it with all of its assets.

use crate::docs::page::InteractivePage;
use crate::docs::problems::AssetProblems;
use crate::openapi::DocumentText;
use crate::problem::Problem;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, ContentType};
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpResponse, Responder, get};
use portcullis_web::{Pieces, kind};
use std::borrow::Cow;
use std::sync::{Arc, LazyLock};
use utoipa::ToSchema;
use utoipa_swagger_ui::Config;

/// The page runs our scripts and styles alone and talks to nobody else. Swagger UI draws its icons from data URLs.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// What the page loads of Swagger UI.
const ASSETS: [&str; 3] = ["swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"];

static SWAGGER_UI: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| Arc::new(Config::from("/openapi.json")));

/// Read the OpenAPI document
#[utoipa::path(
    tag = "service",
    operation_id = "get_openapi_document",
    responses((status = 200, description = "OpenAPI 3.1.", body = Object, content_type = "application/json")),
)]
#[get("/openapi.json")]
pub(crate) async fn document(document: Data<DocumentText>) -> impl Responder {
    HttpResponse::Ok()
        .content_type(ContentType::json())
        .insert_header((CACHE_CONTROL, "no-cache"))
        .body(Pieces::of(document.bytes()))
}

/// Open the interactive page
#[utoipa::path(
    tag = "service",
    operation_id = "get_docs_page",
    responses((status = 200, description = "The page.", body = String, content_type = "text/html")),
)]
#[get("/docs")]
pub(crate) async fn page(shown: Data<InteractivePage>) -> impl Responder {
    HttpResponse::Ok()
        .content_type(ContentType::html())
        .insert_header((CONTENT_SECURITY_POLICY, PAGE_POLICY))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .body(shown.html())
}

/// Load what the interactive page shows
#[utoipa::path(
    tag = "service",
    operation_id = "get_docs_asset",
    params(("asset" = String, Path, description = "The name of a file.", example = "swagger-ui.css")),
    responses(
        (status = 200, description = "A style, a script or a picture.", content(
            (String = "text/css"),
            (String = "text/javascript"),
            (inline(Picture) = "image/png"),
        )),
        AssetProblems,
    ),
)]
#[get("/docs/{asset}")]
pub(crate) async fn asset(name: Path<String>, shown: Data<InteractivePage>) -> Result<impl Responder, Problem> {
    let asset = Asset::named(&name, &shown)?.ok_or(kind::NOT_FOUND)?;
    Ok(HttpResponse::Ok()
        .content_type(asset.content_type)
        .insert_header((CACHE_CONTROL, "no-cache"))
        .body(Pieces::of(asset.bytes)))
}

/// Bytes of a picture.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "documents what an asset may be")]
struct Picture(Vec<u8>);

/// A file that the page loads.
struct Asset {
    bytes: Bytes,
    content_type: String,
}

impl Asset {
    fn named(name: &str, shown: &InteractivePage) -> Result<Option<Self>, Problem> {
        if name == "initializer.js" {
            return Ok(Some(Self {
                bytes: shown.initializer(),
                content_type: "text/javascript".to_owned(),
            }));
        }
        if !ASSETS.contains(&name) {
            return Ok(None);
        }
        let file =
            utoipa_swagger_ui::serve(name, Arc::clone(&SWAGGER_UI)).map_err(|error| Problem::internal(&*error))?;
        Ok(file.map(|file| Self {
            bytes: match file.bytes {
                Cow::Borrowed(bytes) => Bytes::from_static(bytes),
                Cow::Owned(bytes) => bytes.into(),
            },
            content_type: file.content_type,
        }))
    }
}

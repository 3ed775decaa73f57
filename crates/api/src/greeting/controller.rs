//! The front door.

use crate::greeting::bodies::GreetingBody;
use crate::settings::Docs;
use actix_web::web::{Data, Json};
use actix_web::{Responder, get};
use portcullis_web::OwnAddress;

/// Greet
#[utoipa::path(
    tag = "service",
    operation_id = "get_greeting",
    responses((status = 200, description = "The version and the way to the interactive page.", body = GreetingBody)),
)]
#[get("/")]
pub(crate) async fn greet(docs: Data<Docs>, address: Data<OwnAddress>) -> impl Responder {
    Json(GreetingBody::with(**docs, &address))
}

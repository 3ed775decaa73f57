//! The front door.

use crate::accept::prefers_a_page;
use crate::greeting::bodies::GreetingBody;
use crate::settings::Docs;
use actix_web::http::header::{ACCEPT, LOCATION, VARY};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, Responder, get};
use portcullis_web::{Cookies, OwnAddress};

/// Where somebody who comes with a browser goes on.
const ACCOUNT: &str = "/account";

/// Greet
///
/// A browser is led to its user's account, where this server has pages.
#[utoipa::path(
    tag = "service",
    operation_id = "get_greeting",
    responses(
        (status = 200, description = "The version and the way to the interactive page.", body = GreetingBody, headers(
            ("vary" = String, description = "`accept`."),
        )),
        (status = 303, description = "To the pages, for who would rather have HTML than JSON.", headers(
            ("location" = String, description = "The path of the account."),
            ("vary" = String, description = "`accept`."),
        )),
    ),
)]
#[get("/")]
pub(crate) async fn greet(
    docs: Data<Docs>,
    address: Data<OwnAddress>,
    cookies: Data<Option<Cookies>>,
    request: HttpRequest,
) -> impl Responder {
    let vary = (VARY, ACCEPT.as_str());
    // Where there are no cookies there are no pages.
    if cookies.is_some() && prefers_a_page(&request) {
        let there = address.path_to(ACCOUNT);
        HttpResponse::SeeOther()
            .insert_header(vary)
            .insert_header((LOCATION, there))
            .finish()
    } else {
        let body = GreetingBody::with(**docs, &address);
        HttpResponse::Ok().insert_header(vary).json(body)
    }
}

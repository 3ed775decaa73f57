//! `/help`, `/privacy` and `/terms`, which are the operator's own.

use crate::theme::OwnersPage;
use crate::visit::Visit;
use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;
use portcullis_web::{Refusal, kind};

pub(crate) async fn help(visit: Visit) -> Result<HttpResponse, Refusal> {
    lead_to(visit.pages.settings.theme.help.as_ref())
}

pub(crate) async fn privacy(visit: Visit) -> Result<HttpResponse, Refusal> {
    lead_to(visit.pages.settings.theme.privacy.as_ref())
}

pub(crate) async fn terms(visit: Visit) -> Result<HttpResponse, Refusal> {
    lead_to(visit.pages.settings.theme.terms.as_ref())
}

fn lead_to(page: Option<&OwnersPage>) -> Result<HttpResponse, Refusal> {
    let page = page.ok_or(kind::NOT_FOUND)?;
    Ok(HttpResponse::SeeOther()
        .insert_header((LOCATION, page.as_str()))
        .finish())
}

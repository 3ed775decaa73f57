//! `/.well-known/change-password` and `/.well-known/passkey-endpoints`: where a password manager sends its user to change a
//! password, and to add and look after passkeys.

use crate::account::hall::Place;
use crate::account::passkeys;
use crate::visit::Visit;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use portcullis_web::Refusal;

pub(crate) const PATH: &str = "/.well-known/change-password";

/// The addresses of pages about passkeys.
pub(crate) const PASSKEY_ENDPOINTS: &str = "/.well-known/passkey-endpoints";

/// Tells them (Passkey Endpoints Well-Known URL, section 3).
pub(crate) async fn passkey_endpoints(visit: Visit) -> Result<HttpResponse, Refusal> {
    let origin = visit.pages.settings.origins.first().map_or("", String::as_str);
    let at = |path: &str| format!("{origin}{}", visit.path(path));
    let (enroll, manage) = (at(&format!("/account{}", passkeys::NEW)), at(Place::Passkeys.path()));
    // Addresses of ours have nothing that JSON would escape.
    let body = format!(r#"{{"enroll":"{enroll}","manage":"{manage}"}}"#);
    Ok(visit
        .answer_start(StatusCode::OK)
        .insert_header(ContentType::json())
        .body(body))
}

/// Leads to the page (A Well-Known URL for Changing Passwords, section 3).
pub(crate) async fn change_password(visit: Visit) -> Result<HttpResponse, Refusal> {
    Ok(visit.go_on("/account/password", None).finish())
}

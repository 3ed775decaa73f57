//! `/.well-known/change-password`: where a password manager sends its user to change a password.

use crate::visit::Visit;
use actix_web::HttpResponse;
use portcullis_web::Refusal;

pub(crate) const PATH: &str = "/.well-known/change-password";

/// Leads to the page (A Well-Known URL for Changing Passwords, section 3).
pub(crate) async fn change_password(visit: Visit) -> Result<HttpResponse, Refusal> {
    Ok(visit.go_on("/account/password", None).finish())
}

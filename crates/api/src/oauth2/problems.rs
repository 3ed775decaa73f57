//! What a client of the provider is told when a call does not succeed (RFC 6749, section 5.2).

use actix_web::http::StatusCode;
use portcullis_web::{Refusal, Surface};
use serde::Serialize;

/// Refusals of every path below `/oauth2/` that is no page, also of paths where nothing is.
pub(crate) const OAUTH_ERRORS: Surface = Surface {
    media_type: "application/json",
    // Section 5.1 asks for both.
    headers: &[("cache-control", "no-store"), ("pragma", "no-cache")],
    write: |refusal, _, _| document(refusal),
};

/// An error of OAuth (RFC 6749, section 5.2).
#[derive(Serialize)]
struct OAuthErrorBody<'a> {
    /// The error, for programs.
    error: &'static str,
    /// What happened here, for developers. It repeats nothing that was sent.
    error_description: &'a str,
}

/// The document. It holds ASCII alone (section 5.2): the details of refusals do.
fn document(refusal: &Refusal) -> String {
    let body = OAuthErrorBody {
        error: name_of(refusal),
        error_description: refusal.detail(),
    };
    serde_json::to_string(&body).unwrap_or_default()
}

/// What OAuth calls it: by what the caller can do about it. The status says the rest.
fn name_of(refusal: &Refusal) -> &'static str {
    match refusal.status() {
        // Section 5.2 has no name for it; this is that of section 4.1.2.1.
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => "temporarily_unavailable",
        status if status.is_server_error() => "server_error",
        _ => "invalid_request",
    }
}

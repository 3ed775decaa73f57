//! `POST /language`: another language for every page.

use crate::language;
use crate::sent::{FORM_EXPIRED, Sent};
use crate::visit::Visit;
use crate::way_on;
use actix_web::HttpResponse;
use actix_web::http::header::SET_COOKIE;
use portcullis_domain::Language;
use portcullis_web::{Incoming, Refusal, kind};

pub(crate) const PATH: &str = "/language";

/// Keeps the choice, and goes back to where it was made.
pub(crate) async fn choose(visit: Visit, incoming: Incoming) -> Result<HttpResponse, Refusal> {
    let mut sent = Sent::read(&visit, incoming).await?;
    let named = way_on::of_ours(&sent.text("continue"), &visit.pages.settings.address);
    let back = named.unwrap_or_else(|| visit.path("/"));
    visit.fails_back_to(&back);
    if !sent.is_shown {
        return Err(FORM_EXPIRED.into());
    }
    let chosen = sent.text("language").parse::<Language>();
    let chosen = chosen.map_err(|_| Refusal::from(kind::VALIDATION_FAILED))?;
    let mut answer = visit.see_other(&back);
    if let Some(cookie) = language::set_cookie(chosen, &visit.pages) {
        answer.append_header((SET_COOKIE, cookie));
    }
    Ok(answer.finish())
}

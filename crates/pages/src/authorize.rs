//! `/oauth2/authorize`: an app sends somebody here, and is answered by the browser (RFC 6749, section 3.1). Nothing of a visit
//! waits in the server: the request stays in the address, and so does the stamp.

mod answers;
mod apps;
mod asked;
mod stamps;

pub use apps::AppsOfClients;
pub(crate) use stamps::{first_seen, renewed};

use crate::continuation::Continuation;
use crate::flow::{FlowAnswer, FlowForm, Showing};
use crate::sign_in;
use crate::visit::Visit;
use actix_web::HttpMessage as _;
use actix_web::HttpResponse;
use actix_web::web::Data;
use answers::tell;
use asked::{Asked, as_faulty};
use portcullis_application::Authorizations;
use portcullis_application::provider::answer::Judged;
use portcullis_application::provider::authorizations::AuthorizationVisit;
use portcullis_domain::Language;
use portcullis_oauth2::{AuthorizationRequest, Parameters};
use portcullis_web::{HeadAlone, Incoming, Refusal, RequestOrigin, kind};

pub(crate) const PATH: &str = "/oauth2/authorize";

/// Judges a request.
pub(crate) async fn show(
    mut visit: Visit,
    origin: RequestOrigin,
    service: Data<dyn Authorizations>,
) -> Result<HttpResponse, Refusal> {
    let asked = Asked::read(visit.request().query_string().as_bytes());
    visit.write_in(asked.language());
    let mut visited = visited(&visit, &asked, origin);
    if visit.request().extensions().contains::<HeadAlone>() {
        // Answered as a stranger: a code would be written.
        visited.cookie = None;
    }
    let judged = service.look(visited).await?;
    tell(visit, &asked, judged, Showing::Anew)
}

/// Sends a browser that posts a request to the address of the same one: no cookie comes with a form of another site.
pub(crate) async fn post(visit: Visit, incoming: Incoming) -> Result<HttpResponse, Refusal> {
    let form = incoming.form_text().await?;
    if form.len() > AuthorizationRequest::MOST {
        return Err(kind::BODY_TOO_LARGE.into());
    }
    let query = match Parameters::parse(&form, AuthorizationRequest::MOST) {
        Ok(parameters) => parameters.only(AuthorizationRequest::PARAMETERS).to_query(),
        Err(faulty) => as_faulty(faulty),
    };
    Ok(visit.see_other(&visit.path(&format!("{PATH}?{query}"))).finish())
}

/// What a person answers who was asked whether an app may use the account. A person who does not sign in says no as well.
pub(crate) async fn decide(
    mut visit: Visit,
    incoming: Incoming,
    origin: RequestOrigin,
    service: Data<dyn Authorizations>,
) -> Result<HttpResponse, Refusal> {
    let sent = FlowAnswer::read(&visit, incoming, "decision").await?;
    let asked = Asked::of_path(&sent.goes_on);
    visit.write_in(asked.language());
    let visited = visited(&visit, &asked, origin);
    let (judged, showing) = match (&sent.form, sent.pressed.as_deref()) {
        (Some(FlowForm::Consent(shown)), Some("allow")) => (service.allow(visited, shown).await?, Showing::Anew),
        (Some(FlowForm::Consent(_) | FlowForm::Cancel), Some("deny")) => {
            let answer = service.deny(visited).await?;
            let judged = Judged {
                answer,
                stays_for: None,
            };
            (judged, Showing::Anew)
        }
        // Nothing is agreed to without its button.
        _ => (service.look(visited).await?, Showing::Again),
    };
    tell(visit, &asked, judged, showing)
}

/// With which account a person goes on.
pub(crate) async fn choose(
    mut visit: Visit,
    incoming: Incoming,
    origin: RequestOrigin,
    service: Data<dyn Authorizations>,
) -> Result<HttpResponse, Refusal> {
    let sent = FlowAnswer::read(&visit, incoming, "account").await?;
    let asked = Asked::of_path(&sent.goes_on);
    visit.write_in(asked.language());
    if sent.form != Some(FlowForm::Chooser) {
        let judged = service.look(visited(&visit, &asked, origin)).await?;
        return tell(visit, &asked, judged, Showing::Again);
    }
    let stamp = stamps::read_or_first(&visit, &asked);
    let goes_on = if sent.pressed.as_deref() == Some("other") {
        Continuation::parse(&stamps::stamped(&visit, &asked, stamp)).behind(sign_in::PATH)
    } else {
        stamps::stamped(&visit, &asked, stamp.chosen())
    };
    Ok(visit.go_on(&goes_on, None).finish())
}

/// The language that the app would rather have that waits for whoever signs in or up.
pub(crate) fn language_of(goes_on: &Continuation) -> Option<Language> {
    Asked::read(goes_on.request_of_app()?.as_bytes()).language()
}

fn visited(visit: &Visit, asked: &Asked, origin: RequestOrigin) -> AuthorizationVisit {
    AuthorizationVisit {
        parameters: asked.parameters.clone(),
        cookie: visit.browser.session().cloned(),
        stamp: stamps::read(visit, asked),
        origin: origin.0,
    }
}

//! `/oauth2/logout`: an app sends somebody here to be signed out (OpenID Connect RP-Initiated Logout 1.0). Reading the page
//! changes nothing: a button does, which presses itself where the app has shown that it means this very sign-in.

use crate::browser::SESSION;
use crate::flow::{AppSignOut, Asking, FlowAnswer, FlowForm, FormTarget, Showing, app_sign_out, sign_out_refused};
use crate::notice::Notice;
use crate::sign_out::SIGNED_OUT;
use crate::visit::Visit;
use actix_web::HttpResponse;
use actix_web::http::header::{HeaderValue, LOCATION, REFERRER_POLICY, SET_COOKIE};
use actix_web::web::Data;
use portcullis_application::provider::app_sign_outs::{AppSignOut as Judged, AppSignOutError, Destination};
use portcullis_application::{AppSignOuts, SignOut, SignedOut};
use portcullis_oauth2::{AuthorizationErrorCode, LogoutRequest, Parameters};
use portcullis_web::{Incoming, Refusal, RequestOrigin, kind};

pub(crate) const PATH: &str = "/oauth2/logout";

/// Shows what an app asks for.
pub(crate) async fn show(visit: Visit, apps: Data<dyn AppSignOuts>) -> Result<HttpResponse, Refusal> {
    let query = visit.request().query_string().to_owned();
    let asked = match read(&query) {
        Ok(asked) => asked,
        Err(cause) => return refused(&visit, &cause),
    };
    match apps.look(&asked, visit.browser.session()).await {
        Ok(judged) => tell(&visit, &query, &judged, Showing::Anew),
        Err(AppSignOutError::NotRegistered) => refused(&visit, &AppSignOutError::NotRegistered.to_string()),
        Err(AppSignOutError::Store(error)) => Err(error.into()),
    }
}

/// Sends a browser that posts a request to the address of the same one: no cookie comes with a form of another site.
pub(crate) async fn post(visit: Visit, incoming: Incoming) -> Result<HttpResponse, Refusal> {
    let form = incoming.form_text().await?;
    if form.len() > LogoutRequest::MOST {
        return Err(kind::BODY_TOO_LARGE.into());
    }
    match Parameters::parse(&form, LogoutRequest::MOST) {
        Ok(parameters) => {
            let query = parameters.only(LogoutRequest::PARAMETERS).to_query();
            Ok(visit.see_other(&visit.path(&format!("{PATH}?{query}"))).finish())
        }
        Err(faulty) => refused(&visit, &faulty.to_string()),
    }
}

/// What a person answers: signs the browser out, or leaves it as it is.
pub(crate) async fn decide(
    visit: Visit,
    incoming: Incoming,
    origin: RequestOrigin,
    apps: Data<dyn AppSignOuts>,
    service: Data<dyn SignOut>,
) -> Result<HttpResponse, Refusal> {
    let sent = FlowAnswer::read(&visit, incoming, "decision").await?;
    let query = sent.goes_on.strip_prefix(PATH).and_then(|rest| rest.strip_prefix('?'));
    let query = query.unwrap_or_default().to_owned();
    let asked = match read(&query) {
        Ok(asked) => asked,
        Err(cause) => return refused(&visit, &cause),
    };
    let judged = match apps.look(&asked, visit.browser.session()).await {
        Ok(judged) => judged,
        Err(AppSignOutError::NotRegistered) => return refused(&visit, &AppSignOutError::NotRegistered.to_string()),
        Err(AppSignOutError::Store(error)) => return Err(error.into()),
    };
    if judged.signed_in.is_none() {
        return go_behind(&visit, judged.goes_to.as_ref(), None);
    }
    if sent.form != Some(FlowForm::SignOut) {
        return tell(&visit, &query, &judged, Showing::Again);
    }
    if sent.pressed.as_deref() == Some("stay") {
        return Ok(visit.go_on("/account", None).finish());
    }
    let notice = match visit.browser.session() {
        Some(cookie) => match service.sign_out_browser(cookie, origin.0).await? {
            SignedOut::Somebody(elsewhere) => Some(Notice::SignedOut(elsewhere)),
            SignedOut::Nobody => None,
        },
        None => None,
    };
    let mut answer = go_behind(&visit, judged.goes_to.as_ref(), notice)?;
    answer
        .headers_mut()
        .append(SET_COOKIE, visit.pages.settings.cookies.clear(SESSION));
    Ok(answer)
}

fn read(query: &str) -> Result<LogoutRequest, String> {
    let parameters = Parameters::parse(query.as_bytes(), LogoutRequest::MOST);
    LogoutRequest::read(&parameters).map_err(|error| error.to_string())
}

fn tell(visit: &Visit, query: &str, judged: &Judged, showing: Showing) -> Result<HttpResponse, Refusal> {
    let Some(signed_in) = &judged.signed_in else {
        return go_behind(visit, judged.goes_to.as_ref(), None);
    };
    let goes_to = judged
        .goes_to
        .as_ref()
        .map(|behind| FormTarget::of_registered(behind.address.as_str()));
    let shown = AppSignOut {
        app: judged.app.as_deref(),
        user: &signed_in.user.email,
        goes_to: goes_to.as_ref(),
        goes_on: &format!("{PATH}?{query}"),
        asking: if signed_in.is_meant {
            Asking::Nobody
        } else {
            Asking::Person
        },
    };
    app_sign_out(visit, &shown, showing)
}

/// To the app, where it may say where to; else to the page that says so.
fn go_behind(visit: &Visit, goes_to: Option<&Destination>, notice: Option<Notice>) -> Result<HttpResponse, Refusal> {
    let Some(goes_to) = goes_to else {
        return Ok(visit.go_on(SIGNED_OUT, notice).finish());
    };
    let location = HeaderValue::try_from(&goes_to.location).map_err(|error| Refusal::internal(&error))?;
    let mut sent = visit.see_other("/").finish();
    let headers = sent.headers_mut();
    headers.insert(LOCATION, location);
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Ok(sent)
}

fn refused(visit: &Visit, cause: &str) -> Result<HttpResponse, Refusal> {
    sign_out_refused(visit, AuthorizationErrorCode::InvalidRequest.as_str(), cause)
}

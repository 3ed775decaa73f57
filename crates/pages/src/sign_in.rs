//! `/sign-in`: an address and a password, and on to where one came from.

use crate::authorize::{first_seen, language_of, renewed};
use crate::catalogue::Slot;
use crate::continuation::Continuation;
use crate::done::Done;
use crate::flow::FlowForm;
use crate::flow::waiting::{WaitingApp, WaitingApps};
use crate::forms::{Faults, PASSWORD, USERNAME, open_too_long, refused, too_many};
use crate::frame::{Frame, Gate};
use crate::inside::session_cookie;
use crate::markup::Markup;
use crate::notice::Notice;
use crate::sent::Sent;
use crate::sign_in_code;
use crate::sign_in_passkey::{self, PasskeyWay};
use crate::social::{self, ProviderLink};
use crate::trouble::Trouble;
use crate::visit::Visit;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::SET_COOKIE;
use actix_web::web::Data;
use askama::Template;
use portcullis_application::sign_in::{BrowserAttempt, LogInError};
use portcullis_application::{Authentication, BrowserSession, SignIn, SignUpPolicy};
use portcullis_domain::{Email, ProviderName};
use portcullis_web::{DeviceCookie, Incoming, Refusal, RequestOrigin};

pub(crate) const PATH: &str = "/sign-in";

#[derive(Template)]
#[template(path = "sign-in.html")]
struct SignInPage<'v> {
    frame: Frame<'v>,
    done: Option<Done>,
    trouble: Trouble,
    /// The app that the sign-in goes on to.
    app: Option<Markup>,
    action: String,
    username: String,
    goes_on: String,
    /// The way back to the app.
    cancel: Option<Cancel>,
    /// Where one forgot the password, where there is mail.
    forgot: Option<String>,
    /// Where one signs up, where one may.
    sign_up: Option<String>,
    /// The other providers that one may sign in by.
    providers: Vec<ProviderLink>,
    /// Where a passkey goes, where there are passkeys.
    passkey: Option<PasskeyWay>,
}

/// The form that leads back to an app without a sign-in.
struct Cancel {
    action: String,
    proof: String,
}

/// Asks who somebody is.
pub(crate) async fn show(mut visit: Visit, apps: Data<dyn WaitingApps>) -> Result<HttpResponse, Refusal> {
    let goes_on = Continuation::parse(&visit.parameter("continue").unwrap_or_default());
    visit.write_in(language_of(&goes_on));
    visit.is_reached_by(&goes_on.behind(PATH));
    let app = waiting(&**apps, &goes_on).await?;
    let username = app.as_ref().and_then(|app| app.address.clone()).unwrap_or_default();
    let done = Done::before_sign_in(&visit);
    let is_told = done.is_some();
    let page = page(&visit, &goes_on, app.as_ref(), username, Trouble::default(), done);
    let answer = if is_told {
        visit.answer_once(&page)?
    } else {
        visit.answer(StatusCode::OK, &page)?
    };
    Ok(WaitingApp::let_in(app.as_ref(), answer))
}

/// Asks somebody to sign in to that account another way than by a provider, which does not let them in to it.
pub(crate) async fn ask_without(
    visit: &Visit,
    apps: &dyn WaitingApps,
    goes_on: &Continuation,
    trouble: Trouble,
    (email, provider): (&Email, &ProviderName),
) -> Result<HttpResponse, Refusal> {
    let app = waiting(apps, goes_on).await?;
    let username = email.as_str().to_owned();
    let mut page = page(visit, goes_on, app.as_ref(), username, trouble, None);
    page.providers.retain(|other| other.id != provider.as_str());
    Ok(WaitingApp::let_in(
        app.as_ref(),
        visit.answer(StatusCode::CONFLICT, &page)?,
    ))
}

/// Signs somebody in.
pub(crate) async fn sign_in(
    mut visit: Visit,
    incoming: Incoming,
    origin: RequestOrigin,
    device: DeviceCookie,
    service: Data<dyn SignIn>,
    authentication: Data<dyn Authentication>,
    apps: Data<dyn WaitingApps>,
) -> Result<HttpResponse, Refusal> {
    let mut sent = Sent::read(&visit, incoming).await?;
    let goes_on = Continuation::parse(&sent.text("continue"));
    visit.write_in(language_of(&goes_on));
    visit.is_reached_by(&goes_on.behind(PATH));
    let username = sent.text(USERNAME);
    let app = waiting(&**apps, &goes_on).await?;
    let again = |status, trouble| {
        let page = page(&visit, &goes_on, app.as_ref(), username.clone(), trouble, None);
        let answer = visit.answer(status, &page)?;
        Ok(WaitingApp::let_in(app.as_ref(), answer))
    };
    if !sent.is_shown {
        if is_signed_in(&visit, &**authentication, &username, &origin).await? {
            return Ok(visit.go_on(&goes_on.path(), None).finish());
        }
        return again(StatusCode::FORBIDDEN, open_too_long(&visit));
    }
    let mut faults = Faults::of(&visit);
    let email = faults.email(USERNAME, &username);
    let password = faults.presented(PASSWORD, sent.secret(PASSWORD));
    let (Some(email), Some(password)) = (email, password) else {
        return again(StatusCode::UNPROCESSABLE_ENTITY, faults.told());
    };
    let attempt = BrowserAttempt {
        email: Some(email),
        password,
        shown: visit.browser.session().cloned(),
        browser: visit.browser.secret().clone(),
        asked_at: first_seen(&goes_on, &visit),
        origin: origin.0,
    };
    match service.sign_in_browser(attempt).await {
        Ok(begun) => Ok(go_on(visit, &device, begun, &goes_on, None)),
        Err(LogInError::TooManyAttempts(exhausted)) => {
            let trouble = too_many(&visit, &exhausted, "sign-in.not-locked");
            let page = page(&visit, &goes_on, app.as_ref(), username, trouble, None);
            let answer = visit.answer_exhausted(exhausted, &page)?;
            Ok(WaitingApp::let_in(app.as_ref(), answer))
        }
        Err(LogInError::InvalidCredentials) => again(StatusCode::UNAUTHORIZED, no_match(&visit)),
        Err(LogInError::AccountDisabled) => again(StatusCode::FORBIDDEN, disabled(&visit)),
        Err(LogInError::EmailNotVerified) => again(StatusCode::FORBIDDEN, unverified(&visit)),
        Err(LogInError::SecondFactorRequired(step)) => Ok(sign_in_code::ask(&visit, &step, &goes_on)),
        Err(LogInError::Hasher(error)) => Err(error.into()),
        Err(LogInError::Store(error)) => Err(error.into()),
        Err(LogInError::Token(error)) => Err(error.into()),
    }
}

/// The answer by which a browser is signed in. Nothing that it had before counts from now on.
pub(crate) fn go_on(
    mut visit: Visit,
    device: &DeviceCookie,
    begun: BrowserSession,
    goes_on: &Continuation,
    notice: Option<Notice>,
) -> HttpResponse {
    let pages = visit.pages.clone();
    let before = visit.browser.clone();
    visit.browser.renew(&pages);
    let path = renewed(goes_on, &before, &visit.browser, &pages);
    let mut answer = visit.go_on(&path, notice);
    if let Some(cookie) = session_cookie(&visit, &begun.cookie, begun.stays_for) {
        answer.append_header((SET_COOKIE, cookie));
    }
    device.with_answer(answer.finish(), Some(begun.device_token))
}

/// Whether the button was pressed twice: the first time has signed that very user in.
async fn is_signed_in(
    visit: &Visit,
    authentication: &dyn Authentication,
    username: &str,
    origin: &RequestOrigin,
) -> Result<bool, Refusal> {
    let (Some(cookie), Ok(email)) = (visit.browser.session(), Email::parse(username)) else {
        return Ok(false);
    };
    let signed_in = authentication.authenticate_browser(cookie, origin.0.clone()).await;
    Ok(signed_in.is_ok_and(|browser| browser.actor.user().email == email))
}

/// The app that waits for whoever signs in or up.
pub(crate) async fn waiting(apps: &dyn WaitingApps, goes_on: &Continuation) -> Result<Option<WaitingApp>, Refusal> {
    match goes_on.request_of_app() {
        Some(request) => apps.find(request).await,
        None => Ok(None),
    }
}

fn no_match(visit: &Visit) -> Trouble {
    let text = if visit.pages.has_mail {
        let path = Markup::escaped(&visit.path("/forgot-password"));
        visit.text_with("sign-in.check-both", &[("path", Slot::Markup(&path))])
    } else {
        visit.text("sign-in.check-both-without-mail")
    };
    refused(visit, "invalid_credentials", "sign-in.no-match", Some(text))
}

pub(crate) fn disabled(visit: &Visit) -> Trouble {
    let text = visit.whom_to_ask("sign-in.write-to", "sign-in.ask");
    refused(visit, "account_disabled", "sign-in.disabled", Some(text))
}

pub(crate) fn unverified(visit: &Visit) -> Trouble {
    let path = Markup::escaped(&visit.path("/verify-email/again"));
    let text = visit.text_with("sign-in.unverified-lead", &[("path", Slot::Markup(&path))]);
    refused(visit, "email_not_verified", "sign-in.unverified", Some(text))
}

fn page<'v>(
    visit: &'v Visit,
    goes_on: &Continuation,
    app: Option<&WaitingApp>,
    username: String,
    trouble: Trouble,
    done: Option<Done>,
) -> SignInPage<'v> {
    let name = visit.pages.settings.theme.name.markup();
    let title = visit.text_with("sign-in.title", &[("app", Slot::Markup(&name))]);
    let frame = visit
        .frame(Gate::Down, title)
        .in_window(visit.text("sign-in.sign-in"))
        .telling(&trouble);
    let may_sign_up = visit.pages.settings.sign_up == SignUpPolicy::Open;
    SignInPage {
        app: app.map(|app| frame.slot("sign-in.for-app", "client", &Markup::name(&app.name))),
        action: frame.path(PATH),
        goes_on: goes_on.path(),
        cancel: app.map(|_| Cancel {
            action: frame.path(crate::flow::DECISION),
            proof: FlowForm::Cancel.proof(visit, goes_on),
        }),
        forgot: frame.has_mail().then(|| frame.path("/forgot-password")),
        sign_up: may_sign_up.then(|| frame.sign_up_path(goes_on)),
        providers: social::links(visit, goes_on),
        passkey: PasskeyWay::at(visit, sign_in_passkey::PATH, sign_in_passkey::OPTIONS),
        username,
        done,
        trouble,
        frame,
    }
}

/// The page again, for whoever was not signed in by a passkey.
pub(crate) async fn again(
    visit: &Visit,
    apps: &dyn WaitingApps,
    goes_on: &Continuation,
    status: StatusCode,
    trouble: Trouble,
) -> Result<HttpResponse, Refusal> {
    let app = waiting(apps, goes_on).await?;
    let page = page(visit, goes_on, app.as_ref(), String::new(), trouble, None);
    let answer = visit.answer(status, &page)?;
    Ok(WaitingApp::let_in(app.as_ref(), answer))
}

//! `/sign-up`: making an account. With mail the address is shown to be one's own before anything else, and nobody is told
//! whether there is an account of it already.

use crate::asked_mail;
use crate::authorize::{first_seen, language_of};
use crate::check_mail;
use crate::continuation::Continuation;
use crate::flow::waiting::{WaitingApp, WaitingApps};
use crate::forms::{Faults, NAME, NEW_PASSWORD, USERNAME, open_too_long, refused, too_many};
use crate::frame::{Frame, Gate};
use crate::sent::Sent;
use crate::sign_in;
use crate::social::{self, ProviderLink};
use crate::told;
use crate::trouble::Trouble;
use crate::visit::Visit;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::SET_COOKIE;
use actix_web::web::Data;
use askama::Template;
use portcullis_application::registration::{RegisterError, SignUp};
use portcullis_application::sign_in::{BrowserAttempt, LogInError};
use portcullis_application::{Registration, SignIn, SignUpPolicy};
use portcullis_domain::{Email, Origin, PresentedPassword, SecretText};
use portcullis_web::{DeviceCookie, Incoming, Refusal, RequestOrigin};

pub(crate) const PATH: &str = "/sign-up";

#[derive(Template)]
#[template(path = "sign-up.html")]
struct SignUpPage<'v> {
    frame: Frame<'v>,
    trouble: Trouble,
    action: String,
    name: String,
    username: String,
    goes_on: String,
    least: usize,
    sign_in: String,
    /// The other providers that one may sign up by.
    providers: Vec<ProviderLink>,
}

/// What was typed, to be shown again. Passwords never are.
#[derive(Clone, Default)]
struct Typed {
    name: String,
    username: String,
}

/// Asks for a name, an address and a password.
pub(crate) async fn show(mut visit: Visit, apps: Data<dyn WaitingApps>) -> Result<HttpResponse, Refusal> {
    let goes_on = Continuation::parse(&visit.parameter("continue").unwrap_or_default());
    visit.write_in(language_of(&goes_on));
    visit.is_reached_by(&goes_on.behind(PATH));
    if visit.pages.settings.sign_up != SignUpPolicy::Open {
        return told::sign_up_closed(&visit);
    }
    let app = sign_in::waiting(&**apps, &goes_on).await?;
    let page = page(&visit, &goes_on, Typed::default(), Trouble::default());
    let answer = visit.answer(StatusCode::OK, &page)?;
    Ok(WaitingApp::let_in(app.as_ref(), answer))
}

/// Makes the account.
pub(crate) async fn create(
    mut visit: Visit,
    incoming: Incoming,
    origin: RequestOrigin,
    device: DeviceCookie,
    registration: Data<dyn Registration>,
    service: Data<dyn SignIn>,
    apps: Data<dyn WaitingApps>,
) -> Result<HttpResponse, Refusal> {
    let mut sent = Sent::read(&visit, incoming).await?;
    let goes_on = Continuation::parse(&sent.text("continue"));
    visit.write_in(language_of(&goes_on));
    visit.is_reached_by(&goes_on.behind(PATH));
    let typed = Typed {
        name: sent.text(NAME),
        username: sent.text(USERNAME),
    };
    let app = sign_in::waiting(&**apps, &goes_on).await?;
    let again = |status, trouble| {
        let answer = visit.answer(status, &page(&visit, &goes_on, typed.clone(), trouble))?;
        Ok(WaitingApp::let_in(app.as_ref(), answer))
    };
    if !sent.is_shown {
        return again(StatusCode::FORBIDDEN, open_too_long(&visit));
    }
    let mut faults = Faults::of(&visit);
    let full_name = faults.full_name(&typed.name);
    let email = faults.email(USERNAME, &typed.username);
    let secret = sent.secret(NEW_PASSWORD);
    let password = faults.new_password(secret.clone());
    let (Some(full_name), Some(email), Some(password)) = (full_name, email, password) else {
        return again(StatusCode::UNPROCESSABLE_ENTITY, faults.told());
    };
    let sign_up = SignUp {
        email: email.clone(),
        password,
        full_name,
        locale: visit.locale(),
    };
    let made = if visit.pages.has_mail {
        let browser = visit.browser.secret().clone();
        registration.sign_up(sign_up, browser, origin.0.clone()).await
    } else {
        registration.register(sign_up, origin.0.clone()).await.map(drop)
    };
    match made {
        Ok(()) if visit.pages.has_mail => Ok(check_your_mail(&visit, &email, &goes_on)),
        Ok(()) => sign_in_at_once(visit, &device, &**service, (email, secret, origin.0), &goes_on).await,
        Err(RegisterError::EmailTaken) => {
            let text = visit.text("taken.lead");
            let trouble = refused(&visit, "email_taken", "taken.title", Some(text));
            again(StatusCode::CONFLICT, trouble)
        }
        Err(RegisterError::Closed) => told::sign_up_closed(&visit),
        Err(RegisterError::TooMany(exhausted)) => {
            let trouble = too_many(&visit, &exhausted, "throttled.sign-ups");
            let page = page(&visit, &goes_on, typed.clone(), trouble);
            let answer = visit.answer_exhausted(exhausted, &page)?;
            Ok(WaitingApp::let_in(app.as_ref(), answer))
        }
        Err(RegisterError::TooCommon(_)) => {
            again(StatusCode::UNPROCESSABLE_ENTITY, Faults::of(&visit).common_password())
        }
        Err(RegisterError::Hasher(error)) => Err(error.into()),
        Err(RegisterError::Store(error)) => Err(error.into()),
    }
}

fn check_your_mail(visit: &Visit, email: &Email, goes_on: &Continuation) -> HttpResponse {
    let mut answer = visit.go_on(&goes_on.behind(check_mail::FOR_SIGN_UP), None);
    if let Some(cookie) = asked_mail::set_cookie(email, visit) {
        answer.append_header((SET_COOKIE, cookie));
    }
    answer.finish()
}

/// Where there is no mail, nothing has to be waited for.
async fn sign_in_at_once(
    visit: Visit,
    device: &DeviceCookie,
    service: &dyn SignIn,
    (email, secret, origin): (Email, SecretText, Origin),
    goes_on: &Continuation,
) -> Result<HttpResponse, Refusal> {
    let attempt = BrowserAttempt {
        email: Some(email),
        password: PresentedPassword::new(secret),
        shown: visit.browser.session().cloned(),
        browser: visit.browser.secret().clone(),
        asked_at: first_seen(goes_on, &visit),
        origin,
    };
    match service.sign_in_browser(attempt).await {
        Ok(begun) => Ok(sign_in::go_on(visit, device, begun, goes_on, None)),
        // The account is there, so its user signs in as ever.
        Err(
            LogInError::InvalidCredentials
            | LogInError::TooManyAttempts(_)
            | LogInError::AccountDisabled
            | LogInError::EmailNotVerified
            | LogInError::SecondFactorRequired(_),
        ) => Ok(visit.go_on(&goes_on.behind(sign_in::PATH), None).finish()),
        Err(LogInError::Hasher(error)) => Err(error.into()),
        Err(LogInError::Store(error)) => Err(error.into()),
        Err(LogInError::Token(error)) => Err(error.into()),
    }
}

fn page<'v>(visit: &'v Visit, goes_on: &Continuation, typed: Typed, trouble: Trouble) -> SignUpPage<'v> {
    let frame = visit.frame(Gate::Down, visit.text("join.title")).telling(&trouble);
    SignUpPage {
        action: frame.path(PATH),
        name: typed.name,
        username: typed.username,
        goes_on: goes_on.path(),
        least: visit.pages.settings.password_policy.min_characters(),
        sign_in: frame.sign_in_path(goes_on),
        providers: social::links(visit, goes_on),
        trouble,
        frame,
    }
}

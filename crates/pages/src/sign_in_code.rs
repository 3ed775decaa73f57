//! `/sign-in/code` and `/sign-in/recovery-code`: the second half of a sign-in. What goes on with it is in a cookie, and never in
//! an address.

use crate::catalogue::Slot;
use crate::continuation::Continuation;
use crate::flow::waiting::{WaitingApp, WaitingApps};
use crate::forms::{CODE, Faults, open_too_long, too_many};
use crate::frame::{Frame, Gate};
use crate::markup::Markup;
use crate::notice::Notice;
use crate::sent::Sent;
use crate::sign_in::{self, go_on, waiting};
use crate::sign_in_passkey;
use crate::trouble::{Fault, Notice as Told, Trouble};
use crate::visit::Visit;
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::SET_COOKIE;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use askama::Template;
use portcullis_application::sign_in_by_code::{CodeAttempt, HalfWay, SecondShown, SecondStepError};
use portcullis_application::{Authentication, BrowserSession, SecondStep, SignInByCode};
use portcullis_domain::{FactorMethod, SecretText, SignInChallenge};
use portcullis_web::{DeviceCookie, Incoming, OwnCookie, Refusal, RequestOrigin, SameSite};
use std::pin::Pin;
use std::time::Duration;

/// The field of a recovery code.
pub(crate) const RECOVERY_CODE: &str = "recovery-code";

/// What goes on with the sign-in.
const COOKIE: &OwnCookie = &OwnCookie {
    name: "portcullis-sign-in",
    same_site: SameSite::Lax,
};

/// Which code a page asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Code,
    RecoveryCode,
}

impl Asked {
    const fn path(self) -> &'static str {
        match self {
            Self::Code => "/sign-in/code",
            Self::RecoveryCode => "/sign-in/recovery-code",
        }
    }

    const fn field(self) -> &'static str {
        match self {
            Self::Code => CODE,
            Self::RecoveryCode => RECOVERY_CODE,
        }
    }
}

#[derive(Template)]
#[template(path = "second-factor.html")]
struct CodePage<'v> {
    frame: Frame<'v>,
    trouble: Trouble,
    lead: Markup,
    is_recovery_code: bool,
    action: String,
    goes_on: String,
    /// The way to the other kind of code, where there is one.
    other: Option<String>,
    /// The way to a passkey, where there is one.
    passkey: Option<String>,
    /// Whom to ask when there is no code left.
    ask: Markup,
    not_you: Markup,
    again: String,
}

/// The answer that leads to the page, with what goes on in its cookie.
pub(crate) fn ask(visit: &Visit, step: &SecondStep, goes_on: &Continuation) -> HttpResponse {
    let path = if step.methods.contains(&FactorMethod::Totp) {
        Asked::Code.path()
    } else {
        sign_in_passkey::PATH
    };
    let mut answer = visit.go_on(&goes_on.behind(path), None);
    let life = SignInChallenge::LIFE.to_std().unwrap_or(Duration::ZERO);
    if let Ok(cookie) = visit.pages.settings.cookies.set(COOKIE, &step.token, life) {
        answer.append_header((SET_COOKIE, cookie));
    }
    answer.finish()
}

/// Asks for the app's code.
pub(crate) async fn show_code(
    visit: Visit,
    service: Data<dyn SignInByCode>,
    apps: Data<dyn WaitingApps>,
) -> Result<HttpResponse, Refusal> {
    show(visit, &**service, &**apps, Asked::Code).await
}

/// Asks for a recovery code.
pub(crate) async fn show_recovery_code(
    visit: Visit,
    service: Data<dyn SignInByCode>,
    apps: Data<dyn WaitingApps>,
) -> Result<HttpResponse, Refusal> {
    show(visit, &**service, &**apps, Asked::RecoveryCode).await
}

async fn show(
    mut visit: Visit,
    service: &dyn SignInByCode,
    apps: &dyn WaitingApps,
    asked: Asked,
) -> Result<HttpResponse, Refusal> {
    let goes_on = Continuation::parse(&visit.parameter("continue").unwrap_or_default());
    visit.is_reached_by(&goes_on.behind(asked.path()));
    let Some((half_way, _)) = find(&visit, service).await? else {
        return Ok(over(&visit, &goes_on));
    };
    let app = waiting(apps, &goes_on).await?;
    let page = page(&visit, asked, &half_way, &goes_on, Trouble::default());
    Ok(WaitingApp::let_in(app.as_ref(), visit.answer(StatusCode::OK, &page)?))
}

/// Who goes on where, and the services of the second half.
pub(crate) struct Step {
    service: Data<dyn SignInByCode>,
    authentication: Data<dyn Authentication>,
    apps: Data<dyn WaitingApps>,
    device: DeviceCookie,
    origin: RequestOrigin,
}

/// What it is made of.
type Parts = (
    Data<dyn SignInByCode>,
    Data<dyn Authentication>,
    Data<dyn WaitingApps>,
    DeviceCookie,
    RequestOrigin,
);

impl FromRequest for Step {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, actix_web::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let parts = Parts::from_request(request, payload);
        Box::pin(async move {
            let (service, authentication, apps, device, origin) = parts.await?;
            Ok(Self {
                service,
                authentication,
                apps,
                device,
                origin,
            })
        })
    }
}

/// Takes the app's code.
pub(crate) async fn take_code(visit: Visit, incoming: Incoming, step: Step) -> Result<HttpResponse, Refusal> {
    take(visit, incoming, step, Asked::Code).await
}

/// Takes a recovery code.
pub(crate) async fn take_recovery_code(visit: Visit, incoming: Incoming, step: Step) -> Result<HttpResponse, Refusal> {
    take(visit, incoming, step, Asked::RecoveryCode).await
}

async fn take(mut visit: Visit, incoming: Incoming, step: Step, asked: Asked) -> Result<HttpResponse, Refusal> {
    let mut sent = Sent::read(&visit, incoming).await?;
    let goes_on = Continuation::parse(&sent.text("continue"));
    visit.is_reached_by(&goes_on.behind(asked.path()));
    let Some((half_way, token)) = find(&visit, &**step.service).await? else {
        // The button may have been pressed twice: the first time has signed the user in.
        return Ok(if is_signed_in(&visit, &step).await {
            visit.go_on(&goes_on.path(), None).finish()
        } else {
            over(&visit, &goes_on)
        });
    };
    let app = waiting(&**step.apps, &goes_on).await?;
    let again = |status, trouble| {
        let answer = visit.answer(status, &page(&visit, asked, &half_way, &goes_on, trouble))?;
        Ok(WaitingApp::let_in(app.as_ref(), answer))
    };
    if !sent.is_shown {
        return again(StatusCode::FORBIDDEN, open_too_long(&visit));
    }
    let typed = sent.secret(asked.field());
    let code: SecretText = match asked {
        Asked::Code => typed.expose().split_whitespace().collect::<String>().into(),
        Asked::RecoveryCode => typed,
    };
    if code.expose().is_empty() {
        let missing = match asked {
            Asked::Code => "second-factor.title",
            Asked::RecoveryCode => "recovery-code.missing",
        };
        let trouble = Faults::of(&visit).only(asked.field(), missing);
        return again(StatusCode::UNPROCESSABLE_ENTITY, trouble);
    }
    let attempt = CodeAttempt {
        token,
        shown: SecondShown::Code(code),
        origin: step.origin.0.clone(),
    };
    let shown = visit.browser.session().cloned();
    match step.service.sign_in_browser_by_code(attempt, shown).await {
        Ok(begun) => Ok(finished(visit, &step.device, begun, &goes_on)),
        Err(SecondStepError::WrongCode { tries_left }) => {
            again(StatusCode::UNAUTHORIZED, wrong(&visit, asked, tries_left))
        }
        Err(SecondStepError::TooManyAttempts(exhausted)) => {
            let trouble = too_many(&visit, &exhausted, "second-factor.too-many");
            let page = page(&visit, asked, &half_way, &goes_on, trouble);
            let answer = visit.answer_exhausted(exhausted, &page)?;
            Ok(WaitingApp::let_in(app.as_ref(), answer))
        }
        Err(SecondStepError::InvalidToken | SecondStepError::AccountDisabled | SecondStepError::EmailNotVerified) => {
            Ok(over(&visit, &goes_on))
        }
        // A code is no passkey.
        Err(SecondStepError::Passkey(_)) => Ok(over(&visit, &goes_on)),
        Err(SecondStepError::Store(error)) => Err(error.into()),
        Err(SecondStepError::Token(error)) => Err(error.into()),
    }
}

/// The answer by which a browser is signed in whose second half came by another page.
pub(crate) fn finished(
    visit: Visit,
    device: &DeviceCookie,
    begun: BrowserSession,
    goes_on: &Continuation,
) -> HttpResponse {
    let clear = visit.pages.settings.cookies.clear(COOKIE);
    let mut answer = go_on(visit, device, begun, goes_on, None);
    answer.headers_mut().append(SET_COOKIE, clear);
    answer
}

/// The paths of both kinds of code.
pub(crate) const CODE_PATH: &str = Asked::Code.path();
pub(crate) const RECOVERY_CODE_PATH: &str = Asked::RecoveryCode.path();

/// The sign-in that waits in this browser, and what goes on with it.
pub(crate) async fn find(visit: &Visit, service: &dyn SignInByCode) -> Result<Option<(HalfWay, SecretText)>, Refusal> {
    let Some(token) = visit.pages.settings.cookies.find(COOKIE, visit.headers()) else {
        return Ok(None);
    };
    Ok(service.half_way(&token).await?.map(|half_way| (half_way, token)))
}

async fn is_signed_in(visit: &Visit, step: &Step) -> bool {
    let Some(cookie) = visit.browser.session() else {
        return false;
    };
    let signed_in = step.authentication.authenticate_browser(cookie, step.origin.0.clone());
    signed_in.await.is_ok()
}

/// No sign-in waits, or not any more: it begins anew.
pub(crate) fn over(visit: &Visit, goes_on: &Continuation) -> HttpResponse {
    let mut answer = visit.go_on(&goes_on.behind(sign_in::PATH), Some(Notice::SignInOver));
    answer.append_header((SET_COOKIE, visit.pages.settings.cookies.clear(COOKIE)));
    answer.finish()
}

fn wrong(visit: &Visit, asked: Asked, tries_left: u32) -> Trouble {
    let text = visit.text("refused.wrong-code");
    let key = match asked {
        Asked::Code => "second-factor.wrong-lead",
        Asked::RecoveryCode => "recovery-code.wrong-lead",
    };
    let tries = usize::try_from(tries_left).unwrap_or_default();
    Trouble {
        notice: Some(Told {
            tone: "danger",
            heading: text.clone(),
            text: Some(visit.text_with(key, &[("tries", Slot::Number(tries))])),
            code: "invalid_code",
        }),
        faults: vec![Fault {
            field: asked.field(),
            text,
        }],
    }
}

fn page<'v>(
    visit: &'v Visit,
    asked: Asked,
    half_way: &HalfWay,
    goes_on: &Continuation,
    trouble: Trouble,
) -> CodePage<'v> {
    let name = visit.pages.settings.theme.name.markup();
    let app = [("app", Slot::Markup(&name))];
    let (title, lead, other) = match asked {
        Asked::Code => (
            "second-factor.title",
            visit.text_with("second-factor.lead", &app),
            half_way
                .methods
                .contains(&FactorMethod::RecoveryCode)
                .then_some(Asked::RecoveryCode),
        ),
        Asked::RecoveryCode => (
            "recovery-code.title",
            visit.text("recovery-code.lead"),
            Some(Asked::Code),
        ),
    };
    let frame = visit.frame(Gate::Half, visit.text(title)).telling(&trouble);
    let ask = match frame.contact() {
        Some(contact) => visit.text_with(
            "recovery-code.ask",
            &[("app", Slot::Markup(&name)), ("contact", Slot::Markup(&contact))],
        ),
        None => visit.text_with("recovery-code.ask-somebody", &app),
    };
    CodePage {
        lead,
        is_recovery_code: asked == Asked::RecoveryCode,
        action: frame.path(asked.path()),
        goes_on: goes_on.path(),
        other: other.map(|other| frame.path(&goes_on.behind(other.path()))),
        passkey: half_way
            .methods
            .contains(&FactorMethod::Passkey)
            .then(|| frame.path(&goes_on.behind(sign_in_passkey::PATH))),
        ask,
        not_you: frame.slot(
            "second-factor.not-you",
            "email",
            &Markup::plain_address(half_way.user.email.as_str()),
        ),
        again: frame.sign_in_path(goes_on),
        trouble,
        frame,
    }
}

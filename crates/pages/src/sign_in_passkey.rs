//! `/sign-in/passkey`: signing in by a passkey, as the first half and as the second.

use crate::continuation::Continuation;
use crate::flow::waiting::{WaitingApp, WaitingApps};
use crate::forms::{open_too_long, refused, too_many};
use crate::frame::{Frame, Gate};
use crate::markup::Markup;
use crate::sent::{FORM_EXPIRED, Sent};
use crate::sign_in::{self, disabled, go_on, unverified, waiting};
use crate::sign_in_code::{self, CODE_PATH, RECOVERY_CODE_PATH, finished, over};
use crate::trouble::Trouble;
use crate::visit::Visit;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use actix_web::web::Data;
use askama::Template;
use portcullis_application::ports::{AskedPasskey, ShownPasskey};
use portcullis_application::sign_in_by_code::{CodeAttempt, HalfWay, SecondShown, SecondStepError};
use portcullis_application::sign_in_by_passkey::{
    AskPasskeyError, Occasion, PasskeyAttempt, PasskeyBrowser, PasskeySignInError,
};
use portcullis_application::{PasskeyError, SignInByCode, SignInByPasskey};
use portcullis_domain::FactorMethod;
use portcullis_web::{DeviceCookie, Incoming, Refusal, RequestOrigin, kind};

pub(crate) const PATH: &str = "/sign-in/passkey";

/// What the script of the pages of both halves asks for.
pub(crate) const OPTIONS: &str = "/sign-in/passkey/options";

/// The field of a form of the second half.
const SECOND: &str = "second";

/// Where a passkey goes from a page.
pub(crate) struct PasskeyWay {
    pub(crate) action: String,
    pub(crate) options: String,
}

impl PasskeyWay {
    /// To that path, where there are passkeys, for what is asked for at the other one.
    pub(crate) fn at(visit: &Visit, path: &str, options: &str) -> Option<Self> {
        visit.pages.has_passkeys.then(|| Self {
            action: visit.path(path),
            options: visit.path(options),
        })
    }
}

#[derive(Template)]
#[template(path = "passkey-prompt.html")]
struct PasskeyPage<'v> {
    frame: Frame<'v>,
    trouble: Trouble,
    action: String,
    options: String,
    goes_on: String,
    /// The way to a code, where there is an authenticator app.
    code: Option<String>,
    recovery_code: Option<String>,
    not_you: Markup,
    again: String,
}

/// What a page's script is told.
pub(crate) fn told(visit: &Visit, asked: &AskedPasskey) -> HttpResponse {
    // A challenge has nothing that JSON would escape.
    let body = format!(
        r#"{{"challenge":"{}","publicKey":{}}}"#,
        asked.challenge.expose(),
        asked.options
    );
    visit
        .answer_start(StatusCode::OK)
        .insert_header(ContentType::json())
        .body(body)
}

/// What a form brought of a passkey.
pub(crate) fn shown_in(sent: &mut Sent) -> ShownPasskey {
    ShownPasskey {
        challenge: sent.secret("challenge"),
        credential: sent.secret("credential"),
    }
}

/// Tells the script of a page of sign-in what to ask the device: for the half that the form is of.
pub(crate) async fn options(
    visit: Visit,
    incoming: Incoming,
    first: Data<dyn SignInByPasskey>,
    second: Data<dyn SignInByCode>,
) -> Result<HttpResponse, Refusal> {
    let mut sent = Sent::read(&visit, incoming).await?;
    if !sent.is_shown {
        return Err(FORM_EXPIRED.into());
    }
    if sent.given(SECOND).is_none() {
        return asked_for(&visit, &**first, Occasion::SignIn);
    }
    match sign_in_code::find(&visit, &**second).await? {
        Some((_, token)) => asked_for(&visit, &**first, Occasion::SecondStep(&token)),
        // The page is loaded again, and leads to the beginning.
        None => Err(FORM_EXPIRED.into()),
    }
}

/// What the script of a page is told for that occasion.
pub(crate) fn asked_for(
    visit: &Visit,
    service: &dyn SignInByPasskey,
    occasion: Occasion<'_>,
) -> Result<HttpResponse, Refusal> {
    match service.ask(occasion, Some(visit.browser.secret())) {
        Ok(asked) => Ok(told(visit, &asked)),
        Err(AskPasskeyError::InvalidToken) => Err(FORM_EXPIRED.into()),
        Err(AskPasskeyError::Refused(PasskeyError::Store(error))) => Err(error.into()),
        Err(AskPasskeyError::Refused(PasskeyError::TooManyAttempts(exhausted))) => Err(exhausted.into()),
        Err(AskPasskeyError::Refused(
            PasskeyError::Off
            | PasskeyError::InvalidChallenge
            | PasskeyError::InvalidAnswer(_)
            | PasskeyError::UserNotVerified
            | PasskeyError::InvalidPasskey,
        )) => Err(kind::NOT_FOUND.into()),
    }
}

/// Asks for a passkey as the second half of a sign-in.
pub(crate) async fn show(
    mut visit: Visit,
    service: Data<dyn SignInByCode>,
    apps: Data<dyn WaitingApps>,
) -> Result<HttpResponse, Refusal> {
    let goes_on = Continuation::parse(&visit.parameter("continue").unwrap_or_default());
    visit.is_reached_by(&goes_on.behind(PATH));
    let Some((half_way, _)) = sign_in_code::find(&visit, &**service).await? else {
        return Ok(visit.go_on(&goes_on.behind(sign_in::PATH), None).finish());
    };
    let app = waiting(&**apps, &goes_on).await?;
    let page = page(&visit, &half_way, &goes_on, Trouble::default());
    Ok(WaitingApp::let_in(app.as_ref(), visit.answer(StatusCode::OK, &page)?))
}

/// Takes a passkey: as the second half where the page of the second half sent it, else as all of a sign-in.
pub(crate) async fn take(
    mut visit: Visit,
    incoming: Incoming,
    origin: RequestOrigin,
    device: DeviceCookie,
    first: Data<dyn SignInByPasskey>,
    second: Data<dyn SignInByCode>,
    apps: Data<dyn WaitingApps>,
) -> Result<HttpResponse, Refusal> {
    let mut sent = Sent::read(&visit, incoming).await?;
    let goes_on = Continuation::parse(&sent.text("continue"));
    visit.write_in(crate::authorize::language_of(&goes_on));
    let is_second = sent.given(SECOND).is_some();
    visit.is_reached_by(&goes_on.behind(if is_second { PATH } else { sign_in::PATH }));
    let step = Step {
        device,
        origin,
        goes_on,
        apps,
    };
    if is_second {
        take_second(visit, sent, step, &**second).await
    } else {
        take_first(visit, sent, step, &**first).await
    }
}

/// What both halves need.
struct Step {
    device: DeviceCookie,
    origin: RequestOrigin,
    goes_on: Continuation,
    apps: Data<dyn WaitingApps>,
}

async fn take_first(
    visit: Visit,
    mut sent: Sent,
    step: Step,
    service: &dyn SignInByPasskey,
) -> Result<HttpResponse, Refusal> {
    let goes_on = step.goes_on;
    let (status, trouble) = if sent.is_shown {
        let attempt = PasskeyAttempt {
            shown: shown_in(&mut sent),
            origin: step.origin.0,
        };
        let browser = PasskeyBrowser {
            secret: visit.browser.secret().clone(),
            cookie: visit.browser.session().cloned(),
            asked_at: crate::authorize::first_seen(&goes_on, &visit),
        };
        match service.sign_in_browser_by_passkey(attempt, browser).await {
            Ok(begun) => return Ok(go_on(visit, &step.device, begun, &goes_on, None)),
            Err(PasskeySignInError::AccountDisabled) => (StatusCode::FORBIDDEN, disabled(&visit)),
            Err(PasskeySignInError::EmailNotVerified) => (StatusCode::FORBIDDEN, unverified(&visit)),
            Err(PasskeySignInError::NotProved(error)) => trouble_of(&visit, error)?,
            Err(PasskeySignInError::Store(error)) => return Err(error.into()),
            Err(PasskeySignInError::Token(error)) => return Err(error.into()),
        }
    } else {
        (StatusCode::FORBIDDEN, open_too_long(&visit))
    };
    sign_in::again(&visit, &**step.apps, &goes_on, status, trouble).await
}

async fn take_second(
    visit: Visit,
    mut sent: Sent,
    step: Step,
    service: &dyn SignInByCode,
) -> Result<HttpResponse, Refusal> {
    let goes_on = step.goes_on;
    let Some((half_way, token)) = sign_in_code::find(&visit, service).await? else {
        return Ok(over(&visit, &goes_on));
    };
    let (status, trouble) = if sent.is_shown {
        let secret = visit.browser.secret().clone();
        let attempt = CodeAttempt {
            token,
            shown: SecondShown::Passkey(shown_in(&mut sent), Some(secret)),
            origin: step.origin.0,
        };
        let cookie = visit.browser.session().cloned();
        match service.sign_in_browser_by_code(attempt, cookie).await {
            Ok(begun) => return Ok(finished(visit, &step.device, begun, &goes_on)),
            Err(SecondStepError::Passkey(error)) => trouble_of(&visit, error)?,
            Err(SecondStepError::TooManyAttempts(exhausted)) => return Err(exhausted.into()),
            Err(
                SecondStepError::InvalidToken
                | SecondStepError::AccountDisabled
                | SecondStepError::EmailNotVerified
                // A passkey is no code.
                | SecondStepError::WrongCode { .. },
            ) => return Ok(over(&visit, &goes_on)),
            Err(SecondStepError::Store(error)) => return Err(error.into()),
            Err(SecondStepError::Token(error)) => return Err(error.into()),
        }
    } else {
        (StatusCode::FORBIDDEN, open_too_long(&visit))
    };
    let app = waiting(&**step.apps, &goes_on).await?;
    let answer = visit.answer(status, &page(&visit, &half_way, &goes_on, trouble))?;
    Ok(WaitingApp::let_in(app.as_ref(), answer))
}

/// What a page tells of a passkey that proved nothing.
pub(crate) fn trouble_of(visit: &Visit, error: PasskeyError) -> Result<(StatusCode, Trouble), Refusal> {
    let (status, code) = match error {
        // Its time is over, or the button was pressed twice.
        PasskeyError::InvalidChallenge => return Ok((StatusCode::FORBIDDEN, open_too_long(visit))),
        PasskeyError::TooManyAttempts(exhausted) => {
            let trouble = too_many(visit, &exhausted, "throttled.lead");
            return Ok((StatusCode::TOO_MANY_REQUESTS, trouble));
        }
        PasskeyError::Store(error) => return Err(error.into()),
        PasskeyError::Off => return Err(kind::NOT_FOUND.into()),
        PasskeyError::UserNotVerified => {
            let text = visit.text("passkey.not-verified-lead");
            let trouble = refused(visit, "invalid_passkey", "passkey.not-verified", Some(text));
            return Ok((StatusCode::UNAUTHORIZED, trouble));
        }
        PasskeyError::InvalidAnswer(_) | PasskeyError::InvalidPasskey => (StatusCode::UNAUTHORIZED, "invalid_passkey"),
    };
    let text = visit.text("passkey.refused-lead");
    Ok((status, refused(visit, code, "passkey.refused", Some(text))))
}

fn page<'v>(visit: &'v Visit, half_way: &HalfWay, goes_on: &Continuation, trouble: Trouble) -> PasskeyPage<'v> {
    let frame = visit.frame(Gate::Half, visit.text("passkey.title")).telling(&trouble);
    let has_recovery_codes = half_way.methods.contains(&FactorMethod::RecoveryCode);
    PasskeyPage {
        action: frame.path(PATH),
        options: frame.path(OPTIONS),
        goes_on: goes_on.path(),
        code: half_way
            .methods
            .contains(&FactorMethod::Totp)
            .then(|| frame.path(&goes_on.behind(CODE_PATH))),
        recovery_code: has_recovery_codes.then(|| frame.path(&goes_on.behind(RECOVERY_CODE_PATH))),
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

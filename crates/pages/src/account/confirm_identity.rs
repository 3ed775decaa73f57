//! `/account/confirm`: proving once more who one is, and back to where that was asked for.

use crate::continuation::Continuation;
use crate::flow::{WaitingApp, WaitingApps};
use crate::forms::{CODE, Faults, PASSWORD, open_too_long, refused, too_many};
use crate::frame::{Frame, Gate};
use crate::inside::{Arrival, Inside, session_cookie};
use crate::sent::{FORM_EXPIRED, Sent};
use crate::sign_in;
use crate::sign_in_passkey::{PasskeyWay, asked_for, trouble_of};
use crate::social::{self, ProviderLink};
use crate::trouble::Trouble;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::SET_COOKIE;
use actix_web::web::Data;
use askama::Template;
use portcullis_application::ports::ShownPasskey;
use portcullis_application::reauthentication::{ProofShown, ReauthenticateError};
use portcullis_application::sign_in_by_passkey::Occasion;
use portcullis_application::{LinkedIdentities, Passkeys, ProveAgainError, Reauthentication, SignInByPasskey};
use portcullis_domain::{Acr, LinkedIdentity, SecretText};
use portcullis_web::{Incoming, Refusal};

pub(crate) const PATH: &str = "/account/confirm";

/// What the script of the page asks for.
const OPTIONS: &str = "/account/confirm/options";

/// How good a proof has to be.
const ACR: &str = "acr";

#[derive(Template)]
#[template(path = "confirm-identity.html")]
struct ConfirmPage<'v> {
    frame: Frame<'v>,
    trouble: Trouble,
    action: String,
    email: &'v str,
    goes_on: String,
    asks_for_password: bool,
    asks_for_code: bool,
    has_password: bool,
    /// The providers by which somebody without a password proves it.
    providers: Vec<ProviderLink>,
    /// Where a passkey goes, where there is one.
    passkey: Option<PasskeyWay>,
    cancel: String,
}

/// The path of the page that asks for a proof so good, and goes on there.
pub(crate) fn path_for(goes_on: &Continuation, acr: Acr) -> String {
    let path = goes_on.named_behind(PATH);
    match acr {
        Acr::PhishingResistant => format!("{path}&{ACR}={acr}"),
        Acr::OneFactor | Acr::TwoFactors => path,
    }
}

/// What proves it on the page.
struct Ways {
    password: bool,
    passkey: bool,
    identities: Vec<LinkedIdentity>,
}

impl Ways {
    /// Those of the user, for a proof so good.
    async fn of(
        inside: &Inside,
        passkeys: &dyn Passkeys,
        identities: &dyn LinkedIdentities,
        asked: &str,
    ) -> Result<Self, Refusal> {
        let is_on = inside.visit.pages.has_passkeys;
        let passkey = is_on && !passkeys.list(&inside.actor).await?.is_empty();
        let needs_passkey =
            asked == Acr::PhishingResistant.as_str() || inside.user().strongest_acr() == Acr::PhishingResistant;
        Ok(Self {
            // An account without either is told by the field that there is no password.
            password: !passkey || (inside.user().has_password && !needs_passkey),
            passkey,
            identities: identities.list_own(&inside.actor).await?,
        })
    }
}

/// The answer that leads to the page, and from there back to a path of ours.
pub(crate) fn ask(inside: &Inside, back: &str) -> HttpResponse {
    let goes_on = Continuation::parse(back);
    inside.visit.go_on(&goes_on.behind(PATH), None).finish()
}

/// Asks.
pub(crate) async fn show(
    arrival: Arrival,
    apps: Data<dyn WaitingApps>,
    passkeys: Data<dyn Passkeys>,
    identities: Data<dyn LinkedIdentities>,
) -> Result<HttpResponse, Refusal> {
    let mut inside = match arrival.enter_to_enrol().await? {
        Ok(inside) => inside,
        Err(sign_in) => return Ok(sign_in),
    };
    let goes_on = Continuation::parse(&inside.visit.parameter("continue").unwrap_or_default());
    inside.visit.is_reached_by(&goes_on.behind(PATH));
    let app = sign_in::waiting(&**apps, &goes_on).await?;
    let asked = inside.visit.parameter(ACR).unwrap_or_default();
    let ways = Ways::of(&inside, &**passkeys, &**identities, &asked).await?;
    let answer = match social::proof_trouble(&inside) {
        Some(trouble) => inside.answer_once(&page(&inside, &goes_on, &ways, trouble))?,
        None => inside.answer(StatusCode::OK, &page(&inside, &goes_on, &ways, Trouble::default()))?,
    };
    Ok(WaitingApp::let_in(app.as_ref(), answer))
}

/// Takes the proof.
pub(crate) async fn confirm(
    arrival: Arrival,
    incoming: Incoming,
    service: Data<dyn Reauthentication>,
    apps: Data<dyn WaitingApps>,
    passkeys: Data<dyn Passkeys>,
    identities: Data<dyn LinkedIdentities>,
) -> Result<HttpResponse, Refusal> {
    let mut inside = match arrival.enter_to_enrol().await? {
        Ok(inside) => inside,
        Err(sign_in) => return Ok(sign_in),
    };
    let mut sent = Sent::read(&inside.visit, incoming).await?;
    let goes_on = Continuation::parse(&sent.text("continue"));
    inside.visit.is_reached_by(&goes_on.behind(PATH));
    let ways = Ways::of(&inside, &**passkeys, &**identities, "").await?;
    let visit = &inside.visit;
    let app = sign_in::waiting(&**apps, &goes_on).await?;
    let refuse = |status, trouble| {
        let answer = inside.answer(status, &page(&inside, &goes_on, &ways, trouble))?;
        Ok(WaitingApp::let_in(app.as_ref(), answer))
    };
    if !sent.is_shown {
        return refuse(StatusCode::FORBIDDEN, open_too_long(visit));
    }
    let shown = match sent.given("credential") {
        Some(credential) => ProofShown::Passkey(
            ShownPasskey {
                challenge: sent.secret("challenge"),
                credential: credential.into(),
            },
            Some(visit.browser.secret().clone()),
        ),
        None => match typed(&inside, &mut sent) {
            Ok(shown) => shown,
            Err(trouble) => return refuse(StatusCode::UNPROCESSABLE_ENTITY, trouble),
        },
    };
    match service.reauthenticate_browser(&inside.actor, shown).await {
        Ok(renewed) => {
            let mut answer = visit.go_on(&goes_on.path(), None);
            if let Some(cookie) = session_cookie(visit, &renewed.cookie, renewed.stays_for) {
                answer.append_header((SET_COOKIE, cookie));
            }
            Ok(answer.finish())
        }
        Err(ReauthenticateError::NotProved(ProveAgainError::Wrong)) => {
            let trouble = Faults::of(visit).only(PASSWORD, "confirm-identity.wrong-password");
            refuse(StatusCode::UNPROCESSABLE_ENTITY, trouble.coded("wrong_password"))
        }
        Err(ReauthenticateError::WrongCode) => {
            let text = visit.text("account-second-factor.wrong");
            let trouble = refused(visit, "invalid_code", "refused.wrong-code", Some(text));
            refuse(StatusCode::UNPROCESSABLE_ENTITY, trouble)
        }
        Err(
            ReauthenticateError::NotProved(ProveAgainError::TooManyAttempts(exhausted))
            | ReauthenticateError::TooManyCodes(exhausted),
        ) => {
            let trouble = too_many(visit, &exhausted, "throttled.lead");
            let answer = visit.answer_exhausted(exhausted, &page(&inside, &goes_on, &ways, trouble))?;
            Ok(WaitingApp::let_in(app.as_ref(), answer))
        }
        Err(ReauthenticateError::NotProved(ProveAgainError::SignedOut)) => Ok(inside.signed_out()),
        Err(ReauthenticateError::NotProved(ProveAgainError::Hasher(error))) => Err(error.into()),
        Err(ReauthenticateError::NotProved(ProveAgainError::Store(error)) | ReauthenticateError::Store(error)) => {
            Err(error.into())
        }
        Err(ReauthenticateError::Passkey(error)) => {
            let (status, trouble) = trouble_of(visit, error)?;
            refuse(status, trouble)
        }
        Err(ReauthenticateError::Token(error)) => Err(error.into()),
    }
}

/// Tells the script of the page what to ask the device: for this session.
pub(crate) async fn options(
    arrival: Arrival,
    incoming: Incoming,
    passkeys: Data<dyn SignInByPasskey>,
) -> Result<HttpResponse, Refusal> {
    let inside = match arrival.enter_to_enrol().await? {
        Ok(inside) => inside,
        Err(sign_in) => return Ok(sign_in),
    };
    if !Sent::read(&inside.visit, incoming).await?.is_shown {
        return Err(FORM_EXPIRED.into());
    }
    asked_for(&inside.visit, &**passkeys, Occasion::StepUp(&inside.actor))
}

/// The password, and the code where one is asked for, as they were typed.
fn typed(inside: &Inside, sent: &mut Sent) -> Result<ProofShown, Trouble> {
    let mut faults = Faults::of(&inside.visit);
    let password = faults.presented(PASSWORD, sent.secret(PASSWORD));
    let code: String = sent.secret(CODE).expose().trim().to_owned();
    if inside.user().has_second_factor && code.is_empty() {
        faults.missing(CODE, "second-factor.title");
    }
    let trouble = faults.told();
    match password.filter(|_| trouble.is_none()) {
        Some(password) => Ok(ProofShown::Password {
            password,
            code: inside.user().has_second_factor.then(|| typed_code(&code)),
        }),
        None => Err(trouble),
    }
}

/// A code as somebody typed it into a page: white space between the app's digits does not count.
pub(crate) fn typed_code(text: &str) -> SecretText {
    let digits: String = text.split_whitespace().collect();
    digits.into()
}

fn page<'v>(inside: &'v Inside, goes_on: &Continuation, ways: &Ways, trouble: Trouble) -> ConfirmPage<'v> {
    let visit = &inside.visit;
    let frame = visit
        .frame(Gate::Half, visit.text("confirm-identity.title"))
        .telling(&trouble);
    ConfirmPage {
        action: frame.path(PATH),
        email: inside.user().email.as_str(),
        goes_on: goes_on.path(),
        asks_for_password: ways.password,
        asks_for_code: inside.user().has_second_factor,
        has_password: inside.user().has_password,
        providers: social::links_to_prove(visit, goes_on, &ways.identities),
        passkey: ways.passkey.then(|| PasskeyWay::at(visit, PATH, OPTIONS)).flatten(),
        cancel: frame.path("/account"),
        trouble,
        frame,
    }
}

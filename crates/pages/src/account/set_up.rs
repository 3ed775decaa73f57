//! `/account/second-factor/set-up`: an authenticator app, and the recovery codes, which are shown once. The server keeps none of
//! them: what a page shows again, it was sent.

use crate::account::confirm_identity::{self, typed_code};
use crate::account::hall::{Hall, Place};
use crate::catalogue::Slot;
use crate::continuation::Continuation;
use crate::flow::{WaitingApp, WaitingApps};
use crate::forms::{CODE, Faults, open_too_long, refused, too_many};
use crate::inside::{Arrival, Inside};
use crate::markup::Markup;
use crate::notice::Notice;
use crate::sent::Sent;
use crate::sign_in;
use crate::trouble::Trouble;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_DISPOSITION, ContentType};
use actix_web::web::Data;
use askama::Template;
use portcullis_application::ports::{Enrolment, QrCode};
use portcullis_application::second_factors::ChangeFactorError;
use portcullis_application::{ProveAgainError, SecondFactors};
use portcullis_domain::{RecoveryCode, SecretText};
use portcullis_web::{Incoming, Refusal};

/// Where an app is set up.
pub(crate) const PATH: &str = "/account/second-factor/set-up";
/// Where a code of it turns the second factor on.
pub(crate) const CONFIRM: &str = "/account/second-factor/confirm";
/// Where new recovery codes are made.
pub(crate) const NEW_CODES: &str = "/account/second-factor/recovery-codes";
/// Where the codes come from as a file.
pub(crate) const CODES_FILE: &str = "/account/second-factor/recovery-codes.txt";
/// Where one says that they are saved.
pub(crate) const DONE: &str = "/account/second-factor/done";

const SAVED: &str = "saved";
const CODES: &str = "codes";

#[derive(Template)]
#[template(path = "account-set-up.html")]
struct SetUpPage<'v> {
    hall: Hall<'v>,
    trouble: Trouble,
    action: String,
    on_this_phone: Markup,
    /// The secret in groups that one can read.
    key: String,
    side: usize,
    path: SecretText,
    cancel: String,
    goes_on: String,
}

#[derive(Template)]
#[template(path = "account-recovery-codes.html")]
struct CodesPage<'v> {
    hall: Hall<'v>,
    trouble: Trouble,
    goes_on: String,
    /// The codes as the form sends them.
    sent: String,
    codes: Vec<String>,
    file: String,
    done: String,
}

/// Shows what the app is given, where a secret waits.
pub(crate) async fn show(arrival: Arrival, factors: Data<dyn SecondFactors>) -> Result<HttpResponse, Refusal> {
    let mut inside = match arrival.enter_to_enrol().await? {
        Ok(inside) => inside,
        Err(sign_in) => return Ok(sign_in),
    };
    let goes_on = Continuation::parse(&inside.visit.parameter("continue").unwrap_or_default());
    inside.visit.is_reached_by(&goes_on.behind(PATH));
    match waiting(&inside, &goes_on, &**factors).await? {
        Ok(enrolment) => {
            let page = set_up_page(&inside, &goes_on, &enrolment, Trouble::default());
            inside.answer(StatusCode::OK, &page)
        }
        Err(answer) => Ok(answer),
    }
}

/// Makes a secret.
pub(crate) async fn begin(
    arrival: Arrival,
    incoming: Incoming,
    factors: Data<dyn SecondFactors>,
) -> Result<HttpResponse, Refusal> {
    let (inside, _, goes_on) = match enter(arrival, incoming).await? {
        Ok(entered) => entered,
        Err(answer) => return Ok(answer),
    };
    match factors.enrol(&inside.actor, None).await {
        Ok(_) => Ok(inside.visit.go_on(&goes_on.behind(PATH), None).finish()),
        Err(error) => otherwise(&inside, &goes_on, error),
    }
}

/// Turns the second factor on.
pub(crate) async fn confirm(
    arrival: Arrival,
    incoming: Incoming,
    factors: Data<dyn SecondFactors>,
    apps: Data<dyn WaitingApps>,
) -> Result<HttpResponse, Refusal> {
    let (inside, mut sent, goes_on) = match enter(arrival, incoming).await? {
        Ok(entered) => entered,
        Err(answer) => return Ok(answer),
    };
    let code = typed_code(sent.secret(CODE).expose());
    let exhausted = match factors.confirm(&inside.actor, code).await {
        Ok(codes) => {
            let page = codes_page(&inside, &goes_on, &codes, Trouble::default());
            let app = sign_in::waiting(&**apps, &goes_on).await?;
            return Ok(WaitingApp::let_in(app.as_ref(), inside.answer(StatusCode::OK, &page)?));
        }
        Err(ChangeFactorError::WrongCode) => None,
        Err(ChangeFactorError::TooManyCodes(exhausted)) => Some(exhausted),
        Err(error) => return otherwise(&inside, &goes_on, error),
    };
    let enrolment = match waiting(&inside, &goes_on, &**factors).await? {
        Ok(enrolment) => enrolment,
        Err(answer) => return Ok(answer),
    };
    let visit = &inside.visit;
    match exhausted {
        None => {
            let text = visit.text("account-second-factor.wrong");
            let trouble = refused(visit, "invalid_code", "refused.wrong-code", Some(text));
            let page = set_up_page(&inside, &goes_on, &enrolment, trouble);
            inside.answer(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Some(exhausted) => {
            let trouble = too_many(visit, &exhausted, "throttled.lead");
            let page = set_up_page(&inside, &goes_on, &enrolment, trouble);
            visit.answer_exhausted(exhausted, &page)
        }
    }
}

/// Makes new recovery codes.
pub(crate) async fn renew(
    arrival: Arrival,
    incoming: Incoming,
    factors: Data<dyn SecondFactors>,
) -> Result<HttpResponse, Refusal> {
    let (inside, _, goes_on) = match enter(arrival, incoming).await? {
        Ok(entered) => entered,
        Err(answer) => return Ok(answer),
    };
    match factors.renew_recovery_codes(&inside.actor, None).await {
        Ok(codes) => {
            let page = codes_page(&inside, &goes_on, &codes, Trouble::default());
            inside.answer(StatusCode::OK, &page)
        }
        Err(error) => otherwise(&inside, &goes_on, error),
    }
}

/// The codes that the page shows, as a file.
pub(crate) async fn file(arrival: Arrival, incoming: Incoming) -> Result<HttpResponse, Refusal> {
    let (inside, mut sent, _) = match enter(arrival, incoming).await? {
        Ok(entered) => entered,
        Err(answer) => return Ok(answer),
    };
    let codes = codes_of(&mut sent);
    let mut text = format!(
        "{}\n{}\n\n",
        inside.visit.pages.settings.theme.name.as_str(),
        inside.user().email.as_str()
    );
    for code in &codes {
        text.push_str(code.expose());
        text.push('\n');
    }
    Ok(inside
        .visit
        .answer_start(StatusCode::OK)
        .insert_header(ContentType::plaintext())
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"recovery-codes.txt\""))
        .body(text))
}

/// Goes on once they are saved: to where the second factor was asked for, else to its own page.
pub(crate) async fn done(
    arrival: Arrival,
    incoming: Incoming,
    apps: Data<dyn WaitingApps>,
) -> Result<HttpResponse, Refusal> {
    let (inside, mut sent, goes_on) = match enter(arrival, incoming).await? {
        Ok(entered) => entered,
        Err(answer) => return Ok(answer),
    };
    if sent.given(SAVED).is_some() {
        return Ok(if goes_on == Continuation::default() {
            inside.done(Place::SecondFactor.path(), Notice::SecondFactorOn)
        } else {
            inside.visit.go_on(&goes_on.path(), None).finish()
        });
    }
    let trouble = Faults::of(&inside.visit).only(SAVED, "account-second-factor.not-saved");
    let codes = codes_of(&mut sent);
    let page = codes_page(&inside, &goes_on, &codes, trouble);
    let app = sign_in::waiting(&**apps, &goes_on).await?;
    let answer = inside.answer(StatusCode::UNPROCESSABLE_ENTITY, &page)?;
    Ok(WaitingApp::let_in(app.as_ref(), answer))
}

/// The codes that a form of ours carries.
fn codes_of(sent: &mut Sent) -> Vec<SecretText> {
    let text = sent.secret(CODES);
    let codes = text.expose().split(' ').filter_map(RecoveryCode::parse);
    codes.take(RecoveryCode::AT_ONCE).map(|code| code.shown()).collect()
}

/// Who sent a form and where it leads in the end, if this browser was shown it.
async fn enter(
    arrival: Arrival,
    incoming: Incoming,
) -> Result<Result<(Inside, Sent, Continuation), HttpResponse>, Refusal> {
    let mut inside = match arrival.enter_to_enrol().await? {
        Ok(inside) => inside,
        Err(sign_in) => return Ok(Err(sign_in)),
    };
    let mut sent = Sent::read(&inside.visit, incoming).await?;
    let goes_on = Continuation::parse(&sent.text("continue"));
    inside.visit.is_reached_by(&goes_on.behind(Place::SecondFactor.path()));
    if sent.is_shown {
        return Ok(Ok((inside, sent, goes_on)));
    }
    let trouble = open_too_long(&inside.visit);
    let page = codes_page(&inside, &goes_on, &[], trouble);
    Ok(Err(inside.answer(StatusCode::FORBIDDEN, &page)?))
}

/// The secret that waits, or where one goes where none does.
async fn waiting(
    inside: &Inside,
    goes_on: &Continuation,
    factors: &dyn SecondFactors,
) -> Result<Result<Enrolment, HttpResponse>, Refusal> {
    match factors.waiting(&inside.actor).await {
        Ok(Some(enrolment)) => Ok(Ok(enrolment)),
        Ok(None) => Ok(Err(to_its_page(inside, goes_on))),
        Err(error) => otherwise(inside, goes_on, error).map(Err),
    }
}

fn to_its_page(inside: &Inside, goes_on: &Continuation) -> HttpResponse {
    let path = goes_on.behind(Place::SecondFactor.path());
    inside.visit.go_on(&path, None).finish()
}

fn otherwise(inside: &Inside, goes_on: &Continuation, error: ChangeFactorError) -> Result<HttpResponse, Refusal> {
    match error {
        ChangeFactorError::StepUp(_) => {
            let back = goes_on.behind(Place::SecondFactor.path());
            Ok(confirm_identity::ask(inside, &back))
        }
        ChangeFactorError::NotProved(ProveAgainError::SignedOut) => Ok(inside.signed_out()),
        // No password is shown here, and no code that counts.
        ChangeFactorError::Off
        | ChangeFactorError::WrongCode
        | ChangeFactorError::TooManyCodes(_)
        | ChangeFactorError::NotProved(ProveAgainError::Wrong | ProveAgainError::TooManyAttempts(_)) => {
            Ok(to_its_page(inside, goes_on))
        }
        ChangeFactorError::NotProved(ProveAgainError::Hasher(error)) => Err(error.into()),
        ChangeFactorError::NotProved(ProveAgainError::Store(error)) | ChangeFactorError::Store(error) => {
            Err(error.into())
        }
    }
}

fn set_up_page<'v>(
    inside: &'v Inside,
    goes_on: &Continuation,
    enrolment: &Enrolment,
    trouble: Trouble,
) -> SetUpPage<'v> {
    let visit = &inside.visit;
    let uri = Markup::escaped(enrolment.uri.expose());
    let key: Vec<_> = enrolment
        .secret
        .expose()
        .as_bytes()
        .chunks(4)
        .map(String::from_utf8_lossy)
        .collect();
    SetUpPage {
        hall: inside
            .hall(Place::SecondFactor, visit.text("account-second-factor.set-up"))
            .below()
            .telling(&trouble),
        action: visit.path(CONFIRM),
        on_this_phone: visit.text_with("account-second-factor.on-this-phone", &[("uri", Slot::Markup(&uri))]),
        key: key.join(" "),
        side: enrolment.qr.side + 2 * QrCode::MARGIN,
        path: enrolment.qr.path.clone(),
        cancel: visit.path(&goes_on.behind(Place::SecondFactor.path())),
        goes_on: goes_on.path(),
        trouble,
    }
}

fn codes_page<'v>(inside: &'v Inside, goes_on: &Continuation, codes: &[SecretText], trouble: Trouble) -> CodesPage<'v> {
    let visit = &inside.visit;
    let codes: Vec<_> = codes.iter().map(|code| code.expose().to_owned()).collect();
    CodesPage {
        hall: inside
            .hall(Place::SecondFactor, visit.text("account-second-factor.save-codes"))
            .below()
            .telling(&trouble),
        sent: codes.join(" "),
        codes,
        file: visit.path(CODES_FILE),
        done: visit.path(DONE),
        goes_on: goes_on.path(),
        trouble,
    }
}

//! `/account/second-factor/set-up`: an authenticator app, and the recovery codes, which are shown once. The server keeps none of
//! them: what a page shows again, it was sent.

use crate::account::confirm_identity::{self, typed_code};
use crate::account::hall::{Hall, Place};
use crate::catalogue::Slot;
use crate::forms::{CODE, Faults, open_too_long, refused, too_many};
use crate::inside::{Arrival, Inside};
use crate::markup::Markup;
use crate::notice::Notice;
use crate::sent::Sent;
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
}

#[derive(Template)]
#[template(path = "account-recovery-codes.html")]
struct CodesPage<'v> {
    hall: Hall<'v>,
    trouble: Trouble,
    /// The codes as the form sends them.
    sent: String,
    codes: Vec<String>,
    file: String,
    done: String,
}

/// Shows what the app is given, where a secret waits.
pub(crate) async fn show(arrival: Arrival, factors: Data<dyn SecondFactors>) -> Result<HttpResponse, Refusal> {
    let inside = match arrival.enter().await? {
        Ok(inside) => inside,
        Err(sign_in) => return Ok(sign_in),
    };
    match waiting(&inside, &**factors).await? {
        Ok(enrolment) => inside.answer(StatusCode::OK, &set_up_page(&inside, &enrolment, Trouble::default())),
        Err(answer) => Ok(answer),
    }
}

/// Makes a secret.
pub(crate) async fn begin(
    arrival: Arrival,
    incoming: Incoming,
    factors: Data<dyn SecondFactors>,
) -> Result<HttpResponse, Refusal> {
    let inside = match enter(arrival, incoming).await? {
        Ok((inside, _)) => inside,
        Err(answer) => return Ok(answer),
    };
    match factors.enrol(&inside.actor, None).await {
        Ok(_) => Ok(inside.visit.go_on(PATH, None).finish()),
        Err(error) => otherwise(&inside, error),
    }
}

/// Turns the second factor on.
pub(crate) async fn confirm(
    arrival: Arrival,
    incoming: Incoming,
    factors: Data<dyn SecondFactors>,
) -> Result<HttpResponse, Refusal> {
    let (inside, mut sent) = match enter(arrival, incoming).await? {
        Ok(entered) => entered,
        Err(answer) => return Ok(answer),
    };
    let code = typed_code(sent.secret(CODE).expose());
    match factors.confirm(&inside.actor, code).await {
        Ok(codes) => inside.answer(StatusCode::OK, &codes_page(&inside, &codes, Trouble::default())),
        Err(ChangeFactorError::WrongCode) => {
            let visit = &inside.visit;
            let enrolment = match waiting(&inside, &**factors).await? {
                Ok(enrolment) => enrolment,
                Err(answer) => return Ok(answer),
            };
            let text = visit.text("account-second-factor.wrong");
            let trouble = refused(visit, "invalid_code", "refused.wrong-code", Some(text));
            inside.answer(
                StatusCode::UNPROCESSABLE_ENTITY,
                &set_up_page(&inside, &enrolment, trouble),
            )
        }
        Err(ChangeFactorError::TooManyCodes(exhausted)) => {
            let enrolment = match waiting(&inside, &**factors).await? {
                Ok(enrolment) => enrolment,
                Err(answer) => return Ok(answer),
            };
            let trouble = too_many(&inside.visit, &exhausted, "throttled.lead");
            let page = set_up_page(&inside, &enrolment, trouble);
            inside.visit.answer_exhausted(exhausted, &page)
        }
        Err(error) => otherwise(&inside, error),
    }
}

/// Makes new recovery codes.
pub(crate) async fn renew(
    arrival: Arrival,
    incoming: Incoming,
    factors: Data<dyn SecondFactors>,
) -> Result<HttpResponse, Refusal> {
    let inside = match enter(arrival, incoming).await? {
        Ok((inside, _)) => inside,
        Err(answer) => return Ok(answer),
    };
    match factors.renew_recovery_codes(&inside.actor, None).await {
        Ok(codes) => inside.answer(StatusCode::OK, &codes_page(&inside, &codes, Trouble::default())),
        Err(error) => otherwise(&inside, error),
    }
}

/// The codes that the page shows, as a file.
pub(crate) async fn file(arrival: Arrival, incoming: Incoming) -> Result<HttpResponse, Refusal> {
    let (inside, mut sent) = match enter(arrival, incoming).await? {
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

/// Goes on once they are saved.
pub(crate) async fn done(arrival: Arrival, incoming: Incoming) -> Result<HttpResponse, Refusal> {
    let (inside, mut sent) = match enter(arrival, incoming).await? {
        Ok(entered) => entered,
        Err(answer) => return Ok(answer),
    };
    if sent.given(SAVED).is_some() {
        return Ok(inside.done(Place::SecondFactor.path(), Notice::SecondFactorOn));
    }
    let trouble = Faults::of(&inside.visit).only(SAVED, "account-second-factor.not-saved");
    let codes = codes_of(&mut sent);
    inside.answer(StatusCode::UNPROCESSABLE_ENTITY, &codes_page(&inside, &codes, trouble))
}

/// The codes that a form of ours carries.
fn codes_of(sent: &mut Sent) -> Vec<SecretText> {
    let text = sent.secret(CODES);
    let codes = text.expose().split(' ').filter_map(RecoveryCode::parse);
    codes.take(RecoveryCode::AT_ONCE).map(|code| code.shown()).collect()
}

/// Who sent a form, if this browser was shown it.
async fn enter(arrival: Arrival, incoming: Incoming) -> Result<Result<(Inside, Sent), HttpResponse>, Refusal> {
    let mut inside = match arrival.enter().await? {
        Ok(inside) => inside,
        Err(sign_in) => return Ok(Err(sign_in)),
    };
    inside.visit.is_reached_by(Place::SecondFactor.path());
    let sent = Sent::read(&inside.visit, incoming).await?;
    if sent.is_shown {
        return Ok(Ok((inside, sent)));
    }
    let trouble = open_too_long(&inside.visit);
    let page = codes_page(&inside, &[], trouble);
    Ok(Err(inside.answer(StatusCode::FORBIDDEN, &page)?))
}

/// The secret that waits, or where one goes where none does.
async fn waiting(inside: &Inside, factors: &dyn SecondFactors) -> Result<Result<Enrolment, HttpResponse>, Refusal> {
    match factors.waiting(&inside.actor).await {
        Ok(Some(enrolment)) => Ok(Ok(enrolment)),
        Ok(None) => Ok(Err(inside.visit.go_on(Place::SecondFactor.path(), None).finish())),
        Err(error) => otherwise(inside, error).map(Err),
    }
}

fn otherwise(inside: &Inside, error: ChangeFactorError) -> Result<HttpResponse, Refusal> {
    match error {
        ChangeFactorError::StepUp(_) => Ok(confirm_identity::ask(inside, Place::SecondFactor.path())),
        ChangeFactorError::NotProved(ProveAgainError::SignedOut) => Ok(inside.signed_out()),
        // No password is shown here, and no code that counts.
        ChangeFactorError::Off
        | ChangeFactorError::WrongCode
        | ChangeFactorError::TooManyCodes(_)
        | ChangeFactorError::NotProved(ProveAgainError::Wrong | ProveAgainError::TooManyAttempts(_)) => {
            Ok(inside.visit.go_on(Place::SecondFactor.path(), None).finish())
        }
        ChangeFactorError::NotProved(ProveAgainError::Hasher(error)) => Err(error.into()),
        ChangeFactorError::NotProved(ProveAgainError::Store(error)) | ChangeFactorError::Store(error) => {
            Err(error.into())
        }
    }
}

fn set_up_page<'v>(inside: &'v Inside, enrolment: &Enrolment, trouble: Trouble) -> SetUpPage<'v> {
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
            .telling(&trouble),
        action: visit.path(CONFIRM),
        on_this_phone: visit.text_with("account-second-factor.on-this-phone", &[("uri", Slot::Markup(&uri))]),
        key: key.join(" "),
        side: enrolment.qr.side + 2 * QrCode::MARGIN,
        path: enrolment.qr.path.clone(),
        cancel: visit.path(Place::SecondFactor.path()),
        trouble,
    }
}

fn codes_page<'v>(inside: &'v Inside, codes: &[SecretText], trouble: Trouble) -> CodesPage<'v> {
    let visit = &inside.visit;
    let codes: Vec<_> = codes.iter().map(|code| code.expose().to_owned()).collect();
    CodesPage {
        hall: inside
            .hall(Place::SecondFactor, visit.text("account-second-factor.save-codes"))
            .telling(&trouble),
        sent: codes.join(" "),
        codes,
        file: visit.path(CODES_FILE),
        done: visit.path(DONE),
        trouble,
    }
}

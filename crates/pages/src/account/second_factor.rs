//! `/account/second-factor`: whether it is on, and turning it off.

use crate::account::confirm_identity::{self, typed_code};
use crate::account::hall::{Hall, Place};
use crate::account::passkeys;
use crate::catalogue::Slot;
use crate::continuation::Continuation;
use crate::done::Done;
use crate::forms::{CODE, Faults, PASSWORD, open_too_long, refused, too_many};
use crate::inside::{Arrival, Inside};
use crate::markup::Markup;
use crate::notice::Notice;
use crate::sent::Sent;
use crate::times;
use crate::trouble::Trouble;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;
use chrono::SecondsFormat;
use portcullis_application::second_factors::{ChangeFactorError, FactorState};
use portcullis_application::{ProveAgainError, SecondFactors};
use portcullis_web::{Incoming, Refusal};

/// Where it is turned off.
pub(crate) const OFF: &str = "/account/second-factor/off";

/// With fewer codes than that, new ones are the thing to do.
const FEW_CODES: usize = 3;

#[derive(Template)]
#[template(path = "account-second-factor.html")]
struct SecondFactorPage<'v> {
    hall: Hall<'v>,
    done: Option<Done>,
    /// Since when it is on.
    since: Option<Markup>,
    codes_left: Markup,
    are_codes_few: bool,
    set_up: String,
    off: String,
    new_codes: String,
    /// Whether nothing goes on before it is set up.
    is_needed: bool,
    /// The way to a passkey, which is a factor, too.
    add_passkey: Option<String>,
    goes_on: String,
}

#[derive(Template)]
#[template(path = "account-second-factor-off.html")]
struct OffPage<'v> {
    hall: Hall<'v>,
    trouble: Trouble,
    /// What follows.
    lead: Markup,
    action: String,
    email: &'v str,
    has_password: bool,
}

/// Shows it. Who was led here to set it up, and has, goes on.
pub(crate) async fn show(arrival: Arrival, factors: Data<dyn SecondFactors>) -> Result<HttpResponse, Refusal> {
    let mut inside = match arrival.enter_to_enrol().await? {
        Ok(inside) => inside,
        Err(sign_in) => return Ok(sign_in),
    };
    let goes_on = Continuation::parse(&inside.visit.parameter("continue").unwrap_or_default());
    inside.visit.is_reached_by(&goes_on.behind(Place::SecondFactor.path()));
    let FactorState {
        totp_since,
        recovery_codes_left: left,
        passkeys: _,
    } = factors.state(&inside.actor).await?;
    let visit = &inside.visit;
    if inside.user().has_factor() && goes_on != Continuation::default() {
        return Ok(visit.go_on(&goes_on.path(), None).finish());
    }
    let since = totp_since.map(|at| {
        let day = times::day(at, inside.time_zone(), visit.language);
        let day = Markup::time(&at.to_rfc3339_opts(SecondsFormat::Secs, true), &day);
        visit.text_with("account-second-factor.since", &[("day", Slot::Markup(&day))])
    });
    let is_needed = inside.owes_factor() || goes_on.request_of_app().is_some();
    inside.answer_once(&SecondFactorPage {
        hall: inside.hall(Place::SecondFactor, visit.text("account-second-factor.title")),
        done: Done::inside(visit),
        since,
        codes_left: visit.text_with("account-second-factor.left", &[("codes", Slot::Number(left))]),
        are_codes_few: left < FEW_CODES,
        set_up: visit.path(super::set_up::PATH),
        off: visit.path(OFF),
        new_codes: visit.path(super::set_up::NEW_CODES),
        is_needed,
        add_passkey: (is_needed && visit.pages.has_passkeys).then(|| visit.path(&goes_on.behind(passkeys::NEW_PATH))),
        goes_on: goes_on.path(),
    })
}

/// Asks whether it shall be off.
pub(crate) async fn show_off(arrival: Arrival) -> Result<HttpResponse, Refusal> {
    let inside = match arrival.enter().await? {
        Ok(inside) => inside,
        Err(sign_in) => return Ok(sign_in),
    };
    if !inside.user().has_second_factor {
        return Ok(inside.visit.go_on(Place::SecondFactor.path(), None).finish());
    }
    inside.answer(StatusCode::OK, &off_page(&inside, Trouble::default()))
}

/// Turns it off.
pub(crate) async fn turn_off(
    arrival: Arrival,
    incoming: Incoming,
    factors: Data<dyn SecondFactors>,
) -> Result<HttpResponse, Refusal> {
    let mut inside = match arrival.enter().await? {
        Ok(inside) => inside,
        Err(sign_in) => return Ok(sign_in),
    };
    inside.visit.is_reached_by(OFF);
    let visit = &inside.visit;
    let mut sent = Sent::read(visit, incoming).await?;
    let refuse = |status, trouble| inside.answer(status, &off_page(&inside, trouble));
    if !sent.is_shown {
        return refuse(StatusCode::FORBIDDEN, open_too_long(visit));
    }
    let mut faults = Faults::of(visit);
    let has_password = inside.user().has_password;
    let password = has_password
        .then(|| faults.presented(PASSWORD, sent.secret(PASSWORD)))
        .flatten();
    let code = typed_code(sent.secret(CODE).expose());
    if code.expose().is_empty() {
        faults.missing(CODE, "second-factor.title");
    }
    let trouble = faults.told();
    if !trouble.is_none() {
        return refuse(StatusCode::UNPROCESSABLE_ENTITY, trouble);
    }
    match factors.remove(&inside.actor, password, code).await {
        // One that is off already was turned off by the first of two presses.
        Ok(()) | Err(ChangeFactorError::Off) => Ok(inside.done(Place::SecondFactor.path(), Notice::SecondFactorOff)),
        Err(ChangeFactorError::StepUp(_)) => Ok(confirm_identity::ask(&inside, OFF)),
        Err(ChangeFactorError::NotProved(ProveAgainError::Wrong)) => {
            let trouble = Faults::of(visit).only(PASSWORD, "confirm-identity.wrong-password");
            refuse(StatusCode::UNPROCESSABLE_ENTITY, trouble.coded("wrong_password"))
        }
        Err(ChangeFactorError::WrongCode) => {
            let text = visit.text("account-second-factor.wrong");
            let trouble = refused(visit, "invalid_code", "refused.wrong-code", Some(text));
            refuse(StatusCode::UNPROCESSABLE_ENTITY, trouble)
        }
        Err(
            ChangeFactorError::NotProved(ProveAgainError::TooManyAttempts(exhausted))
            | ChangeFactorError::TooManyCodes(exhausted),
        ) => {
            let trouble = too_many(visit, &exhausted, "throttled.lead");
            visit.answer_exhausted(exhausted, &off_page(&inside, trouble))
        }
        Err(ChangeFactorError::NotProved(ProveAgainError::SignedOut)) => Ok(inside.signed_out()),
        Err(ChangeFactorError::NotProved(ProveAgainError::Hasher(error))) => Err(error.into()),
        Err(ChangeFactorError::NotProved(ProveAgainError::Store(error)) | ChangeFactorError::Store(error)) => {
            Err(error.into())
        }
    }
}

fn off_page(inside: &Inside, trouble: Trouble) -> OffPage<'_> {
    let visit = &inside.visit;
    OffPage {
        hall: inside
            .hall(Place::SecondFactor, visit.text("account-second-factor.turn-off-title"))
            .below()
            .telling(&trouble),
        lead: visit.text(if inside.must_have_factor {
            "account-second-factor.turn-off-needed"
        } else {
            "account-second-factor.turn-off-lead"
        }),
        action: visit.path(OFF),
        email: inside.user().email.as_str(),
        has_password: inside.user().has_password,
        trouble,
    }
}

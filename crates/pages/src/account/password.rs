//! `/account/password`: choosing another password by the present one.

use crate::account::confirm_identity;
use crate::account::hall::{Hall, Place};
use crate::catalogue::Slot;
use crate::done::Done;
use crate::forms::{CURRENT_PASSWORD, Faults, NEW_PASSWORD, open_too_long, too_many};
use crate::inside::{Arrival, Inside};
use crate::markup::Markup;
use crate::notice::Notice;
use crate::sent::Sent;
use crate::trouble::Trouble;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;
use portcullis_application::passwords::ChangePasswordError;
use portcullis_application::{Passwords, ProveAgainError, Sessions};
use portcullis_web::{Incoming, Refusal};

#[derive(Template)]
#[template(path = "account-password.html")]
struct PasswordPage<'v> {
    hall: Hall<'v>,
    done: Option<Done>,
    trouble: Trouble,
    action: String,
    email: &'v str,
    /// Whether there is one, which is asked for.
    has_password: bool,
    least: usize,
    /// What saving does on other devices, where there are any.
    consequence: Option<Markup>,
}

/// The page of somebody who has no password, and may have a link mailed that sets one.
#[derive(Template)]
#[template(path = "account-no-password.html")]
struct NoPasswordPage<'v> {
    hall: Hall<'v>,
    done: Option<Done>,
    email: &'v str,
    address: Markup,
}

/// Shows it.
pub(crate) async fn show(arrival: Arrival, sessions: Data<dyn Sessions>) -> Result<HttpResponse, Refusal> {
    let inside = match arrival.enter().await? {
        Ok(inside) => inside,
        Err(sign_in) => return Ok(sign_in),
    };
    if is_mailed_a_link(&inside) {
        return inside.answer_once(&without_password(&inside));
    }
    let others = others(&inside, &**sessions).await?;
    inside.answer_once(&page(&inside, others, Trouble::default(), Done::inside(&inside.visit)))
}

/// Changes the password.
pub(crate) async fn save(
    arrival: Arrival,
    incoming: Incoming,
    passwords: Data<dyn Passwords>,
    sessions: Data<dyn Sessions>,
) -> Result<HttpResponse, Refusal> {
    let inside = match arrival.enter().await? {
        Ok(inside) => inside,
        Err(sign_in) => return Ok(sign_in),
    };
    let visit = &inside.visit;
    let mut sent = Sent::read(visit, incoming).await?;
    if is_mailed_a_link(&inside) {
        return Ok(visit.go_on(Place::Password.path(), None).finish());
    }
    let has_password = inside.user().has_password;
    let others = others(&inside, &**sessions).await?;
    let refuse = |status, trouble| inside.answer(status, &page(&inside, others, trouble, None));
    if !sent.is_shown {
        return refuse(StatusCode::FORBIDDEN, open_too_long(visit));
    }
    let mut faults = Faults::of(visit);
    let current = has_password
        .then(|| faults.presented(CURRENT_PASSWORD, sent.secret(CURRENT_PASSWORD)))
        .flatten();
    let new = faults.new_password(sent.secret(NEW_PASSWORD));
    let trouble = faults.told();
    let Some(new) = new.filter(|_| trouble.is_none()) else {
        return refuse(StatusCode::UNPROCESSABLE_ENTITY, trouble);
    };
    match passwords.change(&inside.actor, current, new).await {
        Ok(()) => Ok(inside.done(Place::Password.path(), Notice::OwnPasswordChanged)),
        Err(ChangePasswordError::StepUp(_)) => Ok(confirm_identity::ask(&inside, Place::Password.path())),
        Err(ChangePasswordError::NotProved(ProveAgainError::Wrong)) => {
            let trouble = Faults::of(visit).only(CURRENT_PASSWORD, "refused.own-password-wrong");
            refuse(StatusCode::UNPROCESSABLE_ENTITY, trouble.coded("wrong_password"))
        }
        Err(ChangePasswordError::NotProved(ProveAgainError::TooManyAttempts(exhausted))) => {
            let trouble = too_many(visit, &exhausted, "throttled.lead");
            visit.answer_exhausted(exhausted, &page(&inside, others, trouble, None))
        }
        Err(ChangePasswordError::NotProved(ProveAgainError::SignedOut)) => Ok(inside.signed_out()),
        Err(ChangePasswordError::TooCommon(_)) => {
            refuse(StatusCode::UNPROCESSABLE_ENTITY, Faults::of(visit).common_password())
        }
        Err(ChangePasswordError::NotProved(ProveAgainError::Hasher(error)) | ChangePasswordError::Hasher(error)) => {
            Err(error.into())
        }
        Err(ChangePasswordError::NotProved(ProveAgainError::Store(error)) | ChangePasswordError::Store(error)) => {
            Err(error.into())
        }
    }
}

/// Whether a link to a first password is mailed. Without mail a fresh proof is all that it takes.
fn is_mailed_a_link(inside: &Inside) -> bool {
    !inside.user().has_password && inside.visit.pages.has_mail
}

async fn others(inside: &Inside, sessions: &dyn Sessions) -> Result<usize, Refusal> {
    Ok(sessions.count_own(&inside.actor).await?.saturating_sub(1))
}

fn without_password(inside: &Inside) -> NoPasswordPage<'_> {
    let (visit, email) = (&inside.visit, inside.user().email.as_str());
    NoPasswordPage {
        hall: inside.hall(Place::Password, visit.text("account-password.title")),
        done: Done::inside(visit),
        email,
        address: Markup::address(email),
    }
}

fn page(inside: &Inside, others: usize, trouble: Trouble, done: Option<Done>) -> PasswordPage<'_> {
    let visit = &inside.visit;
    let consequence = visit.text_with("account-password.consequence", &[("devices", Slot::Number(others))]);
    PasswordPage {
        hall: inside
            .hall(Place::Password, visit.text("account-password.title"))
            .telling(&trouble),
        done,
        action: visit.path(Place::Password.path()),
        email: inside.user().email.as_str(),
        has_password: inside.user().has_password,
        least: visit.pages.settings.password_policy.min_characters(),
        consequence: (others > 0).then_some(consequence),
        trouble,
    }
}

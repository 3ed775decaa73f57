//! `/account/profile`: what one is called, how one is written to, and in which language and time zone.

use crate::account::confirm_identity;
use crate::account::hall::{Hall, Place};
use crate::account::time_zones::{self, Region};
use crate::done::Done;
use crate::forms::{EMAIL, Faults, NAME, open_too_long, too_many};
use crate::inside::{Arrival, Inside};
use crate::language;
use crate::markup::Markup;
use crate::notice::Notice;
use crate::sent::Sent;
use crate::trouble::Trouble;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::SET_COOKIE;
use actix_web::web::Data;
use askama::Template;
use portcullis_application::profile::ChangeProfileError;
use portcullis_application::{Profile, ProfileChange};
use portcullis_domain::{Email, Language, Locale, TimeZone};
use portcullis_web::{Incoming, Refusal};

/// The field of the language.
const LANGUAGE: &str = "language";
/// The field of the time zone.
const ZONE: &str = "zone";

#[derive(Template)]
#[template(path = "account-profile.html")]
struct ProfilePage<'v> {
    hall: Hall<'v>,
    done: Option<Done>,
    trouble: Trouble,
    action: String,
    name: String,
    email: String,
    /// The address that waits for its link.
    waiting: Option<Markup>,
    languages: Vec<LanguageChoice>,
    regions: Vec<Region>,
}

/// A language to choose.
struct LanguageChoice {
    tag: &'static str,
    name: Markup,
    is_chosen: bool,
}

/// What was typed, to be shown again.
#[derive(Default)]
struct Typed {
    name: Option<String>,
    email: Option<String>,
}

/// Shows it.
pub(crate) async fn show(arrival: Arrival) -> Result<HttpResponse, Refusal> {
    let inside = match arrival.enter().await? {
        Ok(inside) => inside,
        Err(sign_in) => return Ok(sign_in),
    };
    inside.answer_once(&page(
        &inside,
        Typed::default(),
        Trouble::default(),
        Done::inside(&inside.visit),
    ))
}

/// Changes what was sent. Each of the page's forms sends its own fields.
pub(crate) async fn save(
    arrival: Arrival,
    incoming: Incoming,
    profile: Data<dyn Profile>,
) -> Result<HttpResponse, Refusal> {
    let inside = match arrival.enter().await? {
        Ok(inside) => inside,
        Err(sign_in) => return Ok(sign_in),
    };
    let visit = &inside.visit;
    let mut sent = Sent::read(visit, incoming).await?;
    let typed = Typed {
        name: sent.given(NAME),
        email: sent.given(EMAIL),
    };
    let refuse = |status, typed, trouble| inside.answer(status, &page(&inside, typed, trouble, None));
    if !sent.is_shown {
        return refuse(StatusCode::FORBIDDEN, typed, open_too_long(visit));
    }
    let mut faults = Faults::of(visit);
    let is_about = |field: &str, given: Option<&String>, what: &str| given.is_some() || what == field;
    let what = sent.text("what");
    let (language, zone) = (sent.given(LANGUAGE), sent.given(ZONE));
    let mut change = ProfileChange::default();
    if is_about(NAME, typed.name.as_ref(), &what) {
        change.full_name = faults.full_name(typed.name.as_deref().unwrap_or_default());
    }
    if is_about(EMAIL, typed.email.as_ref(), &what) {
        change.email = faults.email(EMAIL, typed.email.as_deref().unwrap_or_default());
    }
    let language = language.and_then(|tag| faults.chosen(LANGUAGE, tag.parse::<Language>()));
    change.locale = language.and_then(|language| Locale::parse(language.as_str()).ok());
    change.time_zone = zone.and_then(|zone| faults.chosen(ZONE, TimeZone::parse(&zone)));
    let trouble = faults.told();
    if !trouble.is_none() {
        return refuse(StatusCode::UNPROCESSABLE_ENTITY, typed, trouble);
    }
    match profile.change(&inside.actor, change).await {
        Ok(_) => {
            let mut answer = inside.done(Place::Profile.path(), Notice::ProfileSaved);
            if let Some(cookie) = language.and_then(|language| language::set_cookie(language, &visit.pages)) {
                answer.headers_mut().append(SET_COOKIE, cookie);
            }
            Ok(answer)
        }
        Err(ChangeProfileError::StepUp(_)) => Ok(confirm_identity::ask(&inside, Place::Profile.path())),
        Err(ChangeProfileError::EmailTaken) => {
            let trouble = Faults::of(visit).only(EMAIL, "taken.title").coded("email_taken");
            refuse(StatusCode::CONFLICT, typed, trouble)
        }
        Err(ChangeProfileError::TooMany(exhausted)) => {
            let trouble = too_many(visit, &exhausted, "throttled.addresses");
            visit.answer_exhausted(exhausted, &page(&inside, typed, trouble, None))
        }
        Err(ChangeProfileError::SignedOut) => Ok(inside.signed_out()),
        Err(ChangeProfileError::Store(error)) => Err(error.into()),
    }
}

fn page(inside: &Inside, typed: Typed, trouble: Trouble, done: Option<Done>) -> ProfilePage<'_> {
    let (visit, user) = (&inside.visit, inside.user());
    let now = visit.pages.ports.clock.now();
    let own = user.locale.as_ref().and_then(Locale::language);
    let language = own.unwrap_or(visit.language);
    let languages = Language::ALL.into_iter().map(|other| LanguageChoice {
        tag: other.as_str(),
        name: language::own_name(other),
        is_chosen: other == language,
    });
    let waiting = user.pending_email.as_ref().map(Email::as_str);
    ProfilePage {
        hall: inside
            .hall(Place::Profile, visit.text("account-profile.title"))
            .telling(&trouble),
        done,
        action: visit.path(Place::Profile.path()),
        name: typed.name.unwrap_or_else(|| user.full_name.as_str().to_owned()),
        email: typed.email.unwrap_or_else(|| user.email.as_str().to_owned()),
        waiting: waiting.map(Markup::address),
        languages: languages.collect(),
        regions: time_zones::regions(inside.time_zone(), now),
        trouble,
    }
}

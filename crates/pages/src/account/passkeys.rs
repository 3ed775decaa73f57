//! `/account/passkeys`: one's passkeys, adding one, and looking after each.

use crate::account::confirm_identity;
use crate::account::hall::{Hall, Place};
use crate::catalogue::Slot;
use crate::continuation::Continuation;
use crate::device;
use crate::done::Done;
use crate::flow::{WaitingApp, WaitingApps};
use crate::forms::{Faults, NAME, open_too_long, refused};
use crate::inside::{Arrival, Inside};
use crate::markup::Markup;
use crate::notice::Notice;
use crate::sent::{FORM_EXPIRED, Sent};
use crate::sign_in;
use crate::sign_in_passkey::{shown_in, told};
use crate::times;
use crate::trouble::Trouble;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;
use chrono::{DateTime, SecondsFormat, Utc};
use portcullis_application::passkeys::{AddPasskeyError, RemovePasskeyError, RenamePasskeyError};
use portcullis_application::{PasskeyError, Passkeys};
use portcullis_domain::{Device, Label, LabelError, Passkey, PasskeyId};
use portcullis_web::{Incoming, Refusal, kind};

/// Behind `/account`: where one is added.
pub(crate) const NEW: &str = "/passkeys/new";
/// The path of that page.
pub(crate) const NEW_PATH: &str = "/account/passkeys/new";
/// What the script of that page asks for.
pub(crate) const OPTIONS: &str = "/passkeys/options";
/// One of them.
pub(crate) const ONE: &str = "/passkeys/{id}";
/// Removes one.
pub(crate) const REMOVE: &str = "/passkeys/{id}/remove";

#[derive(Template)]
#[template(path = "account-passkeys.html")]
struct PasskeysPage<'v> {
    hall: Hall<'v>,
    done: Option<Done>,
    passkeys: Vec<Row>,
    add: String,
}

/// A passkey.
struct Row {
    name: String,
    is_synced: bool,
    added: Markup,
    last_use: Markup,
    manage: String,
}

#[derive(Template)]
#[template(path = "account-passkey-new.html")]
struct NewPage<'v> {
    hall: Hall<'v>,
    trouble: Trouble,
    action: String,
    options: String,
    name: String,
    goes_on: String,
    cancel: String,
}

#[derive(Template)]
#[template(path = "account-passkey.html")]
struct OnePage<'v> {
    hall: Hall<'v>,
    trouble: Trouble,
    passkey: Row,
    name: String,
    remove: String,
    keep: String,
}

/// Shows them.
pub(crate) async fn show(arrival: Arrival, passkeys: Data<dyn Passkeys>) -> Result<HttpResponse, Refusal> {
    let inside = match arrival.enter_to_enrol().await? {
        Ok(inside) => inside,
        Err(sign_in) => return Ok(sign_in),
    };
    let visit = &inside.visit;
    let own = passkeys.list(&inside.actor).await?;
    inside.answer_once(&PasskeysPage {
        hall: inside.hall(Place::Passkeys, visit.text("account-passkeys.title")),
        done: Done::inside(visit),
        passkeys: own.iter().map(|passkey| row(&inside, passkey)).collect(),
        add: visit.path(NEW_PATH),
    })
}

/// Asks for a new one, once there is a fresh proof. Who was led here to add one goes on behind it.
pub(crate) async fn show_new(
    arrival: Arrival,
    passkeys: Data<dyn Passkeys>,
    apps: Data<dyn WaitingApps>,
) -> Result<HttpResponse, Refusal> {
    let mut inside = match arrival.enter_to_enrol().await? {
        Ok(inside) => inside,
        Err(sign_in) => return Ok(sign_in),
    };
    let adding = Adding::behind(&inside.visit.parameter("continue").unwrap_or_default());
    inside.visit.is_reached_by(&adding.path());
    let app = sign_in::waiting(&**apps, &adding.goes_on).await?;
    let answer = match passkeys.ask_for_new(&inside.actor).await {
        Ok(_) => inside.answer(StatusCode::OK, &new_page(&inside, adding, Trouble::default()))?,
        Err(error) => refuse_new(&inside, adding, error)?,
    };
    Ok(WaitingApp::let_in(app.as_ref(), answer))
}

/// What somebody is about to add, and where they go on to.
struct Adding {
    name: String,
    goes_on: Continuation,
}

impl Adding {
    fn behind(text: &str) -> Self {
        Self {
            name: String::new(),
            goes_on: Continuation::parse(text),
        }
    }

    fn path(&self) -> String {
        self.goes_on.behind(NEW_PATH)
    }
}

/// Tells the script of that page what to ask the device.
pub(crate) async fn options(
    arrival: Arrival,
    incoming: Incoming,
    passkeys: Data<dyn Passkeys>,
) -> Result<HttpResponse, Refusal> {
    let inside = match arrival.enter_to_enrol().await? {
        Ok(inside) => inside,
        Err(sign_in) => return Ok(sign_in),
    };
    let mut sent = Sent::read(&inside.visit, incoming).await?;
    if !sent.is_shown {
        return Err(FORM_EXPIRED.into());
    }
    // Before the device makes a passkey that nobody here would know.
    if name_of(&sent.text(NAME)).is_err() {
        return Err(kind::VALIDATION_FAILED.into());
    }
    match passkeys.ask_for_new(&inside.actor).await {
        Ok(asked) => Ok(told(&inside.visit, &asked)),
        // The page is loaded again, and says it.
        Err(AddPasskeyError::Store(error)) => Err(error.into()),
        Err(_) => Err(FORM_EXPIRED.into()),
    }
}

/// Adds the one that the device made.
pub(crate) async fn add(
    arrival: Arrival,
    incoming: Incoming,
    passkeys: Data<dyn Passkeys>,
    apps: Data<dyn WaitingApps>,
) -> Result<HttpResponse, Refusal> {
    let mut inside = match arrival.enter_to_enrol().await? {
        Ok(inside) => inside,
        Err(sign_in) => return Ok(sign_in),
    };
    let mut sent = Sent::read(&inside.visit, incoming).await?;
    let adding = Adding {
        name: sent.text(NAME),
        ..Adding::behind(&sent.text("continue"))
    };
    inside.visit.is_reached_by(&adding.path());
    let app = sign_in::waiting(&**apps, &adding.goes_on).await?;
    let answer = add_sent(&inside, &mut sent, adding, &**passkeys).await?;
    Ok(WaitingApp::let_in(app.as_ref(), answer))
}

async fn add_sent(
    inside: &Inside,
    sent: &mut Sent,
    adding: Adding,
    passkeys: &dyn Passkeys,
) -> Result<HttpResponse, Refusal> {
    if !sent.is_shown {
        let page = new_page(inside, adding, open_too_long(&inside.visit));
        return inside.answer(StatusCode::FORBIDDEN, &page);
    }
    let Ok(label) = name_of(&adding.name) else {
        let trouble = Faults::of(&inside.visit).only(NAME, "account-passkeys.name-refused");
        let page = new_page(inside, adding, trouble);
        return inside.answer(StatusCode::UNPROCESSABLE_ENTITY, &page);
    };
    match passkeys.add(&inside.actor, shown_in(sent), label).await {
        Ok(_) if adding.goes_on != Continuation::default() => {
            Ok(inside.visit.go_on(&adding.goes_on.path(), None).finish())
        }
        Ok(_) => Ok(inside.done(Place::Passkeys.path(), Notice::PasskeyAdded)),
        Err(error) => refuse_new(inside, adding, error),
    }
}

/// The name that was typed; none where the field was left empty.
fn name_of(text: &str) -> Result<Option<Label>, LabelError> {
    match text.trim() {
        "" => Ok(None),
        text => Label::parse(text).map(Some),
    }
}

/// Shows one.
pub(crate) async fn show_one(
    arrival: Arrival,
    id: Path<String>,
    passkeys: Data<dyn Passkeys>,
) -> Result<HttpResponse, Refusal> {
    let inside = match arrival.enter_to_enrol().await? {
        Ok(inside) => inside,
        Err(sign_in) => return Ok(sign_in),
    };
    let passkey = find(&inside, &**passkeys, &id).await?;
    let name = passkey.name.as_str().to_owned();
    inside.answer(StatusCode::OK, &one_page(&inside, &passkey, name, Trouble::default()))
}

/// Gives one another name.
pub(crate) async fn rename(
    arrival: Arrival,
    id: Path<String>,
    incoming: Incoming,
    passkeys: Data<dyn Passkeys>,
) -> Result<HttpResponse, Refusal> {
    let (inside, passkey, mut sent) = match look_at_form(arrival, &id, incoming, &**passkeys).await? {
        Ok(looked) => looked,
        Err(answer) => return Ok(answer),
    };
    let name = sent.text(NAME);
    let Ok(label) = Label::parse(&name) else {
        let trouble = Faults::of(&inside.visit).only(NAME, "account-passkeys.name-refused");
        let page = one_page(&inside, &passkey, name, trouble);
        return inside.answer(StatusCode::UNPROCESSABLE_ENTITY, &page);
    };
    match passkeys.rename(&inside.actor, passkey.id, label).await {
        Ok(_) => Ok(inside.done(Place::Passkeys.path(), Notice::PasskeyRenamed)),
        Err(RenamePasskeyError::NotFound) => Err(kind::NOT_FOUND.into()),
        Err(RenamePasskeyError::SignedOut) => Ok(inside.signed_out()),
        Err(RenamePasskeyError::Store(error)) => Err(error.into()),
    }
}

/// Removes one.
pub(crate) async fn remove(
    arrival: Arrival,
    id: Path<String>,
    incoming: Incoming,
    passkeys: Data<dyn Passkeys>,
) -> Result<HttpResponse, Refusal> {
    let (inside, passkey, _) = match look_at_form(arrival, &id, incoming, &**passkeys).await? {
        Ok(looked) => looked,
        Err(answer) => return Ok(answer),
    };
    match passkeys.remove(&inside.actor, passkey.id).await {
        // One that is gone was removed by the first of two presses.
        Ok(()) | Err(RemovePasskeyError::NotFound) => Ok(inside.done(Place::Passkeys.path(), Notice::PasskeyRemoved)),
        Err(RemovePasskeyError::StepUp(_)) => Ok(confirm_identity::ask(&inside, &path_of(&passkey))),
        Err(RemovePasskeyError::LastWayIn) => {
            let trouble = refused(&inside.visit, "last_way_in", "account-passkeys.last-way", None);
            let name = passkey.name.as_str().to_owned();
            inside.answer(StatusCode::CONFLICT, &one_page(&inside, &passkey, name, trouble))
        }
        Err(RemovePasskeyError::SignedOut) => Ok(inside.signed_out()),
        Err(RemovePasskeyError::Store(error)) => Err(error.into()),
    }
}

/// Who sent a form of the page of one, if this browser was shown it.
async fn look_at_form(
    arrival: Arrival,
    id: &str,
    incoming: Incoming,
    passkeys: &dyn Passkeys,
) -> Result<Result<(Inside, Passkey, Sent), HttpResponse>, Refusal> {
    let mut inside = match arrival.enter_to_enrol().await? {
        Ok(inside) => inside,
        Err(sign_in) => return Ok(Err(sign_in)),
    };
    let found = find(&inside, passkeys, id).await;
    let Ok(passkey) = found else {
        // The first of two presses has removed it.
        return Ok(Err(inside.visit.go_on(Place::Passkeys.path(), None).finish()));
    };
    inside.visit.is_reached_by(&path_of(&passkey));
    let sent = Sent::read(&inside.visit, incoming).await?;
    if sent.is_shown {
        return Ok(Ok((inside, passkey, sent)));
    }
    let name = passkey.name.as_str().to_owned();
    let page = one_page(&inside, &passkey, name, open_too_long(&inside.visit));
    Ok(Err(inside.answer(StatusCode::FORBIDDEN, &page)?))
}

async fn find(inside: &Inside, passkeys: &dyn Passkeys, id: &str) -> Result<Passkey, Refusal> {
    let id: PasskeyId = id.parse().map_err(|_| kind::NOT_FOUND)?;
    let own = passkeys.list(&inside.actor).await?;
    let found = own.into_iter().find(|passkey| passkey.id == id);
    Ok(found.ok_or(kind::NOT_FOUND)?)
}

/// What is told of a passkey that was not added.
fn refuse_new(inside: &Inside, adding: Adding, error: AddPasskeyError) -> Result<HttpResponse, Refusal> {
    let visit = &inside.visit;
    let (status, trouble) = match error {
        AddPasskeyError::StepUp(_) => return Ok(confirm_identity::ask(inside, &adding.path())),
        AddPasskeyError::SignedOut => return Ok(inside.signed_out()),
        AddPasskeyError::Store(error) => return Err(error.into()),
        AddPasskeyError::Refused(PasskeyError::Off) => return Err(kind::NOT_FOUND.into()),
        AddPasskeyError::TooMany => {
            let most = [("passkeys", Slot::Number(Passkey::AT_MOST))];
            let text = visit.text_with("account-passkeys.too-many", &most);
            let trouble = refused(visit, "too_many_passkeys", "account-passkeys.not-added", Some(text));
            (StatusCode::CONFLICT, trouble)
        }
        AddPasskeyError::Known => {
            let trouble = refused(visit, "passkey_known", "account-passkeys.known", None);
            (StatusCode::CONFLICT, trouble)
        }
        AddPasskeyError::Refused(_) => {
            let text = visit.text("account-passkeys.not-added-lead");
            let trouble = refused(visit, "invalid_credential", "account-passkeys.not-added", Some(text));
            (StatusCode::BAD_REQUEST, trouble)
        }
    };
    inside.answer(status, &new_page(inside, adding, trouble))
}

fn below_account(path: &str) -> String {
    format!("/account{path}")
}

fn path_of(passkey: &Passkey) -> String {
    below_account(&ONE.replace("{id}", &passkey.id.to_string()))
}

fn new_page(inside: &Inside, adding: Adding, trouble: Trouble) -> NewPage<'_> {
    let visit = &inside.visit;
    NewPage {
        hall: inside
            .hall(Place::Passkeys, visit.text("account-passkeys.add"))
            .below()
            .telling(&trouble),
        action: visit.path(NEW_PATH),
        options: visit.path(&below_account(OPTIONS)),
        goes_on: adding.goes_on.path(),
        name: adding.name,
        cancel: visit.path(Place::Passkeys.path()),
        trouble,
    }
}

fn one_page<'v>(inside: &'v Inside, passkey: &Passkey, name: String, trouble: Trouble) -> OnePage<'v> {
    let visit = &inside.visit;
    OnePage {
        hall: inside
            .hall(Place::Passkeys, Markup::plain_name(passkey.name.as_str()))
            .below()
            .telling(&trouble),
        passkey: row(inside, passkey),
        name,
        remove: visit.path(&below_account(&REMOVE.replace("{id}", &passkey.id.to_string()))),
        keep: visit.path(Place::Passkeys.path()),
        trouble,
    }
}

fn row(inside: &Inside, passkey: &Passkey) -> Row {
    let visit = &inside.visit;
    let told = |key: &str, at: DateTime<Utc>, device: &Device| {
        let day = times::day(at, inside.time_zone(), visit.language);
        let day = Markup::time(&at.to_rfc3339_opts(SecondsFormat::Secs, true), &day);
        let device = device::name(visit, device.name());
        visit.text_with(key, &[("day", Slot::Markup(&day)), ("device", Slot::Markup(&device))])
    };
    Row {
        name: passkey.name.as_str().to_owned(),
        is_synced: passkey.state.is_synced,
        added: {
            let device = passkey.created_on.name().map(|name| name.to_string());
            // The name is that of the device where nobody chose another one.
            let is_named_so = device.is_some_and(|device| passkey.name.as_str().starts_with(&device));
            let key = if is_named_so {
                "account-passkeys.added-day"
            } else {
                "account-passkeys.added-on"
            };
            told(key, passkey.created_at, &passkey.created_on)
        },
        last_use: match &passkey.last_use {
            Some(used) => told("account-passkeys.used", used.at, &used.device),
            None => visit.text("account-passkeys.not-used"),
        },
        manage: visit.path(&path_of(passkey)),
    }
}

//! `/account/sessions`: where one is signed in, and signing out elsewhere.

use crate::account::hall::{Hall, Place};
use crate::account::time_zones;
use crate::catalogue::Slot;
use crate::device;
use crate::done::Done;
use crate::forms::open_too_long;
use crate::inside::{Arrival, Inside};
use crate::markup::Markup;
use crate::notice::Notice;
use crate::places;
use crate::sent::Sent;
use crate::times;
use crate::trouble::Trouble;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;
use chrono::SecondsFormat;
use portcullis_application::Sessions;
use portcullis_application::ports::{ListName, PageCursors};
use portcullis_application::sessions::EndSessionError;
use portcullis_domain::{DeviceName, PageRequest, Session, SessionId, System};
use portcullis_web::{Incoming, Refusal, kind};

/// Behind [`Place::Sessions`]: ends all others.
pub(crate) const END_OTHERS: &str = "/sessions/end-others";
/// Behind it: ends one.
pub(crate) const END: &str = "/sessions/{id}/end";

#[derive(Template)]
#[template(path = "account-sessions.html")]
struct SessionsPage<'v> {
    hall: Hall<'v>,
    done: Option<Done>,
    trouble: Trouble,
    devices: Vec<DeviceRow>,
    end_others: String,
    /// Whether one is signed in elsewhere.
    has_others: bool,
    /// Where the list goes on.
    next: Option<String>,
    zone: Markup,
}

/// A device that one is signed in on.
struct DeviceRow {
    id: String,
    name: Markup,
    /// What it is, for a picture.
    shape: Shape,
    /// Where its address is, where a file tells of that.
    place: Option<Markup>,
    address: Option<String>,
    last_use: Markup,
    /// The day of the sign-in, for programs and in a sentence.
    signed_in: Markup,
    is_this_one: bool,
    end: String,
}

impl DeviceRow {
    fn is_phone(&self) -> bool {
        self.shape == Shape::Phone
    }

    fn is_computer(&self) -> bool {
        self.shape == Shape::Computer
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Phone,
    Computer,
    Program,
}

/// Shows them.
pub(crate) async fn show(
    arrival: Arrival,
    sessions: Data<dyn Sessions>,
    cursors: Data<dyn PageCursors>,
) -> Result<HttpResponse, Refusal> {
    let inside = match arrival.enter().await? {
        Ok(inside) => inside,
        Err(sign_in) => return Ok(sign_in),
    };
    let done = Done::inside(&inside.visit);
    let page = page(&inside, &**sessions, &**cursors, Trouble::default(), done).await?;
    inside.answer_once(&page)
}

/// Signs out on one device.
pub(crate) async fn end(
    arrival: Arrival,
    id: Path<String>,
    incoming: Incoming,
    sessions: Data<dyn Sessions>,
    cursors: Data<dyn PageCursors>,
) -> Result<HttpResponse, Refusal> {
    let inside = match look_at_form(arrival, incoming, &**sessions, &**cursors).await? {
        Ok(inside) => inside,
        Err(answer) => return Ok(answer),
    };
    let id: SessionId = id.parse().map_err(|_| kind::NOT_FOUND)?;
    match sessions.end_own(&inside.actor, id).await {
        // One that is over already was ended by the first of two presses.
        Ok(()) | Err(EndSessionError::Over) => Ok(inside.done(Place::Sessions.path(), Notice::DeviceSignedOut)),
        Err(EndSessionError::NotFound) => Err(kind::NOT_FOUND.into()),
        Err(EndSessionError::Store(error)) => Err(error.into()),
    }
}

/// Signs out on all devices but this one.
pub(crate) async fn end_others(
    arrival: Arrival,
    incoming: Incoming,
    sessions: Data<dyn Sessions>,
    cursors: Data<dyn PageCursors>,
) -> Result<HttpResponse, Refusal> {
    let inside = match look_at_form(arrival, incoming, &**sessions, &**cursors).await? {
        Ok(inside) => inside,
        Err(answer) => return Ok(answer),
    };
    sessions.end_own_others(&inside.actor).await?;
    Ok(inside.done(Place::Sessions.path(), Notice::OthersSignedOut))
}

/// Who sent a form of the page, if this browser was shown it.
async fn look_at_form(
    arrival: Arrival,
    incoming: Incoming,
    sessions: &dyn Sessions,
    cursors: &dyn PageCursors,
) -> Result<Result<Inside, HttpResponse>, Refusal> {
    let mut inside = match arrival.enter().await? {
        Ok(inside) => inside,
        Err(sign_in) => return Ok(Err(sign_in)),
    };
    inside.visit.is_reached_by(Place::Sessions.path());
    let sent = Sent::read(&inside.visit, incoming).await?;
    if sent.is_shown {
        return Ok(Ok(inside));
    }
    let page = page(&inside, sessions, cursors, open_too_long(&inside.visit), None).await?;
    Ok(Err(inside.answer(StatusCode::FORBIDDEN, &page)?))
}

async fn page<'v>(
    inside: &'v Inside,
    sessions: &dyn Sessions,
    cursors: &dyn PageCursors,
    trouble: Trouble,
    done: Option<Done>,
) -> Result<SessionsPage<'v>, Refusal> {
    let visit = &inside.visit;
    let list = ListName::OwnSessions(inside.user().id);
    let after = visit.parameter("cursor").and_then(|text| cursors.read(list, &text));
    let is_first = after.is_none();
    let request = PageRequest {
        after,
        ..PageRequest::default()
    };
    let listed = sessions.list_own(&inside.actor, request).await?;
    let next = listed.next.map(|position| cursors.issue(list, position));
    Ok(SessionsPage {
        hall: inside
            .hall(Place::Sessions, visit.text("account-sessions.title"))
            .telling(&trouble),
        done,
        devices: listed.items.iter().map(|session| row(inside, session)).collect(),
        has_others: !is_first || listed.items.len() > 1,
        end_others: visit.path(&format!("/account{END_OTHERS}")),
        next: next.map(|cursor| visit.path(&format!("{}?cursor={cursor}", Place::Sessions.path()))),
        zone: zone_of(inside),
        trouble,
    })
}

fn row(inside: &Inside, session: &Session) -> DeviceRow {
    let visit = &inside.visit;
    let name = session.device.name();
    let begun = session.rotation.created_at;
    let day = times::day(begun, inside.time_zone(), visit.language);
    let moment = begun.to_rfc3339_opts(SecondsFormat::Secs, true);
    let day = Markup::time(&moment, &day);
    DeviceRow {
        id: session.id.to_string(),
        shape: shape_of(name.as_ref()),
        name: device::name(visit, name),
        place: places::place(session.device.address, visit),
        address: session.device.address.map(|address| address.to_string()),
        last_use: times::ago(session.last_used_at, visit.pages.ports.clock.now(), visit),
        signed_in: visit.text_with("account-sessions.signed-in", &[("day", Slot::Markup(&day))]),
        is_this_one: session.id == inside.actor.session_id(),
        end: visit.path(&format!("/account{}", END.replace("{id}", &session.id.to_string()))),
    }
}

const fn shape_of(name: Option<&DeviceName>) -> Shape {
    match name {
        Some(DeviceName::Browser(_, Some(System::Android | System::IPhone))) => Shape::Phone,
        Some(DeviceName::Browser(_, _)) => Shape::Computer,
        Some(DeviceName::Program(_)) | None => Shape::Program,
    }
}

/// In which zone the times of the page are.
fn zone_of(inside: &Inside) -> Markup {
    let visit = &inside.visit;
    let now = visit.pages.ports.clock.now();
    let (city, offset) = time_zones::city_and_offset(inside.time_zone(), now);
    let offset = Markup::escaped(&offset);
    match city {
        Some(city) => {
            let city = Markup::escaped(&city);
            let slots = [("city", Slot::Markup(&city)), ("offset", Slot::Markup(&offset))];
            visit.text_with("account-sessions.zone", &slots)
        }
        None => visit.text_with("account-sessions.utc", &[("offset", Slot::Markup(&offset))]),
    }
}

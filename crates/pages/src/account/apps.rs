//! `/account/apps`: the apps that one lets use the account, and taking that back.

use crate::account::hall::{Hall, Place};
use crate::catalogue::Slot;
use crate::device;
use crate::done::Done;
use crate::flow::Ability;
use crate::forms::open_too_long;
use crate::inside::{Arrival, Inside};
use crate::markup::Markup;
use crate::notice::Notice;
use crate::sent::Sent;
use crate::times;
use crate::trouble::Trouble;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;
use chrono::SecondsFormat;
use portcullis_application::ConnectedApps;
use portcullis_application::provider::connected_apps::{ConnectedApp, DisconnectError};
use portcullis_oauth2::ClientId;
use portcullis_web::{Incoming, Refusal, kind};

/// Behind [`Place::Apps`]: ends what one app may do.
pub(crate) const DISCONNECT: &str = "/apps/{client_id}/disconnect";

#[derive(Template)]
#[template(path = "account-apps.html")]
struct AppsPage<'v> {
    hall: Hall<'v>,
    done: Option<Done>,
    trouble: Trouble,
    apps: Vec<AppRow>,
}

/// An app that one lets use the account.
struct AppRow {
    id: String,
    name: Markup,
    abilities: Vec<Markup>,
    /// From where it is used at present.
    devices: Vec<Markup>,
    /// The day on which it was first let, for programs and in a sentence.
    since: Markup,
    last_use: Markup,
    disconnect: String,
}

/// Shows them.
pub(crate) async fn show(arrival: Arrival, apps: Data<dyn ConnectedApps>) -> Result<HttpResponse, Refusal> {
    let inside = match arrival.enter().await? {
        Ok(inside) => inside,
        Err(sign_in) => return Ok(sign_in),
    };
    let done = Done::inside(&inside.visit);
    let page = page(&inside, &**apps, Trouble::default(), done).await?;
    inside.answer_once(&page)
}

/// Takes back what an app may do.
pub(crate) async fn disconnect(
    arrival: Arrival,
    client_id: Path<String>,
    incoming: Incoming,
    apps: Data<dyn ConnectedApps>,
) -> Result<HttpResponse, Refusal> {
    let mut inside = match arrival.enter().await? {
        Ok(inside) => inside,
        Err(sign_in) => return Ok(sign_in),
    };
    inside.visit.is_reached_by(Place::Apps.path());
    let sent = Sent::read(&inside.visit, incoming).await?;
    if !sent.is_shown {
        let page = page(&inside, &**apps, open_too_long(&inside.visit), None).await?;
        return inside.answer(StatusCode::FORBIDDEN, &page);
    }
    let client_id = ClientId::parse(&client_id).map_err(|_| kind::NOT_FOUND)?;
    match apps.disconnect_own(&inside.actor, client_id).await {
        // What is taken back already was so by the first of two presses.
        Ok(()) | Err(DisconnectError::NotFound) => Ok(inside.done(Place::Apps.path(), Notice::AppDisconnected)),
        Err(DisconnectError::NoLongerAllowed) => Err(kind::NOT_FOUND.into()),
        Err(DisconnectError::Store(error)) => Err(error.into()),
    }
}

async fn page<'v>(
    inside: &'v Inside,
    apps: &dyn ConnectedApps,
    trouble: Trouble,
    done: Option<Done>,
) -> Result<AppsPage<'v>, Refusal> {
    let listed = apps.list_own(&inside.actor).await?;
    Ok(AppsPage {
        hall: inside
            .hall(Place::Apps, inside.visit.text("account-apps.title"))
            .telling(&trouble),
        done,
        apps: listed.iter().map(|app| row(inside, app)).collect(),
        trouble,
    })
}

fn row(inside: &Inside, app: &ConnectedApp) -> AppRow {
    let visit = &inside.visit;
    let abilities = Ability::of_scopes(&app.scopes, &app.described);
    let day = times::day(app.since, inside.time_zone(), visit.language);
    let moment = app.since.to_rfc3339_opts(SecondsFormat::Secs, true);
    let day = Markup::time(&moment, &day);
    let client_id = app.client_id.as_str();
    AppRow {
        id: client_id.to_owned(),
        name: Markup::plain_name(app.name.as_str()),
        abilities: abilities.iter().map(|ability| ability.told(visit)).collect(),
        devices: app
            .devices
            .iter()
            .map(|used| device::name(visit, used.name()))
            .collect(),
        since: visit.text_with("account-apps.since", &[("day", Slot::Markup(&day))]),
        last_use: times::ago(app.last_used_at, visit.pages.ports.clock.now(), visit),
        disconnect: visit.path(&format!("/account{}", DISCONNECT.replace("{client_id}", client_id))),
    }
}

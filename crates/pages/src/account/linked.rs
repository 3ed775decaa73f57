//! `/account/linked`: the accounts elsewhere that one signs in by, linking another one, and unlinking.

use crate::account::confirm_identity;
use crate::account::hall::{Hall, Place};
use crate::catalogue::Slot;
use crate::done::Done;
use crate::forms::{open_too_long, refused};
use crate::inside::{Arrival, Inside};
use crate::markup::Markup;
use crate::notice::Notice;
use crate::sent::Sent;
use crate::social::{about, label_of, leave, link_trouble, named, named_by, not_linked};
use crate::times;
use crate::trouble::Trouble;
use crate::visit::Visit;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;
use chrono::SecondsFormat;
use portcullis_application::LinkedIdentities;
use portcullis_application::social::linked::{LinkError, UnlinkError};
use portcullis_domain::{IdentityId, IdentityLabel, LinkedIdentity, ProviderName};
use portcullis_web::{Incoming, Refusal, kind};

/// Behind `/account`: leaves for a provider, to link what it vouches for.
pub(crate) const LINK: &str = "/linked/{provider}";
/// The same: unlinks one.
pub(crate) const UNLINK: &str = "/linked/{id}/unlink";

/// The parameter that shows that the browser was shown the link. Without it a page from elsewhere could have somebody link what
/// its maker is signed in to.
const PROOF: &str = "proof";

#[derive(Template)]
#[template(path = "account-linked.html")]
struct LinkedPage<'v> {
    hall: Hall<'v>,
    done: Option<Done>,
    trouble: Trouble,
    rows: Vec<Row>,
}

/// A provider, with one's account there or without.
struct Row {
    name: Markup,
    initials: String,
    /// The identity, where there is one.
    identity: Option<IdentityRow>,
    /// The way to link it, where there is none.
    link: Option<(String, String)>,
}

struct IdentityRow {
    id: String,
    label: Option<Markup>,
    since: Markup,
    is_offered: bool,
    unlink: String,
}

/// Shows them.
pub(crate) async fn show(arrival: Arrival, identities: Data<dyn LinkedIdentities>) -> Result<HttpResponse, Refusal> {
    let inside = match arrival.enter().await? {
        Ok(inside) => inside,
        Err(sign_in) => return Ok(sign_in),
    };
    let visit = &inside.visit;
    let trouble = link_trouble(visit).unwrap_or_default();
    let done = done_to_link(visit);
    let page = page(&inside, &**identities, trouble, done).await?;
    inside.answer_once(&page)
}

/// What was done to a link, with the provider that it was done to.
fn done_to_link(visit: &Visit) -> Option<Done> {
    let (tone, heading, text) = match visit.notice()? {
        Notice::IdentityLinked => ("good", "account-linked.done", None),
        Notice::IdentityUnlinked => ("good", "account-linked.undone", Some("account-linked.undone-lead")),
        Notice::LinkLeft => ("info", "account-linked.left", None),
        _ => return Done::inside(visit),
    };
    let label = label_of(visit, &named_by(visit)?);
    Some(Done {
        tone,
        heading: visit.text_with(heading, &[("provider", Slot::Markup(&label))]),
        text: text.map(|key| visit.text(key)),
    })
}

/// Leaves for a provider.
pub(crate) async fn link(
    arrival: Arrival,
    provider: Path<String>,
    identities: Data<dyn LinkedIdentities>,
) -> Result<HttpResponse, Refusal> {
    let mut inside = match arrival.enter().await? {
        Ok(inside) => inside,
        Err(sign_in) => return Ok(sign_in),
    };
    inside.visit.is_reached_by(Place::Linked.path());
    let visit = &inside.visit;
    let provider = named(&provider)?;
    let proof = visit.parameter(PROOF).unwrap_or_default();
    if !visit.browser.was_shown(&proof, &subject(&provider), &visit.pages) {
        let page = page(&inside, &**identities, open_too_long(visit), None).await?;
        return inside.answer(StatusCode::FORBIDDEN, &page);
    }
    let given = visit.pages.settings.cookies.social(visit.headers());
    match identities.begin_link(&inside.actor, &provider, None, given).await {
        Ok(begun) => Ok(leave(visit, &begun)),
        Err(LinkError::StepUp(_)) => Ok(confirm_identity::ask(&inside, Place::Linked.path())),
        Err(LinkError::SignedOut) => Ok(inside.signed_out()),
        Err(error) => Ok(inside.done(&about(Place::Linked.path(), &provider), not_linked(error)?)),
    }
}

/// Unlinks one.
pub(crate) async fn unlink(
    arrival: Arrival,
    id: Path<String>,
    incoming: Incoming,
    identities: Data<dyn LinkedIdentities>,
) -> Result<HttpResponse, Refusal> {
    let mut inside = match arrival.enter().await? {
        Ok(inside) => inside,
        Err(sign_in) => return Ok(sign_in),
    };
    inside.visit.is_reached_by(Place::Linked.path());
    let visit = &inside.visit;
    let sent = Sent::read(visit, incoming).await?;
    if !sent.is_shown {
        let page = page(&inside, &**identities, open_too_long(visit), None).await?;
        return inside.answer(StatusCode::FORBIDDEN, &page);
    }
    let id: IdentityId = id.parse().map_err(|_| kind::NOT_FOUND)?;
    match identities.unlink(&inside.actor, id).await {
        Ok(provider) => Ok(inside.done(&about(Place::Linked.path(), &provider), Notice::IdentityUnlinked)),
        // It was unlinked by the first of two presses.
        Err(UnlinkError::NotFound) => Ok(inside.visit.go_on(Place::Linked.path(), None).finish()),
        Err(UnlinkError::StepUp(_)) => Ok(confirm_identity::ask(&inside, Place::Linked.path())),
        Err(UnlinkError::LastWayIn) => {
            let path = Markup::escaped(&visit.path(Place::Password.path()));
            let text = visit.text_with("account-linked.last-way-lead", &[("path", Slot::Markup(&path))]);
            let trouble = refused(visit, "last_way_in", "account-linked.last-way", Some(text));
            let page = page(&inside, &**identities, trouble, None).await?;
            inside.answer(StatusCode::CONFLICT, &page)
        }
        Err(UnlinkError::SignedOut) => Ok(inside.signed_out()),
        Err(UnlinkError::Store(error)) => Err(error.into()),
    }
}

async fn page<'v>(
    inside: &'v Inside,
    identities: &dyn LinkedIdentities,
    trouble: Trouble,
    done: Option<Done>,
) -> Result<LinkedPage<'v>, Refusal> {
    let visit = &inside.visit;
    let linked = identities.list_own(&inside.actor).await?;
    let providers = &visit.pages.settings.providers;
    let offered = providers
        .iter()
        .map(|provider| (&provider.name, provider.label.as_str()));
    let mut rows = Vec::new();
    for (name, label) in offered {
        let own: Vec<&LinkedIdentity> = linked.iter().filter(|identity| identity.provider == *name).collect();
        if own.is_empty() {
            rows.push(Row {
                link: Some(way_to_link(inside, name)),
                ..row(label, None)
            });
        }
        rows.extend(
            own.into_iter()
                .map(|identity| row(label, Some(identity_row(inside, identity, true)))),
        );
    }
    // What is not offered any more can be unlinked still.
    for identity in &linked {
        if !providers.iter().any(|provider| provider.name == identity.provider) {
            rows.push(row(
                identity.provider.as_str(),
                Some(identity_row(inside, identity, false)),
            ));
        }
    }
    Ok(LinkedPage {
        hall: inside
            .hall(Place::Linked, visit.text("account-linked.title"))
            .telling(&trouble),
        done,
        trouble,
        rows,
    })
}

fn row(label: &str, identity: Option<IdentityRow>) -> Row {
    Row {
        name: Markup::plain_name(label),
        initials: label.chars().take(2).collect(),
        identity,
        link: None,
    }
}

fn identity_row(inside: &Inside, identity: &LinkedIdentity, is_offered: bool) -> IdentityRow {
    let visit = &inside.visit;
    let day = times::day(identity.linked_at, inside.time_zone(), visit.language);
    let moment = identity.linked_at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let day = Markup::time(&moment, &day);
    let id = identity.id.to_string();
    IdentityRow {
        label: identity
            .label
            .as_ref()
            .map(IdentityLabel::as_str)
            .map(Markup::plain_name),
        since: visit.text_with("account-linked.since", &[("day", Slot::Markup(&day))]),
        is_offered,
        unlink: visit.path(&format!("/account{}", UNLINK.replace("{id}", &id))),
        id,
    }
}

/// The id of the link, and where it leads.
fn way_to_link(inside: &Inside, provider: &ProviderName) -> (String, String) {
    let visit = &inside.visit;
    let proof = visit.browser.form_proof(&subject(provider), &visit.pages);
    let path = format!(
        "/account{}?{PROOF}={proof}",
        LINK.replace("{provider}", provider.as_str())
    );
    (format!("link-{provider}"), visit.path(&path))
}

/// What the proof is about: it is good for nothing else.
fn subject(provider: &ProviderName) -> String {
    format!("link {provider}")
}

//! When a browser first sent a request, in our own addresses: authenticated, and bound to browser and request.

use super::PATH;
use super::asked::Asked;
use crate::browser::Browser;
use crate::continuation::Continuation;
use crate::pages::Pages;
use crate::visit::Visit;
use chrono::{DateTime, Utc};
use portcullis_application::ports::HandedOut;
use portcullis_application::provider::authorizations::BroughtStamp;
use portcullis_domain::Stamp;

/// The parameter.
pub(super) const NAME: &str = "portcullis_stamp";
/// The most bytes that the parameter takes.
pub(super) const MOST: usize = 256;

/// The stamp that the request brings, if it is genuine.
pub(super) fn read(visit: &Visit, asked: &Asked) -> Option<BroughtStamp> {
    let (browser, pages) = (&visit.browser, &visit.pages);
    let stamp = find(browser, pages, asked)?;
    let first = Stamp::first(stamp.first_seen);
    let identity = proof(browser, pages, first, &asked.query);
    Some(BroughtStamp { stamp, identity })
}

/// The same, or that of a request that is new.
pub(super) fn read_or_first(visit: &Visit, asked: &Asked) -> Stamp {
    let now = visit.pages.ports.clock.now();
    let found = find(&visit.browser, &visit.pages, asked).filter(|stamp| stamp.counts(now));
    found.unwrap_or(Stamp::first(now))
}

/// The path of the request with that stamp.
pub(super) fn stamped(visit: &Visit, asked: &Asked, stamp: Stamp) -> String {
    with(&visit.browser, &visit.pages, stamp, &asked.query)
}

/// What a sign-in goes on to, its stamp written anew for the browser that it made of `before`: nothing from before counts
/// behind it, and a request that wants a new sign-in would never end.
pub(crate) fn renewed(goes_on: &Continuation, before: &Browser, after: &Browser, pages: &Pages) -> String {
    let found = goes_on.request_of_app().and_then(|query| {
        let asked = Asked::read(query.as_bytes());
        let stamp = find(before, pages, &asked)?;
        Some(with(after, pages, stamp, &asked.query))
    });
    found.unwrap_or_else(|| goes_on.path())
}

/// When the browser first sent the request that a sign-in goes on to.
pub(crate) fn first_seen(goes_on: &Continuation, visit: &Visit) -> Option<DateTime<Utc>> {
    let asked = Asked::read(goes_on.request_of_app()?.as_bytes());
    let stamp = find(&visit.browser, &visit.pages, &asked)?;
    stamp.counts(visit.pages.ports.clock.now()).then_some(stamp.first_seen)
}

fn with(browser: &Browser, pages: &Pages, stamp: Stamp, request: &str) -> String {
    let (text, proof) = (written(stamp), proof(browser, pages, stamp, request));
    format!("{PATH}?{request}&{NAME}={text}.{proof}")
}

fn find(browser: &Browser, pages: &Pages, asked: &Asked) -> Option<Stamp> {
    let (text, proof) = asked.stamp()?.split_once('.')?;
    let (time, chosen) = text.split_once('-')?;
    let stamp = Stamp {
        first_seen: DateTime::<Utc>::from_timestamp_micros(time.parse().ok()?)?,
        has_chosen: chosen == "1",
    };
    let bound = bound(stamp, &asked.query);
    let is_genuine = pages
        .ports
        .proofs
        .is_genuine(HandedOut::Stamp, browser.secret(), &bound, proof);
    (is_genuine && !browser.is_new()).then_some(stamp)
}

fn proof(browser: &Browser, pages: &Pages, stamp: Stamp, request: &str) -> String {
    let bound = bound(stamp, request);
    pages.ports.proofs.issue(HandedOut::Stamp, browser.secret(), &bound)
}

fn bound(stamp: Stamp, request: &str) -> String {
    format!("{}\n{request}", written(stamp))
}

fn written(stamp: Stamp) -> String {
    format!("{}-{}", stamp.first_seen.timestamp_micros(), u8::from(stamp.has_chosen))
}

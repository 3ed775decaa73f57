//! What a server serves, and for whom.

use crate::page_origins::{AllowedOrigins, single};
use crate::public_url::OwnAddress;
use crate::refusal::Refusal;
use actix_web::HttpRequest;
use actix_web::http::header::{HeaderMap, HeaderValue, ORIGIN};
use actix_web::web::ServiceConfig;
use std::sync::Arc;

/// How a refusal is written for those who read it. The routes of another kind of reader stand in a scope that has another
/// surface as its `app_data`.
#[derive(Clone, Copy)]
pub struct Surface {
    /// The media type of what is written.
    pub media_type: &'static str,
    /// The headers that go with it, by name and value.
    pub headers: &'static [(&'static str, &'static str)],
    /// Writes it for the request, with links that start with the address.
    pub write: fn(&Refusal, &HttpRequest, &OwnAddress) -> String,
}

/// How refusals are written for people. It is in the `app_data` where there are pages, and in the extensions of a request that a
/// person made at a path that is of no scope.
#[derive(Clone, Copy)]
pub struct ForPeople(pub Surface);

/// How refusals are written where no scope says otherwise.
#[derive(Clone, Copy)]
pub(crate) struct Surfaces {
    everywhere: Surface,
    below: &'static [(&'static str, Surface)],
}

impl Surfaces {
    /// How they are written at that path, whether anything is there or not.
    pub(crate) fn at(&self, path: &str) -> Surface {
        let below = self.below.iter().find(|(beginning, _)| path.starts_with(beginning));
        below.map_or(self.everywhere, |(_, surface)| *surface)
    }
}

/// What scripts of other origins may call.
#[derive(Debug, Clone, Default)]
pub struct OpenPaths {
    /// How their paths begin.
    pub beginnings: &'static [&'static str],
    /// Whose scripts they are.
    pub to: AllowedOrigins,
}

impl OpenPaths {
    /// Whether that is one of them, for anybody at all.
    pub(crate) fn has(&self, path: &str) -> bool {
        !self.to.is_empty() && self.beginnings.iter().any(|beginning| path.starts_with(beginning))
    }
}

/// Whose scripts may call for a client of the provider.
pub trait ClientOrigins: Send + Sync {
    /// Whether those of that origin may.
    fn allow(&self, origin: &str) -> bool;
}

/// What scripts of clients may call, by tokens and never by a cookie.
#[derive(Clone, Default)]
pub struct ClientPaths {
    /// The paths, each whole.
    pub paths: &'static [&'static str],
    /// Whose scripts they are; `None` for nobody's.
    pub to: Option<Arc<dyn ClientOrigins>>,
}

impl ClientPaths {
    /// Whether that is one of them.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.to.is_some() && self.paths.contains(&path)
    }

    /// The origin that the request comes from, where its scripts may call.
    pub(crate) fn caller<'r>(&self, headers: &'r HeaderMap) -> Option<&'r HeaderValue> {
        let origin = single(headers, &ORIGIN)?;
        // `null` is whosever it is (RFC 6454, section 7.3).
        let text = origin.to_str().ok().filter(|text| *text != "null")?;
        self.to.as_ref()?.allow(text).then_some(origin)
    }
}

/// The routes of a server.
#[derive(Clone)]
pub struct Site<M> {
    /// How refusals are written where neither a scope nor the path says otherwise.
    pub surface: Surface,
    /// How they are written at paths that begin so, also where nothing is.
    pub surfaces_below: &'static [(&'static str, Surface)],
    /// Where clients reach it. Every handler finds it in its `Data`.
    pub address: OwnAddress,
    /// What scripts of other origins may call.
    pub open: OpenPaths,
    /// What scripts of the provider's clients may call.
    pub open_to_clients: ClientPaths,
    /// The paths that proxies and orchestrators ask all the time: where all is well, the log tells it at `debug` alone.
    pub asked_all_the_time: &'static [&'static str],
    /// Mounts the routes, and answers what none of them takes.
    pub mount: M,
}

impl<M> Site<M> {
    pub(crate) const fn surfaces(&self) -> Surfaces {
        Surfaces {
            everywhere: self.surface,
            below: self.surfaces_below,
        }
    }
}

impl<M: Fn(&mut ServiceConfig) + Clone + Send + 'static> Site<M> {
    /// The same site with the routes of another kind of reader beside its own.
    #[must_use]
    pub fn beside(
        self,
        others: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
    ) -> Site<impl Fn(&mut ServiceConfig) + Clone + Send + 'static> {
        let Self {
            surface,
            surfaces_below,
            address,
            open,
            open_to_clients,
            asked_all_the_time,
            mount,
        } = self;
        let mount = move |config: &mut ServiceConfig| {
            mount(config);
            others(config);
        };
        Site {
            surface,
            surfaces_below,
            address,
            open,
            open_to_clients,
            asked_all_the_time,
            mount,
        }
    }
}

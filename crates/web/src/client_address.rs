//! Which address a client has: that of its connection, or the one that trusted proxies tell.

mod forwarding;
mod trusted_proxies;

pub use trusted_proxies::{TrustedProxies, TrustedProxiesError};

use actix_web::http::header::{FORWARDED, HeaderMap, X_FORWARDED_FOR};
use chrono::{DateTime, Utc};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// How many hops of a header are looked at. A longer way is that of somebody who plays.
const MAX_HOPS: usize = 100;

/// A warning that a stranger can cause is written once in so many seconds.
const SECONDS_BETWEEN_WARNINGS: u64 = 60 * 60;

/// The address of a request's client. `None` where the connection has none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClientAddress(pub(crate) Option<IpAddr>);

/// Finds the addresses of clients. Clones share when they last warned.
#[derive(Clone)]
pub(crate) struct ClientAddresses {
    proxies: TrustedProxies,
    warned: Arc<Warned>,
}

/// When each kind of warning was last written.
#[derive(Default)]
struct Warned {
    of_strangers: Hourly,
    of_contradictions: Hourly,
}

/// What an operator should know of the headers of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doubt {
    /// They came from an address that is not trusted.
    Stranger,
    /// The two of them tell different addresses.
    Contradiction,
}

impl ClientAddresses {
    pub(crate) fn behind(proxies: TrustedProxies) -> Self {
        Self {
            proxies,
            warned: Arc::default(),
        }
    }

    /// Whose request it is that came from that peer with those headers.
    pub(crate) fn find(&self, peer: Option<IpAddr>, headers: &HeaderMap, now: DateTime<Utc>) -> ClientAddress {
        let Some(peer) = peer.map(|peer| peer.to_canonical()) else {
            return ClientAddress(None);
        };
        let (client, doubt) = self.judge(peer, headers);
        if let Some(doubt) = doubt {
            self.warned.about(doubt, peer, now);
        }
        ClientAddress(Some(client))
    }

    /// Most proxies write one of the two headers and pass on what the client sent as the other. Which one they write can't be
    /// seen, so two that differ prove nothing, and the address stays the peer's. Where they agree, the proxy's own says it.
    fn judge(&self, peer: IpAddr, headers: &HeaderMap) -> (IpAddr, Option<Doubt>) {
        let (has_usual, has_standard) = (headers.contains_key(X_FORWARDED_FOR), headers.contains_key(FORWARDED));
        if !has_usual && !has_standard {
            return (peer, None);
        }
        if !self.proxies.hold(peer) {
            return (peer, Some(Doubt::Stranger));
        }
        let usual = || self.walk(peer, forwarding::usual_hops(headers));
        let standard = || self.walk(peer, forwarding::standard_hops(headers));
        match (has_usual, has_standard) {
            (true, true) if usual() != standard() => (peer, Some(Doubt::Contradiction)),
            (true, _) => (usual(), None),
            (false, _) => (standard(), None),
        }
    }

    /// The first address that is not trusted, from the nearest hop on. What can't be read ends the walk.
    fn walk(&self, peer: IpAddr, hops: impl Iterator<Item = Option<IpAddr>>) -> IpAddr {
        let mut nearest = peer;
        for hop in hops.take(MAX_HOPS) {
            let Some(address) = hop else { break };
            nearest = address;
            if !self.proxies.hold(address) {
                break;
            }
        }
        nearest
    }
}

impl Warned {
    fn about(&self, doubt: Doubt, peer: IpAddr, now: DateTime<Utc>) {
        match doubt {
            Doubt::Stranger if self.of_strangers.is_due(now) => tracing::warn!(
                %peer,
                "ignored X-Forwarded-For or Forwarded of an address that is not in TRUSTED_PROXIES; if it is your proxy's, \
                 add it there"
            ),
            Doubt::Contradiction if self.of_contradictions.is_due(now) => tracing::warn!(
                %peer,
                "X-Forwarded-For and Forwarded tell different addresses, so the proxy's own is used; have the proxy remove \
                 the header that it does not write"
            ),
            Doubt::Stranger | Doubt::Contradiction => {}
        }
    }
}

/// When something was last done, in seconds since 1970.
struct Hourly(AtomicI64);

impl Default for Hourly {
    fn default() -> Self {
        Self(AtomicI64::new(i64::MIN))
    }
}

impl Hourly {
    /// Whether an hour has passed. Of several who ask at once one is told so.
    fn is_due(&self, now: DateTime<Utc>) -> bool {
        let (now, last) = (now.timestamp(), self.0.load(Ordering::Relaxed));
        now.abs_diff(last) >= SECONDS_BETWEEN_WARNINGS
            && self
                .0
                .compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }
}

#[cfg(test)]
mod tests;

//! How an address that is not registered differs from the nearest one that is.

use portcullis_domain::RegisteredClient;
use portcullis_oauth2::RedirectUri;

/// An address that a client sent and has not registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unregistered<'a> {
    /// What was sent.
    pub sent: &'a RedirectUri,
    /// The one of the client that has most in common with it, where it has any.
    pub nearest: Option<&'a RedirectUri>,
    /// How many characters the two have in common before they part.
    pub in_common: usize,
}

impl<'a> Unregistered<'a> {
    /// The difference; `None` where the client takes answers there.
    #[must_use]
    pub fn of(registered: &'a RegisteredClient, sent: &'a RedirectUri) -> Option<Self> {
        let settings = &registered.client.settings;
        if settings.takes_answers_at(sent) {
            return None;
        }
        let in_common = |known: &RedirectUri| {
            let pairs = known.as_str().chars().zip(sent.as_str().chars());
            pairs.take_while(|(one, other)| one == other).count()
        };
        let nearest = settings.redirect_uris.iter().max_by_key(|known| in_common(known));
        Some(Self {
            sent,
            nearest,
            in_common: nearest.map_or(0, in_common),
        })
    }
}

impl std::fmt::Display for Unregistered<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "redirect_uri is not registered: {} was sent", self.sent)?;
        match self.nearest {
            Some(nearest) => write!(
                out,
                ", and {nearest} is registered; they differ from character {} on",
                self.in_common + 1
            ),
            None => out.write_str(", and none is registered"),
        }
    }
}

//! What stands around every page of the account: the bar, the menu, the way back.

use crate::frame::{Frame, Gate};
use crate::markup::Markup;
use crate::trouble::Trouble;
use crate::visit::Visit;

/// A page of the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Overview,
    Profile,
    Password,
    Passkeys,
    SecondFactor,
    Linked,
    Sessions,
    Apps,
}

impl Place {
    const ALL: [Self; 8] = [
        Self::Overview,
        Self::Profile,
        Self::Password,
        Self::Passkeys,
        Self::SecondFactor,
        Self::Linked,
        Self::Sessions,
        Self::Apps,
    ];

    /// Its path.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Overview => "/account",
            Self::Profile => "/account/profile",
            Self::Password => "/account/password",
            Self::Passkeys => "/account/passkeys",
            Self::SecondFactor => "/account/second-factor",
            Self::Linked => "/account/linked",
            Self::Sessions => "/account/sessions",
            Self::Apps => "/account/apps",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Overview => "account.overview",
            Self::Profile => "account-profile.title",
            Self::Password => "account-password.title",
            Self::Passkeys => "account-passkeys.title",
            Self::SecondFactor => "account-second-factor.title",
            Self::Linked => "account-linked.title",
            Self::Sessions => "account-sessions.title",
            Self::Apps => "account-apps.title",
        }
    }
}

/// What stands around a page of the account. Templates ask it for what they need.
pub(crate) struct Hall<'v> {
    pub(crate) frame: Frame<'v>,
    place: Place,
    /// Whether it is a page below that of the place.
    is_below: bool,
}

/// A line of the menu.
pub(crate) struct Item {
    pub(crate) path: String,
    pub(crate) label: Markup,
    pub(crate) is_here: bool,
}

impl<'v> Hall<'v> {
    pub(crate) fn of(visit: &'v Visit, place: Place, title: Markup) -> Self {
        Self {
            frame: visit.frame(Gate::Open, title),
            place,
            is_below: false,
        }
    }

    /// The same around a page below that of the place.
    pub(crate) fn below(self) -> Self {
        Self { is_below: true, ..self }
    }

    /// The same around a form that is shown again, if something is wrong with what was sent.
    pub(crate) fn telling(self, trouble: &Trouble) -> Self {
        Self {
            frame: self.frame.telling(trouble),
            ..self
        }
    }

    pub(crate) fn menu(&self) -> impl Iterator<Item = Item> {
        let there = Place::ALL.into_iter().filter(|place| match place {
            Place::Linked => self.frame.has_providers(),
            Place::Passkeys => self.frame.has_passkeys(),
            _ => true,
        });
        there.map(|place| Item {
            path: self.frame.path(place.path()),
            label: self.frame.text(place.label()),
            is_here: place == self.place,
        })
    }

    /// The page above this one.
    pub(crate) fn above(&self) -> Option<Item> {
        let (path, label) = match self.place {
            place if self.is_below => (place.path(), place.label()),
            Place::Overview => return None,
            _ => (Place::Overview.path(), "account.title"),
        };
        Some(Item {
            path: self.frame.path(path),
            label: self.frame.text(label),
            is_here: false,
        })
    }

    pub(crate) fn overview(&self) -> String {
        self.frame.path(Place::Overview.path())
    }
}

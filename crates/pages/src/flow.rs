//! Pages of what an app asks for: they take what they show, and know no apps and no grants.
//!
//! Whoever answers an app's request calls the function of a page with a [`Visit`] and what is to be shown. What a person then
//! sends is read by [`FlowAnswer`].

mod answer;
mod chooser;
mod consent;
mod form;
mod form_post;
mod form_target;
mod refused;
mod sign_out;
pub(crate) mod waiting;

pub use answer::FlowAnswer;
pub use chooser::{Chooser, chooser};
pub use consent::{Ability, AboutApp, Consent, consent};
pub use form::FlowForm;
pub use form_post::{FormPost, form_post};
pub use form_target::FormTarget;
pub use refused::{AccessRefused, WayBack, access_refused, request_refused, sign_out_refused};
pub use sign_out::{AppSignOut, Asking, app_sign_out};
pub use waiting::{WaitingApp, WaitingApps};

use crate::catalogue::Slot;
use crate::forms::open_too_long;
use crate::markup::Markup;
use crate::trouble::Trouble;
use crate::visit::Visit;

/// Where the answer to a consent goes, and the way back to an app without a sign-in.
pub(crate) const DECISION: &str = "/oauth2/authorize/decision";
/// Where the choice of an account goes.
pub(crate) const ACCOUNT: &str = "/oauth2/authorize/account";
/// Where the answer to an app goes that signs somebody out.
pub(crate) const LOG_OUT_DECISION: &str = "/oauth2/logout/decision";

/// Why a page is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Showing {
    /// For the first time.
    Anew,
    /// Again, since its form was not one that this browser was shown: status 403.
    Again,
}

/// A title with the name of an app as the window has it, where no markup is read.
fn in_window(visit: &Visit, key: &str, app: &str) -> Markup {
    visit.text_with(key, &[("client", Slot::Markup(&Markup::escaped(app)))])
}

impl Showing {
    fn trouble(self, visit: &Visit) -> Trouble {
        match self {
            Self::Anew => Trouble::default(),
            Self::Again => open_too_long(visit),
        }
    }
}

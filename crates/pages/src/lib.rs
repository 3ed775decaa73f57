//! What people see: pages as HTML that work without a script, their style sheet, their languages and the operator's theme.
//!
//! A page parses what was sent, calls a driving port and shows what came of it. It has no rule of its own: what programs may
//! do by the calls, people may do by the pages.

mod account;
mod ask_for_mail;
mod asked_mail;
mod assets;
mod authorize;
mod browser;
mod catalogue;
mod check_mail;
mod confirm;
mod continuation;
mod device;
mod done;
pub mod flow;
mod forms;
mod frame;
mod inside;
mod join;
mod language;
mod language_choice;
mod links;
mod log_out;
mod markup;
mod new_password;
mod notice;
mod owners_pages;
mod pages;
mod password_managers;
mod places;
mod sent;
mod sign_in;
mod sign_in_code;
mod sign_in_passkey;
mod sign_out;
mod sign_up;
mod site;
mod social;
mod surface;
mod theme;
mod times;
mod told;
mod trouble;
mod undo_email;
mod verify_email;
mod visit;
mod was_it_you;
mod way_on;

pub use authorize::AppsOfClients;
pub use pages::{PagesPorts, PagesSettings, SocialProvider};
pub use places::{PlaceFile, PlaceFileError};
pub use site::{MailServices, PeopleServices, routes};
pub use theme::{
    Accent, AccentError, Colors, Logo, LogoError, OwnersPage, OwnersPageError, Theme, ThemeName, ThemeNameError,
};
pub use visit::Visit;

//! What every page needs of the server.

use crate::assets::Assets;
use crate::places::PlaceFile;
use crate::theme::Theme;
use portcullis_application::SignUpPolicy;
use portcullis_application::ports::{BrowserProofs, Clock, Entropy};
use portcullis_domain::{Language, PasswordPolicy, ProviderName, TimeZone};
use portcullis_web::{Cookies, OwnAddress};
use std::sync::Arc;

/// What pages are made with: what an operator sets.
#[derive(Clone)]
pub struct PagesSettings {
    /// Where clients reach the server.
    pub address: OwnAddress,
    /// The origins of pages that are ours.
    pub origins: Vec<String>,
    /// The cookies that browsers are given.
    pub cookies: Cookies,
    /// How the pages look, and where they lead.
    pub theme: Theme,
    /// What new passwords must meet.
    pub password_policy: PasswordPolicy,
    /// The language of those who chose none and whose browser asks for none that there is.
    pub language: Language,
    /// The time zone that times are shown in.
    pub time_zone: TimeZone,
    /// Whom mails come from.
    pub mail_from: Option<String>,
    /// Who may sign up.
    pub sign_up: SignUpPolicy,
    /// Where addresses are, where a file tells of that.
    pub places: Option<PlaceFile>,
    /// The other providers that people may sign in by.
    pub providers: Vec<SocialProvider>,
}

/// Another provider that people may sign in by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocialProvider {
    /// What it is called here.
    pub name: ProviderName,
    /// What people call it.
    pub label: String,
}

/// The ports that the pages themselves call.
#[derive(Clone)]
pub struct PagesPorts {
    /// Makes the secret that a browser is known by.
    pub entropy: Arc<dyn Entropy>,
    /// Recognizes what a browser hands back.
    pub proofs: Arc<dyn BrowserProofs>,
    /// Tells when something went wrong.
    pub clock: Arc<dyn Clock>,
}

/// What every page needs, made once.
pub(crate) struct Pages {
    pub(crate) settings: PagesSettings,
    pub(crate) ports: PagesPorts,
    pub(crate) assets: Assets,
    /// Whether mails are written, so that there are pages of mail.
    pub(crate) has_mail: bool,
    /// Whether there are passkeys.
    pub(crate) has_passkeys: bool,
}

impl Pages {
    pub(crate) fn new(settings: PagesSettings, ports: PagesPorts, has_mail: bool, has_passkeys: bool) -> Self {
        Self {
            assets: Assets::of(&settings.theme, &settings.address),
            settings,
            ports,
            has_mail,
            has_passkeys,
        }
    }
}

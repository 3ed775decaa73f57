//! What stands around every page: its head, its title, its footer.

use crate::catalogue::Slot;
use crate::continuation::Continuation;
use crate::language;
use crate::markup::Markup;
use crate::trouble::Trouble;
use crate::visit::Visit;
use portcullis_domain::{Email, Language};

/// How far the gate is up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    /// Outside.
    Down,
    /// Half way in.
    Half,
    /// Inside.
    Open,
}

/// What stands around a page. Templates ask it for what they need.
pub(crate) struct Frame<'v> {
    visit: &'v Visit,
    gate: Gate,
    pub(crate) title: Markup,
    /// What the window is called, where that is not the title.
    window: Option<Markup>,
    /// What went wrong, for programs.
    pub(crate) error_code: Option<&'static str>,
    /// Whether what was typed is refused, which the title says.
    is_refusing: bool,
    /// Whether the answer can give the browser no cookie.
    is_without_cookies: bool,
}

impl<'v> Frame<'v> {
    pub(crate) const fn of(visit: &'v Visit, gate: Gate, title: Markup) -> Self {
        Self {
            visit,
            gate,
            title,
            window: None,
            error_code: None,
            is_refusing: false,
            is_without_cookies: false,
        }
    }

    /// The same with another name of the window.
    pub(crate) fn in_window(self, window: Markup) -> Self {
        Self {
            window: Some(window),
            ..self
        }
    }

    /// The same around a page whose answer can give the browser no cookie.
    pub(crate) fn without_cookies(self) -> Self {
        Self {
            is_without_cookies: true,
            ..self
        }
    }

    /// The same around a page that is there because something went wrong.
    pub(crate) fn with_code(self, error_code: &'static str) -> Self {
        Self {
            error_code: Some(error_code),
            ..self
        }
    }

    /// The same around a form that is shown again, if something is wrong with what was sent.
    pub(crate) fn telling(self, trouble: &Trouble) -> Self {
        Self {
            error_code: trouble.code(),
            is_refusing: !trouble.is_none(),
            ..self
        }
    }

    pub(crate) fn language_tag(&self) -> &'static str {
        self.visit.language.as_str()
    }

    pub(crate) fn head_title(&self) -> Markup {
        let key = if self.is_refusing {
            "common.error-title"
        } else {
            "common.title"
        };
        let name = self.name();
        let title = self.window.as_ref().unwrap_or(&self.title).without_tags();
        let slots = [("title", Slot::Markup(&title)), ("name", Slot::Markup(&name))];
        self.visit.text_with(key, &slots)
    }

    pub(crate) fn name(&self) -> Markup {
        self.visit.pages.settings.theme.name.markup()
    }

    pub(crate) fn style_sheet(&self) -> &str {
        self.visit.pages.assets.style()
    }

    pub(crate) fn theme_sheet(&self) -> Option<&str> {
        self.visit.pages.assets.theme()
    }

    pub(crate) fn password_script(&self) -> &str {
        self.visit.pages.assets.password_script()
    }

    pub(crate) fn passkey_script(&self) -> &str {
        self.visit.pages.assets.passkey_script()
    }

    pub(crate) fn icon(&self) -> &str {
        self.visit.pages.assets.icon()
    }

    pub(crate) fn logo(&self) -> Option<&str> {
        self.visit.pages.assets.logo()
    }

    pub(crate) const fn is_gate_down(&self) -> bool {
        matches!(self.gate, Gate::Down)
    }

    pub(crate) const fn gate_class(&self) -> &'static str {
        match self.gate {
            Gate::Down => "down",
            Gate::Half => "half",
            Gate::Open => "open",
        }
    }

    pub(crate) fn path(&self, path: &str) -> String {
        self.visit.path(path)
    }

    pub(crate) fn here(&self) -> &str {
        self.visit.here()
    }

    pub(crate) fn request_id(&self) -> String {
        self.visit.request_id()
    }

    /// What a form of this page carries.
    pub(crate) fn form_proof(&self) -> String {
        self.visit.browser.form_proof("", &self.visit.pages)
    }

    /// Whether mails are written here.
    pub(crate) fn has_mail(&self) -> bool {
        self.visit.pages.has_mail
    }

    /// Whether people may sign in by another provider.
    pub(crate) fn has_providers(&self) -> bool {
        !self.visit.pages.settings.providers.is_empty()
    }

    /// Whether there are passkeys here.
    pub(crate) fn has_passkeys(&self) -> bool {
        self.visit.pages.has_passkeys
    }

    /// The same for the form that changes the language. A browser that has no cookie, and gets none, can't send it.
    pub(crate) fn language_form_proof(&self) -> Option<String> {
        let stays_unknown = self.is_without_cookies && self.visit.browser.is_new();
        (!stays_unknown).then(|| self.form_proof())
    }

    /// The tags of the other languages, and what those who read them call them.
    pub(crate) fn other_languages(&self) -> Vec<(&'static str, Markup)> {
        let others = Language::ALL.into_iter().filter(|other| *other != self.visit.language);
        let named = others.map(|other| (other.as_str(), language::own_name(other)));
        named.collect()
    }

    pub(crate) fn has_privacy(&self) -> bool {
        self.visit.pages.settings.theme.privacy.is_some()
    }

    pub(crate) fn has_help(&self) -> bool {
        self.visit.pages.settings.theme.help.is_some()
    }

    /// The path of the terms of use, where there are any.
    pub(crate) fn terms(&self) -> Option<Markup> {
        let path = self
            .visit
            .pages
            .settings
            .theme
            .terms
            .as_ref()
            .map(|_| self.path("/terms"))?;
        Some(Markup::escaped(&path))
    }

    /// Whom to write to.
    pub(crate) fn contact(&self) -> Option<Markup> {
        let contact = self.visit.pages.settings.theme.contact.as_ref();
        contact.map(|contact| Markup::write_to(Email::as_str(contact)))
    }

    pub(crate) fn text(&self, key: &str) -> Markup {
        self.visit.text(key)
    }

    pub(crate) fn slot(&self, key: &str, name: &'static str, markup: &Markup) -> Markup {
        self.visit.text_with(key, &[(name, Slot::Markup(markup))])
    }

    /// Where one goes to sign in, and on from there.
    pub(crate) fn sign_in_path(&self, goes_on: &Continuation) -> String {
        self.path(&goes_on.behind("/sign-in"))
    }

    /// The same to sign up.
    pub(crate) fn sign_up_path(&self, goes_on: &Continuation) -> String {
        self.path(&goes_on.behind("/sign-up"))
    }

    pub(crate) fn number(&self, key: &str, name: &'static str, number: usize) -> Markup {
        self.visit.text_with(key, &[(name, Slot::Number(number))])
    }
}

//! What people are told of the fields of forms.

use crate::catalogue::Slot;
use crate::markup::Markup;
use crate::sent::FORM_EXPIRED;
use crate::trouble::{Fault, Notice, Trouble};
use crate::visit::Visit;
use portcullis_application::ports::Exhausted;
use portcullis_domain::full_name::{self, composed};
use portcullis_domain::{
    Email, FullName, FullNameError, Password, PasswordError, PresentedPassword, SecretText, password,
};
use portcullis_web::kind;

/// The field of an address.
pub(crate) const USERNAME: &str = "username";
/// The field of a name.
pub(crate) const NAME: &str = "name";
/// The field of a password to be set.
pub(crate) const NEW_PASSWORD: &str = "new-password";
/// The field of the password that one has.
pub(crate) const PASSWORD: &str = "password";
/// The field of the password that one has, where it is to be changed.
pub(crate) const CURRENT_PASSWORD: &str = "current-password";
/// The field of another address.
pub(crate) const EMAIL: &str = "email";
/// The field of a six-digit code.
pub(crate) const CODE: &str = "code";

/// What is wrong with the fields of a form, as it is found.
pub(crate) struct Faults<'v> {
    visit: &'v Visit,
    found: Vec<Fault>,
}

impl<'v> Faults<'v> {
    pub(crate) const fn of(visit: &'v Visit) -> Self {
        Self {
            visit,
            found: Vec::new(),
        }
    }

    /// Takes an address.
    pub(crate) fn email(&mut self, field: &'static str, text: &str) -> Option<Email> {
        let parsed = Email::parse(text);
        if parsed.is_err() {
            self.add(field, self.visit.text("refused.not-an-address"));
        }
        parsed.ok()
    }

    /// Takes a password that one has.
    pub(crate) fn presented(&mut self, field: &'static str, text: SecretText) -> Option<PresentedPassword> {
        if text.expose().is_empty() {
            self.add(field, self.visit.text("refused.own-password-missing"));
            return None;
        }
        Some(PresentedPassword::new(text))
    }

    /// Takes one of several things to choose from.
    pub(crate) fn chosen<T, E>(&mut self, field: &'static str, parsed: Result<T, E>) -> Option<T> {
        if parsed.is_err() {
            self.add(field, self.visit.text("refused.not-offered"));
        }
        parsed.ok()
    }

    /// Something that has to be typed and was not.
    pub(crate) fn missing(&mut self, field: &'static str, key: &str) {
        self.add(field, self.visit.text(key));
    }

    /// What is wrong with a field, and nothing else.
    pub(crate) fn only(mut self, field: &'static str, key: &str) -> Trouble {
        self.add(field, self.visit.text(key));
        self.told()
    }

    /// Takes a name.
    pub(crate) fn full_name(&mut self, text: &str) -> Option<FullName> {
        let told = match FullName::parse(text) {
            Ok(name) => return Some(name),
            Err(FullNameError::TooShort) => self.visit.text("refused.name-missing"),
            Err(FullNameError::TooLong) => self.number("refused.name-too-long", "most", full_name::MAX_CHARACTERS),
            Err(FullNameError::ControlCharacter | FullNameError::Invisible) => self.visit.text("refused.name-unseen"),
        };
        self.add(NAME, told);
        None
    }

    /// Takes a password to be set.
    pub(crate) fn new_password(&mut self, text: SecretText) -> Option<Password> {
        let length = text.expose().chars().take(password::MAX_CHARACTERS).count();
        let shown_length = if length < password::MAX_CHARACTERS {
            composed(text.expose()).chars().count()
        } else {
            length
        };
        let told = match Password::parse(text, self.visit.pages.settings.password_policy) {
            Ok(password) => return Some(password),
            Err(PasswordError::TooShort(_)) if shown_length == 0 => self.visit.text("refused.password-missing"),
            Err(PasswordError::TooShort(least)) => self.visit.text_with(
                "refused.password-too-short",
                &[("length", Slot::Number(shown_length)), ("least", Slot::Number(least))],
            ),
            Err(PasswordError::TooLong) => self.number("refused.password-too-long", "most", password::MAX_CHARACTERS),
            Err(PasswordError::Nul) => self.visit.text("refused.password-nul"),
        };
        self.add(NEW_PASSWORD, told);
        None
    }

    /// A password that everybody would try.
    pub(crate) fn common_password(mut self) -> Trouble {
        self.add(NEW_PASSWORD, self.visit.text("refused.password-common"));
        self.told()
    }

    /// All of it, for the page; nothing where nothing was found.
    pub(crate) fn told(self) -> Trouble {
        let Self { visit, found } = self;
        if found.is_empty() {
            return Trouble::default();
        }
        Trouble {
            notice: Some(Notice {
                tone: "danger",
                heading: visit.text("common.problem"),
                text: None,
                code: kind::VALIDATION_FAILED.code,
            }),
            faults: found,
        }
    }

    fn add(&mut self, field: &'static str, text: Markup) {
        self.found.push(Fault { field, text });
    }

    fn number(&self, key: &str, name: &'static str, number: usize) -> Markup {
        self.visit.text_with(key, &[(name, Slot::Number(number))])
    }
}

/// A form that this browser was not shown, or too long ago: it is shown now.
pub(crate) fn open_too_long(visit: &Visit) -> Trouble {
    Trouble {
        notice: Some(Notice {
            tone: "warn",
            heading: visit.text("common.too-long-open"),
            text: Some(visit.text("common.press-again")),
            code: FORM_EXPIRED.code,
        }),
        faults: Vec::new(),
    }
}

/// What a page tells above its form of something that is wrong as a whole.
pub(crate) fn refused(visit: &Visit, code: &'static str, heading: &str, text: Option<Markup>) -> Trouble {
    Trouble {
        notice: Some(Notice {
            tone: "danger",
            heading: visit.text(heading),
            text,
            code,
        }),
        faults: Vec::new(),
    }
}

/// Too many attempts, of which the next may come after a while.
pub(crate) fn too_many(visit: &Visit, exhausted: &Exhausted, text: &str) -> Trouble {
    let wait = exhausted.wait.as_millis().div_ceil(1000);
    let seconds = Slot::Number(usize::try_from(wait).unwrap_or(usize::MAX));
    Trouble {
        notice: Some(Notice {
            tone: "warn",
            heading: visit.text_with("refused.wait", &[("seconds", seconds)]),
            text: Some(visit.text(text)),
            code: kind::TOO_MANY_REQUESTS.code,
        }),
        faults: Vec::new(),
    }
}

/// A code that is not right.
pub(crate) fn wrong_code(visit: &Visit) -> Trouble {
    let text = visit.text("refused.wrong-code");
    Trouble {
        notice: Some(Notice {
            tone: "danger",
            heading: text.clone(),
            text: Some(visit.text("refused.wrong-code-hint")),
            code: "invalid_code",
        }),
        faults: vec![Fault { field: CODE, text }],
    }
}

//! Writing letters: catalogue and layouts, an operator's own in the place of single files.

use crate::addresses::LinkAddresses;
use crate::catalogue::{Catalogue, file_of};
use crate::samples::sample;
use crate::templates::{Fact, Filling, HTML, Layouts, TEXT};
use crate::times;
use fluent_bundle::FluentArgs;
use portcullis_application::ports::{Letter, LetterWriter, UnwritableLetter, WrittenMail};
use portcullis_domain::{Email, FullName, Language, LinkPurpose, MailKind};
use shaku::Component;
use std::path::Path;
use std::sync::Arc;
use std::{fmt, fs};

/// A template that does not fit, or a file that is none.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {problem}")]
pub struct TemplatesError {
    file: String,
    problem: String,
}

impl TemplatesError {
    #[expect(clippy::needless_pass_by_value, reason = "errors are handed on by value")]
    pub(crate) fn new(file: &str, problem: impl ToString) -> Self {
        Self {
            file: file.to_owned(),
            problem: problem.to_string(),
        }
    }

    /// Of a line of that file.
    pub(crate) fn at(file: &str, line: usize, problem: impl fmt::Display) -> Self {
        Self::new(file, format!("line {line}: {problem}"))
    }
}

/// All that letters are written with. Every letter was written once before it is made.
#[derive(Clone)]
pub struct Letters(Arc<Parts>);

struct Parts {
    english: Catalogue,
    korean: Catalogue,
    layouts: Layouts,
    addresses: LinkAddresses,
    /// What the server is called.
    app: String,
}

impl Letters {
    /// With what is compiled in, and the files of that folder in the place of those of the same name.
    ///
    /// # Errors
    /// A file that is no template, that does not fit, or that can't be read.
    pub fn load(app: &str, addresses: LinkAddresses, own: Option<&Path>) -> Result<Self, TemplatesError> {
        if let Some(folder) = own {
            refuse_others(folder)?;
        }
        let read = |name: &str| own.map_or(Ok(None), |folder| read(folder, name));
        let letters = Self(Arc::new(Parts {
            english: Catalogue::of(Language::English, read(file_of(Language::English))?)?,
            korean: Catalogue::of(Language::Korean, read(file_of(Language::Korean))?)?,
            layouts: Layouts::of(read(TEXT)?, read(HTML)?)?,
            addresses,
            app: app.to_owned(),
        }));
        for kind in MailKind::ALL {
            for language in Language::ALL {
                letters.check(&sample(kind, language))?;
            }
        }
        Ok(letters)
    }

    /// The host that the mails' ids end with.
    #[must_use]
    pub fn host(&self) -> String {
        self.0.addresses.host()
    }

    /// The text of a letter.
    ///
    /// # Errors
    /// A template that does not fit.
    pub fn write(&self, letter: &Letter) -> Result<WrittenMail, TemplatesError> {
        let filling = self.filling(letter)?;
        Ok(WrittenMail {
            id: letter.id,
            to: letter.to.clone(),
            subject: filling.subject.clone(),
            text: self.0.layouts.text(&filling)?,
            html: self.0.layouts.html(&filling)?,
            link: filling.link,
            code: filling.code,
        })
    }

    /// A letter whose link or code is missing from the text helps nobody.
    fn check(&self, letter: &Letter) -> Result<(), TemplatesError> {
        let written = self.write(letter)?;
        let filling = self.filling(letter)?;
        for (name, text) in [(TEXT, &written.text), (HTML, &written.html)] {
            // In HTML what separates parameters is escaped. The link's own text needs no escape.
            let needed = [
                letter.link.as_ref().map(|link| link.token.expose()),
                filling.code.as_deref(),
            ];
            if needed.into_iter().flatten().any(|needed| !text.contains(needed)) {
                let problem = format!(
                    "{} is without its link or code; write {{{{ link }}}} and {{{{ code }}}}",
                    letter.kind
                );
                return Err(TemplatesError::new(name, problem));
            }
        }
        Ok(())
    }

    fn filling(&self, letter: &Letter) -> Result<Filling, TemplatesError> {
        let parts = &*self.0;
        let catalogue = match letter.language {
            Language::English => &parts.english,
            Language::Korean => &parts.korean,
        };
        let mut values = FluentArgs::new();
        values.set("app", parts.app.as_str());
        values.set("email", letter.to.as_str());
        let name = letter.full_name.as_ref().map(FullName::as_str);
        values.set("name", name.unwrap_or_default());
        let other = letter.other_address.as_ref().map(Email::as_str);
        values.set("other", other.unwrap_or_default());
        let about = letter.about.as_deref().filter(|about| !holds_a_link(about));
        values.set("about", about.unwrap_or_default());
        values.set("known", if about.is_some() { "yes" } else { "no" });
        let of_kind = |part: &str| format!("{}-{part}", letter.kind);
        let link = letter.link.as_ref();
        // A name that a mail program makes a link of is one that somebody chose for that.
        let greeting = if name.is_some_and(|name| !holds_a_link(name)) {
            "greeting"
        } else {
            "greeting-nameless"
        };
        Ok(Filling {
            language: letter.language.as_str(),
            subject: catalogue.line(&of_kind("subject"), &values)?,
            greeting: catalogue.text(greeting, &values)?,
            lead: catalogue.text(&of_kind("lead"), &values)?,
            facts: facts(catalogue, letter, &values)?,
            button: match link {
                Some(_) => Some(catalogue.text(&of_kind("button"), &values)?),
                None => None,
            },
            link: link.map(|link| parts.addresses.link(link.purpose, &link.token)),
            link_label: catalogue.text("link-label", &values)?,
            code: letter.code.as_ref().map(|code| code.expose().to_owned()),
            code_label: catalogue.text("code-label", &values)?,
            life: match link {
                Some(link) => Some(catalogue.text(life(link.purpose), &values)?),
                None => None,
            },
            otherwise: catalogue.find(&of_kind("else"), &values)?,
            footer: catalogue.text("footer", &values)?,
        })
    }
}

/// Whether a mail program may make a link of a part of the text: of a host such as `evil.example`, or of a scheme.
fn holds_a_link(text: &str) -> bool {
    let is_host = |word: &str| {
        let labels: Vec<&str> = word.split('.').collect();
        let is_label = |label: &&str| label.chars().filter(|character| character.is_alphanumeric()).count() > 1;
        labels.windows(2).any(|pair| pair.iter().all(is_label))
    };
    // What it makes of an address leads nowhere but to a new mail.
    let is_address = |word: &str| Email::parse(word.trim_matches(['(', ')'])).is_ok();
    let mut words = text.split_whitespace();
    text.contains("://") || words.any(|word| is_host(word) && !is_address(word))
}

const fn life(purpose: LinkPurpose) -> &'static str {
    match purpose {
        LinkPurpose::VerifyEmail | LinkPurpose::ResetPassword => "life-30-minutes",
        LinkPurpose::UndoEmail | LinkPurpose::NotMe => "life-72-hours",
        LinkPurpose::Join => "life-7-days",
    }
}

/// When and where that happened which the letter tells of, where it tells of something that happened.
fn facts(catalogue: &Catalogue, letter: &Letter, values: &FluentArgs<'_>) -> Result<Vec<Fact>, TemplatesError> {
    match letter.kind {
        MailKind::EmailChanging
        | MailKind::PasswordChanged
        | MailKind::MfaEnabled
        | MailKind::MfaDisabled
        | MailKind::RecoveryCodeUsed
        | MailKind::RecoveryCodesCreated
        | MailKind::MfaFailed
        | MailKind::IdentityLinked
        | MailKind::IdentityUnlinked
        | MailKind::PasskeyAdded
        | MailKind::PasskeyRemoved
        | MailKind::NewDevice
        | MailKind::SessionReplayed
        | MailKind::AlreadyRegistered => {}
        MailKind::VerifyEmail
        | MailKind::NewEmail
        | MailKind::ResetPassword
        | MailKind::SetPassword
        | MailKind::EmailChanged
        | MailKind::MfaReset
        | MailKind::AccountSecured
        | MailKind::Invitation
        | MailKind::Test => return Ok(Vec::new()),
    }
    let agent = letter.device.user_agent.as_ref().map(|agent| agent.as_str().to_owned());
    let known = [
        (
            "fact-when",
            Some(times::told(letter.at, letter.time_zone, letter.language)),
        ),
        ("fact-device", agent),
        ("fact-address", letter.device.address.map(|address| address.to_string())),
    ];
    let mut facts = Vec::new();
    for (label, value) in known {
        if let Some(value) = value {
            let label = catalogue.text(label, values)?;
            facts.push(Fact { label, value });
        }
    }
    Ok(facts)
}

/// A file of another name would have no effect.
fn refuse_others(folder: &Path) -> Result<(), TemplatesError> {
    let shown = folder.display().to_string();
    let known = [TEXT, HTML, file_of(Language::English), file_of(Language::Korean)];
    for entry in fs::read_dir(folder).map_err(|error| TemplatesError::new(&shown, error))? {
        let name = entry.map_err(|error| TemplatesError::new(&shown, error))?.file_name();
        let name = name.to_string_lossy();
        if !name.starts_with('.') && !known.contains(&&*name) {
            return Err(TemplatesError::new(&name, format!("is none of {}", known.join(", "))));
        }
    }
    Ok(())
}

fn read(folder: &Path, name: &str) -> Result<Option<String>, TemplatesError> {
    let path = folder.join(name);
    if !path.exists() {
        return Ok(None);
    }
    let text = fs::read_to_string(&path);
    text.map(Some).map_err(|error| TemplatesError::new(name, error))
}

/// [`LetterWriter`] by templates.
#[derive(Component)]
#[shaku(interface = LetterWriter)]
pub struct TemplatedLetters {
    /// What they are written with.
    letters: Letters,
}

impl LetterWriter for TemplatedLetters {
    fn write(&self, letter: &Letter) -> Result<WrittenMail, UnwritableLetter> {
        self.letters
            .write(letter)
            .map_err(|error| UnwritableLetter(error.to_string()))
    }
}

#[cfg(test)]
mod tests;

//! The values of settings: the table judges all of them before any is used.

use super::Environment;
use super::later;
use super::names;
use super::setting::{Form, Setting, SettingError, SettingErrors};
use super::social;
use super::source::Source;
use super::table;
use chrono::TimeDelta;
use portcullis_domain::SecretText;
use portcullis_outbound::ProviderSettings;
use std::collections::HashMap;
use std::fmt::Display;
use std::path::PathBuf;
use std::str::FromStr;

/// What is set, and the defaults of the rest. Each is taken once.
pub(super) struct Values(HashMap<&'static str, Source>, Vec<ProviderSettings>);

impl Values {
    /// Reads and judges all settings. Names that are none are ignored, but for misspellings in `.env`.
    ///
    /// # Errors
    /// Every setting that is not right.
    pub(super) fn of(environment: &Environment) -> Result<Self, SettingErrors> {
        let mut errors = names::misspellings(environment);
        let mut found = HashMap::new();
        for setting in table::settings() {
            match judged(setting, environment) {
                Ok(value) => found.extend(value.map(|value| (setting.name, value))),
                Err(error) => errors.push(error),
            }
            errors.extend(missing_beside(setting, environment));
            errors.extend(idle(setting, environment));
        }
        let (providers, wrong) = social::read(environment);
        errors.extend(wrong);
        errors.extend(later::refusals(environment));
        if errors.is_empty() {
            Ok(Self(found, providers))
        } else {
            Err(SettingErrors(errors))
        }
    }

    /// Where the value is. `None` where there is none.
    pub(super) fn source(&mut self, setting: &Setting) -> Option<Source> {
        self.0.remove(setting.name)
    }

    /// The other providers that people may sign in by.
    pub(super) fn providers(&mut self) -> Vec<ProviderSettings> {
        std::mem::take(&mut self.1)
    }

    /// The file that the value came from, where it came from one.
    pub(super) fn file(&self, setting: &Setting) -> Option<PathBuf> {
        self.0.get(setting.name)?.file().map(PathBuf::from)
    }

    /// The text. `None` where there is none.
    pub(super) fn text(&mut self, setting: &Setting) -> Result<Option<SecretText>, SettingError> {
        self.source(setting).map(|source| source.read()).transpose()
    }

    /// What the text says. `None` where there is none.
    pub(super) fn find<T: FromStr<Err: Display>>(&mut self, setting: &Setting) -> Result<Option<T>, SettingError> {
        let text = self.text(setting)?;
        let value = text.map(|text| text.expose().parse()).transpose();
        value.map_err(|error: T::Err| setting.refused(error.to_string()))
    }

    /// What the text says, where there is a default.
    pub(super) fn get<T: FromStr<Err: Display>>(&mut self, setting: &Setting) -> Result<T, SettingError> {
        self.find(setting)?.ok_or_else(|| setting.refused("is needed"))
    }

    /// Whether it is that word, where there is a default.
    pub(super) fn is(&mut self, setting: &Setting, word: &str) -> Result<bool, SettingError> {
        Ok(self.get::<String>(setting)? == word)
    }

    /// A number of days, of which 0 stands for no bound.
    pub(super) fn days(&mut self, setting: &Setting) -> Result<Option<TimeDelta>, SettingError> {
        let days: i64 = self.get(setting)?;
        Ok((days > 0).then(|| TimeDelta::days(days)))
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// A setting that nobody took. It would have no effect.
    pub(super) fn end(self) -> Result<(), SettingError> {
        match self.0.into_values().next() {
            None => Ok(()),
            Some(unused) => Err(unused.refused("has no effect in this version")),
        }
    }
}

/// The value that counts, if it is right.
fn judged(setting: &'static Setting, environment: &Environment) -> Result<Option<Source>, SettingError> {
    let Some(source) = Source::find(setting, environment)? else {
        return Ok(setting.default.map(|default| Source::of_text(setting, default)));
    };
    if matches!(setting.form, Form::LateSecret) {
        return Ok(Some(source));
    }
    let text = source.read()?;
    let judgement = match &setting.form {
        Form::Text(_, check) | Form::Secret(check) => check(text.expose()),
        Form::Number(least, most) => number_between(text.expose(), *least, *most),
        Form::OneOf(words) => one_of(text.expose(), words),
        Form::LateSecret => Ok(()),
    };
    judgement.map_err(
        |problem| match example_like(setting, text.expose()).filter(|_| source.file().is_none()) {
            Some(example) => setting.refused_for(problem, example),
            None => source.refused(problem),
        },
    )?;
    // A file is read once: it may be a pipe.
    Ok(Some(source.with_text(text.expose())))
}

fn number_between(text: &str, least: u32, most: u32) -> Result<(), String> {
    let is_right = text.parse::<u32>().is_ok_and(|number| (least..=most).contains(&number));
    if is_right {
        Ok(())
    } else {
        Err(format!("{text:?} is not a whole number from {least} to {most}"))
    }
}

fn one_of(text: &str, words: &[&'static str]) -> Result<(), String> {
    if words.contains(&text) {
        return Ok(());
    }
    Err(match in_any_case(text, words) {
        Some(word) => format!("{text:?} is written {word}"),
        None => format!("{text:?} is none of {}", words.join(", ")),
    })
}

fn in_any_case(text: &str, words: &[&'static str]) -> Option<&'static str> {
    words.iter().copied().find(|word| word.eq_ignore_ascii_case(text))
}

/// An example that is nearer to the text than the usual one: the word in its right letter case, or a URL of the same
/// database.
fn example_like(setting: &Setting, text: &str) -> Option<&'static str> {
    match &setting.form {
        Form::OneOf(words) => in_any_case(text, words),
        Form::Secret(_) if setting.name == table::DATABASE_URL.name && text.starts_with("sqlite:") => {
            Some("sqlite:///./data/portcullis.db")
        }
        Form::Text(..) | Form::Number(..) | Form::Secret(_) | Form::LateSecret => None,
    }
}

/// A refusal of each setting that this one needs and that is not set.
fn missing_beside(setting: &Setting, environment: &Environment) -> Vec<SettingError> {
    if !is_set(setting, environment) {
        return Vec::new();
    }
    let missing = table::settings().filter(|other| setting.needs.contains(&other.name) && !is_set(other, environment));
    missing
        .map(|other| other.refused(format!("is needed where {} is set", setting.name)))
        .collect()
}

/// A refusal of a setting that has no effect beside another.
fn idle(setting: &Setting, environment: &Environment) -> Option<SettingError> {
    let (other, word) = setting.idle_while?;
    let is_idle = is_set(setting, environment) && environment.has(other, word);
    is_idle.then(|| SettingError {
        setting: setting.name.to_owned(),
        problem: format!("has no effect while {other} is {word}"),
        remedy: Some("remove one of the two".to_owned()),
    })
}

fn is_set(setting: &Setting, environment: &Environment) -> bool {
    let twin = setting.twin();
    let is_there = |name: &str| environment.find(name).is_some();
    is_there(setting.name) || twin.is_some_and(|twin| is_there(&twin))
}

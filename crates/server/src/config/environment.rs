//! Where settings are read from: the process's environment before `.env`.

use super::{dotenv, later, social, table};
use crate::text_ends;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// Names and values. Prints no values, since some are secret.
pub struct Environment {
    values: BTreeMap<String, OsString>,
    /// What stands in `.env`, whether or not it counts.
    names_in_file: Vec<String>,
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_set().entries(self.values.keys()).finish()
    }
}

impl Environment {
    /// The process's environment, and `.env` in the working directory for what is not set there.
    ///
    /// # Errors
    /// A `.env` that is there but can't be read. The message says on which line, and shows nothing of it.
    pub fn of_the_process() -> anyhow::Result<Self> {
        Ok(Self::over(dotenv::read(Path::new(".env"))?, std::env::vars_os()))
    }

    pub(super) fn over(file: Vec<(String, String)>, variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let names_in_file = file.iter().map(|(name, _)| name.clone()).collect();
        let file = file.into_iter().map(|(name, value)| (name, value.into()));
        // A name that is not UTF-8 is none of ours. A value that is not may be meant for one of ours, and is refused there.
        let variables = variables
            .into_iter()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
        Self {
            values: file.chain(variables).collect(),
            names_in_file,
        }
    }

    /// The same, but for settings that were given otherwise and count before all that is here.
    pub(crate) fn under<'s>(mut self, settings: impl Iterator<Item = (&'static str, &'s str)>) -> Self {
        let settings = settings.map(|(name, value)| (name.to_owned(), value.into()));
        self.values.extend(settings);
        self
    }

    /// These settings alone.
    #[must_use]
    pub fn of(settings: &[(&str, &str)]) -> Self {
        Self::over(
            Vec::new(),
            settings.iter().map(|(name, value)| (name.into(), value.into())),
        )
    }

    /// The settings that are set, by their names.
    pub(crate) fn settings(&self) -> impl Iterator<Item = String> {
        let of_providers = self.names().filter(|name| social::is_one(name)).map(str::to_owned);
        table::names()
            .filter(|name| self.values.contains_key(name))
            .chain(of_providers)
    }

    /// The files that the secrets of other providers are in.
    pub(crate) fn social_secret_files(&self) -> impl Iterator<Item = PathBuf> {
        let names = self
            .names()
            .filter(|name| social::is_one(name) && name.ends_with("_CLIENT_SECRET_FILE"));
        names.filter_map(|name| self.find(name).map(PathBuf::from))
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    pub(super) fn find(&self, name: &str) -> Option<&OsStr> {
        self.values.get(name).map(OsString::as_os_str)
    }

    /// Whether that is the value, whatever came along at its ends.
    pub(super) fn has(&self, name: &str, value: &str) -> bool {
        self.find(name).and_then(OsStr::to_str).map(text_ends::trimmed) == Some(value)
    }

    /// The secrets that stand in `.env`, by their names: those of our settings, and of other programs what is called so.
    pub(crate) fn secrets_in_file(&self) -> impl Iterator<Item = &str> {
        self.names_in_file()
            .filter(|name| table::is_secret(name) || is_secret_of_others(name))
    }

    /// What stands in `.env`.
    pub(super) fn names_in_file(&self) -> impl Iterator<Item = &str> {
        self.names_in_file.iter().map(String::as_str)
    }
}

/// Whether the name says that another program has a secret by it. With `_FILE` it says where the secret is.
fn is_secret_of_others(name: &str) -> bool {
    let is_ours = table::names().chain(later::names()).any(|ours| ours == name);
    let name = name.to_ascii_uppercase();
    let is_secret = ["PASSWORD", "SECRET", "TOKEN"].iter().any(|word| name.contains(word));
    !is_ours && is_secret && !name.ends_with("_FILE")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_counts_before_the_file() {
        let file = vec![("PORT".to_owned(), "1".to_owned()), ("HOST".to_owned(), "a".to_owned())];
        let environment = Environment::over(file, [("PORT".into(), "2".into())]);
        assert!(environment.has("PORT", "2") && environment.has("HOST", "a"));
    }

    #[test]
    fn secrets_in_the_file_are_those_of_others_too() {
        let file = [
            "SECRET_KEY",
            "SECRET_KEY_FILE",
            "PASSWORD_MIN_LENGTH",
            "ACCESS_TOKEN_EXPIRE_MINUTES",
            "MAIL_LINK_PASSWORD",
            "POSTGRES_PASSWORD",
            "POSTGRES_PASSWORD_FILE",
            "POSTGRES_DB",
            "client_secret",
            "CI_TOKEN",
        ];
        let environment = Environment::over(file.map(|name| (name.to_owned(), "x".to_owned())).into(), []);
        let secrets: Vec<&str> = environment.secrets_in_file().collect();
        assert_eq!(
            secrets,
            ["SECRET_KEY", "POSTGRES_PASSWORD", "client_secret", "CI_TOKEN"]
        );
    }

    #[test]
    fn names_are_printed_and_values_are_not() {
        assert_eq!(
            format!("{:?}", Environment::of(&[("SECRET_KEY", "hunter2")])),
            "{\"SECRET_KEY\"}"
        );
    }
}

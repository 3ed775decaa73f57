//! Where settings are read from: the process's environment before `.env`, a secret also from a file.

use super::SettingError;
use super::dotenv::{DotenvFile, UnreadableLine};
use chrono::TimeDelta;
use portcullis_domain::SecretText;
use std::collections::HashMap;
use std::ffi::OsString;
use std::fmt::Display;
use std::fs;
use std::path::Path;
use std::str::FromStr;

const FILE_EXAMPLE: &str = "/run/secrets/portcullis";

/// Names and values. Prints no values, since some are secret.
pub struct Environment {
    values: HashMap<String, OsString>,
    /// Settings whose line in `.env` can't be read.
    unreadable: HashMap<String, UnreadableLine>,
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
    /// A `.env` that is there but can't be read. The message shows no line of it. A line that can't be read and that
    /// has a name is refused where that setting is asked for.
    pub fn of_the_process() -> anyhow::Result<Self> {
        Ok(Self::over(DotenvFile::read(Path::new(".env"))?, std::env::vars_os()))
    }

    fn over(file: DotenvFile, variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let DotenvFile {
            mut values,
            mut unreadable,
        } = file;
        for (name, value) in variables {
            // A name that is not UTF-8 is none of ours. A value that is not may be meant for one of ours, and is refused
            // there.
            if let Ok(name) = name.into_string() {
                unreadable.remove(&name);
                values.insert(name, value);
            }
        }
        Self { values, unreadable }
    }

    /// These settings alone.
    #[must_use]
    pub fn of(settings: &[(&str, &str)]) -> Self {
        let values = settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), OsString::from(value)))
            .collect();
        let unreadable = HashMap::new();
        Self { values, unreadable }
    }

    /// The text of a setting. An empty one is refused: most often it is a variable that was meant to hold something.
    pub(super) fn text(&self, setting: &'static str, example: &'static str) -> Result<Option<&str>, SettingError> {
        let refused = |problem: &str| SettingError {
            setting,
            problem: problem.to_owned(),
            example,
        };
        if let Some(UnreadableLine { number, reason }) = self.unreadable.get(setting) {
            return Err(refused(&format!("line {number} of .env {reason}")));
        }
        let Some(value) = self.values.get(setting) else {
            return Ok(None);
        };
        match value.to_str() {
            None => Err(refused("is not UTF-8")),
            Some("") => Err(refused("is empty; unset it or give it a value")),
            text => Ok(text),
        }
    }

    /// The text of a setting, or its default, which is a right value, too.
    pub(super) fn text_or(&self, setting: &'static str, default: &'static str) -> Result<&str, SettingError> {
        Ok(self.text(setting, default)?.unwrap_or(default))
    }

    /// A whole number between two bounds.
    pub(super) fn number<T>(
        &self,
        setting: &'static str,
        default: T,
        bounds: std::ops::RangeInclusive<T>,
        example: &'static str,
    ) -> Result<T, SettingError>
    where
        T: FromStr + PartialOrd + Display,
    {
        let Some(text) = self.text(setting, example)? else {
            return Ok(default);
        };
        text.parse()
            .ok()
            .filter(|number| bounds.contains(number))
            .ok_or_else(|| SettingError {
                setting,
                problem: format!(
                    "{text:?} is not a whole number from {} to {}",
                    bounds.start(),
                    bounds.end()
                ),
                example,
            })
    }

    /// A whole number of days, of which 0 stands for no bound.
    pub(super) fn days(
        &self,
        setting: &'static str,
        default: u32,
        most: u32,
    ) -> Result<Option<TimeDelta>, SettingError> {
        let days = self.number(setting, default, 0..=most, "90")?;
        Ok((days > 0).then(|| TimeDelta::days(days.into())))
    }

    /// A secret: the setting itself, or the content of the file that its twin with `_FILE` names.
    pub(super) fn secret(&self, names: SecretNames, example: &'static str) -> Result<Option<SecretText>, SettingError> {
        let source = self.secret_source(names, example)?;
        source.map(|source| source.read()).transpose()
    }

    /// Where a secret is. A file is not looked at yet.
    pub(super) fn secret_source(
        &self,
        names: SecretNames,
        example: &'static str,
    ) -> Result<Option<SecretSource>, SettingError> {
        let given = self.text(names.setting, example)?;
        match (given, self.text(names.file, FILE_EXAMPLE)?) {
            (None, None) => Ok(None),
            (Some(text), None) => Ok(Some(SecretSource::Setting {
                name: names.setting,
                text: SecretText::new(text.to_owned()),
                example,
            })),
            (None, Some(path)) => Ok(Some(SecretSource::File {
                name: names.file,
                path: path.to_owned(),
            })),
            (Some(_), Some(_)) => Err(SettingError {
                setting: names.setting,
                problem: format!("is set, and {} too; keep one of the two", names.file),
                example,
            }),
        }
    }
}

/// Where a secret is.
#[derive(Debug, Clone)]
pub(super) enum SecretSource {
    /// In the setting of that name.
    Setting {
        name: &'static str,
        text: SecretText,
        example: &'static str,
    },
    /// In the file of that path, which the setting of that name says.
    File { name: &'static str, path: String },
}

impl SecretSource {
    /// The secret: of a file its content, less one newline at its end.
    pub(super) fn read(&self) -> Result<SecretText, SettingError> {
        let path = match self {
            Self::Setting { text, .. } => return Ok(text.clone()),
            Self::File { path, .. } => path,
        };
        let content =
            fs::read_to_string(path).map_err(|error| self.refused(format!("{path:?} can't be read: {error}")))?;
        let text = content.strip_suffix('\n').unwrap_or(&content);
        Ok(SecretText::new(text.strip_suffix('\r').unwrap_or(text).to_owned()))
    }

    /// A refusal of the secret, by the name of the setting that is there.
    pub(super) fn refused(&self, problem: String) -> SettingError {
        let (setting, example) = match self {
            Self::Setting { name, example, .. } => (*name, *example),
            Self::File { name, .. } => (*name, FILE_EXAMPLE),
        };
        SettingError {
            setting,
            problem,
            example,
        }
    }
}

/// The two names of a secret.
#[derive(Debug, Clone, Copy)]
pub(super) struct SecretNames {
    pub(super) setting: &'static str,
    pub(super) file: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::dotenv_statement::Unreadable;
    use std::os::unix::ffi::OsStringExt;

    const KEY: SecretNames = SecretNames {
        setting: "SECRET_KEY",
        file: "SECRET_KEY_FILE",
    };

    fn written(content: &str) -> (tempfile::TempDir, String) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("content");
        fs::write(&path, content).unwrap();
        (folder, path.to_str().unwrap().to_owned())
    }

    #[test]
    fn a_secret_may_stand_in_a_file_with_one_newline_at_its_end() {
        for (content, secret) in [
            ("key", "key"),
            ("key\n", "key"),
            ("key\r\n", "key"),
            ("key\n\n", "key\n"),
            (" key ", " key "),
        ] {
            let (_folder, path) = written(content);
            let read = Environment::of(&[("SECRET_KEY_FILE", &path)])
                .secret(KEY, "x")
                .unwrap()
                .unwrap();
            assert_eq!(read.expose(), secret, "{content:?}");
        }
    }

    #[test]
    fn a_secret_in_two_places_is_refused() {
        let (_folder, path) = written("key");
        let error = Environment::of(&[("SECRET_KEY", "key"), ("SECRET_KEY_FILE", &path)])
            .secret(KEY, "x")
            .unwrap_err();
        assert_eq!(error.setting, "SECRET_KEY");
    }

    #[test]
    fn a_secret_file_that_is_not_there_is_named() {
        let error = Environment::of(&[("SECRET_KEY_FILE", "/nowhere/key")])
            .secret(KEY, "x")
            .unwrap_err();
        assert!(error.to_string().contains("/nowhere/key"), "{error}");
    }

    #[test]
    fn a_line_of_dotenv_that_cannot_be_read_is_refused_where_its_setting_is_asked_for() {
        let unreadable = || {
            let line = |number| UnreadableLine {
                number,
                reason: Unreadable::Command,
            };
            DotenvFile {
                unreadable: HashMap::from([("SECRET_KEY".to_owned(), line(3)), ("FOO".to_owned(), line(4))]),
                ..DotenvFile::default()
            }
        };
        let environment = Environment::over(unreadable(), []);
        let error = environment.text("SECRET_KEY", "x").unwrap_err();
        assert!(error.to_string().starts_with("SECRET_KEY: line 3 of .env "), "{error}");
        assert_eq!(environment.text("PORT", "x"), Ok(None));
        let set = [("SECRET_KEY".into(), "key".into())];
        let environment = Environment::over(unreadable(), set);
        assert_eq!(environment.text("SECRET_KEY", "x"), Ok(Some("key")));
    }

    #[test]
    fn a_value_that_is_not_utf_8_is_refused() {
        let value = OsString::from_vec(b"postgres://u:\xff@localhost/db".to_vec());
        let environment = Environment {
            values: HashMap::from([("DATABASE_URL".to_owned(), value)]),
            unreadable: HashMap::new(),
        };
        assert_eq!(
            environment.text("DATABASE_URL", "x").unwrap_err().problem,
            "is not UTF-8"
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

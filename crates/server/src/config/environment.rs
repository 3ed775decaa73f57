//! Where settings are read from: the process's environment before `.env`, a secret also from a file.

use super::SettingError;
use anyhow::Context;
use chrono::TimeDelta;
use portcullis_domain::SecretText;
use std::collections::HashMap;
use std::ffi::OsString;
use std::fmt::Display;
use std::fs;
use std::path::Path;
use std::str::FromStr;

/// Names and values. Prints no values, since some are secret.
pub struct Environment {
    values: HashMap<String, OsString>,
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
    /// A `.env` that is there but can't be read. The message shows no line of it.
    pub fn of_the_process() -> anyhow::Result<Self> {
        let mut values = read_dotenv(Path::new(".env"))?;
        // A name that is not UTF-8 is none of ours. A value that is not may be meant for one of ours, and is refused there.
        values.extend(std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value))));
        Ok(Self { values })
    }

    /// These settings alone.
    #[must_use]
    pub fn of(settings: &[(&str, &str)]) -> Self {
        let values = settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), OsString::from(value)))
            .collect();
        Self { values }
    }

    /// The text of a setting. An empty one is refused: most often it is a variable that was meant to hold something.
    pub(super) fn text(&self, setting: &'static str, example: &'static str) -> Result<Option<&str>, SettingError> {
        let refused = |problem: &str| SettingError {
            setting,
            problem: problem.to_owned(),
            example,
        };
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

    /// A secret: the setting itself, or the content of the file that its twin with `_FILE` names, less one newline at
    /// its end.
    pub(super) fn secret(&self, names: SecretNames, example: &'static str) -> Result<Option<SecretText>, SettingError> {
        let given = self.text(names.setting, example)?;
        let Some(file) = self.text(names.file, "/run/secrets/portcullis")? else {
            return Ok(given.map(|text| SecretText::new(text.to_owned())));
        };
        if given.is_some() {
            let problem = format!("is set, and {} too; keep one of the two", names.file);
            return Err(SettingError {
                setting: names.setting,
                problem,
                example,
            });
        }
        let content = fs::read_to_string(file).map_err(|error| SettingError {
            setting: names.file,
            problem: format!("{file:?} can't be read: {error}"),
            example: "/run/secrets/portcullis",
        })?;
        let text = content.strip_suffix('\n').unwrap_or(&content);
        Ok(Some(SecretText::new(
            text.strip_suffix('\r').unwrap_or(text).to_owned(),
        )))
    }
}

/// The two names of a secret.
#[derive(Debug, Clone, Copy)]
pub(super) struct SecretNames {
    pub(super) setting: &'static str,
    pub(super) file: &'static str,
}

fn read_dotenv(path: &Path) -> anyhow::Result<HashMap<String, OsString>> {
    if !path.exists() {
        return Ok(HashMap::new());
    }
    let lines = dotenvy::from_path_iter(path)
        .map_err(without_content)
        .context(".env can't be read")?;
    let settings = lines.map(|line| line.map(|(name, value)| (name, value.into())));
    settings
        .collect::<Result<_, _>>()
        .map_err(without_content)
        .context(".env can't be read")
}

/// The library's own message quotes the line, which may hold a secret.
fn without_content(error: dotenvy::Error) -> anyhow::Error {
    match error {
        dotenvy::Error::LineParse(_, position) => {
            anyhow::anyhow!("a line is not of the form NAME=value (from its character {position} on)")
        }
        dotenvy::Error::Io(error) => error.into(),
        _ => anyhow::anyhow!("it is not a list of NAME=value lines"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
    fn a_broken_dotenv_is_refused_without_showing_it() {
        let (_folder, path) = written("SECRET_KEY=\"hunter2 and no end\nPORT=1\n");
        let error = format!("{:#}", read_dotenv(Path::new(&path)).unwrap_err());
        assert!(error.contains(".env") && !error.contains("hunter2"), "{error}");
    }

    #[test]
    fn a_value_that_is_not_utf_8_is_refused() {
        let value = OsString::from_vec(b"postgres://u:\xff@localhost/db".to_vec());
        let environment = Environment {
            values: HashMap::from([("DATABASE_URL".to_owned(), value)]),
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

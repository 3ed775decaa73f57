//! Where the value of a setting is: in the setting itself, or a secret in a file.

use super::Environment;
use super::setting::{FILE_EXAMPLE, Setting, SettingError};
use portcullis_domain::SecretText;
use std::fs;

/// A value that was found, and where.
#[derive(Debug, Clone)]
pub(super) struct Source {
    setting: &'static Setting,
    place: Place,
}

#[derive(Debug, Clone)]
enum Place {
    Text(SecretText),
    /// The path of a file that is read when it is needed.
    File(String),
}

impl Source {
    /// Finds out where the value is. A file is not looked at yet.
    pub(super) fn find(setting: &'static Setting, environment: &Environment) -> Result<Option<Self>, SettingError> {
        let given = text(environment, setting.name, setting.example())?;
        let twin = setting.twin();
        let file = match &twin {
            Some(twin) => text(environment, twin, FILE_EXAMPLE)?,
            None => None,
        };
        match (given, file) {
            (None, None) => Ok(None),
            (Some(text), None) => Ok(Some(Self::of_text(setting, text))),
            (None, Some(path)) => Ok(Some(Self {
                setting,
                place: Place::File(path.to_owned()),
            })),
            (Some(_), Some(_)) => {
                Err(setting.refused(format!("is set, and {}_FILE too; keep one of the two", setting.name)))
            }
        }
    }

    pub(super) fn of_text(setting: &'static Setting, text: &str) -> Self {
        Self {
            setting,
            place: Place::Text(SecretText::new(text.to_owned())),
        }
    }

    /// The value: of a file its content, less one newline at its end.
    pub(super) fn read(&self) -> Result<SecretText, SettingError> {
        let path = match &self.place {
            Place::Text(text) => return Ok(text.clone()),
            Place::File(path) => path,
        };
        let content =
            fs::read_to_string(path).map_err(|error| self.refused(format!("{path:?} can't be read: {error}")))?;
        let text = content.strip_suffix('\n').unwrap_or(&content);
        Ok(SecretText::new(text.strip_suffix('\r').unwrap_or(text).to_owned()))
    }

    /// A refusal of the value, by the name of the setting that is there.
    pub(super) fn refused(&self, problem: impl Into<String>) -> SettingError {
        match self.place {
            Place::Text(_) => self.setting.refused(problem),
            Place::File(_) => SettingError::with_example(&format!("{}_FILE", self.setting.name), problem, FILE_EXAMPLE),
        }
    }
}

/// An empty text is refused: most often it is a variable that was meant to hold something.
fn text<'e>(environment: &'e Environment, name: &str, example: &str) -> Result<Option<&'e str>, SettingError> {
    let refused = |problem| Err(SettingError::with_example(name, problem, example));
    match environment.find(name).map(|value| value.to_str()) {
        None => Ok(None),
        Some(None) => refused("is not UTF-8"),
        Some(Some("")) => refused("is empty; unset it or give it a value"),
        Some(text) => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::SECRET_KEY;
    use super::*;
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    fn written(content: &str) -> (tempfile::TempDir, String) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("content");
        fs::write(&path, content).unwrap();
        (folder, path.to_str().unwrap().to_owned())
    }

    fn find(settings: &[(&str, &str)]) -> Result<Option<Source>, SettingError> {
        Source::find(&SECRET_KEY, &Environment::of(settings))
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
            let source = find(&[("SECRET_KEY_FILE", &path)]).unwrap().unwrap();
            assert_eq!(source.read().unwrap().expose(), secret, "{content:?}");
        }
    }

    #[test]
    fn a_secret_in_two_places_is_refused() {
        let (_folder, path) = written("key");
        let error = find(&[("SECRET_KEY", "key"), ("SECRET_KEY_FILE", &path)]).unwrap_err();
        assert_eq!(error.setting, "SECRET_KEY");
    }

    #[test]
    fn a_secret_file_that_is_not_there_is_named() {
        let source = find(&[("SECRET_KEY_FILE", "/nowhere/key")]).unwrap().unwrap();
        let line = source.read().unwrap_err().to_string();
        assert!(
            line.starts_with("SECRET_KEY_FILE: ") && line.contains("/nowhere/key"),
            "{line}"
        );
    }

    #[test]
    fn a_value_that_is_not_utf_8_is_refused() {
        let value = OsString::from_vec(b"hunter2 \xff".to_vec());
        let environment = Environment::over(Vec::new(), [("SECRET_KEY".into(), value)]);
        let error = Source::find(&SECRET_KEY, &environment).unwrap_err();
        assert_eq!(error.problem, "is not UTF-8");
    }
}

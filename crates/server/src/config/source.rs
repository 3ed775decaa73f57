//! Where the value of a setting is: in the setting itself, or a secret in a file.

use super::Environment;
use super::setting::{FILE_EXAMPLE, Form, Setting, SettingError};
use super::table::{SECRET_KEY, refuse_tilde};
use crate::text_ends::{self, NoValue};
use portcullis_domain::SecretText;
use std::fs;
use std::io::{self, ErrorKind};
use zeroize::Zeroizing;

/// A value that was found, and where.
#[derive(Debug, Clone)]
pub(super) struct Source {
    setting: &'static Setting,
    place: Place,
    /// The file that it is in, or was read from.
    file: Option<String>,
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
        let given = text(environment, setting.name, setting.example(), ends(setting))?;
        let twin = setting.twin();
        let file = match &twin {
            Some(twin) => text(environment, twin, FILE_EXAMPLE, text_ends::value)?,
            None => None,
        };
        match (given, file) {
            (None, None) => Ok(None),
            (Some(text), None) => Ok(Some(Self::of_text(setting, text))),
            (None, Some(path)) => Ok(Some(Self {
                setting,
                place: Place::File(path.to_owned()),
                file: Some(path.to_owned()),
            })),
            (Some(_), Some(_)) => {
                Err(setting.refused_with_advice(format!("is set, and {}_FILE too; keep one of the two", setting.name)))
            }
        }
    }

    pub(super) fn of_text(setting: &'static Setting, text: &str) -> Self {
        Self {
            setting,
            place: Place::Text(SecretText::new(text.to_owned())),
            file: None,
        }
    }

    /// The same after it was read.
    pub(super) fn with_text(&self, text: &str) -> Self {
        Self {
            file: self.file.clone(),
            ..Self::of_text(self.setting, text)
        }
    }

    /// The file that the value is in, or was read from.
    pub(super) fn file(&self) -> Option<&str> {
        self.file.as_deref()
    }

    /// The value: of a file its content, less what comes along at its ends.
    pub(super) fn read(&self) -> Result<SecretText, SettingError> {
        let path = match &self.place {
            Place::Text(text) => return Ok(text.clone()),
            Place::File(path) => path,
        };
        refuse_tilde(path).map_err(|problem| self.refused(problem))?;
        let content = fs::read(path).map_err(|error| self.unreadable(path, &error))?;
        let content = Zeroizing::new(content);
        let text = std::str::from_utf8(&content).map_err(|_| self.refused(format!("{path:?} is not UTF-8")))?;
        let value = ends(self.setting)(text).map_err(|error| {
            self.refused(match error {
                NoValue::Empty => format!("{path:?} is empty"),
                NoValue::Blank => format!("{path:?} is blank"),
                NoValue::BlankEnd => format!("what stands in {path:?} {error}"),
            })
        })?;
        Ok(SecretText::new(value.to_owned()))
    }

    /// A refusal of a file that can't be read.
    fn unreadable(&self, path: &str, error: &io::Error) -> SettingError {
        let advice = match error.kind() {
            ErrorKind::NotFound if self.setting.name == SECRET_KEY.name => {
                format!("make it: openssl rand -base64 48 >{path}")
            }
            ErrorKind::NotFound => "make it, or name another file".to_owned(),
            ErrorKind::PermissionDenied => "let the server's user read it".to_owned(),
            _ => "name a file that can be read".to_owned(),
        };
        let twin = format!("{}_FILE", self.setting.name);
        SettingError::without_example(&twin, format!("{path:?} can't be read: {error}; {advice}"))
    }

    /// A refusal of the value, by the name of the setting that is there.
    pub(super) fn refused(&self, problem: impl Into<String>) -> SettingError {
        match self.place {
            Place::Text(_) => self.setting.refused(problem),
            Place::File(_) => SettingError::with_example(&format!("{}_FILE", self.setting.name), problem, FILE_EXAMPLE),
        }
    }
}

/// Takes what nobody means from the ends of a text.
type Ends = for<'t> fn(&'t str) -> Result<&'t str, NoValue>;

/// White space at the ends of a password may be meant; the rules for passwords judge the rest.
fn ends(setting: &Setting) -> Ends {
    match setting.form {
        Form::LateSecret => password,
        Form::Text(..) | Form::Number(..) | Form::OneOf(_) | Form::Secret(_) => text_ends::value,
    }
}

fn password(text: &str) -> Result<&str, NoValue> {
    let text = text_ends::trimmed(text);
    if text.is_empty() { Err(NoValue::Empty) } else { Ok(text) }
}

/// An empty text is refused: most often it is a variable that was meant to hold something.
fn text<'e>(
    environment: &'e Environment,
    name: &str,
    example: &str,
    ends: Ends,
) -> Result<Option<&'e str>, SettingError> {
    let refused = |problem: String| SettingError::with_example(name, problem, example);
    let Some(value) = environment.find(name) else {
        return Ok(None);
    };
    let text = value.to_str().ok_or_else(|| refused("is not UTF-8".to_owned()))?;
    ends(text).map(Some).map_err(|error| refused(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::super::table::ADMIN_PASSWORD;
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
    fn a_secret_is_the_same_in_the_environment_and_in_a_file_of_any_editor() {
        for content in ["key", "key\n", "key\r\n", "key\n\n", "\u{feff}key\r\n\r\n"] {
            let (_folder, path) = written(content);
            for settings in [[("SECRET_KEY_FILE", path.as_str())], [("SECRET_KEY", content)]] {
                let source = find(&settings).unwrap().unwrap();
                assert_eq!(source.read().unwrap().expose(), "key", "{settings:?}");
            }
        }
    }

    #[test]
    fn white_space_around_a_secret_is_refused_and_around_a_password_it_counts() {
        for content in [" key", "key ", "key\t\n", "\nkey"] {
            let (_folder, path) = written(content);
            let in_file = find(&[("SECRET_KEY_FILE", &path)])
                .unwrap()
                .unwrap()
                .read()
                .unwrap_err();
            let refused = [in_file, find(&[("SECRET_KEY", content)]).unwrap_err()];
            for error in refused {
                assert!(error.problem.contains("white space"), "{error}");
                assert!(!error.to_string().contains("key "), "{error}");
            }
            let settings = [("ADMIN_PASSWORD_FILE", path.as_str())];
            let source = Source::find(&ADMIN_PASSWORD, &Environment::of(&settings))
                .unwrap()
                .unwrap();
            assert_eq!(source.read().unwrap().expose(), content.trim_end_matches('\n'));
        }
    }

    #[test]
    fn a_file_without_a_secret_is_named() {
        for (content, problem) in [
            (&b""[..], "is empty"),
            (b"\xef\xbb\xbf\r\n", "is empty"),
            (b"  \n", "is blank"),
            (b"\xff\xfek\0", "is not UTF-8"),
        ] {
            let (_folder, path) = written("");
            fs::write(&path, content).unwrap();
            let error = find(&[("SECRET_KEY_FILE", &path)])
                .unwrap()
                .unwrap()
                .read()
                .unwrap_err();
            assert_eq!(error.problem, format!("{path:?} {problem}"));
        }
        let home = find(&[("SECRET_KEY_FILE", "~/key")])
            .unwrap()
            .unwrap()
            .read()
            .unwrap_err();
        assert!(home.problem.contains("$HOME"), "{home}");
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
            line.starts_with("SECRET_KEY_FILE: \"/nowhere/key\" ")
                && line.ends_with("make it: openssl rand -base64 48 >/nowhere/key"),
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

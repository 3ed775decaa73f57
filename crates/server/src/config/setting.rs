//! What there is to know about a setting, as data, and how a bad one is refused.

use std::fmt;

/// A right value of any setting with `_FILE` at its end.
pub(super) const FILE_EXAMPLE: &str = "/run/secrets/portcullis";

/// One setting.
#[derive(Debug)]
pub(crate) struct Setting {
    pub(crate) name: &'static str,
    /// What a value must be.
    pub(super) form: Form,
    /// The value where none is set.
    pub(super) default: Option<&'static str>,
    /// A right value. May be left out where there is a default, which is one.
    pub(super) example: &'static str,
    /// Settings that must be set beside it.
    pub(super) needs: &'static [&'static str],
    /// A setting and the word for which this one has no effect.
    pub(super) idle_while: Option<(&'static str, &'static str)>,
    /// What it does.
    pub(super) help: &'static str,
    /// What the document says besides, with links.
    pub(super) more: &'static str,
}

/// What is wrong with a text, if anything.
pub(super) type Check = fn(&str) -> Result<(), String>;

/// What a value must be.
#[derive(Debug)]
pub(super) enum Form {
    /// Text that passes a check, and what it is called.
    Text(&'static str, Check),
    /// A whole number between two bounds, which are allowed, too.
    Number(u32, u32),
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// Text that nobody may see. It may be in a file, which the twin with `_FILE` names.
    Secret(Check),
    /// A secret that is neither read nor judged before it is needed.
    LateSecret,
}

/// Settings that belong together.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) heading: &'static str,
    pub(super) settings: &'static [&'static Setting],
}

/// Makes a section of the table: a static for each setting, named as the setting is, and one for all of them.
macro_rules! section {
    ($section:ident, $heading:literal: $($name:ident { $($field:ident: $value:expr),* $(,)? })*) => {
        $(pub(crate) static $name: Setting = Setting {
            name: stringify!($name),
            $($field: $value,)*
            ..Setting::BLANK
        };)*
        pub(super) static $section: Section = Section {
            heading: $heading,
            settings: &[$(&$name),*],
        };
    };
}
pub(super) use section;

impl Setting {
    /// What an entry of the table leaves out.
    pub(super) const BLANK: Self = Self {
        name: "",
        form: Form::LateSecret,
        default: None,
        example: "",
        needs: &[],
        idle_while: None,
        help: "",
        more: "",
    };

    /// The name of the setting that says in which file the secret is. `None` where it is no secret.
    pub(super) fn twin(&self) -> Option<String> {
        match self.form {
            Form::Secret(_) | Form::LateSecret => Some(format!("{}_FILE", self.name)),
            Form::Text(..) | Form::Number(..) | Form::OneOf(_) => None,
        }
    }

    /// A right value.
    pub(super) fn example(&self) -> &'static str {
        self.default.filter(|_| self.example.is_empty()).unwrap_or(self.example)
    }

    /// A refusal of the value.
    pub(crate) fn refused(&self, problem: impl Into<String>) -> SettingError {
        self.refused_for(problem, self.example())
    }

    /// A refusal whose problem says what to do: an example of another value would lead away from it.
    pub(crate) fn refused_with_advice(&self, problem: impl Into<String>) -> SettingError {
        SettingError::without_example(self.name, problem)
    }

    /// A refusal of the value, where another than the usual one would do.
    pub(crate) fn refused_for(&self, problem: impl Into<String>, example: &str) -> SettingError {
        SettingError::with_example(self.name, problem, example)
    }
}

/// A setting that is not right. Its one line names the setting, what is wrong and what to do; never a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingError {
    /// The setting's name.
    pub setting: String,
    /// What is wrong with it.
    pub problem: String,
    /// What to do, where the problem does not say so.
    pub remedy: Option<String>,
}

impl fmt::Display for SettingError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.setting, self.problem)?;
        match &self.remedy {
            Some(remedy) => write!(out, "; {remedy}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for SettingError {}

impl SettingError {
    pub(super) fn with_example(setting: &str, problem: impl Into<String>, example: &str) -> Self {
        Self {
            setting: setting.to_owned(),
            problem: problem.into(),
            remedy: Some(format!("for example {setting}={}", quoted(example))),
        }
    }

    /// For a problem that says what to do.
    pub(super) fn without_example(setting: &str, problem: impl Into<String>) -> Self {
        Self {
            setting: setting.to_owned(),
            problem: problem.into(),
            remedy: None,
        }
    }
}

/// As it may stand in a shell and in `.env`, where `#` begins a comment.
fn quoted(example: &str) -> String {
    if example.contains([' ', '#', '<', '>']) {
        format!("'{example}'")
    } else {
        example.to_owned()
    }
}

/// All settings that are not right. There is at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingErrors(pub(super) Vec<SettingError>);

impl SettingErrors {
    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &SettingError> {
        self.0.iter()
    }
}

impl fmt::Display for SettingErrors {
    /// One line each.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            let end_of_the_last = if index == 0 { "" } else { "\n" };
            write!(out, "{end_of_the_last}{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for SettingErrors {}

impl From<SettingError> for SettingErrors {
    fn from(error: SettingError) -> Self {
        Self(vec![error])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_is_written_as_files_and_shells_take_it() {
        for (example, written) in [
            ("8000", "PORT=8000"),
            (
                "smtp://user:password@mail.example.org:587",
                "PORT=smtp://user:password@mail.example.org:587",
            ),
            ("#1d6b62", "PORT='#1d6b62'"),
            (
                "Orchard <no-reply@example.org>",
                "PORT='Orchard <no-reply@example.org>'",
            ),
        ] {
            let line = SettingError::with_example("PORT", "is wrong", example).to_string();
            assert_eq!(line, format!("PORT: is wrong; for example {written}"));
        }
    }
}

//! The administrator to make where there is none.

use super::setting::SettingError;
use super::source::Source;
use super::table::{ADMIN_EMAIL, ADMIN_PASSWORD};
use super::values::Values;
use crate::text_ends;
use portcullis_domain::{Email, Password, PasswordPolicy};
use portcullis_security::is_secret_command;

/// The administrator to make where there is none.
#[derive(Debug, Clone)]
pub struct FirstAdminConfig {
    /// The address to sign in with.
    pub email: Email,
    password: Source,
    policy: PasswordPolicy,
}

impl FirstAdminConfig {
    /// `None` where the settings name nobody. The password may be bad, or in a file that is gone: while there is an
    /// administrator, that must not keep a server from starting.
    pub(super) fn of(values: &mut Values, policy: PasswordPolicy) -> Result<Option<Self>, SettingError> {
        let (email, password) = (values.text(&ADMIN_EMAIL)?, values.source(&ADMIN_PASSWORD));
        let (Some(email), Some(password)) = (email, password) else {
            return Ok(None);
        };
        Ok(Some(Self {
            email: Email::parse(email.expose()).map_err(|error| ADMIN_EMAIL.refused(error.to_string()))?,
            password,
            policy,
        }))
    }

    /// A refusal of the password.
    pub(crate) fn refused(&self, problem: impl Into<String>) -> SettingError {
        self.password.refused(problem)
    }

    /// The first password. Reads the file where it is in one.
    ///
    /// # Errors
    /// A file that can't be read, a command in place of its output, and a password that does not meet the rules.
    pub fn password(&self) -> Result<Password, SettingError> {
        let text = self.password.read()?;
        if is_secret_command(text.expose()) {
            return Err(self.password.refused("this is a command, not its output"));
        }
        if text_ends::has_lines(text.expose()) {
            return Err(self
                .password
                .refused("has more than one line; write the password alone"));
        }
        Password::parse(text, self.policy).map_err(|error| self.password.refused(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, Environment, SettingErrors};

    fn load(settings: &[(&str, &str)]) -> Result<Config, SettingErrors> {
        Config::load(&Environment::of(settings))
    }

    #[test]
    fn a_first_administrator_has_an_address_and_a_password_of_the_policy() {
        let (email, password) = (("ADMIN_EMAIL", "Root@Example.org"), ("ADMIN_PASSWORD", "correct horse"));
        let config = load(&[email, password]).unwrap();
        let first = config.first_admin.unwrap();
        assert_eq!(first.email.as_str(), "root@example.org");
        assert_eq!(first.password().unwrap().expose(), "correct horse");
        for (set, expected) in [
            ("correct horse\n", "correct horse"),
            ("\u{feff}correct horse\r\n\n", "correct horse"),
            (" correct horse ", " correct horse "),
            ("zoe\u{308} zoe\u{308} zoe\u{308}", "zo\u{eb} zo\u{eb} zo\u{eb}"),
        ] {
            let first = load(&[email, ("ADMIN_PASSWORD", set)]).unwrap().first_admin.unwrap();
            assert_eq!(first.password().unwrap().expose(), expected, "{set:?}");
        }
        for (settings, named) in [
            (&[email][..], "ADMIN_PASSWORD: "),
            (&[password], "ADMIN_EMAIL: "),
            (&[("ADMIN_EMAIL", "root"), password], "ADMIN_EMAIL: "),
            (
                &[email, password, ("ADMIN_PASSWORD_FILE", "/nowhere")],
                "ADMIN_PASSWORD: is set, and ADMIN_PASSWORD_FILE too",
            ),
        ] {
            let line = load(settings).unwrap_err().to_string();
            assert!(line.starts_with(named), "{line}");
            assert!(!line.contains("horse"), "{line}");
        }
    }

    #[test]
    fn the_password_of_a_first_administrator_is_judged_when_it_is_needed() {
        let email = ("ADMIN_EMAIL", "root@example.org");
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        std::fs::write(&file, "hunter2\n").unwrap();
        for (settings, named) in [
            (
                &[email, ("ADMIN_PASSWORD", "hunter2")][..],
                "ADMIN_PASSWORD: a password has at least 8",
            ),
            (
                &[
                    email,
                    ("ADMIN_PASSWORD", "correct horse"),
                    ("PASSWORD_MIN_LENGTH", "20"),
                ],
                "ADMIN_PASSWORD: a password has at least 20",
            ),
            (
                &[email, ("ADMIN_PASSWORD_FILE", file.to_str().unwrap())],
                "ADMIN_PASSWORD_FILE: a password has at least 8",
            ),
            (
                &[email, ("ADMIN_PASSWORD", "(openssl rand -base64 18)")],
                "ADMIN_PASSWORD: this is a command",
            ),
            (
                &[email, ("ADMIN_PASSWORD", "$(pwgen 18)")],
                "ADMIN_PASSWORD: this is a command",
            ),
            (
                &[email, ("ADMIN_PASSWORD_FILE", "/nowhere")],
                "ADMIN_PASSWORD_FILE: \"/nowhere\" can't be read",
            ),
            (
                &[email, ("ADMIN_PASSWORD", "correct horse\nhunter2\n")],
                "ADMIN_PASSWORD: has more than one line",
            ),
        ] {
            let first = load(settings).unwrap().first_admin.unwrap();
            let line = first.password().unwrap_err().to_string();
            assert!(line.starts_with(named), "{line}");
            assert!(!line.contains("hunter2") && !line.contains("horse"), "{line}");
        }
    }

    #[test]
    fn an_address_of_the_first_administrator_that_is_none_is_refused_with_the_reason() {
        let password = ("ADMIN_PASSWORD", "correct horse");
        for (email, reason) in [
            ("root", "has an @"),
            ("root@localhost", "localhost"),
            ("a..b@example.org", "a dot stands"),
        ] {
            let line = load(&[("ADMIN_EMAIL", email), password]).unwrap_err().to_string();
            assert!(line.starts_with("ADMIN_EMAIL: ") && line.contains(reason), "{line}");
        }
    }
}

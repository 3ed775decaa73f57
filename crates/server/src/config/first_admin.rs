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

//! The administrator that the server makes where there is none.

use super::environment::{SecretNames, SecretSource};
use super::{Environment, SettingError};
use portcullis_domain::{Email, Password, PasswordPolicy};
use portcullis_security::is_secret_command;

const EMAIL: &str = "ADMIN_EMAIL";
const EMAIL_EXAMPLE: &str = "admin@example.org";
const PASSWORD: SecretNames = SecretNames {
    setting: "ADMIN_PASSWORD",
    file: "ADMIN_PASSWORD_FILE",
};
const PASSWORD_EXAMPLE: &str = "<the output of `openssl rand -base64 18`>";

/// Whom to make an administrator where there is none.
#[derive(Debug, Clone)]
pub struct FirstAdminConfig {
    /// The address to sign in with.
    pub email: Email,
    password: SecretSource,
    policy: PasswordPolicy,
}

impl FirstAdminConfig {
    /// `None` where neither setting is there. The password may be bad, or in a file that is gone: while there is an
    /// administrator, that must not keep a server from starting.
    pub(super) fn load(environment: &Environment, policy: PasswordPolicy) -> Result<Option<Self>, SettingError> {
        let email = environment.text(EMAIL, EMAIL_EXAMPLE)?;
        let password = environment.secret_source(PASSWORD, PASSWORD_EXAMPLE)?;
        let (email, password) = match (email, password) {
            (Some(email), Some(password)) => (email, password),
            (None, None) => return Ok(None),
            (Some(_), None) => {
                let problem = format!("is needed where {EMAIL} is set; set both or neither");
                return Err(SettingError {
                    setting: PASSWORD.setting,
                    problem,
                    example: PASSWORD_EXAMPLE,
                });
            }
            (None, Some(_)) => {
                let problem = format!("is needed where {} is set; set both or neither", PASSWORD.setting);
                return Err(bad_admin_email(problem));
            }
        };
        Ok(Some(Self {
            email: Email::parse(email).map_err(|error| bad_admin_email(format!("{email:?}: {error}")))?,
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
            return Err(self.password.refused("this is a command, not its output".to_owned()));
        }
        Password::parse(text, self.policy).map_err(|error| self.password.refused(error.to_string()))
    }
}

/// A refusal of `ADMIN_EMAIL`.
pub(crate) fn bad_admin_email(problem: String) -> SettingError {
    SettingError {
        setting: EMAIL,
        problem,
        example: EMAIL_EXAMPLE,
    }
}

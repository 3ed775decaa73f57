//! The secret that everything else is derived from.

use super::environment::SecretNames;
use super::{Environment, SettingError};
use portcullis_domain::SecretText;
use portcullis_security::SecretKey;

const CURRENT: SecretNames = SecretNames {
    setting: "SECRET_KEY",
    file: "SECRET_KEY_FILE",
};
const PREVIOUS: SecretNames = SecretNames {
    setting: "SECRET_KEY_PREVIOUS",
    file: "SECRET_KEY_PREVIOUS_FILE",
};
const EXAMPLE: &str = "$(openssl rand -base64 48)";

/// The keys that were given.
#[derive(Debug)]
pub struct KeysConfig {
    /// `SECRET_KEY`; where it is `None`, an embedded store makes one for itself.
    pub current: Option<SecretKey>,
    /// `SECRET_KEY_PREVIOUS`: still accepted, not used to sign.
    pub previous: Option<SecretKey>,
}

impl KeysConfig {
    pub(super) fn load(environment: &Environment) -> Result<Self, SettingError> {
        check_algorithm(environment)?;
        Ok(Self {
            current: key(environment, CURRENT)?,
            previous: key(environment, PREVIOUS)?,
        })
    }
}

/// A refusal of `SECRET_KEY`.
pub(crate) fn bad_secret_key(problem: String) -> SettingError {
    SettingError {
        setting: CURRENT.setting,
        problem,
        example: EXAMPLE,
    }
}

fn key(environment: &Environment, names: SecretNames) -> Result<Option<SecretKey>, SettingError> {
    let Some(text) = environment.secret(names, EXAMPLE)? else {
        return Ok(None);
    };
    parse_key(text).map(Some).map_err(|problem| SettingError {
        setting: names.setting,
        problem,
        example: EXAMPLE,
    })
}

fn parse_key(text: SecretText) -> Result<SecretKey, String> {
    SecretKey::parse(text).map_err(|error| error.to_string())
}

fn check_algorithm(environment: &Environment) -> Result<(), SettingError> {
    match environment.text_or("ALGORITHM", "HS256")? {
        "HS256" => Ok(()),
        other => Err(SettingError {
            setting: "ALGORITHM",
            problem: format!("{other:?} is not an algorithm that this version signs with"),
            example: "HS256",
        }),
    }
}

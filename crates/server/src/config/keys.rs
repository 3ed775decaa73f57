//! The secret that everything else is derived from, and which keys sign.

use super::environment::SecretNames;
use super::{Environment, SettingError};
use portcullis_application::SigningPolicy;
use portcullis_domain::{SecretText, SigningAlgorithm};
use portcullis_security::SecretKey;
use std::fmt::Display;

const CURRENT: SecretNames = SecretNames {
    setting: "SECRET_KEY",
    file: "SECRET_KEY_FILE",
};
const PREVIOUS: SecretNames = SecretNames {
    setting: "SECRET_KEY_PREVIOUS",
    file: "SECRET_KEY_PREVIOUS_FILE",
};
const EXAMPLE: &str = "<the output of `openssl rand -base64 48`>";

/// The keys that were given, and what was set about those that the server makes.
#[derive(Debug)]
pub struct KeysConfig {
    /// `SECRET_KEY`; where it is `None`, an embedded store makes one for itself.
    pub current: Option<SecretKey>,
    /// `SECRET_KEY_PREVIOUS`: still accepted, not used to sign.
    pub previous: Option<SecretKey>,
    /// Which keys sign access tokens, and for how long.
    pub signing: SigningPolicy,
}

impl KeysConfig {
    pub(super) fn load(environment: &Environment) -> Result<Self, SettingError> {
        Ok(Self {
            signing: SigningPolicy {
                algorithm: algorithm(environment)?,
                rotate_after: environment.days("KEY_ROTATION_DAYS", 90, 3650)?,
            },
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

/// A refusal of `SECRET_KEY` because the store has keys that were encrypted by another one.
pub(crate) fn another_secret_key(what: &impl Display) -> SettingError {
    lost_secret_key(format!(
        "{what}, and neither SECRET_KEY nor SECRET_KEY_PREVIOUS is that one; set SECRET_KEY to it again, or set \
         SECRET_KEY_PREVIOUS to it beside a new SECRET_KEY"
    ))
}

/// A refusal where only the key that there was before will do.
pub(crate) fn lost_secret_key(problem: String) -> SettingError {
    SettingError {
        setting: CURRENT.setting,
        problem,
        example: "the-key-that-was-set-before",
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

fn algorithm(environment: &Environment) -> Result<Option<SigningAlgorithm>, SettingError> {
    const EXAMPLE: &str = "EdDSA";
    let Some(text) = environment.text("ALGORITHM", EXAMPLE)? else {
        return Ok(None);
    };
    text.parse().map(Some).map_err(|error| SettingError {
        setting: "ALGORITHM",
        problem: format!("{text:?} is none: {error}"),
        example: EXAMPLE,
    })
}

//! The secret that everything else is derived from, and which keys sign.

use super::setting::{Setting, SettingError};
use super::table::{ALGORITHM, KEY_ROTATION_DAYS, SECRET_KEY, SECRET_KEY_PREVIOUS};
use super::values::Values;
use portcullis_application::SigningPolicy;
use portcullis_security::SecretKey;
use std::fmt::Display;
use std::path::PathBuf;

/// The keys that were given, and what was set about those that the server makes.
#[derive(Debug)]
pub struct KeysConfig {
    /// `SECRET_KEY`; where it is `None`, an embedded store makes one for itself.
    pub current: Option<SecretKey>,
    /// The file of `SECRET_KEY_FILE`, where it is in one.
    pub current_file: Option<PathBuf>,
    /// `SECRET_KEY_PREVIOUS`: still accepted, not used to sign.
    pub previous: Option<SecretKey>,
    /// Which keys sign access tokens, and for how long.
    pub signing: SigningPolicy,
}

impl KeysConfig {
    pub(super) fn of(values: &mut Values) -> Result<Self, SettingError> {
        Ok(Self {
            signing: SigningPolicy {
                algorithm: values.find(&ALGORITHM)?,
                rotate_after: values.days(&KEY_ROTATION_DAYS)?,
            },
            current_file: values.file(&SECRET_KEY),
            current: key(values, &SECRET_KEY)?,
            previous: key(values, &SECRET_KEY_PREVIOUS)?,
        })
    }
}

/// A refusal of `SECRET_KEY` because the store has keys that were encrypted by another one.
pub(crate) fn another_secret_key(what: &impl Display) -> SettingError {
    lost_secret_key(format!(
        "{what}, and neither SECRET_KEY nor SECRET_KEY_PREVIOUS is that one; set SECRET_KEY to it again, or set \
         SECRET_KEY_PREVIOUS to it beside a new SECRET_KEY"
    ))
}

/// A refusal of `SECRET_KEY` where only the key that was set before will do.
pub(crate) fn lost_secret_key(problem: String) -> SettingError {
    SECRET_KEY.refused_for(problem, "the-key-that-was-set-before")
}

fn key(values: &mut Values, setting: &Setting) -> Result<Option<SecretKey>, SettingError> {
    let key = values.text(setting)?.map(SecretKey::parse).transpose();
    key.map_err(|error| setting.refused(error.to_string()))
}

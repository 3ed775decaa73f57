//! What passwords must meet and what their hashes cost.

use super::{Environment, SettingError};
use portcullis_domain::PasswordPolicy;
use portcullis_domain::password::MAX_CHARACTERS;
use portcullis_security::BcryptCost;

/// Settings of passwords.
#[derive(Debug)]
pub struct PasswordsConfig {
    /// What a new password must meet.
    pub policy: PasswordPolicy,
    /// bcrypt's cost: each step doubles the work.
    pub cost: BcryptCost,
}

impl PasswordsConfig {
    pub(super) fn load(environment: &Environment) -> Result<Self, SettingError> {
        let least = PasswordPolicy::default().min_characters();
        let min_length = environment.number("PASSWORD_MIN_LENGTH", least, least..=MAX_CHARACTERS, "8")?;
        let policy = PasswordPolicy::new(min_length).map_err(|error| SettingError {
            setting: "PASSWORD_MIN_LENGTH",
            problem: error.to_string(),
            example: "8",
        })?;
        let cost = environment.number(
            "BCRYPT_COST",
            12,
            BcryptCost::MIN.number()..=BcryptCost::MAX.number(),
            "12",
        )?;
        let cost = BcryptCost::new(cost).map_err(|error| SettingError {
            setting: "BCRYPT_COST",
            problem: error.to_string(),
            example: "12",
        })?;
        Ok(Self { policy, cost })
    }
}

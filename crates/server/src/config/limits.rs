//! How often things may happen, and where that is counted.

use super::setting::SettingError;
use super::table::{RATE_LIMIT, RATE_LIMIT_LOGIN, RATE_LIMIT_REFRESH, RATE_LIMIT_REGISTER, REDIS_URL};
use super::values::Values;
use portcullis_application::{LimitPolicy, LimitRates};
use portcullis_shared_limits::RedisUrl;

/// Settings of limits.
#[derive(Debug)]
pub struct LimitsConfig {
    /// How often things may happen.
    pub policy: LimitPolicy,
    /// Where servers count together; `None` where each counts for itself.
    pub shared: Option<RedisUrl>,
}

impl LimitsConfig {
    pub(super) fn of(values: &mut Values) -> Result<Self, SettingError> {
        let rates = LimitRates {
            login: values.get(&RATE_LIMIT_LOGIN)?,
            registration: values.get(&RATE_LIMIT_REGISTER)?,
            refresh: values.get(&RATE_LIMIT_REFRESH)?,
        };
        Ok(Self {
            policy: if values.is(&RATE_LIMIT, "on")? {
                LimitPolicy::On(rates)
            } else {
                LimitPolicy::Off
            },
            shared: values.find(&REDIS_URL)?,
        })
    }
}

//! How long tokens and sessions live.

use super::{Environment, SettingError};
use chrono::TimeDelta;
use portcullis_domain::TokenPolicy;

/// Settings of tokens and sessions.
#[derive(Debug)]
pub struct TokensConfig {
    /// All of them.
    pub policy: TokenPolicy,
}

impl TokensConfig {
    pub(super) fn load(environment: &Environment) -> Result<Self, SettingError> {
        let default = TokenPolicy::default();
        let access_minutes = environment.number(
            "ACCESS_TOKEN_EXPIRE_MINUTES",
            default.access_token_life.num_minutes(),
            1..=1440,
            "15",
        )?;
        let refresh_days = environment.number(
            "REFRESH_TOKEN_EXPIRE_DAYS",
            default.refresh_token_life.num_days(),
            1..=3650,
            "7",
        )?;
        let session_days = environment.number("SESSION_MAX_DAYS", default.session_life.num_days(), 1..=3650, "90")?;
        let grace_seconds = environment.number(
            "REFRESH_TOKEN_GRACE_SECONDS",
            default.reuse_grace.num_seconds(),
            0..=60,
            "10",
        )?;
        let sessions_per_user =
            environment.number("MAX_SESSIONS_PER_USER", default.sessions_per_user, 1..=10_000, "100")?;
        Ok(Self {
            policy: TokenPolicy {
                access_token_life: TimeDelta::minutes(access_minutes),
                refresh_token_life: TimeDelta::days(refresh_days),
                session_life: TimeDelta::days(session_days),
                reuse_grace: TimeDelta::seconds(grace_seconds),
                sessions_per_user,
            },
        })
    }
}

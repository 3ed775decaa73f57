//! The audit trail.

use super::{Environment, SettingError};
use chrono::TimeDelta;

/// Settings of the audit trail.
#[derive(Debug)]
pub struct AuditConfig {
    /// How long events are kept; `None` for ever.
    pub retention: Option<TimeDelta>,
}

impl AuditConfig {
    pub(super) fn load(environment: &Environment) -> Result<Self, SettingError> {
        Ok(Self {
            retention: environment.days("AUDIT_RETENTION_DAYS", 365, 36_500)?,
        })
    }
}

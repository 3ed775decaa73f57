//! What a check finds.

use serde::Serialize;
use utoipa::ToSchema;

/// A check that passed.
#[derive(Serialize, ToSchema)]
#[schema(as = Health)]
pub(crate) struct HealthBody {
    /// What was found.
    status: HealthStatus,
}

/// What a check found.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum HealthStatus {
    /// All is well.
    Ok,
}

impl HealthBody {
    /// All is well.
    pub(crate) const OK: Self = Self {
        status: HealthStatus::Ok,
    };
}

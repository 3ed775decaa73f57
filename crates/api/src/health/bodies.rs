//! What a check finds.

use portcullis_application::Readiness;
use portcullis_application::ports::Sharing;
use serde::Serialize;
use utoipa::ToSchema;

/// A check that passed.
#[derive(Serialize, ToSchema)]
#[schema(as = Health)]
pub(crate) struct HealthBody {
    /// What was found.
    status: HealthStatus,
    /// Where the server serves, but not quite as it should.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, examples(json!([])))]
    warnings: Vec<WarningBody>,
}

/// What a check found.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum HealthStatus {
    /// All is well.
    Ok,
}

/// What is not quite as it should be.
#[derive(Serialize, ToSchema)]
#[schema(as = HealthWarning)]
struct WarningBody {
    /// What it is, for programs. It does not change; later versions may have more.
    #[schema(examples("limits_not_shared"))]
    code: &'static str,
    /// What it is, for people.
    detail: &'static str,
}

impl HealthBody {
    /// All is well.
    pub(crate) const OK: Self = Self {
        status: HealthStatus::Ok,
        warnings: Vec::new(),
    };
}

impl From<Readiness> for HealthBody {
    fn from(readiness: Readiness) -> Self {
        let warnings = match readiness.limits {
            Sharing::Alone | Sharing::Together => Vec::new(),
            Sharing::Interrupted => vec![WarningBody {
                code: "limits_not_shared",
                detail: "Redis does not answer, so this server counts limits for itself.",
            }],
        };
        Self { warnings, ..Self::OK }
    }
}

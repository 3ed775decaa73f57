//! What a proxy asks with.

use crate::users::bodies::RoleBody;
use portcullis_domain::Role;
use portcullis_web::{Fields, Refusal};
use utoipa::IntoParams;

/// Who may pass.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct VerifyQuery {
    /// The role that a caller needs. If it is left out, it is `USER`, which lets everybody pass who is signed in. It is
    /// refused without a value.
    #[param(value_type = Option<RoleBody>, inline)]
    pub(crate) role: Role,
}

impl VerifyQuery {
    /// Checks the parameters. Most calls have none.
    pub(crate) fn read(query: &str) -> Result<Self, Refusal> {
        if query.is_empty() {
            return Ok(Self { role: Role::User });
        }
        let mut fields = Fields::of_guarding_query(query)?;
        let role = fields.optional("role", |text| text.parse::<Role>());
        fields.finish(Some(Self {
            role: role.unwrap_or(Role::User),
        }))
    }
}

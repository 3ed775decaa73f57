//! Bodies of invitations.

use crate::json::timestamp;
use crate::lists::ListCursors;
use crate::schemas;
use crate::users::bodies::RoleBody;
use portcullis_application::invitations::Guest;
use portcullis_domain::{Email, FullName, Invitation, Page, Role};
use portcullis_web::{Fields, Refusal};
use serde::Serialize;
use utoipa::ToSchema;

/// Whom to invite.
#[derive(ToSchema)]
pub(crate) struct InviteBody {
    /// The address, which the account will have, such as `ada@example.org`.
    #[schema(value_type = String, format = Email, max_length = 254)]
    email: Email,
    /// What they are called, where that is known. They may choose another name.
    #[schema(schema_with = schemas::full_name, required = false)]
    full_name: Option<FullName>,
    /// What they will be allowed to do.
    #[schema(value_type = RoleBody)]
    role: Role,
}

impl InviteBody {
    /// Checks the members.
    pub(crate) fn read(mut fields: Fields) -> Result<Self, Refusal> {
        let email = fields.required("email", |text| Email::parse(&text));
        let full_name = fields.optional("full_name", |text| FullName::parse(&text));
        let role = fields.required("role", |text| text.parse::<Role>());
        fields.finish(email.zip(role).map(|(email, role)| Self { email, full_name, role }))
    }
}

impl From<InviteBody> for Guest {
    fn from(body: InviteBody) -> Self {
        Self {
            email: body.email,
            full_name: body.full_name,
            role: body.role,
        }
    }
}

/// An invitation that is open.
#[derive(Serialize, ToSchema)]
#[schema(as = Invitation)]
pub(crate) struct InvitationBody {
    /// Names the invitation.
    #[schema(format = Uuid, examples("019338a1-7c00-7a3b-8d52-6f1e0c9b4a27"))]
    id: String,
    /// The address that it went to.
    #[schema(format = Email, examples("ada@example.com"))]
    email: String,
    /// What they are called, where that is known.
    full_name: Option<String>,
    /// What they will be allowed to do.
    role: RoleBody,
    /// The administrator who invites. If they are none any more, nobody joins by it.
    #[schema(format = Uuid, examples("019338a1-7c00-7a3b-8d52-6f1e0c9b4a27"))]
    invited_by: Option<String>,
    /// When it was made, in UTC.
    #[schema(format = DateTime, examples("2026-11-22T09:30:00.000000Z"))]
    created_at: String,
    /// When its link stops working, in UTC.
    #[schema(format = DateTime, examples("2026-11-29T09:30:00.000000Z"))]
    expires_at: String,
}

impl From<&Invitation> for InvitationBody {
    fn from(invitation: &Invitation) -> Self {
        Self {
            id: invitation.id.to_string(),
            email: invitation.email.as_str().to_owned(),
            full_name: invitation.full_name.as_ref().map(|name| name.as_str().to_owned()),
            role: invitation.role.into(),
            invited_by: invitation.invited_by.map(|id| id.to_string()),
            created_at: timestamp(invitation.created_at),
            expires_at: timestamp(invitation.expires_at),
        }
    }
}

/// A page of invitations.
#[derive(Serialize, ToSchema)]
#[schema(as = InvitationList)]
pub(crate) struct InvitationListBody {
    /// Newest first.
    items: Vec<InvitationBody>,
    /// Leads to the next page; `null` where this is the last.
    next_cursor: Option<String>,
}

impl InvitationListBody {
    pub(crate) fn new(page: &Page<Invitation>, cursors: ListCursors<'_>) -> Self {
        Self {
            items: page.items.iter().map(InvitationBody::from).collect(),
            next_cursor: cursors.next(page),
        }
    }
}

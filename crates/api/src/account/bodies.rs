//! Bodies of one's own account.

use crate::auth::bodies::presented_password;
use crate::fields::Fields;
use crate::json::{json_line, timestamp};
use crate::problem::Problem;
use crate::schemas;
use portcullis_application::account::ProfileChange;
use portcullis_domain::{Email, FullName, Password, PasswordPolicy, PresentedPassword, Role, SecretText, User};
use serde::Serialize;
use utoipa::ToSchema;

/// A user.
#[derive(Serialize, ToSchema)]
#[schema(as = User)]
pub(crate) struct UserBody {
    /// A UUIDv7 that never changes.
    #[schema(format = Uuid, examples("019338a1-7c00-7a3b-8d52-6f1e0c9b4a27"))]
    id: String,
    /// The address to sign in with, in lower case.
    #[schema(format = Email, examples("ada@example.com"))]
    email: String,
    /// What the user is called.
    #[schema(examples("Ada Lovelace"))]
    full_name: String,
    /// What the user may do.
    role: RoleBody,
    /// Whether the account may be used.
    is_active: bool,
    /// Whether the user has shown that mail to the address reaches them.
    email_verified: bool,
    /// When the account was made, in UTC.
    #[schema(format = DateTime, examples("2026-11-22T09:30:00.000000Z"))]
    created_at: String,
}

/// A role.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schema(as = Role)]
pub(crate) enum RoleBody {
    /// Manages their own account.
    User,
    /// Manages everybody's.
    Admin,
}

impl From<Role> for RoleBody {
    fn from(role: Role) -> Self {
        match role {
            Role::User => Self::User,
            Role::Admin => Self::Admin,
        }
    }
}

impl From<&User> for UserBody {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.to_string(),
            email: user.email.as_str().to_owned(),
            full_name: user.full_name.as_str().to_owned(),
            role: user.role.into(),
            is_active: user.is_active,
            email_verified: user.email_verified,
            created_at: timestamp(user.created_at),
        }
    }
}

/// A user as the API answers it: one line of JSON, without a line end.
#[must_use]
pub fn user_json(user: &User) -> String {
    json_line(&UserBody::from(user))
}

/// What to change of one's profile; what is left out stays as it is.
#[derive(ToSchema)]
pub(crate) struct ChangeProfileBody {
    /// Another name.
    #[schema(schema_with = schemas::full_name, required = false)]
    full_name: Option<FullName>,
    /// Another address. It is unverified at first.
    #[schema(value_type = String, required = false, format = Email, max_length = 254,
        examples("ada.king@example.com"))]
    email: Option<Email>,
}

impl ChangeProfileBody {
    /// Checks the members.
    pub(crate) fn read(mut fields: Fields) -> Result<Self, Problem> {
        let full_name = fields.optional("full_name", |text| FullName::parse(&text));
        let email = fields.optional("email", |text| Email::parse(&text));
        fields.finish(Some(Self { full_name, email }))
    }
}

impl From<ChangeProfileBody> for ProfileChange {
    fn from(body: ChangeProfileBody) -> Self {
        Self {
            full_name: body.full_name,
            email: body.email,
        }
    }
}

/// The present password and the next.
#[derive(ToSchema)]
pub(crate) struct ChangePasswordBody {
    /// The present password.
    #[schema(value_type = String, format = Password, examples("correct horse battery staple"))]
    pub(crate) current_password: PresentedPassword,
    /// The next one, by the rules of signing up.
    #[schema(value_type = String, format = Password, min_length = 8, max_length = 128, pattern = "^[^\\u0000]*$",
        examples("a longer walk through the park"))]
    pub(crate) new_password: Password,
}

impl ChangePasswordBody {
    /// Checks the members.
    pub(crate) fn read(mut fields: Fields, policy: PasswordPolicy) -> Result<Self, Problem> {
        let current = fields.required_text("current_password").map(presented_password);
        let new = fields.required("new_password", |text| Password::parse(SecretText::new(text), policy));
        fields.finish(current.zip(new).map(|(current_password, new_password)| Self {
            current_password,
            new_password,
        }))
    }
}

/// The present password, for what a thief of tokens must not do.
#[derive(ToSchema)]
pub(crate) struct DeleteAccountBody {
    /// The present password.
    #[schema(value_type = String, format = Password, examples("correct horse battery staple"))]
    pub(crate) password: PresentedPassword,
}

impl DeleteAccountBody {
    /// Checks the members.
    pub(crate) fn read(mut fields: Fields) -> Result<Self, Problem> {
        let password = fields.required_text("password").map(presented_password);
        fields.finish(password.map(|password| Self { password }))
    }
}

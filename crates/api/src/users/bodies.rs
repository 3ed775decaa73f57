//! An account, as several calls tell of it.

use crate::json::{json_line, timestamp};
use portcullis_domain::{PresentedPassword, Role, SecretText, TimeZone, User};
use serde::Serialize;
use utoipa::ToSchema;

/// A user.
#[derive(Serialize, ToSchema)]
#[schema(as = User)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact by itself, and a member")]
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
    #[schema(examples(true))]
    is_active: bool,
    /// Whether the user has shown that mail to the address reaches them.
    #[schema(examples(false))]
    email_verified: bool,
    /// When the account was made, in UTC.
    #[schema(format = DateTime, examples("2026-11-22T09:30:00.000000Z"))]
    created_at: String,
    /// The language that the user reads, a BCP 47 tag; `null` until it is known.
    #[schema(examples("ko-KR"))]
    locale: Option<String>,
    /// The time zone that the user reads times in, of the IANA database; `null` where they have not said.
    #[schema(examples("Asia/Seoul"))]
    time_zone: Option<&'static str>,
    /// The address that takes the place of `email` once its mailed link is used.
    #[schema(format = Email)]
    pending_email: Option<String>,
    /// Whether there is a password to sign in with. There is none before its owner chose one, and after "this was not me".
    #[schema(examples(true))]
    has_password: bool,
    /// Whether signing in takes a second factor.
    #[schema(examples(false))]
    mfa_enabled: bool,
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
            locale: user.locale.as_ref().map(|locale| locale.as_str().to_owned()),
            time_zone: user.time_zone.map(TimeZone::as_str),
            pending_email: user.pending_email.as_ref().map(|email| email.as_str().to_owned()),
            has_password: user.has_password,
            mfa_enabled: user.has_second_factor,
        }
    }
}

/// A user as the API answers it: one line of JSON, without a line end.
#[must_use]
pub fn user_json(user: &User) -> String {
    json_line(&UserBody::from(user))
}

/// Any text may be tried as a password.
pub(crate) fn presented_password(text: String) -> PresentedPassword {
    PresentedPassword::new(SecretText::new(text))
}

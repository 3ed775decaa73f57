//! Invitations: an administrator asks somebody to sign up.

use crate::{Email, FullName, InvitationId, Role, UserId};
use chrono::{DateTime, Utc};

/// An invitation that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Names the invitation.
    pub id: InvitationId,
    /// The address that it goes to, and that the account will have.
    pub email: Email,
    /// What the invited is called, as far as the one who invites knows.
    pub full_name: Option<FullName>,
    /// What the invited will be allowed to do.
    pub role: Role,
    /// The administrator who invites; `None` where whoever runs the server does.
    pub invited_by: Option<UserId>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When its link stops working.
    pub expires_at: DateTime<Utc>,
}

//! What several calls refuse of an account.

use crate::problem::Problem;
use actix_web::http::StatusCode;
use portcullis_application::ports::TooCommon;
use portcullis_web::{FieldError, Kind, Refusal};

/// Another account has the address.
pub(crate) const EMAIL_TAKEN: &Kind = &Kind::new(
    "email_taken",
    StatusCode::CONFLICT,
    "The email address is taken",
    "Another account has this email address.",
);

/// Nobody else could administrate.
pub(crate) const LAST_ADMIN: &Kind = &Kind::new(
    "last_admin",
    StatusCode::CONFLICT,
    "There has to be an administrator",
    "The last active administrator keeps the role, stays active and is not deleted.",
);

/// What was asked for needs a mail, and mail is off.
pub(crate) const MAIL_OFF: &Kind = &Kind::new(
    "mail_off",
    StatusCode::CONFLICT,
    "Mail is off",
    "This server sends no mail. Set SMTP_URL, or tell the user another way.",
);

/// Everybody would try the password that was sent as that member.
pub(crate) fn too_common(member: &str, refused: TooCommon) -> Problem {
    let flaw = FieldError {
        pointer: format!("#/{member}"),
        parameter: None,
        code: "too_common",
        detail: refused.to_string(),
    };
    Refusal::validation_failed(vec![flaw]).into()
}

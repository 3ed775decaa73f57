//! What several calls refuse of an account.

use actix_web::http::StatusCode;
use portcullis_web::Kind;

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

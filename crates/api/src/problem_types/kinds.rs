//! Every kind of problem.

use crate::account::problems::WRONG_PASSWORD;
use crate::auth::problems::{
    COOKIES_OFF, CROSS_SITE_REQUEST, EMAIL_NOT_VERIFIED, INVALID_CREDENTIALS, INVALID_REFRESH_TOKEN,
    REGISTRATION_CLOSED, TWO_REFRESH_TOKENS, UNSUPPORTED_GRANT_TYPE,
};
use crate::caller::problems::{ACCOUNT_DISABLED, FORBIDDEN, INVALID_ACCESS_TOKEN, MISSING_ACCESS_TOKEN};
use crate::invitations::problems::INVITATIONS_CLOSED;
use crate::mailed_links::problems::INVALID_TOKEN;
use crate::oauth2::discovery_problems::{NO_CLIENT, NO_ISSUER};

use crate::outbox::problems::ALREADY_SENT;
use crate::users::problems::{EMAIL_TAKEN, LAST_ADMIN, MAIL_OFF};
use portcullis_web::{Kind, kind};

/// Those of the subjects. Those that any request may meet are in the crate below.
const OF_SUBJECTS: [&Kind; 22] = [
    kind::TOO_MANY_REQUESTS,
    UNSUPPORTED_GRANT_TYPE,
    TWO_REFRESH_TOKENS,
    MISSING_ACCESS_TOKEN,
    INVALID_ACCESS_TOKEN,
    INVALID_CREDENTIALS,
    INVALID_REFRESH_TOKEN,
    ACCOUNT_DISABLED,
    FORBIDDEN,
    WRONG_PASSWORD,
    CROSS_SITE_REQUEST,
    EMAIL_TAKEN,
    LAST_ADMIN,
    COOKIES_OFF,
    REGISTRATION_CLOSED,
    EMAIL_NOT_VERIFIED,
    INVALID_TOKEN,
    INVITATIONS_CLOSED,
    MAIL_OFF,
    NO_ISSUER,
    NO_CLIENT,
    ALREADY_SENT,
];

/// All of them.
pub(crate) fn all() -> impl Iterator<Item = &'static Kind> {
    kind::OF_ANY_REQUEST.into_iter().chain(OF_SUBJECTS)
}

/// The kind of that code, if there is one.
pub(crate) fn find(code: &str) -> Option<&'static Kind> {
    all().find(|kind| kind.code == code)
}

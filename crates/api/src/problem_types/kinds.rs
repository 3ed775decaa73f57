//! Every kind of problem.

use crate::account::problems::WRONG_PASSWORD;
use crate::auth::problems::{
    COOKIES_OFF, CROSS_SITE_REQUEST, EMAIL_NOT_VERIFIED, INVALID_CREDENTIALS, INVALID_REFRESH_TOKEN,
    REGISTRATION_CLOSED, TWO_REFRESH_TOKENS, UNSUPPORTED_GRANT_TYPE,
};
use crate::caller::problems::{ACCOUNT_DISABLED, FORBIDDEN, INVALID_ACCESS_TOKEN, MISSING_ACCESS_TOKEN};
use crate::clients::problems::{
    CLIENT_ID_TAKEN, MANAGED_BY_FILE, NO_CLIENT_SECRET, PRECONDITION_FAILED, PROVIDER_OFF, TOO_MANY_SECRETS,
};
use crate::invitations::problems::INVITATIONS_CLOSED;
use crate::mailed_links::problems::INVALID_TOKEN;
use crate::oauth2::discovery_problems::{NO_CLIENT, NO_ISSUER};
use crate::outbox::problems::ALREADY_SENT;
use crate::passkeys::problems::{
    INVALID_CHALLENGE, INVALID_CREDENTIAL, INVALID_PASSKEY, LAST_WAY_IN, PASSKEY_KNOWN, PASSKEYS_OFF, TOO_MANY_PASSKEYS,
};
use crate::resources::problems::{RESOURCE_IN_USE, RESOURCE_TAKEN};
use crate::second_factor::problems::{
    INVALID_CODE, INVALID_MFA_TOKEN, MFA_OFF, MFA_REQUIRED, REAUTHENTICATION_REQUIRED,
};
use crate::users::problems::{EMAIL_TAKEN, LAST_ADMIN, MAIL_OFF};
use portcullis_web::{Kind, kind};

/// Those of the subjects. Those that any request may meet are in the crate below.
const OF_SUBJECTS: [&Kind; 42] = [
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
    MFA_REQUIRED,
    INVALID_CODE,
    INVALID_MFA_TOKEN,
    MFA_OFF,
    REAUTHENTICATION_REQUIRED,
    PASSKEYS_OFF,
    INVALID_CHALLENGE,
    INVALID_CREDENTIAL,
    INVALID_PASSKEY,
    PASSKEY_KNOWN,
    TOO_MANY_PASSKEYS,
    LAST_WAY_IN,
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
    PROVIDER_OFF,
    CLIENT_ID_TAKEN,
    MANAGED_BY_FILE,
    PRECONDITION_FAILED,
    TOO_MANY_SECRETS,
    NO_CLIENT_SECRET,
    RESOURCE_TAKEN,
    RESOURCE_IN_USE,
];

/// All of them.
pub(crate) fn all() -> impl Iterator<Item = &'static Kind> {
    kind::OF_ANY_REQUEST.into_iter().chain(OF_SUBJECTS)
}

/// The kind of that code, if there is one.
pub(crate) fn find(code: &str) -> Option<&'static Kind> {
    all().find(|kind| kind.code == code)
}

//! What went wrong, as OAuth tells it (RFC 6749, section 5.2): to those who send a form.

use crate::auth::problems::{
    COOKIES_OFF, CROSS_SITE_REQUEST, EMAIL_NOT_VERIFIED, INVALID_CREDENTIALS, UNSUPPORTED_GRANT_TYPE,
};
use crate::caller::problems::ACCOUNT_DISABLED;
use crate::problem::Problem;
use crate::responses::{OF_STORE, example_of, responses_of_refusals};
use crate::second_factor::problems::MFA_REQUIRED;
use portcullis_web::{Kind, Refusal, kind};
use std::collections::BTreeMap;
use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response};

/// What OAuth has a name for. Its clients are told of anything else as others are.
const NAMES: [(&Kind, &str); 9] = [
    (kind::MALFORMED_BODY, "invalid_request"),
    (kind::REPEATED_PARAMETER, "invalid_request"),
    (kind::VALIDATION_FAILED, "invalid_request"),
    (UNSUPPORTED_GRANT_TYPE, "unsupported_grant_type"),
    (INVALID_CREDENTIALS, "invalid_grant"),
    (ACCOUNT_DISABLED, "invalid_grant"),
    (EMAIL_NOT_VERIFIED, "invalid_grant"),
    (MFA_REQUIRED, "invalid_grant"),
    // Section 5.2 has no name for it; this is that of section 4.1.2.1. Its status stays.
    (kind::TOO_MANY_REQUESTS, "temporarily_unavailable"),
];

/// What signing in by a form may end in that OAuth has no name for.
const OTHERS: &[&Kind] = &[
    kind::REQUEST_TIMEOUT,
    kind::BODY_TOO_LARGE,
    kind::UNSUPPORTED_MEDIA_TYPE,
    CROSS_SITE_REQUEST,
    COOKIES_OFF,
];

/// The same problem to a client of OAuth.
pub(crate) fn told(problem: Problem) -> Problem {
    named(problem.0).into()
}

fn named(refusal: Refusal) -> Refusal {
    match NAMES.iter().find(|(kind, _)| *kind == refusal.kind()) {
        Some((_, name)) => refusal.as_oauth_error(name),
        None => refusal,
    }
}

/// Of signing in by a form.
pub(crate) struct TokenProblems;

impl IntoResponses for TokenProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let kinds = NAMES
            .iter()
            .map(|(kind, _)| *kind)
            .chain(OTHERS.iter().chain(OF_STORE).copied());
        responses_of_refusals(kinds.map(example_of).map(named))
    }
}

//! Kinds of refusal, and those that any request may meet.

use actix_web::http::StatusCode;

/// What all refusals of a kind have in common.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// The code as clients compare it. It does not change.
    pub code: &'static str,
    /// The HTTP status.
    pub status: StatusCode,
    /// The kind, for people.
    pub title: &'static str,
    /// What happened, for people, where nothing more is known.
    pub detail: &'static str,
    /// The value of `WWW-Authenticate`, which every 401 carries (RFC 9110, section 15.5.2), and what asks for a fresh proof.
    pub challenge: Option<&'static str>,
}

impl Kind {
    /// A kind without a challenge.
    #[must_use]
    pub const fn new(code: &'static str, status: StatusCode, title: &'static str, detail: &'static str) -> Self {
        Self {
            code,
            status,
            title,
            detail,
            challenge: None,
        }
    }

    /// The same kind with a challenge, which a refused access token has whatever the status is (RFC 6750, section 3).
    #[must_use]
    pub const fn with_challenge(self, challenge: &'static str) -> Self {
        Self {
            challenge: Some(challenge),
            ..self
        }
    }

    /// A kind of 401.
    #[must_use]
    pub const fn unauthorized(
        code: &'static str,
        title: &'static str,
        detail: &'static str,
        challenge: &'static str,
    ) -> Self {
        Self {
            challenge: Some(challenge),
            ..Self::new(code, StatusCode::UNAUTHORIZED, title, detail)
        }
    }

    /// The value of `Retry-After`, in seconds, for what may succeed later.
    #[must_use]
    pub fn retry_after(&self) -> Option<u32> {
        let seconds = if self == BUSY {
            1
        } else if self == PREPARING {
            3
        } else {
            5
        };
        (self.status == StatusCode::SERVICE_UNAVAILABLE).then_some(seconds)
    }

    /// Whether the connection is given up, because the rest of the request is not waited for.
    pub(crate) fn closes_connection(&self) -> bool {
        self == REQUEST_TIMEOUT || self == BODY_TOO_LARGE
    }
}

/// Too many of something that has a limit.
pub const TOO_MANY_REQUESTS: &Kind = &Kind::new(
    "too_many_requests",
    StatusCode::TOO_MANY_REQUESTS,
    "There were too many attempts",
    "Try again after the time that Retry-After tells, in seconds.",
);

/// Those that any request may meet.
pub const OF_ANY_REQUEST: [&Kind; 12] = [
    MALFORMED_BODY,
    MALFORMED_HOST,
    REPEATED_PARAMETER,
    NOT_FOUND,
    METHOD_NOT_ALLOWED,
    REQUEST_TIMEOUT,
    BODY_TOO_LARGE,
    UNSUPPORTED_MEDIA_TYPE,
    VALIDATION_FAILED,
    INTERNAL_ERROR,
    BUSY,
    UNAVAILABLE,
];

/// The body, or the query, can't be read.
pub const MALFORMED_BODY: &Kind = &Kind::new(
    "malformed_body",
    StatusCode::BAD_REQUEST,
    "The request can't be read",
    "Send the body as well-formed JSON in UTF-8.",
);

/// A parameter of a form or a query stands twice (RFC 6749, section 3.2).
pub const REPEATED_PARAMETER: &Kind = &Kind::new(
    "repeated_parameter",
    StatusCode::BAD_REQUEST,
    "A parameter is repeated",
    "Send each parameter once.",
);

/// `Host`, or the target in absolute form, names no host (RFC 9112, section 3.2).
pub const MALFORMED_HOST: &Kind = &Kind::new(
    "malformed_host",
    StatusCode::BAD_REQUEST,
    "The request names no host",
    "Send in the header Host the host that the request is for, and its port where it has one.",
);

/// Nothing there.
pub const NOT_FOUND: &Kind = &Kind::new(
    "not_found",
    StatusCode::NOT_FOUND,
    "Not found",
    "There is nothing at this path.",
);

/// Not that method.
pub const METHOD_NOT_ALLOWED: &Kind = &Kind::new(
    "method_not_allowed",
    StatusCode::METHOD_NOT_ALLOWED,
    "The method is not allowed",
    "The header Allow names the methods of this path.",
);

/// The body took too long.
pub const REQUEST_TIMEOUT: &Kind = &Kind::new(
    "request_timeout",
    StatusCode::REQUEST_TIMEOUT,
    "The request took too long",
    "The body did not arrive in time.",
);

/// Too large a body.
pub const BODY_TOO_LARGE: &Kind = &Kind::new(
    "body_too_large",
    StatusCode::PAYLOAD_TOO_LARGE,
    "The body is too large",
    "The body is larger than this call takes.",
);

/// Not a kind of body that is read.
pub const UNSUPPORTED_MEDIA_TYPE: &Kind = &Kind::new(
    "unsupported_media_type",
    StatusCode::UNSUPPORTED_MEDIA_TYPE,
    "The media type is not supported",
    "Send the body as application/json.",
);

/// Members that are not what they have to be.
pub const VALIDATION_FAILED: &Kind = &Kind::new(
    "validation_failed",
    StatusCode::UNPROCESSABLE_ENTITY,
    "The request is not valid",
    "Each entry of errors names a member or a parameter and what is wrong with it.",
);

/// A failure of ours.
pub const INTERNAL_ERROR: &Kind = &Kind::new(
    "internal_error",
    StatusCode::INTERNAL_SERVER_ERROR,
    "Internal error",
    "The call failed on the server. The request id finds the cause in the log.",
);

/// Too much to do at present.
pub const BUSY: &Kind = &Kind::new(
    "busy",
    StatusCode::SERVICE_UNAVAILABLE,
    "The server is busy",
    "The server has too much to do at present. Try again in a moment.",
);

/// The keys of the provider are being made.
pub const PREPARING: &Kind = &Kind::new(
    "preparing",
    StatusCode::SERVICE_UNAVAILABLE,
    "The provider is being prepared",
    "The provider's keys are being made. Try again in a moment.",
);

/// The store is out of reach.
pub const UNAVAILABLE: &Kind = &Kind::new(
    "unavailable",
    StatusCode::SERVICE_UNAVAILABLE,
    "The server is not available",
    "The server can't reach its store at present. Try again later.",
);

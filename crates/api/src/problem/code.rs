//! The kinds of problem.

use actix_web::http::StatusCode;

/// A kind of problem. [`KindOfProblem`] says what all of its kind have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    /// The body, or the query, can't be read.
    MalformedBody,
    /// A parameter of a form or a query stands twice (RFC 6749, section 3.2).
    RepeatedParameter,
    /// Another grant than the password's (RFC 6749, section 5.2).
    UnsupportedGrantType,
    /// No access token.
    MissingAccessToken,
    /// A token that does not count.
    InvalidAccessToken,
    /// Not an account and its password.
    InvalidCredentials,
    /// Not a refresh token, or not any more.
    InvalidRefreshToken,
    /// The account may not be used.
    AccountDisabled,
    /// Not a caller with the role that it takes.
    Forbidden,
    /// Not the present password.
    WrongPassword,
    /// Nothing there.
    NotFound,
    /// Not that method.
    MethodNotAllowed,
    /// The body took too long.
    RequestTimeout,
    /// Another account has the address.
    EmailTaken,
    /// Nobody else could administrate.
    LastAdmin,
    /// Too large a body.
    BodyTooLarge,
    /// Not a kind of body that is read.
    UnsupportedMediaType,
    /// Members that are not what they have to be.
    ValidationFailed,
    /// A failure of ours.
    InternalError,
    /// Too much to do at present.
    Busy,
    /// The store is out of reach.
    Unavailable,
}

/// What all problems of a kind have in common.
pub(crate) struct KindOfProblem {
    /// The code as clients compare it.
    pub(crate) code: &'static str,
    /// The HTTP status.
    pub(crate) status: StatusCode,
    /// The title, for people.
    pub(crate) title: &'static str,
    /// What to do about it, where the case itself does not tell more.
    pub(crate) detail: &'static str,
}

const fn kind(code: &'static str, status: StatusCode, title: &'static str, detail: &'static str) -> KindOfProblem {
    KindOfProblem {
        code,
        status,
        title,
        detail,
    }
}

impl Code {
    /// The table of problems.
    #[expect(clippy::too_many_lines, reason = "a table is read by the row")]
    pub(crate) const fn kind(self) -> KindOfProblem {
        match self {
            Self::MalformedBody => kind(
                "malformed_body",
                StatusCode::BAD_REQUEST,
                "The request can't be read",
                "Send the body as well-formed JSON in UTF-8.",
            ),
            Self::RepeatedParameter => kind(
                "repeated_parameter",
                StatusCode::BAD_REQUEST,
                "A parameter is repeated",
                "Send each parameter once.",
            ),
            Self::UnsupportedGrantType => kind(
                "unsupported_grant_type",
                StatusCode::BAD_REQUEST,
                "The grant type is not supported",
                "Send grant_type=password, or leave it out.",
            ),
            Self::MissingAccessToken => kind(
                "missing_access_token",
                StatusCode::UNAUTHORIZED,
                "An access token is needed",
                "Send the access token in the header Authorization, after the word Bearer.",
            ),
            Self::InvalidAccessToken => kind(
                "invalid_access_token",
                StatusCode::UNAUTHORIZED,
                "The access token is not valid",
                "The token is not genuine, has expired, or its session is over. Refresh it or sign in again.",
            ),
            Self::InvalidCredentials => kind(
                "invalid_credentials",
                StatusCode::UNAUTHORIZED,
                "The credentials are wrong",
                "No account has this email address and this password.",
            ),
            Self::InvalidRefreshToken => kind(
                "invalid_refresh_token",
                StatusCode::UNAUTHORIZED,
                "The refresh token is not valid",
                "The token is not genuine, was used, has expired, or its session is over. Sign in again.",
            ),
            Self::AccountDisabled => kind(
                "account_disabled",
                StatusCode::FORBIDDEN,
                "The account is disabled",
                "Ask an administrator to enable the account.",
            ),
            Self::Forbidden => kind(
                "forbidden",
                StatusCode::FORBIDDEN,
                "The role does not allow it",
                "This takes the role ADMIN.",
            ),
            Self::WrongPassword => kind(
                "wrong_password",
                StatusCode::FORBIDDEN,
                "The password is wrong",
                "The account's password is another. Nothing was changed.",
            ),
            Self::NotFound => kind(
                "not_found",
                StatusCode::NOT_FOUND,
                "Not found",
                "There is nothing at this path.",
            ),
            Self::MethodNotAllowed => kind(
                "method_not_allowed",
                StatusCode::METHOD_NOT_ALLOWED,
                "The method is not allowed",
                "The header Allow names the methods of this path.",
            ),
            Self::RequestTimeout => kind(
                "request_timeout",
                StatusCode::REQUEST_TIMEOUT,
                "The request took too long",
                "The body did not arrive in time.",
            ),
            Self::EmailTaken => kind(
                "email_taken",
                StatusCode::CONFLICT,
                "The email address is taken",
                "Another account has this email address.",
            ),
            Self::LastAdmin => kind(
                "last_admin",
                StatusCode::CONFLICT,
                "There has to be an administrator",
                "The last active administrator keeps the role, stays active and is not deleted.",
            ),
            Self::BodyTooLarge => kind(
                "body_too_large",
                StatusCode::PAYLOAD_TOO_LARGE,
                "The body is too large",
                "The body is larger than this call takes.",
            ),
            Self::UnsupportedMediaType => kind(
                "unsupported_media_type",
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "The media type is not supported",
                "Send the body as application/json.",
            ),
            Self::ValidationFailed => kind(
                "validation_failed",
                StatusCode::UNPROCESSABLE_ENTITY,
                "The request is not valid",
                "Each entry of errors names a member or a parameter and what is wrong with it.",
            ),
            Self::InternalError => kind(
                "internal_error",
                StatusCode::INTERNAL_SERVER_ERROR,
                "Internal error",
                "The call failed on the server. The request id finds the cause in the log.",
            ),
            Self::Busy => kind(
                "busy",
                StatusCode::SERVICE_UNAVAILABLE,
                "The server is busy",
                "Too many requests wait. Try again in a moment.",
            ),
            Self::Unavailable => kind(
                "unavailable",
                StatusCode::SERVICE_UNAVAILABLE,
                "The server is not available",
                "The server can't reach its store at present. Try again later.",
            ),
        }
    }

    /// The code as clients compare it.
    pub(crate) const fn as_str(self) -> &'static str {
        self.kind().code
    }

    /// The HTTP status.
    pub(crate) const fn status(self) -> StatusCode {
        self.kind().status
    }

    /// The value of `WWW-Authenticate`, which every 401 carries (RFC 9110, section 15.5.2). It says `invalid_token`
    /// only where a token was shown (RFC 6750, section 3.1).
    pub(crate) fn challenge(self) -> Option<&'static str> {
        if self == Self::InvalidAccessToken {
            return Some(r#"Bearer realm="portcullis", error="invalid_token""#);
        }
        (self.status() == StatusCode::UNAUTHORIZED).then_some(r#"Bearer realm="portcullis""#)
    }

    /// The value of `Retry-After`, in seconds, for what may succeed later.
    pub(crate) fn retry_after(self) -> Option<u32> {
        let seconds = if self == Self::Busy { 1 } else { 5 };
        (self.status() == StatusCode::SERVICE_UNAVAILABLE).then_some(seconds)
    }

    /// Whether the connection is given up, because the rest of the request is not waited for.
    pub(crate) const fn closes_connection(self) -> bool {
        matches!(self, Self::RequestTimeout | Self::BodyTooLarge)
    }
}

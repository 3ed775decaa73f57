//! What a call that does not succeed is answered with, before it is written for anybody.

mod causes;
pub mod kind;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, HeaderName, HeaderValue, RETRY_AFTER, SET_COOKIE, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use kind::Kind;
use portcullis_application::SecondStep;
use portcullis_application::ports::Exhausted;
use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::time::Duration;

/// What is left of a limit, and when more is (draft-ietf-httpapi-ratelimit-headers, section 4).
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// The limit (section 3).
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// A call that did not succeed. What the client can change is in `detail` and `errors`; the cause is for the log.
#[derive(Debug)]
pub struct Refusal {
    kind: &'static Kind,
    detail: Cow<'static, str>,
    errors: Box<[FieldError]>,
    allow: Option<Box<str>>,
    oauth_error: Option<&'static str>,
    beside: Option<Box<Beside>>,
    cookies: Box<[HeaderValue]>,
    cause: Option<Box<str>>,
}

/// What the client needs to know besides, to go on.
#[derive(Debug)]
enum Beside {
    /// Which limit there is.
    Limit(Exhausted),
    /// What goes on with the sign-in.
    SecondStep(SecondStep),
    /// What it is challenged for, where that differs from call to call.
    Challenge(&'static str),
}

/// What is wrong with one member of a body, or one parameter of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Where it is: a JSON Pointer as a URI fragment (RFC 6901, section 6), to a parameter as if it were a member.
    pub pointer: String,
    /// The name of the parameter, if it is one of a query.
    pub parameter: Option<String>,
    /// What is wrong, for programs. It does not change.
    pub code: &'static str,
    /// What is wrong, for people.
    pub detail: String,
}

impl From<&'static Kind> for Refusal {
    fn from(kind: &'static Kind) -> Self {
        Self {
            kind,
            detail: Cow::Borrowed(kind.detail),
            errors: Box::default(),
            allow: None,
            oauth_error: None,
            beside: None,
            cookies: Box::default(),
            cause: None,
        }
    }
}

impl Refusal {
    /// A failure of ours; the cause is logged and not told.
    #[must_use]
    pub fn internal(cause: &dyn Error) -> Self {
        Self::caused(kind::INTERNAL_ERROR, cause)
    }

    /// A refusal whose cause is for the log.
    #[must_use]
    pub fn caused(kind: &'static Kind, cause: &dyn Error) -> Self {
        Self {
            cause: Some(chain(cause).into()),
            ..Self::from(kind)
        }
    }

    /// A refusal of which more is known than of its kind.
    #[must_use]
    pub fn detailed(kind: &'static Kind, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            detail: detail.into(),
            ..Self::from(kind)
        }
    }

    /// Another method than the path has; `allow` is the value of `Allow`.
    #[must_use]
    pub fn method_not_allowed(allow: &str) -> Self {
        Self {
            allow: Some(allow.into()),
            ..Self::from(kind::METHOD_NOT_ALLOWED)
        }
    }

    /// A body that can't be read.
    pub(crate) fn malformed_body(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::detailed(kind::MALFORMED_BODY, detail)
    }

    /// A body of another kind; `expected` names the kinds that are read.
    pub(crate) fn unsupported_media_type(expected: &str) -> Self {
        Self::detailed(
            kind::UNSUPPORTED_MEDIA_TYPE,
            format!("Send the body as {expected}, in UTF-8 and not compressed."),
        )
    }

    /// A body whose members are not what they have to be.
    #[must_use]
    pub fn validation_failed(errors: Vec<FieldError>) -> Self {
        Self {
            errors: errors.into(),
            ..Self::from(kind::VALIDATION_FAILED)
        }
    }

    /// Too many of something that has a limit.
    #[must_use]
    pub fn too_many_requests(exhausted: Exhausted) -> Self {
        Self {
            beside: Some(Box::new(Beside::Limit(exhausted))),
            ..Self::from(kind::TOO_MANY_REQUESTS)
        }
    }

    /// The same, told in other words than those of its kind.
    #[must_use]
    pub fn in_words(self, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            detail: detail.into(),
            ..self
        }
    }

    /// The same, with what sets or clears cookies.
    #[must_use]
    pub fn with_cookies(self, cookies: Vec<HeaderValue>) -> Self {
        Self {
            cookies: cookies.into(),
            ..self
        }
    }

    /// The same, with what goes on with a sign-in.
    #[must_use]
    pub fn with_second_step(self, step: SecondStep) -> Self {
        Self {
            beside: Some(Box::new(Beside::SecondStep(step))),
            ..self
        }
    }

    /// What goes on with a sign-in whose second factor is asked for.
    #[must_use]
    pub fn second_step(&self) -> Option<&SecondStep> {
        match self.beside.as_deref()? {
            Beside::SecondStep(step) => Some(step),
            Beside::Limit(_) | Beside::Challenge(_) => None,
        }
    }

    /// The same, with another value of `WWW-Authenticate` than that of its kind.
    #[must_use]
    pub fn with_challenge(self, challenge: &'static str) -> Self {
        Self {
            beside: Some(Box::new(Beside::Challenge(challenge))),
            ..self
        }
    }

    /// The same to a client of OAuth: the status is 400, unless it says to come back later, and `error` is its name there
    /// (RFC 6749, section 5.2).
    #[must_use]
    pub fn as_oauth_error(self, error: &'static str) -> Self {
        Self {
            oauth_error: Some(error),
            ..self
        }
    }

    /// What OAuth calls it, where a client of OAuth is told.
    #[must_use]
    pub const fn oauth_error(&self) -> Option<&'static str> {
        self.oauth_error
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self.oauth_error {
            Some(_) if self.kind != kind::TOO_MANY_REQUESTS => StatusCode::BAD_REQUEST,
            Some(_) | None => self.kind.status,
        }
    }

    /// What all refusals of its kind have in common.
    #[must_use]
    pub const fn kind(&self) -> &'static Kind {
        self.kind
    }

    /// What happened here, for people.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// What is wrong with the body, member by member.
    #[must_use]
    pub fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// The value of `WWW-Authenticate`.
    #[must_use]
    pub fn challenge(&self) -> Option<&'static str> {
        let of_kind = self.kind.challenge.filter(|_| self.status() == self.kind.status);
        match self.beside.as_deref() {
            Some(Beside::Challenge(own)) => Some(own),
            Some(Beside::Limit(_) | Beside::SecondStep(_)) | None => of_kind,
        }
    }

    /// Logs what the client is not told. Others have no such thing; the line of the request shows their status.
    pub(crate) fn log(&self) {
        let Some(cause) = &self.cause else { return };
        let code = self.kind.code;
        if self.kind == kind::INTERNAL_ERROR {
            tracing::error!(code, cause, "the call failed");
        } else {
            tracing::warn!(code, cause, "the call was put off");
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.kind.code)
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    /// Status and headers; middleware writes the body, which needs the request's id and who reads it.
    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status());
        if let Some(challenge) = self.challenge() {
            response.insert_header((WWW_AUTHENTICATE, challenge));
        }
        if let Some(seconds) = self.kind.retry_after() {
            response.insert_header((RETRY_AFTER, seconds));
        }
        if let Some(Beside::Limit(Exhausted { limit, rate, wait })) = self.beside.as_deref() {
            let (name, seconds) = (limit.name(), whole_seconds(*wait));
            let (most, window) = (rate.most(), whole_seconds(rate.period()));
            response
                .insert_header((RETRY_AFTER, seconds))
                .insert_header((RATE_LIMIT, format!("\"{name}\";r=0;t={seconds}")))
                .insert_header((RATE_LIMIT_POLICY, format!("\"{name}\";q={most};w={window}")));
        }
        if let Some(allow) = &self.allow {
            response.insert_header((ALLOW, &**allow));
        }
        for cookie in &*self.cookies {
            response.append_header((SET_COOKIE, cookie.clone()));
        }
        if self.kind.closes_connection() {
            response.force_close();
        }
        response.finish()
    }
}

/// Who comes back after them does not come too early.
fn whole_seconds(time: Duration) -> u64 {
    time.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX)
}

/// An error and what caused it.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

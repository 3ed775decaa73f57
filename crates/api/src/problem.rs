//! Problems: what a client is told when a call does not succeed (RFC 9457).

mod code;
mod refusals;
pub(crate) mod responses;

pub(crate) use code::Code;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use portcullis_domain::RequestId;
use serde::Serialize;
use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use utoipa::ToSchema;

/// The media type of problems.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// A call that did not succeed. What the client can change is in `detail` and `errors`; the cause is for the log.
#[derive(Debug)]
pub(crate) struct Problem {
    code: Code,
    detail: Cow<'static, str>,
    errors: Vec<FieldError>,
    allow: Option<String>,
    cause: Option<String>,
}

/// What is wrong with one member of a body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// Where it is: a JSON Pointer as a URI fragment (RFC 6901, section 6).
    #[schema(examples("#/email"))]
    pub(crate) pointer: String,
    /// What is wrong, for programs. It does not change.
    #[schema(examples("not_an_address"))]
    pub(crate) code: &'static str,
    /// What is wrong, for people.
    #[schema(examples("this is not an email address"))]
    pub(crate) detail: String,
}

/// A problem document (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody<'a> {
    /// Names the kind of problem; relative to the server.
    #[serde(rename = "type")]
    #[schema(format = "uri-reference", examples("/problems/validation_failed"))]
    kind: String,
    /// The kind of problem, for people.
    title: &'static str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What happened here, for people.
    detail: &'a str,
    /// The kind of problem, for programs. It does not change.
    code: &'static str,
    /// The request's id, which is in the header `x-request-id` too.
    request_id: &'a str,
    /// What is wrong with the body, member by member.
    #[serde(skip_serializing_if = "<[FieldError]>::is_empty")]
    #[schema(required = false)]
    errors: &'a [FieldError],
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self {
            code,
            detail: Cow::Borrowed(code.kind().detail),
            errors: Vec::new(),
            allow: None,
            cause: None,
        }
    }
}

impl Problem {
    /// A failure of ours; the cause is logged and not told.
    pub(crate) fn internal(cause: &dyn Error) -> Self {
        Self::caused(Code::InternalError, cause)
    }

    /// A problem whose cause is for the log.
    fn caused(code: Code, cause: &dyn Error) -> Self {
        Self {
            cause: Some(chain(cause)),
            ..Self::from(code)
        }
    }

    fn detailed(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            detail: detail.into(),
            ..Self::from(code)
        }
    }

    /// Another method than the path has; `allow` is the value of `Allow`.
    pub(crate) fn method_not_allowed(allow: &str) -> Self {
        Self {
            allow: Some(allow.to_owned()),
            ..Self::from(Code::MethodNotAllowed)
        }
    }

    /// A body that can't be read.
    pub(crate) fn malformed_body(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::detailed(Code::MalformedBody, detail)
    }

    /// A body of another kind; `expected` names the kinds that are read.
    pub(crate) fn unsupported_media_type(expected: &str) -> Self {
        Self::detailed(
            Code::UnsupportedMediaType,
            format!("Send the body as {expected}, in UTF-8 and not compressed."),
        )
    }

    /// A body whose members are not what they have to be.
    pub(crate) fn validation_failed(errors: Vec<FieldError>) -> Self {
        Self {
            errors,
            ..Self::from(Code::ValidationFailed)
        }
    }

    /// Logs what the client is not told. Refusals have no such thing; the line of the request shows their status.
    pub(crate) fn log(&self) {
        let Some(cause) = &self.cause else { return };
        let code = self.code.as_str();
        if self.code == Code::InternalError {
            tracing::error!(code, cause, "the call failed");
        } else {
            tracing::warn!(code, cause, "the call was put off");
        }
    }

    /// The document.
    pub(crate) fn to_json(&self, request_id: Option<&RequestId>) -> String {
        let body = ProblemBody {
            kind: format!("/problems/{}", self.code.as_str()),
            title: self.code.kind().title,
            status: self.code.status().as_u16(),
            detail: &self.detail,
            code: self.code.as_str(),
            request_id: request_id.map(RequestId::as_str).unwrap_or_default(),
            errors: &self.errors,
        };
        serde_json::to_string(&body).unwrap_or_default()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.code.as_str())
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.code.status()
    }

    /// Status and headers; middleware writes the body, which needs the request's id.
    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.code.status());
        response.insert_header((CONTENT_TYPE, PROBLEM_JSON));
        if let Some(challenge) = self.code.challenge() {
            response.insert_header((WWW_AUTHENTICATE, challenge));
        }
        if let Some(seconds) = self.code.retry_after() {
            response.insert_header((RETRY_AFTER, seconds));
        }
        if let Some(allow) = &self.allow {
            response.insert_header((ALLOW, allow.as_str()));
        }
        if self.code.closes_connection() {
            response.force_close();
        }
        response.finish()
    }
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

//! Problems: what a program is told when a call does not succeed (RFC 9457).

use crate::schemas;
use actix_web::{Error, HttpMessage as _};
use portcullis_application::SecondStep;
use portcullis_application::ports::{Exhausted, HasherError, StoreError, TokenError};
use portcullis_domain::RequestId;
use portcullis_web::{Kind, OwnAddress, Refusal, Surface};
use serde::Serialize;
use utoipa::ToSchema;

/// The media type of problems.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// Refusals as problem documents.
pub(crate) const PROBLEM_DOCUMENTS: Surface = Surface {
    media_type: PROBLEM_JSON,
    headers: &[],
    write: |refusal, request, address| document(refusal, request.extensions().get(), address),
};

/// A refusal that a program reads. Each subject says which refusals of its use cases are which.
pub(crate) struct Problem(pub(crate) Refusal);

impl Problem {
    /// A failure of ours; the cause is logged and not told.
    pub(crate) fn internal(cause: &dyn std::error::Error) -> Self {
        Refusal::internal(cause).into()
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        problem.0.into()
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl From<&'static Kind> for Problem {
    fn from(kind: &'static Kind) -> Self {
        Self(kind.into())
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self(error.into())
    }
}

impl From<Exhausted> for Problem {
    fn from(exhausted: Exhausted) -> Self {
        Self(exhausted.into())
    }
}

impl From<HasherError> for Problem {
    fn from(error: HasherError) -> Self {
        Self(error.into())
    }
}

impl From<TokenError> for Problem {
    fn from(error: TokenError) -> Self {
        Self(error.into())
    }
}

/// A problem document (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody<'a> {
    /// Names the kind of problem: the path where it is explained.
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
    #[schema(schema_with = schemas::problem_code)]
    code: &'static str,
    /// The request's id, which is in the header `x-request-id` too.
    request_id: &'a str,
    /// What is wrong with the body and the query, member by member.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<FieldErrorBody<'a>>,
    /// In answers to a form: the error as OAuth names it (RFC 6749, section 5.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false, examples("invalid_grant"))]
    error: Option<&'static str>,
    /// In answers to a form: `detail`, as OAuth names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    error_description: Option<&'a str>,
    /// With `mfa_required`: goes on with the sign-in at `/auth/login/mfa`, for five minutes and five tries.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false, examples("the text to send to /auth/login/mfa"))]
    mfa_token: Option<&'a str>,
    /// With `mfa_required`: what may be sent with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, examples(json!(["totp", "recovery_code"])))]
    methods: Vec<&'static str>,
}

/// What is wrong with one member of a body, or one parameter of a query.
#[derive(Serialize, ToSchema)]
#[schema(as = FieldError)]
struct FieldErrorBody<'a> {
    /// Where it is: a JSON Pointer as a URI fragment (RFC 6901, section 6), to a parameter as if it were a member.
    #[schema(examples("#/email"))]
    pointer: &'a str,
    /// The name of the parameter, if it is one of a query.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false, examples("limit"))]
    parameter: Option<&'a str>,
    /// What is wrong, for programs. It does not change.
    #[schema(examples("not_an_address"))]
    code: &'static str,
    /// What is wrong, for people.
    #[schema(examples("this is not an email address"))]
    detail: &'a str,
}

/// The `type` of problems of a kind: the path where it is explained.
pub(crate) fn type_of(kind: &Kind, address: &OwnAddress) -> String {
    address.path_to(&format!("/problems/{}", kind.code))
}

fn methods_of(step: &SecondStep) -> Vec<&'static str> {
    step.methods.iter().map(|method| method.as_str()).collect()
}

/// The document.
pub(crate) fn document(refusal: &Refusal, request_id: Option<&RequestId>, address: &OwnAddress) -> String {
    let kind = refusal.kind();
    let errors = refusal.errors().iter().map(|error| FieldErrorBody {
        pointer: &error.pointer,
        parameter: error.parameter.as_deref(),
        code: error.code,
        detail: &error.detail,
    });
    let body = ProblemBody {
        kind: type_of(kind, address),
        title: kind.title,
        status: refusal.status().as_u16(),
        detail: refusal.detail(),
        code: kind.code,
        request_id: request_id.map(RequestId::as_str).unwrap_or_default(),
        errors: errors.collect(),
        error: refusal.oauth_error(),
        error_description: refusal.oauth_error().map(|_| refusal.detail()),
        mfa_token: refusal.second_step().map(|step| step.token.expose()),
        methods: refusal.second_step().map(methods_of).unwrap_or_default(),
    };
    serde_json::to_string(&body).unwrap_or_default()
}

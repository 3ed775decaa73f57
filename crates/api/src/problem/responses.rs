//! Problems in the OpenAPI document: which of them a call may answer, by status, each with an example.

use super::{Code, PROBLEM_JSON, Problem};
use crate::openapi::EXAMPLE_ID;
use portcullis_domain::RequestId;
use std::collections::BTreeMap;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};

/// What reading a JSON body may end in.
const OF_BODY: &[Code] = &[
    Code::MalformedBody,
    Code::RequestTimeout,
    Code::BodyTooLarge,
    Code::UnsupportedMediaType,
    Code::ValidationFailed,
];
/// What reading a query may end in.
const OF_QUERY: &[Code] = &[Code::MalformedBody, Code::RepeatedParameter, Code::ValidationFailed];
/// What asking the store may end in.
const OF_STORE: &[Code] = &[Code::InternalError, Code::Busy, Code::Unavailable];
/// What asking for an access token may end in.
const OF_CALLER: &[Code] = &[
    Code::MissingAccessToken,
    Code::InvalidAccessToken,
    Code::AccountDisabled,
];

/// What asking for an administrator's access token may end in.
const OF_ADMIN: &[Code] = &[
    Code::MissingAccessToken,
    Code::InvalidAccessToken,
    Code::AccountDisabled,
    Code::Forbidden,
];

macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident: $($codes:expr),+;)*) => {$(
        $(#[$doc])*
        pub(crate) struct $name;

        impl utoipa::IntoResponses for $name {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                responses_of(&[$($codes),+])
            }
        }
    )*};
}

problems! {
    /// Of signing up.
    RegisterProblems: OF_BODY, OF_STORE, &[Code::EmailTaken];
    /// Of signing in.
    LogInProblems: OF_BODY, &[Code::RepeatedParameter, Code::UnsupportedGrantType, Code::InvalidCredentials,
        Code::AccountDisabled], OF_STORE;
    /// Of staying signed in.
    RefreshProblems: OF_BODY, &[Code::InvalidRefreshToken], OF_STORE;
    /// Of signing out.
    LogOutProblems: OF_BODY, OF_STORE;
    /// Of reading one's profile.
    ProfileProblems: OF_CALLER, OF_STORE;
    /// Of changing one's profile.
    ChangeProfileProblems: OF_CALLER, OF_BODY, &[Code::EmailTaken], OF_STORE;
    /// Of changing one's password.
    ChangePasswordProblems: OF_CALLER, OF_BODY, &[Code::WrongPassword], OF_STORE;
    /// Of listing one's sessions.
    ListSessionsProblems: OF_CALLER, OF_QUERY, OF_STORE;
    /// Of ending one of one's sessions.
    EndSessionProblems: OF_CALLER, &[Code::NotFound], OF_STORE;
    /// Of ending several of one's sessions.
    EndSessionsProblems: OF_CALLER, OF_QUERY, OF_STORE;
    /// Of deleting one's account.
    DeleteAccountProblems: OF_CALLER, OF_BODY, &[Code::WrongPassword, Code::LastAdmin], OF_STORE;
    /// Of listing what the audit trail says of oneself.
    ListOwnAuditEventsProblems: OF_CALLER, OF_QUERY, OF_STORE;
    /// Of letting a proxy ask who calls.
    VerifyProblems: OF_QUERY, &[Code::MissingAccessToken, Code::InvalidAccessToken, Code::Forbidden], OF_STORE;
    /// Of a list for administrators.
    AdminListProblems: OF_ADMIN, OF_QUERY, OF_STORE;
    /// Of making an account.
    CreateUserProblems: OF_ADMIN, OF_BODY, &[Code::EmailTaken], OF_STORE;
    /// Of reading a user.
    FindUserProblems: OF_ADMIN, &[Code::NotFound], OF_STORE;
    /// Of changing a user.
    ChangeUserProblems: OF_ADMIN, OF_BODY, &[Code::NotFound, Code::EmailTaken, Code::LastAdmin], OF_STORE;
    /// Of deleting a user.
    DeleteUserProblems: OF_ADMIN, &[Code::NotFound, Code::LastAdmin], OF_STORE;
    /// Of listing a user's sessions.
    ListUserSessionsProblems: OF_ADMIN, OF_QUERY, &[Code::NotFound], OF_STORE;
    /// Of asking for revocations.
    RevocationsProblems: OF_QUERY, &[Code::Unavailable];
    /// Of asking whether the server can serve.
    ReadyProblems: OF_STORE;
    /// Of asking for something that may not be there.
    NotFoundProblems: &[Code::NotFound];
}

/// The responses of all those codes, one a status.
fn responses_of(codes: &[&[Code]]) -> BTreeMap<String, RefOr<Response>> {
    let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in codes.iter().copied().flatten() {
        by_status.entry(code.status().as_u16()).or_default().push(*code);
    }
    by_status
        .into_iter()
        .map(|(status, codes)| (status.to_string(), response_of(&codes).into()))
        .collect()
}

/// The response of codes that have their status in common.
fn response_of(codes: &[Code]) -> Response {
    let lines: Vec<String> = codes
        .iter()
        .map(|code| format!("`{}`: {}", code.as_str(), code.kind().title))
        .collect();
    let examples = codes
        .iter()
        .map(|code| (code.as_str(), ExampleBuilder::new().value(Some(example_of(*code)))));
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Problem")))
        .examples_from_iter(examples)
        .build();
    let mut response = ResponseBuilder::new()
        .description(lines.join("; "))
        .content(PROBLEM_JSON, content);
    if codes.iter().any(|code| code.challenge().is_some()) {
        let text = ObjectBuilder::new().schema_type(Type::String);
        let header = HeaderBuilder::new()
            .description(Some("The challenge (RFC 6750, section 3)."))
            .schema(Some(text));
        response = response.header("WWW-Authenticate", header.build());
    }
    if codes.iter().any(|code| code.retry_after().is_some()) {
        let seconds = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::Custom("int32".to_owned())));
        let header = HeaderBuilder::new()
            .description(Some("Seconds after which to try again."))
            .schema(Some(seconds));
        response = response.header("Retry-After", header.build());
    }
    response.build()
}

fn example_of(code: Code) -> serde_json::Value {
    let problem = match code {
        Code::ValidationFailed => Problem::validation_failed(vec![super::FieldError {
            pointer: "#/email".to_owned(),
            code: "not_an_address",
            detail: "this is not an email address".to_owned(),
        }]),
        code => Problem::from(code),
    };
    serde_json::from_str(&problem.to_json(RequestId::parse(EXAMPLE_ID).as_ref())).unwrap_or_default()
}

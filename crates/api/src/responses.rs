//! Problems in the OpenAPI document: which of them a call may answer, by status, each with an example.

use crate::problem::{PROBLEM_JSON, document};
use portcullis_domain::RequestId;
use portcullis_web::{FieldError, Kind, OwnAddress, Refusal, kind};
use std::collections::BTreeMap;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};

/// The id that examples show, of whatever it is.
pub(crate) const EXAMPLE_ID: &str = "019338a1-7c00-7a3b-8d52-6f1e0c9b4a27";

/// What reading a JSON body may end in, and the query that there is beside it.
pub(crate) const OF_BODY: &[&Kind] = &[
    kind::MALFORMED_BODY,
    kind::REPEATED_PARAMETER,
    kind::REQUEST_TIMEOUT,
    kind::BODY_TOO_LARGE,
    kind::UNSUPPORTED_MEDIA_TYPE,
    kind::VALIDATION_FAILED,
];

/// What reading a query may end in.
pub(crate) const OF_QUERY: &[&Kind] = &[kind::MALFORMED_BODY, kind::REPEATED_PARAMETER, kind::VALIDATION_FAILED];

/// What asking the store may end in.
pub(crate) const OF_STORE: &[&Kind] = &[kind::INTERNAL_ERROR, kind::BUSY, kind::UNAVAILABLE];

/// Names what a call may answer when it does not succeed.
macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident: $($kinds:expr),+;)*) => {$(
        $(#[$doc])*
        pub(crate) struct $name;

        impl utoipa::IntoResponses for $name {
            fn responses() -> std::collections::BTreeMap<String, utoipa::openapi::RefOr<utoipa::openapi::Response>> {
                crate::responses::responses_of(&[$($kinds),+])
            }
        }
    )*};
}

pub(crate) use problems;

/// The responses of all those kinds, one a status.
pub(crate) fn responses_of(kinds: &[&[&'static Kind]]) -> BTreeMap<String, RefOr<Response>> {
    let mut by_status: BTreeMap<u16, Vec<&'static Kind>> = BTreeMap::new();
    for kind in kinds.iter().copied().flatten() {
        by_status.entry(kind.status.as_u16()).or_default().push(kind);
    }
    by_status
        .into_iter()
        .map(|(status, kinds)| (status.to_string(), response_of(&kinds).into()))
        .collect()
}

/// The response of kinds that have their status in common.
fn response_of(kinds: &[&'static Kind]) -> Response {
    let lines: Vec<String> = kinds
        .iter()
        .map(|kind| format!("`{}`: {}", kind.code, kind.title))
        .collect();
    let examples = kinds
        .iter()
        .map(|kind| (kind.code, ExampleBuilder::new().value(Some(example_of(kind)))));
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Problem")))
        .examples_from_iter(examples)
        .build();
    let mut response = ResponseBuilder::new()
        .description(lines.join("; "))
        .content(PROBLEM_JSON, content);
    if kinds.iter().any(|kind| kind.challenge.is_some()) {
        let text = ObjectBuilder::new().schema_type(Type::String);
        let header = HeaderBuilder::new()
            .description(Some("The challenge (RFC 6750, section 3)."))
            .schema(Some(text));
        response = response.header("WWW-Authenticate", header.build());
    }
    if kinds.iter().any(|kind| kind.retry_after().is_some()) {
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

fn example_of(kind: &'static Kind) -> serde_json::Value {
    let refusal = if kind == kind::VALIDATION_FAILED {
        Refusal::validation_failed(vec![FieldError {
            pointer: "#/email".to_owned(),
            parameter: None,
            code: "not_an_address",
            detail: "this is not an email address".to_owned(),
        }])
    } else {
        kind.into()
    };
    serde_json::from_str(&document(
        &refusal,
        RequestId::parse(EXAMPLE_ID).as_ref(),
        &OwnAddress::default(),
    ))
    .unwrap_or_default()
}

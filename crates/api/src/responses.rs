//! Problems in the OpenAPI document: which of them a call may answer, by status, each with an example.

use crate::problem::{PROBLEM_JSON, document};
use crate::second_factor::problems::MFA_REQUIRED;
use portcullis_application::SecondStep;
use portcullis_domain::{FactorMethod, RequestId};
use portcullis_web::{FieldError, Kind, OwnAddress, Refusal, kind};
use std::collections::BTreeMap;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::header::{Header, HeaderBuilder};
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

/// What a call that is limited may end in.
pub(crate) const OF_LIMIT: &[&Kind] = &[kind::TOO_MANY_REQUESTS];

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
    responses_of_refusals(kinds.iter().copied().flatten().copied().map(example_of))
}

/// The responses of all those refusals, one a status.
pub(crate) fn responses_of_refusals(refusals: impl Iterator<Item = Refusal>) -> BTreeMap<String, RefOr<Response>> {
    let mut by_status: BTreeMap<u16, Vec<Refusal>> = BTreeMap::new();
    for refusal in refusals {
        by_status.entry(refusal.status().as_u16()).or_default().push(refusal);
    }
    by_status
        .into_iter()
        .map(|(status, refusals)| (status.to_string(), response_of(&refusals).into()))
        .collect()
}

/// The response of refusals that have their status in common.
fn response_of(refusals: &[Refusal]) -> Response {
    let lines: Vec<String> = refusals
        .iter()
        .map(|refusal| format!("`{}`: {}", refusal.kind().code, refusal.kind().title))
        .collect();
    let examples = refusals
        .iter()
        .map(|refusal| (refusal.kind().code, ExampleBuilder::new().value(Some(shown(refusal)))));
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Problem")))
        .examples_from_iter(examples)
        .build();
    let mut response = ResponseBuilder::new()
        .description(lines.join("; "))
        .content(PROBLEM_JSON, content);
    if refusals.iter().any(|refusal| refusal.challenge().is_some()) {
        let text = ObjectBuilder::new().schema_type(Type::String);
        let header = HeaderBuilder::new()
            .description(Some("The challenge (RFC 6750, section 3)."))
            .schema(Some(text));
        response = response.header("WWW-Authenticate", header.build());
    }
    let is_limited = refusals.iter().any(|refusal| refusal.kind() == kind::TOO_MANY_REQUESTS);
    if is_limited {
        response = response
            .header(
                "RateLimit",
                header(
                    "What is left of the limit, and the seconds until one more is allowed.",
                    "\"login\";r=0;t=90",
                ),
            )
            .header(
                "RateLimit-Policy",
                header("The limit: how often, and in how many seconds.", "\"login\";q=10;w=900"),
            );
    }
    if is_limited || refusals.iter().any(|refusal| refusal.kind().retry_after().is_some()) {
        response = response.header("Retry-After", retry_after_header());
    }
    response.build()
}

/// The header `Retry-After`.
pub(crate) fn retry_after_header() -> Header {
    let seconds = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::Custom("int32".to_owned())));
    HeaderBuilder::new()
        .description(Some("Seconds after which to try again."))
        .schema(Some(seconds))
        .build()
}

/// A header of draft-ietf-httpapi-ratelimit-headers: a list of structured fields (RFC 9651).
fn header(description: &str, example: &str) -> Header {
    let text = ObjectBuilder::new().schema_type(Type::String).examples([example]);
    HeaderBuilder::new()
        .description(Some(description))
        .schema(Some(text))
        .build()
}

/// A refusal of that kind.
pub(crate) fn example_of(kind: &'static Kind) -> Refusal {
    if kind == kind::VALIDATION_FAILED {
        Refusal::validation_failed(vec![FieldError {
            pointer: "#/email".to_owned(),
            parameter: None,
            code: "not_an_address",
            detail: "this is not an email address".to_owned(),
        }])
    } else {
        let refusal = Refusal::from(kind);
        if kind == MFA_REQUIRED {
            refusal.with_second_step(SecondStep {
                token: "the text to send to /auth/login/mfa".to_owned().into(),
                methods: FactorMethod::ALL.to_vec(),
            })
        } else {
            refusal
        }
    }
}

fn shown(refusal: &Refusal) -> serde_json::Value {
    let text = document(refusal, RequestId::parse(EXAMPLE_ID).as_ref(), &OwnAddress::default());
    serde_json::from_str(&text).unwrap_or_default()
}

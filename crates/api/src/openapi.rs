//! The OpenAPI document (3.1), generated from the controllers.

use crate::oauth2::problems::OAuthErrorBody;
use crate::problem::{PROBLEM_JSON, ProblemBody};
use crate::responses::EXAMPLE_ID;
use portcullis_web::{OwnAddress, StaticFile, X_REQUEST_ID};
use serde_json::Value;
use std::sync::OnceLock;
use utoipa::OpenApi as _;
use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::schema::{AdditionalProperties, Object, ObjectBuilder, Schema, Type};
use utoipa::openapi::security::{Flow, HttpAuthScheme, HttpBuilder, OAuth2, Password, Scopes, SecurityScheme};
use utoipa::openapi::{OpenApi, PathItem, RefOr, Required, Response, ServerBuilder};

/// The calls whose query says who may pass or what ends: their parameters are refused without a value. Those of all
/// others count as left out then.
const GUARDED_BY_QUERY: [&str; 2] = ["verify_caller", "end_other_sessions"];

/// The calls whose body may be left out, since a cookie may stand in its place.
const WITHOUT_BODY: [&str; 2] = ["refresh_tokens", "log_out"];

/// What is not said by the controllers themselves.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Portcullis",
        description = include_str!("docs/introduction.md"),
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    tags(
        (name = "auth", description = "Signing up, in and out, and staying signed in."),
        (name = "account", description = "The caller's own account."),
        (name = "admin", description = "Everybody's accounts, for administrators."),
        (name = "oauth2", description = "The provider of OAuth 2.0 and OpenID Connect, for its clients."),
        (name = "service", description = "The server itself."),
    ),
    components(schemas(ProblemBody<'static>, OAuthErrorBody<'static>)),
)]
struct Frame;

/// The document without paths.
pub(crate) fn frame() -> OpenApi {
    Frame::openapi()
}

/// Adds what holds for every call: the server's address; the ways to authenticate, and that a call which names none needs none; the
/// header that every answer carries; which parameters may come without a value; that bodies have no other members.
pub(crate) fn complete(mut document: OpenApi, address: &OwnAddress) -> OpenApi {
    let bodies = names_of_json_bodies(&document);
    let components = document.components.get_or_insert_default();
    for name in ["Problem", "ProblemType"] {
        if let Some(RefOr::T(Schema::Object(problem))) = components.schemas.get_mut(name) {
            show_type_at(problem, address);
        }
    }
    for name in bodies {
        if let Some(RefOr::T(Schema::Object(body))) = components.schemas.get_mut(&name) {
            body.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
        }
    }
    components.add_security_scheme("password", password_flow(address));
    components.add_security_scheme("bearer", bearer());
    for item in document.paths.paths.values_mut() {
        complete_operations(item, address);
    }
    let server = ServerBuilder::new()
        .url(address.path())
        .description(Some("The server that this document comes from."));
    document.servers = Some(vec![server.build()]);
    document
}

/// The document as it is sent.
pub(crate) struct DocumentText {
    document: OpenApi,
    /// Written when somebody first asks for it: a start does not wait for it.
    file: OnceLock<StaticFile>,
}

impl DocumentText {
    /// The text of that document.
    pub(crate) const fn of(document: OpenApi) -> Self {
        Self {
            document,
            file: OnceLock::new(),
        }
    }

    /// The text.
    pub(crate) fn file(&self) -> &StaticFile {
        self.file
            .get_or_init(|| StaticFile::of("application/json", text_of(&self.document)))
    }
}

/// The document as text: pretty, with a newline at its end.
#[expect(
    clippy::expect_used,
    reason = "the document's keys are strings and its writer is memory"
)]
pub(crate) fn text_of(document: &OpenApi) -> String {
    let mut text = document.to_pretty_json().expect("the document is JSON");
    text.push('\n');
    text
}

/// The Authorize button of the interactive page signs in by this (RFC 6749, section 4.3).
fn password_flow(address: &OwnAddress) -> SecurityScheme {
    let flow = Flow::Password(Password::new(address.path_to("/auth/token"), Scopes::new()));
    SecurityScheme::OAuth2(OAuth2::with_description(
        [flow],
        "Signs in with an email address and a password.",
    ))
}

fn bearer() -> SecurityScheme {
    let scheme = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some("An access token that `/auth/login` or `/auth/refresh` answered."));
    SecurityScheme::Http(scheme.build())
}

/// The schemas of what is sent as JSON, by name.
fn names_of_json_bodies(document: &OpenApi) -> Vec<String> {
    let items = document.paths.paths.values();
    let operations = items.flat_map(|item| [&item.post, &item.put, &item.patch, &item.delete]);
    let bodies = operations.flatten().filter_map(|operation| {
        let Some(RefOr::T(body)) = &operation.request_body else {
            return None;
        };
        let Some(RefOr::T(content)) = body.content.get("application/json") else {
            return None;
        };
        let Some(RefOr::Ref(schema)) = &content.schema else {
            return None;
        };
        schema.ref_location.rsplit('/').next().map(str::to_owned)
    });
    bodies.collect()
}

fn complete_operations(item: &mut PathItem, address: &OwnAddress) {
    let operations = [
        &mut item.get,
        &mut item.post,
        &mut item.put,
        &mut item.patch,
        &mut item.delete,
    ];
    for operation in operations.into_iter().flatten() {
        operation.security.get_or_insert_default();
        allow_empty_values(operation);
        allow_no_body(operation);
        for response in operation.responses.responses.values_mut() {
            if let RefOr::T(response) = response {
                show_types_at(response, address);
                response
                    .headers
                    .insert(X_REQUEST_ID.to_string(), request_id_header().into());
            }
        }
    }
}

/// The examples of problems are made without knowing of an address.
fn show_types_at(response: &mut Response, address: &OwnAddress) {
    let Some(RefOr::T(problem)) = response.content.get_mut(PROBLEM_JSON) else {
        return;
    };
    for example in problem.examples.values_mut() {
        if let RefOr::T(example) = example
            && let Some(Value::String(kind)) = example.value.as_mut().and_then(|value| value.get_mut("type"))
        {
            *kind = address.path_to(kind);
        }
    }
}

/// The same of the schema's own example.
fn show_type_at(problem: &mut Object, address: &OwnAddress) {
    if let Some(RefOr::T(Schema::Object(kind))) = problem.properties.get_mut("type") {
        for example in &mut kind.examples {
            if let Value::String(path) = example {
                *path = address.path_to(path);
            }
        }
    }
}

fn allow_empty_values(operation: &mut Operation) {
    let id = operation.operation_id.as_deref();
    if id.is_some_and(|id| GUARDED_BY_QUERY.contains(&id)) {
        return;
    }
    for parameter in operation.parameters.iter_mut().flatten() {
        if let RefOr::T(parameter) = parameter
            && parameter.parameter_in == ParameterIn::Query
        {
            // utoipa has no member of its own for it, and writes what stands among the extensions beside the others.
            let extensions = parameter.extensions.get_or_insert_default();
            extensions.insert("allowEmptyValue".to_owned(), Value::Bool(true));
        }
    }
}

fn allow_no_body(operation: &mut Operation) {
    let id = operation.operation_id.as_deref();
    if id.is_some_and(|id| WITHOUT_BODY.contains(&id))
        && let Some(RefOr::T(body)) = &mut operation.request_body
    {
        body.required = Some(Required::False);
    }
}

fn request_id_header() -> Header {
    let id = ObjectBuilder::new()
        .schema_type(Type::String)
        .examples([Value::from(EXAMPLE_ID)]);
    HeaderBuilder::new()
        .description(Some("Names the request, here and in the log."))
        .schema(Some(id))
        .build()
}

//! What a client of the provider is told when a call does not succeed (RFC 6749, section 5.2).

use crate::responses::retry_after_header;
use actix_web::Error;
use actix_web::http::StatusCode;
use portcullis_application::ports::{SignatureError, StoreError};
use portcullis_application::provider::client_calls::ClientCallError;
use portcullis_application::provider::client_tokens::{ClientCredentialsError, IntrospectionError};
use portcullis_application::provider::grant_tokens::GrantTokensError;
use portcullis_application::provider::target::TargetError;
use portcullis_application::provider::user_info::UserInfoError;
use portcullis_oauth2::ResourceUri;
use portcullis_web::{Kind, Refusal, Surface, kind};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};

/// The media type of its errors.
const JSON: &str = "application/json";

/// Refusals of every path below `/oauth2/` that is no page, also of paths where nothing is.
pub(crate) const OAUTH_ERRORS: Surface = Surface {
    media_type: JSON,
    // Section 5.1 asks for both.
    headers: &[("cache-control", "no-store"), ("pragma", "no-cache")],
    write: |refusal, _, _| document(refusal),
};

/// The request lacks something or contradicts itself.
pub(crate) const INVALID_REQUEST: &Kind = &Kind::new(
    "invalid_request",
    StatusCode::BAD_REQUEST,
    "The request is not valid",
    "A parameter is missing, repeated or not well-formed.",
);

/// Nobody knows the client, or it did not show who it is. Every 401 has a challenge (section 5.2).
pub(crate) const INVALID_CLIENT: &Kind = &Kind::unauthorized(
    "invalid_client",
    "The client did not show who it is",
    "The client is unknown or disabled, or what it shows is not right.",
    r#"Basic realm="portcullis", charset="UTF-8""#,
);

/// The client may not use this grant type.
pub(crate) const UNAUTHORIZED_CLIENT: &Kind = &Kind::new(
    "unauthorized_client",
    StatusCode::BAD_REQUEST,
    "The client may not do that",
    "The client is not registered for this grant type.",
);

/// Nobody may use this grant type.
pub(crate) const UNSUPPORTED_GRANT_TYPE: &Kind = &Kind::new(
    "unsupported_grant_type",
    StatusCode::BAD_REQUEST,
    "The grant type is not supported",
    "The metadata of the provider lists the grant types that it takes.",
);

/// A scope that was not granted.
pub(crate) const INVALID_SCOPE: &Kind = &Kind::new(
    "invalid_scope",
    StatusCode::BAD_REQUEST,
    "The scope is not valid",
    "Nothing is left of the scope that this client may have, or it asks for one that it may not have.",
);

/// A resource that there is not, or more than one (RFC 8707, section 2).
pub(crate) const INVALID_TARGET: &Kind = &Kind::new(
    "invalid_target",
    StatusCode::BAD_REQUEST,
    "The resource is not valid",
    "Name one resource, by the URI that it is registered by.",
);

/// A code or refresh token that is none, or none of this client's any more.
pub(crate) const INVALID_GRANT: &Kind = &Kind::new(
    "invalid_grant",
    StatusCode::BAD_REQUEST,
    "The code or token is not valid",
    "The code or token is not valid for this client.",
);

/// An access token that is none, or none that counts at the userinfo endpoint (RFC 6750, section 3.1).
pub(crate) const INVALID_TOKEN: &Kind = &Kind::unauthorized(
    "invalid_token",
    "The access token is not valid",
    "Send the access token in the header Authorization. It may have ended, or be for something else.",
    r#"Bearer realm="portcullis", error="invalid_token""#,
);

/// An access token that does not say who the user is (RFC 6750, section 3.1).
pub(crate) const INSUFFICIENT_SCOPE: &Kind = &Kind::new(
    "insufficient_scope",
    StatusCode::FORBIDDEN,
    "The access token does not allow this",
    "Ask for a token with the scope openid.",
)
.with_challenge(r#"Bearer realm="portcullis", error="insufficient_scope", scope="openid""#);

/// What section 5.2, RFC 6750 and RFC 8707 have a name for. The code of each is that name.
const NAMED: [&Kind; 9] = [
    INVALID_REQUEST,
    INVALID_CLIENT,
    INVALID_GRANT,
    UNAUTHORIZED_CLIENT,
    UNSUPPORTED_GRANT_TYPE,
    INVALID_SCOPE,
    INVALID_TARGET,
    INVALID_TOKEN,
    INSUFFICIENT_SCOPE,
];

/// A refusal that a client of the provider reads. Each subject says which refusals of its use cases are which.
pub(crate) struct OAuthProblem(pub(crate) Refusal);

impl From<OAuthProblem> for Error {
    fn from(problem: OAuthProblem) -> Self {
        problem.0.into()
    }
}

impl From<Refusal> for OAuthProblem {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl From<&'static Kind> for OAuthProblem {
    fn from(kind: &'static Kind) -> Self {
        Self(kind.into())
    }
}

impl From<StoreError> for OAuthProblem {
    fn from(error: StoreError) -> Self {
        Self(error.into())
    }
}

impl From<ClientCallError> for OAuthProblem {
    fn from(error: ClientCallError) -> Self {
        match error {
            ClientCallError::TwoMethods => {
                let told =
                    "Show who the client is in one way: by the header, by a secret in the form, or by an assertion.";
                Refusal::from(INVALID_REQUEST).in_words(told).into()
            }
            ClientCallError::Invalid => INVALID_CLIENT.into(),
            ClientCallError::Limited(exhausted) => Refusal::from(exhausted).into(),
            ClientCallError::Store(error) => error.into(),
        }
    }
}

impl From<SignatureError> for OAuthProblem {
    fn from(error: SignatureError) -> Self {
        match error {
            SignatureError::NotReady => kind::PREPARING.into(),
            SignatureError::Busy => kind::BUSY.into(),
            SignatureError::Unexpected(_) => Refusal::internal(&error).into(),
        }
    }
}

impl From<TargetError> for OAuthProblem {
    fn from(error: TargetError) -> Self {
        let scope = |told: &'static str| Refusal::from(INVALID_SCOPE).in_words(told).into();
        match error {
            TargetError::UnknownResource => INVALID_TARGET.into(),
            TargetError::SeveralResources => {
                let told = "A token is for one resource; ask for another token for each other one.";
                Refusal::from(INVALID_TARGET).in_words(told).into()
            }
            TargetError::ScopesOfSeveral(resources) => {
                let uris: Vec<&str> = resources.iter().map(ResourceUri::as_str).collect();
                let told = format!(
                    "The scopes belong to several resources; name one of them: {}",
                    uris.join(" ")
                );
                Refusal::from(INVALID_TARGET).in_words(told).into()
            }
            TargetError::InvalidScope => scope(
                "Nothing is left of the scope: there are no such scopes, or they are of another resource. Check how they are \
                 spelled.",
            ),
            TargetError::MoreThanGranted => scope(
                "The scope asks for more than was granted. Ask for less, or send the user through the authorization endpoint again.",
            ),
            TargetError::ResourceNotGranted => {
                let told = "The resource was not granted. Name one that the authorization request named, or send the user \
                            through the authorization endpoint again.";
                Refusal::from(INVALID_TARGET).in_words(told).into()
            }
            TargetError::ScopeOfOthers => scope(
                "The client is not registered for one of the scopes. Ask for less, or have it registered for that one.",
            ),
            TargetError::ScopeOfUsers => scope(
                "A scope is about a user, and a client that asks for itself has none. Ask for scopes of resources.",
            ),
            TargetError::NoScope => scope(
                "No scope was asked for, and this client is given none by default. Send the parameter scope, with the scopes \
                 that the client is registered for.",
            ),
        }
    }
}

impl From<ClientCredentialsError> for OAuthProblem {
    fn from(error: ClientCredentialsError) -> Self {
        match error {
            ClientCredentialsError::Unauthorized => UNAUTHORIZED_CLIENT.into(),
            ClientCredentialsError::Target(error) => error.into(),
            ClientCredentialsError::Signature(error) => error.into(),
        }
    }
}

impl From<GrantTokensError> for OAuthProblem {
    fn from(error: GrantTokensError) -> Self {
        match error {
            GrantTokensError::Unauthorized => UNAUTHORIZED_CLIENT.into(),
            GrantTokensError::InvalidGrant(_) => INVALID_GRANT.into(),
            GrantTokensError::Target(error) => error.into(),
            GrantTokensError::Store(error) => error.into(),
            GrantTokensError::Signature(error) => error.into(),
        }
    }
}

impl From<UserInfoError> for OAuthProblem {
    fn from(error: UserInfoError) -> Self {
        match error {
            UserInfoError::Invalid => INVALID_TOKEN.into(),
            UserInfoError::InsufficientScope => INSUFFICIENT_SCOPE.into(),
            UserInfoError::Store(error) => error.into(),
        }
    }
}

impl From<IntrospectionError> for OAuthProblem {
    fn from(error: IntrospectionError) -> Self {
        match error {
            IntrospectionError::Public => INVALID_CLIENT.into(),
            IntrospectionError::Store(error) => error.into(),
        }
    }
}

/// An error of OAuth (RFC 6749, section 5.2).
#[derive(Serialize, ToSchema)]
#[schema(as = OAuthError)]
pub(crate) struct OAuthErrorBody<'a> {
    /// The error, for programs.
    #[schema(examples("invalid_request"))]
    error: &'static str,
    /// What happened here, for developers. It repeats nothing that was sent.
    error_description: &'a str,
}

/// The document. It holds ASCII alone (section 5.2): the details of refusals do.
fn document(refusal: &Refusal) -> String {
    let body = OAuthErrorBody {
        error: OAuthProblem::name_of(refusal),
        error_description: refusal.detail(),
    };
    serde_json::to_string(&body).unwrap_or_default()
}

impl OAuthProblem {
    /// What OAuth calls it. What it has no name for is told by what the caller can do about it; the status says the rest.
    pub(crate) fn name_of(refusal: &Refusal) -> &'static str {
        let kind = refusal.kind();
        if NAMED.contains(&kind) {
            return kind.code;
        }
        match refusal.status() {
            // Section 5.2 has no name for it; this is that of section 4.1.2.1.
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => "temporarily_unavailable",
            status if status.is_server_error() => "server_error",
            _ => "invalid_request",
        }
    }
}

/// What a call of a client may end in, whatever it asks for.
const OF_CALL: &[&Kind] = &[
    INVALID_REQUEST,
    INVALID_CLIENT,
    kind::REQUEST_TIMEOUT,
    kind::BODY_TOO_LARGE,
    kind::UNSUPPORTED_MEDIA_TYPE,
    kind::TOO_MANY_REQUESTS,
    kind::INTERNAL_ERROR,
    kind::UNAVAILABLE,
];

/// Of asking for a token.
pub(crate) struct TokenErrors;

impl IntoResponses for TokenErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let own = [
            INVALID_GRANT,
            UNAUTHORIZED_CLIENT,
            UNSUPPORTED_GRANT_TYPE,
            INVALID_SCOPE,
            INVALID_TARGET,
            kind::PREPARING,
        ];
        responses(OF_CALL.iter().copied().chain(own))
    }
}

/// Of asking about a token, and of ending one.
pub(crate) struct ClientCallErrors;

impl IntoResponses for ClientCallErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses(OF_CALL.iter().copied())
    }
}

/// Of asking who the user is.
pub(crate) struct UserInfoErrors;

impl IntoResponses for UserInfoErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses(
            [
                INVALID_REQUEST,
                INVALID_TOKEN,
                INSUFFICIENT_SCOPE,
                kind::INTERNAL_ERROR,
                kind::UNAVAILABLE,
            ]
            .into_iter(),
        )
    }
}

/// The responses of all those kinds, one a status.
fn responses(kinds: impl Iterator<Item = &'static Kind>) -> BTreeMap<String, RefOr<Response>> {
    let mut by_status: BTreeMap<u16, Vec<Refusal>> = BTreeMap::new();
    for refusal in kinds.map(Refusal::from) {
        by_status.entry(refusal.status().as_u16()).or_default().push(refusal);
    }
    by_status
        .into_iter()
        .map(|(status, refusals)| (status.to_string(), response_of(&refusals).into()))
        .collect()
}

fn response_of(refusals: &[Refusal]) -> Response {
    let lines: Vec<String> = refusals
        .iter()
        .map(|refusal| format!("`{}`: {}", OAuthProblem::name_of(refusal), refusal.kind().title))
        .collect();
    let examples = refusals.iter().map(|refusal| {
        let shown: serde_json::Value = serde_json::from_str(&document(refusal)).unwrap_or_default();
        (refusal.kind().code, ExampleBuilder::new().value(Some(shown)))
    });
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("OAuthError")))
        .examples_from_iter(examples)
        .build();
    let mut response = ResponseBuilder::new()
        .description(lines.join("; "))
        .content(JSON, content);
    if refusals.iter().any(|refusal| refusal.kind().retry_after().is_some()) {
        response = response.header("Retry-After", retry_after_header());
    }
    response.build()
}

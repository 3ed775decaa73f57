//! Forms that clients of the provider send, as the OpenAPI document shows them. They are read by the grammar of OAuth, which
//! ignores what it does not know (RFC 6749, section 3.2).

use utoipa::ToSchema;

/// The form of the token endpoint.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is a schema: the controller reads the parameters by name")]
pub(crate) struct TokenForm {
    /// How the client comes to a token.
    grant_type: String,
    /// The code, with `authorization_code`.
    #[schema(required = false, nullable = false)]
    code: Option<String>,
    /// Where the code was sent, with `authorization_code`: as it stood in the authorization request.
    #[schema(required = false, nullable = false, max_length = 2000)]
    redirect_uri: Option<String>,
    /// What the challenge of the authorization request was made of (RFC 7636), with `authorization_code`.
    #[schema(required = false, nullable = false, min_length = 43, max_length = 128)]
    code_verifier: Option<String>,
    /// The refresh token, with `refresh_token`.
    #[schema(required = false, nullable = false)]
    refresh_token: Option<String>,
    /// What it is to allow, parted by spaces. Without it, all that was granted, or the default scopes of the resource.
    #[schema(required = false, nullable = false, max_length = 1000)]
    scope: Option<String>,
    /// The resource that it is for (RFC 8707). Scopes imply it, where they are of one. Without either the token asks who the
    /// user is.
    #[schema(required = false, nullable = false, max_length = 512)]
    resource: Option<String>,
    /// The client, where the header does not name it.
    #[schema(required = false, nullable = false, max_length = 1024)]
    client_id: Option<String>,
    /// Its secret, where the header does not hold it.
    #[schema(required = false, nullable = false)]
    client_secret: Option<String>,
    /// `urn:ietf:params:oauth:client-assertion-type:jwt-bearer`, with an assertion.
    #[schema(required = false, nullable = false)]
    client_assertion_type: Option<String>,
    /// What the client has signed to show who it is (RFC 7523).
    #[schema(required = false, nullable = false, max_length = 8192)]
    client_assertion: Option<String>,
}

/// The form of introspection.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is a schema: the controller reads the parameters by name")]
pub(crate) struct IntrospectionForm {
    /// The token.
    token: String,
    /// What kind of token it may be. It has no effect: the token itself says so.
    #[schema(required = false, nullable = false)]
    token_type_hint: Option<String>,
    /// The client, where the header does not name it.
    #[schema(required = false, nullable = false)]
    client_id: Option<String>,
    /// Its secret, where the header does not hold it.
    #[schema(required = false, nullable = false)]
    client_secret: Option<String>,
}

/// The form of revocation.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is a schema: the controller reads the parameters by name")]
pub(crate) struct RevocationForm {
    /// The token.
    token: String,
    /// What kind of token it may be. It has no effect: the token itself says so.
    #[schema(required = false, nullable = false)]
    token_type_hint: Option<String>,
    /// The client, where the header does not name it. A public client names itself here.
    #[schema(required = false, nullable = false)]
    client_id: Option<String>,
    /// Its secret, where the header does not hold it.
    #[schema(required = false, nullable = false)]
    client_secret: Option<String>,
}

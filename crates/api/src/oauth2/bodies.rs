//! Bodies of what clients of the provider are answered.

use portcullis_application::ports::{ClientAccessClaims, Subject};
use portcullis_application::provider::client_tokens::ClientToken;
use serde::Serialize;
use utoipa::ToSchema;

/// What all access tokens of clients are (RFC 6750).
const BEARER: &str = "Bearer";

/// What a client is given (RFC 6749, section 5.1).
#[derive(Serialize, ToSchema)]
#[schema(as = ClientToken)]
pub(crate) struct ClientTokenBody {
    /// The access token, for the resource that was asked for.
    access_token: String,
    /// How it is shown (RFC 6750).
    #[schema(examples("Bearer"))]
    token_type: &'static str,
    /// How many seconds it lives.
    #[schema(examples(600))]
    expires_in: u64,
    /// What it allows, which may be less than was asked for.
    #[schema(examples("orders:read orders:write"))]
    scope: String,
}

impl From<&ClientToken> for ClientTokenBody {
    fn from(token: &ClientToken) -> Self {
        Self {
            access_token: token.access_token.expose().to_owned(),
            token_type: BEARER,
            expires_in: token.expires_in.as_secs(),
            scope: token.scopes.to_string(),
        }
    }
}

/// What a token says that counts; of any other, that it does not (RFC 7662, section 2.2).
#[derive(Serialize, ToSchema)]
#[schema(as = Introspection)]
pub(crate) struct IntrospectionBody {
    /// Whether the token counts. Where it does not, nothing else is said.
    active: bool,
    #[serde(flatten)]
    #[schema(inline)]
    said: Option<SaidBody>,
}

/// What it says.
#[derive(Serialize, ToSchema)]
struct SaidBody {
    /// What it allows.
    #[schema(examples("orders:read"))]
    scope: String,
    /// Who was given it.
    #[schema(examples("shop"))]
    client_id: String,
    /// How it is shown.
    #[schema(examples("Bearer"))]
    token_type: &'static str,
    /// When it expires, in seconds since 1970.
    exp: i64,
    /// When it was issued, in seconds since 1970.
    iat: i64,
    /// The user, as the client knows them; or `client:` and the client's id.
    sub: String,
    /// The resource that it is for.
    #[schema(examples("https://api.example.org"))]
    aud: String,
    /// The provider.
    iss: String,
    /// Names the token.
    jti: String,
    /// When the user last proved who they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    auth_time: Option<i64>,
    /// How well.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false, examples("1fa"))]
    acr: Option<String>,
    /// By what (RFC 8176).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    amr: Option<Vec<String>>,
}

impl IntrospectionBody {
    /// Of a token that does not count, or is nobody's business who asks.
    pub(crate) const INACTIVE: Self = Self {
        active: false,
        said: None,
    };

    /// Of a token of that provider that counts.
    pub(crate) fn of(claims: ClientAccessClaims, issuer: &str) -> Self {
        let sub = match claims.subject {
            Subject::Client => format!("client:{}", claims.client_id),
            Subject::User(name) => name,
        };
        let proven = claims.proven;
        Self {
            active: true,
            said: Some(SaidBody {
                scope: claims.scopes.to_string(),
                client_id: claims.client_id.to_string(),
                token_type: BEARER,
                exp: claims.expires_at.timestamp(),
                iat: claims.issued_at.timestamp(),
                sub,
                aud: claims.audience,
                iss: issuer.to_owned(),
                jti: claims.token_id.to_string(),
                auth_time: proven.as_ref().map(|proven| proven.at.timestamp()),
                acr: proven.as_ref().map(|proven| proven.acr.clone()),
                amr: proven.map(|proven| proven.methods),
            }),
        }
    }
}

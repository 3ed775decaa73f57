//! Bodies of what clients of the provider are answered.

use portcullis_application::ports::{ClientAccessClaims, Subject};
use portcullis_application::provider::client_tokens::ClientToken;
use portcullis_application::provider::grant_tokens::{GrantedTokens, RefreshableGrant};
use portcullis_domain::SecretText;
use portcullis_oauth2::ClientId;
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
    /// What is shown for the next one, where the client may refresh.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    refresh_token: Option<String>,
    /// Who signed in (OpenID Connect Core, section 2), where `openid` was granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    id_token: Option<String>,
}

impl From<&GrantedTokens> for ClientTokenBody {
    fn from(tokens: &GrantedTokens) -> Self {
        let text = |token: &SecretText| token.expose().to_owned();
        Self {
            access_token: text(&tokens.access_token),
            token_type: BEARER,
            expires_in: tokens.expires_in.as_secs(),
            scope: tokens.scopes.to_string(),
            refresh_token: tokens.refresh_token.as_ref().map(text),
            id_token: tokens.id_token.as_ref().map(text),
        }
    }
}

impl From<&ClientToken> for ClientTokenBody {
    fn from(token: &ClientToken) -> Self {
        Self {
            access_token: token.access_token.expose().to_owned(),
            token_type: BEARER,
            expires_in: token.expires_in.as_secs(),
            scope: token.scopes.to_string(),
            refresh_token: None,
            id_token: None,
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
    /// How it is shown. Left out of a refresh token.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false, examples("Bearer"))]
    token_type: Option<&'static str>,
    /// When it expires, in seconds since 1970.
    exp: i64,
    /// When it was issued, in seconds since 1970.
    iat: i64,
    /// The user, as the client knows them; or `client:` and the client's id.
    sub: String,
    /// The resource that it is for. Left out of a refresh token.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false, examples("https://api.example.org"))]
    aud: Option<String>,
    /// The provider.
    iss: String,
    /// Names the token. Left out of a refresh token.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    jti: Option<String>,
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
                token_type: Some(BEARER),
                exp: claims.expires_at.timestamp(),
                iat: claims.issued_at.timestamp(),
                sub,
                aud: Some(claims.audience),
                iss: issuer.to_owned(),
                jti: Some(claims.token_id.to_string()),
                auth_time: proven.as_ref().map(|proven| proven.at.timestamp()),
                acr: proven.as_ref().map(|proven| proven.acr.clone()),
                amr: proven.map(|proven| proven.methods),
            }),
        }
    }

    /// Of a refresh token of that provider and client that counts.
    pub(crate) fn of_refresh_token(grant: RefreshableGrant, client: &ClientId, issuer: &str) -> Self {
        Self {
            active: true,
            said: Some(SaidBody {
                scope: grant.scopes.to_string(),
                client_id: client.to_string(),
                token_type: None,
                exp: grant.expires_at.timestamp(),
                iat: grant.issued_at.timestamp(),
                sub: grant.subject,
                aud: None,
                iss: issuer.to_owned(),
                jti: None,
                auth_time: None,
                acr: None,
                amr: None,
            }),
        }
    }
}

/// What a client may know of a user. The scopes of its token say which of the claims there are.
#[derive(ToSchema)]
#[schema(as = UserInfo)]
#[expect(dead_code, reason = "it is a schema: the use case gives the claims")]
pub(crate) struct UserInfoBody {
    /// The client's name of the user.
    sub: String,
    /// With the scope `profile`.
    #[schema(required = false, nullable = false, examples("Ada Lovelace"))]
    name: Option<String>,
    /// With the scope `email`.
    #[schema(required = false, nullable = false, examples("ada@example.org"))]
    email: Option<String>,
    /// With the scope `email`: whether mail to it was shown to reach the user.
    #[schema(required = false, nullable = false)]
    email_verified: Option<bool>,
    /// With the scope `roles`: what the user is at this client. It is called `groups` where the client says so.
    #[schema(required = false, nullable = false)]
    roles: Option<Vec<String>>,
}

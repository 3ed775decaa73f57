//! Bodies of clients.

use crate::clients::warnings::ClientWarningBody;
use crate::json::{json_line, timestamp};
use crate::lists::ListCursors;
use portcullis_application::provider::clients::{CreatedClient, NewSecret};
use portcullis_application::replica::CountedWarning;
use portcullis_domain::{
    AssertionAudience, Client, ClientMember, ClientPage, ClientProof, ClientSecret, Page, RegisteredClient, SecretText,
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// An OAuth client.
#[derive(Serialize, ToSchema)]
#[schema(as = Client)]
pub(crate) struct ClientBody {
    /// What the client calls itself.
    #[schema(examples("shop"))]
    client_id: String,
    /// Its first secret. It is told this once, when the client is registered, and kept nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        required = false,
        nullable = false,
        examples("pcs_Xk0c2nZ5b1sWq7Lr9Ty3Vd6Fg8Hj4Mp2Qs5Ut7Wx9Za")
    )]
    client_secret: Option<String>,
    /// What people call it.
    #[schema(examples("The Shop"))]
    name: String,
    /// `web`, `spa`, `native` or `service`.
    #[schema(examples("web"))]
    kind: String,
    /// Whether it may be used.
    enabled: bool,
    /// `admin`, or `file` where the file that `CLIENTS_FILE` names looks after it.
    #[schema(examples("admin"))]
    managed_by: String,
    /// Where answers of the authorization endpoint may go.
    redirect_uris: Vec<String>,
    /// Where people may be sent once they are signed out.
    post_logout_redirect_uris: Vec<String>,
    /// The origins whose scripts may call for it. Of kind `spa`, those of its redirect URIs may anyway.
    origins: Vec<String>,
    /// The grants that it may use.
    grant_types: Vec<String>,
    /// The scopes that it may ask for.
    scopes: Vec<String>,
    /// How it shows who it is: `none`, `client_secret` or `private_key_jwt`.
    #[schema(examples("client_secret"))]
    auth_method: String,
    /// Its public keys, where it signs: a JWK set.
    #[schema(required = true, value_type = Option<Object>)]
    jwks: Option<Value>,
    /// For whom it may sign: `issuer` or `token_endpoint_too`.
    #[schema(examples("issuer"))]
    assertion_audience: &'static str,
    /// Whether its codes are bound to whoever asked: `required` or `optional`.
    #[schema(examples("required"))]
    pkce: String,
    /// Whether people are asked: `remember`, `always` or `skip`.
    #[schema(examples("remember"))]
    consent: String,
    /// Who may use it: `everyone`, `verified_email`, `members` or `admins`.
    #[schema(examples("everyone"))]
    access: String,
    /// How well people must prove who they are, at least.
    #[schema(required = true, examples("1fa"))]
    min_acr: Option<String>,
    /// What its ID tokens are signed by: `RS256`, `ES256` or `EdDSA`.
    #[schema(examples("RS256"))]
    id_token_alg: String,
    /// How long its ID tokens live.
    #[schema(examples(600))]
    id_token_seconds: i64,
    /// Whether its ID tokens tell what the userinfo endpoint does.
    claims_in_id_token: bool,
    /// The claim that tells roles: `roles` or `groups`.
    #[schema(examples("roles"))]
    roles_claim: String,
    /// A page about it.
    #[schema(required = true, format = "uri")]
    client_uri: Option<String>,
    /// What it does with what it learns.
    #[schema(required = true, format = "uri")]
    policy_uri: Option<String>,
    /// The terms of its use.
    #[schema(required = true, format = "uri")]
    tos_uri: Option<String>,
    /// Its secrets, oldest first. What they are is kept nowhere.
    secrets: Vec<ClientSecretBody>,
    /// What it does and better did not, as far as the server that answers saw it since its start. Told of a client that is read by
    /// its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    warnings: Option<Vec<ClientWarningBody>>,
    /// How often it was changed. The header `ETag` tells it, too.
    #[schema(minimum = 1, examples(1))]
    version: u64,
    /// When it was registered, in UTC.
    #[schema(format = DateTime, examples("2026-11-22T09:30:00.000000Z"))]
    created_at: String,
    /// When it was last changed, in UTC.
    #[schema(format = DateTime, examples("2026-11-22T09:30:00.000000Z"))]
    updated_at: String,
}

impl From<&RegisteredClient> for ClientBody {
    fn from(registered: &RegisteredClient) -> Self {
        Self::new(registered, None)
    }
}

impl From<&CreatedClient> for ClientBody {
    fn from(created: &CreatedClient) -> Self {
        Self::new(&created.registered, created.secret.as_ref())
    }
}

impl ClientBody {
    /// The client, with what it better did not do.
    pub(crate) fn warned_of(registered: &RegisteredClient, warnings: Vec<CountedWarning>) -> Self {
        Self {
            warnings: Some(warnings.into_iter().map(ClientWarningBody::from).collect()),
            ..Self::from(registered)
        }
    }

    fn new(RegisteredClient { client, secrets }: &RegisteredClient, secret: Option<&SecretText>) -> Self {
        let Client { settings, .. } = client;
        let (jwks, audience) = match &settings.proof {
            ClientProof::Keys { keys, audience } => (serde_json::from_str(keys.as_str()).ok(), *audience),
            ClientProof::None | ClientProof::Secret => (None, AssertionAudience::Issuer),
        };
        let page = |page: &Option<ClientPage>| page.as_ref().map(|page| page.as_str().to_owned());
        Self {
            client_id: client.client_id.to_string(),
            client_secret: secret.map(|secret| secret.expose().to_owned()),
            name: settings.name.as_str().to_owned(),
            kind: settings.kind.to_string(),
            enabled: settings.enabled,
            managed_by: client.managed_by.to_string(),
            redirect_uris: settings
                .redirect_uris
                .iter()
                .map(|uri| uri.as_str().to_owned())
                .collect(),
            post_logout_redirect_uris: settings.logout_uris.iter().map(|uri| uri.as_str().to_owned()).collect(),
            origins: settings
                .origins
                .iter()
                .map(|origin| origin.as_str().to_owned())
                .collect(),
            grant_types: settings.grant_types.iter().map(ToString::to_string).collect(),
            scopes: settings.scopes.iter().map(ToString::to_string).collect(),
            auth_method: settings.proof.method().to_string(),
            jwks,
            assertion_audience: audience.as_str(),
            pkce: settings.pkce.to_string(),
            consent: settings.consent.to_string(),
            access: settings.access.to_string(),
            min_acr: settings.min_acr.map(|acr| acr.to_string()),
            id_token_alg: settings.id_token_alg.to_string(),
            id_token_seconds: settings.id_token_life.num_seconds(),
            claims_in_id_token: settings.claims_in_id_token,
            roles_claim: settings.roles_claim.to_string(),
            client_uri: page(&settings.client_uri),
            policy_uri: page(&settings.policy_uri),
            tos_uri: page(&settings.tos_uri),
            secrets: secrets.iter().map(ClientSecretBody::from).collect(),
            warnings: None,
            version: client.version.number(),
            created_at: timestamp(client.created_at),
            updated_at: timestamp(client.updated_at),
        }
    }
}

/// A secret of a client.
#[derive(Serialize, ToSchema)]
#[schema(as = ClientSecret)]
pub(crate) struct ClientSecretBody {
    /// Names the secret.
    #[schema(format = Uuid, examples("019338a1-7c00-7a3b-8d52-6f1e0c9b4a27"))]
    id: String,
    /// The secret itself. It is told this once, when it is made, and kept nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        required = false,
        nullable = false,
        examples("pcs_Xk0c2nZ5b1sWq7Lr9Ty3Vd6Fg8Hj4Mp2Qs5Ut7Wx9Za")
    )]
    client_secret: Option<String>,
    /// What people call it.
    #[schema(required = true)]
    label: Option<String>,
    /// When it was made, in UTC.
    #[schema(format = DateTime, examples("2026-11-22T09:30:00.000000Z"))]
    created_at: String,
    /// From when on it does not count, if ever.
    #[schema(required = true, format = DateTime)]
    expires_at: Option<String>,
    /// When it was last shown, to about an hour.
    #[schema(required = true, format = DateTime)]
    last_used_at: Option<String>,
}

impl From<&ClientSecret> for ClientSecretBody {
    fn from(secret: &ClientSecret) -> Self {
        Self {
            id: secret.id.to_string(),
            client_secret: None,
            label: secret.label.as_ref().map(|label| label.as_str().to_owned()),
            created_at: timestamp(secret.created_at),
            expires_at: secret.expires_at.map(timestamp),
            last_used_at: secret.last_used_at.map(timestamp),
        }
    }
}

impl From<&NewSecret> for ClientSecretBody {
    fn from(new: &NewSecret) -> Self {
        Self {
            client_secret: Some(new.text.expose().to_owned()),
            ..Self::from(&new.secret)
        }
    }
}

/// A member of a client.
#[derive(Serialize, ToSchema)]
#[schema(as = ClientMember)]
pub(crate) struct ClientMemberBody {
    /// The user.
    #[schema(format = Uuid, examples("019338a1-7c00-7a3b-8d52-6f1e0c9b4a27"))]
    user_id: String,
    /// The user's roles at the client.
    roles: Vec<String>,
    /// When the user became a member, in UTC.
    #[schema(format = DateTime, examples("2026-11-22T09:30:00.000000Z"))]
    added_at: String,
}

impl From<&ClientMember> for ClientMemberBody {
    fn from(member: &ClientMember) -> Self {
        Self {
            user_id: member.user_id.to_string(),
            roles: member.roles.iter().map(str::to_owned).collect(),
            added_at: timestamp(member.added_at),
        }
    }
}

/// A page of clients.
#[derive(Serialize, ToSchema)]
#[schema(as = ClientList)]
pub(crate) struct ClientListBody {
    /// Newest first.
    items: Vec<ClientBody>,
    /// Leads to the next page; `null` where this is the last.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

impl ClientListBody {
    pub(crate) fn new(page: &Page<RegisteredClient>, cursors: ListCursors<'_>) -> Self {
        Self {
            items: page.items.iter().map(ClientBody::from).collect(),
            next_cursor: cursors.next(page),
        }
    }
}

/// A page of members.
#[derive(Serialize, ToSchema)]
#[schema(as = ClientMemberList)]
pub(crate) struct ClientMemberListBody {
    /// Newest first.
    items: Vec<ClientMemberBody>,
    /// Leads to the next page; `null` where this is the last.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

impl ClientMemberListBody {
    pub(crate) fn new(page: &Page<ClientMember>, cursors: ListCursors<'_>) -> Self {
        Self {
            items: page.items.iter().map(ClientMemberBody::from).collect(),
            next_cursor: cursors.next(page),
        }
    }
}

/// A client as the API answers it: one line of JSON, without a line end.
#[must_use]
pub fn client_json(registered: &RegisteredClient) -> String {
    json_line(&ClientBody::from(registered))
}

/// A client that was just registered, with its secret: one line of JSON, without a line end.
#[must_use]
pub fn created_client_json(created: &CreatedClient) -> String {
    json_line(&ClientBody::from(created))
}

/// A secret that was just made: one line of JSON, without a line end.
#[must_use]
pub fn new_secret_json(new: &NewSecret) -> String {
    json_line(&ClientSecretBody::from(new))
}

/// A member of a client: one line of JSON, without a line end.
#[must_use]
pub fn client_member_json(member: &ClientMember) -> String {
    json_line(&ClientMemberBody::from(member))
}

//! What is sent of clients.

use crate::json::moment;
use crate::twin_bodies::twin_bodies;
use chrono::{DateTime, Utc};
use portcullis_application::provider::clients::NewClient;
use portcullis_application::provider::reading::Written;
use portcullis_application::provider::written_client::CLIENT_MEMBERS;
use portcullis_domain::{ClientRoles, Fault, Label};
use portcullis_oauth2::ClientId;
use portcullis_web::{FieldError, Fields, Flaw, Refusal};
use serde_json::Value;
use utoipa::ToSchema;

/// The most faults that one answer lists.
const MOST_FAULTS: usize = 32;

twin_bodies! {
    shared {
        /// What people call it: 1 to 100 characters. Of a new client, its id where this is left out.
        #[schema(required = false, nullable = false, max_length = 100)]
        name: String,
        /// Whether it may be used. What a client was given is worthless from when it is disabled.
        #[schema(required = false, nullable = false)]
        enabled: bool,
        /// Where answers of the authorization endpoint may go, byte for byte: `https`; of kind `native` also `http` on
        /// loopback, with any port, and a scheme of its own with a dot.
        #[schema(required = false, nullable = false, max_items = 20)]
        redirect_uris: Vec<String>,
        /// Where people may be sent once they are signed out.
        #[schema(required = false, nullable = false, max_items = 20)]
        post_logout_redirect_uris: Vec<String>,
        /// The origins whose scripts may call for it.
        #[schema(required = false, nullable = false, max_items = 20)]
        origins: Vec<String>,
        /// The grants that it may use: `authorization_code`, `refresh_token`, `client_credentials`.
        #[schema(required = false, nullable = false)]
        grant_types: Vec<String>,
        /// The scopes that it may ask for: `openid`, `profile`, `email`, `roles`, `offline_access`, and those of
        /// resources.
        #[schema(required = false, nullable = false, max_items = 50)]
        scopes: Vec<String>,
        /// How it shows who it is: `none`, `client_secret` or `private_key_jwt`.
        #[schema(required = false, nullable = false)]
        auth_method: String,
        /// Its public keys, where it signs: a JWK set of 1 to 10 keys.
        #[schema(required = false, value_type = Option<Object>)]
        jwks: Option<Value>,
        /// For whom it may sign: `issuer` or `token_endpoint_too`.
        #[schema(required = false, nullable = false)]
        assertion_audience: String,
        /// Whether its codes are bound to whoever asked: `required` or `optional`.
        #[schema(required = false, nullable = false)]
        pkce: String,
        /// Whether people are asked: `remember`, `always` or `skip`.
        #[schema(required = false, nullable = false)]
        consent: String,
        /// Who may use it: `everyone`, `verified_email`, `members` or `admins`.
        #[schema(required = false, nullable = false)]
        access: String,
        /// How well people must prove who they are, at least: `1fa`.
        #[schema(required = false)]
        min_acr: Option<String>,
        /// What its ID tokens are signed by: `RS256`, `ES256` or `EdDSA`.
        #[schema(required = false, nullable = false)]
        id_token_alg: String,
        /// How long its ID tokens live.
        #[schema(required = false, nullable = false, minimum = 60, maximum = 86400)]
        id_token_seconds: u32,
        /// Whether its ID tokens tell what the userinfo endpoint does.
        #[schema(required = false, nullable = false)]
        claims_in_id_token: bool,
        /// The claim that tells roles: `roles` or `groups`.
        #[schema(required = false, nullable = false)]
        roles_claim: String,
        /// A page about it.
        #[schema(required = false, format = "uri")]
        client_uri: Option<String>,
        /// What it does with what it learns.
        #[schema(required = false, format = "uri")]
        policy_uri: Option<String>,
        /// The terms of its use.
        #[schema(required = false, format = "uri")]
        tos_uri: Option<String>,
    }

    /// A client that is to be registered.
    NewClientBody as NewClient {
        /// What it calls itself: letters, digits, `-`, `.`, `_` and `~`. One is made where this is left out.
        #[schema(required = false, nullable = false, max_length = 100, pattern = "^[A-Za-z0-9._~-]+$")]
        client_id: String,
        /// What kind of program it is: `web` (a server), `spa` (a page's scripts), `native` (a program of a person's
        /// machine) or `service` (a server that asks for itself alone).
        kind: String,
    }

    /// What to change of a client. What is left out stays as it is.
    ChangeClientBody as ChangeClient (filled with json!({})) {
        /// What kind of program it is: `web`, `spa`, `native` or `service`.
        #[schema(required = false, nullable = false)]
        kind: String,
    }
}

/// Reads a client that is to be registered.
pub(crate) fn new_client(fields: Fields) -> Result<NewClient, Refusal> {
    let mut known = vec!["client_id"];
    known.extend(CLIENT_MEMBERS);
    let mut written = fields.members(&["kind"], &known)?;
    let client_id = match written.remove("client_id") {
        None => None,
        Some(Value::String(text)) => {
            Some(ClientId::parse(&text).map_err(|error| refused("client_id", "not_a_client_id", error.to_string()))?)
        }
        Some(_) => return Err(refused("client_id", "wrong_type", "this member is a string".to_owned())),
    };
    Ok(NewClient { client_id, written })
}

/// Reads what to change of a client.
pub(crate) fn change(fields: Fields) -> Result<Written, Refusal> {
    fields.members(&[], CLIENT_MEMBERS)
}

/// What is wrong with one member.
fn refused(member: &str, code: &'static str, detail: String) -> Refusal {
    Refusal::validation_failed(vec![FieldError {
        pointer: format!("#/{member}"),
        parameter: None,
        code,
        detail,
    }])
}

/// What is wrong with what was sent, each at its place in it.
pub(crate) fn refusal_of(faults: Vec<Fault>, sent: &Written) -> Refusal {
    let place = |fault: &Fault| {
        let written = sent.get(fault.member).and_then(Value::as_array);
        let is_it = |item: &Value| {
            let name = item.get("name").unwrap_or(item);
            fault.value.is_some() && name.as_str() == fault.value.as_deref()
        };
        match written.and_then(|items| items.iter().position(is_it)) {
            Some(index) => format!("#/{}/{index}", fault.member),
            None => format!("#/{}", fault.member),
        }
    };
    let errors = faults.into_iter().take(MOST_FAULTS).map(|fault| FieldError {
        pointer: place(&fault),
        parameter: None,
        code: fault.code,
        detail: fault.detail,
    });
    Refusal::validation_failed(errors.collect())
}

/// A secret that is to be made.
#[derive(ToSchema)]
#[schema(as = NewClientSecret, examples(json!({})))]
pub(crate) struct NewSecretBody {
    /// What people call it.
    #[schema(required = false, nullable = false, value_type = String, max_length = 100)]
    pub(crate) label: Option<Label>,
    /// From when on it does not count: a time as RFC 3339 writes it. Where this is left out, never.
    #[schema(required = false, nullable = false, value_type = String, format = DateTime)]
    pub(crate) expires_at: Option<DateTime<Utc>>,
}

/// Not a time.
const NO_TIME: Flaw = Flaw::fixed(
    "not_a_time",
    "this is no time as RFC 3339 writes it, such as 2026-11-22T09:30:00Z",
);

impl NewSecretBody {
    /// Checks the members.
    pub(crate) fn read(mut fields: Fields) -> Result<Self, Refusal> {
        let label = fields.optional("label", |text| {
            Label::parse(&text).map_err(|_| Flaw::fixed("not_a_label", "this is 1 to 100 characters that can be seen"))
        });
        let expires_at = fields.optional("expires_at", |text| moment(&text).ok_or(NO_TIME));
        fields.finish(Some(Self { label, expires_at }))
    }
}

/// The roles of a member.
#[derive(ToSchema)]
#[schema(as = ClientMemberRoles, examples(json!({})))]
#[expect(dead_code, reason = "documents what is read")]
pub(crate) struct MemberBody {
    /// Up to 20 names of 1 to 64 letters, digits and `._:/-`. Where this is left out, none.
    #[schema(required = false, nullable = false, max_items = 20)]
    roles: Vec<String>,
}

/// Reads the roles of a member.
pub(crate) fn roles(fields: Fields) -> Result<ClientRoles, Refusal> {
    let sent = fields.members(&[], &["roles"])?;
    let Some(roles) = sent.get("roles") else {
        return Ok(ClientRoles::default());
    };
    let names: Option<Vec<&str>> = roles
        .as_array()
        .and_then(|names| names.iter().map(Value::as_str).collect());
    let names = names.ok_or_else(|| refused("roles", "wrong_type", "this is a list of strings".to_owned()))?;
    ClientRoles::of(names).map_err(|error| refused("roles", "not_a_role", error.to_string()))
}

//! A row of `clients`, and the client that it and its lists say.

use crate::error::RefusedRow;
use crate::repositories::change_counters::number_of;
use crate::schema::clients;
use crate::types::{DbId, DbInstant};
use chrono::TimeDelta;
use diesel::prelude::*;
use portcullis_application::ports::RegistryStamp;
use portcullis_domain::{
    Client, ClientKeys, ClientOrigin, ClientPage, ClientProof, ClientSettings, Generation, Label, RegistrationId,
    Version,
};
use portcullis_oauth2::{AuthMethod, ClientId, GrantType, RedirectUri, ScopeName};
use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;

/// The row.
#[derive(Queryable, Insertable, AsChangeset)]
#[diesel(table_name = clients)]
// What is `None` is written as null, not left as it is.
#[diesel(treat_none_as_null = true)]
pub(super) struct ClientRow {
    pub(super) id: DbId,
    client_id: String,
    name: String,
    kind: String,
    managed_by: String,
    enabled: bool,
    auth_method: String,
    pkce: String,
    consent: String,
    access: String,
    min_acr: Option<String>,
    assertion_audience: String,
    id_token_alg: String,
    id_token_seconds: i64,
    claims_in_id_token: bool,
    roles_claim: String,
    jwks: Option<String>,
    client_uri: Option<String>,
    policy_uri: Option<String>,
    tos_uri: Option<String>,
    token_generation: i64,
    version: i64,
    stamp: i64,
    created_at: DbInstant,
    updated_at: DbInstant,
}

/// The values of a client's lists, by kind.
pub(super) type Values = Vec<(String, String)>;

pub(super) const REDIRECT_URI: &str = "redirect_uri";
pub(super) const LOGOUT_URI: &str = "logout_uri";
pub(super) const ORIGIN: &str = "origin";
pub(super) const GRANT_TYPE: &str = "grant_type";
pub(in crate::repositories) const SCOPE: &str = "scope";

impl ClientRow {
    pub(super) fn new(client: &Client, stamp: RegistryStamp) -> Self {
        let settings = &client.settings;
        let page = |page: &Option<ClientPage>| page.as_ref().map(|page| page.as_str().to_owned());
        let (jwks, audience) = match &settings.proof {
            ClientProof::Keys { keys, audience } => (Some(keys.as_str().to_owned()), audience.as_str()),
            ClientProof::None | ClientProof::Secret => (None, "issuer"),
        };
        Self {
            id: DbId(client.id.as_uuid()),
            client_id: client.client_id.as_str().to_owned(),
            name: settings.name.as_str().to_owned(),
            kind: settings.kind.to_string(),
            managed_by: client.managed_by.to_string(),
            enabled: settings.enabled,
            auth_method: settings.proof.method().to_string(),
            pkce: settings.pkce.to_string(),
            consent: settings.consent.to_string(),
            access: settings.access.to_string(),
            min_acr: settings.min_acr.map(|acr| acr.to_string()),
            assertion_audience: audience.to_owned(),
            id_token_alg: settings.id_token_alg.to_string(),
            id_token_seconds: settings.id_token_life.num_seconds(),
            claims_in_id_token: settings.claims_in_id_token,
            roles_claim: settings.roles_claim.to_string(),
            jwks,
            client_uri: page(&settings.client_uri),
            policy_uri: page(&settings.policy_uri),
            tos_uri: page(&settings.tos_uri),
            token_generation: counted(client.token_generation.number()),
            version: counted(client.version.number()),
            stamp: number_of(stamp),
            created_at: DbInstant(client.created_at),
            updated_at: DbInstant(client.updated_at),
        }
    }

    /// The client that the row says, together with the values of its lists.
    pub(super) fn with(self, values: &Values) -> Result<Client, RefusedRow> {
        let kind = read("clients.kind", &self.kind)?;
        let name = Label::parse(&self.name).map_err(|error| RefusedRow::new("clients.name", error))?;
        let page = |column, text: Option<String>| {
            let page = text.map(|text| ClientPage::parse(&text)).transpose();
            page.map_err(|error| RefusedRow::new(column, error))
        };
        let settings = ClientSettings {
            enabled: self.enabled,
            proof: proof(&self.auth_method, self.jwks, &self.assertion_audience)?,
            pkce: read("clients.pkce", &self.pkce)?,
            consent: read("clients.consent", &self.consent)?,
            access: read("clients.access", &self.access)?,
            min_acr: self.min_acr.map(|acr| read("clients.min_acr", &acr)).transpose()?,
            id_token_alg: read("clients.id_token_alg", &self.id_token_alg)?,
            id_token_life: TimeDelta::seconds(self.id_token_seconds),
            claims_in_id_token: self.claims_in_id_token,
            roles_claim: read("clients.roles_claim", &self.roles_claim)?,
            grant_types: list(values, GRANT_TYPE, str::parse::<GrantType>)?,
            scopes: list::<ScopeName, _>(values, SCOPE, ScopeName::parse)?
                .into_iter()
                .collect(),
            redirect_uris: list(values, REDIRECT_URI, RedirectUri::parse)?,
            logout_uris: list(values, LOGOUT_URI, RedirectUri::parse)?,
            origins: list(values, ORIGIN, ClientOrigin::parse)?,
            client_uri: page("clients.client_uri", self.client_uri)?,
            policy_uri: page("clients.policy_uri", self.policy_uri)?,
            tos_uri: page("clients.tos_uri", self.tos_uri)?,
            ..ClientSettings::new(name, kind)
        };
        Ok(Client {
            id: RegistrationId::from(self.id.0),
            client_id: ClientId::parse(&self.client_id).map_err(|error| RefusedRow::new("clients.client_id", error))?,
            managed_by: read("clients.managed_by", &self.managed_by)?,
            settings,
            token_generation: Generation::new(count("clients.token_generation", self.token_generation)?),
            version: Version::new(count("clients.version", self.version)?),
            created_at: self.created_at.0,
            updated_at: self.updated_at.0,
        })
    }
}

/// What the lists of a client hold, as rows have it.
pub(super) fn values_of(settings: &ClientSettings) -> Vec<(&'static str, &str)> {
    let redirects = settings.redirect_uris.iter().map(|uri| (REDIRECT_URI, uri.as_str()));
    let logouts = settings.logout_uris.iter().map(|uri| (LOGOUT_URI, uri.as_str()));
    let origins = settings.origins.iter().map(|origin| (ORIGIN, origin.as_str()));
    let grants = settings.grant_types.iter().map(|grant| (GRANT_TYPE, grant.as_str()));
    let scopes = settings.scopes.iter().map(|scope| (SCOPE, scope.as_str()));
    redirects
        .chain(logouts)
        .chain(origins)
        .chain(grants)
        .chain(scopes)
        .collect()
}

fn proof(method: &str, jwks: Option<String>, audience: &str) -> Result<ClientProof, RefusedRow> {
    let method: AuthMethod = read("clients.auth_method", method)?;
    match jwks {
        Some(jwks) if method == AuthMethod::PrivateKeyJwt => Ok(ClientProof::Keys {
            keys: ClientKeys::checked(jwks),
            audience: read("clients.assertion_audience", audience)?,
        }),
        None if method == AuthMethod::None => Ok(ClientProof::None),
        None if method == AuthMethod::ClientSecret => Ok(ClientProof::Secret),
        Some(_) | None => Err(RefusedRow::new("clients.jwks", "does not fit to the method")),
    }
}

fn list<T: Ord, E: Display>(
    values: &Values,
    kind: &str,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<BTreeSet<T>, RefusedRow> {
    let of_kind = values.iter().filter(|(other, _)| other == kind);
    let parsed = of_kind.map(|(_, value)| parse(value));
    parsed
        .collect::<Result<_, _>>()
        .map_err(|error| RefusedRow::new("client_values.value", error))
}

fn read<T: FromStr<Err: Display>>(column: &'static str, text: &str) -> Result<T, RefusedRow> {
    text.parse().map_err(|error| RefusedRow::new(column, error))
}

/// A number as the store counts. Nothing is changed so often that it leaves the range.
pub(super) fn counted(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number as the program counts.
pub(super) fn count(column: &'static str, number: i64) -> Result<u64, RefusedRow> {
    u64::try_from(number).map_err(|_| RefusedRow::new(column, "below zero"))
}

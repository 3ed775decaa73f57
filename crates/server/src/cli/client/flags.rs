//! What the command line says of a client.

use crate::whole_file;
use anyhow::Context as _;
use clap::Args;
use portcullis_application::provider::reading::Written;
use portcullis_domain::{ClientKeys, ClientKind};
use serde_json::Value;
use std::path::PathBuf;

/// The longest file of keys: with some room for how it is laid out.
const MOST_JWKS_BYTES: usize = 4 * ClientKeys::MOST_BYTES;

/// The members of a client, as flags. What is wrong with them is told together, as of a body.
#[derive(Debug, Default, Args)]
pub(in crate::cli) struct ClientFlags {
    /// What people call it [of a new one: its id].
    #[arg(long)]
    name: Option<String>,
    /// What kind of program it is: web, spa, native or service.
    #[arg(long)]
    pub(super) kind: Option<String>,
    /// Where answers of the authorization endpoint may go. May be repeated.
    #[arg(long = "redirect-uri", value_name = "URI")]
    pub(super) redirect_uris: Vec<String>,
    /// Where people may be sent once they are signed out. May be repeated.
    #[arg(long = "post-logout-redirect-uri", value_name = "URI")]
    logout_uris: Vec<String>,
    /// An origin whose scripts may call for it. May be repeated.
    #[arg(long = "origin", value_name = "ORIGIN")]
    origins: Vec<String>,
    /// The scopes that it may ask for, with spaces between them [of a new one: openid profile email; of kind service: none].
    #[arg(long, value_name = "SCOPES")]
    pub(super) scope: Option<String>,
    /// A grant that it may use: `authorization_code`, `refresh_token` or `client_credentials`. May be repeated [of a new one:
    /// the first two; of kind service: the last].
    #[arg(long = "grant-type", value_name = "GRANT")]
    grant_types: Vec<String>,
    /// How it shows who it is: none, `client_secret` or `private_key_jwt` [of a new one: `client_secret`; of kinds spa and
    /// native: none].
    #[arg(long, value_name = "METHOD")]
    auth_method: Option<String>,
    /// A file with its public keys, where it signs: a JWK set.
    #[arg(long, value_name = "FILE")]
    jwks: Option<PathBuf>,
    /// For whom it may sign: issuer or `token_endpoint_too` [of a new one: issuer].
    #[arg(long, value_name = "AUDIENCE")]
    assertion_audience: Option<String>,
    /// Whether its codes are bound to whoever asked: required or optional [of a new one: required].
    #[arg(long)]
    pkce: Option<String>,
    /// Whether people are asked: remember, always or skip [of a new one: remember].
    #[arg(long)]
    consent: Option<String>,
    /// Who may use it: everyone, `verified_email`, members or admins [of a new one: everyone].
    #[arg(long)]
    access: Option<String>,
    /// How well people must prove who they are, at least: 1fa or 2fa. An empty text says nothing [of a new one: nothing].
    #[arg(long, value_name = "ACR")]
    min_acr: Option<String>,
    /// What its ID tokens are signed by: RS256, ES256 or `EdDSA` [of a new one: RS256].
    #[arg(long, value_name = "ALG")]
    id_token_alg: Option<String>,
    /// How long its ID tokens live: 60 to 86400 seconds [of a new one: 600].
    #[arg(long, value_name = "SECONDS")]
    id_token_seconds: Option<i64>,
    /// Whether its ID tokens tell what the userinfo endpoint does [of a new one: false].
    #[arg(long, value_name = "true|false")]
    claims_in_id_token: Option<bool>,
    /// The claim that tells roles: roles or groups [of a new one: roles].
    #[arg(long, value_name = "CLAIM")]
    roles_claim: Option<String>,
    /// A page about it. An empty text takes it away, as of the next two.
    #[arg(long, value_name = "URL")]
    client_uri: Option<String>,
    /// What it does with what it learns.
    #[arg(long, value_name = "URL")]
    policy_uri: Option<String>,
    /// The terms of its use.
    #[arg(long, value_name = "URL")]
    tos_uri: Option<String>,
}

impl ClientFlags {
    /// Whether nobody signs in to it.
    pub(super) fn is_of_a_service(&self) -> bool {
        self.kind.as_deref() == Some(ClientKind::Service.as_str())
    }

    /// The members that were said.
    pub(super) fn written(self) -> anyhow::Result<Written> {
        let texts = [
            ("name", self.name),
            ("kind", self.kind),
            ("auth_method", self.auth_method),
            ("assertion_audience", self.assertion_audience),
            ("pkce", self.pkce),
            ("consent", self.consent),
            ("access", self.access),
            ("id_token_alg", self.id_token_alg),
            ("roles_claim", self.roles_claim),
        ];
        let nullable = [
            ("min_acr", self.min_acr),
            ("client_uri", self.client_uri),
            ("policy_uri", self.policy_uri),
            ("tos_uri", self.tos_uri),
        ];
        let scopes = self
            .scope
            .map(|scope| scope.split_whitespace().map(Value::from).collect::<Value>());
        let lists = [
            ("redirect_uris", self.redirect_uris),
            ("post_logout_redirect_uris", self.logout_uris),
            ("origins", self.origins),
            ("grant_types", self.grant_types),
        ];
        let mut written = Written::new();
        let mut put = |member: &str, value: Option<Value>| {
            if let Some(value) = value {
                written.insert(member.to_owned(), value);
            }
        };
        for (member, text) in texts {
            put(member, text.map(Value::from));
        }
        for (member, text) in nullable {
            put(
                member,
                text.map(|text| if text.is_empty() { Value::Null } else { text.into() }),
            );
        }
        for (member, list) in lists {
            put(member, Some(list).filter(|list| !list.is_empty()).map(Value::from));
        }
        put("scopes", scopes);
        put("id_token_seconds", self.id_token_seconds.map(Value::from));
        put("claims_in_id_token", self.claims_in_id_token.map(Value::from));
        if let Some(file) = self.jwks {
            let text = whole_file::read(&file, MOST_JWKS_BYTES);
            let text = text.with_context(|| format!("{} can't be read", file.display()))?;
            let keys = serde_json::from_str(&text).with_context(|| format!("{} is no JSON", file.display()))?;
            put("jwks", Some(keys));
        }
        Ok(written)
    }
}

/// Whether a client may be used, and nothing else.
pub(super) fn enabled(enabled: bool) -> Written {
    Written::from_iter([("enabled".to_owned(), enabled.into())])
}

//! The claims of a client's access token: how they are written, and what they are to the application.

use chrono::{DateTime, Utc};
use portcullis_application::ports::{ClientAccessClaims, ProvenIdentity, Subject};
use portcullis_domain::{Generation, SigningAlgorithm};
use portcullis_oauth2::{ClientId, ScopeSet};
use portcullis_verifier::{CLIENT_SUBJECT, ProviderClaims};
use serde::Serialize;

/// The claims as they stand in the token. [`portcullis_verifier::check_provider_token`] reads them.
#[derive(Serialize)]
pub(super) struct ClaimSet<'a> {
    iss: &'a str,
    sub: String,
    aud: &'a str,
    iat: i64,
    exp: i64,
    jti: String,
    client_id: &'a str,
    scope: String,
    #[serde(flatten)]
    proven: Option<ProvenClaims<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gid: Option<String>,
    #[serde(rename = "gen", skip_serializing_if = "Option::is_none")]
    generation: Option<u64>,
    #[serde(rename = "cgen", skip_serializing_if = "is_zero")]
    client_generation: u64,
}

/// How and when the user last proved who they are.
#[derive(Serialize)]
pub(super) struct ProvenClaims<'a> {
    auth_time: i64,
    acr: &'a str,
    amr: &'a [String],
}

impl<'a> From<&'a ProvenIdentity> for ProvenClaims<'a> {
    fn from(proven: &'a ProvenIdentity) -> Self {
        Self {
            auth_time: proven.at.timestamp(),
            acr: &proven.acr,
            amr: &proven.methods,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl<'a> ClaimSet<'a> {
    pub(super) fn new(claims: &'a ClientAccessClaims, issuer: &'a str) -> Self {
        Self {
            iss: issuer,
            sub: match &claims.subject {
                Subject::Client => format!("{CLIENT_SUBJECT}{}", claims.client_id),
                Subject::User(name) => name.clone(),
            },
            aud: &claims.audience,
            iat: claims.issued_at.timestamp(),
            exp: claims.expires_at.timestamp(),
            jti: claims.token_id.to_string(),
            client_id: claims.client_id.as_str(),
            scope: claims.scopes.to_string(),
            proven: claims.proven.as_ref().map(ProvenClaims::from),
            gid: claims.grant.map(|(grant, _)| grant.to_string()),
            generation: claims.grant.map(|(_, generation)| generation.number()),
            client_generation: claims.client_generation.number(),
        }
    }
}

/// The checked claims in the application's terms, if they are of a form that it writes.
pub(super) fn client_access_claims(claims: ProviderClaims) -> Option<ClientAccessClaims> {
    let client_id = ClientId::parse(&claims.client_id).ok()?;
    let subject = match claims.subject.strip_prefix(CLIENT_SUBJECT) {
        Some(id) if id == client_id.as_str() => Subject::Client,
        Some(_) => return None,
        None => Subject::User(claims.subject),
    };
    let scopes = if claims.scopes.is_empty() {
        ScopeSet::default()
    } else {
        ScopeSet::parse(&claims.scopes.join(" ")).ok()?
    };
    Some(ClientAccessClaims {
        token_id: claims.token_id.into(),
        subject,
        audience: claims.audience,
        client_id,
        scopes,
        grant: claims
            .grant
            .map(|(grant, generation)| (grant.into(), Generation::new(generation))),
        client_generation: Generation::new(claims.client_generation),
        proven: match (claims.authenticated_at, claims.acr) {
            (Some(at), Some(acr)) => Some(ProvenIdentity {
                at: at.into(),
                acr,
                methods: claims.methods,
            }),
            _ => None,
        },
        issued_at: DateTime::<Utc>::from(claims.issued_at),
        expires_at: DateTime::<Utc>::from(claims.expires_at),
    })
}

/// The hash of an access token that an ID token names (OpenID Connect Core 1.0, section 3.1.3.6): the left half, by the hash of
/// the ID token's algorithm.
pub(super) fn hash_of(access_token: &str, algorithm: SigningAlgorithm) -> String {
    use aws_lc_rs::digest::{SHA256, SHA512, digest};
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    let hash = match algorithm {
        // Ed25519 hashes by SHA-512 (RFC 8032, section 5.1).
        SigningAlgorithm::EdDsa => digest(&SHA512, access_token.as_bytes()),
        SigningAlgorithm::Rs256 | SigningAlgorithm::Es256 | SigningAlgorithm::Hs256 => {
            digest(&SHA256, access_token.as_bytes())
        }
    };
    let (left, _) = hash.as_ref().split_at(hash.as_ref().len() / 2);
    URL_SAFE_NO_PAD.encode(left)
}

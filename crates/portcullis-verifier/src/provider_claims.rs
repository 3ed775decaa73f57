//! The claims of an access token that a client of the provider was given, and which are accepted.

use crate::claims::{canonical_uuid, checked, time, times_in_force};
use crate::json::{parse_object, present};
use crate::key::VerificationKey;
use crate::refusal::Refusal;
#[cfg(feature = "client")]
use crate::standing::Standing;
use aws_lc_rs::digest;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::borrow::Cow;
use std::time::SystemTime;
use uuid::{Builder, Uuid};

/// What stands before a client's id in the `sub` of a token that it was given for itself. No user's id begins so.
pub const CLIENT_SUBJECT: &str = "client:";

/// The longest text of a claim that is taken, in bytes: that of scopes has up to 1,000.
const MAX_TEXT_BYTES: usize = 2048;
/// The most methods that `amr` may name.
const MAX_METHODS: usize = 16;

/// What an access token says that a client of the provider was given (RFC 9068, section 2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProviderClaims {
    /// `jti`: the token.
    pub token_id: Uuid,
    /// `sub`: the user as this client knows them, or `client:` and the client's id, where it asked for itself.
    pub subject: String,
    /// `aud`: the resource that the token is for.
    pub audience: String,
    /// `client_id`: who was given the token.
    pub client_id: String,
    /// `scope`: what it allows.
    pub scopes: Vec<String>,
    /// `gid` and `gen`: the grant that it was issued by, and the generation of it. `None` where the client asked for itself.
    pub grant: Option<(Uuid, u64)>,
    /// `cgen`: the client's generation at the issue; 0 where it is left out.
    pub client_generation: u64,
    /// `auth_time`: when the user last proved who they are; whole seconds.
    pub authenticated_at: Option<SystemTime>,
    /// `acr`: how well.
    pub acr: Option<String>,
    /// `amr`: by what (RFC 8176).
    pub methods: Vec<String>,
    /// `iat`; whole seconds.
    pub issued_at: SystemTime,
    /// `exp`; whole seconds.
    pub expires_at: SystemTime,
}

impl ProviderClaims {
    /// Whether the token allows what that scope stands for.
    #[must_use]
    pub fn has_scope(&self, name: &str) -> bool {
        self.scopes.iter().any(|scope| scope == name)
    }

    /// Whether the client asked for itself: then there is no user.
    #[must_use]
    pub fn is_of_client_itself(&self) -> bool {
        self.subject.starts_with(CLIENT_SUBJECT)
    }

    #[cfg(feature = "client")]
    pub(crate) fn standing(&self) -> Standing {
        let client = (client_family(&self.client_id), self.client_generation);
        // One that a client was given for itself is a family of its own.
        let own = self.grant.unwrap_or((self.token_id, 0));
        Standing {
            families: [Some(client), Some(own)],
            issued_at: self.issued_at,
        }
    }
}

/// The family of all tokens of a client, as revocations name it: the first 16 bytes of the SHA-256 of `portcullis client` and
/// the client's id.
#[must_use]
pub fn client_family(client_id: &str) -> Uuid {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(b"portcullis client");
    context.update(client_id.as_bytes());
    let digest = context.finish();
    let mut bytes = [0; 16];
    for (byte, digested) in bytes.iter_mut().zip(digest.as_ref()) {
        *byte = *digested;
    }
    Builder::from_bytes(bytes).into_uuid()
}

/// What `token` says, if it is an access token that `issuer` gave to a client, for the resource `audience`, signed by one of
/// `keys`, complete, and in force at `now`. Without an audience, it is the caller who has to see whom it is for.
///
/// # Errors
/// See [`Refusal`].
pub fn check_provider_token(
    token: &str,
    issuer: &str,
    audience: Option<&str>,
    keys: &[VerificationKey],
    now: SystemTime,
) -> Result<ProviderClaims, Refusal> {
    checked(token, keys, |payload| {
        let claims = ClaimSet::accepted(payload, issuer, now)?;
        audience
            .is_none_or(|audience| claims.audience == audience)
            .then_some(claims)
    })
}

/// The claims as they stand in the token. Claims beyond these are ignored (RFC 7519, section 4).
#[derive(Deserialize)]
struct ClaimSet<'a> {
    #[serde(borrow)]
    iss: Cow<'a, str>,
    #[serde(borrow)]
    sub: Cow<'a, str>,
    #[serde(borrow)]
    aud: Cow<'a, str>,
    iat: u64,
    exp: u64,
    #[serde(default, deserialize_with = "present")]
    nbf: Option<u64>,
    #[serde(borrow)]
    jti: Cow<'a, str>,
    #[serde(borrow)]
    client_id: Cow<'a, str>,
    #[serde(borrow)]
    scope: Cow<'a, str>,
    #[serde(default, deserialize_with = "present")]
    auth_time: Option<u64>,
    #[serde(borrow, default, deserialize_with = "present")]
    acr: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "present")]
    amr: Option<Vec<String>>,
    #[serde(borrow, default, deserialize_with = "present")]
    gid: Option<Cow<'a, str>>,
    #[serde(rename = "gen", default, deserialize_with = "present")]
    generation: Option<u64>,
    #[serde(rename = "cgen", default, deserialize_with = "present")]
    client_generation: Option<u64>,
    /// A token of a session has it, and no other.
    #[serde(rename = "type", default, deserialize_with = "present")]
    kind: Option<IgnoredAny>,
}

impl<'a> ClaimSet<'a> {
    fn accepted(payload: &'a [u8], issuer: &str, now: SystemTime) -> Option<ProviderClaims> {
        let claims: Self = parse_object(payload)?;
        let (issued_at, expires_at) = times_in_force(claims.iat, claims.nbf, claims.exp, now)?;
        let is_text = |text: &str| (1..=MAX_TEXT_BYTES).contains(&text.len());
        let are_texts = [&claims.sub, &claims.aud, &claims.client_id]
            .into_iter()
            .all(|text| is_text(text));
        if claims.iss != issuer || claims.kind.is_some() || !are_texts || claims.scope.len() > MAX_TEXT_BYTES {
            return None;
        }
        let methods = claims.amr.unwrap_or_default();
        if methods.len() > MAX_METHODS {
            return None;
        }
        let grant = match (claims.gid, claims.generation) {
            (Some(id), Some(generation)) => Some((canonical_uuid(&id)?, generation)),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => return None,
        };
        let scopes = claims.scope.split(' ').filter(|scope| !scope.is_empty());
        Some(ProviderClaims {
            token_id: canonical_uuid(&claims.jti)?,
            subject: claims.sub.into_owned(),
            audience: claims.aud.into_owned(),
            scopes: scopes.map(str::to_owned).collect(),
            client_id: claims.client_id.into_owned(),
            grant,
            client_generation: claims.client_generation.unwrap_or_default(),
            authenticated_at: match claims.auth_time {
                Some(seconds) => Some(time(seconds)?),
                None => None,
            },
            acr: claims.acr.map(Cow::into_owned),
            methods,
            issued_at,
            expires_at,
        })
    }
}

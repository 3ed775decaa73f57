//! What of a client goes together, and what does not.

use super::client::{AssertionAudience, ClientKind, ClientProof, ClientSettings, Pkce};
use super::fault::Fault;
use super::resource::StandardScope;
use crate::{Issuer, SigningAlgorithm};
use chrono::TimeDelta;
use portcullis_oauth2::{GrantType, RedirectKind, RedirectUri, ScopeName};

/// The most redirect URIs, and the most logout URIs, and the most origins, of a client.
pub const MOST_URIS: usize = 20;
/// The most scopes of a client.
pub const MOST_SCOPES: usize = 50;

const NOT_ALLOWED: &str = "not_allowed";
const REQUIRED: &str = "required";
const TOO_MANY: &str = "too_many";
const OUT_OF_RANGE: &str = "out_of_range";
const NO_EFFECT: &str = "no_effect";

impl ClientSettings {
    /// What is wrong with them as a whole, where the provider has that name: all of it. Each value by itself is right.
    #[must_use]
    pub fn faults(&self, issuer: &Issuer) -> Vec<Fault> {
        let mut faults = Vec::new();
        self.judge_proof(&mut faults);
        self.judge_grants(&mut faults);
        self.judge_scopes(&mut faults);
        self.judge_redirects(issuer, &mut faults);
        self.judge_other_addresses(issuer, &mut faults);
        self.judge_id_tokens(&mut faults);
        faults
    }

    fn judge_proof(&self, faults: &mut Vec<Fault>) {
        let kind = self.kind;
        match (kind, &self.proof) {
            (ClientKind::Web | ClientKind::Service, ClientProof::None) => faults.push(Fault::new(
                "auth_method",
                NOT_ALLOWED,
                format!("a client of kind {kind} shows who it is; take client_secret or private_key_jwt, or kind spa or native"),
            )),
            (ClientKind::Spa | ClientKind::Native, ClientProof::Secret | ClientProof::Keys { .. }) => {
                faults.push(Fault::new(
                    "auth_method",
                    NOT_ALLOWED,
                    format!("a client of kind {kind} is in everybody's hands and keeps no secret; take none, or kind web"),
                ));
            }
            _ => {}
        }
        if self.pkce == Pkce::Optional && (kind != ClientKind::Web || !self.is_confidential()) {
            faults.push(Fault::new(
                "pkce",
                NOT_ALLOWED,
                "only a client of kind web, which shows who it is, may go without a code challenge; take required",
            ));
        }
    }

    fn judge_grants(&self, faults: &mut Vec<Fault>) {
        let fitting: &[GrantType] = match self.kind {
            ClientKind::Web => GrantType::ALL,
            ClientKind::Spa | ClientKind::Native => &[GrantType::AuthorizationCode, GrantType::RefreshToken],
            ClientKind::Service => &[GrantType::ClientCredentials],
        };
        for grant in &self.grant_types {
            if !fitting.contains(grant) {
                faults.push(Fault::of(
                    "grant_types",
                    grant.as_str(),
                    NOT_ALLOWED,
                    format!("{grant} is not for a client of kind {}", self.kind),
                ));
            }
        }
        if self.grant_types.is_empty() {
            faults.push(Fault::new("grant_types", REQUIRED, "a client uses one grant at least"));
        }
        if self.may_use(GrantType::RefreshToken) && !self.may_use(GrantType::AuthorizationCode) {
            faults.push(Fault::new(
                "grant_types",
                NO_EFFECT,
                "refresh tokens come with authorization_code, which is not among them",
            ));
        }
    }

    fn judge_scopes(&self, faults: &mut Vec<Fault>) {
        if self.scopes.iter().count() > MOST_SCOPES {
            faults.push(Fault::new(
                "scopes",
                TOO_MANY,
                format!("a client has at most {MOST_SCOPES} scopes"),
            ));
        }
        let signs_people_in = self.may_use(GrantType::AuthorizationCode);
        for scope in self.scopes.iter() {
            if !signs_people_in && StandardScope::named(scope).is_some() {
                let detail =
                    format!("{scope} is about a person, and nobody signs in to a client without authorization_code");
                faults.push(Fault::of("scopes", scope.as_str(), NO_EFFECT, detail));
            } else if scope.as_str() == ScopeName::OFFLINE_ACCESS && !self.may_use(GrantType::RefreshToken) {
                let detail = "offline_access is a refresh token, and refresh_token is not among the grant types";
                faults.push(Fault::of("scopes", scope.as_str(), NO_EFFECT, detail));
            }
        }
    }

    fn judge_redirects(&self, issuer: &Issuer, faults: &mut Vec<Fault>) {
        const MEMBER: &str = "redirect_uris";
        too_many(MEMBER, self.redirect_uris.len(), faults);
        let signs_people_in = self.may_use(GrantType::AuthorizationCode);
        if signs_people_in && self.redirect_uris.is_empty() {
            faults.push(Fault::new(
                MEMBER,
                REQUIRED,
                "people who signed in are sent back to the client; name at least one redirect URI",
            ));
        }
        for uri in &self.redirect_uris {
            if let Some(detail) = self.objection_to(uri, issuer) {
                faults.push(Fault::of(MEMBER, uri.as_str(), NOT_ALLOWED, detail));
            } else if !signs_people_in {
                let detail = "nobody is sent to a client without the grant authorization_code";
                faults.push(Fault::of(MEMBER, uri.as_str(), NO_EFFECT, detail));
            }
        }
    }

    /// Why a client of this kind can't have an address of that kind.
    fn objection_to(&self, uri: &RedirectUri, issuer: &Issuer) -> Option<String> {
        match (self.kind, uri.kind()) {
            (ClientKind::Web | ClientKind::Spa | ClientKind::Native, RedirectKind::Https)
            | (ClientKind::Native, RedirectKind::Loopback | RedirectKind::CustomScheme) => None,
            (ClientKind::Web | ClientKind::Spa, RedirectKind::Loopback) => issuer.is_https().then(|| {
                format!(
                    "a client of kind {} is reached by https, as the issuer is; take https, or kind native",
                    self.kind
                )
            }),
            (ClientKind::Web | ClientKind::Spa, RedirectKind::CustomScheme) => Some(format!(
                "a scheme of its own is for kind native; a client of kind {} is reached by https",
                self.kind
            )),
            (ClientKind::Service, _) => Some("nobody is sent to a client of kind service".to_owned()),
        }
    }

    fn judge_other_addresses(&self, issuer: &Issuer, faults: &mut Vec<Fault>) {
        too_many("post_logout_redirect_uris", self.logout_uris.len(), faults);
        for uri in &self.logout_uris {
            if let Some(detail) = self.objection_to(uri, issuer) {
                faults.push(Fault::of(
                    "post_logout_redirect_uris",
                    uri.as_str(),
                    NOT_ALLOWED,
                    detail,
                ));
            }
        }
        too_many("origins", self.origins.len(), faults);
        for origin in &self.origins {
            if self.kind == ClientKind::Service {
                let detail = "a client of kind service has no pages whose scripts call";
                faults.push(Fault::of("origins", origin.as_str(), NO_EFFECT, detail));
            } else if issuer.is_https() && origin.as_str().starts_with("http:") {
                let detail =
                    "whoever is on the way could change a page that comes by http; take https, as the issuer does";
                faults.push(Fault::of("origins", origin.as_str(), NOT_ALLOWED, detail));
            }
        }
    }

    fn judge_id_tokens(&self, faults: &mut Vec<Fault>) {
        if !self.id_token_alg.has_key_pair() {
            faults.push(Fault::new(
                "id_token_alg",
                NOT_ALLOWED,
                "secrets are kept as digests, so nothing can be signed with them; take RS256, ES256 or EdDSA",
            ));
        }
        if !(TimeDelta::minutes(1)..=TimeDelta::hours(24)).contains(&self.id_token_life) {
            faults.push(Fault::new(
                "id_token_seconds",
                OUT_OF_RANGE,
                "an ID token lives for 60 to 86400 seconds",
            ));
        }
    }

    /// The members that say something of a client to which they mean nothing: those that differ from what is so anyway.
    #[must_use]
    pub fn idle_members(&self) -> Vec<Fault> {
        let plain = Self::new(self.name.clone(), self.kind);
        let says = [
            ("pkce", self.pkce != plain.pkce),
            ("consent", self.consent != plain.consent),
            ("access", self.access != plain.access),
            ("min_acr", self.min_acr.is_some()),
            ("id_token_alg", self.id_token_alg != SigningAlgorithm::Rs256),
            ("id_token_seconds", self.id_token_life != plain.id_token_life),
            ("claims_in_id_token", self.claims_in_id_token),
            ("roles_claim", self.roles_claim != plain.roles_claim),
            ("policy_uri", self.policy_uri.is_some()),
            ("tos_uri", self.tos_uri.is_some()),
        ];
        let idle = says
            .into_iter()
            .filter(|(_, says)| *says && self.kind == ClientKind::Service);
        idle.map(|(member, _)| {
            Fault::new(
                member,
                NO_EFFECT,
                "this means nothing to a client of kind service, to which nobody signs in",
            )
        })
        .collect()
    }
}

fn too_many(member: &'static str, count: usize, faults: &mut Vec<Fault>) {
    if count > MOST_URIS {
        faults.push(Fault::new(
            member,
            TOO_MANY,
            format!("there are at most {MOST_URIS} of them"),
        ));
    }
}

/// Whether the audience is said of a client that signs nothing. [`ClientProof`] can't say that.
#[must_use]
pub fn audience_without_keys(proof: &ClientProof, said: Option<AssertionAudience>) -> Option<Fault> {
    let is_idle = said == Some(AssertionAudience::TokenEndpointToo) && !matches!(proof, ClientProof::Keys { .. });
    is_idle.then(|| {
        Fault::new(
            "assertion_audience",
            NO_EFFECT,
            "this is for clients whose auth_method is private_key_jwt",
        )
    })
}

#[cfg(test)]
mod tests;

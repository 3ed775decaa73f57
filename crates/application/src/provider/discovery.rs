//! What the provider does, for clients that set themselves up by it (OpenID Connect Discovery 1.0; RFC 8414).

use crate::mail_policy::SignUpPolicy;
use crate::signing::{ALGORITHMS_OF_CLIENTS, ALGORITHMS_OF_THE_PROVIDER};
use crate::unit_of_work::UnitsOfWork;
use portcullis_domain::{Acr, Issuer, Language, StandardScope};
use portcullis_oauth2::{AuthMethod, GrantType, ProviderMetadata, Step};
use sha2::{Digest as _, Sha256};
use shaku::{Component, Interface};
use std::fmt::Write as _;
use std::sync::{Arc, OnceLock};

/// What the provider does.
pub trait Discovery: Interface {
    /// The provider's name, where it has one.
    fn issuer(&self) -> Option<&str>;

    /// The metadata, once there is a client.
    fn metadata(&self) -> Result<&Metadata, NoProvider>;
}

/// The metadata as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// The document.
    pub json: String,
    /// Differs between documents that differ.
    pub tag: String,
}

/// Why there is no metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoProvider {
    /// The provider has no name.
    #[error("the provider has no name")]
    NoIssuer,
    /// There is no client.
    #[error("there is no client")]
    NoClient,
    /// This server can't tell at present whether there is a client.
    #[error("this server is out of touch with its store")]
    OutOfTouch,
}

/// [`Discovery`] by the settings and by this server's memory.
#[derive(Component)]
#[shaku(interface = Discovery)]
pub struct DiscoveryService {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
    /// The settings do not change while the server runs.
    #[shaku(default)]
    metadata: OnceLock<Metadata>,
}

impl Discovery for DiscoveryService {
    fn issuer(&self) -> Option<&str> {
        self.units.provider.issuer().map(Issuer::as_str)
    }

    fn metadata(&self) -> Result<&Metadata, NoProvider> {
        let issuer = self.units.provider.issuer().ok_or(NoProvider::NoIssuer)?;
        let registry = self.units.replica.clients.registry(self.units.moment());
        if !registry.ok_or(NoProvider::OutOfTouch)?.has_clients() {
            return Err(NoProvider::NoClient);
        }
        let (sign_up, takes_passkeys) = (self.units.mail.sign_up, self.units.passkey_proofs.are_on());
        Ok(self
            .metadata
            .get_or_init(|| Metadata::of(issuer, sign_up, takes_passkeys)))
    }
}

/// What tokens and the userinfo endpoint tell (OpenID Connect Core, sections 2 and 5.1).
const CLAIMS: [&str; 16] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "sid",
    "at_hash",
    "name",
    "email",
    "email_verified",
    "roles",
    "groups",
];

impl Metadata {
    /// What works, and nothing else.
    fn of(issuer: &Issuer, sign_up: SignUpPolicy, takes_passkeys: bool) -> Self {
        let at = |path: &str| Some(issuer.link_to(path));
        let mut metadata = ProviderMetadata::new(issuer.as_str());
        metadata.token_endpoint = at("/oauth2/token");
        metadata.introspection_endpoint = at("/oauth2/introspect");
        metadata.revocation_endpoint = at("/oauth2/revoke");
        metadata.jwks_uri = at("/oauth2/jwks.json");
        metadata.authorization_endpoint = at("/oauth2/authorize");
        metadata.userinfo_endpoint = at("/oauth2/userinfo");
        metadata.end_session_endpoint = at("/oauth2/logout");
        metadata.grant_types = GrantType::ALL.to_vec();
        metadata.scopes = StandardScope::WORDS.iter().map(|&word| word.to_owned()).collect();
        metadata.claims = CLAIMS.map(str::to_owned).to_vec();
        metadata.subject_types = vec!["public".to_owned()];
        metadata.id_token_algorithms = ALGORITHMS_OF_THE_PROVIDER.map(|one| one.as_str().to_owned()).to_vec();
        metadata.acr_values = Acr::ALL
            .iter()
            .filter(|acr| takes_passkeys || **acr != Acr::PhishingResistant)
            .map(|acr| acr.as_str().to_owned())
            .collect();
        let may_register = sign_up == SignUpPolicy::Open;
        metadata.prompts = Step::ALL
            .iter()
            .copied()
            .filter(|step| may_register || *step != Step::Create)
            .collect();
        metadata.ui_locales = Language::ALL.map(|language| language.as_str().to_owned()).to_vec();
        metadata.takes_claims = true;
        metadata.auth_methods = vec![AuthMethod::ClientSecret, AuthMethod::PrivateKeyJwt, AuthMethod::None];
        metadata.auth_signing_algorithms = ALGORITHMS_OF_CLIENTS.map(str::to_owned).to_vec();
        let json = metadata.to_json();
        let mut tag = String::new();
        for byte in Sha256::digest(&json).iter().take(16) {
            // Writing to a text can't fail.
            let _ = write!(tag, "{byte:02x}");
        }
        Self { json, tag }
    }
}

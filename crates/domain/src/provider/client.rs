//! Clients: the programs that ask for tokens.

use super::words::words;
use crate::{ClientSecret, Generation, Label, RegistrationId, SigningAlgorithm, Version};
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_oauth2::{AuthMethod, ClientId, GrantType, LoopbackPort, RedirectKind, RedirectUri, ScopeSet};
use std::collections::BTreeSet;

words! {
    /// What kind of program a client is: what it can keep to itself, and where answers reach it.
    ClientKind {
        /// A server, which keeps a secret.
        Web = "web",
        /// A page's scripts, which keep none.
        Spa = "spa",
        /// A program on a person's machine, which keeps none.
        Native = "native",
        /// A server that asks for itself alone. Nobody signs in.
        Service = "service",
    }
}

words! {
    /// Who looks after a client or a resource.
    ManagedBy {
        /// Administrators and the command line.
        Admin = "admin",
        /// The file that `CLIENTS_FILE` names.
        File = "file",
    }
}

words! {
    /// Whether a code is bound to whoever asked for it (RFC 7636).
    Pkce {
        /// Always.
        Required = "required",
        /// Where the client asks for it. For old software that keeps a secret.
        Optional = "optional",
    }
}

words! {
    /// Whether people are asked before a client is given something.
    ConsentMode {
        /// Once, and again for whatever is new.
        Remember = "remember",
        /// Each time.
        Always = "always",
        /// Never: an administrator answers for everybody.
        Skip = "skip",
    }
}

words! {
    /// Who may use a client.
    ClientAccess {
        /// Whoever signs in.
        Everyone = "everyone",
        /// Those whose address is verified.
        VerifiedEmail = "verified_email",
        /// Its members.
        Members = "members",
        /// Administrators.
        Admins = "admins",
    }
}

words! {
    /// How well somebody proved who they are (OpenID Connect Core, section 2, `acr`).
    Acr {
        /// By one factor.
        OneFactor = "1fa",
        /// By two.
        TwoFactors = "2fa",
        /// By one that no other site can ask for in our name.
        PhishingResistant = "phr",
    }
}

words! {
    /// For whom a client may sign what it shows in the place of a secret (RFC 7523, section 3).
    AssertionAudience {
        /// The issuer alone.
        Issuer = "issuer",
        /// The token endpoint, too, as older libraries have it.
        TokenEndpointToo = "token_endpoint_too",
    }
}

words! {
    /// The claim that tells a user's roles at a client.
    RolesClaim {
        /// `roles`.
        Roles = "roles",
        /// `groups`, which some programs ask for.
        Groups = "groups",
    }
}

/// The public keys of a client: a JWK set (RFC 7517, section 5) of 1 to 10 keys, as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientKeys(String);

impl ClientKeys {
    /// The most keys of one set.
    pub const MOST: usize = 10;
    /// The most bytes of a set.
    pub const MOST_BYTES: usize = 16 * 1024;

    /// Takes a text that was checked: what reads JSON does that.
    #[must_use]
    pub fn checked(text: String) -> Self {
        Self(text)
    }

    /// The JSON text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How a client shows who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientProof {
    /// Not at all: a public client.
    None,
    /// By a secret.
    Secret,
    /// By what it signs.
    Keys {
        /// The keys that its signatures are checked with.
        keys: ClientKeys,
        /// For whom it may sign.
        audience: AssertionAudience,
    },
}

impl ClientProof {
    /// The name of the method.
    #[must_use]
    pub const fn method(&self) -> AuthMethod {
        match self {
            Self::None => AuthMethod::None,
            Self::Secret => AuthMethod::ClientSecret,
            Self::Keys { .. } => AuthMethod::PrivateKeyJwt,
        }
    }
}

/// The origin of pages whose scripts may call (RFC 6454, section 6.2): `https`, or `http` on this machine.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientOrigin(String);

/// A text that is no origin as browsers send it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an origin is scheme, host and port as a browser shows them, such as https://shop.example.com")]
pub struct NotAnOrigin;

impl ClientOrigin {
    /// Takes a text for an origin.
    ///
    /// # Errors
    /// [`NotAnOrigin`], for a path, a port that goes without saying and capital letters, too.
    pub fn parse(text: &str) -> Result<Self, NotAnOrigin> {
        let uri = RedirectUri::parse(text).map_err(|_| NotAnOrigin)?;
        let is_origin = uri.kind() != RedirectKind::CustomScheme && uri.origin() == text;
        is_origin.then(|| Self(text.to_owned())).ok_or(NotAnOrigin)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The address of a page about a client, which people are led to: `https`, or `http` on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientPage(String);

/// A text that is no address of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is the https address of a page")]
pub struct NotAPage;

impl ClientPage {
    /// Takes a text for an address.
    ///
    /// # Errors
    /// [`NotAPage`].
    pub fn parse(text: &str) -> Result<Self, NotAPage> {
        match RedirectUri::parse(text).map(|uri| uri.kind()) {
            Ok(RedirectKind::Https | RedirectKind::Loopback) => Ok(Self(text.to_owned())),
            Ok(RedirectKind::CustomScheme) | Err(_) => Err(NotAPage),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What somebody says of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientSettings {
    /// What people call it.
    pub name: Label,
    /// What kind of program it is.
    pub kind: ClientKind,
    /// Whether it may be used.
    pub enabled: bool,
    /// How it shows who it is.
    pub proof: ClientProof,
    /// Whether its codes are bound to whoever asked.
    pub pkce: Pkce,
    /// Whether people are asked.
    pub consent: ConsentMode,
    /// Who may use it.
    pub access: ClientAccess,
    /// How well people must prove who they are to use it, at least.
    pub min_acr: Option<Acr>,
    /// What its ID tokens are signed by.
    pub id_token_alg: SigningAlgorithm,
    /// How long its ID tokens live.
    pub id_token_life: TimeDelta,
    /// Whether its ID tokens tell what the userinfo endpoint does.
    pub claims_in_id_token: bool,
    /// The claim that tells roles.
    pub roles_claim: RolesClaim,
    /// The grants that it may use.
    pub grant_types: BTreeSet<GrantType>,
    /// The scopes that it may ask for.
    pub scopes: ScopeSet,
    /// Where answers of the authorization endpoint may go.
    pub redirect_uris: BTreeSet<RedirectUri>,
    /// Where people may be sent once they are signed out.
    pub logout_uris: BTreeSet<RedirectUri>,
    /// The origins whose scripts may call for it.
    pub origins: BTreeSet<ClientOrigin>,
    /// A page about it.
    pub client_uri: Option<ClientPage>,
    /// What it does with what it learns.
    pub policy_uri: Option<ClientPage>,
    /// The terms of its use.
    pub tos_uri: Option<ClientPage>,
}

impl ClientSettings {
    /// What is so where nobody says otherwise.
    #[must_use]
    pub fn new(name: Label, kind: ClientKind) -> Self {
        let (grant_types, scopes): (&[GrantType], &str) = match kind {
            ClientKind::Web | ClientKind::Spa | ClientKind::Native => (
                &[GrantType::AuthorizationCode, GrantType::RefreshToken],
                "openid profile email",
            ),
            ClientKind::Service => (&[GrantType::ClientCredentials], ""),
        };
        Self {
            name,
            kind,
            enabled: true,
            proof: match kind {
                ClientKind::Web | ClientKind::Service => ClientProof::Secret,
                ClientKind::Spa | ClientKind::Native => ClientProof::None,
            },
            pkce: Pkce::Required,
            consent: ConsentMode::Remember,
            access: ClientAccess::Everyone,
            min_acr: None,
            id_token_alg: SigningAlgorithm::Rs256,
            id_token_life: TimeDelta::minutes(10),
            claims_in_id_token: false,
            roles_claim: RolesClaim::Roles,
            grant_types: grant_types.iter().copied().collect(),
            scopes: ScopeSet::parse(scopes).unwrap_or_default(),
            redirect_uris: BTreeSet::new(),
            logout_uris: BTreeSet::new(),
            origins: BTreeSet::new(),
            client_uri: None,
            policy_uri: None,
            tos_uri: None,
        }
    }

    /// Whether it shows who it is (RFC 6749, section 2.1).
    #[must_use]
    pub fn is_confidential(&self) -> bool {
        self.proof != ClientProof::None
    }

    /// Whether it may use that grant.
    #[must_use]
    pub fn may_use(&self, grant: GrantType) -> bool {
        self.grant_types.contains(&grant)
    }

    /// Whether answers for it may go to that address: byte for byte one of its own, but for the port of a program on a person's
    /// machine (RFC 8252, section 7.3).
    #[must_use]
    pub fn takes_answers_at(&self, uri: &RedirectUri) -> bool {
        let port = match self.kind {
            ClientKind::Native => LoopbackPort::Any,
            ClientKind::Web | ClientKind::Spa | ClientKind::Service => LoopbackPort::Registered,
        };
        self.redirect_uris.iter().any(|known| known.matches(uri, port))
    }

    /// The origins whose scripts may call for it: its own and, of a page's scripts, those of its redirect URIs.
    pub fn allowed_origins(&self) -> impl Iterator<Item = String> {
        let is_page = |uri: &&RedirectUri| {
            self.kind == ClientKind::Spa
                && match uri.kind() {
                    RedirectKind::Https | RedirectKind::Loopback => true,
                    RedirectKind::CustomScheme => false,
                }
        };
        let of_redirects = self.redirect_uris.iter().filter(is_page).map(RedirectUri::origin);
        self.origins
            .iter()
            .map(|origin| origin.as_str().to_owned())
            .chain(of_redirects)
    }
}

/// A client as the store has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// What the store calls it. Nobody is shown that.
    pub id: RegistrationId,
    /// What it calls itself.
    pub client_id: ClientId,
    /// Who looks after it.
    pub managed_by: ManagedBy,
    /// What was said of it.
    pub settings: ClientSettings,
    /// Tokens that it was given for itself name the generation of their time. Those of a lower one are worthless.
    pub token_generation: Generation,
    /// How often it was changed.
    pub version: Version,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// A client with its secrets: what has to be known to judge what it asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisteredClient {
    /// The client.
    pub client: Client,
    /// Its secrets, oldest first, those that are over among them.
    pub secrets: Vec<ClientSecret>,
}

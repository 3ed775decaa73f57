//! Which client calls: what it shows, and whether that counts (RFC 6749, section 2.3; RFC 7523, section 3).

mod assertion;

use crate::actor::By;
use crate::guess::address_of;
use crate::ports::{ClientAuthenticationOutcome, ClientProofs, Exhausted, Limit, LimitKey, StoreError};
use crate::provider::client_authentication::{ClientAuthentication, RegistryUnconfirmed};
use crate::replica::{ClientWarning, Registry};
use crate::unit_of_work::UnitsOfWork;
use assertion::Unproven;
use async_trait::async_trait;
use portcullis_domain::{ClientProof, ClientSettings, Origin, RegisteredClient, SecretText};
use portcullis_oauth2::{BasicCredentials, ClientId, NotBasic};
use sha2::{Digest as _, Sha256};
use shaku::{Component, Interface};
use std::borrow::Cow;
use std::sync::Arc;

/// The `client_assertion_type` that is known (RFC 7523, section 2.2).
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What a request shows of its client.
#[derive(Debug, Clone, Default)]
pub struct PresentedClient {
    /// `client_id` of the form.
    pub client_id: Option<String>,
    /// The header `Authorization`, read.
    pub basic: Option<Result<BasicCredentials, NotBasic>>,
    /// `client_secret` of the form.
    pub secret: Option<SecretText>,
    /// `client_assertion_type` of the form.
    pub assertion_type: Option<String>,
    /// `client_assertion` of the form.
    pub assertion: Option<SecretText>,
}

/// A client that called: registered, enabled, and either public or by a proof of who it is. Only the check makes one. It goes
/// with the registry by which it was judged.
#[derive(Debug, Clone)]
pub struct KnownClient {
    registry: Arc<Registry>,
    registered: Arc<RegisteredClient>,
}

impl KnownClient {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> &ClientId {
        &self.registered.client.client_id
    }

    /// What was said of it.
    #[must_use]
    pub fn settings(&self) -> &ClientSettings {
        &self.registered.client.settings
    }

    /// The client, and its secrets.
    pub(crate) fn registered(&self) -> &RegisteredClient {
        &self.registered
    }

    /// The clients and resources of the moment.
    pub(crate) fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Whether it has shown who it is. A public client only says so.
    #[must_use]
    pub fn has_shown_who_it_is(&self) -> bool {
        self.settings().is_confidential()
    }
}

/// Why the client stays unknown.
#[derive(Debug, thiserror::Error)]
pub enum ClientCallError {
    /// It shows who it is in two ways (RFC 6749, section 2.3).
    #[error("the client shows who it is in more than one way")]
    TwoMethods,
    /// Nobody knows it, it is disabled, or what it shows does not count. Nobody is told which.
    #[error("the client did not show who it is")]
    Invalid,
    /// And so it was too often.
    #[error(transparent)]
    Limited(#[from] Exhausted),
    /// Nobody can tell at present.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<RegistryUnconfirmed> for ClientCallError {
    fn from(error: RegistryUnconfirmed) -> Self {
        Self::Store(StoreError::Unavailable(error.into()))
    }
}

/// Which client calls.
#[async_trait]
pub trait ClientCalls: Interface {
    /// The client that shows this. It reads no store, unless something was signed, which counts once.
    async fn authenticate(&self, presented: PresentedClient, origin: Origin) -> Result<KnownClient, ClientCallError>;

    /// Whether scripts of that origin may call for any client (Fetch, section 3.2).
    fn allows_origin(&self, origin: &str) -> bool;
}

/// [`ClientCalls`] by this server's memory.
#[derive(Component)]
#[shaku(interface = ClientCalls)]
pub struct ClientCallsService {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
    #[shaku(inject)]
    known: Arc<dyn ClientAuthentication>,
    #[shaku(inject)]
    proofs: Arc<dyn ClientProofs>,
}

/// The one thing that is shown.
enum Shown {
    Nothing,
    Secret(SecretText),
    Assertion(SecretText),
}

#[async_trait]
impl ClientCalls for ClientCallsService {
    async fn authenticate(&self, presented: PresentedClient, origin: Origin) -> Result<KnownClient, ClientCallError> {
        let judged = self.judged(presented, &origin).await;
        self.units.meter.client_authentication_ended(match &judged {
            Ok(_) => ClientAuthenticationOutcome::Success,
            Err(ClientCallError::TwoMethods | ClientCallError::Invalid) => ClientAuthenticationOutcome::InvalidClient,
            Err(ClientCallError::Limited(_)) => ClientAuthenticationOutcome::Limited,
            Err(ClientCallError::Store(_)) => ClientAuthenticationOutcome::Failed,
        });
        judged
    }

    fn allows_origin(&self, origin: &str) -> bool {
        self.known
            .registry()
            .is_ok_and(|registry| registry.allows_origin(origin))
    }
}

impl ClientCallsService {
    /// What is right is never counted, so nobody keeps a client out by showing what is wrong.
    async fn judged(&self, presented: PresentedClient, origin: &Origin) -> Result<KnownClient, ClientCallError> {
        let (claimed, shown) = self.read(presented).inspect_err(|error| {
            let name = match error {
                ClientCallError::TwoMethods => "invalid_request",
                ClientCallError::Invalid | ClientCallError::Limited(_) | ClientCallError::Store(_) => "invalid_client",
            };
            self.units.explain(origin, None, name, error);
        })?;
        let registry = self.known.registry()?;
        let mut unproven = None;
        let registered = match (&claimed, &shown) {
            (Some(id), Shown::Nothing) => self.known.by_name(&registry, id).ok(),
            (Some(id), Shown::Secret(secret)) => self.known.by_secret(&registry, id, secret).ok(),
            (Some(id), Shown::Assertion(assertion)) => {
                let registered = registry.enabled_client(id).map(Arc::clone);
                unproven = self.is_signed_by(registered.as_deref(), assertion).await?.err();
                registered.filter(|_| unproven.is_none())
            }
            (None, _) => None,
        };
        if let Some(registered) = registered {
            return Ok(KnownClient { registry, registered });
        }
        let found = claimed.as_ref().and_then(|id| registry.enabled_client(id));
        let why = why_invalid(claimed.is_some(), found.map(|found| &**found), &shown, unproven);
        self.units.explain(origin, claimed.as_ref(), "invalid_client", &why);
        if let (Some(found), Some(Unproven::ClockAhead(seconds))) = (found, unproven) {
            self.units
                .warn_of(found.client.id, ClientWarning::ClockAhead, Some(seconds));
        }
        Err(self.refusal(claimed.as_ref(), origin).await)
    }

    /// Whose it says to be, and what it shows.
    fn read(&self, presented: PresentedClient) -> Result<(Option<ClientId>, Shown), ClientCallError> {
        let PresentedClient {
            client_id,
            basic,
            secret,
            assertion_type,
            assertion,
        } = presented;
        let shown = [basic.is_some(), secret.is_some(), assertion.is_some()];
        if shown.into_iter().filter(|is_shown| *is_shown).count() > 1 {
            return Err(ClientCallError::TwoMethods);
        }
        let invalid = ClientCallError::Invalid;
        // The form may name the client besides; it has to be the same one (RFC 7521, section 4.2).
        let named = match client_id.as_deref().map(ClientId::parse) {
            Some(Ok(id)) => Some(id),
            Some(Err(_)) => return Ok((None, secret.map_or(Shown::Nothing, Shown::Secret))),
            None => None,
        };
        let (claimed, shown) = match (basic, secret, assertion) {
            (Some(basic), _, _) => {
                let basic = basic.map_err(|NotBasic| invalid)?;
                let secret = SecretText::new(basic.expose_secret().to_owned());
                (Some(basic.client_id), Shown::Secret(secret))
            }
            (None, _, Some(_)) if assertion_type.as_deref() != Some(JWT_BEARER) => return Err(invalid),
            (None, _, Some(assertion)) => {
                let claimed = self.proofs.claimed_client(&assertion);
                (claimed, Shown::Assertion(assertion))
            }
            (None, _, None) if assertion_type.is_some() => return Err(invalid),
            (None, Some(secret), None) => (named.clone(), Shown::Secret(secret)),
            (None, None, None) => (named.clone(), Shown::Nothing),
        };
        match (&named, &claimed) {
            (Some(named), Some(claimed)) if named != claimed => Ok((None, shown)),
            _ => Ok((claimed, shown)),
        }
    }

    async fn refusal(&self, claimed: Option<&ClientId>, origin: &Origin) -> ClientCallError {
        let key = address_of(origin).map(|address| key_of(claimed, address));
        match self.units.draw([(Limit::Client, key)]).await {
            Ok(drawn) => {
                // It counts as what it was: wrong.
                drop(drawn);
                ClientCallError::Invalid
            }
            Err(exhausted) => exhausted.into(),
        }
    }

    /// What is signed counts once, on all servers together.
    async fn spend(&self, spent: assertion::Spent) -> Result<bool, StoreError> {
        self.units
            .write(By::Server, move |unit| unit.spent().spend(&spent.digest, spent.until))
            .await
    }
}

/// Why nobody knows who called. It is for the log and for administrators.
fn why_invalid(
    is_named: bool,
    found: Option<&RegisteredClient>,
    shown: &Shown,
    unproven: Option<Unproven>,
) -> Cow<'static, str> {
    let Some(found) = found else {
        let why = if is_named {
            "there is no such client, or it is disabled"
        } else {
            "no client is named, or the form names another one than the header or the assertion"
        };
        return why.into();
    };
    let why = match (&found.client.settings.proof, shown) {
        (ClientProof::None, _) => "the client has no secret and no key, and one was shown",
        (ClientProof::Secret, Shown::Nothing) => "the client has a secret, and none was shown",
        (ClientProof::Secret, Shown::Secret(_)) => "the secret is not one of the client's, or has expired",
        (ClientProof::Secret, Shown::Assertion(_)) => "the client has a secret, and an assertion was shown",
        (ClientProof::Keys { .. }, Shown::Nothing | Shown::Secret(_)) => {
            "the client has keys, and no assertion was shown"
        }
        (ClientProof::Keys { .. }, Shown::Assertion(_)) => {
            return unproven.unwrap_or(Unproven::Signature).to_string().into();
        }
    };
    why.into()
}

/// The counter of a client's failures from a network. Its length does not depend on what was sent.
fn key_of(claimed: Option<&ClientId>, address: LimitKey) -> LimitKey {
    let mut hash = Sha256::new();
    hash.update(claimed.map_or("", ClientId::as_str));
    let mut key = hash.finalize().to_vec();
    key.extend(address.into_bytes());
    key.into()
}

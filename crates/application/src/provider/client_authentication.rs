//! Which client calls: what it shows, and whether that counts (RFC 6749, section 2.3; RFC 7523, section 3).

mod assertion;

use crate::actor::By;
use crate::guess::address_of;
use crate::ports::{
    ClientAuthenticationOutcome, ClientProofs, ClientSecrets, Exhausted, Limit, LimitKey, StoreError,
};
use crate::replica::Registry;
use crate::unit_of_work::UnitsOfWork;
use anyhow::anyhow;
use async_trait::async_trait;
use portcullis_domain::{ClientProof, ClientSettings, Digest32, Origin, RegisteredClient, SecretText};
use portcullis_oauth2::{BasicCredentials, ClientId, NotBasic};
use sha2::{Digest as _, Sha256};
use shaku::{Component, Interface};
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
pub enum ClientAuthenticationError {
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

/// Which client calls.
#[async_trait]
pub trait ClientAuthentication: Interface {
    /// The client that shows this. It reads no store, unless something was signed, which counts once.
    async fn authenticate(
        &self,
        presented: PresentedClient,
        origin: Origin,
    ) -> Result<KnownClient, ClientAuthenticationError>;

    /// Whether scripts of that origin may call for any client (Fetch, section 3.2).
    fn allows_origin(&self, origin: &str) -> bool;
}

/// [`ClientAuthentication`] by this server's memory.
#[derive(Component)]
#[shaku(interface = ClientAuthentication)]
pub struct ClientAuthenticationService {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
    #[shaku(inject)]
    secrets: Arc<dyn ClientSecrets>,
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
impl ClientAuthentication for ClientAuthenticationService {
    async fn authenticate(
        &self,
        presented: PresentedClient,
        origin: Origin,
    ) -> Result<KnownClient, ClientAuthenticationError> {
        let judged = self.judged(presented, &origin).await;
        self.units.meter.client_authentication_ended(match &judged {
            Ok(_) => ClientAuthenticationOutcome::Success,
            Err(ClientAuthenticationError::TwoMethods | ClientAuthenticationError::Invalid) => {
                ClientAuthenticationOutcome::InvalidClient
            }
            Err(ClientAuthenticationError::Limited(_)) => ClientAuthenticationOutcome::Limited,
            Err(ClientAuthenticationError::Store(_)) => ClientAuthenticationOutcome::Failed,
        });
        judged
    }

    fn allows_origin(&self, origin: &str) -> bool {
        let registry = self.units.replica.clients.registry(self.units.moment());
        registry.is_some_and(|registry| registry.allows_origin(origin))
    }
}

impl ClientAuthenticationService {
    /// What is right is never counted, so nobody keeps a client out by showing what is wrong.
    async fn judged(
        &self,
        presented: PresentedClient,
        origin: &Origin,
    ) -> Result<KnownClient, ClientAuthenticationError> {
        let (claimed, shown) = self.read(presented)?;
        let registry = self.units.replica.clients.registry(self.units.moment());
        let registry = registry.ok_or_else(|| {
            StoreError::Unavailable(anyhow!("this server has not heard of the clients for more than a second"))
        })?;
        let registered = claimed.as_ref().and_then(|id| registry.enabled_client(id)).map(Arc::clone);
        let is_shown = match &shown {
            Shown::Assertion(assertion) => self.is_signed_by(registered.as_deref(), assertion).await?,
            Shown::Secret(secret) => self.is_secret_of(registered.as_deref(), secret),
            Shown::Nothing => registered
                .as_deref()
                .is_some_and(|registered| registered.client.settings.proof == ClientProof::None),
        };
        match registered.filter(|_| is_shown) {
            Some(registered) => Ok(KnownClient { registry, registered }),
            None => Err(self.refusal(claimed.as_ref(), origin).await),
        }
    }

    /// Whose it says to be, and what it shows.
    fn read(&self, presented: PresentedClient) -> Result<(Option<ClientId>, Shown), ClientAuthenticationError> {
        let PresentedClient {
            client_id,
            basic,
            secret,
            assertion_type,
            assertion,
        } = presented;
        let shown = [basic.is_some(), secret.is_some(), assertion.is_some()];
        if shown.into_iter().filter(|is_shown| *is_shown).count() > 1 {
            return Err(ClientAuthenticationError::TwoMethods);
        }
        let invalid = ClientAuthenticationError::Invalid;
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

    /// It takes the same time whether there is such a client or not.
    fn is_secret_of(&self, registered: Option<&RegisteredClient>, shown: &SecretText) -> bool {
        let now = self.units.now();
        let live: Vec<_> = registered
            .filter(|registered| registered.client.settings.proof == ClientProof::Secret)
            .into_iter()
            .flat_map(|registered| &registered.secrets)
            .filter(|secret| secret.is_live(now))
            .collect();
        let digests: Vec<Digest32> = live.iter().map(|secret| secret.digest).collect();
        let found = self.secrets.find(shown, &digests).and_then(|slot| live.get(slot));
        if let Some(secret) = found {
            let clients = &self.units.replica.clients;
            clients.note_use(secret.id, secret.last_used_at, now);
        }
        found.is_some()
    }

    async fn refusal(&self, claimed: Option<&ClientId>, origin: &Origin) -> ClientAuthenticationError {
        let key = address_of(origin).map(|address| key_of(claimed, address));
        match self.units.draw([(Limit::Client, key)]).await {
            Ok(drawn) => {
                // It counts as what it was: wrong.
                drop(drawn);
                ClientAuthenticationError::Invalid
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

/// The counter of a client's failures from a network. Its length does not depend on what was sent.
fn key_of(claimed: Option<&ClientId>, address: LimitKey) -> LimitKey {
    let mut hash = Sha256::new();
    hash.update(claimed.map_or("", ClientId::as_str));
    let mut key = hash.finalize().to_vec();
    key.extend(address.into_bytes());
    key.into()
}

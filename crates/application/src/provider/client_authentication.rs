//! Who a client is, by what it shows.

use crate::ports::ClientSecrets;
use crate::replica::Registry;
use crate::unit_of_work::UnitsOfWork;
use portcullis_domain::{ClientProof, Digest32, RegisteredClient, SecretText};
use portcullis_oauth2::ClientId;
use shaku::{Component, Interface};
use std::sync::Arc;

/// Finds out who a client is, from memory.
pub trait ClientAuthentication: Interface {
    /// The clients and resources of this moment, where they can be relied on.
    ///
    /// # Errors
    /// The provider has no name, or the store did not confirm them within a second.
    fn registry(&self) -> Result<Arc<Registry>, RegistryUnconfirmed>;

    /// The client that shows that secret. Whether there is such a client can't be told from how long it takes.
    ///
    /// # Errors
    /// It is another, is disabled, shows no secret, or its secret is over: nobody is told which.
    fn by_secret(
        &self,
        registry: &Registry,
        client: &ClientId,
        secret: &SecretText,
    ) -> Result<Arc<RegisteredClient>, InvalidClient>;

    /// The public client of that id, which shows nothing.
    ///
    /// # Errors
    /// There is no such client, it is disabled, or it has to show who it is.
    fn by_name(&self, registry: &Registry, client: &ClientId) -> Result<Arc<RegisteredClient>, InvalidClient>;
}

/// The registry can't be relied on at present, or there is no provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no provider here, or the store did not confirm the registry of clients within a second")]
pub struct RegistryUnconfirmed;

/// A client is not the one that it says it is, or may not be used (RFC 6749, section 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the client is not known, or did not show who it is")]
pub struct InvalidClient;

/// [`ClientAuthentication`] by the registry in memory.
#[derive(Component)]
#[shaku(interface = ClientAuthentication)]
pub struct ClientAuthenticationService {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
    #[shaku(inject)]
    secrets: Arc<dyn ClientSecrets>,
}

impl ClientAuthentication for ClientAuthenticationService {
    fn registry(&self) -> Result<Arc<Registry>, RegistryUnconfirmed> {
        // Without a name of the provider, no client can be answered: not even that something was revoked.
        if self.units.provider.issuer().is_none() {
            return Err(RegistryUnconfirmed);
        }
        let registry = self.units.replica.clients.registry(self.units.moment());
        registry.ok_or(RegistryUnconfirmed)
    }

    fn by_secret(
        &self,
        registry: &Registry,
        client: &ClientId,
        secret: &SecretText,
    ) -> Result<Arc<RegisteredClient>, InvalidClient> {
        let now = self.units.now();
        let registered = registry.enabled_client(client);
        let registered = registered.filter(|found| found.client.settings.proof == ClientProof::Secret);
        let own = registered.into_iter().flat_map(|found| &found.secrets);
        let live: Vec<_> = own.filter(|secret| secret.is_live(now)).collect();
        let digests: Vec<Digest32> = live.iter().map(|secret| secret.digest).collect();
        let shown = self.secrets.find(secret, &digests).and_then(|slot| live.get(slot));
        match (registered, shown) {
            (Some(registered), Some(shown)) => {
                self.units.replica.clients.note_use(shown.id, shown.last_used_at, now);
                Ok(Arc::clone(registered))
            }
            (None, _) | (_, None) => Err(InvalidClient),
        }
    }

    fn by_name(&self, registry: &Registry, client: &ClientId) -> Result<Arc<RegisteredClient>, InvalidClient> {
        let registered = registry.enabled_client(client);
        let public = registered.filter(|found| found.client.settings.proof == ClientProof::None);
        public.cloned().ok_or(InvalidClient)
    }
}

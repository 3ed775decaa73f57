//! Reading the registry of clients into the memory of this server.

use crate::ports::{Moment, RegistryStamp, StoreError};
use crate::replica::Reading;
use crate::unit_of_work::Units;
use portcullis_domain::Issuer;

/// How often it is tried to read the registry while nobody changes it.
const TRIES: u32 = 5;

impl Units {
    /// What the provider is called here, or why there is none.
    pub(crate) fn issuer(&self) -> Result<Issuer, String> {
        match &self.provider {
            super::policy::ProviderPolicy::On(issuer) => Ok(issuer.clone()),
            super::policy::ProviderPolicy::Off(why) => Err(why.clone()),
        }
    }

    /// Learns what was changed before the store was asked. Several times a second.
    pub(crate) async fn read_registry(&self, asked: Moment) -> Result<(), StoreError> {
        let directory = &self.replica.clients;
        let mut tries = 0;
        loop {
            let known = directory.stamp();
            let present = self.read(|repositories| repositories.clients().stamp()).await?;
            if known == Some(present) {
                directory.confirm(present, asked);
                return Ok(());
            }
            let reading = self.read_changes(known, present).await?;
            tries += 1;
            // Several statements read it: it is of one moment only if nothing was changed meanwhile. Where that goes on and
            // on, it is taken as it is, and read once more in the next round.
            let is_of_one_moment = present == self.read(|repositories| repositories.clients().stamp()).await?;
            if is_of_one_moment || tries == TRIES {
                directory.take_in(reading);
            }
        }
    }

    /// Learns at once what this server changed, if it keeps the registry in memory. Where that fails, the next round of
    /// [`read_registry`](Self::read_registry) does it.
    pub(crate) async fn read_registry_soon(&self) {
        if self.replica.clients.stamp().is_none() {
            return;
        }
        if let Err(error) = self.read_registry(self.moment()).await {
            tracing::debug!(%error, "the registry of clients is read later");
        }
    }

    async fn read_changes(&self, known: Option<RegistryStamp>, present: RegistryStamp) -> Result<Reading, StoreError> {
        let since = known.unwrap_or_default();
        let (clients, client_ids, resource_ids, resources) = self
            .read(move |repositories| {
                let clients = repositories.clients().list_changed(since)?;
                let client_ids = repositories.clients().ids()?;
                let resource_ids = repositories.resources().ids()?;
                let resources = repositories.resources().list_changed(since)?;
                Ok::<_, StoreError>((clients, client_ids, resource_ids, resources))
            })
            .await?;
        Ok(Reading {
            after: known,
            stamp: present,
            clients,
            resources,
            client_ids: client_ids.into_iter().collect(),
            resource_ids: resource_ids.into_iter().collect(),
        })
    }
}

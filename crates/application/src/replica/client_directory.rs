//! The registry of clients in the memory of one server.

use super::revocation_list::TRUSTED_FOR;
use crate::ports::{Moment, RegistryStamp};
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_domain::{ClientSecretId, RegisteredClient, RegistrationId, Resource, ResourceId};
use portcullis_oauth2::{ClientId, ResourceUri, ScopeName, ScopeSet};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use tokio::sync::Notify;

/// How much later a use of a secret is noted than the one before.
const NOTED_EVERY: TimeDelta = TimeDelta::hours(1);

/// All clients and resources. It is trusted as the list of revocations is: where the store confirmed it within a second.
#[derive(Debug, Default)]
pub struct ClientDirectory {
    state: RwLock<State>,
    /// When secrets were last used, as far as this server saw it, and whether the store was told.
    uses: Mutex<HashMap<ClientSecretId, Use>>,
    /// Keeps one piece of news for whoever comes later.
    change: Notify,
}

#[derive(Debug, Default)]
struct State {
    registry: Arc<Registry>,
    /// The change up to which it was read; `None` before the first reading.
    stamp: Option<RegistryStamp>,
    /// When the reading began that the store last answered.
    confirmed_at: Option<Moment>,
}

#[derive(Debug, Clone, Copy)]
struct Use {
    at: DateTime<Utc>,
    is_told: bool,
}

/// The clients and resources of one moment. Whoever answers a request takes one and keeps it to the end.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    clients: HashMap<ClientId, Arc<RegisteredClient>>,
    client_ids: HashMap<RegistrationId, ClientId>,
    resources: HashMap<ResourceUri, Arc<Resource>>,
    resource_uris: HashMap<ResourceId, ResourceUri>,
    scopes: HashMap<ScopeName, Arc<Resource>>,
    origins: HashSet<String>,
}

/// What was read of the registry.
#[derive(Debug)]
pub(crate) struct Reading {
    /// The change behind which it was read.
    pub(crate) after: Option<RegistryStamp>,
    /// The change up to which it was read.
    pub(crate) stamp: RegistryStamp,
    /// The clients that were written in between.
    pub(crate) clients: Vec<RegisteredClient>,
    /// The resources that were written in between.
    pub(crate) resources: Vec<Resource>,
    /// The clients that there are.
    pub(crate) client_ids: HashSet<RegistrationId>,
    /// The resources that there are.
    pub(crate) resource_ids: HashSet<ResourceId>,
}

impl ClientDirectory {
    /// The clients and resources, where they can be relied on at `now`.
    #[must_use]
    pub fn registry(&self, now: Moment) -> Option<Arc<Registry>> {
        let state = self.read();
        let is_trusted = state.confirmed_at.is_some_and(|at| now.is_within(TRUSTED_FOR, at));
        is_trusted.then(|| Arc::clone(&state.registry))
    }

    /// The change up to which it was read; `None` before the first reading.
    pub(crate) fn stamp(&self) -> Option<RegistryStamp> {
        self.read().stamp
    }

    /// Says that nothing was changed behind `stamp` when the store was asked at `asked`.
    pub(crate) fn confirm(&self, stamp: RegistryStamp, asked: Moment) {
        let mut state = self.write();
        if state.stamp == Some(stamp) {
            state.confirmed_at = Some(asked);
        }
    }

    /// Takes in what was read, unless somebody else read on meanwhile.
    pub(crate) fn take_in(&self, reading: Reading) {
        let mut state = self.write();
        if state.stamp == reading.after {
            state.stamp = Some(reading.stamp);
            Arc::make_mut(&mut state.registry).take_in(reading);
            drop(state);
            self.change.notify_one();
        }
    }

    /// Ends once something was taken in since the last call. One waits at a time.
    pub(crate) async fn changed(&self) {
        self.change.notified().await;
    }

    /// Whether there was any client when it was read last, however long ago.
    pub(crate) fn has_clients(&self) -> bool {
        self.read().registry.has_clients()
    }

    /// Notes that a secret is used, where the note before is an hour old.
    pub(crate) fn note_use(&self, secret: ClientSecretId, told: Option<DateTime<Utc>>, now: DateTime<Utc>) {
        let mut uses = self.uses();
        let before = uses.get(&secret).map(|noted| noted.at).max(told);
        if before.is_none_or(|before| NOTED_EVERY <= now - before) {
            uses.insert(
                secret,
                Use {
                    at: now,
                    is_told: false,
                },
            );
        }
    }

    /// Takes the uses that the store was not told of.
    pub(crate) fn take_uses(&self) -> Vec<(ClientSecretId, DateTime<Utc>)> {
        let mut uses = self.uses();
        let untold = uses.iter_mut().filter(|(_, noted)| !noted.is_told);
        let taken = untold
            .map(|(id, noted)| {
                noted.is_told = true;
                (*id, noted.at)
            })
            .collect();
        // What is older than the pace of notes says nothing that the store does not.
        if let Some(latest) = uses.values().map(|noted| noted.at).max() {
            uses.retain(|_, noted| latest - noted.at < NOTED_EVERY);
        }
        taken
    }

    /// Gives uses back that the store did not take.
    pub(crate) fn give_back(&self, untold: &[(ClientSecretId, DateTime<Utc>)]) {
        let mut uses = self.uses();
        for (id, at) in untold {
            uses.insert(
                *id,
                Use {
                    at: *at,
                    is_told: false,
                },
            );
        }
    }

    fn uses(&self) -> MutexGuard<'_, HashMap<ClientSecretId, Use>> {
        self.uses.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Registry {
    /// The client of that id, also one that is disabled.
    #[must_use]
    pub fn client(&self, id: &ClientId) -> Option<&Arc<RegisteredClient>> {
        self.clients.get(id)
    }

    /// The client of that id, if it may be used.
    #[must_use]
    pub fn enabled_client(&self, id: &ClientId) -> Option<&Arc<RegisteredClient>> {
        self.client(id).filter(|registered| registered.client.settings.enabled)
    }

    /// The client that the store calls that.
    #[must_use]
    pub fn registered(&self, id: RegistrationId) -> Option<&Arc<RegisteredClient>> {
        self.client(self.client_ids.get(&id)?)
    }

    /// What those of the scopes allow that belong to resources, as whoever looks after them wrote it.
    #[must_use]
    pub fn described(&self, scopes: &ScopeSet) -> Vec<String> {
        let described = scopes.iter().filter_map(|name| {
            let resource = self.resource_of(name)?;
            let scope = resource.settings.scopes.iter().find(|scope| scope.name == *name)?;
            let text = scope.description.as_str();
            Some(if text.is_empty() { name.as_str() } else { text }.to_owned())
        });
        described.collect()
    }

    /// Whether there is any client.
    #[must_use]
    pub fn has_clients(&self) -> bool {
        !self.clients.is_empty()
    }

    /// The clients, in no order.
    pub fn clients(&self) -> impl Iterator<Item = &Arc<RegisteredClient>> {
        self.clients.values()
    }

    /// The resource of that URI; none has a text that is no resource's URI.
    #[must_use]
    pub fn resource(&self, uri: &str) -> Option<&Arc<Resource>> {
        self.resources.get(uri)
    }

    /// The resource that a scope belongs to; `None` for those of the provider itself, too.
    #[must_use]
    pub fn resource_of(&self, scope: &ScopeName) -> Option<&Arc<Resource>> {
        self.scopes.get(scope)
    }

    /// The resources, in no order.
    pub fn resources(&self) -> impl Iterator<Item = &Arc<Resource>> {
        self.resources.values()
    }

    /// Whether scripts of that origin may call for any client that may be used.
    #[must_use]
    pub fn allows_origin(&self, origin: &str) -> bool {
        self.origins.contains(origin)
    }

    fn take_in(&mut self, reading: Reading) {
        let gone: Vec<_> = (self.client_ids.iter())
            .filter(|(id, _)| !reading.client_ids.contains(id))
            .map(|(id, client_id)| (*id, client_id.clone()))
            .collect();
        for (id, client_id) in gone {
            self.client_ids.remove(&id);
            self.clients.remove(&client_id);
        }
        for registered in reading.clients {
            let (id, client_id) = (registered.client.id, registered.client.client_id.clone());
            self.client_ids.insert(id, client_id.clone());
            self.clients.insert(client_id, Arc::new(registered));
        }
        let of_clients = self
            .clients
            .values()
            .filter(|registered| registered.client.settings.enabled);
        self.origins = of_clients
            .flat_map(|registered| registered.client.settings.allowed_origins())
            .collect();
        self.take_in_resources(reading.resources, &reading.resource_ids);
    }

    fn take_in_resources(&mut self, written: Vec<Resource>, there: &HashSet<ResourceId>) {
        let written_ids: HashSet<ResourceId> = written.iter().map(|resource| resource.id).collect();
        let is_past = |id: &ResourceId| !there.contains(id) || written_ids.contains(id);
        let past: Vec<_> = (self.resource_uris.iter())
            .filter(|(id, _)| is_past(id))
            .map(|(id, uri)| (*id, uri.clone()))
            .collect();
        for (id, uri) in past {
            self.resource_uris.remove(&id);
            self.resources.remove(&uri);
        }
        for resource in written {
            let uri = resource.settings.uri.clone();
            self.resource_uris.insert(resource.id, uri.clone());
            self.resources.insert(uri, Arc::new(resource));
        }
        let by_scope = self.resources.values().flat_map(|resource| {
            let scopes = resource.settings.scopes.iter();
            scopes.map(|scope| (scope.name.clone(), Arc::clone(resource)))
        });
        self.scopes = by_scope.collect();
    }
}

#[cfg(test)]
mod tests;

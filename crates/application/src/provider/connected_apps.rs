//! The apps that people let use their account, and how that is taken back.

use crate::actor::{Actor, Authority};
use crate::ports::{GrantsToEnd, StoreError};
use crate::provider::client_authentication::RegistryUnconfirmed;
use crate::still_allowed::OutOfReach;
use crate::unit_of_work::{Unit, UnitsOfWork};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use portcullis_domain::{
    AuditEvent, AuditEventType, AuditReason, Consent, Device, Grant, Label, RegisteredClient, RegistrationId, UserId,
};
use portcullis_oauth2::{ClientId, ScopeSet};
use shaku::{Component, Interface};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The apps that people let use their account.
#[async_trait]
pub trait ConnectedApps: Interface {
    /// One's own, by name.
    async fn list_own(&self, actor: &Actor) -> Result<Vec<ConnectedApp>, StoreError>;

    /// Takes back what one lets an app do. All that the app was given for it is worthless.
    async fn disconnect_own(&self, actor: &Actor, client: ClientId) -> Result<(), DisconnectError>;

    /// A user's, by name; `None` where there is no such user.
    async fn list(&self, by: Authority, user: UserId) -> Result<Option<Vec<ConnectedApp>>, StoreError>;

    /// Takes back what a user lets an app do.
    async fn disconnect(&self, by: Authority, user: UserId, client: ClientId) -> Result<(), DisconnectError>;
}

/// An app that somebody lets use their account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectedApp {
    /// What it calls itself.
    pub client_id: ClientId,
    /// What people call it.
    pub name: Label,
    /// What it may ask for: what was agreed to, and what it was given without being asked about.
    pub scopes: ScopeSet,
    /// What those of its scopes allow that belong to resources.
    pub described: Vec<String>,
    /// Since when.
    pub since: DateTime<Utc>,
    /// When it last made use of that; of what was agreed to, to the day.
    pub last_used_at: DateTime<Utc>,
    /// From where it does so at present, the last use first.
    pub devices: Vec<Device>,
}

/// Why an app goes on.
#[derive(Debug, thiserror::Error)]
pub enum DisconnectError {
    /// The user does not let such an app do anything, or there is no such user.
    #[error("the user lets no such app do anything")]
    NotFound,
    /// The one who asked is no administrator any more, or not signed in.
    #[error("not an administrator any more")]
    NoLongerAllowed,
    /// It was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<OutOfReach> for DisconnectError {
    fn from(error: OutOfReach) -> Self {
        match error {
            OutOfReach::NotFound => Self::NotFound,
            OutOfReach::NoLongerAllowed => Self::NoLongerAllowed,
            OutOfReach::Store(error) => error.into(),
        }
    }
}

/// [`ConnectedApps`] by consents and grants.
#[derive(Component)]
#[shaku(interface = ConnectedApps)]
pub struct ConnectedAppsService {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
}

#[async_trait]
impl ConnectedApps for ConnectedAppsService {
    async fn list_own(&self, actor: &Actor) -> Result<Vec<ConnectedApp>, StoreError> {
        self.of(actor.user().id).await
    }

    async fn disconnect_own(&self, actor: &Actor, client: ClientId) -> Result<(), DisconnectError> {
        let (user, client_id) = (actor.user().id, client.clone());
        let taken_back = self.units.write(actor, move |unit| {
            unit.users().lock(user)?;
            take_back(unit, user, &client)
        });
        taken_back.await?;
        tracing::info!(user_id = %user, %client_id, "app disconnected");
        Ok(())
    }

    async fn list(&self, _: Authority, user: UserId) -> Result<Option<Vec<ConnectedApp>>, StoreError> {
        let found = self.units.look_up(move |repositories| repositories.users().find(user));
        match found.await? {
            Some(_) => self.of(user).await.map(Some),
            None => Ok(None),
        }
    }

    async fn disconnect(&self, by: Authority, user: UserId, client: ClientId) -> Result<(), DisconnectError> {
        let client_id = client.clone();
        let taken_back = self.units.write(by, move |unit| {
            unit.lock_user(user)?;
            take_back(unit, user, &client)
        });
        taken_back.await?;
        tracing::info!(user_id = %user, %client_id, "app disconnected");
        Ok(())
    }
}

/// Ends consent and grants in one unit that holds the user's row, so that no grant is issued beside it.
fn take_back(unit: &mut Unit<'_>, user: UserId, client_id: &ClientId) -> Result<(), DisconnectError> {
    let registered = unit.clients().find(client_id)?.ok_or(DisconnectError::NotFound)?;
    let client = registered.client.id;
    let was_agreed_to = unit.consents().delete(user, client)?;
    let ended = unit.end_grants(GrantsToEnd::OfClient { user, client }, AuditReason::ConsentWithdrawn)?;
    if !was_agreed_to && ended == 0 {
        return Err(DisconnectError::NotFound);
    }
    let event = AuditEvent {
        client_id: Some(client_id.clone()),
        ..unit.success(AuditEventType::ConsentWithdrawn, Some(user))
    };
    Ok(unit.record(event)?)
}

impl ConnectedAppsService {
    async fn of(&self, user: UserId) -> Result<Vec<ConnectedApp>, StoreError> {
        let registry = self.units.replica.clients.registry(self.units.moment());
        let registry = registry.ok_or_else(|| StoreError::Unavailable(RegistryUnconfirmed.into()))?;
        let now = self.units.now();
        let (consents, grants) = self
            .units
            .read(move |repositories| {
                let consents = repositories.consents().list(user)?;
                let grants = repositories.grants().list_live(user, now)?;
                Ok::<_, StoreError>((consents, grants))
            })
            .await?;
        let mut by_client: BTreeMap<RegistrationId, Uses> = BTreeMap::new();
        for consent in consents.into_iter().filter(|consent| consent.is_remembered(now)) {
            let of_client = by_client.entry(consent.client);
            of_client.or_default().consent = Some(consent);
        }
        for grant in grants {
            by_client.entry(grant.granted.client).or_default().grants.push(grant);
        }
        let mut apps: Vec<ConnectedApp> = by_client
            .into_iter()
            .filter_map(|(client, uses)| uses.of(registry.registered(client)?))
            .collect();
        for app in &mut apps {
            app.described = registry.described(&app.scopes);
        }
        apps.sort_by(|one, other| (one.name.as_str(), &one.client_id).cmp(&(other.name.as_str(), &other.client_id)));
        Ok(apps)
    }
}

/// By what an app uses an account.
#[derive(Default)]
struct Uses {
    consent: Option<Consent>,
    grants: Vec<Grant>,
}

impl Uses {
    fn of(mut self, registered: &RegisteredClient) -> Option<ConnectedApp> {
        let of_grants = self.grants.iter().map(|grant| &grant.granted.scopes);
        let of_consent = self.consent.iter().map(|consent| &consent.scopes);
        let scopes = of_consent
            .chain(of_grants)
            .fold(ScopeSet::default(), |all, scopes| all.union(scopes));
        let begun = self.grants.iter().map(|grant| grant.rotation.created_at);
        let since = self
            .consent
            .iter()
            .map(|consent| consent.granted_at)
            .chain(begun)
            .min()?;
        let used = self.grants.iter().map(|grant| grant.last_used_at);
        let last_used_at = used
            .chain(self.consent.iter().map(|consent| consent.last_used_at))
            .max()?;
        self.grants.sort_by_key(|grant| std::cmp::Reverse(grant.last_used_at));
        let mut devices: Vec<Device> = Vec::new();
        for grant in self.grants {
            if !devices.contains(&grant.device) {
                devices.push(grant.device);
            }
        }
        Some(ConnectedApp {
            client_id: registered.client.client_id.clone(),
            name: registered.client.settings.name.clone(),
            scopes,
            described: Vec::new(),
            since,
            last_used_at,
            devices,
        })
    }
}

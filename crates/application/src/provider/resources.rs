//! The registry of resources.

use super::reading::{Faults, Written};
use super::written_resource::{changed, new_resource};
use crate::actor::Authority;
use crate::ports::{RegistryStamp, StoreError, StoreResult};
use crate::unit_of_work::{Unit, UnitsOfWork};
use async_trait::async_trait;
use portcullis_domain::{
    AuditEvent, AuditEventType, Fault, Issuer, ManagedBy, Page, PageRequest, Resource, ResourceId, ResourceSettings,
    Version,
};
use portcullis_oauth2::{ResourceUri, ScopeName};
use shaku::{Component, Interface};
use std::sync::Arc;

/// How many clients are named that need a scope.
const NAMED: usize = 5;

/// The registry of resources. Each call takes the [`Authority`] of an administrator or an operator.
#[async_trait]
pub trait Resources: Interface {
    /// The resources, newest first.
    async fn list(&self, by: Authority, request: PageRequest) -> Result<Page<Resource>, StoreError>;

    /// The resource of that id.
    async fn find(&self, by: Authority, resource: ResourceId) -> Result<Option<Resource>, StoreError>;

    /// The resource of that URI.
    async fn find_by_uri(&self, by: Authority, uri: ResourceUri) -> Result<Option<Resource>, StoreError>;

    /// Registers a resource.
    async fn create(&self, by: Authority, written: Written) -> Result<Resource, CreateResourceError>;

    /// Changes what was said of a resource, of the version `seen` if one is said.
    async fn change(
        &self,
        by: Authority,
        resource: ResourceId,
        seen: Option<Version>,
        change: Written,
    ) -> Result<Resource, ChangeResourceError>;

    /// Removes a resource whose scopes no client has.
    async fn delete(
        &self,
        by: Authority,
        resource: ResourceId,
        seen: Option<Version>,
    ) -> Result<(), ResourceOutOfReach>;
}

/// Why a resource was not reached.
#[derive(Debug, thiserror::Error)]
pub enum ResourceOutOfReach {
    /// There is no such resource.
    #[error("there is no such resource")]
    NotFound,
    /// The one who asked is no administrator any more, or not signed in.
    #[error("not an administrator any more")]
    NoLongerAllowed,
    /// The file that `CLIENTS_FILE` names looks after it.
    #[error("the file that CLIENTS_FILE names looks after this resource; change it there")]
    ManagedByFile,
    /// Somebody else changed it meanwhile.
    #[error("the resource was changed meanwhile; look at it again")]
    Stale,
    /// Clients have scopes of it that would be gone: the first of them by id.
    #[error("clients have a scope of it that would be gone: {}; take it from them first", .0.join(", "))]
    InUse(Vec<String>),
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why no resource was registered.
#[derive(Debug, thiserror::Error)]
pub enum CreateResourceError {
    /// There is no provider here. The text says why, and what to do.
    #[error("{0}")]
    ProviderOff(String),
    /// Something is wrong with what was said of it.
    #[error(transparent)]
    Invalid(#[from] Faults),
    /// There is a resource of that URI.
    #[error("there is a resource of that URI")]
    UriTaken,
    /// The one who asked is no administrator any more, or not signed in.
    #[error("not an administrator any more")]
    NoLongerAllowed,
    /// The resource was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a resource stayed as it was.
#[derive(Debug, thiserror::Error)]
pub enum ChangeResourceError {
    /// There is no provider here. The text says why, and what to do.
    #[error("{0}")]
    ProviderOff(String),
    /// Something is wrong with what was said of it.
    #[error(transparent)]
    Invalid(#[from] Faults),
    /// There is another resource of that URI.
    #[error("there is a resource of that URI")]
    UriTaken,
    /// The resource was not reached.
    #[error(transparent)]
    OutOfReach(#[from] ResourceOutOfReach),
    /// The change was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// [`Resources`] in units of work.
#[derive(Component)]
#[shaku(interface = Resources)]
pub struct ResourcesService {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
}

#[async_trait]
impl Resources for ResourcesService {
    async fn list(&self, _: Authority, request: PageRequest) -> Result<Page<Resource>, StoreError> {
        self.units
            .read(move |repositories| repositories.resources().list(&request))
            .await
    }

    async fn find(&self, _: Authority, resource: ResourceId) -> Result<Option<Resource>, StoreError> {
        self.units
            .read(move |repositories| repositories.resources().find(resource))
            .await
    }

    async fn find_by_uri(&self, _: Authority, uri: ResourceUri) -> Result<Option<Resource>, StoreError> {
        self.units
            .read(move |repositories| repositories.resources().find_by_uri(&uri))
            .await
    }

    async fn create(&self, by: Authority, written: Written) -> Result<Resource, CreateResourceError> {
        let issuer = self.units.issuer().map_err(CreateResourceError::ProviderOff)?;
        let created = self.units.write(by, move |unit| create(unit, &issuer, &written));
        let resource = created.await?;
        self.units.read_registry_soon().await;
        tracing::info!(resource = %resource.settings.uri, "resource registered");
        Ok(resource)
    }

    async fn change(
        &self,
        by: Authority,
        resource: ResourceId,
        seen: Option<Version>,
        change: Written,
    ) -> Result<Resource, ChangeResourceError> {
        let issuer = self.units.issuer().map_err(ChangeResourceError::ProviderOff)?;
        let changed = self
            .units
            .write(by, move |unit| change_one(unit, &issuer, resource, seen, &change));
        let resource = changed.await?;
        self.units.read_registry_soon().await;
        tracing::info!(resource = %resource.settings.uri, "resource changed");
        Ok(resource)
    }

    async fn delete(
        &self,
        by: Authority,
        resource: ResourceId,
        seen: Option<Version>,
    ) -> Result<(), ResourceOutOfReach> {
        let deleted = self.units.write(by, move |unit| {
            let (_, resource) = unit.reach_resource(resource, seen)?;
            unit.delete_resource(&resource)?;
            Ok::<_, ResourceOutOfReach>(resource.settings.uri)
        });
        let uri = deleted.await?;
        self.units.read_registry_soon().await;
        tracing::info!(resource = %uri, "resource removed");
        Ok(())
    }
}

fn create(unit: &mut Unit<'_>, issuer: &Issuer, written: &Written) -> Result<Resource, CreateResourceError> {
    if !unit.is_still_allowed()? {
        return Err(CreateResourceError::NoLongerAllowed);
    }
    let stamp = unit.clients().begin_change()?;
    let settings = new_resource(written, issuer)?;
    if unit.resources().find_by_uri(&settings.uri)?.is_some() {
        return Err(CreateResourceError::UriTaken);
    }
    let faults = unit.faults_beside_others(&settings, None)?;
    if !faults.is_empty() {
        return Err(Faults(faults).into());
    }
    Ok(unit.insert_resource(ManagedBy::Admin, settings, stamp)?)
}

fn change_one(
    unit: &mut Unit<'_>,
    issuer: &Issuer,
    resource: ResourceId,
    seen: Option<Version>,
    written: &Written,
) -> Result<Resource, ChangeResourceError> {
    let (stamp, before) = unit.reach_resource(resource, seen)?;
    let settings = changed(&before.settings, written, issuer)?;
    let other = unit.resources().find_by_uri(&settings.uri)?;
    if other.is_some_and(|other| other.id != resource) {
        return Err(ChangeResourceError::UriTaken);
    }
    let faults = unit.faults_beside_others(&settings, Some(resource))?;
    if !faults.is_empty() {
        return Err(Faults(faults).into());
    }
    unit.refuse_lost_scopes(&before.settings, &settings.scopes_by_name())?;
    Ok(unit.change_resource(before, ManagedBy::Admin, settings, stamp)?)
}

impl Unit<'_> {
    fn reach_resource(
        &mut self,
        resource: ResourceId,
        seen: Option<Version>,
    ) -> Result<(RegistryStamp, Resource), ResourceOutOfReach> {
        if !self.is_still_allowed()? {
            return Err(ResourceOutOfReach::NoLongerAllowed);
        }
        let stamp = self.clients().begin_change()?;
        let found = self.resources().find(resource)?.ok_or(ResourceOutOfReach::NotFound)?;
        match found.managed_by {
            ManagedBy::File => Err(ResourceOutOfReach::ManagedByFile),
            ManagedBy::Admin if seen.is_some_and(|seen| seen != found.version) => Err(ResourceOutOfReach::Stale),
            ManagedBy::Admin => Ok((stamp, found)),
        }
    }

    /// What is wrong with a resource beside the others: an owner that is not there, and scopes of others.
    pub(crate) fn faults_beside_others(
        &mut self,
        settings: &ResourceSettings,
        own: Option<ResourceId>,
    ) -> StoreResult<Vec<Fault>> {
        let mut faults = Vec::new();
        if let Some(owner) = &settings.owner
            && self.clients().find(owner)?.is_none()
        {
            faults.push(Fault::new("owner", "unknown_client", "there is no client of this id"));
        }
        let taken = self.resources().scope_names()?;
        for scope in &settings.scopes {
            let is_taken = |(name, of): &(ScopeName, ResourceId)| *name == scope.name && Some(*of) != own;
            if taken.iter().any(is_taken) {
                let detail = format!(
                    "{} is a scope of another resource; no two resources share one",
                    scope.name
                );
                faults.push(Fault::of("scopes", scope.name.as_str(), "taken", detail));
            }
        }
        Ok(faults)
    }

    /// Refuses where a client has a scope that would be gone.
    pub(crate) fn refuse_lost_scopes(
        &mut self,
        before: &ResourceSettings,
        kept: &[ScopeName],
    ) -> Result<(), ResourceOutOfReach> {
        let lost: Vec<ScopeName> = before
            .scopes_by_name()
            .into_iter()
            .filter(|name| !kept.contains(name))
            .collect();
        if lost.is_empty() {
            return Ok(());
        }
        let holders = self.resources().clients_with(&lost, NAMED)?;
        if holders.is_empty() {
            return Ok(());
        }
        Err(ResourceOutOfReach::InUse(
            holders.iter().map(ToString::to_string).collect(),
        ))
    }

    pub(crate) fn insert_resource(
        &mut self,
        managed_by: ManagedBy,
        settings: ResourceSettings,
        stamp: RegistryStamp,
    ) -> StoreResult<Resource> {
        let now = self.now();
        let resource = Resource {
            id: ResourceId::new(now, self.chance()),
            managed_by,
            settings,
            version: Version::FIRST,
            created_at: now,
            updated_at: now,
        };
        self.resources().insert(&resource, stamp)?;
        self.record_of_resource(AuditEventType::ResourceCreated, &resource.settings.uri)?;
        Ok(resource)
    }

    /// Writes other settings of a resource, if they are others.
    pub(crate) fn change_resource(
        &mut self,
        before: Resource,
        managed_by: ManagedBy,
        settings: ResourceSettings,
        stamp: RegistryStamp,
    ) -> StoreResult<Resource> {
        if before.settings == settings && before.managed_by == managed_by {
            return Ok(before);
        }
        let after = Resource {
            managed_by,
            settings,
            version: before.version.next(),
            updated_at: self.now(),
            ..before
        };
        if !self.resources().update(before.version, &after, stamp)? {
            // The unit holds the registry, so nobody else can have written it.
            return Err(StoreError::Busy);
        }
        self.record_of_resource(AuditEventType::ResourceChanged, &after.settings.uri)?;
        Ok(after)
    }

    /// Removes a resource whose scopes no client has.
    pub(crate) fn delete_resource(&mut self, resource: &Resource) -> Result<(), ResourceOutOfReach> {
        self.refuse_lost_scopes(&resource.settings, &[])?;
        self.resources().delete(resource.id)?;
        Ok(self.record_of_resource(AuditEventType::ResourceDeleted, &resource.settings.uri)?)
    }

    fn record_of_resource(&mut self, kind: AuditEventType, uri: &ResourceUri) -> StoreResult<()> {
        let event = AuditEvent {
            resource: Some(uri.clone()),
            ..self.success(kind, None)
        };
        self.record(event)
    }
}

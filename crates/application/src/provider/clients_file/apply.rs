//! The unit of work that makes so what the file says.
//!
//! Clients have scopes of resources, and resources have clients as owners. So resources are first given the scopes that the
//! file adds, then the clients are written, and then the rest is said of the resources.

use super::{Applied, ApplyError, Entry, FileClient, FileContent, FileResource, Gone};
use crate::ports::{LiveGrants, RegistryStamp, StoreResult};
use crate::provider::reading::Faults;
use crate::provider::resources::ResourceOutOfReach;
use crate::provider::written_client::{Surroundings, new_client};
use crate::provider::written_resource::new_resource;
use crate::unit_of_work::Unit;
use portcullis_domain::{
    AuditEventType, ClientProof, ClientSecret, ClientSettings, Fault, Issuer, ManagedBy, RegisteredClient, Resource,
    ResourceSettings,
};

pub(super) fn apply(
    unit: &mut Unit<'_>,
    issuer: &Issuer,
    content: &FileContent,
    gone: Gone,
) -> Result<Vec<Applied>, ApplyError> {
    if !unit.is_still_allowed()? {
        return Err(ApplyError::NoLongerAllowed);
    }
    let stamp = unit.clients().begin_change()?;
    let mut applied = Vec::new();
    let resources = read_resources(issuer, &content.resources)?;
    let before = resources_before(unit, &resources)?;
    for (index, (settings, before)) in resources.iter().zip(&before).enumerate() {
        let wider = wider(settings, before.as_ref());
        write_resource(unit, Entry::Resource(index), before.clone(), wider, stamp)?;
    }
    for (index, client) in content.clients.iter().enumerate() {
        applied.extend(write_client(unit, issuer, index, client, stamp)?);
    }
    end_clients(unit, content, gone, stamp, &mut applied)?;
    for (index, (settings, before)) in resources.into_iter().zip(before).enumerate() {
        let entry = Entry::Resource(index);
        let present = unit.resources().find_by_uri(&settings.uri)?;
        let after = write_resource(unit, entry, present, settings, stamp)?;
        if before.as_ref() != Some(&after) {
            applied.push(Applied::resource(before, Some(after)));
        }
    }
    end_resources(unit, content, &mut applied)?;
    Ok(applied)
}

fn invalid(entry: Entry, faults: Vec<Fault>) -> ApplyError {
    ApplyError::Invalid { entry, faults }
}

fn read_resources(issuer: &Issuer, resources: &[FileResource]) -> Result<Vec<ResourceSettings>, ApplyError> {
    let read = resources.iter().enumerate().map(|(index, resource)| {
        new_resource(&resource.written, issuer).map_err(|Faults(faults)| invalid(Entry::Resource(index), faults))
    });
    read.collect()
}

fn resources_before(unit: &mut Unit<'_>, resources: &[ResourceSettings]) -> StoreResult<Vec<Option<Resource>>> {
    let found = resources
        .iter()
        .map(|settings| unit.resources().find_by_uri(&settings.uri));
    found.collect()
}

/// With the scopes of before and of after, and the owner of before.
fn wider(settings: &ResourceSettings, before: Option<&Resource>) -> ResourceSettings {
    let mut wider = settings.clone();
    wider.owner = before.and_then(|before| before.settings.owner.clone());
    let kept = before.into_iter().flat_map(|before| &before.settings.scopes);
    let missing: Vec<_> = kept
        .filter(|scope| settings.scopes.iter().all(|other| other.name != scope.name))
        .cloned()
        .collect();
    wider.scopes.extend(missing);
    wider.scopes.sort_unstable();
    wider
}

fn write_resource(
    unit: &mut Unit<'_>,
    entry: Entry,
    before: Option<Resource>,
    settings: ResourceSettings,
    stamp: RegistryStamp,
) -> Result<Resource, ApplyError> {
    let faults = unit.faults_beside_others(&settings, before.as_ref().map(|before| before.id))?;
    if !faults.is_empty() {
        return Err(invalid(entry, faults));
    }
    let Some(before) = before else {
        return Ok(unit.insert_resource(ManagedBy::File, settings, stamp)?);
    };
    match unit.refuse_lost_scopes(&before.settings, &settings.scopes_by_name()) {
        Ok(()) => Ok(unit.change_resource(before, ManagedBy::File, settings, stamp)?),
        Err(ResourceOutOfReach::Store(error)) => Err(error.into()),
        Err(
            error @ (ResourceOutOfReach::InUse(_)
            | ResourceOutOfReach::NotFound
            | ResourceOutOfReach::NoLongerAllowed
            | ResourceOutOfReach::ManagedByFile
            | ResourceOutOfReach::Stale),
        ) => Err(invalid(entry, vec![Fault::new("scopes", "in_use", error.to_string())])),
    }
}

fn write_client(
    unit: &mut Unit<'_>,
    issuer: &Issuer,
    index: usize,
    said: &FileClient,
    stamp: RegistryStamp,
) -> Result<Option<Applied>, ApplyError> {
    let scopes = unit.known_scopes()?;
    let around = Surroundings {
        issuer,
        scopes: &scopes,
    };
    let entry = Entry::Client(index);
    let settings = new_client(&said.written, &said.client_id, &around);
    let settings = settings.map_err(|Faults(faults)| invalid(entry, faults))?;
    let faults = faults_of_secrets(&settings, said);
    if !faults.is_empty() {
        return Err(invalid(entry, faults));
    }
    let before = unit.clients().find(&said.client_id)?;
    let touched = touched(unit, before.as_ref())?;
    let after = match before.clone() {
        None => {
            let client = unit.insert_client(said.client_id.clone(), ManagedBy::File, settings, stamp)?;
            RegisteredClient {
                client,
                secrets: Vec::new(),
            }
        }
        Some(before) => unit.change_client(before, ManagedBy::File, settings, stamp)?,
    };
    let after = write_secrets(unit, after, said, stamp)?;
    let is_other = before.as_ref() != Some(&after);
    Ok(is_other.then_some(Applied::client(before, Some(after), touched)))
}

/// What people let the client do at present.
fn touched(unit: &mut Unit<'_>, client: Option<&RegisteredClient>) -> StoreResult<LiveGrants> {
    let now = unit.now();
    match client {
        Some(registered) => unit.grants().count_live(registered.client.id, now),
        None => Ok(LiveGrants::default()),
    }
}

fn faults_of_secrets(settings: &ClientSettings, said: &FileClient) -> Vec<Fault> {
    let shows_one = settings.proof == ClientProof::Secret;
    let fault = if shows_one && said.secrets.is_empty() {
        let detail = "the client shows a secret; add secret_sha256, secret_env or secret_file";
        Some(Fault::new("secret_sha256", "required", detail))
    } else if !shows_one && !said.secrets.is_empty() {
        let detail = "the client shows no secret; take it out, or set auth_method to client_secret";
        Some(Fault::new("secret_sha256", "no_effect", detail))
    } else if said.secrets.len() > ClientSecret::MOST {
        let detail = format!("at most {} secrets live at once", ClientSecret::MOST);
        Some(Fault::new("secret_sha256", "too_many", detail))
    } else {
        None
    };
    fault.into_iter().collect()
}

/// Gives the client the secrets of the file and no other.
fn write_secrets(
    unit: &mut Unit<'_>,
    registered: RegisteredClient,
    said: &FileClient,
    stamp: RegistryStamp,
) -> StoreResult<RegisteredClient> {
    let RegisteredClient { client, secrets } = registered;
    let (kept, over): (Vec<_>, Vec<_>) =
        (secrets.into_iter()).partition(|secret| said.secrets.contains(&secret.digest) && secret.expires_at.is_none());
    let is_new = |digest: &&_| kept.iter().all(|secret| secret.digest != **digest);
    let new: Vec<_> = said.secrets.iter().filter(is_new).copied().collect();
    if over.is_empty() && new.is_empty() {
        return Ok(RegisteredClient { client, secrets: kept });
    }
    let client = unit.write_client(&client, client.clone(), stamp)?;
    for secret in over {
        unit.clients().delete_secret(client.id, secret.id)?;
        unit.record_of_client(AuditEventType::ClientSecretRemoved, &client)?;
    }
    let mut secrets = kept;
    for digest in new {
        secrets.push(unit.insert_client_secret(&client, digest, None, None)?);
    }
    Ok(RegisteredClient { client, secrets })
}

/// The clients that the file looked after and does not name any more.
fn end_clients(
    unit: &mut Unit<'_>,
    content: &FileContent,
    gone: Gone,
    stamp: RegistryStamp,
    applied: &mut Vec<Applied>,
) -> StoreResult<()> {
    for registered in unit.clients().list_of_file()? {
        let client = &registered.client;
        if content.clients.iter().any(|said| said.client_id == client.client_id) {
            continue;
        }
        let before = Some(registered.clone());
        let touched = touched(unit, before.as_ref())?;
        match gone {
            Gone::Removed => {
                unit.delete_client(client)?;
                applied.push(Applied::client(before, None, touched));
            }
            Gone::Disabled if client.settings.enabled => {
                let mut settings = client.settings.clone();
                settings.enabled = false;
                let after = unit.change_client(registered, ManagedBy::File, settings, stamp)?;
                applied.push(Applied::client(before, Some(after), touched));
            }
            Gone::Disabled => {}
        }
    }
    Ok(())
}

/// The resources that the file looked after and does not name any more: those whose scopes no client has go.
fn end_resources(unit: &mut Unit<'_>, content: &FileContent, applied: &mut Vec<Applied>) -> StoreResult<()> {
    for resource in unit.resources().list_of_file()? {
        if content.resources.iter().any(|said| said.uri == resource.settings.uri) {
            continue;
        }
        match unit.delete_resource(&resource) {
            Ok(()) => applied.push(Applied::resource(Some(resource), None)),
            Err(ResourceOutOfReach::Store(error)) => return Err(error),
            Err(
                ResourceOutOfReach::InUse(_)
                | ResourceOutOfReach::NotFound
                | ResourceOutOfReach::NoLongerAllowed
                | ResourceOutOfReach::ManagedByFile
                | ResourceOutOfReach::Stale,
            ) => tracing::warn!(
                resource = %resource.settings.uri,
                "the file of clients does not name this resource any more; it stays, since clients have its scopes"
            ),
        }
    }
    Ok(())
}

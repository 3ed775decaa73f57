//! What of the registry is in memory, and until when it counts.

use super::*;
use portcullis_domain::{
    Client, ClientKind, ClientSettings, Generation, Label, ManagedBy, ResourceScope, ResourceSettings,
    ScopeDescription, Version,
};
use std::time::Duration;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

fn moment(seconds: i64) -> Moment {
    Moment {
        wall: at(seconds),
        monotonic: Duration::from_secs((1000 + seconds).unsigned_abs()),
    }
}

fn client(byte: u8, client_id: &str) -> RegisteredClient {
    RegisteredClient {
        client: Client {
            id: RegistrationId::new(at(0), [byte; 10]),
            client_id: ClientId::parse(client_id).unwrap(),
            managed_by: ManagedBy::Admin,
            settings: ClientSettings::new(Label::parse(client_id).unwrap(), ClientKind::Web),
            token_generation: Generation::FIRST,
            version: Version::FIRST,
            created_at: at(0),
            updated_at: at(0),
        },
        secrets: Vec::new(),
    }
}

fn resource(byte: u8, uri: &str, scope: &str) -> Resource {
    let uri = ResourceUri::parse(uri).unwrap();
    let mut settings = ResourceSettings::new(uri, Label::parse("API").unwrap());
    settings.scopes.push(ResourceScope {
        name: ScopeName::parse(scope).unwrap(),
        description: ScopeDescription::default(),
        is_default: false,
    });
    Resource {
        id: ResourceId::new(at(0), [byte; 10]),
        managed_by: ManagedBy::Admin,
        settings,
        version: Version::FIRST,
        created_at: at(0),
        updated_at: at(0),
    }
}

/// A reading behind the present state of the directory.
fn reading(
    directory: &ClientDirectory,
    stamp: u64,
    clients: Vec<RegisteredClient>,
    resources: Vec<Resource>,
    there: &[u8],
) -> Reading {
    Reading {
        after: directory.stamp(),
        stamp: RegistryStamp(stamp),
        clients,
        resources,
        client_ids: there
            .iter()
            .map(|byte| RegistrationId::new(at(0), [*byte; 10]))
            .collect(),
        resource_ids: there.iter().map(|byte| ResourceId::new(at(0), [*byte; 10])).collect(),
    }
}

fn registry(directory: &ClientDirectory) -> Arc<Registry> {
    Arc::clone(&directory.read().registry)
}

#[test]
fn it_counts_for_a_second_after_the_store_confirmed_it() {
    let directory = ClientDirectory::default();
    assert!(directory.registry(moment(0)).is_none());
    directory.confirm(RegistryStamp(1), moment(0));
    assert!(directory.registry(moment(0)).is_none(), "nothing was read yet");
    directory.take_in(reading(&directory, 1, vec![client(1, "shop")], Vec::new(), &[1]));
    assert!(
        directory.registry(moment(0)).is_none(),
        "what was read is confirmed by the next look"
    );
    directory.confirm(RegistryStamp(1), moment(0));
    assert!(directory.registry(moment(0)).is_some());
    assert!(directory.registry(moment(1)).is_none());
    assert!(directory.registry(moment(-1)).is_none(), "the clock was set back");
    directory.confirm(RegistryStamp(2), moment(1));
    assert!(directory.registry(moment(1)).is_none(), "somebody changed it");
}

#[test]
fn a_change_replaces_one_client_and_what_is_gone_is_forgotten() {
    let directory = ClientDirectory::default();
    let both = vec![client(1, "shop"), client(2, "app")];
    directory.take_in(reading(&directory, 1, both, Vec::new(), &[1, 2]));
    let before = registry(&directory);
    let mut disabled = client(1, "shop");
    disabled.client.settings.enabled = false;
    directory.take_in(reading(&directory, 2, vec![disabled], Vec::new(), &[1]));
    let (shop, app) = (ClientId::parse("shop").unwrap(), ClientId::parse("app").unwrap());
    let after = registry(&directory);
    assert!(after.client(&shop).is_some() && after.enabled_client(&shop).is_none());
    assert!(after.client(&app).is_none());
    assert!(
        before.enabled_client(&shop).is_some(),
        "whoever took the registry keeps it"
    );
}

#[test]
fn a_reading_that_others_overtook_is_dropped() {
    let directory = ClientDirectory::default();
    let late = reading(&directory, 1, vec![client(1, "old")], Vec::new(), &[1]);
    directory.take_in(reading(&directory, 2, vec![client(1, "new")], Vec::new(), &[1]));
    directory.take_in(late);
    assert_eq!(directory.stamp(), Some(RegistryStamp(2)));
    assert!(registry(&directory).client(&ClientId::parse("old").unwrap()).is_none());
}

#[test]
fn a_scope_leads_to_its_resource_as_long_as_it_has_it() {
    let directory = ClientDirectory::default();
    let [read, write] = ["read", "write"].map(|name| ScopeName::parse(name).unwrap());
    let [old, new] = ["urn:old", "urn:new"].map(|uri| ResourceUri::parse(uri).unwrap());
    directory.take_in(reading(
        &directory,
        1,
        Vec::new(),
        vec![resource(1, "urn:old", "read")],
        &[1],
    ));
    assert_eq!(registry(&directory).resource_of(&read).unwrap().settings.uri, old);
    directory.take_in(reading(
        &directory,
        2,
        Vec::new(),
        vec![resource(1, "urn:new", "write")],
        &[1],
    ));
    let renamed = registry(&directory);
    assert!(renamed.resource_of(&read).is_none() && renamed.resource(old.as_str()).is_none());
    assert_eq!(renamed.resource_of(&write).unwrap().settings.uri, new);
    directory.take_in(reading(&directory, 3, Vec::new(), Vec::new(), &[]));
    assert!(
        registry(&directory).resource_of(&write).is_none() && registry(&directory).resource(new.as_str()).is_none()
    );
}

#[test]
fn a_use_of_a_secret_is_told_once_an_hour() {
    let directory = ClientDirectory::default();
    let secret = ClientSecretId::new(at(0), [1; 10]);
    let hour = 3600;
    for (seconds, told) in [(0, true), (1, false), (hour - 1, false), (hour, true)] {
        directory.note_use(secret, None, at(seconds));
        assert_eq!(!directory.take_uses().is_empty(), told, "{seconds}");
    }
    let other = ClientSecretId::new(at(0), [2; 10]);
    directory.note_use(other, Some(at(hour)), at(hour + 1));
    assert_eq!(directory.take_uses(), [], "the store knows of it");
    directory.give_back(&[(other, at(hour))]);
    assert_eq!(directory.take_uses(), [(other, at(hour))]);
}

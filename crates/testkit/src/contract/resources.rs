//! What holds for resources.

use super::clients::insert as insert_client;
use super::{read, write};
use crate::build::{client, resource};
use chrono::TimeDelta;
use portcullis_application::ports::{Store, StoreError, StoreResult};
use portcullis_domain::{
    ClientKind, Label, ManagedBy, PageRequest, Resource, ResourceId, ScopeDescription, SigningAlgorithm,
};
use portcullis_oauth2::{ResourceUri, ScopeName, ScopeSet};
use std::sync::Arc;

/// With everything that can be said, and with nothing.
pub async fn every_field_of_a_resource_survives(store: &Arc<dyn Store>) {
    let owner = client("owner", ClientKind::Service);
    insert_client(store, &owner).await.unwrap();
    let mut full = resource("https://api.example.com/v1?a", &["orders:read", "orders:write"]);
    full.managed_by = ManagedBy::File;
    full.settings.name = Label::parse("주문").unwrap();
    full.settings.owner = Some(owner.client_id.clone());
    full.settings.alg = SigningAlgorithm::Rs256;
    full.settings.access_life = TimeDelta::hours(1);
    full.settings.scopes[1].description = ScopeDescription::parse("Read your orders").unwrap();
    full.settings.scopes[1].is_default = true;
    for made in [full.clone(), resource("urn:example:plain", &[])] {
        insert(store, &made).await.unwrap();
        let uri = made.settings.uri.clone();
        let found = read(store, move |repositories| repositories.resources().find_by_uri(&uri)).await;
        assert_eq!(found.as_ref(), Some(&made));
        assert_eq!(find(store, made.id).await, Some(made));
    }
    let of_file = read(store, |repositories| repositories.resources().list_of_file()).await;
    assert_eq!(of_file, std::slice::from_ref(&full));
    // The resource stays when its owner goes.
    let id = owner.id;
    write(store, move |repositories| repositories.clients().delete(id))
        .await
        .unwrap();
    full.settings.owner = None;
    assert_eq!(find(store, full.id).await, Some(full));
}

/// A resource by its URI, a scope by its name.
pub async fn no_two_resources_have_a_uri_or_a_scope_in_common(store: &Arc<dyn Store>) {
    insert(store, &resource("urn:a", &["read"])).await.unwrap();
    let same_uri = Resource {
        id: resource("urn:b", &[]).id,
        ..resource("urn:a", &[])
    };
    for taken in [same_uri, resource("urn:b", &["read"])] {
        assert!(matches!(insert(store, &taken).await, Err(StoreError::Conflict)));
    }
    insert(store, &resource("urn:b", &["write"])).await.unwrap();
    let names = read(store, |repositories| repositories.resources().scope_names()).await;
    let (a, b) = (resource("urn:a", &[]).id, resource("urn:b", &[]).id);
    let name = |text: &str| ScopeName::parse(text).unwrap();
    assert_eq!(names, [(name("read"), a), (name("write"), b)]);
}

/// The scopes are replaced whole, and a resource is removed with them.
pub async fn a_resource_is_written_only_where_it_was_seen(store: &Arc<dyn Store>) {
    let before = resource("urn:a", &["read", "write"]);
    insert(store, &before).await.unwrap();
    let mut after = Resource {
        version: before.version.next(),
        ..before.clone()
    };
    after.settings.uri = ResourceUri::parse("urn:b").unwrap();
    after.settings.scopes.remove(0);
    for (written, is_written) in [(&after, true), (&before, false)] {
        let (seen, written) = (before.version, written.clone());
        let updated = write(store, move |repositories| {
            let stamp = repositories.clients().begin_change()?;
            repositories.resources().update(seen, &written, stamp)
        });
        assert_eq!(updated.await.unwrap(), is_written);
    }
    assert_eq!(find(store, before.id).await, Some(after));
    let id = before.id;
    for is_there in [true, false] {
        let deleted = write(store, move |repositories| repositories.resources().delete(id));
        assert_eq!(deleted.await.unwrap(), is_there);
    }
    assert_eq!(
        read(store, |repositories| repositories.resources().scope_names()).await,
        []
    );
    assert_eq!(read(store, |repositories| repositories.resources().ids()).await, []);
}

/// By any of them, and not by values of other lists.
pub async fn the_clients_with_a_scope_are_named(store: &Arc<dyn Store>) {
    for (name, scopes) in [("a", "openid read"), ("b", "write"), ("c", "openid")] {
        let mut made = client(name, ClientKind::Web);
        made.settings.scopes = ScopeSet::parse(scopes).unwrap();
        insert_client(store, &made).await.unwrap();
    }
    let scopes: Vec<ScopeName> = ["read", "write", "delete"]
        .map(|name| ScopeName::parse(name).unwrap())
        .into();
    for (limit, names) in [(5, vec!["a", "b"]), (1, vec!["a"])] {
        let scopes = scopes.clone();
        let found = read(store, move |repositories| {
            repositories.resources().clients_with(&scopes, limit)
        })
        .await;
        assert_eq!(
            found
                .iter()
                .map(portcullis_oauth2::ClientId::as_str)
                .collect::<Vec<_>>(),
            names
        );
    }
}

/// Newest first, and those that were changed after a stamp.
pub async fn resources_are_listed(store: &Arc<dyn Store>) {
    let mut made: Vec<_> = (0..3).map(|number| resource(&format!("urn:{number}"), &[])).collect();
    for (number, resource) in made.iter_mut().enumerate() {
        resource.created_at += TimeDelta::seconds(i64::try_from(number).unwrap());
    }
    insert(store, &made[0]).await.unwrap();
    let after = read(store, |repositories| repositories.clients().stamp()).await;
    for resource in &made[1..] {
        insert(store, resource).await.unwrap();
    }
    let changed = read(store, move |repositories| repositories.resources().list_changed(after)).await;
    assert_eq!(changed.len(), 2);
    made.reverse();
    let request = PageRequest::default();
    let page = read(store, move |repositories| repositories.resources().list(&request)).await;
    assert_eq!((page.items, page.next), (made, None));
}

async fn insert(store: &Arc<dyn Store>, resource: &Resource) -> StoreResult<()> {
    let resource = resource.clone();
    write(store, move |repositories| {
        let stamp = repositories.clients().begin_change()?;
        repositories.resources().insert(&resource, stamp)
    })
    .await
}

async fn find(store: &Arc<dyn Store>, id: ResourceId) -> Option<Resource> {
    read(store, move |repositories| repositories.resources().find(id)).await
}

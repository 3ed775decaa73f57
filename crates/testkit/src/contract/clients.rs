//! What holds for clients.

use super::{add, at_once, read, write};
use crate::build::{client, client_secret, user};
use crate::clock::FakeClock;
use chrono::TimeDelta;
use portcullis_application::ports::{RegistryStamp, Store, StoreError, StoreResult};
use portcullis_domain::{
    Acr, AssertionAudience, Client, ClientAccess, ClientKeys, ClientKind, ClientMember, ClientOrigin, ClientPage,
    ClientProof, ClientRoles, ClientSecret, ConsentMode, Generation, Label, ManagedBy, PageRequest, PageSize, Pkce,
    RegisteredClient, RolesClaim, SigningAlgorithm,
};
use portcullis_oauth2::{ClientId, GrantType, RedirectUri, ScopeSet};
use std::sync::Arc;

/// With everything that can be said, and with nothing.
pub async fn every_field_of_a_client_survives(store: &Arc<dyn Store>) {
    let mut full = client("full", ClientKind::Web);
    full.managed_by = ManagedBy::File;
    full.token_generation = Generation::new(3);
    let settings = &mut full.settings;
    settings.name = Label::parse("<b>가나</b>").unwrap();
    settings.enabled = false;
    settings.proof = ClientProof::Keys {
        keys: ClientKeys::checked(r#"{"keys":[]}"#.to_owned()),
        audience: AssertionAudience::TokenEndpointToo,
    };
    settings.pkce = Pkce::Optional;
    settings.consent = ConsentMode::Skip;
    settings.access = ClientAccess::Members;
    settings.min_acr = Some(Acr::TwoFactors);
    settings.id_token_alg = SigningAlgorithm::EdDsa;
    settings.id_token_life = TimeDelta::hours(24);
    settings.claims_in_id_token = true;
    settings.roles_claim = RolesClaim::Groups;
    settings.grant_types = GrantType::ALL.iter().copied().collect();
    settings.scopes = ScopeSet::parse("openid orders:read").unwrap();
    for uri in ["https://full.example.com/cb?a=b&c", "https://full.example.com/CB"] {
        settings.redirect_uris.insert(RedirectUri::parse(uri).unwrap());
        settings.logout_uris.insert(RedirectUri::parse(uri).unwrap());
    }
    settings
        .origins
        .insert(ClientOrigin::parse("https://full.example.com").unwrap());
    for page in [
        &mut settings.client_uri,
        &mut settings.policy_uri,
        &mut settings.tos_uri,
    ] {
        *page = Some(ClientPage::parse("https://full.example.com/about").unwrap());
    }
    for made in [
        full,
        client("plain", ClientKind::Native),
        client("service", ClientKind::Service),
    ] {
        insert(store, &made).await.unwrap();
        assert_eq!(
            find(store, made.client_id.as_str()).await.map(|it| it.client),
            Some(made)
        );
    }
}

/// By its bytes: letter case counts.
pub async fn a_client_id_is_given_once(store: &Arc<dyn Store>) {
    insert(store, &client("shop", ClientKind::Web)).await.unwrap();
    let again = Client {
        id: client("other", ClientKind::Web).id,
        ..client("shop", ClientKind::Web)
    };
    assert!(matches!(insert(store, &again).await, Err(StoreError::Conflict)));
    insert(store, &client("SHOP", ClientKind::Web)).await.unwrap();
    assert_eq!(find(store, "Shop").await, None);
}

/// The lists are replaced whole.
pub async fn a_client_is_written_only_where_it_was_seen(store: &Arc<dyn Store>) {
    let before = client("shop", ClientKind::Web);
    insert(store, &before).await.unwrap();
    let mut after = Client {
        version: before.version.next(),
        ..before.clone()
    };
    after.settings.redirect_uris = [RedirectUri::parse("https://new.example.com/cb").unwrap()].into();
    after.settings.scopes = ScopeSet::default();
    assert!(update(store, &before, &after).await);
    assert!(!update(store, &before, &before).await);
    assert_eq!(find(store, "shop").await.map(|it| it.client), Some(after));
}

/// The last one wins nothing that it did not see.
pub async fn of_many_changes_of_one_version_one_is_written(store: &Arc<dyn Store>) {
    let before = client("shop", ClientKind::Web);
    insert(store, &before).await.unwrap();
    let written = at_once(8, |number| {
        let (store, before) = (Arc::clone(store), before.clone());
        let mut after = before.clone();
        after.version = before.version.next();
        after.settings.name = Label::parse(&format!("Shop {number}")).unwrap();
        async move { update(&store, &before, &after).await }
    });
    assert_eq!(written.await.into_iter().filter(|is_written| *is_written).count(), 1);
}

/// Units that change the registry run one after the other.
pub async fn changes_of_the_registry_are_counted_in_their_order(store: &Arc<dyn Store>) {
    let start = read(store, |repositories| repositories.clients().stamp()).await;
    let stamps = at_once(8, |_| {
        let store = Arc::clone(store);
        async move {
            write(&store, |repositories| repositories.clients().begin_change())
                .await
                .unwrap()
        }
    });
    let mut stamps = stamps.await;
    stamps.sort_unstable();
    let expected: Vec<_> = (1..=8).map(|step| RegistryStamp(start.0 + step)).collect();
    assert_eq!(stamps, expected);
    assert_eq!(
        read(store, |repositories| repositories.clients().stamp()).await,
        stamps[7]
    );
}

/// Whoever reads on sees them, and no other.
pub async fn what_was_changed_after_a_stamp_is_listed(store: &Arc<dyn Store>) {
    for name in ["a", "b", "c"] {
        insert(store, &client(name, ClientKind::Web)).await.unwrap();
    }
    let after = read(store, |repositories| repositories.clients().stamp()).await;
    let before = client("b", ClientKind::Web);
    let changed = Client {
        version: before.version.next(),
        ..before.clone()
    };
    assert!(update(store, &before, &changed).await);
    let listed = read(store, move |repositories| repositories.clients().list_changed(after)).await;
    assert_eq!(listed.into_iter().map(|it| it.client).collect::<Vec<_>>(), [changed]);
    let all = read(store, |repositories| {
        repositories.clients().list_changed(RegistryStamp::default())
    });
    assert_eq!(all.await.len(), 3);
    assert_eq!(read(store, |repositories| repositories.clients().ids()).await.len(), 3);
}

/// Newest first.
pub async fn clients_are_listed_by_the_page(store: &Arc<dyn Store>) {
    let mut made: Vec<_> = (0..5)
        .map(|number| Client {
            created_at: FakeClock::start() + TimeDelta::seconds(number),
            ..client(&format!("client{number}"), ClientKind::Web)
        })
        .collect();
    for client in &made {
        insert(store, client).await.unwrap();
    }
    let mut request = PageRequest {
        size: PageSize::new(2).unwrap(),
        after: None,
    };
    let mut listed = Vec::new();
    loop {
        let page = read(store, move |repositories| repositories.clients().list(&request)).await;
        listed.extend(page.items.into_iter().map(|it| it.client));
        request.after = page.next;
        if request.after.is_none() {
            break;
        }
    }
    made.reverse();
    assert_eq!(listed, made);
    made[1].managed_by = ManagedBy::File;
    let of_file = made[1].clone();
    assert!(update(store, &of_file, &of_file).await);
    let listed = read(store, |repositories| repositories.clients().list_of_file()).await;
    assert_eq!(listed.into_iter().map(|it| it.client).collect::<Vec<_>>(), [of_file]);
}

/// Oldest first, and those of one client alone.
pub async fn secrets_come_with_their_client_and_go_with_it(store: &Arc<dyn Store>) {
    let (shop, other) = (client("shop", ClientKind::Web), client("other", ClientKind::Web));
    for client in [&shop, &other] {
        insert(store, client).await.unwrap();
    }
    let labeled = ClientSecret {
        label: Some(Label::parse("rotation").unwrap()),
        expires_at: Some(FakeClock::start() + TimeDelta::days(30)),
        ..client_secret(2)
    };
    for (owner, secret) in [
        (&shop, labeled.clone()),
        (&shop, client_secret(1)),
        (&other, client_secret(3)),
    ] {
        insert_secret(store, owner, secret).await;
    }
    assert_eq!(find(store, "shop").await.unwrap().secrets, [client_secret(1), labeled]);
    let (id, own, foreign) = (shop.id, client_secret(1).id, client_secret(3).id);
    for (secret, is_there) in [(own, true), (own, false), (foreign, false)] {
        let deleted = write(store, move |repositories| {
            repositories.clients().delete_secret(id, secret)
        });
        assert_eq!(deleted.await.unwrap(), is_there);
    }
    for is_there in [true, false] {
        let deleted = write(store, move |repositories| repositories.clients().delete(id));
        assert_eq!(deleted.await.unwrap(), is_there);
    }
    assert_eq!(find(store, "shop").await, None);
    assert_eq!(find(store, "other").await.unwrap().secrets, [client_secret(3)]);
}

/// An hour apart.
pub async fn uses_of_a_secret_are_noted_hourly(store: &Arc<dyn Store>) {
    let shop = client("shop", ClientKind::Web);
    insert(store, &shop).await.unwrap();
    insert_secret(store, &shop, client_secret(1)).await;
    let start = FakeClock::start();
    for (minutes, noted) in [(0, 0), (59, 0), (60, 60), (30, 60)] {
        let used = [(client_secret(1).id, start + TimeDelta::minutes(minutes))];
        let written = write(store, move |repositories| repositories.clients().note_secret_use(&used));
        written.await.unwrap();
        let found = find(store, "shop").await.unwrap();
        assert_eq!(
            found.secrets[0].last_used_at,
            Some(start + TimeDelta::minutes(noted)),
            "{minutes}"
        );
    }
}

/// Newest first; a member of one client is none of another.
pub async fn members_of_a_client_are_kept(store: &Arc<dyn Store>) {
    let (shop, other) = (client("shop", ClientKind::Web), client("other", ClientKind::Web));
    let (ada, bob) = (user("ada@x.test"), user("bob@x.test"));
    for (client, user) in [(&shop, &ada), (&other, &bob)] {
        insert(store, client).await.unwrap();
        add(store, user, &[]).await;
    }
    let member = |of: &portcullis_domain::User, roles: &[&str], seconds| ClientMember {
        user_id: of.id,
        roles: ClientRoles::of(roles.iter().copied()).unwrap(),
        added_at: FakeClock::start() + TimeDelta::seconds(seconds),
    };
    let (first, second) = (member(&ada, &["editor", "viewer"], 0), member(&bob, &[], 1));
    let id = shop.id;
    for member in [member(&ada, &[], 0), first.clone(), second.clone()] {
        let put = write(store, move |repositories| {
            repositories.clients().put_member(id, &member)
        });
        put.await.unwrap();
    }
    let request = PageRequest {
        size: PageSize::new(1).unwrap(),
        after: None,
    };
    let page = read(store, move |repositories| {
        repositories.clients().list_members(id, &request)
    })
    .await;
    assert_eq!(page.items, [second]);
    let request = PageRequest {
        after: page.next,
        ..request
    };
    let page = read(store, move |repositories| {
        repositories.clients().list_members(id, &request)
    })
    .await;
    assert_eq!((page.items, page.next), (vec![first.clone()], None));
    let (other, user) = (other.id, ada.id);
    let found = read(store, move |repositories| repositories.clients().find_member(id, user)).await;
    assert_eq!(found, Some(first));
    let found = read(store, move |repositories| {
        repositories.clients().find_member(other, user)
    })
    .await;
    assert_eq!(found, None);
    for is_there in [true, false] {
        let deleted = write(store, move |repositories| {
            repositories.clients().delete_member(id, user)
        });
        assert_eq!(deleted.await.unwrap(), is_there);
    }
    let bob = bob.id;
    write(store, move |repositories| repositories.users().delete(bob))
        .await
        .unwrap();
    let found = read(store, move |repositories| repositories.clients().find_member(id, bob)).await;
    assert_eq!(found, None);
}

pub(super) async fn insert(store: &Arc<dyn Store>, client: &Client) -> StoreResult<()> {
    let client = client.clone();
    write(store, move |repositories| {
        let stamp = repositories.clients().begin_change()?;
        repositories.clients().insert(&client, stamp)
    })
    .await
}

async fn update(store: &Arc<dyn Store>, before: &Client, after: &Client) -> bool {
    let (seen, after) = (before.version, after.clone());
    let updated = write(store, move |repositories| {
        let stamp = repositories.clients().begin_change()?;
        repositories.clients().update(seen, &after, stamp)
    });
    updated.await.unwrap()
}

async fn insert_secret(store: &Arc<dyn Store>, client: &Client, secret: ClientSecret) {
    let id = client.id;
    let inserted = write(store, move |repositories| {
        repositories.clients().insert_secret(id, &secret)
    });
    inserted.await.unwrap();
}

async fn find(store: &Arc<dyn Store>, client_id: &str) -> Option<RegisteredClient> {
    let client_id = ClientId::parse(client_id).unwrap();
    read(store, move |repositories| repositories.clients().find(&client_id)).await
}

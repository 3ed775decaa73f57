//! The registry of clients: who changes it, and what every server knows of it.

use chrono::TimeDelta;
use portcullis_application::ports::Clock as _;
use portcullis_application::provider::client_authentication::{InvalidClient, RegistryUnconfirmed};
use portcullis_application::provider::clients::{
    AddSecretError, ChangeClientError, ClientOutOfReach, CreateClientError, NewClient,
};
use portcullis_application::provider::reading::Written;
use portcullis_domain::{AuditEventType, AuditReason, ClientRoles, SecretText};
use portcullis_oauth2::ClientId;
use portcullis_testkit::TestApp;
use portcullis_testkit::build::user;
use serde_json::{Value, json};

fn id(text: &str) -> ClientId {
    ClientId::parse(text).unwrap()
}

fn written(value: Value) -> Written {
    match value {
        Value::Object(members) => members,
        _ => Written::new(),
    }
}

/// Registers a client by the command line, and gives its secret.
async fn create(app: &TestApp, client_id: &str) -> SecretText {
    let new = NewClient {
        client_id: Some(id(client_id)),
        written: written(json!({"kind": "web", "redirect_uris": ["https://shop.example.com/cb"]})),
    };
    let created = app.clients.create(app.operator().authority(), new).await.unwrap();
    created.secret.unwrap()
}

async fn change(app: &TestApp, client_id: &str, change: Value) {
    let by = app.operator().authority();
    app.clients
        .change(by, id(client_id), None, written(change))
        .await
        .unwrap();
}

/// Whether a server takes that secret for the client's.
fn takes(app: &TestApp, client_id: &str, secret: &SecretText) -> bool {
    let registry = app.client_authentication.registry().unwrap();
    app.client_authentication
        .by_secret(&registry, &id(client_id), secret)
        .is_ok()
}

#[tokio::test]
async fn a_client_whose_keys_check_nothing_is_neither_registered_nor_changed() {
    let app = TestApp::new();
    let by = || app.operator().authority();
    let key = |x: &str| json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": x}]});
    let signing = |x: &str| written(json!({"kind": "service", "auth_method": "private_key_jwt", "jwks": key(x)}));
    let new = |x: &str| NewClient {
        client_id: Some(id("signer")),
        written: signing(x),
    };
    let refused = app.clients.create(by(), new("AA")).await;
    assert!(matches!(refused, Err(CreateClientError::Invalid(faults)) if faults.0[0].member == "jwks"));
    app.clients.create(by(), new("AAAA")).await.unwrap();
    let refused = app
        .clients
        .change(by(), id("signer"), None, written(json!({"jwks": key("AA")})))
        .await;
    assert!(matches!(refused, Err(ChangeClientError::Invalid(faults)) if faults.0[0].member == "jwks"));
}

/// Two servers that have read the registry.
async fn two_servers() -> (TestApp, TestApp) {
    let app = TestApp::new();
    let other = app.beside();
    app.upkeep.begin().await.unwrap();
    other.upkeep.begin().await.unwrap();
    (app, other)
}

#[tokio::test]
async fn what_one_server_changes_is_so_there_at_once_and_on_others_as_they_catch_up() {
    let (app, other) = two_servers().await;
    let secret = create(&app, "shop").await;
    assert!(takes(&app, "shop", &secret));
    assert!(!takes(&other, "shop", &secret));
    other.upkeep.catch_up().await.unwrap();
    assert!(takes(&other, "shop", &secret));
    change(&app, "shop", json!({"enabled": false})).await;
    assert!(!takes(&app, "shop", &secret));
    assert!(takes(&other, "shop", &secret));
    other.upkeep.catch_up().await.unwrap();
    assert!(!takes(&other, "shop", &secret));
    app.clients
        .delete(app.operator().authority(), id("shop"), None)
        .await
        .unwrap();
    other.upkeep.catch_up().await.unwrap();
    let registry = other.client_authentication.registry().unwrap();
    assert!(registry.client(&id("shop")).is_none());
}

#[tokio::test]
async fn a_server_that_lost_touch_says_so_and_judges_nobody() {
    let (app, _) = two_servers().await;
    app.clock.advance(TimeDelta::seconds(1));
    assert_eq!(app.client_authentication.registry().err(), Some(RegistryUnconfirmed));
    app.upkeep.catch_up().await.unwrap();
    assert!(app.client_authentication.registry().is_ok());
}

#[tokio::test]
async fn a_client_is_known_by_its_secrets_alone() {
    let (app, _) = two_servers().await;
    let by = || app.operator().authority();
    let first = create(&app, "shop").await;
    let other = create(&app, "other").await;
    let ends = app.clock.now() + TimeDelta::hours(1);
    let second = app
        .clients
        .add_secret(by(), id("shop"), None, Some(ends))
        .await
        .unwrap();
    assert!(takes(&app, "shop", &first) && takes(&app, "shop", &second.text));
    for wrong in [&other, &SecretText::new(String::new())] {
        assert!(!takes(&app, "shop", wrong));
    }
    assert!(!takes(&app, "nobody", &first));
    let third = app.clients.add_secret(by(), id("shop"), None, None).await;
    assert!(matches!(third, Err(AddSecretError::TooMany)));
    // One that is over makes room.
    app.clock.advance(TimeDelta::hours(1));
    app.upkeep.catch_up().await.unwrap();
    assert!(!takes(&app, "shop", &second.text));
    app.clients.add_secret(by(), id("shop"), None, None).await.unwrap();
    let found = app.clients.find(by(), id("shop")).await.unwrap().unwrap();
    assert_eq!(found.secrets.len(), 2);
    let registry = app.client_authentication.registry().unwrap();
    let by_name = app.client_authentication.by_name(&registry, &id("shop"));
    assert_eq!(by_name.err(), Some(InvalidClient), "it has to show a secret");
}

#[tokio::test]
async fn the_use_of_a_secret_is_noted_for_the_store() {
    let (app, _) = two_servers().await;
    let secret = create(&app, "shop").await;
    assert!(takes(&app, "shop", &secret));
    app.upkeep.note_use().await.unwrap();
    let found = app
        .clients
        .find(app.operator().authority(), id("shop"))
        .await
        .unwrap()
        .unwrap();
    assert!(found.secrets[0].last_used_at.is_some());
}

#[tokio::test]
async fn what_a_client_was_given_is_worthless_once_it_is_revoked_or_disabled() {
    let (app, _) = two_servers().await;
    create(&app, "shop").await;
    let generation = async || {
        let found = app
            .clients
            .find(app.operator().authority(), id("shop"))
            .await
            .unwrap()
            .unwrap();
        found.client.token_generation.number()
    };
    assert_eq!(generation().await, 0);
    app.clients
        .revoke(app.operator().authority(), id("shop"))
        .await
        .unwrap();
    assert_eq!(generation().await, 1);
    change(&app, "shop", json!({"enabled": false})).await;
    assert_eq!(generation().await, 2);
    change(&app, "shop", json!({"enabled": true, "name": "Shop"})).await;
    assert_eq!(generation().await, 2);
    let told: Vec<_> = app
        .events()
        .await
        .into_iter()
        .filter(|event| event.client_id.is_some())
        .collect();
    let kinds: Vec<_> = told.iter().map(|event| event.kind).collect();
    assert_eq!(
        kinds,
        [
            AuditEventType::ClientCreated,
            AuditEventType::ClientSecretAdded,
            AuditEventType::ClientRevoked,
            AuditEventType::ClientChanged,
            AuditEventType::ClientChanged,
        ]
    );
    assert!(told.iter().all(|event| event.reason == Some(AuditReason::CommandLine)));
}

#[tokio::test]
async fn a_change_that_changes_nothing_leaves_no_trace() {
    let (app, _) = two_servers().await;
    create(&app, "shop").await;
    let before = app.events().await.len();
    change(&app, "shop", json!({"kind": "web", "enabled": true})).await;
    assert_eq!(app.events().await.len(), before);
}

#[tokio::test]
async fn an_administrator_who_is_none_any_more_changes_no_client() {
    let (app, _) = two_servers().await;
    app.register_admin("root@x.test").await;
    let tokens = app.log_in("root@x.test").await;
    let admin = app.admin(&tokens).await;
    create(&app, "shop").await;
    let root = app.actor(&tokens).await.user().id;
    app.change_user(root, |user| user.role = portcullis_domain::Role::User)
        .await;
    let new = NewClient {
        client_id: None,
        written: written(json!({"kind": "service"})),
    };
    let created = app.clients.create(admin.authority(), new).await;
    assert!(matches!(created, Err(CreateClientError::NoLongerAllowed)));
    let deleted = app.clients.delete(admin.authority(), id("shop"), None).await;
    assert!(matches!(deleted, Err(ClientOutOfReach::NoLongerAllowed)));
}

#[tokio::test]
async fn a_member_who_is_there_already_is_told_of_once() {
    let (app, _) = two_servers().await;
    create(&app, "shop").await;
    let ada = user("ada@x.test");
    app.add_user(&ada).await;
    let roles = ClientRoles::of(["editor"]).unwrap();
    for _ in 0..2 {
        let by = app.operator().authority();
        app.clients
            .put_member(by, id("shop"), ada.id, roles.clone())
            .await
            .unwrap();
    }
    let told = app
        .events()
        .await
        .into_iter()
        .filter(|event| event.user_id == Some(ada.id))
        .count();
    assert_eq!(told, 1);
}

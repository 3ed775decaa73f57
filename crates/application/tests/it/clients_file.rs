//! The file of clients: what it says is made so.

use portcullis_application::ports::{LiveGrants, StoreResult};
use portcullis_application::provider::clients::ClientOutOfReach;
use portcullis_application::provider::clients_file::{
    Applied, ApplyError, Entry, FileClient, FileContent, FileResource, Gone,
};
use portcullis_application::provider::reading::Written;
use portcullis_domain::{AuditReason, Digest32, Grant, GrantLife, Granted, ManagedBy};
use portcullis_oauth2::{ClientId, ResourceUri};
use portcullis_testkit::TestApp;
use portcullis_testkit::build::{grant, redeemed};
use serde_json::{Value, json};

const API: &str = "https://api.example.com";

fn written(value: Value) -> Written {
    match value {
        Value::Object(members) => members,
        _ => Written::new(),
    }
}

fn client(client_id: &str, said: Value, secrets: &[u8]) -> FileClient {
    FileClient {
        client_id: ClientId::parse(client_id).unwrap(),
        written: written(said),
        secrets: secrets.iter().map(|byte| Digest32::new([*byte; 32])).collect(),
    }
}

fn resource(said: Value) -> FileResource {
    FileResource {
        uri: ResourceUri::parse(API).unwrap(),
        written: written(said),
    }
}

/// A service that has a scope of a resource whose owner it is.
fn content() -> FileContent {
    FileContent {
        clients: vec![client("worker", json!({"kind": "service", "scopes": ["read"]}), &[1])],
        resources: vec![resource(json!({"uri": API, "scopes": ["read"], "owner": "worker"}))],
    }
}

/// `+worker` for one that came, `~` for one that changed, `-` for one that went.
fn told(applied: &[Applied]) -> Vec<String> {
    let sign = |was: bool, is: bool| match (was, is) {
        (false, _) => '+',
        (true, true) => '~',
        (true, false) => '-',
    };
    let line = |applied: &Applied| match applied {
        Applied::Client { before, after, .. } => {
            let known = after.as_ref().or(before.as_ref()).unwrap();
            format!("{}{}", sign(before.is_some(), after.is_some()), known.client.client_id)
        }
        Applied::Resource { before, after } => {
            let known = after.as_ref().or(before.as_ref()).unwrap();
            format!("{}{}", sign(before.is_some(), after.is_some()), known.settings.uri)
        }
    };
    applied.iter().map(line).collect()
}

async fn apply(app: &TestApp, content: FileContent) -> Vec<String> {
    told(&app.clients_file.apply_setting(content).await.unwrap())
}

async fn find(app: &TestApp, client_id: &str) -> Option<portcullis_domain::RegisteredClient> {
    let id = ClientId::parse(client_id).unwrap();
    app.clients.find(app.operator().authority(), id).await.unwrap()
}

#[tokio::test]
async fn what_the_file_says_is_made_so_once() {
    let app = TestApp::new();
    assert_eq!(apply(&app, content()).await, ["+worker", "+https://api.example.com"]);
    assert_eq!(apply(&app, content()).await, [""; 0]);
    let worker = find(&app, "worker").await.unwrap();
    assert_eq!((worker.client.managed_by, worker.secrets.len()), (ManagedBy::File, 1));
    let events = app.events().await;
    assert!(events.iter().all(|event| event.reason == Some(AuditReason::Setting)));
    let by = app.operator().authority();
    let deleted = app.clients.delete(by, worker.client.client_id, None).await;
    assert!(matches!(deleted, Err(ClientOutOfReach::ManagedByFile)));
}

#[tokio::test]
async fn a_rehearsal_tells_what_would_be_and_changes_nothing() {
    let app = TestApp::new();
    let by = || app.operator().authority();
    let rehearsed = app
        .clients_file
        .rehearse(by(), content(), Gone::Disabled)
        .await
        .unwrap();
    assert_eq!(told(&rehearsed), ["+worker", "+https://api.example.com"]);
    assert!(find(&app, "worker").await.is_none());
    assert!(app.events().await.is_empty());
}

#[tokio::test]
async fn what_left_the_file_is_disabled_or_removed() {
    let app = TestApp::new();
    apply(&app, content()).await;
    let only_resource = FileContent {
        clients: Vec::new(),
        resources: vec![resource(json!({"uri": API, "scopes": ["read"]}))],
    };
    assert_eq!(
        apply(&app, only_resource.clone()).await,
        ["~worker", "~https://api.example.com"]
    );
    assert!(!find(&app, "worker").await.unwrap().client.settings.enabled);
    assert_eq!(apply(&app, only_resource).await, [""; 0]);
    // Its scope keeps the resource.
    assert_eq!(apply(&app, FileContent::default()).await, [""; 0]);
    let by = app.operator().authority();
    let pruned = app
        .clients_file
        .apply(by, FileContent::default(), Gone::Removed)
        .await
        .unwrap();
    assert_eq!(told(&pruned), ["-worker", "-https://api.example.com"]);
    assert!(find(&app, "worker").await.is_none());
    apply(&app, content()).await;
    assert!(
        find(&app, "worker").await.unwrap().client.settings.enabled,
        "it is back"
    );
}

#[tokio::test]
async fn a_change_tells_how_many_grants_it_touches_and_of_how_many_users() {
    let app = TestApp::new();
    apply(&app, content()).await;
    app.register("ada@x.test").await;
    let tokens = app.log_in("ada@x.test").await;
    let session = app.session(app.claims(&tokens).session_id).await.unwrap();
    let worker = find(&app, "worker").await.unwrap().client.id;
    for number in [1, 2] {
        let grant = redeemed(&grant(&session, GrantLife::Session, number));
        let of_worker = Grant {
            granted: Granted {
                client: worker,
                ..grant.granted.clone()
            },
            ..grant
        };
        let inserted: StoreResult<()> = (app
            .store
            .write(move |repositories| repositories.grants().insert(&of_worker)))
        .await;
        inserted.unwrap();
    }
    let by = app.operator().authority();
    let rehearsed = app
        .clients_file
        .rehearse(by, FileContent::default(), Gone::Disabled)
        .await
        .unwrap();
    let touched: Vec<LiveGrants> = rehearsed
        .iter()
        .filter_map(|applied| match applied {
            Applied::Client { touched, .. } => Some(*touched),
            Applied::Resource { .. } => None,
        })
        .collect();
    assert_eq!(touched, [LiveGrants { users: 1, grants: 2 }]);
}

#[tokio::test]
async fn one_secret_belongs_to_one_client_and_stands_there_once() {
    let app = TestApp::new();
    let service = |id: &str, secrets: &[u8]| client(id, json!({"kind": "service"}), secrets);
    for (clients, at) in [
        (vec![service("a", &[1, 1])], 0),
        (vec![service("a", &[1]), service("b", &[2, 1])], 1),
    ] {
        let content = FileContent {
            clients,
            resources: Vec::new(),
        };
        let refused = app.clients_file.apply_setting(content).await;
        let Err(ApplyError::Invalid { entry, faults }) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(
            (entry, faults[0].member, faults[0].code),
            (Entry::Client(at), "secret_sha256", "repeated")
        );
    }
    assert!(find(&app, "a").await.is_none());
}

#[tokio::test]
async fn keys_that_check_nothing_are_refused_where_they_stand() {
    let app = TestApp::new();
    let keys = json!({"keys": [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}]});
    let said = json!({"kind": "service", "auth_method": "private_key_jwt", "jwks": keys});
    let content = FileContent {
        clients: vec![client("worker", said, &[])],
        resources: Vec::new(),
    };
    let refused = app.clients_file.apply_setting(content).await;
    let Err(ApplyError::Invalid { entry, faults }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(
        (entry, faults[0].member, faults[0].code),
        (Entry::Client(0), "jwks", "not_a_key_set")
    );
}

#[tokio::test]
async fn secrets_and_scopes_move_on_in_one_step() {
    let app = TestApp::new();
    apply(&app, content()).await;
    let mut next = content();
    next.resources[0].written.insert("scopes".to_owned(), json!(["write"]));
    next.clients[0] = client("worker", json!({"kind": "service", "scopes": ["write"]}), &[1, 2]);
    assert_eq!(apply(&app, next.clone()).await, ["~worker", "~https://api.example.com"]);
    next.clients[0].secrets.remove(0);
    assert_eq!(apply(&app, next).await, ["~worker"]);
    let worker = find(&app, "worker").await.unwrap();
    let digests: Vec<_> = worker.secrets.iter().map(|secret| secret.digest).collect();
    assert_eq!(digests, [Digest32::new([2; 32])]);
    assert_eq!(worker.client.settings.scopes.to_string(), "write");
}

#[tokio::test]
async fn a_file_that_is_not_right_changes_nothing_and_says_where() {
    let app = TestApp::new();
    let mut wrong = content();
    wrong.clients.push(client("app", json!({"kind": "web"}), &[2]));
    wrong.clients.push(client("bare", json!({"kind": "service"}), &[]));
    let fault = async |content: FileContent| match app.clients_file.apply_setting(content).await {
        Err(ApplyError::Invalid { entry, faults }) => (entry, faults[0].member),
        other => panic!("{other:?}"),
    };
    assert_eq!(fault(wrong.clone()).await, (Entry::Client(1), "redirect_uris"));
    assert!(find(&app, "worker").await.is_none());
    wrong.clients.remove(1);
    assert_eq!(fault(wrong.clone()).await, (Entry::Client(1), "secret_sha256"));
    wrong.clients.remove(1);
    wrong.resources[0].written.insert("owner".to_owned(), json!("nobody"));
    assert_eq!(fault(wrong).await, (Entry::Resource(0), "owner"));
}

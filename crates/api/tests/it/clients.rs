//! The registry of clients over REST.

use crate::client::{Answer, Request};
use crate::running::Running;
use portcullis_domain::ClientKind;
use portcullis_testkit::TestApp;
use serde_json::{Value, json};
use std::collections::BTreeSet;

struct Scene {
    running: Running,
    token: String,
}

impl Scene {
    async fn new() -> Self {
        let running = Running::of(TestApp::new());
        let token = running.admin_token().await;
        Self { running, token }
    }

    async fn send(&self, method: &str, path: &str, body: Option<Value>, seen: Option<&str>) -> Answer {
        let mut request = Request::new(method, path).bearer(&self.token);
        if let Some(body) = body {
            request = request.json(body.to_string());
        }
        if let Some(seen) = seen {
            request = request.header("if-match", seen);
        }
        self.running.send(request).await
    }

    async fn created(&self, body: Value) -> Value {
        let answer = self.send("POST", "/admin/clients", Some(body), None).await;
        assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
        answer.json()
    }
}

fn shop() -> Value {
    json!({"client_id": "shop", "kind": "web", "redirect_uris": ["https://shop.example.com/callback"]})
}

fn errors(answer: &Answer) -> Vec<(String, String)> {
    let text = |error: &Value, member: &str| error[member].as_str().unwrap().to_owned();
    let document = answer.json();
    let errors = document["errors"].as_array().unwrap().iter();
    errors
        .map(|error| (text(error, "pointer"), text(error, "code")))
        .collect()
}

#[tokio::test]
async fn a_client_is_registered_read_changed_and_removed() {
    let scene = Scene::new().await;
    let local = json!({"client_id": "app.example~1", "kind": "spa", "name": "App",
        "redirect_uris": ["http://localhost:3000/cb"]});
    let created = scene.send("POST", "/admin/clients", Some(local), None).await;
    assert_eq!(created.status, 201, "{}", String::from_utf8_lossy(&created.body));
    let path = created.header("location").unwrap().to_owned();
    assert_eq!(path, "/admin/clients/app.example~1");
    assert_eq!(created.header("etag"), Some("\"1\""));
    assert!(
        created.json().get("client_secret").is_none(),
        "a page's scripts keep none"
    );
    let read = scene.send("GET", &path, None, None).await;
    let mut told = created.json();
    told["warnings"] = json!([]);
    assert_eq!((read.status, read.json()), (200, told));
    let change = json!({"enabled": false});
    let changed = scene.send("PATCH", &path, Some(change.clone()), Some("\"1\"")).await;
    assert_eq!((changed.status, changed.header("etag")), (200, Some("\"2\"")));
    assert_eq!(changed.json()["enabled"], false);
    let late = scene.send("PATCH", &path, Some(change), Some("\"1\"")).await;
    assert_eq!(
        (late.status, &late.json()["code"]),
        (412, &json!("precondition_failed"))
    );
    assert_eq!(scene.send("DELETE", &path, None, Some("\"1\"")).await.status, 412);
    assert_eq!(scene.send("DELETE", &path, None, Some("\"2\"")).await.status, 204);
    assert_eq!(scene.send("GET", &path, None, None).await.status, 404);
    let kinds: Vec<_> = scene
        .running
        .app
        .events()
        .await
        .into_iter()
        .filter(|event| event.client_id.is_some())
        .collect();
    // They are of one moment, so nothing says which was first.
    let told: BTreeSet<_> = kinds.iter().map(|event| event.kind.to_string()).collect();
    let expected = ["client_changed", "client_created", "client_deleted"].map(str::to_owned);
    assert_eq!((told, kinds.len()), (BTreeSet::from(expected), 3));
    assert!(
        kinds
            .iter()
            .all(|event| event.client_id.as_ref().unwrap().as_str() == "app.example~1")
    );
}

#[tokio::test]
async fn a_secret_is_told_once_and_two_live_at_once() {
    let scene = Scene::new().await;
    let first = scene.created(shop()).await;
    assert!(first["client_secret"].is_string());
    assert_eq!(first["secrets"].as_array().unwrap().len(), 1);
    assert!(first["secrets"][0].get("client_secret").is_none());
    let secrets = "/admin/clients/shop/secrets";
    let second = scene.send("POST", secrets, Some(json!({"label": "May"})), None).await;
    assert_eq!((second.status, &second.json()["label"]), (201, &json!("May")));
    let third = scene.send("POST", secrets, Some(json!({})), None).await;
    assert_eq!((third.status, &third.json()["code"]), (409, &json!("too_many_secrets")));
    let old = format!("{secrets}/{}", first["secrets"][0]["id"].as_str().unwrap());
    assert_eq!(scene.send("DELETE", &old, None, None).await.status, 204);
    assert_eq!(scene.send("DELETE", &old, None, None).await.status, 404);
    let read = scene.send("GET", "/admin/clients/shop", None, None).await;
    assert_eq!(read.json()["secrets"].as_array().unwrap().len(), 1);
    assert!(!String::from_utf8_lossy(&read.body).contains(second.json()["client_secret"].as_str().unwrap()));
    let past = json!({"expires_at": "2001-01-01T00:00:00Z"});
    let over = scene.send("POST", secrets, Some(past), None).await;
    assert_eq!(errors(&over), [("#/expires_at".to_owned(), "out_of_range".to_owned())]);
}

#[tokio::test]
async fn what_is_wrong_with_a_client_is_told_member_by_member() {
    let scene = Scene::new().await;
    let told = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(pointer, code)| ((*pointer).to_owned(), (*code).to_owned()))
            .collect()
    };
    // Rows 5 to 8 of what comes in wrong, and one that is right between them.
    for (uri, code) in [
        ("https://shop.example.com/cb#frag", "not_a_redirect_uri"),
        ("https://shop.example.com/cb#", "not_a_redirect_uri"),
        ("javascript:alert(1)", "not_a_redirect_uri"),
        ("data:text/html,x", "not_a_redirect_uri"),
        ("myapp:/cb", "not_a_redirect_uri"),
        ("http://shop.example.com/cb", "not_a_redirect_uri"),
        ("com.example.app:/cb", "not_allowed"),
    ] {
        let body = json!({"kind": "web", "redirect_uris": ["https://shop.example.com/a", uri]});
        let answer = scene.send("POST", "/admin/clients", Some(body), None).await;
        assert_eq!(
            (answer.status, errors(&answer)),
            (422, told(&[("#/redirect_uris/1", code)])),
            "{uri}"
        );
    }
    let unknown = scene
        .send(
            "POST",
            "/admin/clients",
            Some(json!({"kind": "web", "redirect_uri": "x"})),
            None,
        )
        .await;
    assert_eq!(errors(&unknown), told(&[("#/redirect_uri", "unknown_member")]));
    assert!(
        unknown.json()["errors"][0]["detail"]
            .as_str()
            .unwrap()
            .ends_with("did you mean redirect_uris?")
    );
    let encoded = scene
        .send(
            "POST",
            "/admin/clients",
            Some(json!({"client_id": "a/b", "kind": "service"})),
            None,
        )
        .await;
    assert_eq!(errors(&encoded), told(&[("#/client_id", "not_a_client_id")]));
    let taken = [scene.created(shop()).await; 1];
    assert_eq!(taken[0]["client_id"], "shop");
    let again = scene.send("POST", "/admin/clients", Some(shop()), None).await;
    assert_eq!((again.status, &again.json()["code"]), (409, &json!("client_id_taken")));
}

#[tokio::test]
async fn what_the_file_looks_after_is_not_changed_elsewhere() {
    let scene = Scene::new().await;
    let mut client = portcullis_testkit::build::client("shop", ClientKind::Web);
    client.managed_by = portcullis_domain::ManagedBy::File;
    let added = scene.running.app.store.write(move |repositories| {
        let stamp = repositories.clients().begin_change()?;
        repositories.clients().insert(&client, stamp)
    });
    added.await.unwrap();
    for (method, path, body) in [
        ("PATCH", "/admin/clients/shop", Some(json!({"enabled": false}))),
        ("DELETE", "/admin/clients/shop", None),
        ("POST", "/admin/clients/shop/secrets", Some(json!({}))),
    ] {
        let answer = scene.send(method, path, body, None).await;
        assert_eq!(
            (answer.status, &answer.json()["code"]),
            (409, &json!("managed_by_file")),
            "{method} {path}"
        );
    }
    let revoked = scene.send("POST", "/admin/clients/shop/revoke", None, None).await;
    assert_eq!(revoked.status, 204, "a leak is mended by whoever sees it");
}

#[tokio::test]
async fn members_come_and_go() {
    let scene = Scene::new().await;
    scene.created(shop()).await;
    let ada = scene.running.app.register("ada@example.com").await;
    let path = format!("/admin/clients/shop/members/{}", ada.id);
    let put = scene
        .send("PUT", &path, Some(json!({"roles": ["viewer", "editor"]})), None)
        .await;
    assert_eq!((put.status, &put.json()["roles"]), (200, &json!(["editor", "viewer"])));
    let listed = scene.send("GET", "/admin/clients/shop/members", None, None).await;
    assert_eq!(listed.json()["items"][0], put.json());
    let wrong = scene.send("PUT", &path, Some(json!({"roles": ["a b"]})), None).await;
    assert_eq!(errors(&wrong), [("#/roles".to_owned(), "not_a_role".to_owned())]);
    let nobody = path.replace(&ada.id.to_string(), "019338a1-7c00-7a3b-8d52-6f1e0c9b4a27");
    assert_eq!(scene.send("PUT", &nobody, Some(json!({})), None).await.status, 404);
    for status in [204, 404] {
        assert_eq!(scene.send("DELETE", &path, None, None).await.status, status);
    }
}

#[tokio::test]
async fn a_resource_gives_scopes_that_clients_hold_it_by() {
    let scene = Scene::new().await;
    let body = json!({"uri": "https://api.example.com", "scopes": [
        {"name": "orders:read", "description": "Read your orders", "is_default": true}, "orders:write"]});
    let created = scene.send("POST", "/admin/resources", Some(body.clone()), None).await;
    assert_eq!(created.status, 201, "{}", String::from_utf8_lossy(&created.body));
    let path = created.header("location").unwrap().to_owned();
    assert_eq!(scene.send("GET", &path, None, None).await.json(), created.json());
    assert_eq!(
        scene.send("POST", "/admin/resources", Some(body), None).await.json()["code"],
        "resource_taken"
    );
    let other = json!({"uri": "urn:other", "scopes": ["orders:read", "email"]});
    let other = scene.send("POST", "/admin/resources", Some(other), None).await;
    assert_eq!(errors(&other)[0], ("#/scopes/1".to_owned(), "not_allowed".to_owned()));
    scene
        .created(json!({"client_id": "worker", "kind": "service", "scopes": ["orders:read"]}))
        .await;
    let lost = scene
        .send("PATCH", &path, Some(json!({"scopes": ["orders:write"]})), Some("\"1\""))
        .await;
    assert_eq!((lost.status, &lost.json()["code"]), (409, &json!("resource_in_use")));
    assert!(lost.json()["detail"].as_str().unwrap().contains("worker"));
    assert_eq!(scene.send("DELETE", &path, None, None).await.status, 409);
    let changed = scene
        .send(
            "PATCH",
            &path,
            Some(json!({"owner": "worker", "access_seconds": 60})),
            None,
        )
        .await;
    assert_eq!((changed.status, &changed.json()["owner"]), (200, &json!("worker")));
    let nobody = scene.send("PATCH", &path, Some(json!({"owner": "nobody"})), None).await;
    assert_eq!(errors(&nobody), [("#/owner".to_owned(), "unknown_client".to_owned())]);
    assert_eq!(
        scene.send("DELETE", "/admin/clients/worker", None, None).await.status,
        204
    );
    assert_eq!(scene.send("DELETE", &path, None, Some("\"1\"")).await.status, 412);
    assert_eq!(scene.send("DELETE", &path, None, None).await.status, 204);
}

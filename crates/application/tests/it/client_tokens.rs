//! Tokens that clients are given for themselves, asked about, and ended.

use chrono::TimeDelta;
use portcullis_application::ports::{ClientAccessClaims, Subject};
use portcullis_application::provider::client_calls::{ClientCallError, KnownClient, PresentedClient};
use portcullis_application::provider::client_tokens::{AskedTarget, ClientCredentialsError, IntrospectionError};
use portcullis_application::provider::clients::NewClient;
use portcullis_application::provider::target::TargetError;
use portcullis_domain::{Client, ClientKind, FamilyId, Generation, Origin, SecretText};
use portcullis_oauth2::{ClientId, ScopeSet};
use portcullis_testkit::{FakeProviderTokens, TestApp, build};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

const API: &str = "https://api.example.org";

pub(crate) fn service(client_id: &str, scopes: &str) -> Client {
    let mut client = build::client(client_id, ClientKind::Service);
    client.settings.scopes = ScopeSet::parse(scopes).unwrap_or_default();
    client
}

/// A server with a client `shop`, which may read and write orders, and a client `warehouse`, whose API that is.
pub(crate) async fn provider() -> TestApp {
    let app = TestApp::new();
    app.upkeep.begin().await.unwrap();
    app.add_client(service("warehouse", "")).await;
    app.add_client(service("shop", "orders:read orders:write stock:read"))
        .await;
    let mut api = build::resource(API, &["orders:read", "orders:write", "orders:purge"]);
    api.settings.owner = Some(ClientId::parse("warehouse").unwrap());
    for scope in &mut api.settings.scopes {
        scope.is_default = scope.name.as_str() == "orders:read";
    }
    app.add_resource(api).await;
    app.add_resource(build::resource("https://stock.example.org", &["stock:read"]))
        .await;
    app
}

pub(crate) fn by_secret(client_id: &str, secret: &str) -> PresentedClient {
    PresentedClient {
        client_id: Some(client_id.to_owned()),
        secret: Some(SecretText::new(secret.to_owned())),
        ..PresentedClient::default()
    }
}

async fn known(app: &TestApp, client_id: &str) -> KnownClient {
    let presented = by_secret(client_id, TestApp::CLIENT_SECRET);
    app.client_calls
        .authenticate(presented, Origin::default())
        .await
        .unwrap()
}

pub(crate) fn origin_of(address: &str) -> Origin {
    let mut origin = Origin::default();
    origin.device.address = Some(address.parse().unwrap());
    origin
}

fn asked(scope: Option<&str>, resources: &[&str]) -> AskedTarget {
    AskedTarget {
        scopes: scope.map(|scope| ScopeSet::parse(scope).unwrap()),
        resources: resources.iter().map(|uri| (*uri).to_owned()).collect(),
    }
}

async fn token(app: &TestApp, client_id: &str, scope: &str) -> SecretText {
    let client = known(app, client_id).await;
    let given = app
        .client_tokens
        .client_credentials(&client, asked(Some(scope), &[]), &Origin::default())
        .await;
    given.unwrap().access_token
}

async fn seen_by(app: &TestApp, client_id: &str, token: &SecretText) -> Option<ClientAccessClaims> {
    let client = known(app, client_id).await;
    app.client_tokens
        .introspect(&client, token, &Origin::default())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_client_is_given_a_token_for_itself_and_nothing_of_it_is_stored() {
    let app = provider().await;
    let client = known(&app, "shop").await;
    let given = app
        .client_tokens
        .client_credentials(&client, asked(Some("orders:read no:such"), &[]), &Origin::default())
        .await
        .unwrap();
    assert_eq!(
        (given.scopes.to_string().as_str(), given.expires_in),
        ("orders:read", Duration::from_mins(10))
    );
    let claims = seen_by(&app, "shop", &given.access_token).await.unwrap();
    assert_eq!(
        (&claims.subject, claims.audience.as_str(), claims.grant),
        (&Subject::Client, API, None)
    );
    assert_eq!(claims.proven, None, "there is no user");
    assert!(app.meter.take().contains(&"client_credentials success".to_owned()));
}

/// The scopes of the token that a client gets.
async fn ask(
    app: &TestApp,
    client: &KnownClient,
    scope: Option<&str>,
    resources: &[&str],
) -> Result<String, TargetError> {
    let given = app
        .client_tokens
        .client_credentials(client, asked(scope, resources), &Origin::default())
        .await;
    match given {
        Ok(given) => Ok(given.scopes.to_string()),
        Err(ClientCredentialsError::Target(error)) => Err(error),
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn row_58_a_resource_is_one_that_there_is_and_only_one() {
    let app = provider().await;
    let client = known(&app, "shop").await;
    for (resources, refusal) in [
        (&["https://other.example.org"][..], TargetError::UnknownResource),
        (&["/orders"], TargetError::UnknownResource),
        (&["https://api.example.org#x"], TargetError::UnknownResource),
        (&[API, API], TargetError::SeveralResources),
    ] {
        let refused = ask(&app, &client, Some("orders:read"), resources).await;
        assert_eq!(refused, Err(refusal), "{resources:?}");
    }
    let several = ask(&app, &client, Some("orders:read stock:read"), &[]).await;
    assert!(matches!(several, Err(TargetError::ScopesOfSeveral(uris)) if uris.len() == 2));
}

#[tokio::test]
async fn row_60_a_client_gets_for_itself_what_it_may_have_of_a_resource() {
    let app = provider().await;
    let client = known(&app, "shop").await;
    for (scope, what) in [
        (None, "the default scope"),
        (Some("orders:read stock:read"), "what is of this resource"),
    ] {
        let given = ask(&app, &client, scope, &[API]).await;
        assert_eq!(given.as_deref(), Ok("orders:read"), "{what}");
    }
    for (scope, resources, refusal) in [
        (Some("stock:read"), &[API][..], TargetError::InvalidScope),
        (Some("orders:purge"), &[], TargetError::ScopeOfOthers),
        (Some("openid"), &[], TargetError::ScopeOfUsers),
        (Some("offline_access orders:read"), &[], TargetError::ScopeOfUsers),
        (Some("no:such"), &[], TargetError::InvalidScope),
        (None, &[], TargetError::NoScope),
        (None, &["https://stock.example.org"], TargetError::NoScope),
    ] {
        let refused = ask(&app, &client, scope, resources).await;
        assert_eq!(refused, Err(refusal), "{scope:?} {resources:?}");
    }
}

#[tokio::test]
async fn row_60_a_public_client_and_one_without_the_grant_get_nothing_for_themselves() {
    let app = provider().await;
    let mut public = build::client("page", ClientKind::Spa);
    public.settings.grant_types = [portcullis_oauth2::GrantType::ClientCredentials].into();
    app.add_client(public).await;
    app.add_client(build::client("web", ClientKind::Web)).await;
    let page = PresentedClient {
        client_id: Some("page".to_owned()),
        ..PresentedClient::default()
    };
    let page = app.client_calls.authenticate(page, Origin::default()).await.unwrap();
    for client in [page, known(&app, "web").await] {
        let given = app
            .client_tokens
            .client_credentials(&client, asked(None, &[API]), &Origin::default())
            .await;
        assert!(matches!(given, Err(ClientCredentialsError::Unauthorized)));
    }
}

#[tokio::test]
async fn row_65_a_token_is_told_of_to_its_client_and_to_the_owner_of_its_resource() {
    let app = provider().await;
    app.add_client(service("stranger", "")).await;
    app.add_client(build::client("page", ClientKind::Spa)).await;
    let token = token(&app, "shop", "orders:read").await;
    assert!(seen_by(&app, "shop", &token).await.is_some());
    assert!(seen_by(&app, "warehouse", &token).await.is_some());
    assert_eq!(seen_by(&app, "stranger", &token).await, None);
    for text in ["", "prt_x", "pgr_x", "access.nothing"] {
        assert_eq!(
            seen_by(&app, "shop", &SecretText::new(text.to_owned())).await,
            None,
            "{text}"
        );
    }
    let page = PresentedClient {
        client_id: Some("page".to_owned()),
        ..PresentedClient::default()
    };
    let page = app.client_calls.authenticate(page, Origin::default()).await.unwrap();
    let told = app.client_tokens.introspect(&page, &token, &Origin::default()).await;
    assert!(matches!(told, Err(IntrospectionError::Public)));
    app.clock.advance(TimeDelta::minutes(10));
    app.upkeep.catch_up().await.unwrap();
    assert_eq!(seen_by(&app, "shop", &token).await, None, "it has expired");
}

#[tokio::test]
async fn row_66_a_client_ends_its_own_tokens_and_no_others() {
    let app = provider().await;
    let (first, second) = (
        token(&app, "shop", "orders:read").await,
        token(&app, "shop", "orders:write").await,
    );
    let revoke = |app: &TestApp, client: KnownClient, token: SecretText| {
        let tokens = Arc::clone(&app.client_tokens);
        async move { tokens.revoke(&client, &token, Origin::default()).await }
    };
    revoke(&app, known(&app, "warehouse").await, first.clone())
        .await
        .unwrap();
    revoke(&app, known(&app, "shop").await, SecretText::new("garbage".to_owned()))
        .await
        .unwrap();
    assert!(seen_by(&app, "shop", &first).await.is_some(), "nothing was ended");
    revoke(&app, known(&app, "shop").await, first.clone()).await.unwrap();
    assert_eq!(seen_by(&app, "shop", &first).await, None);
    assert!(seen_by(&app, "shop", &second).await.is_some());
    let other = app.beside();
    other.upkeep.begin().await.unwrap();
    assert_eq!(
        seen_by(&other, "shop", &first).await,
        None,
        "the other server has read of it"
    );
}

#[tokio::test]
async fn a_token_for_a_resource_that_was_removed_does_not_count_for_the_next_of_that_name() {
    let app = provider().await;
    let token = token(&app, "shop", "orders:read").await;
    let by = || app.operator().authority();
    let written = |said: serde_json::Value| said.as_object().unwrap().clone();
    let shop = ClientId::parse("shop").unwrap();
    let without = written(json!({"scopes": ["stock:read"]}));
    app.clients.change(by(), shop, None, without).await.unwrap();
    let uri = API.parse().unwrap();
    let api = app.resources.find_by_uri(by(), uri).await.unwrap().unwrap();
    app.resources.delete(by(), api.id, None).await.unwrap();
    assert_eq!(seen_by(&app, "shop", &token).await, None);
    app.clock.advance(TimeDelta::minutes(2));
    app.upkeep.catch_up().await.unwrap();
    let again = written(json!({"uri": API, "owner": "warehouse"}));
    app.resources.create(by(), again).await.unwrap();
    app.upkeep.catch_up().await.unwrap();
    assert_eq!(seen_by(&app, "warehouse", &token).await, None);
}

#[tokio::test]
async fn a_server_that_is_out_of_touch_neither_tells_nor_gives() {
    let app = provider().await;
    let client = known(&app, "shop").await;
    let token = token(&app, "shop", "orders:read").await;
    app.clock.advance(TimeDelta::seconds(1));
    let told = app.client_tokens.introspect(&client, &token, &Origin::default()).await;
    assert!(matches!(told, Err(IntrospectionError::Store(_))));
    let unknown = SecretText::new(FakeProviderTokens::OF_AN_UNKNOWN_KEY.to_owned());
    let told = app
        .client_tokens
        .introspect(&client, &unknown, &Origin::default())
        .await;
    assert!(told.is_err());
    assert!(
        app.client_tokens
            .revoke(&client, &unknown, Origin::default())
            .await
            .is_err()
    );
    let presented = by_secret("shop", TestApp::CLIENT_SECRET);
    let known = app.client_calls.authenticate(presented, Origin::default()).await;
    assert!(matches!(known, Err(ClientCallError::Store(_))));
}

#[tokio::test]
async fn what_a_client_was_given_dies_with_its_revocation_on_every_server_by_one_row() {
    let app = provider().await;
    let token = token(&app, "shop", "orders:read").await;
    let admin = app.register_admin("root@x.test").await;
    let admin = app.admin(&app.log_in(admin.email.as_str()).await).await;
    let shop = ClientId::parse("shop").unwrap();
    app.clients.revoke(admin.authority(), shop).await.unwrap();
    let listed = app.publication.revocations().unwrap().revocations;
    let of_client: Vec<_> = listed
        .iter()
        .filter(|it| it.family == FamilyId::of_client("shop"))
        .collect();
    assert_eq!(of_client.len(), 1);
    assert_eq!(of_client[0].generation, Generation::FIRST);
    app.upkeep.catch_up().await.unwrap();
    assert_eq!(seen_by(&app, "warehouse", &token).await, None);
    let other = app.beside();
    other.upkeep.begin().await.unwrap();
    assert_eq!(seen_by(&other, "warehouse", &token).await, None);
    let client = known(&app, "shop").await;
    let fresh = app
        .client_tokens
        .client_credentials(&client, asked(Some("orders:read"), &[]), &Origin::default())
        .await;
    assert!(seen_by(&app, "warehouse", &fresh.unwrap().access_token).await.is_some());
}

#[tokio::test]
async fn a_client_that_takes_the_id_of_one_that_was_removed_has_tokens_that_count() {
    let app = provider().await;
    let before = token(&app, "shop", "orders:read").await;
    let admin = app.register_admin("root@x.test").await;
    let admin = app.admin(&app.log_in(admin.email.as_str()).await).await.authority();
    let shop = ClientId::parse("shop").unwrap();
    app.clients.delete(admin.clone(), shop.clone(), None).await.unwrap();
    app.upkeep.catch_up().await.unwrap();
    assert_eq!(seen_by(&app, "warehouse", &before).await, None);
    let written = json!({"name": "Shop", "kind": "service", "scopes": ["orders:read"]});
    let new = NewClient {
        client_id: Some(shop),
        written: written.as_object().unwrap().clone(),
    };
    let created = app.clients.create(admin, new).await.unwrap();
    app.upkeep.catch_up().await.unwrap();
    let presented = by_secret("shop", created.secret.unwrap().expose());
    let client = app
        .client_calls
        .authenticate(presented, Origin::default())
        .await
        .unwrap();
    let given = app
        .client_tokens
        .client_credentials(&client, asked(Some("orders:read"), &[]), &Origin::default())
        .await;
    assert!(seen_by(&app, "warehouse", &given.unwrap().access_token).await.is_some());
}

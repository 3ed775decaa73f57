//! Tokens that clients are given for themselves, asked about, and ended.

use chrono::TimeDelta;
use portcullis_application::ports::{ClientAccessClaims, Clock as _, Subject};
use portcullis_application::provider::client_calls::{ClientCallError, JWT_BEARER, KnownClient, PresentedClient};
use portcullis_application::provider::client_tokens::{AskedTarget, ClientCredentialsError, IntrospectionError};
use portcullis_application::provider::clients::NewClient;
use portcullis_application::provider::target::TargetError;
use portcullis_domain::{
    AssertionAudience, Client, ClientKeys, ClientKind, ClientProof, FamilyId, Generation, Origin, SecretText,
};
use portcullis_oauth2::{BasicCredentials, ClientId, ScopeSet};
use portcullis_testkit::{FakeClientProofs, FakeProviderTokens, TestApp, build};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

const API: &str = "https://api.example.org";

fn service(client_id: &str, scopes: &str) -> Client {
    let mut client = build::client(client_id, ClientKind::Service);
    client.settings.scopes = ScopeSet::parse(scopes).unwrap_or_default();
    client
}

/// A server with a client `shop`, which may read and write orders, and a client `warehouse`, whose API that is.
async fn provider() -> TestApp {
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

fn by_secret(client_id: &str, secret: &str) -> PresentedClient {
    PresentedClient {
        client_id: Some(client_id.to_owned()),
        secret: Some(SecretText::new(secret.to_owned())),
        ..PresentedClient::default()
    }
}

/// A client that signs.
fn signer() -> Client {
    let mut signer = service("signer", "");
    signer.settings.proof = ClientProof::Keys {
        keys: ClientKeys::checked(r#"{"keys":[]}"#.to_owned()),
        audience: AssertionAudience::Issuer,
    };
    signer
}

fn signed_by(app: &TestApp, client_id: &str, id: &str) -> PresentedClient {
    let expires_at = app.clock.now() + TimeDelta::minutes(5);
    let issuer = build::issuer().to_string();
    PresentedClient {
        assertion_type: Some(JWT_BEARER.to_owned()),
        assertion: Some(FakeClientProofs::signed(client_id, &issuer, id, expires_at)),
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

async fn refused(app: &TestApp, presented: PresentedClient) -> ClientCallError {
    let origin = origin_of("192.0.2.7");
    app.client_calls.authenticate(presented, origin).await.unwrap_err()
}

fn origin_of(address: &str) -> Origin {
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
        .client_credentials(&client, asked(Some(scope), &[]))
        .await;
    given.unwrap().access_token
}

async fn seen_by(app: &TestApp, client_id: &str, token: &SecretText) -> Option<ClientAccessClaims> {
    let client = known(app, client_id).await;
    app.client_tokens.introspect(&client, token).await.unwrap()
}

#[tokio::test]
async fn a_client_is_given_a_token_for_itself_and_nothing_of_it_is_stored() {
    let app = provider().await;
    let client = known(&app, "shop").await;
    let given = app
        .client_tokens
        .client_credentials(&client, asked(Some("orders:read no:such"), &[]))
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

#[tokio::test]
async fn row_58_and_60_what_a_client_may_not_have_is_refused() {
    let app = provider().await;
    let client = known(&app, "shop").await;
    let ask = |scope: Option<&'static str>, resources: &'static [&'static str]| {
        let (tokens, client) = (Arc::clone(&app.client_tokens), client.clone());
        async move {
            match tokens.client_credentials(&client, asked(scope, resources)).await {
                Ok(given) => Ok(given.scopes.to_string()),
                Err(ClientCredentialsError::Target(error)) => Err(error),
                Err(error) => panic!("{error}"),
            }
        }
    };
    assert_eq!(
        ask(None, &[API]).await.as_deref(),
        Ok("orders:read"),
        "the default scope"
    );
    assert_eq!(
        ask(Some("orders:read stock:read"), &[API]).await.as_deref(),
        Ok("orders:read")
    );
    for (scope, resources, refusal) in [
        (
            Some("orders:read"),
            &["https://other.example.org"][..],
            TargetError::UnknownResource,
        ),
        (Some("orders:read"), &["/orders"], TargetError::UnknownResource),
        (
            Some("orders:read"),
            &["https://api.example.org#x"],
            TargetError::UnknownResource,
        ),
        (Some("orders:read"), &[API, API], TargetError::SeveralResources),
        (Some("stock:read"), &[API], TargetError::InvalidScope),
        (Some("orders:purge"), &[], TargetError::ScopeOfOthers),
        (Some("openid"), &[], TargetError::ScopeOfUsers),
        (Some("offline_access orders:read"), &[], TargetError::ScopeOfUsers),
        (Some("no:such"), &[], TargetError::InvalidScope),
        (None, &[], TargetError::NoScope),
        (None, &["https://stock.example.org"], TargetError::NoScope),
    ] {
        assert_eq!(ask(scope, resources).await, Err(refusal), "{scope:?} {resources:?}");
    }
    let several = ask(Some("orders:read stock:read"), &[]).await;
    assert!(matches!(several, Err(TargetError::ScopesOfSeveral(uris)) if uris.len() == 2));
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
        let given = app.client_tokens.client_credentials(&client, asked(None, &[API])).await;
        assert!(matches!(given, Err(ClientCredentialsError::Unauthorized)));
    }
}

#[tokio::test]
async fn rows_37_to_41_who_shows_too_much_too_little_or_something_else_is_no_client() {
    let app = provider().await;
    app.add_client(build::client("page", ClientKind::Spa)).await;
    // In base64: `shop`, a colon, and the secret or another one.
    let (right, wrong) = ("c2hvcDphIHNlY3JldCBvZiBhIGNsaWVudA==", "c2hvcDphbm90aGVy");
    let shop = TestApp::CLIENT_SECRET;
    let with_basic = |encoded: &str| PresentedClient {
        basic: Some(BasicCredentials::parse(format!("Basic {encoded}").as_bytes())),
        ..PresentedClient::default()
    };
    assert!(
        app.client_calls
            .authenticate(with_basic(right), Origin::default())
            .await
            .is_ok()
    );
    for two in [
        PresentedClient {
            secret: Some(SecretText::new(shop.to_owned())),
            ..with_basic(right)
        },
        PresentedClient {
            assertion: Some(SecretText::new("x".to_owned())),
            ..with_basic(right)
        },
        PresentedClient {
            assertion: Some(SecretText::new("x".to_owned())),
            ..by_secret("shop", shop)
        },
    ] {
        assert!(matches!(refused(&app, two).await, ClientCallError::TwoMethods));
    }
    let nothing = |id: &str| PresentedClient {
        client_id: Some(id.to_owned()),
        ..PresentedClient::default()
    };
    for (presented, what) in [
        (PresentedClient::default(), "nothing"),
        (nothing("shop"), "a confidential client without a secret"),
        (by_secret("page", shop), "a public client with one"),
        (by_secret("shop", "another"), "a wrong secret"),
        (by_secret("nobody", shop), "an unknown client"),
        (by_secret("s\u{e9}", shop), "no client id"),
        (with_basic(wrong), "a wrong secret in the header"),
        (with_basic("!"), "a header that can't be read"),
        (
            PresentedClient {
                client_id: Some("warehouse".to_owned()),
                ..with_basic(right)
            },
            "another client in the form",
        ),
        (
            PresentedClient {
                assertion: Some(SecretText::new("x".to_owned())),
                ..nothing("shop")
            },
            "an assertion of no type",
        ),
    ] {
        assert!(
            matches!(refused(&app, presented).await, ClientCallError::Invalid),
            "{what}"
        );
    }
}

#[tokio::test]
async fn failures_are_slowed_down_and_who_is_right_passes_all_the_same() {
    let app = provider().await;
    let mut invalid = 0;
    let limited = loop {
        match refused(&app, by_secret("shop", "guess")).await {
            ClientCallError::Invalid => invalid += 1,
            ClientCallError::Limited(exhausted) => break exhausted,
            error => panic!("{error}"),
        }
    };
    assert_eq!((invalid, limited.limit.name()), (10, "client"));
    let origin = origin_of("192.0.2.7");
    let right = by_secret("shop", TestApp::CLIENT_SECRET);
    assert!(app.client_calls.authenticate(right, origin).await.is_ok());
    assert!(matches!(
        refused(&app, by_secret("warehouse", "guess")).await,
        ClientCallError::Invalid
    ));
}

#[tokio::test]
async fn row_42_what_a_client_signs_counts_once_on_all_servers() {
    let app = provider().await;
    app.add_client(signer()).await;
    let other = app.beside();
    other.upkeep.begin().await.unwrap();
    let issuer = build::issuer().to_string();
    let show = |app: &TestApp, audience: &str, id: &str, minutes: i64| {
        let expires_at = app.clock.now() + TimeDelta::minutes(minutes);
        let presented = PresentedClient {
            assertion_type: Some(JWT_BEARER.to_owned()),
            assertion: Some(FakeClientProofs::signed("signer", audience, id, expires_at)),
            ..PresentedClient::default()
        };
        let calls = Arc::clone(&app.client_calls);
        async move { calls.authenticate(presented, Origin::default()).await.is_ok() }
    };
    assert!(show(&app, &issuer, "1", 5).await);
    assert!(!show(&app, &issuer, "1", 5).await);
    assert!(!show(&other, &issuer, "1", 5).await, "the other server knows of it");
    assert!(show(&other, &issuer, "2", 5).await);
    assert!(!show(&app, &issuer, "3", 60).await);
    assert!(!show(&app, "https://other.example.org", "4", 5).await);
    assert!(!show(&app, &format!("{issuer}/oauth2/token"), "5", 5).await);
}

#[tokio::test]
async fn row_41_a_signature_is_checked_whether_there_is_such_a_client_or_not() {
    let app = provider().await;
    app.add_client(signer()).await;
    for (client_id, is_known) in [("signer", true), ("shop", false), ("nobody", false)] {
        let before = app.client_proofs.checked();
        let presented = signed_by(&app, client_id, "1");
        let shown = app.client_calls.authenticate(presented, Origin::default()).await;
        assert_eq!(shown.is_ok(), is_known, "{client_id}");
        assert_eq!(app.client_proofs.checked() - before, 1, "{client_id}");
    }
}

#[tokio::test]
async fn row_44_what_a_client_signs_shows_who_it_is_at_every_call() {
    let app = provider().await;
    app.add_client(signer()).await;
    for id in ["1", "2"] {
        let presented = signed_by(&app, "signer", id);
        let client = app
            .client_calls
            .authenticate(presented, Origin::default())
            .await
            .unwrap();
        assert!(client.has_shown_who_it_is());
        let garbage = SecretText::new("garbage".to_owned());
        assert_eq!(app.client_tokens.introspect(&client, &garbage).await.unwrap(), None);
        app.client_tokens
            .revoke(&client, &garbage, Origin::default())
            .await
            .unwrap();
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
    let told = app.client_tokens.introspect(&page, &token).await;
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
    let told = app.client_tokens.introspect(&client, &token).await;
    assert!(matches!(told, Err(IntrospectionError::Store(_))));
    let unknown = SecretText::new(FakeProviderTokens::OF_AN_UNKNOWN_KEY.to_owned());
    assert!(app.client_tokens.introspect(&client, &unknown).await.is_err());
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
        .client_credentials(&client, asked(Some("orders:read"), &[]))
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
        .client_credentials(&client, asked(Some("orders:read"), &[]))
        .await;
    assert!(seen_by(&app, "warehouse", &given.unwrap().access_token).await.is_some());
}

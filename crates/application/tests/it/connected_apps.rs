//! The apps that people let use their account, and the apps that sign them out.

use chrono::TimeDelta;
use portcullis_application::provider::answer::Answer;
use portcullis_application::provider::app_sign_outs::{AppSignOut, AppSignOutError};
use portcullis_application::provider::authorizations::AuthorizationVisit;
use portcullis_application::provider::client_calls::{KnownClient, PresentedClient};
use portcullis_application::provider::connected_apps::DisconnectError;
use portcullis_application::provider::grant_tokens::{GrantedTokens, Redemption};
use portcullis_domain::{AuditEventType, ClientKind, Origin, SecretText};
use portcullis_oauth2::{ClientId, LogoutRequest, Parameters, RedirectUri};
use portcullis_testkit::TestApp;
use portcullis_testkit::build::{self, PASSWORD};

const REDIRECT: &str = "https://shop.example/cb";
const BEHIND: &str = "https://shop.example/bye?lang=en";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const REQUEST: &str = "response_type=code&client_id=shop&redirect_uri=https%3A%2F%2Fshop.example%2Fcb&scope=openid+email\
                       &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";

/// A server with the clients `shop` and `other`, and Ada.
async fn provider() -> TestApp {
    let app = TestApp::new();
    app.upkeep.begin().await.unwrap();
    for id in ["shop", "other"] {
        let mut client = build::client(id, ClientKind::Web);
        client.settings.redirect_uris = [RedirectUri::parse(REDIRECT).unwrap()].into();
        client.settings.logout_uris = [RedirectUri::parse(BEHIND).unwrap()].into();
        app.add_client(client).await;
    }
    app.register("ada@x.test").await;
    app
}

async fn sign_in(app: &TestApp) -> SecretText {
    let attempt = build::sign_in("ada@x.test", PASSWORD, None);
    app.sign_in.sign_in_browser(attempt).await.unwrap().cookie
}

async fn shop(app: &TestApp) -> KnownClient {
    let presented = PresentedClient {
        client_id: Some("shop".to_owned()),
        secret: Some(SecretText::new(TestApp::CLIENT_SECRET.to_owned())),
        ..PresentedClient::default()
    };
    app.client_calls
        .authenticate(presented, Origin::default())
        .await
        .unwrap()
}

/// What the shop is given once Ada has agreed on that browser.
async fn connected(app: &TestApp, cookie: &SecretText) -> GrantedTokens {
    let visit = AuthorizationVisit {
        parameters: Parameters::parse(REQUEST.as_bytes(), 8192),
        cookie: Some(cookie.clone()),
        stamp: None,
        origin: Origin::default(),
    };
    let Answer::Client(answer) = app
        .authorizations
        .allow(visit, &"openid email".parse().unwrap())
        .await
        .unwrap()
        .answer
    else {
        panic!("she agreed");
    };
    let attempt = Redemption {
        code: SecretText::new(answer.get("code").unwrap().to_owned()),
        redirect_uri: Some(REDIRECT.to_owned()),
        verifier: Some(SecretText::new(VERIFIER.to_owned())),
        resources: Vec::new(),
    };
    let redeemed = app
        .grant_tokens
        .redeem(&shop(app).await, attempt, Origin::default())
        .await;
    redeemed.unwrap()
}

async fn names(app: &TestApp) -> Vec<String> {
    let actor = app.actor(&app.log_in("ada@x.test").await).await;
    let listed = app.connected_apps.list_own(&actor).await.unwrap();
    listed
        .iter()
        .map(|app| format!("{} {}", app.client_id, app.scopes))
        .collect()
}

#[tokio::test]
async fn an_app_that_is_disconnected_has_nothing_left_and_asks_again() {
    let app = provider().await;
    let cookie = sign_in(&app).await;
    assert!(names(&app).await.is_empty());
    let tokens = connected(&app, &cookie).await;
    assert_eq!(names(&app).await, ["shop email openid"]);
    assert!(app.user_info.claims(&tokens.access_token).await.is_ok());
    let actor = app.actor(&app.log_in("ada@x.test").await).await;
    let id = |text: &str| ClientId::parse(text).unwrap();
    for unknown in ["other", "nobody"] {
        let refused = app.connected_apps.disconnect_own(&actor, id(unknown)).await;
        assert!(matches!(refused, Err(DisconnectError::NotFound)), "{unknown}");
    }
    app.connected_apps.disconnect_own(&actor, id("shop")).await.unwrap();
    assert!(names(&app).await.is_empty());
    assert!(app.user_info.claims(&tokens.access_token).await.is_err());
    let again = app.connected_apps.disconnect_own(&actor, id("shop")).await;
    assert!(matches!(again, Err(DisconnectError::NotFound)));
    let events = app.events().await;
    let of_kind = |event: &&portcullis_domain::AuditEvent| event.kind == AuditEventType::ConsentWithdrawn;
    let withdrawn: Vec<_> = events
        .iter()
        .filter(of_kind)
        .map(|event| event.client_id.clone())
        .collect();
    assert_eq!(withdrawn, [Some(id("shop"))]);
}

#[tokio::test]
async fn an_administrator_sees_and_disconnects_the_apps_of_others() {
    let app = provider().await;
    connected(&app, &sign_in(&app).await).await;
    let by = || app.operator().authority();
    let ada = app.claims(&app.log_in("ada@x.test").await).user_id;
    let ben = app.register("ben@x.test").await.id;
    let shop = || ClientId::parse("shop").unwrap();
    assert_eq!(app.connected_apps.list(by(), ben).await.unwrap(), Some(Vec::new()));
    let refused = app.connected_apps.disconnect(by(), ben, shop()).await;
    assert!(matches!(refused, Err(DisconnectError::NotFound)));
    assert_eq!(app.connected_apps.list(by(), ada).await.unwrap().unwrap().len(), 1);
    app.connected_apps.disconnect(by(), ada, shop()).await.unwrap();
    assert_eq!(app.connected_apps.list(by(), ada).await.unwrap(), Some(Vec::new()));
}

async fn looked(app: &TestApp, query: &str, cookie: Option<&SecretText>) -> Result<AppSignOut, AppSignOutError> {
    let asked = LogoutRequest::read(&Parameters::parse(query.as_bytes(), LogoutRequest::MOST)).unwrap();
    app.app_sign_outs.look(&asked, cookie).await
}

/// Where the browser goes behind it, and whether the person is asked; `None` where nobody is signed in.
async fn judged(app: &TestApp, query: &str, cookie: Option<&SecretText>) -> (Option<String>, Option<bool>) {
    let judged = looked(app, query, cookie).await.unwrap();
    let is_asked = judged.signed_in.map(|signed_in| !signed_in.is_meant);
    (judged.goes_to.map(|behind| behind.location), is_asked)
}

fn behind(more: &str) -> String {
    format!("post_logout_redirect_uri=https%3A%2F%2Fshop.example%2Fbye%3Flang%3Den&{more}")
}

#[tokio::test]
async fn row_68_nobody_is_led_where_the_client_did_not_register() {
    let app = provider().await;
    let cookie = sign_in(&app).await;
    let hint = connected(&app, &cookie).await.id_token.unwrap();
    let there = Some(format!("{BEHIND}&state=a%20b"));
    let with_hint = behind(&format!("id_token_hint={}&state=a+b", hint.expose()));
    assert_eq!(
        judged(&app, &with_hint, Some(&cookie)).await,
        (there.clone(), Some(false))
    );
    assert_eq!(
        judged(&app, &behind("client_id=shop&state=a+b"), Some(&cookie)).await,
        (there, Some(true)),
        "by a click"
    );
    for (query, what) in [
        (behind(""), "whose it is is not said"),
        (behind("client_id=nobody"), "an unknown client"),
        (behind("id_token_hint=forged&client_id=shop"), "a forged hint"),
        (
            behind(&format!("id_token_hint={}&client_id=other", hint.expose())),
            "another client's hint",
        ),
        (String::new(), "nothing"),
    ] {
        assert_eq!(judged(&app, &query, Some(&cookie)).await, (None, Some(true)), "{what}");
    }
    for uri in ["https%3A%2F%2Fevil.example", "https%3A%2F%2Fshop.example%2Fbye"] {
        let query = format!("client_id=shop&post_logout_redirect_uri={uri}");
        let refused = looked(&app, &query, Some(&cookie)).await;
        assert!(matches!(refused, Err(AppSignOutError::NotRegistered)), "{uri}");
    }
    assert_eq!(judged(&app, &behind("client_id=shop"), None).await, (None, None));
    app.clock.advance(TimeDelta::hours(2));
    app.upkeep.catch_up().await.unwrap();
    assert!(judged(&app, &with_hint, None).await.0.is_some(), "it may have expired");
}

#[tokio::test]
async fn row_69_who_is_not_the_one_that_is_meant_is_asked() {
    let app = provider().await;
    let cookie = sign_in(&app).await;
    let hint = connected(&app, &cookie).await.id_token.unwrap();
    let query = format!("id_token_hint={}", hint.expose());
    assert_eq!(judged(&app, &query, Some(&cookie)).await.1, Some(false));
    let elsewhere = sign_in(&app).await;
    assert_eq!(
        judged(&app, &query, Some(&elsewhere)).await.1,
        Some(true),
        "another browser"
    );
    app.register("ben@x.test").await;
    let attempt = build::sign_in("ben@x.test", PASSWORD, None);
    let bens = app.sign_in.sign_in_browser(attempt).await.unwrap().cookie;
    assert_eq!(judged(&app, &query, Some(&bens)).await.1, Some(true), "another user");
}

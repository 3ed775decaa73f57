//! A client sends a person here, gets a code, and redeems and refreshes it.

use chrono::TimeDelta;
use portcullis_application::ports::Clock as _;
use portcullis_application::provider::answer::{Answer, ClientAnswer, Page};
use portcullis_application::provider::authorizations::{AuthorizationVisit, BroughtStamp};
use portcullis_application::provider::client_calls::{KnownClient, PresentedClient};
use portcullis_application::provider::grant_tokens::{GrantRefresh, GrantTokensError, GrantedTokens, Redemption};
use portcullis_application::provider::user_info::UserInfoError;
use portcullis_domain::{Acr, ClientKind, FactorDemand, Grant, GrantId, Origin, SecretText, Stamp};
use portcullis_oauth2::{AuthorizationErrorCode, Parameters, RedirectUri, ScopeSet};
use portcullis_testkit::build::{self, PASSWORD};
use portcullis_testkit::{AskingStore, TemporaryStore, TestApp};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

pub(crate) const REDIRECT: &str = "https://shop.example/cb";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const BASE: &str = "response_type=code&client_id=shop&redirect_uri=https%3A%2F%2Fshop.example%2Fcb&state=s%26t&nonce=n\
                    &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";

/// A server with a client, and Ada signed in on a browser.
pub(crate) struct Scene {
    pub(crate) app: TestApp,
    pub(crate) cookie: SecretText,
}

pub(crate) async fn scene() -> Scene {
    scene_of(TestApp::new()).await
}

async fn scene_of(app: TestApp) -> Scene {
    app.upkeep.begin().await.unwrap();
    let mut shop = build::client("shop", ClientKind::Web);
    shop.settings.redirect_uris = [RedirectUri::parse(REDIRECT).unwrap()].into();
    shop.settings.scopes = "openid profile email offline_access".parse().unwrap();
    app.add_client(shop).await;
    let mut other = build::client("other", ClientKind::Web);
    other.settings.redirect_uris = [RedirectUri::parse(REDIRECT).unwrap()].into();
    app.add_client(other).await;
    app.register("ada@x.test").await;
    let cookie = sign_in(&app, None).await;
    Scene { app, cookie }
}

async fn sign_in(app: &TestApp, shown: Option<&SecretText>) -> SecretText {
    let attempt = build::sign_in("ada@x.test", PASSWORD, shown);
    app.sign_in.sign_in_browser(attempt).await.unwrap().cookie
}

fn visit(cookie: Option<&SecretText>, more: &str) -> AuthorizationVisit {
    AuthorizationVisit {
        parameters: Parameters::parse(format!("{BASE}&{more}").as_bytes(), 8192),
        cookie: cookie.cloned(),
        stamp: None,
        origin: Origin::default(),
    }
}

impl Scene {
    pub(crate) async fn look(&self, more: &str) -> Answer {
        self.app
            .authorizations
            .look(visit(Some(&self.cookie), more))
            .await
            .unwrap()
            .answer
    }

    /// What the client is answered once Ada has agreed.
    pub(crate) async fn allowed(&self, more: &str) -> ClientAnswer {
        let answer = self
            .app
            .authorizations
            .allow(visit(Some(&self.cookie), more), &everything())
            .await
            .unwrap();
        told(answer.answer)
    }

    pub(crate) async fn code(&self) -> SecretText {
        let answer = self.allowed("scope=openid+email").await;
        SecretText::new(answer.get("code").unwrap().to_owned())
    }

    pub(crate) async fn client(&self, id: &str) -> KnownClient {
        let presented = PresentedClient {
            client_id: Some(id.to_owned()),
            secret: Some(SecretText::new(TestApp::CLIENT_SECRET.to_owned())),
            ..PresentedClient::default()
        };
        let known = self.app.client_calls.authenticate(presented, Origin::default());
        known.await.unwrap()
    }

    pub(crate) async fn redeem(&self, code: &SecretText) -> Result<GrantedTokens, GrantTokensError> {
        self.redeem_with(code, |_| ()).await
    }

    pub(crate) async fn redeem_with(
        &self,
        code: &SecretText,
        change: impl FnOnce(&mut Redemption),
    ) -> Result<GrantedTokens, GrantTokensError> {
        let mut attempt = Redemption {
            code: code.clone(),
            redirect_uri: Some(REDIRECT.to_owned()),
            verifier: Some(SecretText::new(VERIFIER.to_owned())),
            resources: Vec::new(),
        };
        change(&mut attempt);
        let client = self.client("shop").await;
        self.app.grant_tokens.redeem(&client, attempt, Origin::default()).await
    }

    pub(crate) async fn refresh(
        &self,
        token: &SecretText,
        scopes: Option<&str>,
    ) -> Result<GrantedTokens, GrantTokensError> {
        let attempt = GrantRefresh {
            token: token.clone(),
            scopes: scopes.map(|text| ScopeSet::parse(text).unwrap()),
            resources: Vec::new(),
        };
        let client = self.client("shop").await;
        self.app.grant_tokens.refresh(&client, attempt, Origin::default()).await
    }

    /// The grant of a code or refresh token.
    pub(crate) async fn grant_of(&self, text: &SecretText) -> Grant {
        let id: GrantId = text.expose().split(':').nth(1).unwrap().parse().unwrap();
        let found = self
            .app
            .store
            .look_up(move |repositories| repositories.grants().find(id));
        let found: Result<_, portcullis_application::ports::StoreError> = found.await;
        found.unwrap().unwrap()
    }

    pub(crate) async fn knows(&self, tokens: &GrantedTokens) -> bool {
        self.app.user_info.claims(&tokens.access_token).await.is_ok()
    }
}

fn told(answer: Answer) -> ClientAnswer {
    match answer {
        Answer::Client(answer) => answer,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn page(answer: Answer) -> Page {
    match answer {
        Answer::Page(page) => page.page,
        other => panic!("{other:?}"),
    }
}

/// What a page shows that shows all.
fn everything() -> ScopeSet {
    ScopeSet::parse("openid profile email offline_access").unwrap()
}

#[tokio::test]
async fn a_person_agrees_once_and_the_client_learns_who_it_is() {
    let scene = scene().await;
    assert!(matches!(
        page(scene.look("scope=openid+email").await),
        Page::Consent(..)
    ));
    let answer = scene.allowed("scope=openid+email").await;
    assert_eq!(
        (answer.get("state"), answer.get("iss")),
        (Some("s&t"), Some(build::issuer().as_str()))
    );
    let code = SecretText::new(answer.get("code").unwrap().to_owned());
    let tokens = scene.redeem(&code).await.unwrap();
    assert_eq!(tokens.scopes.to_string(), "email openid");
    assert!(tokens.id_token.is_some() && tokens.refresh_token.is_some());
    let claims = scene.app.user_info.claims(&tokens.access_token).await.unwrap();
    assert_eq!(claims["email"], "ada@x.test");
    assert_eq!(claims.get("name"), None);
    assert!(
        told(scene.look("scope=openid+email&prompt=none").await)
            .get("code")
            .is_some()
    );
    assert!(matches!(
        page(scene.look("scope=openid+profile").await),
        Page::Consent(..)
    ));
}

#[tokio::test]
async fn a_stranger_signs_in_and_nothing_of_the_visit_is_read_or_written() {
    let units = Arc::new(AtomicUsize::new(0));
    let store = AskingStore::before(TemporaryStore::new(), {
        let units = Arc::clone(&units);
        move |_| {
            units.fetch_add(1, Ordering::Relaxed);
            Ok(())
        }
    });
    let scene = scene_of(TestApp::on(Arc::new(store))).await;
    let before = units.load(Ordering::Relaxed);
    for cookie in [None, Some(SecretText::new("pss_nothing".to_owned()))] {
        let answer = scene
            .app
            .authorizations
            .look(visit(cookie.as_ref(), "scope=openid"))
            .await
            .unwrap()
            .answer;
        assert!(matches!(page(answer), Page::SignIn(_)));
    }
    let silent = scene
        .app
        .authorizations
        .look(visit(None, "scope=openid&prompt=none"))
        .await
        .unwrap()
        .answer;
    assert_eq!(told(silent).get("error"), Some("login_required"));
    // Whoever is signed in changes nothing of a request that is wrong, either.
    let wrong = scene.look("scope=nothing").await;
    assert_eq!(told(wrong).get("error"), Some("invalid_scope"));
    assert_eq!(units.load(Ordering::Relaxed), before, "the store was asked");
    scene.look("scope=openid").await;
    assert_eq!(
        units.load(Ordering::Relaxed),
        before + 1,
        "one read for who is signed in"
    );
}

#[tokio::test]
async fn nothing_goes_to_an_address_that_is_not_the_clients() {
    let scene = scene().await;
    for (from, to, code) in [
        ("shop.example", "evil.example", AuthorizationErrorCode::InvalidRequest),
        (
            "client_id=shop",
            "client_id=nobody",
            AuthorizationErrorCode::UnauthorizedClient,
        ),
        ("client_id=shop&", "", AuthorizationErrorCode::InvalidRequest),
    ] {
        let text = format!("{BASE}&scope=openid&prompt=none").replace(from, to);
        let visit = AuthorizationVisit {
            parameters: Parameters::parse(text.as_bytes(), 8192),
            ..visit(Some(&scene.cookie), "")
        };
        for answer in [
            scene.app.authorizations.look(visit.clone()).await.unwrap().answer,
            scene
                .app
                .authorizations
                .allow(visit.clone(), &everything())
                .await
                .unwrap()
                .answer,
            scene.app.authorizations.deny(visit.clone()).await.unwrap(),
        ] {
            match answer {
                Answer::Untrusted { code: told, .. } => assert_eq!(told, code, "{to}"),
                other => panic!("{other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn who_says_no_is_told_of_and_nothing_is_remembered() {
    let scene = scene().await;
    let denied = scene
        .app
        .authorizations
        .deny(visit(Some(&scene.cookie), "scope=openid"))
        .await
        .unwrap();
    assert_eq!(told(denied).get("error"), Some("access_denied"));
    assert!(matches!(page(scene.look("scope=openid").await), Page::Consent(..)));
}

#[tokio::test]
async fn a_proof_serves_the_request_that_asked_for_it_once() {
    let scene = scene().await;
    scene.allowed("scope=openid").await;
    assert!(matches!(
        page(scene.look("scope=openid&prompt=login").await),
        Page::SignIn(_)
    ));
    let first_seen = scene.app.clock.now();
    scene.app.clock.advance(TimeDelta::seconds(10));
    scene.app.upkeep.catch_up().await.unwrap();
    let cookie = sign_in(&scene.app, Some(&scene.cookie)).await;
    let again = || AuthorizationVisit {
        stamp: Some(BroughtStamp {
            stamp: Stamp::first(first_seen),
            identity: "this browser, this request, then".to_owned(),
        }),
        ..visit(Some(&cookie), "scope=openid&prompt=login")
    };
    let answer = told(scene.app.authorizations.look(again()).await.unwrap().answer);
    assert!(answer.get("code").is_some());
    match scene.app.authorizations.look(again()).await.unwrap().answer {
        Answer::Page(of) => assert!(
            matches!(of.page, Page::SignIn(_)) && of.stamp.is_none(),
            "back, and reload"
        ),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn who_agrees_agrees_to_what_the_page_showed() {
    let scene = scene().await;
    let asked = visit(Some(&scene.cookie), "scope=openid+email");
    let shown = ScopeSet::parse("openid").unwrap();
    let judged = scene.app.authorizations.allow(asked.clone(), &shown).await.unwrap();
    assert!(matches!(page(judged.answer), Page::Consent(..)));
    let judged = scene.app.authorizations.allow(asked, &everything()).await.unwrap();
    assert!(told(judged.answer).get("code").is_some());
}

/// What apps may do rests, and goes on where it was once there is a factor: the grant is not ended.
#[tokio::test]
async fn an_app_waits_for_the_second_factor_that_the_account_must_have() {
    let scene = scene().await;
    let tokens = scene.redeem(&scene.code().await).await.unwrap();
    let code = scene.code().await;
    let app = scene.app.demanding(FactorDemand::Everybody);
    app.upkeep.begin().await.unwrap();
    let scene = Scene { app, ..scene };
    assert!(matches!(page(scene.look("scope=openid+email").await), Page::Enrol(_)));
    let silent = told(scene.look("scope=openid+email&prompt=none").await);
    assert_eq!(silent.get("error"), Some("interaction_required"));
    let refresh_token = tokens.refresh_token.clone().unwrap();
    assert!(matches!(
        scene.app.user_info.claims(&tokens.access_token).await,
        Err(UserInfoError::Invalid)
    ));
    for refused in [scene.redeem(&code).await, scene.refresh(&refresh_token, None).await] {
        assert!(matches!(refused, Err(GrantTokensError::InvalidGrant(_))));
    }
    let client = scene.client("shop").await;
    let counts = async || {
        scene
            .app
            .grant_tokens
            .introspect(&client, &refresh_token)
            .await
            .unwrap()
            .is_some()
    };
    assert!(!counts().await);
    // On the browser whose session the grant hangs on.
    let check = scene
        .app
        .authentication
        .authenticate_browser(&scene.cookie, Origin::default());
    let actor = check.await.unwrap().actor;
    let enrolment = scene.app.second_factors.enrol(&actor, None).await.unwrap();
    let code = scene.app.app_code(&enrolment.secret);
    scene.app.second_factors.confirm(&actor, code).await.unwrap();
    assert!(scene.knows(&tokens).await && counts().await);
    assert!(scene.refresh(&refresh_token, None).await.is_ok());
    assert!(told(scene.look("scope=openid+email").await).get("code").is_some());
}

/// What an app demands of everybody leads to a second factor, and back.
#[tokio::test]
async fn an_app_that_demands_two_factors_leads_to_setting_them_up() {
    let scene = scene().await;
    let mut bank = build::client("bank", ClientKind::Web);
    bank.settings.redirect_uris = [RedirectUri::parse(REDIRECT).unwrap()].into();
    bank.settings.min_acr = Some(Acr::TwoFactors);
    scene.app.add_client(bank).await;
    scene.app.upkeep.catch_up().await.unwrap();
    let asked = AuthorizationVisit {
        parameters: Parameters::parse(
            BASE.replace("shop&", "bank&")
                .replace("state", "scope=openid&state")
                .as_bytes(),
            8192,
        ),
        ..visit(Some(&scene.cookie), "")
    };
    let look = async || scene.app.authorizations.look(asked.clone()).await.unwrap().answer;
    assert!(matches!(page(look().await), Page::Enrol(_)));
    let check = scene
        .app
        .authentication
        .authenticate_browser(&scene.cookie, Origin::default());
    let actor = check.await.unwrap().actor;
    let enrolment = scene.app.second_factors.enrol(&actor, None).await.unwrap();
    let code = scene.app.app_code(&enrolment.secret);
    scene.app.second_factors.confirm(&actor, code).await.unwrap();
    assert!(matches!(page(look().await), Page::Consent(..)));
}

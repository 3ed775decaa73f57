//! A second factor that an account must have.

use super::{ADA, Scene, secret};
use chrono::TimeDelta;
use portcullis_application::authentication::{AuthenticateError, AuthorizeError};
use portcullis_application::tokens::Tokens;
use portcullis_application::users::UserChange;
use portcullis_domain::{FactorDemand, Origin, Role};
use portcullis_testkit::TestApp;
use portcullis_testkit::build::{self, PASSWORD};

const DEMANDS: [FactorDemand; 3] = [
    FactorDemand::Nobody,
    FactorDemand::Administrators,
    FactorDemand::Everybody,
];

/// What somebody may do by an access token: by the store, by the token alone, as an administrator, and set up a factor.
async fn doors(app: &TestApp, tokens: &Tokens) -> [&'static str; 4] {
    let raw = tokens.access_token.expose();
    let told = |error: AuthenticateError| match error {
        AuthenticateError::FactorOwed => "owed",
        AuthenticateError::Invalid => "invalid",
        other => panic!("{other}"),
    };
    let check = &app.authentication;
    [
        check
            .authenticate(raw, Origin::default())
            .await
            .map_or_else(told, |_| "in"),
        check.verify(raw).await.map_or_else(told, |_| "in"),
        match check.authorize_admin(raw, Origin::default()).await {
            Ok(_) => "in",
            Err(AuthorizeError::Forbidden) => "forbidden",
            Err(AuthorizeError::Unknown(error)) => told(error),
            Err(other) => panic!("{other}"),
        },
        check
            .authenticate_to_enrol(raw, Origin::default())
            .await
            .map_or_else(told, |_| "in"),
    ]
}

/// Every demand, by every role, by who has a factor: on sessions from before the demand and from after.
#[tokio::test]
async fn an_account_without_a_factor_that_it_must_have_does_nothing_but_set_one_up() {
    for demand in DEMANDS {
        for role in [Role::User, Role::Admin] {
            for has_factor in [false, true] {
                let place = format!("{demand} {role} {has_factor}");
                let app = TestApp::new();
                let user = app.register(ADA).await;
                app.change_user(user.id, move |user| user.role = role).await;
                let mut before = app.log_in(ADA).await;
                let mut factor = None;
                if has_factor {
                    factor = Some(app.turn_on_second_factor(&before).await);
                    before = app.refresh(&before.refresh_token).await.unwrap();
                }
                let app = app.demanding(demand);
                app.upkeep.begin().await.unwrap();
                let owes = demand.is_for(role) && !has_factor;
                let admin = match (owes, role) {
                    (true, _) => "owed",
                    (false, Role::User) => "forbidden",
                    (false, Role::Admin) => "in",
                };
                let door = if owes { "owed" } else { "in" };
                let expected = [door, door, admin, "in"];
                assert_eq!(doors(&app, &before).await, expected, "before, {place}");
                let after = match &factor {
                    None => app.log_in(ADA).await,
                    Some((secret, _)) => {
                        let step = app.log_in_halfway(ADA).await;
                        app.log_in_by_code(&step, &app.app_code(secret)).await.unwrap()
                    }
                };
                assert_eq!(doors(&app, &after).await, expected, "after, {place}");
                let told = if owes { Role::User } else { role };
                assert_eq!(app.claims(&after).role, told, "{place}");
                let refreshed = app.refresh(&before.refresh_token).await.unwrap();
                assert_eq!(app.claims(&refreshed).role, told, "refreshed, {place}");
                assert_eq!(doors(&app, &refreshed).await, expected, "refreshed, {place}");
                let begun = app.sign_in.sign_in_browser(build::sign_in(ADA, PASSWORD, None)).await;
                if let Ok(begun) = begun {
                    let check = app
                        .authentication
                        .authenticate_browser(&begun.cookie, Origin::default());
                    assert_eq!(check.await.unwrap().owes_factor(), owes, "{place}");
                }
            }
        }
    }
}

#[tokio::test]
async fn the_role_rises_at_the_next_refresh_after_a_factor_was_set_up() {
    let app = TestApp::new().demanding(FactorDemand::Administrators);
    app.upkeep.begin().await.unwrap();
    app.register_admin(ADA).await;
    let tokens = app.log_in(ADA).await;
    assert_eq!(app.claims(&tokens).role, Role::User);
    app.turn_on_second_factor(&tokens).await;
    // The store knows at once, on each server; who has but the token is told by the next one.
    for server in [app.clone(), app.beside()] {
        server.upkeep.begin().await.unwrap();
        assert_eq!(doors(&server, &tokens).await, ["in", "owed", "in", "in"]);
    }
    let next = app.refresh(&tokens.refresh_token).await.unwrap();
    assert_eq!(app.claims(&next).role, Role::Admin);
    assert_eq!(doors(&app, &next).await, ["in"; 4]);
}

#[tokio::test]
async fn who_turns_the_factor_off_is_where_they_were_without_one() {
    let app = TestApp::new().demanding(FactorDemand::Everybody);
    let scene = Scene::of(app).await;
    let app = &scene.app;
    app.upkeep.begin().await.unwrap();
    let tokens = app.refresh(&scene.tokens.refresh_token).await.unwrap();
    let actor = app.actor(&tokens).await;
    let password = Some(build::presented(PASSWORD));
    app.second_factors.remove(&actor, password, scene.code()).await.unwrap();
    // What it gave out says that there is one: it is worth nothing any more.
    assert_eq!(doors(app, &tokens).await[..2], ["invalid"; 2]);
    let next = app.refresh(&tokens.refresh_token).await.unwrap();
    assert_eq!(doors(app, &next).await, ["owed", "owed", "owed", "in"]);
    app.turn_on_second_factor(&next).await;
    let next = app.refresh(&next.refresh_token).await.unwrap();
    assert_eq!(doors(app, &next).await, ["in", "in", "forbidden", "in"]);
}

/// A sign-in after an administrator's reset sets a factor up again.
#[tokio::test]
async fn a_reset_leads_back_to_setting_a_factor_up() {
    let scene = Scene::of(TestApp::new().demanding(FactorDemand::Everybody)).await;
    let app = &scene.app;
    app.upkeep.begin().await.unwrap();
    let user = app.enrolling(&scene.tokens).await.user().id;
    app.second_factors
        .reset(app.operator().authority(), user)
        .await
        .unwrap();
    assert_eq!(doors(app, &scene.tokens).await[3], "invalid");
    let next = app.log_in(ADA).await;
    assert_eq!(doors(app, &next).await, ["owed", "owed", "owed", "in"]);
}

/// Who becomes an administrator owes at once what administrators owe.
#[tokio::test]
async fn a_new_role_brings_its_demand() {
    let app = TestApp::new().demanding(FactorDemand::Administrators);
    app.upkeep.begin().await.unwrap();
    let ada = app.register(ADA).await;
    let tokens = app.log_in(ADA).await;
    assert_eq!(doors(&app, &tokens).await, ["in", "in", "forbidden", "in"]);
    let change = UserChange {
        role: Some(Role::Admin),
        ..UserChange::default()
    };
    app.users
        .change(app.operator().authority(), ada.id, change)
        .await
        .unwrap();
    let next = app.refresh(&tokens.refresh_token).await.unwrap();
    assert_eq!(app.claims(&next).role, Role::User);
    assert_eq!(doors(&app, &next).await, ["owed", "owed", "owed", "in"]);
}

/// A wrong code sets nothing up.
#[tokio::test]
async fn a_secret_that_waits_is_no_factor() {
    let app = TestApp::new().demanding(FactorDemand::Everybody);
    app.upkeep.begin().await.unwrap();
    app.register(ADA).await;
    let tokens = app.log_in(ADA).await;
    let actor = app.enrolling(&tokens).await;
    app.second_factors
        .enrol(&actor, Some(build::presented(PASSWORD)))
        .await
        .unwrap();
    app.second_factors.confirm(&actor, secret("abcdef")).await.unwrap_err();
    app.clock.advance(TimeDelta::seconds(1));
    let next = app.refresh(&tokens.refresh_token).await.unwrap();
    assert_eq!(doors(&app, &next).await, ["owed", "owed", "owed", "in"]);
}

/// A server that takes no passkeys counts none, wherever it asks.
#[tokio::test]
async fn where_passkeys_are_off_a_passkey_is_no_factor() {
    let app = TestApp::new().demanding(FactorDemand::Administrators);
    let root = app.register_admin(ADA).await;
    let ben = app.register("ben@x.test").await;
    app.upkeep.begin().await.unwrap();
    let enrolling = app.enrolling(&app.log_in(ADA).await).await;
    let made = portcullis_testkit::FakePasskey::of(root.id, 1);
    let asked = app.passkeys.ask_for_new(&enrolling).await.unwrap();
    let shown = made.answer(&asked.challenge);
    app.passkeys.add(&enrolling, shown, None).await.unwrap();
    let tokens = app.log_in_by_passkey(app.shown(&made)).await.unwrap();
    assert_eq!(doors(&app, &tokens).await, ["in"; 4]);
    let admin = app.admin(&tokens).await;
    let off = app.without_passkeys();
    off.upkeep.begin().await.unwrap();
    let [by_store, _, as_admin, enrolls] = doors(&off, &tokens).await;
    assert_eq!([by_store, as_admin, enrolls], ["owed", "owed", "in"]);
    // Also where it was let in before.
    let change = || UserChange {
        is_active: Some(false),
        ..UserChange::default()
    };
    assert!(off.users.change(admin.authority(), ben.id, change()).await.is_err());
    app.users.change(admin.authority(), ben.id, change()).await.unwrap();
}

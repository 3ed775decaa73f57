//! Signing in.

use chrono::{SubsecRound, TimeDelta};
use portcullis_application::ports::{Clock, HasherError};
use portcullis_application::sign_in::{LogInError, LoginAttempt};
use portcullis_application::tokens::Tokens;
use portcullis_domain::{
    AuthenticationMethod, Device, Generation, Origin, Role, Session, TokenPolicy, User, UserAgent,
};
use portcullis_testkit::build::{PASSWORD, log_in, presented, user};
use portcullis_testkit::{Capacity, TemporaryStore, TestApp};
use std::sync::Arc;

async fn refusal(app: &TestApp, attempt: LoginAttempt) -> LogInError {
    app.sign_in.log_in(attempt).await.unwrap_err()
}

async fn session_of(app: &TestApp, tokens: &Tokens) -> Session {
    app.session(app.claims(tokens).session_id).await.unwrap()
}

#[tokio::test]
async fn a_sign_in_begins_a_session_on_that_device() {
    let app = TestApp::new();
    let ada = app.register("ada@x.test").await;
    app.clock.advance(TimeDelta::hours(1));
    let device = Device {
        address: Some("203.0.113.7".parse().unwrap()),
        user_agent: UserAgent::from_text("curl/8"),
    };
    let attempt = LoginAttempt {
        origin: Origin {
            device: device.clone(),
            request_id: None,
            device_token: None,
        },
        ..log_in("ada@x.test", PASSWORD)
    };
    let session = session_of(&app, &app.sign_in.log_in(attempt).await.unwrap()).await;
    let now = app.clock.now();
    assert_eq!(session.user_id, ada.id);
    assert_eq!(session.device, device);
    assert_eq!(session.rotation.generation, Generation::FIRST);
    assert_eq!([session.rotation.created_at, session.rotation.rotated_at], [now; 2]);
    assert_eq!([session.authenticated_at, session.last_used_at], [now; 2]);
    assert_eq!(session.methods, AuthenticationMethod::Password.into());
    assert_eq!(session.rotation.expires_at, now + TimeDelta::days(7));
    assert_eq!(session.revoked_at, None);
}

#[tokio::test]
async fn the_access_token_says_who_it_is_for_fifteen_minutes() {
    let app = TestApp::new();
    let ada = app.register("ada@x.test").await;
    app.change_user(ada.id, |user| user.role = Role::Admin).await;
    let tokens = app.log_in("ada@x.test").await;
    let claims = app.claims(&tokens);
    let refresh_token = app.refresh_token(&tokens);
    assert_eq!(tokens.expires_in, TimeDelta::minutes(15));
    assert_eq!(claims.issued_at, app.clock.now().trunc_subsecs(0));
    assert_eq!(claims.expires_at - claims.issued_at, TimeDelta::minutes(15));
    assert_eq!(
        (claims.user_id, claims.role, claims.email),
        (ada.id, Role::Admin, ada.email)
    );
    assert_eq!(
        (claims.session_id, claims.generation),
        (refresh_token.session_id, refresh_token.generation)
    );
    assert_eq!(claims.authenticated_at, app.clock.now().trunc_subsecs(0));
    assert_eq!(claims.methods, AuthenticationMethod::Password.into());
}

#[tokio::test]
async fn two_sign_ins_share_nothing() {
    let app = TestApp::new();
    app.register("ada@x.test").await;
    let (first, second) = (app.log_in("ada@x.test").await, app.log_in("ada@x.test").await);
    let sessions = (session_of(&app, &first).await, session_of(&app, &second).await);
    assert_ne!(sessions.0.id, sessions.1.id);
    assert_ne!(sessions.0.rotation.seed, sessions.1.rotation.seed);
    assert_ne!(app.claims(&first).token_id, app.claims(&second).token_id);
    assert!(app.accepts(&first).await && app.accepts(&second).await);
}

#[tokio::test]
async fn a_wrong_password_is_refused() {
    let app = TestApp::new();
    app.register("ada@x.test").await;
    for wrong in [
        "",
        "wrong password",
        "correct horse battery staple ",
        "Correct horse battery staple",
    ] {
        let refused = refusal(&app, log_in("ada@x.test", wrong)).await;
        assert!(matches!(refused, LogInError::InvalidCredentials), "{wrong:?}");
    }
}

#[tokio::test]
async fn an_unknown_address_is_refused_alike_after_the_same_work() {
    let app = TestApp::new();
    app.register("ada@x.test").await;
    let no_address = LoginAttempt {
        email: None,
        ..log_in("ada@x.test", PASSWORD)
    };
    for (attempt, verifications) in [
        (log_in("ada@x.test", "wrong password"), 1),
        (log_in("nobody@x.test", PASSWORD), 2),
        (no_address, 3),
    ] {
        let refused = refusal(&app, attempt).await;
        assert!(matches!(refused, LogInError::InvalidCredentials));
        assert_eq!(app.hasher.verifications(), verifications);
    }
}

#[tokio::test]
async fn a_user_without_a_password_signs_in_with_none_after_the_same_work() {
    let app = TestApp::new();
    app.add_user(&user("ada@x.test")).await;
    for (number, offered) in ["", "null", PASSWORD].into_iter().enumerate() {
        let refused = refusal(&app, log_in("ada@x.test", offered)).await;
        assert!(matches!(refused, LogInError::InvalidCredentials), "{offered:?}");
        assert_eq!(app.hasher.verifications(), number + 1);
    }
}

#[tokio::test]
async fn only_who_knows_the_password_learns_that_the_account_is_disabled() {
    let app = TestApp::new();
    let ada = app.register("ada@x.test").await;
    app.change_user(ada.id, |user| user.is_active = false).await;
    app.hasher.raise_cost();
    let wrong = refusal(&app, log_in("ada@x.test", "wrong password")).await;
    assert!(matches!(wrong, LogInError::InvalidCredentials));
    let right = refusal(&app, log_in("ada@x.test", PASSWORD)).await;
    assert!(matches!(right, LogInError::AccountDisabled));
    assert_eq!(app.hasher.verifications(), 2);
    assert_eq!(
        app.hasher.hashes(),
        1,
        "nothing is hashed for an account that may not sign in"
    );
}

#[tokio::test]
async fn a_deleted_account_is_an_unknown_one() {
    let app = TestApp::new();
    let ada = app.register("ada@x.test").await;
    app.delete_user(ada.id).await;
    let refused = refusal(&app, log_in("ada@x.test", PASSWORD)).await;
    assert!(matches!(refused, LogInError::InvalidCredentials));
}

#[tokio::test]
async fn a_busy_hasher_refuses_without_a_verdict() {
    let app = TestApp::new();
    app.register("ada@x.test").await;
    app.hasher.set_capacity(Capacity::Busy);
    for offered in [PASSWORD, "wrong password"] {
        let refused = refusal(&app, log_in("ada@x.test", offered)).await;
        assert!(matches!(refused, LogInError::Hasher(HasherError::Busy)));
    }
}

#[tokio::test]
async fn an_outdated_hash_is_made_anew_and_the_password_stays() {
    let app = TestApp::new();
    let ada = app.register("ada@x.test").await;
    let before = app.password_hash(ada.id).await;
    app.hasher.raise_cost();
    app.log_in("ada@x.test").await;
    let kept = app.password_hash(ada.id).await;
    assert_ne!(kept, before);
    assert_eq!(kept, Some(app.hasher.hash_of(PASSWORD)));
    let as_before = User {
        has_signed_in: true,
        ..ada.clone()
    };
    assert_eq!(app.user(ada.id).await, Some(as_before));
    let hashes = app.hasher.hashes();
    app.log_in("ada@x.test").await;
    assert_eq!(app.hasher.hashes(), hashes, "a hash that is up to date is kept");
}

#[tokio::test]
async fn an_outdated_hash_is_kept_while_the_hasher_is_busy_and_the_user_gets_in() {
    let app = TestApp::new();
    let ada = app.register("ada@x.test").await;
    let before = app.password_hash(ada.id).await;
    app.hasher.raise_cost();
    app.hasher.set_capacity(Capacity::VerifyOnly);
    app.log_in("ada@x.test").await;
    assert_eq!(app.password_hash(ada.id).await, before);
    app.hasher.set_capacity(Capacity::Free);
    app.log_in("ada@x.test").await;
    assert_ne!(app.password_hash(ada.id).await, before);
}

#[tokio::test]
async fn a_wrong_password_never_renews_a_hash() {
    let app = TestApp::new();
    let ada = app.register("ada@x.test").await;
    let before = app.password_hash(ada.id).await;
    app.hasher.raise_cost();
    refusal(&app, log_in("ada@x.test", "wrong password")).await;
    assert_eq!(app.password_hash(ada.id).await, before);
    assert_eq!(app.hasher.hashes(), 1);
}

#[tokio::test]
async fn a_verified_password_that_no_policy_allows_today_still_signs_in() {
    let app = TestApp::new();
    let ada = user("ada@x.test");
    app.add_user(&ada).await;
    app.set_password(ada.id, "short").await;
    app.hasher.raise_cost();
    for _ in 0..2 {
        let attempt = LoginAttempt {
            password: presented("short"),
            ..log_in("ada@x.test", PASSWORD)
        };
        app.sign_in.log_in(attempt).await.unwrap();
    }
}

#[tokio::test]
async fn a_sign_in_beyond_the_limit_ends_the_oldest_session() {
    let policy = TokenPolicy {
        sessions_per_user: 2,
        ..TokenPolicy::default()
    };
    let app = TestApp::under(Arc::new(TemporaryStore::new()), policy);
    app.register("ada@x.test").await;
    app.register("ben@x.test").await;
    let bystander = app.log_in("ben@x.test").await;
    let mut sessions = Vec::new();
    for _ in 0..3 {
        app.clock.advance(TimeDelta::seconds(1));
        sessions.push(app.log_in("ada@x.test").await);
    }
    assert!(!app.accepts(&sessions[0]).await);
    assert!(app.refresh(&sessions[0].refresh_token).await.is_err());
    assert!(app.accepts(&sessions[1]).await && app.accepts(&sessions[2]).await);
    assert!(app.accepts(&bystander).await);
}

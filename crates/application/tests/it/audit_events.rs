//! What the audit trail is told.

use crate::administration_guards::admin;
use chrono::TimeDelta;
use portcullis_application::ProfileChange;
use portcullis_application::new_account::NewAccount;
use portcullis_application::ports::{AuditFilter, Clock as _};
use portcullis_application::refresh::{Exchange, RefreshAttempt};
use portcullis_application::sign_in::LoginAttempt;
use portcullis_application::users::UserChange;
use portcullis_domain::{
    AccountState, AuditEvent, AuditEventType, AuditReason, AuditResult, Carrier, Device, Origin, PageRequest,
    RequestId, Role, UserAgent,
};
use portcullis_testkit::TestApp;
use portcullis_testkit::build::{self, PASSWORD, email, full_name, log_in, password, presented, registration};

fn origin() -> Origin {
    Origin {
        device: Device {
            address: Some("203.0.113.7".parse().unwrap()),
            user_agent: UserAgent::from_text("curl/8"),
        },
        request_id: RequestId::parse("request-1"),
        device_token: None,
    }
}

/// Lets a little time pass, so that the trail has what comes next behind what was before.
fn then(app: &TestApp) -> &TestApp {
    app.clock.advance(TimeDelta::milliseconds(1));
    app
}

async fn last(app: &TestApp) -> AuditEvent {
    app.events().await.pop().unwrap()
}

/// The kinds of the events since the first `skip` of them.
async fn kinds(app: &TestApp, skip: usize) -> Vec<(AuditEventType, AuditResult, Option<AuditReason>)> {
    let events = app.events().await.into_iter().skip(skip);
    events.map(|event| (event.kind, event.result, event.reason)).collect()
}

#[tokio::test]
async fn a_sign_in_tells_who_where_from_and_which_session() {
    let app = TestApp::new();
    let ada = app
        .registration
        .register(registration("ada@x.test"), origin())
        .await
        .unwrap();
    let registered = last(&app).await;
    assert_eq!(
        (registered.kind, registered.user_id),
        (AuditEventType::Registration, Some(ada.id))
    );
    assert_eq!(registered.origin, origin());

    let attempt = LoginAttempt {
        origin: origin(),
        ..log_in("ada@x.test", PASSWORD)
    };
    let tokens = then(&app).sign_in.log_in(attempt).await.unwrap();
    let event = last(&app).await;
    let expected = AuditEvent {
        id: event.id,
        kind: AuditEventType::Login,
        at: app.clock.now(),
        actor_id: Some(ada.id),
        user_id: Some(ada.id),
        session_id: Some(app.claims(&tokens).session_id),
        origin: origin(),
        result: AuditResult::Success,
        reason: None,
        before: None,
        after: None,
        count: None,
        client_id: None,
        resource: None,
        provider: None,
    };
    assert_eq!(event, expected);
}

#[tokio::test]
async fn a_failed_sign_in_names_the_account_where_there_is_one() {
    let app = TestApp::new();
    let ada = app.register("ada@x.test").await;
    app.change_user(ada.id, |user| user.is_active = false).await;
    for (address, offered, user_id, reason) in [
        ("ada@x.test", "wrong", Some(ada.id), AuditReason::WrongPassword),
        ("nobody@x.test", "wrong", None, AuditReason::UnknownAccount),
        ("ada@x.test", PASSWORD, Some(ada.id), AuditReason::AccountDisabled),
    ] {
        then(&app).sign_in.log_in(log_in(address, offered)).await.unwrap_err();
        let event = last(&app).await;
        assert_eq!(
            (event.kind, event.result),
            (AuditEventType::Login, AuditResult::Failure)
        );
        assert_eq!((event.user_id, event.reason), (user_id, Some(reason)));
        assert_eq!((event.actor_id, event.session_id), (None, None));
    }
}

#[tokio::test]
async fn a_refresh_is_not_told_and_a_reused_token_is() {
    let app = TestApp::new();
    let ada = app.register("ada@x.test").await;
    let tokens = app.log_in("ada@x.test").await;
    let told = app.events().await.len();
    app.refresh(&tokens.refresh_token).await.unwrap();
    assert_eq!(app.events().await.len(), told);
    app.clock.advance(TimeDelta::minutes(1));
    let attempt = RefreshAttempt {
        origin: origin(),
        ..build::refresh(&tokens.refresh_token, Exchange::Bodies)
    };
    app.refresh.refresh(attempt).await.unwrap_err();
    let event = last(&app).await;
    assert_eq!(
        (event.kind, event.result),
        (AuditEventType::RefreshTokenReused, AuditResult::Failure)
    );
    assert_eq!((event.user_id, event.actor_id), (Some(ada.id), None));
    assert_eq!(event.session_id, Some(app.claims(&tokens).session_id));
    assert_eq!(event.origin, origin());
}

#[tokio::test]
async fn what_users_do_with_their_account_is_told_with_the_sessions_that_it_ended() {
    let app = TestApp::new();
    let ada = app.register("ada@x.test").await;
    let tokens = app.log_in("ada@x.test").await;
    let actor = app.actor(&tokens).await;
    let told = app.events().await.len();
    let success = AuditResult::Success;

    then(&app).log_in("ada@x.test").await;
    then(&app)
        .passwords
        .change(&actor, Some(presented("wrong")), password(PASSWORD))
        .await
        .unwrap_err();
    then(&app)
        .passwords
        .change(&actor, Some(presented(PASSWORD)), password(PASSWORD))
        .await
        .unwrap();
    then(&app)
        .passwords
        .change(&actor, Some(presented(PASSWORD)), password(PASSWORD))
        .await
        .unwrap();
    let change = ProfileChange {
        full_name: Some(full_name("Countess")),
        email: Some(email("countess@x.test")),
        ..ProfileChange::default()
    };
    then(&app).profile.change(&actor, change).await.unwrap();
    then(&app)
        .profile
        .change(&actor, ProfileChange::default())
        .await
        .unwrap();
    then(&app)
        .sign_out
        .log_out(&tokens.refresh_token, Carrier::Body, origin())
        .await
        .unwrap();
    then(&app)
        .sign_out
        .log_out(&tokens.refresh_token, Carrier::Body, origin())
        .await
        .unwrap();
    assert_eq!(
        kinds(&app, told).await,
        [
            (AuditEventType::Login, success, None),
            (
                AuditEventType::PasswordChanged,
                AuditResult::Failure,
                Some(AuditReason::WrongPassword)
            ),
            (AuditEventType::PasswordChanged, success, None),
            (
                AuditEventType::SessionEnded,
                success,
                Some(AuditReason::PasswordChanged)
            ),
            (AuditEventType::PasswordChanged, success, None),
            (AuditEventType::ProfileChanged, success, None),
            (AuditEventType::EmailChanged, success, None),
            (AuditEventType::Logout, success, None),
        ]
    );
    for event in app.events().await.into_iter().skip(told) {
        assert_eq!(
            (event.user_id, event.actor_id),
            (Some(ada.id), Some(ada.id)),
            "{event:?}"
        );
    }
}

#[tokio::test]
async fn what_an_administrator_does_tells_who_did_it_and_what_changed() {
    let app = TestApp::new();
    let root = admin(&app, "root@x.test").await;
    let told = app.events().await.len();
    let account = NewAccount {
        email: email("ben@x.test"),
        full_name: full_name("Ben"),
        role: Role::User,
        password: Some(password(PASSWORD)),
    };
    let ben = then(&app).users.create(root.authority(), account).await.unwrap();
    then(&app).log_in("ben@x.test").await;
    let change = UserChange {
        role: Some(Role::Admin),
        is_active: Some(false),
        ..UserChange::default()
    };
    then(&app).users.change(root.authority(), ben.id, change).await.unwrap();
    then(&app).users.delete(root.authority(), ben.id).await.unwrap();

    let events: Vec<_> = app.events().await.into_iter().skip(told).collect();
    let by_admin = Some(AuditReason::Administrator);
    let state = |role, is_active| Some(AccountState { role, is_active });
    let told: Vec<_> = events
        .iter()
        .map(|event| (event.kind, event.reason, event.before, event.after))
        .collect();
    let (user, disabled) = (state(Role::User, true), state(Role::Admin, false));
    assert_eq!(
        told,
        [
            (AuditEventType::AccountCreated, by_admin, None, user),
            (AuditEventType::Login, None, None, None),
            (AuditEventType::RoleChanged, by_admin, user, disabled),
            (AuditEventType::AccountDisabled, by_admin, user, disabled),
            (
                AuditEventType::SessionEnded,
                Some(AuditReason::AccountDisabled),
                None,
                None
            ),
            (AuditEventType::AccountDeleted, by_admin, disabled, None),
        ]
    );
    for event in events.iter().filter(|event| event.kind != AuditEventType::Login) {
        assert_eq!(
            (event.user_id, event.actor_id),
            (Some(ben.id), Some(root.actor().user().id)),
            "{event:?}"
        );
    }
}

#[tokio::test]
async fn a_refused_change_tells_nothing() {
    let app = TestApp::new();
    let root = admin(&app, "root@x.test").await;
    let told = app.events().await.len();
    then(&app)
        .users
        .delete(root.authority(), root.actor().user().id)
        .await
        .unwrap_err();
    app.registration
        .register(registration("root@x.test"), origin())
        .await
        .unwrap_err();
    assert_eq!(app.events().await.len(), told);
}

#[tokio::test]
async fn users_see_their_own_events_and_administrators_all() {
    let app = TestApp::new();
    let root = admin(&app, "root@x.test").await;
    let ben = app.register("ben@x.test").await;
    let actor = app.actor(&then(&app).log_in("ben@x.test").await).await;
    let of_somebody_else = AuditFilter {
        user_id: Some(root.actor().user().id),
        ..AuditFilter::default()
    };
    let own = app
        .audit_trail
        .list_own(&actor, of_somebody_else, PageRequest::default());
    let own: Vec<_> = own
        .await
        .unwrap()
        .items
        .iter()
        .map(|record| (record.event().unwrap().kind, record.user_id))
        .collect();
    assert_eq!(
        own,
        [
            (AuditEventType::Login, Some(ben.id)),
            (AuditEventType::Registration, Some(ben.id))
        ]
    );
    let all = app
        .audit_trail
        .list(root.authority(), AuditFilter::default(), PageRequest::default());
    assert_eq!(all.await.unwrap().items.len(), app.events().await.len());
}

//! What ends sessions is known to this server's memory before the call is answered, whichever call it is.

use crate::administration_guards::admin;
use portcullis_application::ports::StoreError;
use portcullis_application::users::UserChange;
use portcullis_application::{Actor, Admin, ProfileChange, Tokens};
use portcullis_domain::{Carrier, Grant, GrantLife, Origin, Role, TokenPolicy, User};
use portcullis_testkit::TestApp;
use portcullis_testkit::build::{PASSWORD, email, grant, password, presented, redeemed};
use std::pin::Pin;
use std::sync::Arc;

/// A signed-in user and an administrator. The user has two sessions.
struct Scene {
    app: TestApp,
    root: Admin,
    ada: User,
    /// The session that asks.
    actor: Actor,
    own: Tokens,
    other: Tokens,
}

/// Which of the user's access tokens are worthless afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Worthless {
    Own,
    Other,
    Both,
}

/// Its name, what it makes of access tokens of sessions, and which grants end: those that hang on the session of either, and
/// the one of access while the user is away.
type Ending = (
    &'static str,
    Worthless,
    &'static str,
    for<'s> fn(&'s Scene) -> Pin<Box<dyn Future<Output = ()> + 's>>,
);

/// Every call that ends sessions or makes access tokens worthless.
const ENDINGS: &[Ending] = &[
    ("log out", Worthless::Own, "own", |scene| {
        Box::pin(async {
            let token = &scene.own.refresh_token;
            scene
                .app
                .sign_out
                .log_out(token, Carrier::Body, Origin::default())
                .await
                .unwrap();
        })
    }),
    ("a reused refresh token", Worthless::Own, "own", |scene| {
        Box::pin(async {
            scene.app.refresh(&scene.own.refresh_token).await.unwrap();
            scene.app.clock.advance(TokenPolicy::default().reuse_grace * 2);
            scene.app.upkeep.catch_up().await.unwrap();
            scene.app.refresh(&scene.own.refresh_token).await.unwrap_err();
        })
    }),
    ("one session", Worthless::Other, "other", |scene| {
        Box::pin(async {
            let session = scene.app.claims(&scene.other).session_id;
            scene.app.sessions.end_own(&scene.actor, session).await.unwrap();
        })
    }),
    ("the other sessions", Worthless::Other, "other", |scene| {
        Box::pin(async { scene.app.sessions.end_own_others(&scene.actor).await.unwrap() })
    }),
    ("all sessions", Worthless::Both, "own other offline", |scene| {
        Box::pin(async { scene.app.sessions.end_all_own(&scene.actor).await.unwrap() })
    }),
    ("another password", Worthless::Other, "other offline", |scene| {
        Box::pin(async {
            let (current, new) = (presented(PASSWORD), password("another good one"));
            scene
                .app
                .passwords
                .change(&scene.actor, Some(current), new)
                .await
                .unwrap();
        })
    }),
    ("another address", Worthless::Other, "other offline", |scene| {
        Box::pin(async {
            scene.app.profile.change(&scene.actor, address()).await.unwrap();
        })
    }),
    ("the account deleted", Worthless::Both, "own other offline", |scene| {
        Box::pin(async {
            let deleted = scene
                .app
                .profile
                .delete_account(&scene.actor, Some(presented(PASSWORD)));
            deleted.await.unwrap();
        })
    }),
    ("one session too many", Worthless::Own, "own", |scene| {
        Box::pin(async {
            scene.app.log_in("ada@x.test").await;
        })
    }),
    (
        "all sessions, by an administrator",
        Worthless::Both,
        "own other offline",
        |scene| {
            Box::pin(async {
                let ended = scene.app.sessions.end_all(scene.root.authority(), scene.ada.id);
                ended.await.unwrap();
            })
        },
    ),
    (
        "another address, by an administrator",
        Worthless::Both,
        "own other offline",
        |scene| {
            Box::pin(changed(
                scene,
                UserChange {
                    profile: address(),
                    ..UserChange::default()
                },
            ))
        },
    ),
    ("another role", Worthless::Both, "", |scene| {
        Box::pin(changed(
            scene,
            UserChange {
                role: Some(Role::Admin),
                ..UserChange::default()
            },
        ))
    }),
    ("the account disabled", Worthless::Both, "own other offline", |scene| {
        Box::pin(changed(
            scene,
            UserChange {
                is_active: Some(false),
                ..UserChange::default()
            },
        ))
    }),
    (
        "the account deleted, by an administrator",
        Worthless::Both,
        "own other offline",
        |scene| {
            Box::pin(async {
                let deleted = scene.app.users.delete(scene.root.authority(), scene.ada.id);
                deleted.await.unwrap();
            })
        },
    ),
    ("a password set", Worthless::Both, "own other offline", |scene| {
        Box::pin(async {
            let operator = scene.app.operator().authority();
            let set = scene
                .app
                .passwords
                .set(operator, scene.ada.id, password("another good one"));
            set.await.unwrap();
        })
    }),
];

fn address() -> ProfileChange {
    ProfileChange {
        email: Some(email("countess@x.test")),
        ..ProfileChange::default()
    }
}

async fn changed(scene: &Scene, change: UserChange) {
    let changed = scene.app.users.change(scene.root.authority(), scene.ada.id, change);
    changed.await.unwrap();
}

async fn scene() -> Scene {
    let two_sessions = TokenPolicy {
        sessions_per_user: 2,
        ..TokenPolicy::default()
    };
    let app = TestApp::under(Arc::new(portcullis_testkit::TemporaryStore::new()), two_sessions);
    let root = admin(&app, "root@x.test").await;
    let ada = app.register("ada@x.test").await;
    let own = app.log_in("ada@x.test").await;
    app.clock.advance(chrono::TimeDelta::milliseconds(1));
    let other = app.log_in("ada@x.test").await;
    let actor = app.actor(&own).await;
    app.upkeep.catch_up().await.unwrap();
    Scene {
        app,
        root,
        ada,
        actor,
        own,
        other,
    }
}

#[tokio::test]
async fn every_ending_is_in_memory_before_the_call_is_answered() {
    for (name, worthless, _, end) in ENDINGS {
        let scene = scene().await;
        assert!(scene.app.verifies(&scene.own).await && scene.app.verifies(&scene.other).await);
        end(&scene).await;
        let verified = (
            scene.app.verifies(&scene.own).await,
            scene.app.verifies(&scene.other).await,
        );
        let expected = match worthless {
            Worthless::Own => (false, true),
            Worthless::Other => (true, false),
            Worthless::Both => (false, false),
        };
        assert_eq!(verified, expected, "{name}");
    }
}

/// The one list of what ends with what.
#[tokio::test]
async fn every_ending_ends_what_clients_were_given_by_the_session_and_no_more() {
    for (name, _, expected, end) in ENDINGS {
        let scene = scene().await;
        let grants = given(&scene).await;
        end(&scene).await;
        let mut ended = Vec::new();
        for (which, grant) in &grants {
            let id = grant.id;
            let found = scene.app.store.read(move |repositories| repositories.grants().find(id));
            let found: Option<Grant> = found.await.map_err(|error: StoreError| error).unwrap();
            // With an account its grants are gone.
            if found.is_none_or(|grant| grant.ended.is_some()) {
                ended.push(*which);
            }
        }
        assert_eq!(ended.join(" "), *expected, "{name}");
    }
}

/// A grant that hangs on either session, and one of access while the user is away.
async fn given(scene: &Scene) -> [(&'static str, Grant); 3] {
    let (own, other) = (scene.app.claims(&scene.own), scene.app.claims(&scene.other));
    let [own, other] = [own.session_id, other.session_id].map(|id| scene.app.session(id));
    let (own, other) = (own.await.unwrap(), other.await.unwrap());
    let grants = [
        ("own", redeemed(&grant(&own, GrantLife::Session, 1))),
        ("other", redeemed(&grant(&other, GrantLife::Session, 2))),
        ("offline", redeemed(&grant(&other, GrantLife::Offline, 3))),
    ];
    let inserted = grants.clone();
    let written = scene.app.store.write(move |repositories| {
        let grants = inserted.iter().map(|(_, grant)| grant);
        grants
            .into_iter()
            .try_for_each(|grant| repositories.grants().insert(grant))
    });
    written.await.map_err(|error: StoreError| error).unwrap();
    grants
}

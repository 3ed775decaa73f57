//! Refreshes that run beside whatever ends a session, on one server and on two: what was acknowledged holds everywhere.

use crate::app::TestApp;
use crate::client::{Client, PASSWORD, Tokens};
use crate::commands::Admin;
use crate::doors::Doors;
use crate::genuine_token::part;
use crate::on_both_databases;
use crate::rounds::rounds;
use serde_json::json;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::Semaphore;
use tokio::task::{JoinSet, yield_now};

on_both_databases!(
    with &[("REFRESH_TOKEN_GRACE_SECONDS", "0")];
    without_grace_one_of_thirty_two_refreshes_at_once_wins,
);

// Whoever comes late to these races is an honest racer still.
on_both_databases!(
    with &[crate::app::LONG_GRACE];
    thirty_two_refreshes_at_once_all_get_one_successor,
    nothing_outlives_a_logout,
    nothing_outlives_the_end_of_a_session,
    nothing_outlives_the_end_of_all_sessions,
    no_other_session_outlives_a_new_password,
    nothing_outlives_the_disabling_of_an_account,
    nothing_outlives_the_deletion_of_an_account,
    a_change_of_role_leaves_sessions_and_no_old_role,
);

const ROUNDS_AT_ONCE: usize = 8;
const RACERS: usize = 4;

/// What many rounds work on.
struct Arena {
    doors: Doors,
    app: TestApp,
    admin: Admin,
}

impl Arena {
    async fn of(app: TestApp) -> Arc<Self> {
        let doors = Doors::to(&app);
        let admin = app.admin("grace@example.org").await;
        Arc::new(Self { doors, app, admin })
    }

    /// The administrator at a door.
    fn admin(&self, door: &Client) -> Client {
        door.with_token(&self.admin.tokens.access)
    }

    /// Fails the test unless a query counts nothing.
    async fn assert_none(&self, from: &str) {
        let count = self
            .app
            .column(&format!("SELECT CAST(COUNT(*) AS TEXT) FROM {from}"))
            .await;
        assert_eq!(count, ["0"], "{from}");
    }

    /// What holds of the rows, whatever was answered to whom.
    async fn assert_consistent(&self) {
        // Nothing moved on under a revoked session: it stands where its revocation found it.
        self.assert_none(
            "sessions t WHERE t.revoked_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM revocations r \
             WHERE r.session_id = t.id AND r.generation = t.generation)",
        )
        .await;
        self.assert_none(
            "sessions t JOIN revocations r ON r.session_id = t.id \
             WHERE t.revoked_at IS NOT NULL AND r.generation > t.generation",
        )
        .await;
        self.assert_none("sessions t JOIN users u ON u.id = t.user_id WHERE t.revoked_at IS NULL AND NOT u.is_active")
            .await;
        // All racers had one token, and no racer was taken for a thief.
        self.assert_none("sessions WHERE generation > 2").await;
        self.assert_none("audit_events WHERE kind = 'refresh_token_reused'")
            .await;
    }
}

/// Runs many rounds, some at once.
async fn run<R>(count: usize, round: impl Fn(usize) -> R)
where
    R: Future<Output = ()> + Send + 'static,
{
    let places = Arc::new(Semaphore::new(ROUNDS_AT_ONCE));
    let mut running = JoinSet::new();
    for number in 0..count {
        let place = Arc::clone(&places).acquire_owned().await.unwrap();
        let round = round(number);
        running.spawn(async move {
            round.await;
            drop(place);
        });
    }
    while let Some(ended) = running.join_next().await {
        ended.unwrap();
    }
}

/// Begins refreshes of one token at all doors.
fn race(doors: &Doors, token: &str, first_door: usize, racers: usize) -> JoinSet<Option<Tokens>> {
    let mut racing = JoinSet::new();
    for racer in 0..racers {
        let (door, token) = (doors.nth(first_door + racer).clone(), token.to_owned());
        racing.spawn(async move {
            let answer = door.refresh(&token).await;
            assert!(matches!(answer.status, 200 | 401), "{answer:?}");
            (answer.status == 200).then(|| Tokens::of(&answer))
        });
    }
    racing
}

async fn winners(racing: JoinSet<Option<Tokens>>) -> Vec<Tokens> {
    racing.join_all().await.into_iter().flatten().collect()
}

async fn thirty_two_refreshes_at_once_all_get_one_successor(app: TestApp) {
    let arena = Arena::of(app).await;
    let shared = Arc::clone(&arena);
    run(rounds(), move |number| {
        let arena = Arc::clone(&shared);
        async move {
            let first = arena
                .doors
                .nth(number)
                .signed_in(&format!("ada-{number}@example.org"))
                .await;
            let won = winners(race(&arena.doors, &first.refresh, number, 32)).await;
            assert_eq!(won.len(), 32);
            assert!(won.iter().all(|tokens| tokens.refresh == won[0].refresh));
            for tokens in &won[..2] {
                let answer = arena
                    .doors
                    .nth(number + 1)
                    .with_token(&tokens.access)
                    .get("/auth/verify")
                    .await;
                assert_eq!(answer.status, 204, "{answer:?}");
            }
            assert_eq!(arena.doors.nth(number).refresh(&won[0].refresh).await.status, 200);
        }
    })
    .await;
    arena.assert_consistent().await;
    arena.assert_none("sessions WHERE revoked_at IS NOT NULL").await;
    arena.assert_none("sessions WHERE generation NOT IN (0, 2)").await;
}

async fn without_grace_one_of_thirty_two_refreshes_at_once_wins(app: TestApp) {
    let arena = Arena::of(app).await;
    let shared = Arc::clone(&arena);
    run(rounds(), move |number| {
        let arena = Arc::clone(&shared);
        async move {
            let first = arena
                .doors
                .nth(number)
                .signed_in(&format!("ada-{number}@example.org"))
                .await;
            let won = winners(race(&arena.doors, &first.refresh, number, 32)).await;
            assert_eq!(won.len(), 1);
            arena
                .doors
                .assert_spent(&won[0].refresh, "the losers ended the session")
                .await;
        }
    })
    .await;
    let thieves = "SELECT CAST(COUNT(*) AS TEXT) FROM audit_events WHERE kind = 'refresh_token_reused'";
    assert_eq!(
        arena.app.column(thieves).await,
        [rounds().to_string()],
        "each session was ended once"
    );
    arena
        .assert_none("sessions WHERE revoked_at IS NOT NULL AND generation <> 1")
        .await;
    arena
        .assert_none("(SELECT session_id FROM revocations GROUP BY session_id HAVING COUNT(*) > 1) AS twice")
        .await;
}

/// What ends sessions.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Ending {
    LogOut,
    EndSession,
    EndAllSessions,
    NewPassword,
    Disabling,
    Deletion,
}

async fn nothing_outlives_a_logout(app: TestApp) {
    nothing_outlives(Ending::LogOut, app).await;
}

async fn nothing_outlives_the_end_of_a_session(app: TestApp) {
    nothing_outlives(Ending::EndSession, app).await;
}

async fn nothing_outlives_the_end_of_all_sessions(app: TestApp) {
    nothing_outlives(Ending::EndAllSessions, app).await;
}

async fn no_other_session_outlives_a_new_password(app: TestApp) {
    nothing_outlives(Ending::NewPassword, app).await;
}

async fn nothing_outlives_the_disabling_of_an_account(app: TestApp) {
    nothing_outlives(Ending::Disabling, app).await;
}

async fn nothing_outlives_the_deletion_of_an_account(app: TestApp) {
    nothing_outlives(Ending::Deletion, app).await;
}

async fn nothing_outlives(ending: Ending, app: TestApp) {
    let arena = Arena::of(app).await;
    let shared = Arc::clone(&arena);
    run(rounds(), move |number| {
        Arc::clone(&shared).end_beside_refreshes(ending, number)
    })
    .await;
    arena.assert_consistent().await;
    arena
        .assert_none("(SELECT session_id FROM revocations GROUP BY session_id HAVING COUNT(*) > 1) AS twice")
        .await;
}

impl Arena {
    async fn end_beside_refreshes(self: Arc<Self>, ending: Ending, number: usize) {
        let what = format!("{ending:?} {number}");
        let email = format!("ada-{number}@example.org");
        let here = self.doors.nth(number);
        let first = here.signed_in(&email).await;
        let other = Tokens::of(&here.log_in(&email, PASSWORD).await);
        let racing = race(&self.doors, &first.refresh, number, RACERS);
        // The ending comes before the refreshes in some rounds, and behind them in others.
        for _ in 0..number % 16 {
            yield_now().await;
        }
        let status = self.end(ending, here, &first, &other).await;
        assert!(matches!(status, 200 | 204), "{what}: {status}");
        let acknowledged = Instant::now();
        let mut given = winners(racing).await;
        given.push(first);
        if matches!(ending, Ending::EndAllSessions | Ending::Disabling | Ending::Deletion) {
            given.push(other);
        } else {
            let answer = here.with_token(&other.access).get("/auth/verify").await;
            assert_eq!(answer.status, 204, "{what}, the other session: {answer:?}");
        }
        for tokens in &given {
            self.doors
                .assert_worthless(&tokens.access, number, acknowledged, &what)
                .await;
        }
        given.dedup_by(|one, next| one.refresh == next.refresh);
        for tokens in &given {
            self.doors.assert_spent(&tokens.refresh, &what).await;
        }
    }

    async fn end(&self, ending: Ending, here: &Client, first: &Tokens, other: &Tokens) -> u16 {
        let claims = part(&first.access, 1);
        let [user, session] = ["sub", "sid"].map(|name| claims[name].as_str().unwrap());
        let own = here.with_token(&other.access);
        let user = format!("/admin/users/{user}");
        let answer = match ending {
            Ending::LogOut => here.log_out(&first.refresh).await,
            Ending::EndSession => own.delete(&format!("/users/me/sessions/{session}")).await,
            Ending::EndAllSessions => own.delete("/users/me/sessions?include_current=true").await,
            Ending::NewPassword => {
                let change = json!({"current_password": PASSWORD, "new_password": "a new password of hers"});
                own.put("/users/me/password", &change).await
            }
            Ending::Disabling => self.admin(here).patch(&user, &json!({"is_active": false})).await,
            Ending::Deletion => self.admin(here).delete(&user).await,
        };
        answer.status
    }
}

async fn a_change_of_role_leaves_sessions_and_no_old_role(app: TestApp) {
    let arena = Arena::of(app).await;
    let shared = Arc::clone(&arena);
    run(rounds(), move |number| {
        Arc::clone(&shared).promote_beside_refreshes(number)
    })
    .await;
    arena.assert_consistent().await;
    arena.assert_none("sessions WHERE revoked_at IS NOT NULL").await;
}

impl Arena {
    async fn promote_beside_refreshes(self: Arc<Self>, number: usize) {
        let here = self.doors.nth(number);
        let first = here.signed_in(&format!("ada-{number}@example.org")).await;
        let user = part(&first.access, 1)["sub"].as_str().unwrap().to_owned();
        let racing = race(&self.doors, &first.refresh, number, RACERS);
        for _ in 0..number % 16 {
            yield_now().await;
        }
        let change = json!({"role": "ADMIN"});
        let changed = self.admin(here).patch(&format!("/admin/users/{user}"), &change).await;
        assert_eq!(changed.status, 200, "{changed:?}");
        let acknowledged = Instant::now();
        let mut given = winners(racing).await;
        assert_eq!(given.len(), RACERS, "the session goes on");
        let last = given[0].refresh.clone();
        given.push(first);
        for tokens in given {
            if part(&tokens.access, 1)["role"] == "USER" {
                self.doors
                    .assert_worthless(&tokens.access, number, acknowledged, "the old role")
                    .await;
                continue;
            }
            let answer = self
                .doors
                .nth(number + 1)
                .with_token(&tokens.access)
                .get("/auth/verify")
                .await;
            // A refresh before the change that is answered again after it gives the old generation and the new role.
            if answer.status != 401 {
                assert_eq!(
                    (answer.status, answer.header("x-auth-role")),
                    (204, "ADMIN"),
                    "{answer:?}"
                );
            }
        }
        let next = Tokens::of(&self.doors.nth(number + 1).refresh(&last).await);
        let answer = here.with_token(&next.access).get("/auth/verify?role=ADMIN").await;
        assert_eq!(answer.status, 204, "{answer:?}");
    }
}

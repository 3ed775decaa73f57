//! What was acknowledged is there after a crash.

use crate::app::TestApp;
use crate::client::{Answer, Client, PASSWORD, Tokens, try_send};
use crate::on_both_databases;
use crate::rounds::rounds;
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::timeout;

on_both_databases!(what_was_acknowledged_survives_kill_9);

const CLIENTS: usize = 8;
const PATIENCE: Duration = Duration::from_mins(1);

/// What one client was told is done.
#[derive(Default)]
struct History {
    registered: Vec<String>,
    ended: Vec<Tokens>,
    /// The first tokens of a session, which are spent, and the last ones.
    rotated: Vec<(Tokens, Tokens)>,
}

/// Clients register, refresh and log out as fast as they can; the server is killed in the middle.
async fn what_was_acknowledged_survives_kill_9(mut app: TestApp) {
    // Each takes a start of the server.
    for round in 0..rounds() / 4 {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| {
                let worker = Worker {
                    client: app.anonymous(),
                    name: format!("{round}-{number}"),
                    acknowledged: Arc::new(Semaphore::new(0)),
                };
                (Arc::clone(&worker.acknowledged), tokio::spawn(worker.work()))
            })
            .collect();
        for (acknowledged, _) in &clients {
            let enough = timeout(PATIENCE, acknowledged.acquire_many(8 + u32::try_from(round).unwrap())).await;
            enough.expect("the calls are answered").unwrap().forget();
        }
        app.kill();
        let mut histories = Vec::new();
        for (_, client) in clients {
            histories.push(client.await.unwrap());
        }
        app.restart(&[]);
        for history in histories {
            assert_kept(&app.anonymous(), history).await;
        }
    }
}

/// A client that makes calls until one is not answered.
struct Worker {
    client: Client,
    name: String,
    /// One permit for each acknowledged call.
    acknowledged: Arc<Semaphore>,
}

impl Worker {
    async fn work(self) -> History {
        let mut history = History::default();
        for count in 0.. {
            let email = format!("{}-{count}@example.org", self.name);
            let end = if count % 2 == 0 { End::LogOut } else { End::Refresh };
            if self.live_a_session(email, end, &mut history).await.is_none() {
                break;
            }
        }
        history
    }

    async fn live_a_session(&self, email: String, end: End, history: &mut History) -> Option<()> {
        let body = json!({"email": email, "password": PASSWORD, "full_name": "Ada Lovelace"});
        let registered = self.post("/auth/register", &body).await?;
        assert_eq!(registered.status, 201, "{registered:?}");
        history.registered.push(email.clone());
        let body = json!({"email": email, "password": PASSWORD});
        let first = Tokens::of(&self.post("/auth/login", &body).await?);
        let body = json!({"refresh_token": first.refresh});
        let second = Tokens::of(&self.post("/auth/refresh", &body).await?);
        let body = json!({"refresh_token": second.refresh});
        match end {
            End::LogOut => {
                let left = self.post("/auth/logout", &body).await?;
                assert_eq!(left.status, 204, "{left:?}");
                history.ended.push(second);
            }
            End::Refresh => {
                let third = Tokens::of(&self.post("/auth/refresh", &body).await?);
                history.rotated.push((first, third));
            }
        }
        Some(())
    }

    /// `None` once the server is gone: then nobody knows whether the call was carried out.
    async fn post(&self, path: &str, body: &Value) -> Option<Answer> {
        let request = self.client.request(Method::POST, path).json(body);
        let answer = try_send(request).await.ok()?;
        self.acknowledged.add_permits(1);
        Some(answer)
    }
}

/// How a session of a worker goes out.
enum End {
    LogOut,
    Refresh,
}

async fn assert_kept(client: &Client, history: History) {
    for email in history.registered {
        let answer = client.log_in(&email, PASSWORD).await;
        assert_eq!(answer.status, 200, "{email} was acknowledged and is lost");
    }
    for tokens in history.ended {
        let answer = client.refresh(&tokens.refresh).await;
        assert_eq!(answer.status, 401, "an ended session came back");
        assert_eq!(client.with_token(&tokens.access).me().await.status, 401);
    }
    for (first, last) in history.rotated {
        let answer = client.refresh(&last.refresh).await;
        assert_eq!(answer.status, 200, "an acknowledged refresh is lost");
        let answer = client.refresh(&first.refresh).await;
        assert_eq!(answer.status, 401, "a spent token came back");
    }
}

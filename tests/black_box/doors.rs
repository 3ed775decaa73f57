//! A store behind one server or, where the database takes several, behind two.

use crate::app::{Replica, TestApp};
use crate::client::{Answer, Client};
use std::time::{Duration, Instant};

/// How long another server may take to learn of a revocation.
const KNOWN_WITHIN: Duration = Duration::from_secs(1);

/// The servers of one store.
pub(crate) struct Doors {
    clients: Vec<Client>,
    _replica: Option<Replica>,
}

impl Doors {
    /// The server's own and, on PostgreSQL, a second one's.
    pub(crate) fn to(app: &TestApp) -> Self {
        let replica = app.another();
        let mut clients = vec![app.anonymous()];
        clients.extend(replica.iter().map(Replica::anonymous));
        Self {
            clients,
            _replica: replica,
        }
    }

    /// The doors in turn.
    pub(crate) fn nth(&self, number: usize) -> &Client {
        &self.clients[number % self.clients.len()]
    }

    /// Fails the test unless an access token is worthless: where its revocation was acknowledged by `/auth/verify` at
    /// once, elsewhere a second after it, and by the store everywhere at once.
    pub(crate) async fn assert_worthless(
        &self,
        access: &str,
        acknowledged_by: usize,
        acknowledged: Instant,
        what: &str,
    ) {
        let here = acknowledged_by % self.clients.len();
        for (number, door) in self.clients.iter().enumerate() {
            let door = door.with_token(access);
            let me = door.me().await;
            assert!(matches!(me.status, 401 | 403), "{what}: {me:?}");
            let verified = if number == here {
                door.get("/auth/verify").await
            } else {
                once_known(&door, acknowledged).await
            };
            assert_eq!(verified.status, 401, "{what}: {verified:?}");
        }
    }

    /// Fails the test unless a refresh token is worthless at every door.
    pub(crate) async fn assert_spent(&self, refresh: &str, what: &str) {
        for door in &self.clients {
            let answer = door.refresh(refresh).await;
            assert_eq!(answer.status, 401, "{what}: {answer:?}");
        }
    }
}

/// The first refusal of `/auth/verify`, or what it answers when the server must know.
pub(crate) async fn once_known(door: &Client, acknowledged: Instant) -> Answer {
    loop {
        let has_to_know = acknowledged.elapsed() >= KNOWN_WITHIN;
        let answer = door.get("/auth/verify").await;
        if has_to_know || answer.status != 204 {
            return answer;
        }
    }
}

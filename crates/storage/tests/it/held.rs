//! A unit of work that is held in its middle, and what waits behind it.

use portcullis_application::ports::{Repositories, Store, StoreResult};
use portcullis_domain::User;
use portcullis_storage::DatabaseOptions;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;
use tokio::task::JoinHandle;

/// Those who want a connection to PostgreSQL get it one after the other.
pub(crate) fn one_connection() -> DatabaseOptions {
    DatabaseOptions {
        connections: 1,
        patience: Duration::from_mins(1),
        answer_within: Duration::from_mins(2),
        ..DatabaseOptions::default()
    }
}

/// Room for one at a time, and little patience.
pub(crate) fn narrow() -> DatabaseOptions {
    DatabaseOptions {
        queue: 1,
        patience: Duration::from_millis(200),
        ..one_connection()
    }
}

/// Holds a unit of work in its middle.
pub(crate) struct Held {
    inside: Receiver<()>,
    pub(crate) go_on: Sender<()>,
    pub(crate) ended: JoinHandle<StoreResult<()>>,
}

impl Held {
    /// A unit that writes, adds `user` and then waits.
    pub(crate) fn writing(store: &Arc<dyn Store>, user: User) -> Self {
        let store = Arc::clone(store);
        let (entered, inside) = channel();
        let (go_on, told) = channel();
        let ended = tokio::spawn(async move {
            store
                .write(move |repositories: &mut dyn Repositories| {
                    repositories.users().insert(&user)?;
                    entered.send(()).unwrap();
                    told.recv().unwrap();
                    repositories.users().find(user.id).map(|_| ())
                })
                .await
        });
        Self { inside, go_on, ended }
    }

    pub(crate) async fn entered(self) -> Self {
        tokio::task::spawn_blocking(move || {
            self.inside.recv().unwrap();
            self
        })
        .await
        .unwrap()
    }

    pub(crate) async fn let_go(self) -> StoreResult<()> {
        self.go_on.send(()).unwrap();
        self.ended.await.unwrap()
    }
}

/// Polls each future once, in order, so that their units stand in the queue in that order.
pub(crate) async fn queue_up<T: Send + 'static>(
    units: Vec<impl Future<Output = T> + Send + 'static>,
) -> Vec<JoinHandle<T>> {
    let mut waiting = Vec::new();
    for unit in units {
        let mut unit = Box::pin(unit);
        let first = std::future::poll_fn(|context| std::task::Poll::Ready(unit.as_mut().poll(context))).await;
        assert!(first.is_pending());
        waiting.push(tokio::spawn(unit));
    }
    waiting
}

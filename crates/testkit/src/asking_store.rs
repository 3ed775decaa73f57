//! A store that asks before each unit of work.

use crate::TemporaryStore;
use async_trait::async_trait;
use portcullis_application::ports::{Access, Judge, Store, StoreResult, Work, rotate_alone};
use portcullis_domain::SessionId;

/// A store for one test that asks before each unit of work whether it may run, and fails it by the error that it is told. So a test
/// counts the units, or has the store be full or away.
pub struct AskingStore<A> {
    store: TemporaryStore,
    ask: A,
}

impl<A: Fn(Access) -> StoreResult<()> + Send + Sync + 'static> AskingStore<A> {
    /// The same store, behind the question.
    pub const fn before(store: TemporaryStore, ask: A) -> Self {
        Self { store, ask }
    }
}

#[async_trait]
impl<A: Fn(Access) -> StoreResult<()> + Send + Sync + 'static> Store for AskingStore<A> {
    async fn run(&self, access: Access, work: Work) -> StoreResult<()> {
        (self.ask)(access)?;
        self.store.run(access, work).await
    }

    async fn run_rotation(&self, id: SessionId, judge: Judge) -> StoreResult<bool> {
        rotate_alone(self, id, judge).await
    }

    async fn check(&self) -> StoreResult<()> {
        self.store.check().await
    }

    async fn probe(&self) -> StoreResult<()> {
        self.store.probe().await
    }
}

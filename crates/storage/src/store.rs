//! The adapter of the port.

use crate::database::Database;
use async_trait::async_trait;
use portcullis_application::ports::{Access, Judge, Store, StoreResult, Work, rotate_alone};
use portcullis_domain::SessionId;
use shaku::Component;
use tracing::Instrument as _;

/// [`Store`] on SQLite or PostgreSQL.
#[derive(Component)]
#[shaku(interface = Store)]
pub struct DieselStore {
    /// Where everything is kept.
    database: Database,
}

impl DieselStore {
    /// The store on an open database, for whoever has no container.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { database }
    }
}

#[async_trait]
impl Store for DieselStore {
    async fn run(&self, access: Access, work: Work) -> StoreResult<()> {
        self.database.run(access, work).await
    }

    async fn run_rotation(&self, id: SessionId, judge: Judge) -> StoreResult<bool> {
        match self.database.rotations() {
            Some(shared) => {
                let span = tracing::info_span!(target: "trace::store", "store", access = "rotation");
                shared.run(id, judge).instrument(span).await
            }
            None => rotate_alone(self, id, judge).await,
        }
    }

    async fn check(&self) -> StoreResult<()> {
        self.database.check().await
    }

    async fn version(&self) -> StoreResult<Option<u64>> {
        self.database.version()
    }

    async fn probe(&self) -> StoreResult<()> {
        self.database.probe().await
    }
}

//! Whether this replica can serve.

use crate::ports::{Store, StoreError};
use async_trait::async_trait;
use shaku::{Component, Interface};
use std::sync::Arc;

/// What an orchestrator asks.
#[async_trait]
pub trait HealthService: Interface {
    /// Whether calls that need the store would succeed.
    async fn ready(&self) -> Result<(), StoreError>;
}

/// [`HealthService`] on the store.
#[derive(Component)]
#[shaku(interface = HealthService)]
pub struct HealthServiceImpl {
    #[shaku(inject)]
    store: Arc<dyn Store>,
}

#[async_trait]
impl HealthService for HealthServiceImpl {
    async fn ready(&self) -> Result<(), StoreError> {
        self.store.check().await
    }
}

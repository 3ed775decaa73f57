//! Whether this server can serve.

use crate::ports::{Limits, Sharing, Store, StoreError};
use async_trait::async_trait;
use shaku::{Component, Interface};
use std::sync::Arc;

/// What an orchestrator asks.
#[async_trait]
pub trait Health: Interface {
    /// Whether calls that need the store would succeed. Anybody may ask, as often as they like: it writes nothing.
    async fn ready(&self) -> Result<Readiness, StoreError>;
}

/// How a server is that can serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Readiness {
    /// Who counts together what has a limit.
    pub limits: Sharing,
}

/// [`Health`] of the store.
#[derive(Component)]
#[shaku(interface = Health)]
pub struct HealthService {
    #[shaku(inject)]
    store: Arc<dyn Store>,
    #[shaku(inject)]
    limits: Arc<dyn Limits>,
}

#[async_trait]
impl Health for HealthService {
    async fn ready(&self) -> Result<Readiness, StoreError> {
        self.store.check().await?;
        Ok(Readiness {
            limits: self.limits.sharing(),
        })
    }
}

//! News from others who write to the same store.

use async_trait::async_trait;
use shaku::Interface;
use std::time::Duration;

/// Tells when somebody else may have revoked something or changed a key.
#[async_trait]
pub trait StoreChanges: Interface {
    /// Returns soon after another program has committed such a change, and after `patience` in any case. A change
    /// between two calls is told by the second. Without a way to be told, it waits.
    async fn wait(&self, patience: Duration);
}

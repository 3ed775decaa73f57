//! News that a test spreads.

use async_trait::async_trait;
use portcullis_application::ports::StoreChanges;
use shaku::Component;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// Tells of a change when a test says that there was one. Clones share what they wait for.
#[derive(Clone, Default, Component)]
#[shaku(interface = StoreChanges)]
pub struct FakeStoreChanges {
    /// What the clones share.
    #[shaku(default)]
    news: Arc<Notify>,
}

impl FakeStoreChanges {
    /// Nothing has changed yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the wait that goes on, or the next one.
    pub fn announce(&self) {
        self.news.notify_one();
    }
}

#[async_trait]
impl StoreChanges for FakeStoreChanges {
    async fn wait(&self, patience: Duration) {
        // Whether there was news or not is not told.
        drop(tokio::time::timeout(patience, self.news.notified()).await);
    }
}

//! The place where a test has the program die, in builds with the feature `failpoints` alone: a refresh is committed, and
//! the process ends without an answer or any clean-up.

use async_trait::async_trait;
use portcullis_application::refresh::{RefreshAttempt, RefreshError};
use portcullis_application::{Refresh, Tokens};
use std::sync::Arc;

/// The same service, but that it dies of a refresh.
pub(crate) fn around(inner: Arc<dyn Refresh>) -> Arc<dyn Refresh> {
    Arc::new(DyingRefresh(inner))
}

struct DyingRefresh(Arc<dyn Refresh>);

#[async_trait]
impl Refresh for DyingRefresh {
    async fn refresh(&self, attempt: RefreshAttempt) -> Result<Tokens, RefreshError> {
        self.0.refresh(attempt).await?;
        std::process::abort();
    }
}

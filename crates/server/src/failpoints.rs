//! The place where a test has the program die, in builds with the feature `failpoints` alone: a refresh is committed, and
//! the process ends without an answer or any clean-up.

use async_trait::async_trait;
use portcullis_application::refresh::RefreshError;
use portcullis_application::{Refresh, Tokens};
use portcullis_domain::{Origin, SecretText};
use std::sync::Arc;

/// The same service, but that it dies of a refresh.
pub(crate) fn around(inner: Arc<dyn Refresh>) -> Arc<dyn Refresh> {
    Arc::new(DyingRefresh(inner))
}

struct DyingRefresh(Arc<dyn Refresh>);

#[async_trait]
impl Refresh for DyingRefresh {
    async fn refresh(&self, refresh_token: &SecretText, origin: Origin) -> Result<Tokens, RefreshError> {
        self.0.refresh(refresh_token, origin).await?;
        std::process::abort();
    }
}

//! Places where a test has the program die, in builds with the feature `failpoints` alone.
//!
//! The environment's `FAILPOINTS` names a place and what happens there, as in
//! `FAILPOINTS=after_commit_before_reply=return` for the end of the process without any clean-up. Other actions are
//! those of the crate `fail`.

use async_trait::async_trait;
use fail::{FailScenario, fail_point};
use portcullis_application::refresh::RefreshError;
use portcullis_application::{Refresh, Tokens};
use portcullis_domain::{Origin, SecretText};
use std::sync::Arc;

/// Reads `FAILPOINTS`. What it says holds as long as the value lives.
#[must_use]
pub(crate) fn read() -> impl Drop {
    FailScenario::setup()
}

/// The same service with the place `after_commit_before_reply` in it.
pub(crate) fn around(inner: Arc<dyn Refresh>) -> Arc<dyn Refresh> {
    Arc::new(RefreshWithFailpoints(inner))
}

struct RefreshWithFailpoints(Arc<dyn Refresh>);

#[async_trait]
impl Refresh for RefreshWithFailpoints {
    async fn refresh(&self, refresh_token: &SecretText, origin: Origin) -> Result<Tokens, RefreshError> {
        let tokens = self.0.refresh(refresh_token, origin).await?;
        after_commit_before_reply();
        Ok(tokens)
    }
}

fn after_commit_before_reply() {
    fail_point!("after_commit_before_reply", |_| std::process::abort());
}

//! Signing out.

use super::AuthServiceImpl;
use crate::ports::StoreError;
use portcullis_domain::SecretText;
use std::sync::Arc;

impl AuthServiceImpl {
    pub(super) async fn log_out(&self, refresh_token: &SecretText) -> Result<(), StoreError> {
        let Some(presented) = self.refresh_token_secrets.read(refresh_token.expose()) else {
            return Ok(());
        };
        let now = self.clock.now();
        let secrets = Arc::clone(&self.refresh_token_secrets);
        let ended = self
            .store
            .write(
                move |repositories| match repositories.refresh_tokens().find(presented.session_id)? {
                    Some(session) if secrets.is_genuine(&presented, &session.seed) => {
                        let ended = repositories.refresh_tokens().revoke(session.id, now)?;
                        Ok::<_, StoreError>(ended.then_some(session))
                    }
                    _ => Ok(None),
                },
            )
            .await?;
        if let Some(session) = ended {
            tracing::info!(user_id = %session.user_id, session_id = %session.id, "logged out");
        }
        Ok(())
    }
}

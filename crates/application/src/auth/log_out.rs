//! Signing out.

use super::AuthServiceImpl;
use crate::ports::StoreError;
use portcullis_domain::{AuditEvent, AuditEventType, Origin, SecretText};
use std::sync::Arc;

impl AuthServiceImpl {
    pub(super) async fn log_out(&self, refresh_token: &SecretText, origin: Origin) -> Result<(), StoreError> {
        let Some(presented) = self.refresh_tokens.read(refresh_token.expose()) else {
            return Ok(());
        };
        let now = self.clock.now();
        let ending = self.policy.ending(now);
        let refresh_tokens = Arc::clone(&self.refresh_tokens);
        let mut pen = self.audit_pen(origin);
        let ended = self
            .store
            .write(move |repositories| {
                let session = match repositories.sessions().find(presented.session_id)? {
                    Some(session) if refresh_tokens.is_genuine(&presented, &session.rotation.seed) => session,
                    _ => return Ok(None),
                };
                let Some(revocation) = repositories.sessions().revoke(session.id, &ending)? else {
                    return Ok(None);
                };
                let event = AuditEvent {
                    actor_id: Some(session.user_id),
                    session_id: Some(session.id),
                    ..pen.success(AuditEventType::Logout, Some(session.user_id))
                };
                pen.write(repositories, event)?;
                Ok::<_, StoreError>(Some((session, revocation)))
            })
            .await?;
        if let Some((session, revocation)) = ended {
            self.replica.revocations.note(&[revocation]);
            tracing::info!(user_id = %session.user_id, session_id = %session.id, "logged out");
        }
        Ok(())
    }
}

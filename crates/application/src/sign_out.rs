//! Signing out.

use crate::actor::By;
use crate::ports::{RefreshTokens, StoreError};
use crate::unit_of_work::UnitsOfWork;
use async_trait::async_trait;
use portcullis_domain::{AuditEvent, AuditEventType, Carrier, Origin, SecretText};
use shaku::{Component, Interface};
use std::sync::Arc;

/// Signing out.
#[async_trait]
pub trait SignOut: Interface {
    /// Ends the session of a genuine refresh token, spent or not, that came by that carrier. Any other text does nothing.
    async fn log_out(&self, refresh_token: &SecretText, carrier: Carrier, origin: Origin) -> Result<(), StoreError>;
}

/// [`SignOut`] in units of work.
#[derive(Component)]
#[shaku(interface = SignOut)]
pub struct SignOutService {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
    #[shaku(inject)]
    refresh_tokens: Arc<dyn RefreshTokens>,
}

#[async_trait]
impl SignOut for SignOutService {
    async fn log_out(&self, refresh_token: &SecretText, carrier: Carrier, origin: Origin) -> Result<(), StoreError> {
        let Some(presented) = self.refresh_tokens.read(refresh_token.expose(), carrier) else {
            return Ok(());
        };
        let refresh_tokens = Arc::clone(&self.refresh_tokens);
        let ended = self.units.write(By::Anybody(origin), move |unit| {
            let session = match unit.sessions().find(presented.session_id)? {
                Some(session) if refresh_tokens.is_genuine(&presented, &session.rotation.seed) => session,
                _ => return Ok(None),
            };
            let event = AuditEvent {
                actor_id: Some(session.user_id),
                ..unit.success(AuditEventType::Logout, Some(session.user_id))
            };
            let is_ended = unit.end_session(session.id, event)?;
            Ok::<_, StoreError>(is_ended.then_some(session))
        });
        if let Some(session) = ended.await? {
            tracing::info!(user_id = %session.user_id, session_id = %session.id, "logged out");
        }
        Ok(())
    }
}

//! Signing out.

use crate::actor::By;
use crate::ports::{RefreshTokens, StoreError, StoreResult};
use crate::unit_of_work::{Unit, UnitsOfWork};
use async_trait::async_trait;
use portcullis_domain::{AuditEvent, AuditEventType, Carrier, Origin, SecretText, Session, SessionKind};
use shaku::{Component, Interface};
use std::sync::Arc;

/// Signing out.
#[async_trait]
pub trait SignOut: Interface {
    /// Ends the session of a genuine refresh token, spent or not, that came by that carrier. Any other text does nothing.
    async fn log_out(&self, refresh_token: &SecretText, carrier: Carrier, origin: Origin) -> Result<(), StoreError>;

    /// Ends the session of a browser that shows this cookie, and tells how many the user has elsewhere. Any other text does
    /// nothing.
    async fn sign_out_browser(&self, cookie: &SecretText, origin: Origin) -> Result<SignedOut, StoreError>;
}

/// What came of signing a browser out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedOut {
    /// Nobody was signed in there.
    Nobody,
    /// Somebody was, who has so many sessions elsewhere.
    Somebody(usize),
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
                Some(session)
                    if session.kind == SessionKind::Token
                        && refresh_tokens.is_genuine(&presented, &session.rotation.seed) =>
                {
                    session
                }
                _ => return Ok(None),
            };
            let is_ended = log_out(unit, &session)?;
            Ok::<_, StoreError>(is_ended.then_some(session))
        });
        if let Some(session) = ended.await? {
            tracing::info!(user_id = %session.user_id, session_id = %session.id, "logged out");
        }
        Ok(())
    }

    async fn sign_out_browser(&self, cookie: &SecretText, origin: Origin) -> Result<SignedOut, StoreError> {
        let Some(shown) = self.units.shown_session(cookie) else {
            return Ok(SignedOut::Nobody);
        };
        let ended = self.units.write(By::Anybody(origin), move |unit| {
            let session = match unit.sessions().find(shown.id())? {
                Some(session) if shown.is_of(&session) => session,
                _ => return Ok(None),
            };
            if !log_out(unit, &session)? {
                return Ok(None);
            }
            let now = unit.now();
            let elsewhere = unit.sessions().count_live(session.user_id, now)?;
            Ok::<_, StoreError>(Some((session, elsewhere)))
        });
        let Some((session, elsewhere)) = ended.await? else {
            return Ok(SignedOut::Nobody);
        };
        tracing::info!(user_id = %session.user_id, session_id = %session.id, "signed out");
        Ok(SignedOut::Somebody(elsewhere))
    }
}

fn log_out(unit: &mut Unit<'_>, session: &Session) -> StoreResult<bool> {
    let event = AuditEvent {
        actor_id: Some(session.user_id),
        ..unit.success(AuditEventType::Logout, Some(session.user_id))
    };
    unit.end_session(session.id, event)
}

//! A grant is refreshed (RFC 6749, section 6).

use super::{GrantRefresh, GrantTokensError, GrantTokensService, GrantedTokens, InvalidGrant, still_granted};
use crate::actor::By;
use crate::ports::{GrantInUse, StoreError};
use crate::provider::client_calls::KnownClient;
use crate::replica::ClientWarning;
use portcullis_domain::{AuditReason, GrantLife, GrantSecret, Origin, Presented};
use portcullis_oauth2::GrantType;

/// How often a refresh is tried that others come before.
const TRIES: u32 = 3;

impl GrantTokensService {
    pub(super) async fn try_to_refresh(
        &self,
        client: &KnownClient,
        attempt: GrantRefresh,
        origin: Origin,
    ) -> Result<GrantedTokens, GrantTokensError> {
        self.allow(client, GrantType::RefreshToken)?;
        // Of those who refresh at once one is first, and the others are given its successor once more.
        for _ in 0..TRIES {
            let found = self.find_own(client, &attempt.token).await?;
            let (shown, held) = found.ok_or(InvalidGrant::Unknown)?;
            if let Some(given) = self.refresh_once(client, &attempt, &shown, &held, &origin).await? {
                return Ok(given);
            }
        }
        Err(StoreError::Busy.into())
    }

    /// One try; `None` where somebody else was first.
    async fn refresh_once(
        &self,
        client: &KnownClient,
        attempt: &GrantRefresh,
        shown: &GrantSecret,
        held: &GrantInUse,
        origin: &Origin,
    ) -> Result<Option<GrantedTokens>, GrantTokensError> {
        let (grant, now) = (&held.grant, self.units.now());
        let is_unspent = match grant.present(shown.generation, now, &self.lives(grant)) {
            Presented::Current => true,
            Presented::JustRotated => false,
            Presented::Over => {
                let over = grant.ended.map(|end| InvalidGrant::Ended(end.reason));
                return Err(over.unwrap_or(InvalidGrant::RefreshTokenExpired).into());
            }
            Presented::Reused | Presented::BroughtBack => {
                self.end(client, grant, AuditReason::RefreshTokenReused, origin.clone())
                    .await?;
                let late = (now - grant.rotation.rotated_at).num_seconds();
                let own = client.registered().client.id;
                self.units.warn_of(own, ClientWarning::RefreshTokenReused, Some(late));
                return Err(InvalidGrant::RefreshTokenReused.into());
            }
        };
        still_granted::is_live_at_refresh(held, now, &self.units.policy)?;
        still_granted::has_enrolled(held, &self.units)?;
        let scopes = still_granted::scopes(client, held, now)?;
        let planned = self.plan(client, held, &scopes, attempt.scopes.as_ref(), &attempt.resources)?;
        // A client that is open all day keeps its browser signed in.
        if grant.granted.life == GrantLife::Session {
            self.units.replica.activity.note(grant.granted.session_id, now);
        }
        if !is_unspent {
            return self.issue(client, held, grant, planned, None).await.map(Some);
        }
        let next = grant.refreshed(origin.device.clone(), now, &planned.lives);
        // Signed before it is written, so that who gets no tokens has spent none.
        let tokens = self.issue(client, held, &next, planned, None).await?;
        let (spent, by) = (grant.rotation.generation, By::Anybody(origin.clone()));
        let advanced = self
            .units
            .write_once(by, move |unit| unit.grants().advance(spent, &next));
        Ok(advanced.await?.then_some(tokens))
    }
}

//! The identities that one's own account is linked with.

use super::attempt::{Attempt, LIFE, browser_of};
use super::{Answer, BegunAttempt, Purpose, SocialError};
use crate::actor::{Actor, By};
use crate::ports::{SealedTexts, StoreError, StoreResult, UpstreamError, UpstreamProviders};
use crate::replica::Refusal;
use crate::unit_of_work::UnitsOfWork;
use crate::ways_in::{Taken, WayIn};
use async_trait::async_trait;
use portcullis_domain::{
    AuditEvent, AuditEventType, AuditReason, IdentityId, LinkedIdentity, MailKind, ProviderName, SecretText, SessionId,
    StepUpNeeded, User,
};
use shaku::{Component, Interface};
use std::sync::Arc;

/// The identities that one's own account is linked with.
#[async_trait]
pub trait LinkedIdentities: Interface {
    /// Those of the caller, the oldest first.
    async fn list_own(&self, actor: &Actor) -> Result<Vec<LinkedIdentity>, StoreError>;

    /// Begins to link an identity, in a browser that brought what it was given before, if anything. The caller has proved lately
    /// who they are.
    async fn begin_link(
        &self,
        actor: &Actor,
        provider: &ProviderName,
        redirect_to: Option<String>,
        browser: Option<SecretText>,
    ) -> Result<BegunAttempt, LinkError>;

    /// Links the account of the session that began it with the identity that the provider vouches for.
    async fn finish_link(&self, answer: Answer) -> Result<(), LinkError>;

    /// Unlinks one: the provider that it was at. The caller has proved lately who they are. Their other sessions end.
    async fn unlink(&self, actor: &Actor, id: IdentityId) -> Result<ProviderName, UnlinkError>;
}

/// Why nothing was linked.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The caller has to prove once more who they are.
    #[error(transparent)]
    StepUp(#[from] StepUpNeeded),
    /// The session that began it is over.
    #[error("the session is over")]
    SignedOut,
    /// Another account has the identity.
    #[error("another account is linked with the identity")]
    LinkedElsewhere,
    /// The account has as many as it may have.
    #[error("there are too many identities")]
    TooMany,
    /// The provider vouched for nobody.
    #[error(transparent)]
    Provider(#[from] SocialError),
    /// Nothing was stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<UpstreamError> for LinkError {
    fn from(error: UpstreamError) -> Self {
        Self::Provider(error.into())
    }
}

/// Why nothing was unlinked.
#[derive(Debug, thiserror::Error)]
pub enum UnlinkError {
    /// The caller has to prove once more who they are.
    #[error(transparent)]
    StepUp(#[from] StepUpNeeded),
    /// The account has no such identity.
    #[error("there is no such identity")]
    NotFound,
    /// Nobody could sign in to the account any more.
    #[error("it is the last way in")]
    LastWayIn,
    /// The session is over.
    #[error("the session is over")]
    SignedOut,
    /// Nothing was stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// [`LinkedIdentities`] in units of work.
#[derive(Component)]
#[shaku(interface = LinkedIdentities)]
pub struct LinkedIdentitiesService {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
    #[shaku(inject)]
    providers: Arc<dyn UpstreamProviders>,
    #[shaku(inject)]
    seals: Arc<dyn SealedTexts>,
}

#[async_trait]
impl LinkedIdentities for LinkedIdentitiesService {
    async fn list_own(&self, actor: &Actor) -> Result<Vec<LinkedIdentity>, StoreError> {
        let user = actor.user().id;
        self.units
            .look_up(move |repositories| repositories.identities().list(user))
            .await
    }

    async fn begin_link(
        &self,
        actor: &Actor,
        provider: &ProviderName,
        redirect_to: Option<String>,
        browser: Option<SecretText>,
    ) -> Result<BegunAttempt, LinkError> {
        if self.providers.find(provider).is_none() {
            return Err(SocialError::UnknownProvider.into());
        }
        actor.require_fresh_proof(self.units.now(), None)?;
        let purpose = Purpose::Link {
            session: actor.session_id().to_string(),
            redirect_to,
        };
        let browser = browser_of(&self.units, browser);
        let request = Attempt::begin(&self.units, &*self.seals, provider, purpose, &browser)?;
        Ok(BegunAttempt {
            url: self.providers.authorization_url(provider, &request).await?,
            browser,
            life: LIFE,
        })
    }

    async fn finish_link(&self, answer: Answer) -> Result<(), LinkError> {
        let (provider, origin) = (answer.provider.clone(), answer.origin.clone());
        let linked = self.link(answer).await;
        if let Err(LinkError::Provider(error)) = &linked {
            tracing::info!(%provider, "no identity was linked: {error}");
            if let Some(reason) = error.reason() {
                let refusal = Refusal {
                    kind: AuditEventType::IdentityLinked,
                    reason,
                    email: None,
                    user: None,
                    provider: Some(provider),
                    origin: origin.clone(),
                };
                self.units.note_refusal(By::Anybody(origin), refusal).await?;
            }
        }
        linked
    }

    async fn unlink(&self, actor: &Actor, id: IdentityId) -> Result<ProviderName, UnlinkError> {
        actor.require_fresh_proof(self.units.now(), None)?;
        let (kept, providers) = (actor.session_id(), Arc::clone(&self.providers));
        let passkeys = self.units.passkey_proofs.are_on();
        let unlinked = self.units.write(actor, move |unit| {
            let user = unit.lock_caller()?.ok_or(UnlinkError::SignedOut)?;
            let linked = unit.identities().list(user.id)?;
            let identity = linked.into_iter().find(|identity| identity.id == id);
            let identity = identity.ok_or(UnlinkError::NotFound)?;
            let taken = Taken {
                providers: &*providers,
                passkeys,
            };
            if !unit.has_way_in_besides(&user, WayIn::Identity(id), &taken)? {
                return Err(UnlinkError::LastWayIn);
            }
            unit.identities().delete(user.id, id)?;
            let called = providers.call(&identity.provider, identity.label.as_ref());
            let provider = identity.provider;
            let event = unit.event_of(AuditEventType::IdentityUnlinked, user.id, provider.clone());
            unit.record(AuditEvent {
                session_id: Some(kept),
                ..event
            })?;
            unit.end_access(user.id, Some(kept), Some(AuditReason::IdentityUnlinked))?;
            unit.notify_about(&user, MailKind::IdentityUnlinked, Some(&called))?;
            Ok((user.id, provider))
        });
        let (user_id, provider) = unlinked.await?;
        tracing::info!(%user_id, %provider, "an identity was unlinked");
        Ok(provider)
    }
}

impl LinkedIdentitiesService {
    async fn link(&self, answer: Answer) -> Result<(), LinkError> {
        let now = self.units.now();
        let attempt = Attempt::find(&answer, &*self.seals, now).ok_or(SocialError::InvalidState)?;
        let Purpose::Link { session, .. } = &attempt.purpose else {
            return Err(SocialError::InvalidState.into());
        };
        let session: SessionId = session.parse().map_err(|_| SocialError::InvalidState)?;
        if self.providers.find(&answer.provider).is_none() {
            return Err(SocialError::UnknownProvider.into());
        }
        let drawn = self.units.draw_call(&answer.origin).await;
        let drawn = drawn.map_err(SocialError::from)?;
        self.units.use_up(&answer, now).await?;
        let Some(code) = answer.code.clone().filter(|_| answer.error.is_none()) else {
            return Err(SocialError::Refused("no code came".to_owned()).into());
        };
        let redemption = attempt.redemption(code, &answer);
        let asserted = self.providers.redeem(&answer.provider, &redemption).await?;
        self.units.give_back(drawn).await;
        let id = IdentityId::new(now, self.units.random());
        let called = self.providers.call(&asserted.provider, asserted.label.as_ref());
        let linked = self.units.write(By::Anybody(answer.origin), move |unit| {
            let user = unit.lock_user_of(session)?.ok_or(LinkError::SignedOut)?;
            if let Some(known) = unit.identities().find(&asserted.key)? {
                return if known.user_id == user.id {
                    Ok(user.id)
                } else {
                    Err(LinkError::LinkedElsewhere)
                };
            }
            if unit.identities().list(user.id)?.len() >= LinkedIdentity::AT_MOST {
                return Err(LinkError::TooMany);
            }
            match unit.link(&asserted, &user, id, &called) {
                // Somebody else linked it at once.
                Err(StoreError::Conflict) => Err(LinkError::LinkedElsewhere),
                other => Ok(other.map(|()| user.id)?),
            }
        });
        let user_id = linked.await?;
        tracing::info!(%user_id, provider = %answer.provider, "an identity was linked");
        Ok(())
    }
}

impl crate::unit_of_work::Unit<'_> {
    /// Takes the row of the user of a session that is live still.
    fn lock_user_of(&mut self, session: SessionId) -> StoreResult<Option<User>> {
        let Some(found) = self.sessions().find(session)? else {
            return Ok(None);
        };
        let Some(user) = self.users().lock(found.user_id)? else {
            return Ok(None);
        };
        // It may have ended while its user's row was waited for.
        let found = self.sessions().find(session)?;
        let is_live = found.is_some_and(|session| session.is_live(self.now(), &self.policy));
        Ok(is_live.then_some(user).filter(|user| user.is_active))
    }
}

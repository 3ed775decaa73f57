//! One's own passkeys.

use crate::actor::Actor;
use crate::passkey_proof::{PasskeyError, told};
use crate::ports::{
    AskedPasskey, Ceremony, NewPasskey, PasskeyFault, ShownPasskey, StoreError, StoreResult, UpstreamProviders,
};
use crate::unit_of_work::{Unit, UnitsOfWork};
use crate::ways_in::{Taken, WayIn};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_domain::{
    AuditEvent, AuditEventType, AuditReason, AuthenticationMethods, Label, MailKind, Passkey, PasskeyId, StepUpNeeded,
    UserId,
};
use shaku::{Component, Interface};
use std::sync::Arc;

/// How far the clocks of two servers may differ that told of one event.
const CLOCKS_DIFFER_BY: TimeDelta = TimeDelta::seconds(5);

/// One's own passkeys.
#[async_trait]
pub trait Passkeys: Interface {
    /// Whether there are passkeys at this server.
    fn are_on(&self) -> bool;

    /// The origins of pages that passkeys answer; none where there are no passkeys.
    fn origins(&self) -> Vec<String>;

    /// One's own, the oldest first.
    async fn list(&self, actor: &Actor) -> Result<Vec<Passkey>, StoreError>;

    /// What a browser is asked to make a new one. It takes a fresh proof.
    async fn ask_for_new(&self, actor: &Actor) -> Result<AskedPasskey, AddPasskeyError>;

    /// Adds the one that a browser made. It takes a fresh proof. Without a name it is called as the device is.
    async fn add(&self, actor: &Actor, shown: ShownPasskey, name: Option<Label>) -> Result<Passkey, AddPasskeyError>;

    /// Gives one another name.
    async fn rename(&self, actor: &Actor, id: PasskeyId, name: Label) -> Result<Passkey, RenamePasskeyError>;

    /// Removes one, and ends the other sessions. It takes a fresh proof.
    async fn remove(&self, actor: &Actor, id: PasskeyId) -> Result<(), RemovePasskeyError>;
}

/// Why no passkey was added.
#[derive(Debug, thiserror::Error)]
pub enum AddPasskeyError {
    /// The user has to prove once more who they are.
    #[error(transparent)]
    StepUp(#[from] StepUpNeeded),
    /// The user has as many as anybody may have.
    #[error("there are {} passkeys already", Passkey::AT_MOST)]
    TooMany,
    /// It was added before.
    #[error("the passkey was added before")]
    Known,
    /// What the browser answered is not good.
    #[error(transparent)]
    Refused(PasskeyError),
    /// The account was deleted or the session ended meanwhile.
    #[error("the session is over")]
    SignedOut,
    /// It was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a passkey kept its name.
#[derive(Debug, thiserror::Error)]
pub enum RenamePasskeyError {
    /// The user has no such passkey.
    #[error("there is no such passkey")]
    NotFound,
    /// The account was deleted or the session ended meanwhile.
    #[error("the session is over")]
    SignedOut,
    /// It was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a passkey was not removed.
#[derive(Debug, thiserror::Error)]
pub enum RemovePasskeyError {
    /// The user has to prove once more who they are.
    #[error(transparent)]
    StepUp(#[from] StepUpNeeded),
    /// The user has no such passkey.
    #[error("there is no such passkey")]
    NotFound,
    /// Nothing else signs the user in.
    #[error("it is the last way to sign in")]
    LastWayIn,
    /// The account was deleted or the session ended meanwhile.
    #[error("the session is over")]
    SignedOut,
    /// It was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// [`Passkeys`] in units of work.
#[derive(Component)]
#[shaku(interface = Passkeys)]
pub struct PasskeysService {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
    #[shaku(inject)]
    providers: Arc<dyn UpstreamProviders>,
}

#[async_trait]
impl Passkeys for PasskeysService {
    fn are_on(&self) -> bool {
        self.units.passkey_proofs.are_on()
    }

    fn origins(&self) -> Vec<String> {
        self.units.passkey_proofs.origins()
    }

    async fn list(&self, actor: &Actor) -> Result<Vec<Passkey>, StoreError> {
        let user = actor.user().id;
        self.units
            .look_up(move |repositories| repositories.passkeys().list(user))
            .await
    }

    async fn ask_for_new(&self, actor: &Actor) -> Result<AskedPasskey, AddPasskeyError> {
        self.refuse_where_off()?;
        let now = self.units.now();
        actor.require_fresh_proof(now, None)?;
        let has = self.list(actor).await?;
        if has.len() >= Passkey::AT_MOST {
            return Err(AddPasskeyError::TooMany);
        }
        let known: Vec<_> = has.into_iter().map(|passkey| passkey.credential_id).collect();
        let asked = self
            .units
            .passkey_proofs
            .ask_for_new(actor.user(), actor.session_id(), &known, now);
        asked.map_err(refused)
    }

    async fn add(&self, actor: &Actor, shown: ShownPasskey, name: Option<Label>) -> Result<Passkey, AddPasskeyError> {
        self.refuse_where_off()?;
        let now = self.units.now();
        actor.require_fresh_proof(now, None)?;
        let who = Ceremony::Adding(actor.user().id, actor.session_id()).for_anybody();
        let judged = self.units.passkey_proofs.judge_new(&who, &shown, now);
        let NewPasskey {
            credential_id,
            relying_party,
            state,
            storage,
            challenge,
        } = judged.map_err(refused)?;
        let device = actor.origin().device.clone();
        let methods = AuthenticationMethods::of_passkey(storage);
        let passkey = Passkey {
            id: PasskeyId::new(now, self.units.random()),
            user_id: actor.user().id,
            credential_id,
            relying_party,
            state,
            name: name.clone().unwrap_or_else(|| Label::of_passkey_on(&device)),
            created_at: now,
            created_on: device,
            last_use: None,
        };
        let session = actor.session_id();
        let added = self.units.write(actor, move |unit| {
            let user = unit.lock_caller()?.ok_or(AddPasskeyError::SignedOut)?;
            if !unit.answer(&challenge)? {
                return Err(AddPasskeyError::Refused(PasskeyError::InvalidChallenge));
            }
            let others = unit.passkeys().list(user.id)?;
            if others.len() >= Passkey::AT_MOST {
                return Err(AddPasskeyError::TooMany);
            }
            let passkey = Passkey {
                // A unit may have waited: what "this was not me" removes is told by this time.
                created_at: unit.now(),
                name: name.unwrap_or_else(|| unlike(&passkey.name, &others)),
                ..passkey
            };
            if !unit.passkeys().add(&passkey)? {
                return Err(AddPasskeyError::Known);
            }
            let event = unit.success(AuditEventType::PasskeyAdded, Some(user.id));
            unit.record(event)?;
            unit.raise_session(session, &|shown| shown.and(methods.clone()))?;
            if unit.factors.is_for(user.role) && !user.has_factor() {
                // What had to wait for a factor goes on where one was shown, and nowhere else.
                unit.end_access(user.id, Some(session), Some(AuditReason::MfaChanged))?;
            }
            let called = passkey.name.as_str().to_owned();
            unit.notify_about(&user, MailKind::PasskeyAdded, Some(&called))?;
            Ok(passkey)
        });
        let passkey = added.await?;
        tracing::info!(user_id = %passkey.user_id, passkey_id = %passkey.id, "a passkey was added");
        Ok(passkey)
    }

    async fn rename(&self, actor: &Actor, id: PasskeyId, name: Label) -> Result<Passkey, RenamePasskeyError> {
        let renamed = self.units.write(actor, move |unit| {
            let user = unit.lock_caller()?.ok_or(RenamePasskeyError::SignedOut)?;
            if !unit.passkeys().rename(user.id, id, &name)? {
                return Err(RenamePasskeyError::NotFound);
            }
            let has = unit.passkeys().list(user.id)?;
            has.into_iter()
                .find(|passkey| passkey.id == id)
                .ok_or(RenamePasskeyError::NotFound)
        });
        renamed.await
    }

    async fn remove(&self, actor: &Actor, id: PasskeyId) -> Result<(), RemovePasskeyError> {
        actor.require_fresh_proof(self.units.now(), None)?;
        let (session, providers, are_on) = (actor.session_id(), Arc::clone(&self.providers), self.are_on());
        // A refusal is recorded, so the unit ends well and the refusal comes after it.
        let removed = self.units.write(actor, move |unit| {
            let user = unit.lock_caller()?.ok_or(RemovePasskeyError::SignedOut)?;
            let listed = unit.passkeys().list(user.id)?;
            let called = listed.into_iter().find(|passkey| passkey.id == id);
            let called = called.map(|passkey| passkey.name.as_str().to_owned());
            let taken = Taken {
                providers: &*providers,
                passkeys: are_on,
            };
            if called.is_some() && !unit.has_way_in_besides(&user, WayIn::Passkey(id), &taken)? {
                let event = unit.failure(AuditEventType::PasskeyRemoved, Some(user.id), AuditReason::LastWayIn);
                unit.record(event)?;
                return Ok(false);
            }
            if !unit.passkeys().remove(user.id, id)? {
                return Err(RemovePasskeyError::NotFound);
            }
            let event = unit.success(AuditEventType::PasskeyRemoved, Some(user.id));
            unit.record(event)?;
            unit.end_access(user.id, Some(session), Some(AuditReason::PasskeyRemoved))?;
            if unit.factors.is_for(user.role) && !user.has_second_factor && unit.passkeys().count(user.id)? == 0 {
                // What goes on says from now on that the account lacks what it must have.
                unit.outdate_access_tokens(user.id)?;
            }
            unit.replace_links(user.id)?;
            unit.notify_about(&user, MailKind::PasskeyRemoved, called.as_deref())?;
            Ok::<_, RemovePasskeyError>(true)
        });
        if !removed.await? {
            return Err(RemovePasskeyError::LastWayIn);
        }
        tracing::info!(user_id = %actor.user().id, passkey_id = %id, "a passkey was removed");
        Ok(())
    }
}

impl PasskeysService {
    fn refuse_where_off(&self) -> Result<(), AddPasskeyError> {
        if self.are_on() {
            Ok(())
        } else {
            Err(AddPasskeyError::Refused(PasskeyError::Off))
        }
    }
}

/// The name, or with a number behind it, as none of the others is called.
fn unlike(name: &Label, others: &[Passkey]) -> Label {
    let is_free = |label: &Label| others.iter().all(|other| other.name != *label);
    if is_free(name) {
        return name.clone();
    }
    let mut numbered = (2..=others.len() + 2).map(|number| name.numbered(number));
    numbered.find(is_free).unwrap_or_else(|| name.clone())
}

fn refused(fault: PasskeyFault) -> AddPasskeyError {
    match told(fault) {
        PasskeyError::Store(error) => AddPasskeyError::Store(error),
        error => AddPasskeyError::Refused(error),
    }
}

impl Unit<'_> {
    /// Removes all passkeys of a user, recorded as theirs where there is a reason, and else as of whoever acts; whether there
    /// were any.
    pub(crate) fn remove_all_passkeys(&mut self, user: UserId, reason: Option<AuditReason>) -> StoreResult<bool> {
        let removed = self.passkeys().remove_all(user)?;
        for _ in 0..removed {
            let event = self.success(AuditEventType::PasskeyRemoved, Some(user));
            self.record(match reason {
                Some(_) => AuditEvent {
                    actor_id: Some(user),
                    reason,
                    ..event
                },
                None => event,
            })?;
        }
        Ok(removed > 0)
    }

    /// Removes the passkeys that a user has since then, recorded.
    pub(crate) fn remove_passkeys_added_since(&mut self, user: UserId, since: DateTime<Utc>) -> StoreResult<()> {
        let removed = self.passkeys().remove_added_since(user, since - CLOCKS_DIFFER_BY)?;
        for _ in 0..removed {
            let event = AuditEvent {
                actor_id: Some(user),
                reason: Some(AuditReason::NotMe),
                ..self.success(AuditEventType::PasskeyRemoved, Some(user))
            };
            self.record(event)?;
        }
        Ok(())
    }
}

//! Where every way in ends: a session begins for somebody who proved who they are.

use crate::actor::By;
use crate::ports::{StoreError, StoreResult};
use crate::proof::Proof;
use crate::unit_of_work::{Unit, Units};
use portcullis_domain::{AuditEvent, AuditEventType, AuditReason, Origin, Seed, Session, SessionId, User, UserId};

/// How it came out that a session was to begin on the strength of a proof.
pub(crate) enum Begun {
    /// It did.
    Session(Box<(Session, User)>),
    /// What was proved is true no more. The user as they are.
    Outdated(User),
    /// The account was deleted meanwhile. It is recorded.
    Gone,
    /// The account is disabled. It is recorded.
    Disabled,
}

impl Units {
    /// Begins a session, where all holds that has to hold for every way in.
    pub(crate) async fn begin_session(&self, proof: Proof, origin: Origin) -> Result<Begun, StoreError> {
        let now = self.now();
        let id = SessionId::new(now, self.random());
        let seed = Seed::new(self.random());
        let session = Session::begin(id, proof.user_id(), seed, origin.device.clone(), now, &self.policy);
        self.write(By::Anybody(origin), move |unit| begin(unit, proof, session))
            .await
    }
}

fn begin(unit: &mut Unit<'_>, proof: Proof, session: Session) -> StoreResult<Begun> {
    let user_id = proof.user_id();
    let Some(mut user) = unit.users().lock(user_id)? else {
        refuse(unit, None, AuditReason::UnknownAccount)?;
        return Ok(Begun::Gone);
    };
    if !user.is_active {
        refuse(unit, Some(user_id), AuditReason::AccountDisabled)?;
        return Ok(Begun::Disabled);
    }
    if !proof.still_stands(&user) {
        return Ok(Begun::Outdated(user));
    }
    if let Some(hash) = proof.into_stronger_hash() {
        user.password_hash = Some(hash);
        unit.users().update(&user)?;
    }
    let event = AuditEvent {
        actor_id: Some(user_id),
        session_id: Some(session.id),
        ..unit.success(AuditEventType::Login, Some(user_id))
    };
    unit.record(event)?;
    unit.make_room_for_a_session(user_id)?;
    unit.sessions().insert(&session)?;
    Ok(Begun::Session(Box::new((session, user))))
}

/// Records that nobody was signed in, and why.
pub(crate) fn refuse(unit: &mut Unit<'_>, user: Option<UserId>, reason: AuditReason) -> StoreResult<()> {
    let event = unit.failure(AuditEventType::Login, user, reason);
    unit.record(event)
}

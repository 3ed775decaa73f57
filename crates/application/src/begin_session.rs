//! The end of every way in: a session begins for somebody who proved who they are.

use crate::actor::By;
use crate::browser_session::ShownSession;
use crate::guess::address_of;
use crate::mail_policy::Verification;
use crate::ports::{Draw, Limit, LimitKey, StoreError, StoreResult};
use crate::proof::Proof;
use crate::replica::{Refusal, Telling};
use crate::unit_of_work::{Unit, Units};
use portcullis_domain::{
    AuditEvent, AuditEventType, AuditReason, DeviceId, DeviceToken, Origin, Rotation, Seed, Session, SessionId,
    SessionKind, User, UserId,
};

/// Who holds a session from now on.
#[derive(Clone)]
pub(crate) enum Holder {
    /// A client, by tokens.
    Client,
    /// A browser, by a cookie, and the one that it showed so far. It has one session: that of somebody else ends, and that
    /// of the same user goes on, with the new proof.
    Browser(Option<ShownSession>),
}

impl Holder {
    const fn kind(&self) -> SessionKind {
        match self {
            Self::Client => SessionKind::Token,
            Self::Browser(_) => SessionKind::Browser,
        }
    }
}

/// The outcome of an attempt to begin a session by a proof.
pub(crate) enum Begun {
    /// It did. The device is known by that token from now on.
    Session(Box<(Session, User, DeviceToken)>),
    /// The credentials changed since the proof. The same person may prove it anew.
    Outdated,
    /// The account was deleted meanwhile. It is recorded.
    Gone,
    /// The account is disabled. It is recorded.
    Disabled,
    /// The address of the account has to be verified first. It is recorded.
    Unverified,
}

impl Units {
    /// Begins a session, if the conditions hold that are the same for every way in.
    pub(crate) async fn begin_session(
        &self,
        proof: Proof,
        holder: Holder,
        origin: Origin,
    ) -> Result<Begun, StoreError> {
        let now = self.now();
        let id = SessionId::new(now, self.random());
        let rotation = Rotation::begin(Seed::new(self.random()), now, &self.policy);
        let session = Session {
            authenticated_at: proof.at,
            ..Session::begin(
                id,
                proof.user_id,
                holder.kind(),
                proof.methods.clone(),
                origin.device.clone(),
                rotation,
            )
        };
        let fresh = DeviceId::new(self.random());
        let shown = origin.device_token.as_ref();
        let token = self
            .device_tokens
            .after_sign_in(shown, proof.user_id, proof.kept_hash(), fresh, now);
        self.write(By::Anybody(origin), move |unit| {
            begin(unit, &proof, &holder, session, token)
        })
        .await
    }

    /// Records that a proof was refused, or has it summed up.
    pub(crate) async fn note_refusal(&self, by: By, refusal: Refusal) -> Result<(), StoreError> {
        let refusal = if self.is_of_an_address(&by, &refusal) {
            refusal.without_account()
        } else {
            refusal
        };
        let (kind, user, reason) = (refusal.kind, refusal.user, refusal.reason);
        match self.replica.refusals.note(refusal, self.moment().monotonic) {
            Telling::ByItself => {
                self.write(by, move |unit| {
                    let event = unit.failure(kind, user, reason);
                    unit.record(event)
                })
                .await
            }
            Telling::SummedUp => Ok(()),
        }
    }

    /// Whether the limit of the address refused it and not that of the account. Then it says nothing of the account, which
    /// may be made up.
    fn is_of_an_address(&self, by: &By, refusal: &Refusal) -> bool {
        let is_used_up = |limit, key: Option<LimitKey>| {
            let draw = self.limit_policy.rate(limit).zip(key);
            draw.is_some_and(|(rate, key)| self.limits.look(&[Draw::new(limit, rate, key)]).is_err())
        };
        matches!(by, By::Anybody(_))
            && refusal.reason == AuditReason::TooManyAttempts
            && !is_used_up(
                Limit::Account,
                refusal.email.as_ref().map(|email| email.as_str().into()),
            )
            && is_used_up(Limit::Address, address_of(&refusal.origin))
    }
}

fn begin(
    unit: &mut Unit<'_>,
    proof: &Proof,
    holder: &Holder,
    session: Session,
    device: DeviceToken,
) -> StoreResult<Begun> {
    let Some(user) = unit.users().lock(proof.user_id)? else {
        refuse(unit, None, AuditReason::UnknownAccount)?;
        return Ok(Begun::Gone);
    };
    if !user.is_active {
        refuse(unit, Some(user.id), AuditReason::AccountDisabled)?;
        return Ok(Begun::Disabled);
    }
    if !proof.still_stands(unit)? {
        return Ok(Begun::Outdated);
    }
    if unit.mail.verification == Verification::Required && !user.email_verified {
        refuse(unit, Some(user.id), AuditReason::EmailNotVerified)?;
        return Ok(Begun::Unverified);
    }
    proof.keep_stronger_hash(unit)?;
    let earlier = match holder {
        Holder::Browser(Some(shown)) => unit.find_shown(shown)?,
        Holder::Browser(None) | Holder::Client => None,
    };
    let session = match earlier {
        Some(earlier) if earlier.user_id == user.id => renew(unit, proof, &earlier, session)?,
        earlier => {
            if let Some(earlier) = earlier {
                unit.end_earlier(&earlier)?;
            }
            unit.make_room_for_a_session(user.id)?;
            unit.sessions().insert(&session)?;
            session
        }
    };
    let event = AuditEvent {
        actor_id: Some(user.id),
        session_id: Some(session.id),
        ..unit.success(AuditEventType::Login, Some(user.id))
    };
    unit.record(event)?;
    Ok(Begun::Session(Box::new((session, user, device))))
}

/// Lets the session go on in which the user proved once more who they are: what hangs on it stays. Its cookie so far is
/// worth nothing from now on.
fn renew(unit: &mut Unit<'_>, proof: &Proof, earlier: &Session, begun: Session) -> StoreResult<Session> {
    let now = unit.now();
    let next = earlier.proved_again(proof.methods.clone(), proof.at, begun.device, now, &unit.policy);
    // Sessions of a user whose row is held end and move on no more.
    if unit.sessions().renew(earlier.rotation.generation, &next)? {
        Ok(next)
    } else {
        Err(StoreError::Busy)
    }
}

/// Records that nobody was signed in, and why.
fn refuse(unit: &mut Unit<'_>, user: Option<UserId>, reason: AuditReason) -> StoreResult<()> {
    let event = unit.failure(AuditEventType::Login, user, reason);
    unit.record(event)
}

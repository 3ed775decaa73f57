//! The end of every way in: a session begins for somebody who proved who they are.

use crate::actor::By;
use crate::browser_session::ShownSession;
use crate::mail_policy::Verification;
use crate::ports::{StoreError, StoreResult};
use crate::proof::Proof;
use crate::replica::{Refusal, Telling};
use crate::unit_of_work::{Unit, Units};
use portcullis_domain::{
    AuditEvent, AuditEventType, AuditReason, DeviceId, DeviceToken, MailKind, Origin, Rotation, Seed, Session,
    SessionId, SessionKind, User, UserId,
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

/// Where somebody signs in, with the token by which the device is known from now on.
enum SignInDevice {
    /// The user signed in there before.
    Known(DeviceToken),
    /// Not as far as it shows.
    New(DeviceToken),
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
        let known = shown.and_then(|shown| {
            self.device_tokens
                .known(shown, proof.user_id, proof.checked_hash(), now)
        });
        let device = match known {
            Some(_) => SignInDevice::Known(token),
            None => SignInDevice::New(token),
        };
        self.write(By::Anybody(origin), move |unit| {
            begin(unit, &proof, &holder, session, device)
        })
        .await
    }

    /// Records that a proof was refused, or has it summed up.
    pub(crate) async fn note_refusal(&self, by: By, refusal: Refusal) -> Result<(), StoreError> {
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
}

fn begin(
    unit: &mut Unit<'_>,
    proof: &Proof,
    holder: &Holder,
    session: Session,
    device: SignInDevice,
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
    let (user, token) = match device {
        SignInDevice::Known(token) => (user, token),
        SignInDevice::New(token) if user.has_signed_in => {
            unit.notify(&user, MailKind::NewDevice)?;
            (user, token)
        }
        // The first sign-in is that of whoever made the account.
        SignInDevice::New(token) => (noted_first_sign_in(unit, user)?, token),
    };
    Ok(Begun::Session(Box::new((session, user, token))))
}

fn noted_first_sign_in(unit: &mut Unit<'_>, user: User) -> StoreResult<User> {
    let user = User {
        has_signed_in: true,
        ..user
    };
    unit.users().update(&user)?;
    Ok(user)
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

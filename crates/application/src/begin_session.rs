//! The end of every way in: a session begins for somebody who proved who they are.

use crate::actor::By;
use crate::browser_session::ShownSession;
use crate::mail_policy::Verification;
use crate::passkey_proof::{PasskeyProof, Taken};
use crate::ports::{DeviceTokens, StoreError, StoreResult};
use crate::proof::Proof;
use crate::replica::{Refusal, Telling};
use crate::unit_of_work::{Unit, Units};
use chrono::{DateTime, Utc};
use portcullis_domain::{
    AuditEvent, AuditEventType, AuditReason, AuthenticationMethods, Device, DeviceId, DeviceToken, Digest32,
    FactorMethod, KnownDevice, MailKind, Origin, PasswordHash, Rotation, SecretText, Seed, Session, SessionId,
    SessionKind, SignInChallenge, TokenPolicy, User, UserId,
};
use std::sync::Arc;

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

/// A session that began, whose it is, and what the device is known by from now on.
pub(crate) type Admitted = Box<(Session, User, DeviceToken)>;

/// The outcome of an attempt to begin a session by a proof.
pub(crate) enum Begun {
    /// It did.
    Session(Admitted),
    /// A second factor is asked for.
    HalfWay(SecondStep),
    /// The credentials changed since the proof. The same person may prove it anew.
    Outdated,
    /// The account was deleted meanwhile. It is recorded.
    Gone,
    /// There is an account, which may not be signed in to. It is recorded.
    Barred(Barred),
    /// The proof answered a challenge that was answered before.
    Answered,
}

/// What somebody proved who is not signed in.
pub(crate) enum FirstProof {
    /// By a password.
    Password(Proof),
    /// By a passkey, which is two factors in one.
    Passkey(PasskeyProof),
}

impl From<Proof> for FirstProof {
    fn from(proof: Proof) -> Self {
        Self::Password(proof)
    }
}

impl From<PasskeyProof> for FirstProof {
    fn from(proof: PasskeyProof) -> Self {
        Self::Passkey(proof)
    }
}

impl FirstProof {
    const fn user_id(&self) -> UserId {
        match self {
            Self::Password(proof) => proof.user_id,
            Self::Passkey(proof) => proof.user_id,
        }
    }
}

/// Why nobody may sign in to an account that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Barred {
    /// It is disabled.
    Disabled,
    /// Its address has to be verified first.
    Unverified,
}

/// What goes on with a sign-in whose second factor is asked for.
#[derive(Debug, Clone)]
pub struct SecondStep {
    /// The secret text that goes on with it, for five minutes and five tries.
    pub token: SecretText,
    /// What may be asked for.
    pub methods: Vec<FactorMethod>,
}

/// What a session is begun with: all that is drawn before the unit, and asked of nobody in it.
pub(crate) struct Beginning {
    holder: Holder,
    device: Device,
    shown: Option<DeviceToken>,
    at: DateTime<Utc>,
    id: SessionId,
    seed: Seed,
    fresh_device: DeviceId,
    device_tokens: Arc<dyn DeviceTokens>,
    challenge: (SecretText, Digest32),
}

impl Beginning {
    fn session(
        &self,
        user: UserId,
        methods: AuthenticationMethods,
        at: DateTime<Utc>,
        policy: &TokenPolicy,
    ) -> Session {
        let rotation = Rotation::begin(self.seed.clone(), self.at, policy);
        let kind = self.holder.kind();
        Session {
            authenticated_at: at,
            ..Session::begin(self.id, user, kind, methods, self.device.clone(), rotation)
        }
    }

    /// The device by its token from now on, and whether it was known by the password that was checked.
    fn device(&self, user: UserId, checked: &PasswordHash, kept: &PasswordHash) -> (DeviceToken, bool) {
        let shown = self.shown.as_ref();
        let token = self
            .device_tokens
            .after_sign_in(shown, user, kept, self.fresh_device, self.at);
        (token, self.known_device(user, checked).is_some())
    }

    /// The device that was shown, where it is known by that password.
    fn known_device(&self, user: UserId, checked: &PasswordHash) -> Option<KnownDevice> {
        self.device_tokens.known(self.shown.as_ref()?, user, checked, self.at)
    }
}

/// What was proved, and by which password the device is known.
pub(crate) struct Standing<'p> {
    pub(crate) methods: AuthenticationMethods,
    pub(crate) at: DateTime<Utc>,
    pub(crate) checked: &'p PasswordHash,
    pub(crate) kept: &'p PasswordHash,
}

impl Units {
    /// What a session is begun with from there.
    pub(crate) fn beginning(&self, holder: Holder, origin: &Origin) -> Beginning {
        let now = self.now();
        Beginning {
            holder,
            device: origin.device.clone(),
            shown: origin.device_token.clone(),
            at: now,
            id: SessionId::new(now, self.random()),
            seed: Seed::new(self.random()),
            fresh_device: DeviceId::new(self.random()),
            device_tokens: Arc::clone(&self.device_tokens),
            challenge: self.challenge_tokens.issue(self.random()),
        }
    }

    /// Begins a session, if the conditions hold that are the same for every way in. Where the account has a second factor, it
    /// is asked for first, unless the proof is one of two factors itself.
    pub(crate) async fn begin_session(
        &self,
        proof: impl Into<FirstProof> + Send,
        holder: Holder,
        origin: Origin,
    ) -> Result<Begun, StoreError> {
        let (beginning, proof) = (self.beginning(holder, &origin), proof.into());
        self.write(By::Anybody(origin), move |unit| begin(unit, &proof, &beginning))
            .await
    }

    /// Records that a proof was refused, or has it summed up.
    pub(crate) async fn note_refusal(&self, by: By, refusal: Refusal) -> Result<(), StoreError> {
        let (kind, user, reason) = (refusal.kind, refusal.user, refusal.reason);
        let provider = refusal.provider.clone();
        match self.replica.refusals.note(refusal, self.moment().monotonic) {
            Telling::ByItself => {
                self.write(by, move |unit| {
                    let event = unit.failure(kind, user, reason);
                    unit.record(AuditEvent { provider, ..event })
                })
                .await
            }
            Telling::SummedUp => Ok(()),
        }
    }
}

fn begin(unit: &mut Unit<'_>, proof: &FirstProof, beginning: &Beginning) -> StoreResult<Begun> {
    let Some(user) = unit.users().lock(proof.user_id())? else {
        refuse(unit, None, AuditReason::UnknownAccount)?;
        return Ok(Begun::Gone);
    };
    match proof {
        FirstProof::Password(_) if !user.is_active => {
            refuse(unit, Some(user.id), AuditReason::AccountDisabled)?;
            Ok(Begun::Barred(Barred::Disabled))
        }
        FirstProof::Password(proof) => begin_by_password(unit, user, proof, beginning),
        // An answer is used up in any case: one that is shown again tells of a disabled account no more.
        FirstProof::Passkey(proof) => begin_by_passkey(unit, user, proof, beginning),
    }
}

fn begin_by_passkey(
    unit: &mut Unit<'_>,
    user: User,
    proof: &PasskeyProof,
    beginning: &Beginning,
) -> StoreResult<Begun> {
    match proof.take(unit)? {
        Taken::Used => {}
        Taken::Outdated => return Ok(Begun::Outdated),
        Taken::Answered => return Ok(Begun::Answered),
    }
    if let Some(barred) = barred(unit, &user)? {
        return Ok(Begun::Barred(barred));
    }
    let password = unit.present_hash(user.id)?;
    let standing = Standing {
        methods: proof.methods.clone(),
        at: proof.at,
        checked: &password,
        kept: &password,
    };
    admit(unit, user, standing, beginning).map(Begun::Session)
}

fn begin_by_password(unit: &mut Unit<'_>, user: User, proof: &Proof, beginning: &Beginning) -> StoreResult<Begun> {
    if !proof.still_stands(unit)? {
        return Ok(Begun::Outdated);
    }
    if let Some(barred) = barred(unit, &user)? {
        return Ok(Begun::Barred(barred));
    }
    proof.keep_stronger_hash(unit)?;
    if user.has_second_factor || unit.asks_for_passkey(&user) {
        return half_way(unit, &user, proof, beginning).map(Begun::HalfWay);
    }
    let (checked, kept) = proof.hashes(unit)?;
    let standing = Standing {
        methods: proof.methods.clone(),
        at: proof.at,
        checked: &checked,
        kept: &kept,
    };
    admit(unit, user, standing, beginning).map(Begun::Session)
}

/// What bars everybody from an account that is there, recorded.
pub(crate) fn barred(unit: &mut Unit<'_>, user: &User) -> StoreResult<Option<Barred>> {
    let (barred, reason) = if !user.is_active {
        (Barred::Disabled, AuditReason::AccountDisabled)
    } else if unit.mail.verification == Verification::Required && !user.email_verified {
        (Barred::Unverified, AuditReason::EmailNotVerified)
    } else {
        return Ok(None);
    };
    refuse(unit, Some(user.id), reason)?;
    Ok(Some(barred))
}

/// Notes that the first factor was right, which may be all that a thief has. Whoever has the secret text may go on with the second.
fn half_way(unit: &mut Unit<'_>, user: &User, proof: &Proof, beginning: &Beginning) -> StoreResult<SecondStep> {
    let (token, digest) = beginning.challenge.clone();
    let created_at = unit.now();
    let active = unit.second_factors().find_totp(user.id)?.active;
    let (checked, _) = proof.hashes(unit)?;
    let challenge = SignInChallenge {
        digest,
        user_id: user.id,
        device: active.and_then(|active| active.known(beginning.known_device(user.id, &checked))),
        methods: proof.methods.clone(),
        created_at,
        expires_at: created_at + SignInChallenge::LIFE,
    };
    unit.challenges().open(&challenge, SignInChallenge::OPEN_AT_ONCE)?;
    refuse(unit, Some(user.id), AuditReason::MfaRequired)?;
    Ok(SecondStep {
        token,
        methods: unit.factor_methods(user.id)?,
    })
}

/// Begins the session: all that is asked for was shown. The user's row is held.
pub(crate) fn admit(
    unit: &mut Unit<'_>,
    user: User,
    standing: Standing<'_>,
    beginning: &Beginning,
) -> StoreResult<Admitted> {
    let earlier = match &beginning.holder {
        Holder::Browser(Some(shown)) => unit.find_shown(shown)?,
        Holder::Browser(None) | Holder::Client => None,
    };
    let (device_token, is_known_device) = beginning.device(user.id, standing.checked, standing.kept);
    let session = beginning.session(user.id, standing.methods, standing.at, &unit.policy);
    let session = match earlier {
        Some(earlier) if earlier.user_id == user.id => renew(unit, &earlier, session)?,
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
    let user = if is_known_device {
        user
    } else if user.has_signed_in {
        unit.notify(&user, MailKind::NewDevice)?;
        user
    } else {
        // The first sign-in is that of whoever made the account.
        noted_first_sign_in(unit, user)?
    };
    Ok(Box::new((session, user, device_token)))
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
fn renew(unit: &mut Unit<'_>, earlier: &Session, begun: Session) -> StoreResult<Session> {
    let now = unit.now();
    let next = earlier.proved_again(begun.methods, begun.authenticated_at, begun.device, now, &unit.policy);
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

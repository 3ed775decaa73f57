//! Units of work: a use case reads and writes in one, which knows who acts and sees to what follows the commit.
//!
//! Use cases reach the store by [`Units`] alone. A unit knows who acts, tells the time, records events, and is the only way
//! to end sessions. After the commit, and before the use case goes on, this server's memory has what the unit revoked.

mod grants;

use crate::actor::By;
use crate::audit_pen::AuditPen;
use crate::limits::LimitPolicy;
use crate::mail_policy::MailPolicy;
use crate::ports::{
    AuditMac, AuditRepository, ChallengeRepository, ChallengeTokens, ClientRepository, Clock, CredentialRepository,
    DeviceTokens, Entropy, IdentityRepository, InstallationRepository, InvitationRepository, JobRepository, Limits,
    LinkRepository, LinkTokens, MailRepository, Meter, Moment, PasskeyProofs, PasskeyRepository, Repositories,
    ResourceRepository, RevocationRepository, SecondFactorRepository, SessionCookies, SessionRepository,
    SigningKeyRepository, SpentRepository, Store, StoreError, StoreResult, Swept, TotpSecrets, UserRepository,
};
use crate::provider::policy::ProviderPolicy;
use crate::replica::Replica;
use chrono::{DateTime, Utc};
use portcullis_domain::ids::ID_ENTROPY_BYTES;
use portcullis_domain::{
    AuditEvent, AuditEventType, AuditReason, Ending, FactorDemand, FactorStanding, Revocation, Session, SessionId,
    TokenPolicy, User, UserId,
};
use shaku::{Component, Interface};
use std::ops::Deref;
use std::sync::Arc;

/// Gives the [`Units`] of a server: the container hands components out by a trait.
pub trait UnitsOfWork: Interface {
    /// The units of this server.
    fn units(&self) -> &Units;
}

impl Deref for dyn UnitsOfWork {
    type Target = Units;

    fn deref(&self) -> &Units {
        self.units()
    }
}

/// Opens units of work. The services of one server share it.
#[derive(Component)]
#[shaku(interface = UnitsOfWork)]
pub struct Units {
    #[shaku(inject)]
    store: Arc<dyn Store>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    entropy: Arc<dyn Entropy>,
    #[shaku(inject)]
    audit_mac: Arc<dyn AuditMac>,
    #[shaku(inject)]
    pub(crate) link_tokens: Arc<dyn LinkTokens>,
    #[shaku(inject)]
    pub(crate) challenge_tokens: Arc<dyn ChallengeTokens>,
    #[shaku(inject)]
    pub(crate) totp_secrets: Arc<dyn TotpSecrets>,
    #[shaku(inject)]
    pub(crate) passkey_proofs: Arc<dyn PasskeyProofs>,
    #[shaku(inject)]
    pub(crate) limits: Arc<dyn Limits>,
    #[shaku(inject)]
    pub(crate) meter: Arc<dyn Meter>,
    #[shaku(inject)]
    pub(crate) device_tokens: Arc<dyn DeviceTokens>,
    #[shaku(inject)]
    pub(crate) session_cookies: Arc<dyn SessionCookies>,
    /// What this server keeps in memory.
    pub(crate) replica: Arc<Replica>,
    /// How long tokens and sessions live.
    pub(crate) policy: TokenPolicy,
    /// What was set about mail.
    pub(crate) mail: MailPolicy,
    /// How often things may happen.
    pub(crate) limit_policy: LimitPolicy,
    /// Whether OAuth clients find a provider here.
    pub(crate) provider: ProviderPolicy,
    /// Which accounts must have a second factor.
    pub(crate) factors: FactorDemand,
}

impl UnitsOfWork for Units {
    fn units(&self) -> &Units {
        self
    }
}

impl Units {
    /// Now. Inside a unit, [`Unit::now`] tells the time.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Now, by both clocks.
    pub(crate) fn moment(&self) -> Moment {
        Moment::of(&*self.clock)
    }

    /// Random bytes, for ids and secrets. They are drawn before a unit begins.
    pub(crate) fn random<const N: usize>(&self) -> [u8; N] {
        self.entropy.bytes()
    }

    /// Finds out whether the store takes writes again, if one has failed.
    pub(crate) async fn probe(&self) -> StoreResult<()> {
        self.store.probe().await
    }

    /// A number that is another one as soon as anybody has committed; `None` where the store has none, or fails: whoever reads
    /// then is told.
    pub(crate) async fn store_version(&self) -> Option<u64> {
        self.store.version().await.ok().flatten()
    }

    /// A few reads by key. See [`Access::LookUp`](crate::ports::Access::LookUp).
    pub(crate) async fn look_up<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut dyn Repositories) -> Result<T, E> + Send + 'static,
    {
        self.store.look_up(work).await
    }

    /// Reads of any size. See [`Access::Read`](crate::ports::Access::Read).
    pub(crate) async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut dyn Repositories) -> Result<T, E> + Send + 'static,
    {
        self.store.read(work).await
    }

    /// Does `work` in one unit: `Ok` commits, `Err` rolls back. After the commit this server's memory has what was revoked.
    pub(crate) async fn write<T, E, F>(&self, by: impl Into<By>, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Unit<'_>) -> Result<T, E> + Send + 'static,
    {
        let begin = self.unit(by.into());
        let written = self.store.write(move |repositories| {
            let mut unit = begin(repositories);
            let value = work(&mut unit)?;
            Ok::<_, E>((value, unit.revoked, unit.has_mail))
        });
        let (value, revoked, has_mail) = written.await?;
        self.replica.revocations.note(&revoked);
        if has_mail {
            self.replica.outbox.note_written();
        }
        Ok(value)
    }

    /// Does `work`, which reads and then writes by one statement. See
    /// [`Access::WriteOnce`](crate::ports::Access::WriteOnce). Such a statement neither revokes nor records.
    pub(crate) async fn write_once<T, F>(&self, by: impl Into<By>, work: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Unit<'_>) -> StoreResult<T> + Send + 'static,
    {
        let begin = self.unit(by.into());
        self.store
            .write_once(move |repositories| work(&mut begin(repositories)))
            .await
    }

    /// Asks `judge`, by the time at which it is asked, what becomes of a session, and writes that. What the judge said beside it,
    /// and whether it was written. See [`Store::run_rotation`].
    pub(crate) async fn rotate<T, F>(&self, id: SessionId, judge: F) -> StoreResult<(T, bool)>
    where
        T: Send + 'static,
        F: FnOnce(Option<(Session, User)>, DateTime<Utc>) -> (T, Option<Session>) + Send + 'static,
    {
        let clock = Arc::clone(&self.clock);
        self.store.rotate(id, move |found| judge(found, clock.now())).await
    }

    /// Makes the unit, once the store has begun it.
    fn unit(&self, by: By) -> impl FnOnce(&mut dyn Repositories) -> Unit<'_> + Send + use<> {
        let pen = AuditPen::new(&self.audit_mac, &self.clock, &*self.entropy, by);
        let (policy, mail, factors) = (self.policy, self.mail, self.factors);
        let takes_passkeys = self.passkey_proofs.are_on();
        move |repositories| Unit {
            repositories,
            pen,
            policy,
            mail,
            factors,
            takes_passkeys,
            revoked: Vec::new(),
            has_mail: false,
        }
    }
}

/// A unit of work while it runs.
pub(crate) struct Unit<'r> {
    /// Use cases do not see it. They end sessions by the methods below.
    repositories: &'r mut dyn Repositories,
    pen: AuditPen,
    /// How long tokens and sessions live.
    pub(crate) policy: TokenPolicy,
    /// What was set about mail.
    pub(crate) mail: MailPolicy,
    /// Which accounts must have a second factor.
    pub(crate) factors: FactorDemand,
    /// Whether this server takes passkeys.
    pub(crate) takes_passkeys: bool,
    revoked: Vec<Revocation>,
    /// Whether there is a mail to send now.
    has_mail: bool,
}

impl Unit<'_> {
    pub(crate) fn users(&mut self) -> &mut dyn UserRepository {
        self.repositories.users()
    }

    pub(crate) fn credentials(&mut self) -> &mut dyn CredentialRepository {
        self.repositories.credentials()
    }

    pub(crate) fn sessions(&mut self) -> &mut dyn SessionRepository {
        self.repositories.sessions()
    }

    pub(crate) fn revocations(&mut self) -> &mut dyn RevocationRepository {
        self.repositories.revocations()
    }

    pub(crate) fn audit(&mut self) -> &mut dyn AuditRepository {
        self.repositories.audit()
    }

    pub(crate) fn signing_keys(&mut self) -> &mut dyn SigningKeyRepository {
        self.repositories.signing_keys()
    }

    pub(crate) fn jobs(&mut self) -> &mut dyn JobRepository {
        self.repositories.jobs()
    }

    pub(crate) fn installation(&mut self) -> &mut dyn InstallationRepository {
        self.repositories.installation()
    }

    pub(crate) fn invitations(&mut self) -> &mut dyn InvitationRepository {
        self.repositories.invitations()
    }

    pub(crate) fn links(&mut self) -> &mut dyn LinkRepository {
        self.repositories.links()
    }

    pub(crate) fn second_factors(&mut self) -> &mut dyn SecondFactorRepository {
        self.repositories.second_factors()
    }

    pub(crate) fn identities(&mut self) -> &mut dyn IdentityRepository {
        self.repositories.identities()
    }

    pub(crate) fn passkeys(&mut self) -> &mut dyn PasskeyRepository {
        self.repositories.passkeys()
    }

    pub(crate) fn challenges(&mut self) -> &mut dyn ChallengeRepository {
        self.repositories.challenges()
    }

    pub(crate) fn mails(&mut self) -> &mut dyn MailRepository {
        self.repositories.mails()
    }

    pub(crate) fn spent(&mut self) -> &mut dyn SpentRepository {
        self.repositories.spent()
    }

    pub(crate) fn clients(&mut self) -> &mut dyn ClientRepository {
        self.repositories.clients()
    }

    pub(crate) fn resources(&mut self) -> &mut dyn ResourceRepository {
        self.repositories.resources()
    }

    /// What makes an id that belongs to this unit another than any other.
    pub(crate) fn chance(&mut self) -> [u8; ID_ENTROPY_BYTES] {
        self.pen.chance()
    }

    /// There is a mail to send: the server looks after the commit.
    pub(crate) fn announce_mail(&mut self) {
        self.has_mail = true;
    }

    /// How an account stands to second factors at this server.
    pub(crate) fn standing(&self, user: &User) -> FactorStanding {
        self.factors.standing(&user.clone().as_served(self.takes_passkeys))
    }

    /// Whether a passkey is the factor that the account must have: then nothing that proves less passes it by. Where this server
    /// takes no passkeys at present it [can't be asked for](Self::asks_for_passkey), and the account owes another factor; but
    /// it is there, and nobody who comes by less takes it away.
    pub(crate) fn is_passkey_demanded(&self, user: &User) -> bool {
        user.has_passkey && self.factors.is_for(user.role)
    }

    /// Whether a sign-in by something that proves less is the first half of one that ends with the passkey.
    pub(crate) fn asks_for_passkey(&self, user: &User) -> bool {
        self.takes_passkeys && self.is_passkey_demanded(user)
    }

    /// By whom the unit is done.
    pub(crate) fn by(&self) -> &By {
        self.pen.by()
    }

    /// The time of the act: the later one of two units that wait for one another tells the later time.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.pen.now()
    }

    /// Something that is done to a user just now. The caller fills in what else is known, and records it.
    pub(crate) fn success(&mut self, kind: AuditEventType, user: Option<UserId>) -> AuditEvent {
        self.pen.success(kind, user)
    }

    /// Something that is refused just now. The unit that records it ends with `Ok`.
    pub(crate) fn failure(&mut self, kind: AuditEventType, user: Option<UserId>, reason: AuditReason) -> AuditEvent {
        self.pen.failure(kind, user, reason)
    }

    /// Adds the event to the audit trail.
    pub(crate) fn record(&mut self, event: AuditEvent) -> StoreResult<()> {
        self.pen.write(self.repositories, event)
    }

    /// Ends a session and the grants that hang on it, unless it was ended before, and records the event that tells of it; whether it was ended by this.
    pub(crate) fn end_session(&mut self, id: SessionId, event: AuditEvent) -> StoreResult<bool> {
        let ending = self.ending();
        let Some(revocation) = self.repositories.endings().revoke(id, &ending)? else {
            return Ok(false);
        };
        self.revoked.push(revocation);
        self.end_grants_of_session(id)?;
        self.record(AuditEvent {
            session_id: Some(id),
            ..event
        })?;
        Ok(true)
    }

    /// Ends a user's sessions but for `kept`, and the grants that hang on them, and records the end of each session, with a
    /// reason where it is another than that of the unit; how many there were. Access while the user is away goes on: see
    /// [`end_access`](Self::end_access).
    pub(crate) fn end_sessions(
        &mut self,
        user: UserId,
        kept: Option<SessionId>,
        reason: Option<AuditReason>,
    ) -> StoreResult<usize> {
        let ending = self.ending();
        let ended = self.repositories.endings().revoke_all(user, kept, &ending)?;
        self.end_grants_of_sessions(user, kept)?;
        self.record_ends(user, ended, reason)
    }

    /// Ends a user's oldest sessions and what hangs on them, so that one more is not too many, and records each end.
    pub(crate) fn make_room_for_a_session(&mut self, user: UserId) -> StoreResult<()> {
        let (room_for_others, ending) = (self.policy.sessions_per_user.saturating_sub(1), self.ending());
        let ended = self
            .repositories
            .endings()
            .revoke_oldest(user, room_for_others, &ending)?;
        for session in &ended {
            self.end_grants_of_session(session.family.as_uuid().into())?;
        }
        self.record_ends(user, ended, Some(AuditReason::TooManySessions))
            .map(drop)
    }

    /// Ends up to `batch` sessions behind `after`, of any user. It names none of them: the caller says that no access token
    /// from before counts.
    pub(crate) fn end_next_sessions(&mut self, after: Option<SessionId>, batch: usize) -> StoreResult<Swept> {
        let ending = self.ending();
        self.repositories.endings().revoke_next(after, &ending, batch)
    }

    /// Ends all tokens of a family that have that generation or a lower one. The family is none of a session.
    pub(crate) fn revoke(&mut self, revocation: Revocation) -> StoreResult<()> {
        self.repositories.endings().revoke_family(&revocation)?;
        self.revoked.push(revocation);
        Ok(())
    }

    /// Leaves a user's sessions, but makes the access tokens worthless that they gave out: the next refresh tells what is
    /// true now.
    pub(crate) fn outdate_access_tokens(&mut self, user: UserId) -> StoreResult<()> {
        let ending = self.ending();
        let outdated = self.repositories.endings().outdate_all(user, &ending)?;
        self.revoked.extend(outdated);
        Ok(())
    }

    fn ending(&self) -> Ending {
        self.policy.ending(self.now())
    }

    fn record_ends(&mut self, user: UserId, ended: Vec<Revocation>, reason: Option<AuditReason>) -> StoreResult<usize> {
        let count = ended.len();
        for revocation in ended {
            let event = self.success(AuditEventType::SessionEnded, Some(user));
            self.record(AuditEvent {
                // What ended is a session, and its id is the family's.
                session_id: Some(revocation.family.as_uuid().into()),
                reason: reason.or(event.reason),
                ..event
            })?;
            self.revoked.push(revocation);
        }
        Ok(count)
    }
}

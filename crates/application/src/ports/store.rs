//! The store: units of work over repositories.
//!
//! Repositories are synchronous and are seen only inside a unit of work, a closure that the store runs in one
//! transaction on a thread that may block. Three rules hold for such a closure:
//!
//! 1. `Err` rolls back. A refusal that must leave a mark is therefore an `Ok`, and is refused afterwards.
//! 2. Nothing slow, random or timed happens inside: that comes before or after.
//! 3. A store error ends the unit. A unit that ignores one and goes on gets an error at its commit.

use super::store_error::{StoreError, StoreResult};
use super::{
    AuditRepository, ChallengeRepository, ClientRepository, ConsentRepository, CredentialRepository, GrantEndings,
    GrantRepository, IdentityRepository, InstallationRepository, InvitationRepository, JobRepository, LinkRepository,
    MailRepository, PasskeyRepository, ResourceRepository, RevocationRepository, SecondFactorRepository,
    SessionEndings, SessionRepository, SigningKeyRepository, SpentRepository, UserRepository,
};
use async_trait::async_trait;
use portcullis_domain::{Session, SessionId, User};
use shaku::Interface;
use std::sync::{Arc, Mutex, PoisonError};

/// Keeps what must be kept.
///
/// An implementation promises: what a unit wrote and committed survives a crash; units that write the same rows do so one
/// after the other; a unit goes on to its end when its caller goes away; a panic inside a unit rolls
/// it back and does no harm to later ones.
#[async_trait]
pub trait Store: Interface {
    /// Runs one unit of work. `Ok` says that the verdict was carried out, `Err` that nothing was written, with one
    /// exception: after [`StoreError::Unavailable`] a commit that failed or was not answered may have taken place, or
    /// may yet appear after a restart.
    async fn run(&self, access: Access, work: Work) -> StoreResult<()>;

    /// Reads a session and its user, asks `judge` what becomes of the session, and writes that. Whether it was written: not where
    /// the judge leaves the session as it is; where somebody else has its row, since nobody is waited for; and where the rotation
    /// was taken back for the sake of another one. Errors are those of [`run`](Self::run).
    ///
    /// What is written follows on what was read: from before the user is read until it is written, nobody else writes the
    /// session. So a change of the user that ends sessions, or makes access tokens worthless, either was read or finds what was
    /// written.
    ///
    /// A store that is far may send the rotations of many callers together. One in which no two units write at the same time
    /// may take [`rotate_alone`].
    async fn run_rotation(&self, id: SessionId, judge: Judge) -> StoreResult<bool>;

    /// Whether the store answers, takes writes, and has the schema that this program works with. Writes nothing, since a
    /// stranger may ask: after a write that failed for the store's sake it is `Err` until a [`probe`](Self::probe) has
    /// worked.
    async fn check(&self) -> StoreResult<()>;

    /// A number that is another one as soon as anybody, of whatever program, has committed anything since it was told. `None`
    /// where it costs as much to know as to read.
    async fn version(&self) -> StoreResult<Option<u64>> {
        Ok(None)
    }

    /// Writes as much as a call may write and keeps it, if a write has failed since the last time; else it writes nothing.
    /// The server itself asks for it, at a pace of its own.
    async fn probe(&self) -> StoreResult<()>;
}

/// A unit of work. It leaves its result wherever its maker can find it.
pub type Work = Box<dyn FnOnce(&mut dyn Repositories) -> Verdict + Send>;

/// Gets a session and its user, if there are any, and says what becomes of the session; `None` leaves it as it is. It leaves
/// anything else that it has to say wherever its maker can find it. It is quick and waits for nothing, since other sessions are
/// held meanwhile. Whoever has more to write, or to record, leaves the session and does it in a unit of work.
pub type Judge = Box<dyn FnOnce(Option<(Session, User)>) -> Option<Session> + Send>;

/// What a unit of work may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// A few reads by key, without a transaction around them; writes are refused. Takes microseconds on an embedded
    /// store, which may therefore run it on the caller's own thread.
    LookUp,
    /// Reads of any size, without a transaction around them; writes are refused.
    Read,
    /// Reads, and one call of a repository that writes by one statement, without a transaction around them: the statement
    /// is one by itself, so a store that is far spares the way to begin and to commit. A call that takes several statements to
    /// write is refused, and so is a second one.
    WriteOnce,
    /// Reads and writes in one transaction.
    Write,
}

/// How a unit of work ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Keep what was written.
    Commit,
    /// Undo it.
    Rollback,
}

/// What one unit of work sees of the store.
pub trait Repositories {
    /// The users.
    fn users(&mut self) -> &mut dyn UserRepository;
    /// The credentials of users.
    fn credentials(&mut self) -> &mut dyn CredentialRepository;
    /// The sessions.
    fn sessions(&mut self) -> &mut dyn SessionRepository;
    /// What ends sessions.
    fn endings(&mut self) -> &mut dyn SessionEndings;
    /// The revocations.
    fn revocations(&mut self) -> &mut dyn RevocationRepository;
    /// The audit trail.
    fn audit(&mut self) -> &mut dyn AuditRepository;
    /// The signing keys.
    fn signing_keys(&mut self) -> &mut dyn SigningKeyRepository;
    /// The jobs that one server at a time does.
    fn jobs(&mut self) -> &mut dyn JobRepository;
    /// What is said of the store as a whole.
    fn installation(&mut self) -> &mut dyn InstallationRepository;
    /// Those who were invited.
    fn invitations(&mut self) -> &mut dyn InvitationRepository;
    /// The one-time links.
    fn links(&mut self) -> &mut dyn LinkRepository;
    /// The second factors.
    fn second_factors(&mut self) -> &mut dyn SecondFactorRepository;
    /// The identities at other providers.
    fn identities(&mut self) -> &mut dyn IdentityRepository;
    /// The passkeys.
    fn passkeys(&mut self) -> &mut dyn PasskeyRepository;
    /// The half sign-ins.
    fn challenges(&mut self) -> &mut dyn ChallengeRepository;
    /// The outbox.
    fn mails(&mut self) -> &mut dyn MailRepository;
    /// What may be shown once.
    fn spent(&mut self) -> &mut dyn SpentRepository;
    /// The clients.
    fn clients(&mut self) -> &mut dyn ClientRepository;
    /// The resources.
    fn resources(&mut self) -> &mut dyn ResourceRepository;
    /// What people let clients do.
    fn consents(&mut self) -> &mut dyn ConsentRepository;
    /// What clients were given.
    fn grants(&mut self) -> &mut dyn GrantRepository;
    /// What ends grants.
    fn grant_endings(&mut self) -> &mut dyn GrantEndings;
}

/// Carries out one rotation in a unit of work of its own, for a store in which no two units write at the same time: on another,
/// somebody could write between the read and the update. See [`Store::run_rotation`].
///
/// # Errors
/// Those of [`Store::run`].
pub async fn rotate_alone<S: Store + ?Sized>(store: &S, id: SessionId, judge: Judge) -> StoreResult<bool> {
    let work = move |repositories: &mut dyn Repositories| {
        let found = repositories.sessions().find_with_user(id)?;
        let before = found.as_ref().map(|(session, _)| session.clone());
        match (before, judge(found)) {
            (Some(before), Some(next)) => repositories.sessions().advance(&before, &next),
            _ => Ok(false),
        }
    };
    result_of(store, Access::WriteOnce, work).await
}

/// The typed face of the store, which use cases call.
impl dyn Store {
    /// A few reads by key. See [`Access::LookUp`].
    pub async fn look_up<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut dyn Repositories) -> Result<T, E> + Send + 'static,
    {
        result_of(self, Access::LookUp, work).await
    }

    /// Reads of any size. See [`Access::Read`].
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut dyn Repositories) -> Result<T, E> + Send + 'static,
    {
        result_of(self, Access::Read, work).await
    }

    /// Reads and writes in one transaction: `Ok` commits, `Err` rolls back.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut dyn Repositories) -> Result<T, E> + Send + 'static,
    {
        result_of(self, Access::Write, work).await
    }

    /// Reads, and one write by one statement. See [`Access::WriteOnce`]. Nothing takes it back: a refusal comes before it.
    pub async fn write_once<T, F>(&self, work: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut dyn Repositories) -> StoreResult<T> + Send + 'static,
    {
        result_of(self, Access::WriteOnce, work).await
    }

    /// Asks `judge` what becomes of a session, and writes that. What the judge said beside it, and whether it was written. See
    /// [`Store::run_rotation`].
    pub async fn rotate<T, F>(&self, id: SessionId, judge: F) -> StoreResult<(T, bool)>
    where
        T: Send + 'static,
        F: FnOnce(Option<(Session, User)>) -> (T, Option<Session>) + Send + 'static,
    {
        let slot = Arc::new(Mutex::new(None));
        let filled = Arc::clone(&slot);
        let judge = move |found: Option<(Session, User)>| {
            let (said, next) = judge(found);
            *filled.lock().unwrap_or_else(PoisonError::into_inner) = Some(said);
            next
        };
        let is_written = self.run_rotation(id, Box::new(judge)).await?;
        let said = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        let said = said
            .ok_or_else(|| StoreError::Unexpected(anyhow::anyhow!("the store did not ask what a session becomes")))?;
        Ok((said, is_written))
    }
}

async fn result_of<S, T, E, F>(store: &S, access: Access, work: F) -> Result<T, E>
where
    S: Store + ?Sized,
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
    F: FnOnce(&mut dyn Repositories) -> Result<T, E> + Send + 'static,
{
    let slot = Arc::new(Mutex::new(None));
    let filled = Arc::clone(&slot);
    let ran = store
        .run(
            access,
            Box::new(move |repositories| {
                let result = work(repositories);
                let verdict = if result.is_ok() {
                    Verdict::Commit
                } else {
                    Verdict::Rollback
                };
                *filled.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
                verdict
            }),
        )
        .await;
    let result = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
    match (ran, result) {
        // The work's own error tells more than that its unit failed.
        (_, Some(Err(error))) => Err(error),
        (Ok(()), Some(Ok(value))) => Ok(value),
        (Err(error), _) => Err(error.into()),
        (Ok(()), None) => Err(StoreError::Unexpected(anyhow::anyhow!("the store did not run the unit of work")).into()),
    }
}

//! What a server does by itself, from its start on.

mod clean_up;
mod read_revocations;
mod seal_audit_trail;
mod sum_up_refusals;

use crate::actor::By;
use crate::outbox::Outbox;
use crate::ports::{AuditMac, JobRun, KeyRing, Meter, Moment, SharedJob, StoreError};
use crate::signing::{Rotation, Signing, SigningError, SigningPolicy};
use crate::unit_of_work::UnitsOfWork;
use async_trait::async_trait;
use chrono::{SubsecRound, TimeDelta};
use portcullis_domain::{AuditEventType, AuditHead};
use shaku::{Component, Interface};
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

/// How many sessions one unit of work ends, where all have to.
const ENDED_AT_ONCE: usize = 1_000;

/// How many sessions' last use is written in one unit of work.
const USES_AT_ONCE: usize = 200;

/// What a server does by itself: each call is one round. The caller knows the pace, and takes the turn before a round of a
/// [`SharedJob`].
#[async_trait]
pub trait Upkeep: Interface {
    /// Makes ready to serve: the keys that sign, and what was revoked so far. A store that was put back from a backup
    /// first ends everybody's sessions, so that nothing comes back that was revoked since.
    ///
    /// If a key of another algorithm is to sign, that key is published first: call this again after the time that it
    /// tells.
    async fn begin(&self) -> Result<Rotation, SigningError>;

    /// Learns what other programs revoked and which keys they put to use. Several times a second.
    async fn catch_up(&self) -> Result<(), SigningError>;

    /// Finds out whether the store takes writes again, if one has failed. Every second: until it does, this server does
    /// not count as ready.
    async fn probe_store(&self) -> Result<(), StoreError>;

    /// Tells the store when sessions were last used; how many. What the store does not take is kept for the next round.
    async fn note_use(&self) -> Result<usize, StoreError>;

    /// Tells in the audit trail of the refused sign-ins that were summed up, once their time is over; of how many.
    async fn sum_up_refusals(&self) -> Result<u64, StoreError>;

    /// Tells of all of them, since the server stops.
    async fn sum_up_last_refusals(&self) -> Result<u64, StoreError>;

    /// Takes the turn for a job that one server at a time does; whether it was free. Nobody else gets it for that long.
    async fn take_turn(&self, job: SharedJob, length: TimeDelta) -> Result<bool, StoreError>;

    /// Notes in the store that such a job ended just now, and why it failed if it did.
    async fn note_run(&self, job: SharedJob, failure: Option<String>) -> Result<(), StoreError>;

    /// Removes what nobody needs any more.
    async fn clean_up(&self) -> Result<CleanedUp, StoreError>;

    /// Seals what was added to the audit trail; the new end of the chain of seals, where there was anything to seal.
    async fn seal_audit_trail(&self) -> Result<Option<AuditHead>, StoreError>;

    /// Removes what is older than the retention from the audit trail; how many events.
    async fn prune_audit_trail(&self) -> Result<u64, StoreError>;

    /// Sends mails that are due; how many left.
    async fn send_mails(&self) -> Result<usize, StoreError>;

    /// Makes the keys of the provider, once there is a client. They sign a little later than they are made: this is called until
    /// they do.
    async fn make_provider_keys(&self) -> Result<(), SigningError>;

    /// Ends once there is a client and the keys of the provider do not sign yet, as far as this server knows.
    async fn provider_keys_are_wanted(&self);

    /// Ends once this server wrote a mail since the last call. Those of other programs are not told of.
    async fn mail_is_written(&self);

    /// How long until mails are due, as far as this server knows; `None` where none waits.
    fn mails_are_due_in(&self) -> Option<Duration>;

    /// Tells whoever watches the server how many mails wait.
    async fn measure_mails(&self) -> Result<(), StoreError>;

    /// Lets the next key sign where the present one is old enough.
    async fn rotate_signing_keys(&self) -> Result<(), SigningError>;
}

/// What one round of [`Upkeep::clean_up`] removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CleanedUp {
    /// Sessions that ended.
    pub sessions: usize,
    /// Revocations that need not be remembered.
    pub revocations: usize,
    /// Mails that were sent, or given up, long ago.
    pub mails: usize,
    /// Links and invitations that ended.
    pub links: usize,
    /// Half sign-ins whose time is over.
    pub challenges: usize,
    /// Secrets of authenticator apps that are encrypted by the present key from now on.
    pub secrets_encrypted_anew: usize,
    /// Grants that ended, and codes that nobody redeemed.
    pub grants: usize,
    /// Consents that no client made use of for long.
    pub consents: usize,
    /// What may be shown again, since it is too old to count.
    pub spent: usize,
}

/// What was set about what a server does by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UpkeepPolicy {
    /// Which keys sign, and for how long.
    pub signing: SigningPolicy,
    /// How long events stay in the audit trail; `None` for ever.
    pub audit_retention: Option<TimeDelta>,
}

/// [`Upkeep`] in units of work.
#[derive(Component)]
#[shaku(interface = Upkeep)]
pub struct UpkeepService {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
    #[shaku(inject)]
    ring: Arc<dyn KeyRing>,
    #[shaku(inject)]
    audit_mac: Arc<dyn AuditMac>,
    #[shaku(inject)]
    outbox: Arc<dyn Outbox>,
    #[shaku(inject)]
    meter: Arc<dyn Meter>,
    /// What was set.
    upkeep: UpkeepPolicy,
}

#[async_trait]
impl Upkeep for UpkeepService {
    async fn begin(&self) -> Result<Rotation, SigningError> {
        self.end_what_a_backup_holds().await?;
        let rotation = self.signing().establish(&self.upkeep.signing).await?;
        self.catch_up().await?;
        Ok(rotation)
    }

    async fn catch_up(&self) -> Result<(), SigningError> {
        let asked = self.units.moment();
        let version = self.units.store_version().await;
        if self.confirm_what_was_read(version, asked) {
            return Ok(());
        }
        let signing = self.signing();
        let loaded = signing.load(signing.list().await?);
        // After the keys: a memory that is trusted from then on knows every key that was published before.
        self.read_revocations(asked).await?;
        self.units.read_registry(asked).await?;
        loaded?;
        // What was committed during the reading is read by the next one.
        *self.read_version() = version;
        Ok(())
    }

    async fn probe_store(&self) -> Result<(), StoreError> {
        self.units.probe().await
    }

    async fn note_use(&self) -> Result<usize, StoreError> {
        let mut used = self.units.replica.activity.take();
        let idle = self.units.policy.refresh_token_life;
        used.sort_unstable();
        let mut noted = 0;
        let mut batches = used.chunks(USES_AT_ONCE);
        while let Some(batch) = batches.next() {
            let writing = batch.to_vec();
            let written = self
                .units
                .write(By::Schedule, move |unit| unit.sessions().note_use(&writing, idle))
                .await;
            match written {
                Ok(count) => noted += count,
                Err(error) => {
                    for (session, at) in batch.iter().chain(batches.flatten()) {
                        self.units.replica.activity.note(*session, *at);
                    }
                    return Err(error);
                }
            }
        }
        self.note_use_of_secrets().await?;
        Ok(noted)
    }

    async fn sum_up_refusals(&self) -> Result<u64, StoreError> {
        let due = self.units.replica.refusals.take_due(self.units.moment().monotonic);
        self.tell_of(due).await
    }

    async fn sum_up_last_refusals(&self) -> Result<u64, StoreError> {
        self.tell_of(self.units.replica.refusals.take()).await
    }

    async fn clean_up(&self) -> Result<CleanedUp, StoreError> {
        self.remove_what_is_over().await
    }

    async fn seal_audit_trail(&self) -> Result<Option<AuditHead>, StoreError> {
        self.seal_what_waits().await
    }

    async fn prune_audit_trail(&self) -> Result<u64, StoreError> {
        self.prune_what_is_old().await
    }

    async fn take_turn(&self, job: SharedJob, length: TimeDelta) -> Result<bool, StoreError> {
        let now = self.units.now();
        self.units
            .write(By::Schedule, move |unit| unit.jobs().take_turn(job, now, now + length))
            .await
    }

    async fn note_run(&self, job: SharedJob, failure: Option<String>) -> Result<(), StoreError> {
        let run = JobRun {
            ended_at: self.units.now(),
            failure: failure.map(|failure| shortened(&failure)),
        };
        self.units
            .write(By::Schedule, move |unit| unit.jobs().note_run(job, &run))
            .await
    }

    async fn send_mails(&self) -> Result<usize, StoreError> {
        self.outbox.send_due().await
    }

    async fn make_provider_keys(&self) -> Result<(), SigningError> {
        if self.wants_provider_keys() {
            self.signing().begin_the_providers(By::Schedule).await?;
        }
        Ok(())
    }

    async fn provider_keys_are_wanted(&self) {
        while !self.wants_provider_keys() {
            self.units.replica.clients.changed().await;
        }
    }

    async fn mail_is_written(&self) {
        self.outbox.written().await;
    }

    fn mails_are_due_in(&self) -> Option<Duration> {
        self.outbox.due_in()
    }

    async fn measure_mails(&self) -> Result<(), StoreError> {
        self.outbox.measure().await
    }

    async fn rotate_signing_keys(&self) -> Result<(), SigningError> {
        self.signing().keep_up(&self.upkeep.signing, &self.units.policy).await
    }
}

/// One line that a store takes.
fn shortened(failure: &str) -> String {
    let visible = failure
        .chars()
        .map(|character| if character.is_control() { ' ' } else { character });
    visible.take(JobRun::MAX_FAILURE).collect()
}

impl UpkeepService {
    /// Where nothing was committed since the last reading, what it found is so still; whether that is so.
    fn confirm_what_was_read(&self, version: Option<u64>, asked: Moment) -> bool {
        let replica = &self.units.replica;
        // Where the clock was set back, what had expired by the wrong time counts again, and is read.
        let is_unchanged = version.is_some()
            && *self.read_version() == version
            && !replica.revocations.was_confirmed_after(asked.wall);
        if is_unchanged && let Some(stamp) = replica.clients.stamp() {
            replica.revocations.confirm(None, asked);
            replica.clients.confirm(stamp, asked);
            self.meter.revocations_read();
            return true;
        }
        false
    }

    fn read_version(&self) -> MutexGuard<'_, Option<u64>> {
        self.units
            .replica
            .version
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn signing(&self) -> Signing {
        Signing {
            units: Arc::clone(&self.units),
            ring: Arc::clone(&self.ring),
        }
    }

    fn wants_provider_keys(&self) -> bool {
        self.units.replica.clients.has_clients() && !self.signing().have_the_providers_begun()
    }

    async fn note_use_of_secrets(&self) -> Result<(), StoreError> {
        let used = self.units.replica.clients.take_uses();
        for batch in used.chunks(USES_AT_ONCE) {
            let writing = batch.to_vec();
            let written = self
                .units
                .write(By::Schedule, move |unit| unit.clients().note_secret_use(&writing))
                .await;
            if let Err(error) = written {
                self.units.replica.clients.give_back(&used);
                return Err(error);
            }
        }
        Ok(())
    }

    /// The mark goes last: a start that is cut short leaves the rest to the next one.
    async fn end_what_a_backup_holds(&self) -> Result<(), StoreError> {
        let is_backup = self.units.read(|repositories| repositories.installation().is_backup());
        if !is_backup.await? {
            return Ok(());
        }
        let now = self.units.now();
        let ended = self.end_everybodys_sessions().await?;
        self.end_everybodys_grants().await?;
        let told = self.units.write(By::Server, move |unit| {
            if unit.installation().take_backup_mark()? {
                // Access tokens tell their issue in whole seconds: those of the present second go, too.
                let next_second = now.trunc_subsecs(0) + TimeDelta::seconds(1);
                unit.installation().raise_not_before(next_second)?;
                let event = unit.success(AuditEventType::StoreRestored, None);
                unit.record(event)?;
                // What was used or replaced since the backup must not work again.
                unit.links().replace_all(now)?;
                unit.challenges().close_all()?;
            }
            Ok::<_, StoreError>(())
        });
        told.await?;
        tracing::warn!(ended, "the store is a restored backup: everybody has to sign in again");
        Ok(())
    }

    async fn end_everybodys_sessions(&self) -> Result<usize, StoreError> {
        let (mut ended, mut after) = (0, None);
        loop {
            let next = self
                .units
                .write(By::Server, move |unit| unit.end_next_sessions(after, ENDED_AT_ONCE))
                .await?;
            ended += next.changed;
            after = next.last;
            if after.is_none() {
                return Ok(ended);
            }
        }
    }

    async fn end_everybodys_grants(&self) -> Result<(), StoreError> {
        let mut after = None;
        loop {
            let next = self
                .units
                .write(By::Server, move |unit| unit.end_next_grants(after, ENDED_AT_ONCE))
                .await?;
            after = next.last;
            if after.is_none() {
                return Ok(());
            }
        }
    }
}

//! What a server does by itself, from its start on.

mod clean_up;
mod read_revocations;
mod seal_audit_trail;

pub use clean_up::CleanedUp;

use crate::audit_pen::AuditPen;
use crate::ports::{AuditMac, Clock, Entropy, JobRun, KeyRing, SharedJob, Store, StoreError};
use crate::replica::Replica;
use crate::signing::{Rotation, Signing, SigningError, SigningPolicy};
use async_trait::async_trait;
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use portcullis_domain::{AuditEventType, AuditHead, Origin, TokenPolicy};
use shaku::{Component, Interface};
use std::sync::Arc;

/// How many sessions one unit of work ends, where all have to.
const ENDED_AT_ONCE: usize = 1_000;

/// How many sessions' last use is written in one unit of work.
const USES_AT_ONCE: usize = 200;

/// What a server does by itself: each call is one round. The caller knows the pace, and takes the turn before a round of a
/// [`SharedJob`].
#[async_trait]
pub trait UpkeepService: Interface {
    /// Makes ready to serve: the keys that sign, and what was revoked so far. A store that was put back from a backup
    /// first ends everybody's sessions, so that nothing comes back that was revoked since.
    ///
    /// Where a key of another algorithm is to sign than that which signs now, it is published first: then this is called
    /// again after the time that it tells.
    async fn begin(&self) -> Result<Rotation, SigningError>;

    /// Learns what other programs revoked and which keys they put to use. Several times a second.
    async fn catch_up(&self) -> Result<(), SigningError>;

    /// Tells the store when sessions were last used; how many. What the store does not take is kept for the next round.
    async fn note_use(&self) -> Result<usize, StoreError>;

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

    /// Lets the next key sign where the present one is old enough.
    async fn rotate_signing_keys(&self) -> Result<(), SigningError>;
}

/// What was set about what a server does by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UpkeepPolicy {
    /// Which keys sign, and for how long.
    pub signing: SigningPolicy,
    /// How long events stay in the audit trail; `None` for ever.
    pub audit_retention: Option<TimeDelta>,
}

/// [`UpkeepService`] on the ports.
#[derive(Component)]
#[shaku(interface = UpkeepService)]
pub struct UpkeepServiceImpl {
    #[shaku(inject)]
    store: Arc<dyn Store>,
    #[shaku(inject)]
    ring: Arc<dyn KeyRing>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    entropy: Arc<dyn Entropy>,
    #[shaku(inject)]
    audit_mac: Arc<dyn AuditMac>,
    /// What this server keeps in memory.
    replica: Arc<Replica>,
    /// How long tokens and sessions live.
    policy: TokenPolicy,
    /// What was set.
    upkeep: UpkeepPolicy,
}

#[async_trait]
impl UpkeepService for UpkeepServiceImpl {
    async fn begin(&self) -> Result<Rotation, SigningError> {
        self.end_what_a_backup_holds().await?;
        let rotation = self.signing().establish(&self.upkeep.signing, origin()).await?;
        self.catch_up().await?;
        Ok(rotation)
    }

    async fn catch_up(&self) -> Result<(), SigningError> {
        let asked_at = self.clock.now();
        let signing = self.signing();
        let loaded = signing.load(signing.list().await?);
        // After the keys: a memory that is trusted from then on knows every key that was published before.
        self.read_revocations(asked_at).await?;
        Ok(loaded?)
    }

    async fn note_use(&self) -> Result<usize, StoreError> {
        self.note_use().await
    }

    async fn clean_up(&self) -> Result<CleanedUp, StoreError> {
        self.clean_up().await
    }

    async fn seal_audit_trail(&self) -> Result<Option<AuditHead>, StoreError> {
        self.seal_audit_trail().await
    }

    async fn prune_audit_trail(&self) -> Result<u64, StoreError> {
        self.prune_audit_trail().await
    }

    async fn take_turn(&self, job: SharedJob, length: TimeDelta) -> Result<bool, StoreError> {
        let now = self.clock.now();
        self.store
            .write(move |repositories| repositories.jobs().take_turn(job, now, now + length))
            .await
    }

    async fn note_run(&self, job: SharedJob, failure: Option<String>) -> Result<(), StoreError> {
        let run = JobRun {
            ended_at: self.clock.now(),
            failure: failure.map(|failure| shortened(&failure)),
        };
        self.store
            .write(move |repositories| repositories.jobs().note_run(job, &run))
            .await
    }

    async fn rotate_signing_keys(&self) -> Result<(), SigningError> {
        self.signing()
            .keep_up(&self.upkeep.signing, &self.policy, origin())
            .await
    }
}

/// One line that a store takes.
fn shortened(failure: &str) -> String {
    let visible = failure
        .chars()
        .map(|character| if character.is_control() { ' ' } else { character });
    visible.take(JobRun::MAX_FAILURE).collect()
}

/// Where the acts of the server itself come from.
pub(crate) fn origin() -> Origin {
    Origin::local("portcullis server")
}

impl UpkeepServiceImpl {
    fn signing(&self) -> Signing {
        Signing {
            store: Arc::clone(&self.store),
            ring: Arc::clone(&self.ring),
            clock: Arc::clone(&self.clock),
            entropy: Arc::clone(&self.entropy),
            audit_mac: Arc::clone(&self.audit_mac),
            replica: Arc::clone(&self.replica),
        }
    }

    fn audit_pen(&self) -> AuditPen {
        AuditPen::new(&self.audit_mac, &self.clock, &*self.entropy, origin(), None)
    }

    /// The mark goes last: a start that is cut short leaves the rest to the next one.
    async fn end_what_a_backup_holds(&self) -> Result<(), StoreError> {
        let is_backup = self.store.read(|repositories| repositories.installation().is_backup());
        if !is_backup.await? {
            return Ok(());
        }
        let now = self.clock.now();
        let ended = self.end_everybodys_sessions(now).await?;
        let mut pen = self.audit_pen();
        self.store
            .write(move |repositories| {
                if repositories.installation().take_backup_mark()? {
                    // Access tokens tell their issue in whole seconds: those of the present second go, too.
                    let next_second = now.trunc_subsecs(0) + TimeDelta::seconds(1);
                    repositories.installation().raise_not_before(next_second)?;
                    let event = pen.success(AuditEventType::StoreRestored, None);
                    pen.write(repositories, event)?;
                }
                Ok::<_, StoreError>(())
            })
            .await?;
        tracing::warn!(ended, "the store is a restored backup: everybody has to sign in again");
        Ok(())
    }

    async fn end_everybodys_sessions(&self, now: DateTime<Utc>) -> Result<usize, StoreError> {
        let ending = self.policy.ending(now);
        let (mut ended, mut after) = (0, None);
        loop {
            let next = self
                .store
                .write(move |repositories| repositories.refresh_tokens().revoke_next(after, &ending, ENDED_AT_ONCE))
                .await?;
            ended += next.changed;
            after = next.last;
            if after.is_none() {
                return Ok(ended);
            }
        }
    }

    async fn note_use(&self) -> Result<usize, StoreError> {
        let mut used = self.replica.activity.take();
        used.sort_unstable();
        let mut noted = 0;
        let mut batches = used.chunks(USES_AT_ONCE);
        while let Some(batch) = batches.next() {
            let writing = batch.to_vec();
            let written = self
                .store
                .write(move |repositories| repositories.refresh_tokens().note_use(&writing))
                .await;
            match written {
                Ok(count) => noted += count,
                Err(error) => {
                    for (session, at) in batch.iter().chain(batches.flatten()) {
                        self.replica.activity.note(*session, *at);
                    }
                    return Err(error);
                }
            }
        }
        Ok(noted)
    }
}

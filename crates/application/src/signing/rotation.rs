//! How another key comes to sign: it is published first, and signs once every server knows it.

use super::{Signing, SigningError, Succession, current};
use crate::actor::By;
use crate::ports::{KeyRingError, SigningKeyRepository, StoreError, StoreResult};
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_domain::{AuditEventType, KeyId, SigningAlgorithm, SigningKey, SigningKeyStage};
use std::collections::HashMap;
use std::sync::PoisonError;
use std::time::Duration;

/// How long a key is published before it signs, where another one signs already. A server that could not read the store
/// for a second (`TRUSTED_FOR`) trusts its memory no more, so after this one every server knows the key or says that it
/// can't tell. The rest is for a commit that takes its time.
const PUBLISHED_FIRST: TimeDelta = TimeDelta::seconds(2);

/// How far the clocks of servers may be apart. The time at which another one published a key counts only where it is
/// further back than that; else this one counts from when it first saw the key.
const CLOCK_TOLERANCE: TimeDelta = TimeDelta::minutes(1);

/// How far the change to another signing key has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rotation {
    /// This key signs.
    Done(SigningKey),
    /// The key is published, and another one still signs. Whoever asks again after that time finds it old enough.
    Published {
        /// How long the key has to wait yet.
        signs_in: Duration,
    },
}

/// What becomes of the key that signed, and of those that signed before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormerKeys {
    /// What they signed is accepted until it expires.
    Accepted,
    /// What they signed counts no more. They are lost: somebody else may sign by them.
    Rejected,
}

/// A rotation that was asked for and may be made: of which key, and by what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RotationPlan {
    pub(crate) succession: Succession,
    pub(crate) algorithm: SigningAlgorithm,
    pub(crate) former: FormerKeys,
    /// The key that signed when the rotation was asked for. If another key signs by now, somebody else has made the
    /// rotation.
    pub(crate) replaced: Option<KeyId>,
}

impl RotationPlan {
    /// Whether it is still to be made.
    pub(crate) fn is_open(&self, keys: &[SigningKey]) -> bool {
        current(keys).is_none_or(|key| Some(&key.id) == self.replaced.as_ref() || key.algorithm != self.algorithm)
    }
}

/// Who wants another key to sign.
pub(crate) struct RotationRequest {
    /// Which keys it comes after.
    pub(crate) succession: Succession,
    /// The algorithm of the key.
    pub(crate) algorithm: SigningAlgorithm,
    /// What becomes of those before it.
    pub(crate) former: FormerKeys,
    /// Who, and why.
    pub(crate) by: By,
}

/// What comes next on the way to another key.
enum Step {
    /// There is neither a key that signs nor one that is next: the first key signs at once.
    Begin,
    /// There is none that could sign next.
    Publish,
    /// There is one, but it is too young for this much longer.
    Wait(TimeDelta),
    /// This one signs from now on.
    Activate(SigningKey),
}

impl Step {
    /// `published` says when this server first saw each of the keys that are to sign next.
    fn of(
        keys: &[SigningKey],
        (succession, algorithm): (Succession, SigningAlgorithm),
        published: &Published,
        now: DateTime<Utc>,
    ) -> Self {
        let begins = succession.begins_at_once() && current(keys).is_none();
        let rest = |key: &SigningKey| match published.get(&key.id) {
            _ if begins || key.created_at <= now - PUBLISHED_FIRST - CLOCK_TOLERANCE => TimeDelta::zero(),
            Some(since) => *since + PUBLISHED_FIRST - now,
            None => PUBLISHED_FIRST,
        };
        let next = keys
            .iter()
            .filter(|key| key.stage() == SigningKeyStage::Next && key.algorithm == algorithm)
            .min_by_key(|key| rest(key));
        match next {
            Some(key) if rest(key) <= TimeDelta::zero() => Self::Activate(key.clone()),
            Some(key) => Self::Wait(rest(key)),
            None if begins => Self::Begin,
            None => Self::Publish,
        }
    }
}

type Published = HashMap<KeyId, DateTime<Utc>>;

impl Signing {
    /// Notes which keys are to sign next, and gives the times at which each was first seen here.
    pub(super) fn note_published(&self, keys: &[SigningKey]) -> Published {
        let now = self.units.now();
        let mut published = self
            .units
            .replica
            .published
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let next: Vec<&KeyId> = keys
            .iter()
            .filter(|key| key.stage() == SigningKeyStage::Next)
            .map(|key| &key.id)
            .collect();
        published.retain(|id, _| next.contains(&id));
        for id in next {
            let since = published.entry(id.clone()).or_insert(now);
            // Where the clock was set back, it counts anew.
            *since = now.min(*since);
        }
        published.clone()
    }

    /// Goes one step towards another key that signs, where `is_wanted` holds for the keys that are there. A key that was
    /// published long enough takes over, and a new one is published; the one that signed goes on to be accepted. Else one
    /// is published, and nothing more. HS256 goes the same way: `SECRET_KEY` is accepted where the store has a key of it.
    ///
    /// Each step is a unit of its own. After a crash between them there is a published key that may sign at any time.
    pub(crate) async fn rotate_if(
        &self,
        request: RotationRequest,
        is_wanted: impl Fn(&[SigningKey]) -> bool + Send + 'static,
    ) -> Result<Rotation, SigningError> {
        let (succession, algorithm) = (request.succession, request.algorithm);
        let (purpose, former) = (succession.purpose(), request.former);
        let all = self.list().await?;
        let keys = succession.of(&all);
        if !is_wanted(&keys) {
            return self.done(succession, all);
        }
        let published = self.note_published(&all);
        if let Step::Wait(rest) = Step::of(&keys, (succession, algorithm), &published, self.units.now()) {
            return Ok(waiting(rest));
        }
        let mut spares = vec![self.ring.generate(purpose, algorithm, self.units.now()).await?];
        if succession.begins_at_once() && current(&keys).is_none() && algorithm.has_key_pair() {
            spares.push(self.ring.generate(purpose, algorithm, self.units.now()).await?);
        }
        let written = self.units.write(request.by, move |unit| {
            let keys = succession.of(&unit.signing_keys().lock_all()?);
            // The time after the key was made and after the wait for the lock.
            let now = unit.now();
            let mut wait = None;
            if is_wanted(&keys) {
                let spares = spares.into_iter().map(|spare| SigningKey {
                    created_at: now,
                    ..spare
                });
                let step = Step::of(&keys, (succession, algorithm), &published, now);
                wait = take(step, former, unit.signing_keys(), &keys, spares, now)?;
                if wait.is_none() {
                    let event = unit.success(AuditEventType::SigningKeyRotated, None);
                    unit.record(event)?;
                }
            }
            Ok::<_, StoreError>((unit.signing_keys().list()?, wait))
        });
        let (all, wait) = written.await?;
        if let Some(wait) = wait {
            self.load(all)?;
            return Ok(waiting(wait));
        }
        if let Some(key) = current(&succession.of(&all)) {
            tracing::info!(kid = %key.id, algorithm = %key.algorithm, %purpose, "this key signs");
        }
        self.done(succession, all)
    }

    fn done(&self, succession: Succession, all: Vec<SigningKey>) -> Result<Rotation, SigningError> {
        let signs = current(&succession.of(&all)).cloned().ok_or(KeyRingError::NoneSigns)?;
        self.load(all)?;
        Ok(Rotation::Done(signs))
    }
}

fn waiting(wait: TimeDelta) -> Rotation {
    Rotation::Published {
        signs_in: wait.to_std().unwrap_or_default(),
    }
}

/// Takes the step; how long to wait for the next one, `None` where another key signs now.
fn take(
    step: Step,
    former: FormerKeys,
    stored: &mut dyn SigningKeyRepository,
    keys: &[SigningKey],
    mut spares: impl Iterator<Item = SigningKey>,
    now: DateTime<Utc>,
) -> StoreResult<Option<TimeDelta>> {
    match step {
        Step::Wait(rest) => return Ok(Some(rest)),
        Step::Publish => {
            if let Some(fresh) = spares.next() {
                stored.insert(&fresh)?;
            }
            // The caller begins to wait after the commit: then the key is old enough, however long the commit took.
            return Ok(Some(PUBLISHED_FIRST));
        }
        Step::Begin => {
            make_way(former, stored, keys, None, now)?;
            if let Some(fresh) = spares.next() {
                stored.insert(&SigningKey {
                    activated_at: Some(now),
                    ..fresh
                })?;
            }
        }
        Step::Activate(known) => {
            make_way(former, stored, keys, Some(&known.id), now)?;
            stored.update(&SigningKey {
                activated_at: Some(now),
                ..known
            })?;
        }
    }
    // HS256 has one key, SECRET_KEY: there is no other to be the next.
    if let Some(spare) = spares.next().filter(|spare| spare.algorithm.has_key_pair()) {
        stored.insert(&spare)?;
    }
    Ok(None)
}

/// Retires the key that signs, or removes it with those before it, and gives up those that were to be next but for the one
/// that is.
fn make_way(
    former: FormerKeys,
    stored: &mut dyn SigningKeyRepository,
    keys: &[SigningKey],
    chosen: Option<&KeyId>,
    now: DateTime<Utc>,
) -> StoreResult<()> {
    for key in keys.iter().filter(|key| Some(&key.id) != chosen) {
        match (key.stage(), former) {
            (SigningKeyStage::Current, FormerKeys::Accepted) => {
                stored.update(&SigningKey {
                    retired_at: Some(now),
                    ..key.clone()
                })?;
            }
            (SigningKeyStage::Next, _)
            | (
                SigningKeyStage::Current | SigningKeyStage::Retired | SigningKeyStage::Remembered,
                FormerKeys::Rejected,
            ) => {
                stored.delete(&key.id)?;
            }
            (SigningKeyStage::Retired | SigningKeyStage::Remembered, FormerKeys::Accepted) => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replica::TRUSTED_FOR;

    #[test]
    fn a_key_is_published_for_longer_than_a_server_trusts_what_it_read() {
        assert!(PUBLISHED_FIRST > TRUSTED_FOR);
    }
}

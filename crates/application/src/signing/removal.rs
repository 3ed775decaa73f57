//! Keys that nobody needs any more.

use super::succession::{Succession, current};
use crate::ports::{SigningKeyRepository, StoreResult};
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_domain::{KeyId, SigningKey, SigningKeyStage};

/// How long a retired key stays behind its last token, for clocks that differ. Services go by what is published, and
/// can't tell when a key was retired.
const KEPT_AFTER_LAST_TOKEN: TimeDelta = TimeDelta::minutes(5);

/// How much longer the public part of a key of the provider stays: what a client shows of a user's last sign-in may be that
/// old (OpenID Connect Core 1.0, section 3.1.2.1, `id_token_hint`).
const REMEMBERED_FOR: TimeDelta = TimeDelta::days(90);

/// The age at which a key is given up that was published for a change of algorithm that nobody finished.
const GIVEN_UP_AFTER: TimeDelta = TimeDelta::minutes(5);

/// What of a key is removed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Removal {
    /// All of it.
    Whole(KeyId),
    /// Its private part; this is what stays.
    PrivatePart(SigningKey),
}

impl Removal {
    pub(super) fn make(&self, stored: &mut dyn SigningKeyRepository) -> StoreResult<bool> {
        match self {
            Self::Whole(id) => stored.delete(id),
            Self::PrivatePart(rest) => stored.update(rest),
        }
    }
}

/// What nobody needs any more, of keys of one succession whose tokens live for `life`.
pub(super) fn removals(
    succession: Succession,
    keys: &[SigningKey],
    life: TimeDelta,
    now: DateTime<Utc>,
) -> Vec<Removal> {
    let present = current(keys).map(|key| key.algorithm);
    let is_over = |key: &SigningKey, kept: TimeDelta| key.retired_at.is_some_and(|at| at < now - kept);
    let last_token = life + KEPT_AFTER_LAST_TOKEN;
    let removal = |key: &SigningKey| match (key.stage(), succession) {
        (SigningKeyStage::Retired, Succession::Provider(_)) if is_over(key, last_token) => {
            Some(Removal::PrivatePart(SigningKey {
                encrypted: Vec::new(),
                ..key.clone()
            }))
        }
        (SigningKeyStage::Retired, Succession::Sessions) if is_over(key, last_token) => {
            Some(Removal::Whole(key.id.clone()))
        }
        (SigningKeyStage::Remembered, _) if is_over(key, last_token + REMEMBERED_FOR) => {
            Some(Removal::Whole(key.id.clone()))
        }
        // Where nothing signs yet, that key is on its way to be the first.
        (SigningKeyStage::Next, _) if present.is_some_and(|present| present != key.algorithm) => {
            (key.created_at < now - GIVEN_UP_AFTER).then(|| Removal::Whole(key.id.clone()))
        }
        (
            SigningKeyStage::Next | SigningKeyStage::Current | SigningKeyStage::Retired | SigningKeyStage::Remembered,
            _,
        ) => None,
    };
    keys.iter().filter_map(removal).collect()
}

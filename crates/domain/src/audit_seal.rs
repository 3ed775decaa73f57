//! Seals of the audit trail. Each names a batch of events, holds a digest of them and of the seal before it; so a chain
//! of seals fixes which events there are, and in which order they were sealed.

use crate::AuditEventId;
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use std::fmt;

/// A digest or a message authentication code: 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest32([u8; 32]);

impl Digest32 {
    /// What stands before the first seal.
    pub const ZERO: Self = Self([0; 32]);

    /// Takes the bytes in.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest32 {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest32 {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Digest32({self})")
    }
}

/// The end of the chain of seals: what the next one is hung on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditHead {
    /// The number of the last seal; 0 where there is none.
    pub number: u64,
    /// Its hash.
    pub hash: Digest32,
}

impl AuditHead {
    /// Before the first seal.
    pub const START: Self = Self {
        number: 0,
        hash: Digest32::ZERO,
    };
}

/// A seal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditSeal {
    /// Counts the seals, from 1, without gaps.
    pub number: u64,
    /// When it was made.
    pub sealed_at: DateTime<Utc>,
    /// The hash of the seal before it.
    pub previous: Digest32,
    /// The events that it seals, in the order of the trail.
    pub events: Vec<AuditEventId>,
    /// [`digest_of`] the events.
    pub digest: Digest32,
}

impl AuditSeal {
    /// The seal of events, each with its authentication code, behind `head`.
    #[must_use]
    pub fn behind(head: &AuditHead, sealed: &[(AuditEventId, Digest32)], sealed_at: DateTime<Utc>) -> Self {
        Self {
            number: head.number.saturating_add(1),
            sealed_at,
            previous: head.hash,
            events: sealed.iter().map(|(id, _)| *id).collect(),
            digest: digest_of(sealed),
        }
    }

    /// The hash that the next seal holds, and that is authenticated: over all of the seal.
    #[must_use]
    pub fn hash(&self) -> Digest32 {
        let mut hash = Sha256::new_with_prefix(b"portcullis audit seal v1");
        hash.update(self.number.to_be_bytes());
        hash.update(self.sealed_at.timestamp_micros().to_be_bytes());
        hash.update(self.previous.as_bytes());
        hash.update((self.events.len() as u64).to_be_bytes());
        for event in &self.events {
            hash.update(event.as_uuid().as_bytes());
        }
        hash.update(self.digest.as_bytes());
        Digest32(hash.finalize().into())
    }

    /// The head of the chain that ends with this seal.
    #[must_use]
    pub fn head(&self) -> AuditHead {
        AuditHead {
            number: self.number,
            hash: self.hash(),
        }
    }
}

/// One digest of events in their order, by their authentication codes.
#[must_use]
pub fn digest_of(events: &[(AuditEventId, Digest32)]) -> Digest32 {
    let mut hash = Sha256::new_with_prefix(b"portcullis audit batch v1");
    for (id, mac) in events {
        hash.update(id.as_uuid().as_bytes());
        hash.update(mac.as_bytes());
    }
    Digest32(hash.finalize().into())
}

/// What is left of seals whose events were removed, as the retention says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditPruning {
    /// The last seal that was removed: the chain goes on behind it.
    pub through: AuditHead,
    /// How many events were removed since the trail began.
    pub events: u64,
    /// When the last ones were removed.
    pub pruned_at: DateTime<Utc>,
}

impl AuditPruning {
    /// All of it in one unambiguous form, for what authenticates it.
    #[must_use]
    pub fn canonical_bytes(&self) -> Vec<u8> {
        let mut bytes = b"portcullis audit pruning v1".to_vec();
        bytes.extend_from_slice(&self.through.number.to_be_bytes());
        bytes.extend_from_slice(self.through.hash.as_bytes());
        bytes.extend_from_slice(&self.events.to_be_bytes());
        bytes.extend_from_slice(&self.pruned_at.timestamp_micros().to_be_bytes());
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(byte: u8) -> (AuditEventId, Digest32) {
        (
            AuditEventId::new(DateTime::UNIX_EPOCH, [byte; 10]),
            Digest32([byte; 32]),
        )
    }

    #[test]
    fn a_seal_depends_on_everything_in_it_and_before_it() {
        let first = AuditSeal::behind(&AuditHead::START, &[sealed(1), sealed(2)], DateTime::UNIX_EPOCH);
        assert_eq!((first.number, first.previous), (1, Digest32::ZERO));
        let second = AuditSeal::behind(&first.head(), &[sealed(3)], DateTime::UNIX_EPOCH);
        assert_eq!((second.number, second.previous), (2, first.hash()));

        let swapped = AuditSeal::behind(&AuditHead::START, &[sealed(2), sealed(1)], DateTime::UNIX_EPOCH);
        let changed = AuditSeal::behind(
            &AuditHead::START,
            &[sealed(1), (sealed(2).0, Digest32([9; 32]))],
            DateTime::UNIX_EPOCH,
        );
        let mut others: Vec<AuditSeal> = vec![swapped, changed];
        others.extend([
            AuditSeal {
                number: 7,
                ..first.clone()
            },
            AuditSeal {
                sealed_at: DateTime::UNIX_EPOCH + chrono::TimeDelta::microseconds(1),
                ..first.clone()
            },
            AuditSeal {
                previous: Digest32([1; 32]),
                ..first.clone()
            },
            AuditSeal {
                events: vec![sealed(1).0],
                ..first.clone()
            },
        ]);
        for other in others {
            assert_ne!(other.hash(), first.hash(), "{other:?}");
        }
    }

    #[test]
    fn a_digest_is_shown_in_hexadecimal() {
        assert_eq!(Digest32([0xa5; 32]).to_string(), "a5".repeat(32));
    }
}

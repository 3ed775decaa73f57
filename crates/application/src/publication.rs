//! What other services need to check access tokens by themselves.

use crate::ports::{KeyRing, PublicKey};
use crate::replica::{RevocationList, RevocationSnapshot};
use crate::unit_of_work::UnitsOfWork;
use async_trait::async_trait;
use portcullis_domain::SigningKeyPurpose;
use shaku::{Component, Interface};
use std::sync::Arc;

/// What anybody may know: nothing here is personal.
#[async_trait]
pub trait Publication: Interface {
    /// The keys that access tokens are signed with, and the one that will be next.
    fn public_keys(&self) -> Vec<PublicKey>;

    /// The keys that tokens of clients are signed with, and those that will be next.
    fn provider_keys(&self) -> Vec<PublicKey>;

    /// The access tokens that are worthless before they expire.
    fn revocations(&self) -> Result<RevocationSnapshot, OutOfTouch>;

    /// Names what [`revocations`](Self::revocations) lists at present.
    fn revocations_tag(&self) -> Result<String, OutOfTouch>;

    /// Returns when the revocations' tag is another one than `tag`.
    async fn revocations_changed(&self, tag: &str);
}

/// This server has not heard from the store for more than a second: it can't tell what others have revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this server is out of touch with its store")]
pub struct OutOfTouch;

/// [`Publication`] of what this server keeps in memory.
#[derive(Component)]
#[shaku(interface = Publication)]
pub struct PublicationService {
    #[shaku(inject)]
    ring: Arc<dyn KeyRing>,
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
}

#[async_trait]
impl Publication for PublicationService {
    fn public_keys(&self) -> Vec<PublicKey> {
        self.ring.public_keys(SigningKeyPurpose::Session)
    }

    fn provider_keys(&self) -> Vec<PublicKey> {
        self.ring.public_keys(SigningKeyPurpose::Provider)
    }

    fn revocations(&self) -> Result<RevocationSnapshot, OutOfTouch> {
        self.trusted_revocations().map(RevocationList::snapshot)
    }

    fn revocations_tag(&self) -> Result<String, OutOfTouch> {
        self.trusted_revocations().map(RevocationList::tag)
    }

    async fn revocations_changed(&self, tag: &str) {
        self.units.replica.revocations.changed(tag).await;
    }
}

impl PublicationService {
    fn trusted_revocations(&self) -> Result<&RevocationList, OutOfTouch> {
        let revocations = &self.units.replica.revocations;
        if revocations.is_trusted(self.units.moment()) {
            Ok(revocations)
        } else {
            Err(OutOfTouch)
        }
    }
}

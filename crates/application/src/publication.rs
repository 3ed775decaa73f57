//! What other services need to check access tokens by themselves.

use crate::ports::{Clock, KeyRing, PublicKey};
use crate::replica::{Replica, RevocationList, RevocationSnapshot};
use async_trait::async_trait;
use portcullis_domain::SigningKeyPurpose;
use shaku::{Component, Interface};
use std::sync::Arc;

/// What anybody may know: nothing here is personal.
#[async_trait]
pub trait PublicationService: Interface {
    /// The keys that access tokens are signed with, and the one that will be next.
    fn public_keys(&self) -> Vec<PublicKey>;

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

/// [`PublicationService`] on the ports.
#[derive(Component)]
#[shaku(interface = PublicationService)]
pub struct PublicationServiceImpl {
    #[shaku(inject)]
    ring: Arc<dyn KeyRing>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    /// What this server keeps in memory.
    replica: Arc<Replica>,
}

#[async_trait]
impl PublicationService for PublicationServiceImpl {
    fn public_keys(&self) -> Vec<PublicKey> {
        self.ring.public_keys(SigningKeyPurpose::Session)
    }

    fn revocations(&self) -> Result<RevocationSnapshot, OutOfTouch> {
        self.trusted_revocations().map(RevocationList::snapshot)
    }

    fn revocations_tag(&self) -> Result<String, OutOfTouch> {
        self.trusted_revocations().map(RevocationList::tag)
    }

    async fn revocations_changed(&self, tag: &str) {
        self.replica.revocations.changed(tag).await;
    }
}

impl PublicationServiceImpl {
    fn trusted_revocations(&self) -> Result<&RevocationList, OutOfTouch> {
        let revocations = &self.replica.revocations;
        if revocations.is_trusted(self.clock.now()) {
            Ok(revocations)
        } else {
            Err(OutOfTouch)
        }
    }
}

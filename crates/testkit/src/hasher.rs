//! A password hasher that takes no time.

use async_trait::async_trait;
use portcullis_application::ports::{HasherError, PasswordHasher};
use portcullis_domain::{Password, PasswordHash, PresentedPassword};
use shaku::Component;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What a [`FakeHasher`] has room for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Capacity {
    /// Everything.
    #[default]
    Free,
    /// It still verifies, but refuses to hash.
    VerifyOnly,
    /// It refuses everything.
    Busy,
}

/// Keeps passwords readably, with the cost that they were "hashed" at, and counts what it is asked. Clones share
/// all of it.
#[derive(Clone, Default, Component)]
#[shaku(interface = PasswordHasher)]
pub struct FakeHasher {
    /// What the clones share.
    #[shaku(default)]
    shared: Arc<Shared>,
}

/// What the clones of a [`FakeHasher`] share.
#[derive(Default)]
pub struct Shared {
    cost: AtomicUsize,
    hashes: AtomicUsize,
    verifications: AtomicUsize,
    capacity: Mutex<Capacity>,
}

impl FakeHasher {
    /// A hasher with room for everything.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many passwords it hashed.
    #[must_use]
    pub fn hashes(&self) -> usize {
        self.shared.hashes.load(Ordering::SeqCst)
    }

    /// How many passwords it verified, those without a hash included.
    #[must_use]
    pub fn verifications(&self) -> usize {
        self.shared.verifications.load(Ordering::SeqCst)
    }

    /// Makes every hash that it gave until now an outdated one.
    pub fn raise_cost(&self) {
        self.shared.cost.fetch_add(1, Ordering::SeqCst);
    }

    /// Sets what it has room for from now on.
    pub fn set_capacity(&self, capacity: Capacity) {
        *self.shared.capacity.lock().unwrap_or_else(PoisonError::into_inner) = capacity;
    }

    /// What it would answer for this password now; counts as nothing.
    #[must_use]
    pub fn hash_of(&self, password: &str) -> PasswordHash {
        PasswordHash::new(format!("fake${}${password}", self.shared.cost.load(Ordering::SeqCst)))
    }

    fn capacity(&self) -> Capacity {
        *self.shared.capacity.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl PasswordHasher for FakeHasher {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, HasherError> {
        if self.capacity() != Capacity::Free {
            return Err(HasherError::Busy);
        }
        self.shared.hashes.fetch_add(1, Ordering::SeqCst);
        Ok(self.hash_of(password.expose()))
    }

    async fn verify(&self, candidate: &PresentedPassword, hash: Option<&PasswordHash>) -> Result<bool, HasherError> {
        if self.capacity() == Capacity::Busy {
            return Err(HasherError::Busy);
        }
        self.shared.verifications.fetch_add(1, Ordering::SeqCst);
        let kept = hash.and_then(|hash| taken_apart(hash)).map(|(_, password)| password);
        Ok(kept.is_some() && candidate.possible() == kept)
    }

    fn is_outdated(&self, hash: &PasswordHash) -> bool {
        let present = self.shared.cost.load(Ordering::SeqCst);
        taken_apart(hash).is_none_or(|(cost, _)| cost < present)
    }
}

/// Cost and password of a hash; `None` where this hasher did not write it.
fn taken_apart(hash: &PasswordHash) -> Option<(usize, &str)> {
    let (cost, password) = hash.expose().strip_prefix("fake$")?.split_once('$')?;
    Some((cost.parse().ok()?, password))
}

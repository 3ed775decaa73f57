//! The port `PasswordHasher` on Argon2id.

use anyhow::{Context, anyhow};
use argon2::password_hash::{PasswordHash as PhcString, SaltString, rand_core::OsRng};
use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use async_trait::async_trait;
use portcullis_application::ports::{HasherError, PasswordHasher};
use portcullis_domain::{Password, PasswordHash, PresentedPassword};
use std::sync::Arc;
use std::thread::available_parallelism;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// How many may wait for each core; a hash takes some tens of milliseconds.
const WAITING_PER_CORE: usize = 64;

/// Argon2id with the crate's parameters (RFC 9106). As many hashes at once as there are cores.
pub(crate) struct Argon2Hasher {
    cores: Arc<Semaphore>,
    queue: Arc<Semaphore>,
    /// Verified against where there is nothing to verify, so that nobody learns from the time which accounts exist.
    nobodys_hash: String,
}

impl Argon2Hasher {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let cores = available_parallelism()?.get();
        Ok(Self {
            cores: Arc::new(Semaphore::new(cores)),
            queue: Arc::new(Semaphore::new(cores * WAITING_PER_CORE)),
            nobodys_hash: hash("nobody's password")?,
        })
    }

    /// Runs `work` on a thread that may block, once a core is free.
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, HasherError> {
        let _place = self.queue.try_acquire().map_err(|_| HasherError::Busy)?;
        let core = Arc::clone(&self.cores)
            .acquire_owned()
            .await
            .context("the semaphore was closed")?;
        let work = move || {
            let _core = core;
            work()
        };
        Ok(spawn_blocking(work).await.context("hashing ended early")?)
    }
}

#[async_trait]
impl PasswordHasher for Argon2Hasher {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, HasherError> {
        let password = password.clone();
        Ok(PasswordHash::new(self.run(move || hash(password.expose())).await??))
    }

    async fn verify(&self, candidate: &PresentedPassword, stored: Option<&PasswordHash>) -> Result<bool, HasherError> {
        let candidate = candidate.clone();
        let is_possible = stored.is_some() && candidate.possible().is_some();
        let text = stored.map_or_else(|| self.nobodys_hash.clone(), |hash| hash.expose().to_owned());
        let matches = self
            .run(move || verify(candidate.possible().unwrap_or_default(), &text))
            .await?;
        Ok(matches && is_possible)
    }

    fn is_outdated(&self, hash: &PasswordHash) -> bool {
        !hash.expose().starts_with("$argon2id$")
    }
}

fn hash(password: &str) -> anyhow::Result<String> {
    let salt = SaltString::generate(&mut OsRng);
    match Argon2::default().hash_password(password.as_bytes(), &salt) {
        Ok(hash) => Ok(hash.to_string()),
        Err(error) => Err(anyhow!("Argon2 refused: {error}")),
    }
}

fn verify(candidate: &str, stored: &str) -> bool {
    PhcString::new(stored).is_ok_and(|stored| Argon2::default().verify_password(candidate.as_bytes(), &stored).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_domain::{PasswordPolicy, SecretText};

    fn presented(text: &str) -> PresentedPassword {
        PresentedPassword::new(SecretText::new(text.to_owned()))
    }

    #[tokio::test]
    async fn a_password_matches_its_hash_and_no_other_does() {
        let hasher = Argon2Hasher::new().unwrap();
        let text = SecretText::new("correct horse battery".to_owned());
        let password = Password::parse(text, PasswordPolicy::default()).unwrap();
        let hash = hasher.hash(&password).await.unwrap();
        assert!(
            hasher
                .verify(&presented("correct horse battery"), Some(&hash))
                .await
                .unwrap()
        );
        assert!(
            !hasher
                .verify(&presented("correct horse batterz"), Some(&hash))
                .await
                .unwrap()
        );
        assert!(!hasher.verify(&presented("nobody's password"), None).await.unwrap());
    }
}

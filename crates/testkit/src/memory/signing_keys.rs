//! Signing keys in memory.

use super::Unit;
use portcullis_application::ports::{SigningKeyRepository, StoreError, StoreResult};
use portcullis_domain::{KeyId, SigningKey};

impl SigningKeyRepository for Unit {
    fn list(&mut self) -> StoreResult<Vec<SigningKey>> {
        let mut keys: Vec<_> = self.readable()?.signing_keys.values().cloned().collect();
        keys.sort_by_key(|key| key.created_at);
        Ok(keys)
    }

    /// Units run one after the other: the keys are held already.
    fn lock_all(&mut self) -> StoreResult<Vec<SigningKey>> {
        SigningKeyRepository::list(self)
    }

    fn insert(&mut self, key: &SigningKey) -> StoreResult<()> {
        let tables = self.writable()?;
        if tables.signing_keys.contains_key(&key.id) {
            return Err(self.fail(StoreError::Conflict));
        }
        tables.signing_keys.insert(key.id.clone(), key.clone());
        Ok(())
    }

    fn update(&mut self, key: &SigningKey) -> StoreResult<bool> {
        let present = self.writable()?.signing_keys.get_mut(&key.id);
        let updated = present.map(|present| {
            *present = SigningKey {
                purpose: present.purpose,
                algorithm: present.algorithm,
                created_at: present.created_at,
                ..key.clone()
            }
        });
        Ok(updated.is_some())
    }

    fn delete(&mut self, id: &KeyId) -> StoreResult<bool> {
        Ok(self.writable()?.signing_keys.remove(id).is_some())
    }
}

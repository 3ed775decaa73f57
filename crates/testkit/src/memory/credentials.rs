//! Credentials in memory.

use super::{Tables, Unit};
use portcullis_application::ports::{CredentialRepository, StoreError, StoreResult, UserRepository};
use portcullis_domain::{Credentials, Email, PasswordHash, User, UserId};

impl CredentialRepository for Unit {
    fn find(&mut self, user: UserId) -> StoreResult<Option<Credentials>> {
        let tables = self.readable()?;
        let exists = tables.users.contains_key(&user);
        Ok(exists.then(|| credentials_of(tables, user)))
    }

    fn find_by_email(&mut self, email: &Email) -> StoreResult<Option<(User, Credentials)>> {
        let found = UserRepository::find_by_email(self, email)?;
        let tables = self.readable()?;
        Ok(found.map(|user| {
            let credentials = credentials_of(tables, user.id);
            (user, credentials)
        }))
    }

    fn set_password(&mut self, user: UserId, hash: &PasswordHash) -> StoreResult<()> {
        let tables = self.writable()?;
        if !tables.users.contains_key(&user) {
            return Err(self.fail(StoreError::Unexpected(anyhow::anyhow!("a password of no user"))));
        }
        tables.passwords.insert(user, hash.clone());
        Ok(())
    }

    fn replace_password(&mut self, user: UserId, checked: &PasswordHash, hash: &PasswordHash) -> StoreResult<bool> {
        let present = self.writable()?.passwords.get_mut(&user);
        let unchanged = present.filter(|present| *present == checked);
        Ok(unchanged.map(|present| *present = hash.clone()).is_some())
    }
}

fn credentials_of(tables: &Tables, user: UserId) -> Credentials {
    Credentials {
        password: tables.passwords.get(&user).cloned(),
    }
}

//! Users in memory.

use super::{Tables, Unit};
use portcullis_application::ports::{StoreError, StoreResult, UserRepository};
use portcullis_domain::{Email, User, UserId};

impl UserRepository for Unit {
    fn find(&mut self, id: UserId) -> StoreResult<Option<User>> {
        Ok(self.readable()?.users.get(&id).cloned())
    }

    fn find_by_email(&mut self, email: &Email) -> StoreResult<Option<User>> {
        let users = &self.readable()?.users;
        Ok(users.values().find(|user| user.email == *email).cloned())
    }

    /// Units run one after the other: the row is held already.
    fn lock(&mut self, id: UserId) -> StoreResult<Option<User>> {
        UserRepository::find(self, id)
    }

    fn insert(&mut self, user: &User) -> StoreResult<()> {
        let tables = self.writable()?;
        if tables.users.contains_key(&user.id) || is_email_of_another(tables, user) {
            return Err(self.fail(StoreError::Conflict));
        }
        tables.users.insert(user.id, user.clone());
        Ok(())
    }

    fn update(&mut self, user: &User) -> StoreResult<bool> {
        let tables = self.writable()?;
        if !tables.users.contains_key(&user.id) {
            return Ok(false);
        }
        if is_email_of_another(tables, user) {
            return Err(self.fail(StoreError::Conflict));
        }
        tables.users.insert(user.id, user.clone());
        Ok(true)
    }
}

fn is_email_of_another(tables: &Tables, user: &User) -> bool {
    tables
        .users
        .values()
        .any(|other| other.id != user.id && other.email == user.email)
}

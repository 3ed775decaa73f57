//! Users in memory.

use super::{Tables, Unit, newest_first};
use portcullis_application::ports::{StoreError, StoreResult, UserFilter, UserRepository, search_text};
use portcullis_domain::{Email, Page, PageRequest, Position, Role, User, UserId};

impl UserRepository for Unit {
    fn find(&mut self, id: UserId) -> StoreResult<Option<User>> {
        Ok(self.readable()?.users.get(&id).cloned())
    }

    fn find_by_email(&mut self, email: &Email) -> StoreResult<Option<User>> {
        let users = &self.readable()?.users;
        Ok(users.values().find(|user| user.email == *email).cloned())
    }

    fn list(&mut self, filter: &UserFilter, request: &PageRequest) -> StoreResult<Page<User>> {
        let scan = self.scan;
        let users = self.readable()?.users.values().cloned();
        Ok(newest_first::page(users, position, request, scan, |user| {
            matches(filter, user)
        }))
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

    fn delete(&mut self, id: UserId) -> StoreResult<bool> {
        Ok(super::delete_user(self.writable()?, id))
    }

    /// Units run one after the other: the question is held already.
    fn lock_administrators(&mut self) -> StoreResult<u64> {
        let users = self.readable()?.users.values();
        let active = users.filter(|user| user.role == Role::Admin && user.is_active);
        Ok(active.map(|_| 1).sum())
    }
}

fn position(user: &User) -> Position {
    Position {
        at: user.created_at,
        id: user.id.as_uuid(),
    }
}

fn matches(filter: &UserFilter, user: &User) -> bool {
    let UserFilter { query, role, is_active } = filter;
    query
        .as_ref()
        .is_none_or(|query| search_text(user).contains(query.as_str()))
        && role.is_none_or(|role| user.role == role)
        && is_active.is_none_or(|is_active| user.is_active == is_active)
}

fn is_email_of_another(tables: &Tables, user: &User) -> bool {
    tables
        .users
        .values()
        .any(|other| other.id != user.id && other.email == user.email)
}

//! A person with an account.

use crate::{Email, FullName, Role, UserId};
use chrono::{DateTime, Utc};

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Never changes.
    pub id: UserId,
    /// Unique among all users.
    pub email: Email,
    /// Whether the user has shown that mail to `email` reaches them.
    pub email_verified: bool,
    /// What the user is called.
    pub full_name: FullName,
    /// What the user may do.
    pub role: Role,
    /// An inactive user can't sign in, and nothing that they hold works.
    pub is_active: bool,
    /// When the account was made.
    pub created_at: DateTime<Utc>,
}

impl User {
    /// Takes on another address. One that differs is unverified, whatever the old one was.
    pub fn change_email(&mut self, email: Email) {
        if self.email != email {
            self.email = email;
            self.email_verified = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verified_user() -> User {
        User {
            id: UserId::new(DateTime::UNIX_EPOCH, [1; 10]),
            email: Email::parse("ada@example.org").unwrap(),
            email_verified: true,
            full_name: FullName::parse("Ada Lovelace").unwrap(),
            role: Role::User,
            is_active: true,
            created_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_new_address_is_unverified_and_the_same_one_stays_verified() {
        let mut user = verified_user();
        user.change_email(Email::parse("ADA@example.org").unwrap());
        assert!(user.email_verified);
        user.change_email(Email::parse("countess@example.org").unwrap());
        assert!(!user.email_verified);
    }
}

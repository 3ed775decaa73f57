//! A person with an account.

use crate::{Email, FullName, Locale, Role, TimeZone, UserId};
use chrono::{DateTime, Utc};

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact by itself, and a column")]
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
    /// The language that the user reads, as they or their first request said it; `None` until it is known.
    pub locale: Option<Locale>,
    /// The time zone that the user reads times in; `None` where they have not said.
    pub time_zone: Option<TimeZone>,
    /// The address that takes the place of `email` once its link is used.
    pub pending_email: Option<Email>,
    /// Whether there is a password. It is known by the credentials: a store reads it with the user, and never writes it.
    pub has_password: bool,
    /// Whether signing in takes a second factor. A store reads it with the user, and never writes it.
    pub has_second_factor: bool,
    /// Whether a passkey signs the user in. A store reads it with the user, and never writes it.
    pub has_passkey: bool,
    /// Whether somebody signed in to the account before.
    pub has_signed_in: bool,
}

impl User {
    /// Takes on another address. One that differs is unverified, whatever the old one was. An address that waited is
    /// forgotten.
    pub fn change_email(&mut self, email: Email) {
        if self.email != email {
            self.email = email;
            self.email_verified = false;
            self.pending_email = None;
        }
    }

    /// Takes on the address whose link was used: it is verified.
    pub fn prove_email(&mut self, email: Email) {
        self.change_email(email);
        self.email_verified = true;
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
            locale: None,
            time_zone: None,
            pending_email: Some(Email::parse("lady@example.org").unwrap()),
            has_password: true,
            has_second_factor: false,
            has_passkey: false,
            has_signed_in: false,
        }
    }

    #[test]
    fn a_new_address_is_unverified_and_the_same_one_stays_verified() {
        let mut user = verified_user();
        user.change_email(Email::parse("ADA@example.org").unwrap());
        assert!(user.email_verified && user.pending_email.is_some());
        user.change_email(Email::parse("countess@example.org").unwrap());
        assert!(!user.email_verified);
        assert_eq!(user.pending_email, None);
    }

    #[test]
    fn an_address_whose_link_was_used_is_verified() {
        let mut user = verified_user();
        let email = Email::parse("lady@example.org").unwrap();
        user.prove_email(email.clone());
        assert_eq!(
            (user.email, user.email_verified, user.pending_email),
            (email, true, None)
        );
    }
}

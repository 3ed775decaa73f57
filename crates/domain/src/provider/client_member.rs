//! Who may use a client, and as what.

use crate::UserId;
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;
use std::fmt;

/// A member of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientMember {
    /// The user.
    pub user_id: UserId,
    /// The roles that the user has at the client.
    pub roles: ClientRoles,
    /// When the user became a member.
    pub added_at: DateTime<Utc>,
}

/// Roles at a client, which it gives a meaning to: up to 20 names of 1 to 64 letters, digits and `._:/-`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientRoles(BTreeSet<String>);

/// Why texts are no roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClientRolesError {
    /// One is no name.
    #[error("a role has 1 to {MAX_CHARACTERS} letters, digits and ._:/-")]
    Name,
    /// Too many.
    #[error("a member has at most {MOST} roles")]
    TooMany,
}

const MOST: usize = 20;
const MAX_CHARACTERS: usize = 64;

impl ClientRoles {
    /// The roles of those names.
    ///
    /// # Errors
    /// Those of [`ClientRolesError`].
    pub fn of<'n>(names: impl IntoIterator<Item = &'n str>) -> Result<Self, ClientRolesError> {
        let mut roles = BTreeSet::new();
        for name in names {
            let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"._:/-".contains(&byte);
            if !(1..=MAX_CHARACTERS).contains(&name.len()) || !name.bytes().all(is_part) {
                return Err(ClientRolesError::Name);
            }
            roles.insert(name.to_owned());
        }
        if roles.len() > MOST {
            return Err(ClientRolesError::TooMany);
        }
        Ok(Self(roles))
    }

    /// The names, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl fmt::Display for ClientRoles {
    /// The names with a space between them.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.iter().collect::<Vec<_>>().join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_names_in_one_order_each_once() {
        let roles = ClientRoles::of(["viewer", "team:ops/on-call", "viewer"]).unwrap();
        assert_eq!(roles.to_string(), "team:ops/on-call viewer");
        for name in ["", "a b", "ä", &"x".repeat(65)] {
            assert_eq!(ClientRoles::of([name]), Err(ClientRolesError::Name), "{name:?}");
        }
        let many: Vec<String> = (0..21).map(|number| number.to_string()).collect();
        let many = ClientRoles::of(many.iter().map(String::as_str));
        assert_eq!(many, Err(ClientRolesError::TooMany));
    }
}

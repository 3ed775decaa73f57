//! Which accounts must have a second factor, and how one stands to that.

use crate::{Role, User};
use std::fmt;
use std::str::FromStr;

/// Which accounts must have a second factor. Until one has, setting it up is all that it can be used for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FactorDemand {
    /// None. Who wants one sets it up.
    #[default]
    Nobody,
    /// Those of administrators.
    Administrators,
    /// All.
    Everybody,
}

/// How an account stands to second factors.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FactorStanding {
    /// It has none, and needs none.
    #[default]
    Free,
    /// It has one.
    Enrolled,
    /// It has none, and must have one.
    Owing,
}

/// A text that names no such standing, or no such demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such word about second factors")]
pub struct UnknownFactorWord;

impl FactorDemand {
    /// Whether accounts of that role must have a second factor.
    #[must_use]
    pub const fn is_for(self, role: Role) -> bool {
        match (self, role) {
            (Self::Nobody, _) | (Self::Administrators, Role::User) => false,
            (Self::Administrators, Role::Admin) | (Self::Everybody, _) => true,
        }
    }

    /// How the account stands.
    #[must_use]
    pub const fn standing(self, user: &User) -> FactorStanding {
        if user.has_factor() {
            FactorStanding::Enrolled
        } else if self.is_for(user.role) {
            FactorStanding::Owing
        } else {
            FactorStanding::Free
        }
    }

    /// Whether a token may be used for more than setting a second factor up that says so of an account of that role. One from
    /// before the demand says that the account is free of it, and one from after its end that it owes.
    #[must_use]
    pub const fn admits(self, role: Role, told: FactorStanding) -> bool {
        match (self, told) {
            (Self::Nobody, _) | (_, FactorStanding::Enrolled) => true,
            (Self::Administrators | Self::Everybody, FactorStanding::Free) => !self.is_for(role),
            // It says the role of a user, whatever the account's is.
            (Self::Administrators | Self::Everybody, FactorStanding::Owing) => false,
        }
    }
}

impl FactorStanding {
    /// Whether there has to be a second factor before anything else.
    #[must_use]
    pub const fn is_owing(self) -> bool {
        matches!(self, Self::Owing)
    }

    /// What tokens say of it; `None` where they say nothing.
    #[must_use]
    pub const fn word(self) -> Option<&'static str> {
        match self {
            Self::Free => None,
            Self::Enrolled => Some("enrolled"),
            Self::Owing => Some("required"),
        }
    }
}

impl FromStr for FactorDemand {
    type Err = UnknownFactorWord;

    fn from_str(text: &str) -> Result<Self, UnknownFactorWord> {
        match text {
            "ADMIN" => Ok(Self::Administrators),
            "ALL" => Ok(Self::Everybody),
            _ => Err(UnknownFactorWord),
        }
    }
}

impl fmt::Display for FactorDemand {
    /// As settings have it.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Nobody => "nobody",
            Self::Administrators => "ADMIN",
            Self::Everybody => "ALL",
        })
    }
}

impl FromStr for FactorStanding {
    type Err = UnknownFactorWord;

    fn from_str(text: &str) -> Result<Self, UnknownFactorWord> {
        [Self::Enrolled, Self::Owing]
            .into_iter()
            .find(|standing| standing.word() == Some(text))
            .ok_or(UnknownFactorWord)
    }
}

impl User {
    /// Whether the user has set up what proves more than a password does.
    #[must_use]
    pub const fn has_factor(&self) -> bool {
        self.has_second_factor || self.has_passkey
    }

    /// The user as a server knows them: where it takes no passkeys, none proves anything, and none is asked for.
    #[must_use]
    pub fn as_served(self, takes_passkeys: bool) -> Self {
        Self {
            has_passkey: self.has_passkey && takes_passkeys,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::FactorDemand::{Administrators, Everybody, Nobody};
    use super::*;

    #[test]
    fn a_demand_is_for_administrators_or_for_all() {
        for (demand, user, admin) in [
            (Nobody, false, false),
            (Administrators, false, true),
            (Everybody, true, true),
        ] {
            assert_eq!((demand.is_for(Role::User), demand.is_for(Role::Admin)), (user, admin));
        }
    }

    #[test]
    fn a_token_from_before_the_demand_is_judged_by_its_role() {
        for (demand, role, told, admitted) in [
            (Nobody, Role::Admin, FactorStanding::Free, true),
            (Nobody, Role::User, FactorStanding::Owing, true),
            (Administrators, Role::User, FactorStanding::Free, true),
            (Administrators, Role::Admin, FactorStanding::Free, false),
            (Administrators, Role::User, FactorStanding::Owing, false),
            (Administrators, Role::Admin, FactorStanding::Enrolled, true),
            (Everybody, Role::User, FactorStanding::Free, false),
            (Everybody, Role::User, FactorStanding::Owing, false),
            (Everybody, Role::User, FactorStanding::Enrolled, true),
        ] {
            assert_eq!(demand.admits(role, told), admitted, "{demand} {role} {told:?}");
        }
    }

    #[test]
    fn words_read_back() {
        for demand in [Administrators, Everybody] {
            assert_eq!(demand.to_string().parse(), Ok(demand));
        }
        for standing in [FactorStanding::Enrolled, FactorStanding::Owing] {
            assert_eq!(standing.word().unwrap().parse(), Ok(standing));
        }
        assert_eq!("USER".parse::<FactorDemand>(), Err(UnknownFactorWord));
        assert_eq!("free".parse::<FactorStanding>(), Err(UnknownFactorWord));
    }
}

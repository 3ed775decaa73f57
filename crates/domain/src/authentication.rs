//! How a person proved who they are.

use crate::KeyStorage;
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// One way to prove who one is, by its name in RFC 8176.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum AuthenticationMethod {
    /// A password.
    Password,
    /// A code that works once: of an authenticator app, or one that was kept for the day when there is none.
    OneTimePassword,
    /// A key that never leaves one piece of hardware: a passkey of one device.
    HardwareKey,
    /// A key that software keeps: a passkey that is on several devices.
    SoftwareKey,
    /// That the user was there.
    Presence,
    /// Several factors, each of another kind.
    MultipleFactors,
    /// Another provider vouches for them. RFC 8176 has no name for it; this is what others call it.
    Federated,
    /// One that this version does not know, by its name. A newer version wrote it.
    Other(String),
}

impl AuthenticationMethod {
    /// The name in RFC 8176.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Password => "pwd",
            Self::OneTimePassword => "otp",
            Self::HardwareKey => "hwk",
            Self::SoftwareKey => "swk",
            Self::Presence => "user",
            Self::MultipleFactors => "mfa",
            Self::Federated => "fed",
            Self::Other(name) => name,
        }
    }

    /// The method of that name; `None` where the text is no name.
    fn named(name: &str) -> Option<Self> {
        match name {
            "pwd" => Some(Self::Password),
            "otp" => Some(Self::OneTimePassword),
            "hwk" => Some(Self::HardwareKey),
            "swk" => Some(Self::SoftwareKey),
            "user" => Some(Self::Presence),
            "mfa" => Some(Self::MultipleFactors),
            "fed" => Some(Self::Federated),
            other if !other.is_empty() && other.bytes().all(|byte| byte.is_ascii_graphic()) => {
                Some(Self::Other(other.to_owned()))
            }
            _ => None,
        }
    }
}

/// The ways by which somebody proved who they are: at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthenticationMethods(BTreeSet<AuthenticationMethod>);

impl AuthenticationMethods {
    /// What is proved by a code of a second factor behind a first one.
    #[must_use]
    pub fn with_code(mut self) -> Self {
        self.0.insert(AuthenticationMethod::OneTimePassword);
        self.0.insert(AuthenticationMethod::MultipleFactors);
        self
    }

    /// What is proved by a passkey alone: its device was there and had its user verified, which are two factors.
    #[must_use]
    pub fn of_passkey(storage: KeyStorage) -> Self {
        let key = match storage {
            KeyStorage::Hardware => AuthenticationMethod::HardwareKey,
            KeyStorage::Software => AuthenticationMethod::SoftwareKey,
        };
        Self(BTreeSet::from([
            key,
            AuthenticationMethod::Presence,
            AuthenticationMethod::MultipleFactors,
        ]))
    }

    /// What is proved by all of both.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// The methods, in one order.
    pub fn iter(&self) -> impl Iterator<Item = &AuthenticationMethod> {
        self.0.iter()
    }

    /// Their names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(AuthenticationMethod::as_str)
    }
}

impl From<AuthenticationMethod> for AuthenticationMethods {
    fn from(method: AuthenticationMethod) -> Self {
        Self(BTreeSet::from([method]))
    }
}

impl fmt::Display for AuthenticationMethods {
    /// The names with a space between them.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.names().collect();
        out.write_str(&names.join(" "))
    }
}

/// A text that does not name ways to prove who one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("these are no names of methods with a space between them")]
pub struct NotMethods;

impl FromStr for AuthenticationMethods {
    type Err = NotMethods;

    fn from_str(text: &str) -> Result<Self, NotMethods> {
        let methods: Option<_> = text.split(' ').map(AuthenticationMethod::named).collect();
        methods.map(Self).ok_or(NotMethods)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_read_back_as_they_were_written() {
        let methods = AuthenticationMethods::from(AuthenticationMethod::Password);
        assert_eq!(methods.to_string(), "pwd");
        assert_eq!("pwd".parse(), Ok(methods));
    }

    #[test]
    fn a_code_behind_a_password_makes_two_factors() {
        let methods = AuthenticationMethods::from(AuthenticationMethod::Password).with_code();
        assert_eq!(methods.to_string(), "pwd otp mfa");
        assert_eq!("mfa otp pwd".parse(), Ok(methods));
    }

    #[test]
    fn a_passkey_is_a_key_and_its_user() {
        for (storage, expected) in [
            (KeyStorage::Hardware, "hwk user mfa"),
            (KeyStorage::Software, "swk user mfa"),
        ] {
            let methods = AuthenticationMethods::of_passkey(storage);
            assert_eq!(methods.to_string(), expected);
            assert_eq!(expected.parse(), Ok(methods));
        }
        let behind_a_password = AuthenticationMethods::from(AuthenticationMethod::Password)
            .and(AuthenticationMethods::of_passkey(KeyStorage::Software));
        assert_eq!(behind_a_password.to_string(), "pwd swk user mfa");
    }

    #[test]
    fn methods_of_a_newer_version_are_kept() {
        let methods: AuthenticationMethods = "face pwd".parse().unwrap();
        assert_eq!(methods.to_string(), "pwd face");
    }

    #[test]
    fn other_texts_name_no_methods() {
        for text in ["", " ", "pwd ", "pwd  pwd", "pwd\notp", "비밀"] {
            assert_eq!(text.parse::<AuthenticationMethods>(), Err(NotMethods), "{text:?}");
        }
    }
}

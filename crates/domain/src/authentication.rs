//! How a person proved who they are.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// One way to prove who one is, by its name in RFC 8176.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AuthenticationMethod {
    /// A password.
    Password,
}

impl AuthenticationMethod {
    const ALL: [Self; 1] = [Self::Password];

    /// The name in RFC 8176.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "pwd",
        }
    }
}

/// The ways by which somebody proved who they are: at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthenticationMethods(BTreeSet<AuthenticationMethod>);

impl From<AuthenticationMethod> for AuthenticationMethods {
    fn from(method: AuthenticationMethod) -> Self {
        Self(BTreeSet::from([method]))
    }
}

impl fmt::Display for AuthenticationMethods {
    /// The names with a space between them.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.0.iter().map(|method| method.as_str()).collect();
        out.write_str(&names.join(" "))
    }
}

/// A text that does not name ways to prove who one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a method of authentication is pwd")]
pub struct UnknownMethod;

impl FromStr for AuthenticationMethods {
    type Err = UnknownMethod;

    fn from_str(text: &str) -> Result<Self, UnknownMethod> {
        let known = |name| {
            AuthenticationMethod::ALL
                .into_iter()
                .find(|method| method.as_str() == name)
        };
        let methods: Option<_> = text.split(' ').map(known).collect();
        methods.map(Self).ok_or(UnknownMethod)
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
    fn other_texts_name_no_methods() {
        for text in ["", " ", "PWD", "pwd ", "pwd  pwd", "pwd,pwd", "pwd otp"] {
            assert_eq!(text.parse::<AuthenticationMethods>(), Err(UnknownMethod), "{text:?}");
        }
    }
}

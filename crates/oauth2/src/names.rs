//! Words of the standards that a server knows.

use std::fmt;
use std::str::FromStr;

/// A word that this server does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an unknown name")]
pub struct UnknownName;

/// How a client comes to a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum GrantType {
    /// RFC 6749, section 4.1.
    AuthorizationCode,
    /// RFC 6749, section 4.4.
    ClientCredentials,
    /// RFC 6749, section 6.
    RefreshToken,
}

/// How a client shows who it is at the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum AuthMethod {
    /// Not at all: a public client (RFC 6749, section 2.1).
    None,
    /// A secret, by the header or by the form (RFC 6749, section 2.3.1). The client may send it either way.
    ClientSecret,
    /// A JWT that the client signed (RFC 7523, section 2.2).
    PrivateKeyJwt,
}

/// What an authorization answers with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ResponseType {
    /// A code (RFC 6749, section 4.1.1).
    Code,
}

/// How the answer of an authorization travels (OAuth 2.0 Multiple Response Types, section 2.1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ResponseMode {
    /// In the query of the redirect URI.
    #[default]
    Query,
    /// In a form that the browser posts (OAuth 2.0 Form Post Response Mode).
    FormPost,
}

/// How a code challenge was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum CodeChallengeMethod {
    /// By SHA-256 (RFC 7636, section 4.2).
    S256,
}

impl GrantType {
    /// All of them.
    pub const ALL: &[Self] = &[Self::AuthorizationCode, Self::ClientCredentials, Self::RefreshToken];

    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::ClientCredentials => "client_credentials",
            Self::RefreshToken => "refresh_token",
        }
    }
}

impl AuthMethod {
    /// All of them.
    pub const ALL: &[Self] = &[Self::None, Self::ClientSecret, Self::PrivateKeyJwt];

    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ClientSecret => "client_secret",
            Self::PrivateKeyJwt => "private_key_jwt",
        }
    }

    /// The words of RFC 7591, section 2, of which the metadata of a server is made.
    #[must_use]
    pub const fn registered_names(self) -> &'static [&'static str] {
        match self {
            Self::None => &["none"],
            Self::ClientSecret => &["client_secret_basic", "client_secret_post"],
            Self::PrivateKeyJwt => &["private_key_jwt"],
        }
    }
}

impl ResponseType {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Code];

    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
        }
    }
}

impl ResponseMode {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Query, Self::FormPost];

    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::FormPost => "form_post",
        }
    }
}

impl CodeChallengeMethod {
    /// All of them.
    pub const ALL: &[Self] = &[Self::S256];

    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::S256 => "S256",
        }
    }
}

/// Reads and writes each of these enums by its `ALL` and `as_str`.
macro_rules! by_name {
    ($($name:ty),*) => {$(
        impl FromStr for $name {
            type Err = UnknownName;

            fn from_str(text: &str) -> Result<Self, UnknownName> {
                let known = Self::ALL.iter().find(|known| known.as_str() == text);
                known.copied().ok_or(UnknownName)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(self.as_str())
            }
        }
    )*};
}

by_name!(GrantType, AuthMethod, ResponseType, ResponseMode, CodeChallengeMethod);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_read_by_the_word_that_it_is_written_as() {
        fn holds<T: Copy + PartialEq + fmt::Debug + fmt::Display + FromStr<Err = UnknownName>>(all: &[T]) {
            for one in all {
                assert_eq!(one.to_string().parse(), Ok(*one));
            }
        }
        holds(GrantType::ALL);
        holds(AuthMethod::ALL);
        holds(ResponseType::ALL);
        holds(ResponseMode::ALL);
        holds(CodeChallengeMethod::ALL);
    }

    #[test]
    fn what_is_left_out_is_unknown() {
        for text in [
            "password",
            "implicit",
            "urn:ietf:params:oauth:grant-type:device_code",
            "",
        ] {
            assert_eq!(text.parse::<GrantType>(), Err(UnknownName));
        }
        for text in ["token", "id_token", "code id_token", "code token", "none", "Code"] {
            assert_eq!(text.parse::<ResponseType>(), Err(UnknownName));
        }
        for text in ["fragment", "web_message", "form_post.jwt"] {
            assert_eq!(text.parse::<ResponseMode>(), Err(UnknownName));
        }
        assert_eq!("plain".parse::<CodeChallengeMethod>(), Err(UnknownName));
    }
}

//! What a client asks for, and what it is given.

use std::borrow::Borrow;
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// The name of a scope: 1 to 100 visible ASCII characters but `"` and `\` (RFC 6749, section 3.3).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeName(String);

/// Names without order, each once, as RFC 6749, section 3.3 has it: parted by spaces.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct ScopeSet(BTreeSet<ScopeName>);

/// Why a text names no scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// There is no name.
    #[error("no scope is named")]
    Empty,
    /// A name of more than 100 characters, more than 50 names, or more than 1,000 characters in all.
    #[error(
        "a scope has at most {} characters, and a request {} of them",
        ScopeName::MOST,
        ScopeSet::MOST_NAMES
    )]
    TooLong,
    /// A character that no name has.
    #[error("a scope is made of visible ASCII characters without quotes and backslashes")]
    Character,
}

impl ScopeName {
    /// The most characters of one.
    pub const MOST: usize = 100;
    /// Asks for an ID token (OpenID Connect Core, section 3.1.2.1).
    pub const OPENID: &str = "openid";
    /// Asks for the claims of a profile (OpenID Connect Core, section 5.4).
    pub const PROFILE: &str = "profile";
    /// Asks for the address and whether it is verified (OpenID Connect Core, section 5.4).
    pub const EMAIL: &str = "email";
    /// Asks for access while the user is away (OpenID Connect Core, section 11).
    pub const OFFLINE_ACCESS: &str = "offline_access";

    /// Takes a text for a name.
    ///
    /// # Errors
    /// The first of [`ScopeError`] that holds.
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        if text.is_empty() {
            Err(ScopeError::Empty)
        } else if text.len() > Self::MOST {
            Err(ScopeError::TooLong)
        } else if text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\'))
        {
            Ok(Self(text.to_owned()))
        } else {
            Err(ScopeError::Character)
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl ScopeSet {
    /// The most characters of a request's scopes.
    pub const MOST: usize = 1000;
    /// The most names of a request's scopes.
    pub const MOST_NAMES: usize = 50;

    /// Takes a text apart at its spaces.
    ///
    /// # Errors
    /// The first of [`ScopeError`] that holds. A set that is read has at least one name.
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        if text.len() > Self::MOST {
            return Err(ScopeError::TooLong);
        }
        let names = text.split(' ').filter(|name| !name.is_empty()).map(ScopeName::parse);
        let names: BTreeSet<_> = names.collect::<Result<_, _>>()?;
        match names.len() {
            0 => Err(ScopeError::Empty),
            1..=Self::MOST_NAMES => Ok(Self(names)),
            _ => Err(ScopeError::TooLong),
        }
    }

    /// Whether a name is among them.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// Whether all of these are among those.
    #[must_use]
    pub fn is_subset(&self, of: &Self) -> bool {
        self.0.is_subset(&of.0)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &ScopeName> {
        self.0.iter()
    }

    /// Adds a name.
    pub fn insert(&mut self, name: ScopeName) {
        self.0.insert(name);
    }

    /// Those of which it holds.
    #[must_use]
    pub fn filtered(&self, mut holds: impl FnMut(&ScopeName) -> bool) -> Self {
        self.0.iter().filter(|name| holds(name)).cloned().collect()
    }

    /// These and those.
    #[must_use]
    pub fn union(&self, others: &Self) -> Self {
        self.0.union(&others.0).cloned().collect()
    }

    /// These without those.
    #[must_use]
    pub fn without(&self, others: &Self) -> Self {
        self.0.difference(&others.0).cloned().collect()
    }
}

impl FromIterator<ScopeName> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = ScopeName>>(names: I) -> Self {
        Self(names.into_iter().collect())
    }
}

impl IntoIterator for ScopeSet {
    type Item = ScopeName;
    type IntoIter = std::collections::btree_set::IntoIter<ScopeName>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl Borrow<str> for ScopeName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl FromStr for ScopeName {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        Self::parse(text)
    }
}

impl FromStr for ScopeSet {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        Self::parse(text)
    }
}

impl fmt::Display for ScopeName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in self.0.iter().enumerate() {
            if index > 0 {
                out.write_str(" ")?;
            }
            out.write_str(&name.0)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_parted_by_spaces_and_have_no_order() {
        let scopes = ScopeSet::parse("openid  orders:read openid").unwrap();
        assert_eq!(scopes, ScopeSet::parse("orders:read openid").unwrap());
        assert_eq!(scopes.to_string(), "openid orders:read");
        assert!(scopes.contains(ScopeName::OPENID) && !scopes.contains("orders"));
    }

    #[test]
    fn what_names_no_scopes_is_refused() {
        let many = (0..51).map(|number| number.to_string()).collect::<Vec<_>>().join(" ");
        for (text, error) in [
            ("", ScopeError::Empty),
            ("  ", ScopeError::Empty),
            ("a\tb", ScopeError::Character),
            ("a\u{7f}", ScopeError::Character),
            ("say\"", ScopeError::Character),
            ("back\\slash", ScopeError::Character),
            ("읽기", ScopeError::Character),
            (&"x".repeat(101), ScopeError::TooLong),
            (&"x ".repeat(501), ScopeError::TooLong),
            (&many, ScopeError::TooLong),
        ] {
            assert_eq!(ScopeSet::parse(text), Err(error), "{text:?}");
        }
    }

    #[test]
    fn sets_are_compared_as_sets() {
        let [asked, given] = ["a b c", "b c d"].map(|text| ScopeSet::parse(text).unwrap());
        assert_eq!(asked.without(&given).to_string(), "a");
        assert_eq!(asked.union(&given).to_string(), "a b c d");
        assert_eq!(asked.filtered(|name| given.contains(name.as_str())).to_string(), "b c");
        assert!(!asked.is_subset(&given) && asked.without(&asked).is_empty());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text: String) {
            if let Ok(scopes) = ScopeSet::parse(&text) {
                prop_assert_eq!(ScopeSet::parse(&scopes.to_string()), Ok(scopes));
            }
        }
    }
}

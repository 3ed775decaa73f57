//! Where a session is used from, as far as the server can see.

use std::net::IpAddr;

const MAX_CHARACTERS: usize = 256;

/// What a client says of itself (RFC 9110, section 10.1.5): cut at 256 characters, without control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserAgent(String);

impl UserAgent {
    /// Keeps of `text` what can be shown; `None` where nothing is left.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let kept: String = text
            .trim()
            .chars()
            .filter(|character| !character.is_control())
            .take(MAX_CHARACTERS)
            .collect();
        (!kept.is_empty()).then_some(Self(kept))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A device at its last sign-in or refresh. Both members are what the network said, not proof of anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Device {
    /// The address that the request came from.
    pub address: Option<IpAddr>,
    /// The program that sent it.
    pub user_agent: Option<UserAgent>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_agent_is_cut_and_cleaned() {
        let agent = UserAgent::from_text(&format!("curl/8\r\nevil {}", "x".repeat(500))).unwrap();
        assert!(agent.as_str().starts_with("curl/8evil x"));
        assert_eq!(agent.as_str().chars().count(), MAX_CHARACTERS);
        assert_eq!(UserAgent::from_text(" \r\n "), None);
    }
}

//! Where a session is used from, as far as the server can see.

use crate::DeviceName;
use crate::visibility::{changes_other_text, is_ignorable};
use std::net::IpAddr;

const MAX_CHARACTERS: usize = 256;

/// What a client says of itself (RFC 9110, section 10.1.5): cut at 256 characters, without those that act on other text or
/// that nobody sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserAgent(String);

impl UserAgent {
    /// Keeps of `text` what can be shown; `None` where nothing is left.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let is_shown = |character: &char| !changes_other_text(*character) && !is_ignorable(*character);
        let shown: String = text.chars().filter(is_shown).collect();
        let cut: String = shown.trim().chars().take(MAX_CHARACTERS).collect();
        // The cut may fall behind a blank. What is kept must be kept as it is when it is read back.
        let kept = cut.trim_end();
        (!kept.is_empty()).then(|| Self(kept.to_owned()))
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

impl Device {
    /// What it is called in plain words, where it says anything of itself.
    #[must_use]
    pub fn name(&self) -> Option<DeviceName> {
        self.user_agent.as_ref().map(DeviceName::of)
    }
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
        let turning = UserAgent::from_text("\u{feff}curl\u{202e}/\u{200b}8\u{2028}{\u{2066}}").unwrap();
        assert_eq!(turning.as_str(), "curl/8{}");
    }

    #[test]
    fn what_was_kept_is_kept_as_it_is() {
        let long = format!("{} b", "a".repeat(255));
        for text in [long.as_str(), "\u{85} a \u{85}", "a\u{a0}\u{9f} ", "\u{2003}\u{0}x"] {
            let once = UserAgent::from_text(text).unwrap();
            assert_eq!(UserAgent::from_text(once.as_str()), Some(once.clone()), "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_kept_as_it_was_kept_the_first_time(text in "\\PC{0,300}|[ \t\u{80}-\u{a0}a]{0,300}") {
            if let Some(once) = UserAgent::from_text(&text) {
                proptest::prop_assert_eq!(UserAgent::from_text(once.as_str()), Some(once));
            }
        }
    }
}

//! What a device is called in plain words, by what its program says of itself.
//!
//! Browsers name one another in what they say, so the order of the words that are looked for matters. What is found is a
//! help for people who look through their devices, not a proof of anything.

use crate::UserAgent;
use std::fmt;

/// The browsers that are told apart. The one that others are made of comes behind them.
const BROWSERS: [(&str, Browser); 11] = [
    ("Edg/", Browser::Edge),
    ("EdgA/", Browser::Edge),
    ("EdgiOS/", Browser::Edge),
    ("OPR/", Browser::Opera),
    ("SamsungBrowser/", Browser::SamsungInternet),
    ("Firefox/", Browser::Firefox),
    ("FxiOS/", Browser::Firefox),
    ("CriOS/", Browser::Chrome),
    ("HeadlessChrome/", Browser::Chrome),
    ("Chrome/", Browser::Chrome),
    ("Safari/", Browser::Safari),
];

/// The systems that are told apart, by a word in the first parentheses.
const SYSTEMS: [(&str, System); 8] = [
    ("iPhone", System::IPhone),
    ("iPad", System::IPad),
    ("Android", System::Android),
    ("Windows", System::Windows),
    ("CrOS", System::Chromebook),
    ("Macintosh", System::Mac),
    ("Linux", System::Linux),
    ("X11", System::Linux),
];

/// The most characters of a name that a program gives itself.
const MAX_CHARACTERS: usize = 64;

/// What a device is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceName {
    /// A browser, and what it runs on where it says so.
    Browser(Browser, Option<System>),
    /// Any other program, by the first word that it says of itself.
    Program(String),
}

/// A browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Browser {
    /// Of Google, and what is made of it and names itself no other way.
    Chrome,
    /// Of Microsoft.
    Edge,
    /// Of Mozilla.
    Firefox,
    /// Of Opera.
    Opera,
    /// Of Apple.
    Safari,
    /// Of Samsung.
    SamsungInternet,
}

/// What a browser runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// A phone or a tablet with Android.
    Android,
    /// A computer with ChromeOS.
    Chromebook,
    /// A tablet of Apple's.
    IPad,
    /// A phone of Apple's.
    IPhone,
    /// A computer with Linux.
    Linux,
    /// A computer of Apple's.
    Mac,
    /// A computer with Windows.
    Windows,
}

impl Browser {
    /// What people call it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chrome => "Chrome",
            Self::Edge => "Edge",
            Self::Firefox => "Firefox",
            Self::Opera => "Opera",
            Self::Safari => "Safari",
            Self::SamsungInternet => "Samsung Internet",
        }
    }
}

impl System {
    /// What people call it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Android => "Android",
            Self::Chromebook => "Chromebook",
            Self::IPad => "iPad",
            Self::IPhone => "iPhone",
            Self::Linux => "Linux",
            Self::Mac => "Mac",
            Self::Windows => "Windows",
        }
    }

    /// The same in an English sentence.
    #[must_use]
    pub const fn in_english(self) -> &'static str {
        match self {
            Self::Chromebook => "a Chromebook",
            Self::IPad => "an iPad",
            Self::IPhone => "an iPhone",
            Self::Mac => "a Mac",
            Self::Android | Self::Linux | Self::Windows => self.as_str(),
        }
    }
}

impl DeviceName {
    /// What the program that says this of itself is called.
    #[must_use]
    pub fn of(agent: &UserAgent) -> Self {
        let text = agent.as_str();
        let found = text.strip_prefix("Mozilla/5.0 (").and_then(|rest| {
            let (about, behind) = rest.split_once(')')?;
            let (_, browser) = BROWSERS.into_iter().find(|(word, _)| behind.contains(word))?;
            let system = SYSTEMS.into_iter().find(|(word, _)| about.contains(word));
            Some(Self::Browser(browser, system.map(|(_, system)| system)))
        });
        found.unwrap_or_else(|| {
            let word = text.split(' ').next().unwrap_or_default();
            Self::Program(word.chars().take(MAX_CHARACTERS).collect())
        })
    }
}

impl fmt::Display for DeviceName {
    /// In English.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Browser(browser, Some(system)) => {
                write!(out, "{} on {}", browser.as_str(), system.in_english())
            }
            Self::Browser(browser, None) => out.write_str(browser.as_str()),
            Self::Program(word) => write!(out, "An app that names itself “{word}”"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> String {
        DeviceName::of(&UserAgent::from_text(text).unwrap()).to_string()
    }

    #[test]
    fn a_browser_is_called_by_its_name_and_what_it_runs_on() {
        for (text, expected) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox on Linux",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15",
                "Safari on a Mac",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0 Mobile/15E148 Safari/604.1",
                "Chrome on an iPhone",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 OPR/120.0",
                "Opera on a Chromebook",
            ),
            ("Mozilla/5.0 (Something Else) Gecko/1 Firefox/140.0", "Firefox"),
        ] {
            assert_eq!(name(text), expected);
        }
    }

    #[test]
    fn another_program_is_called_as_it_calls_itself() {
        assert_eq!(
            name("backup-agent/2.1 (nightly)"),
            "An app that names itself “backup-agent/2.1”"
        );
        assert_eq!(
            name("Mozilla/5.0 (unclosed Firefox/1"),
            "An app that names itself “Mozilla/5.0”"
        );
        let DeviceName::Program(word) = DeviceName::of(&UserAgent::from_text(&"x".repeat(300)).unwrap()) else {
            panic!()
        };
        assert_eq!(word.chars().count(), MAX_CHARACTERS);
    }
}

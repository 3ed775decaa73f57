//! The language that somebody reads, as they or their browser said it.

use icu_locale_core::Locale as LanguageTag;
use std::fmt;
use std::str::FromStr;

/// The longest tag that is kept, in bytes. RFC 5646, section 4.4.1, counts 35 for what people use.
const MAX_BYTES: usize = 35;

/// A BCP 47 language tag in its canonical letter case, such as `en`, `ko-KR` or `zh-Hant`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Locale(String);

/// A text that is no language tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a language tag, such as en or ko-KR, of at most {MAX_BYTES} characters")]
pub struct LocaleError;

impl Locale {
    /// Parses and brings into the canonical letter case.
    ///
    /// # Errors
    /// [`LocaleError`] for what is no tag, is longer than 35 bytes, or names no language.
    pub fn parse(text: &str) -> Result<Self, LocaleError> {
        if text.len() > MAX_BYTES {
            return Err(LocaleError);
        }
        let tag: LanguageTag = text.parse().map_err(|_| LocaleError)?;
        let tag = tag.to_string();
        if tag.len() > MAX_BYTES || tag.starts_with("und") {
            return Err(LocaleError);
        }
        Ok(Self(tag))
    }

    /// The tag.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The language that Portcullis writes to somebody who reads this one; `None` where it writes none of theirs.
    #[must_use]
    pub fn language(&self) -> Option<Language> {
        let primary = self.0.split('-').next().unwrap_or_default();
        Language::ALL.into_iter().find(|language| language.as_str() == primary)
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A language that Portcullis writes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Korean.
    Korean,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::English, Self::Korean];

    /// Its language tag.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Korean => "ko",
        }
    }
}

impl FromStr for Language {
    type Err = LocaleError;

    fn from_str(text: &str) -> Result<Self, LocaleError> {
        Self::ALL
            .into_iter()
            .find(|language| language.as_str() == text)
            .ok_or(LocaleError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_kept_in_its_canonical_letter_case() {
        for (text, tag) in [
            ("en", "en"),
            ("KO-kr", "ko-KR"),
            ("zh-hant-tw", "zh-Hant-TW"),
            ("de-CH-1996", "de-CH-1996"),
        ] {
            assert_eq!(Locale::parse(text).unwrap().as_str(), tag, "{text}");
        }
    }

    #[test]
    fn what_is_no_tag_is_refused() {
        let long = format!("en-{}", "abcdefgh-".repeat(5));
        for text in [
            "",
            "e",
            "english language",
            "en_US\r\n",
            "*",
            "und",
            "../../etc",
            "<b>",
            &long,
        ] {
            assert_eq!(Locale::parse(text), Err(LocaleError), "{text:?}");
        }
    }

    #[test]
    fn the_language_that_is_written_follows_from_the_first_part_of_the_tag() {
        let language = |text| Locale::parse(text).unwrap().language();
        assert_eq!(language("ko-KR"), Some(Language::Korean));
        assert_eq!(language("en-GB"), Some(Language::English));
        assert_eq!(language("kok"), None);
        assert_eq!(language("de"), None);
    }
}

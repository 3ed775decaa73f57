//! How often, and how, a client wants the user to be asked (OpenID Connect Core, section 3.1.2.1).

use std::collections::BTreeSet;
use std::time::Duration;

/// A step that the client wants the user to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Step {
    /// Signing in anew.
    Login,
    /// Agreeing anew.
    Consent,
    /// Choosing an account.
    SelectAccount,
    /// Making an account (Initiating User Registration, section 4).
    Create,
}

/// What the client wants the user to see. Nothing is wanted by default.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Prompt {
    /// Whatever is needed, and these steps in any case.
    Ask(BTreeSet<Step>),
    /// No page at all.
    Silent,
}

/// `none` together with another value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`none` stands alone in prompt")]
pub struct ContradictoryPrompt;

/// How long ago the user may have signed in, at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MaxAge(u32);

/// What is no whole number of seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("max_age is a whole number of seconds")]
pub struct NoMaxAge;

/// Names of ways to sign in, the wanted one first (OpenID Connect Core, section 3.1.2.1).
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct AcrValues(Vec<String>);

impl Prompt {
    /// Reads the parameter. Unknown values are passed over.
    ///
    /// # Errors
    /// [`ContradictoryPrompt`].
    pub fn parse(text: &str) -> Result<Self, ContradictoryPrompt> {
        let words: Vec<_> = words(text).collect();
        match words.as_slice() {
            ["none"] => Ok(Self::Silent),
            words if words.contains(&"none") => Err(ContradictoryPrompt),
            words => Ok(Self::Ask(words.iter().filter_map(|word| Step::named(word)).collect())),
        }
    }

    /// Whether the client wants no page.
    #[must_use]
    pub const fn is_silent(&self) -> bool {
        matches!(self, Self::Silent)
    }

    /// Whether the client wants this step.
    #[must_use]
    pub fn asks_for(&self, step: Step) -> bool {
        match self {
            Self::Ask(steps) => steps.contains(&step),
            Self::Silent => false,
        }
    }
}

impl Default for Prompt {
    fn default() -> Self {
        Self::Ask(BTreeSet::new())
    }
}

impl Step {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Login, Self::Consent, Self::SelectAccount, Self::Create];

    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Consent => "consent",
            Self::SelectAccount => "select_account",
            Self::Create => "create",
        }
    }

    fn named(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|step| step.as_str() == word).copied()
    }
}

impl MaxAge {
    /// Ten years. More limits nothing.
    const LIMITS_NOTHING: u64 = 10 * 365 * 24 * 60 * 60;
    /// So many digits are a slip and no age.
    const MOST_DIGITS: usize = 19;

    /// Reads the parameter; `None` where it is so long that it limits nothing.
    ///
    /// # Errors
    /// [`NoMaxAge`] for what is no whole number of at most 19 digits.
    pub fn parse(text: &str) -> Result<Option<Self>, NoMaxAge> {
        if text.len() > Self::MOST_DIGITS || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NoMaxAge);
        }
        let seconds: u64 = text.parse().map_err(|_| NoMaxAge)?;
        if seconds > Self::LIMITS_NOTHING {
            return Ok(None);
        }
        Ok(u32::try_from(seconds).ok().map(Self))
    }

    /// So many seconds.
    #[must_use]
    pub const fn of_seconds(seconds: u32) -> Self {
        Self(seconds)
    }

    /// The age.
    #[must_use]
    pub const fn duration(self) -> Duration {
        Duration::from_secs(self.0 as u64)
    }
}

impl AcrValues {
    /// Reads the parameter.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self(words(text).map(str::to_owned).collect())
    }

    /// The names, the wanted one first.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(' ').filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_prompt_is_silent_or_names_steps() {
        assert_eq!(Prompt::parse("none"), Ok(Prompt::Silent));
        assert_eq!(Prompt::parse("later  whatever"), Ok(Prompt::default()));
        let prompt = Prompt::parse("login consent surprise").unwrap();
        let asked: Vec<_> = Step::ALL.iter().filter(|step| prompt.asks_for(**step)).collect();
        assert_eq!(asked, [&Step::Login, &Step::Consent]);
    }

    #[test]
    fn none_stands_alone() {
        for text in ["none login", "consent none", "none none", "none surprise"] {
            assert_eq!(Prompt::parse(text), Err(ContradictoryPrompt), "{text}");
        }
    }

    #[test]
    fn an_age_is_a_whole_number_of_seconds() {
        let ten_years = 315_360_000;
        for (text, age) in [
            ("0", Some(0)),
            ("060", Some(60)),
            ("315360000", Some(ten_years)),
            ("315360001", None),
            ("9999999999999999999", None),
        ] {
            assert_eq!(MaxAge::parse(text), Ok(age.map(MaxAge::of_seconds)), "{text}");
        }
        for text in ["", "-1", "+1", "1.5", "1e3", " 1", "١", "12345678901234567890"] {
            assert_eq!(MaxAge::parse(text), Err(NoMaxAge), "{text}");
        }
    }

    #[test]
    fn acr_values_keep_their_order() {
        let values = AcrValues::parse("phr  2fa");
        assert_eq!(values.iter().collect::<Vec<_>>(), ["phr", "2fa"]);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text: String) {
            let _ = (Prompt::parse(&text), MaxAge::parse(&text), AcrValues::parse(&text));
        }
    }
}

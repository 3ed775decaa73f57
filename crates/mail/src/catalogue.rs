//! The catalogue: what mails say, in each language, by Fluent.

use crate::letters::TemplatesError;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use portcullis_domain::Language;
use unic_langid::LanguageIdentifier;

const ENGLISH: &str = include_str!("../templates/en.ftl");
const KOREAN: &str = include_str!("../templates/ko.ftl");

/// Isolation marks (UAX #9) that Fluent puts around values. They keep a name that runs from right to left from turning
/// what stands around it; a subject, which holds no name, needs none.
const ISOLATES: [char; 2] = ['\u{2068}', '\u{2069}'];

/// The texts of one language.
pub(crate) struct Catalogue {
    bundle: FluentBundle<FluentResource>,
    name: &'static str,
}

/// The file that holds a language's texts.
pub(crate) const fn file_of(language: Language) -> &'static str {
    match language {
        Language::English => "en.ftl",
        Language::Korean => "ko.ftl",
    }
}

impl Catalogue {
    /// The texts that are compiled in, with those of an operator's own file in their place.
    pub(crate) fn of(language: Language, own: Option<String>) -> Result<Self, TemplatesError> {
        let name = file_of(language);
        let compiled_in = match language {
            Language::English => ENGLISH,
            Language::Korean => KOREAN,
        };
        let tag: LanguageIdentifier = language.as_str().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![tag]);
        let resource = |text: String| {
            FluentResource::try_new(text).map_err(|(_, errors)| {
                let first = errors.first().map(ToString::to_string).unwrap_or_default();
                TemplatesError::new(name, first)
            })
        };
        bundle.add_resource_overriding(resource(compiled_in.to_owned())?);
        if let Some(own) = own {
            bundle.add_resource_overriding(resource(own)?);
        }
        Ok(Self { bundle, name })
    }

    /// The text of a message.
    pub(crate) fn text(&self, id: &str, values: &FluentArgs<'_>) -> Result<String, TemplatesError> {
        let message = self.bundle.get_message(id).and_then(|message| message.value());
        let pattern = message.ok_or_else(|| TemplatesError::new(self.name, format!("{id} is missing")))?;
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(values), &mut errors);
        match errors.first() {
            Some(error) => Err(TemplatesError::new(self.name, format!("{id}: {error}"))),
            None => Ok(without_needless_isolates(&text)),
        }
    }

    /// The text of a message, if there is one.
    pub(crate) fn find(&self, id: &str, values: &FluentArgs<'_>) -> Result<Option<String>, TemplatesError> {
        if self.bundle.has_message(id) {
            self.text(id, values).map(Some)
        } else {
            Ok(None)
        }
    }

    /// The text of a message as one line of a header.
    pub(crate) fn line(&self, id: &str, values: &FluentArgs<'_>) -> Result<String, TemplatesError> {
        let text = self.text(id, values)?;
        let shown = text
            .chars()
            .filter(|character| !ISOLATES.contains(character))
            .map(|character| if character.is_control() { ' ' } else { character });
        Ok(shown.collect())
    }
}

/// Takes the marks away around values that run as English and Korean do: whoever copies such an address would copy them.
fn without_needless_isolates(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('\u{2068}') {
        shown.push_str(before);
        let Some((value, after)) = behind.split_once('\u{2069}') else {
            return text.to_owned();
        };
        if value.chars().any(may_turn) {
            shown.push('\u{2068}');
            shown.push_str(value);
            shown.push('\u{2069}');
        } else {
            shown.push_str(value);
        }
        rest = after;
    }
    shown.push_str(rest);
    shown
}

/// Whether it belongs to a script that runs from right to left, or says so of what follows.
const fn may_turn(character: char) -> bool {
    matches!(character,
        '\u{590}'..='\u{8ff}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn keys(text: &str) -> BTreeSet<String> {
        let is_key = |line: &&str| line.starts_with(|first: char| first.is_ascii_lowercase());
        let lines = text.lines().filter(is_key);
        lines
            .filter_map(|line| Some(line.split_once(" =")?.0.to_owned()))
            .collect()
    }

    fn placeholders(text: &str) -> BTreeSet<(String, String)> {
        let mut key = String::new();
        let mut found = BTreeSet::new();
        for line in text.lines() {
            if let Some((name, _)) = line.split_once(" =")
                && line.starts_with(|first: char| first.is_ascii_lowercase())
            {
                key = name.to_owned();
            }
            for (_, rest) in line.match_indices("{ $").map(|(at, _)| line.split_at(at + 3)) {
                let name = rest.split([' ', '}']).next().unwrap_or_default();
                found.insert((key.clone(), name.to_owned()));
            }
        }
        found
    }

    #[test]
    fn every_language_has_every_text_with_the_same_placeholders() {
        assert_eq!(keys(ENGLISH), keys(KOREAN));
        assert_eq!(placeholders(ENGLISH), placeholders(KOREAN));
        assert!(keys(ENGLISH).len() > 30);
    }

    #[test]
    fn a_subject_is_one_line_without_marks() {
        let own = "test-subject = A{ $app }\n    B".to_owned();
        let catalogue = Catalogue::of(Language::English, Some(own)).unwrap();
        let mut values = FluentArgs::new();
        values.set("app", "x\r\ny");
        assert_eq!(catalogue.line("test-subject", &values).unwrap(), "Ax  y B");
    }
}

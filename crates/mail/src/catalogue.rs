//! The catalogue: what mails say, in each language, by Fluent.

use crate::letters::TemplatesError;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use portcullis_domain::{Language, MailKind};
use std::collections::BTreeSet;
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
    /// An operator's own file, to name lines of it.
    own: String,
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
        let resource = |text: &str| {
            FluentResource::try_new(text.to_owned()).map_err(|(_, errors)| match errors.first() {
                Some(error) => TemplatesError::at(name, line_of(text, error.pos.start), error),
                None => TemplatesError::new(name, "can't be read"),
            })
        };
        bundle.add_resource_overriding(resource(compiled_in)?);
        let own = own.unwrap_or_default();
        bundle.add_resource_overriding(resource(&own)?);
        let catalogue = Self { bundle, name, own };
        catalogue.refuse_unknown(compiled_in)?;
        Ok(catalogue)
    }

    /// A message of an operator's own that nothing asks for would have no effect.
    fn refuse_unknown(&self, compiled_in: &str) -> Result<(), TemplatesError> {
        let mut known: BTreeSet<String> = messages(compiled_in).map(|(_, id)| id.to_owned()).collect();
        known.extend(MailKind::ALL.map(|kind| format!("{kind}-else")));
        match messages(&self.own).find(|(_, id)| !known.contains(*id)) {
            Some((line, id)) => {
                let problem = format!("`{id}` is no text of a mail; take it out, or write the name of one");
                Err(TemplatesError::at(self.name, line, problem))
            }
            None => Ok(()),
        }
    }

    /// The text of a message.
    pub(crate) fn text(&self, id: &str, values: &FluentArgs<'_>) -> Result<String, TemplatesError> {
        let message = self.bundle.get_message(id).and_then(|message| message.value());
        let pattern = message.ok_or_else(|| TemplatesError::new(self.name, format!("{id} is missing")))?;
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(values), &mut errors);
        match errors.first() {
            Some(error) => {
                let line = messages(&self.own).find(|(_, own)| *own == id).map(|(line, _)| line);
                let problem = format!("{id}: {error}");
                Err(match line {
                    Some(line) => TemplatesError::at(self.name, line, problem),
                    None => TemplatesError::new(self.name, problem),
                })
            }
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

/// The messages of a file, each with its line. Only a message begins at the beginning of a line with a letter.
fn messages(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().filter_map(|(index, line)| {
        let (id, _) = line.split_once('=')?;
        line.starts_with(|first: char| first.is_ascii_alphabetic())
            .then_some((index + 1, id.trim_end()))
    })
}

fn line_of(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or(text);
    before.matches('\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> BTreeSet<&str> {
        messages(text).map(|(_, id)| id).collect()
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

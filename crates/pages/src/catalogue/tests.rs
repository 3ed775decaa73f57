use super::*;
use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use fluent_syntax::parser;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

const SOURCES: [(Language, &str); 2] = [
    (Language::English, include_str!("../../locales/en.ftl")),
    (Language::Korean, include_str!("../../locales/ko.ftl")),
];

/// The keys of a catalogue, with the slots of each and its literal text.
fn keys(source: &'static str) -> BTreeMap<String, (BTreeSet<&'static str>, String)> {
    let resource = parser::parse(source).unwrap_or_else(|(_, errors)| panic!("{errors:?}"));
    let mut keys = BTreeMap::new();
    for entry in resource.body {
        let message = match entry {
            Entry::Message(message) => message,
            Entry::Comment(_) => continue,
            other => panic!("a catalogue has messages alone: {other:?}"),
        };
        assert!(message.value.is_none(), "{} has a text of its own", message.id.name);
        for attribute in message.attributes {
            let key = format!("{}.{}", message.id.name, attribute.id.name);
            let (mut slots, mut literal) = (BTreeSet::new(), String::new());
            read(&attribute.value, &mut slots, &mut literal);
            let before = keys.insert(key.clone(), (slots, literal));
            assert!(before.is_none(), "{key} stands twice");
        }
    }
    keys
}

fn read(pattern: &Pattern<&'static str>, slots: &mut BTreeSet<&'static str>, literal: &mut String) {
    for element in &pattern.elements {
        match element {
            PatternElement::TextElement { value } => literal.push_str(value),
            PatternElement::Placeable {
                expression: Expression::Inline(InlineExpression::VariableReference { id }),
            } => {
                slots.insert(id.name);
            }
            PatternElement::Placeable {
                expression: Expression::Select { selector, variants },
            } => {
                match selector {
                    InlineExpression::VariableReference { id } => slots.insert(id.name),
                    other => panic!("{other:?}"),
                };
                for variant in variants {
                    read(&variant.value, slots, literal);
                }
            }
            PatternElement::Placeable { expression } => panic!("{expression:?}"),
        }
    }
}

#[test]
fn every_language_has_every_key_with_the_same_slots() {
    let [(_, english), (_, korean)] = SOURCES;
    let slots_of = |source| -> BTreeMap<String, BTreeSet<&str>> {
        keys(source).into_iter().map(|(key, (slots, _))| (key, slots)).collect()
    };
    assert_eq!(slots_of(korean), slots_of(english));
}

#[test]
fn every_language_writes_a_text_for_every_key() {
    for (language, source) in SOURCES {
        assert_eq!(bundle(language, source).locales[0].to_string(), language.as_str());
        for (key, (slots, _)) in keys(source) {
            let value = Markup::escaped("1");
            let slots: Vec<_> = slots
                .into_iter()
                .map(|name| match name {
                    "length" | "least" | "most" | "seconds" => (name, Slot::Number(1)),
                    name => (name, Slot::Markup(&value)),
                })
                .collect();
            let written = text(language, &key, &slots);
            assert!(
                written.as_str() != key && !written.as_str().contains(['{', '}']),
                "{key}: {written}"
            );
        }
    }
}

/// A text that nobody reads is one that nobody keeps right.
#[test]
fn every_key_is_used_and_every_key_that_is_used_is_there() {
    let [(_, english), _] = SOURCES;
    let there: BTreeSet<String> = keys(english).into_keys().collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut used = BTreeSet::new();
    for folder in ["src", "templates"] {
        collect(&root.join(folder), &there, &mut used);
    }
    let (missing, unused): (BTreeSet<_>, BTreeSet<_>) =
        (used.difference(&there).collect(), there.difference(&used).collect());
    assert!(
        missing.is_empty() && unused.is_empty(),
        "missing {missing:?}, unused {unused:?}"
    );
}

/// The texts between quotes that are keys, or would be: `page.thing`, where there is such a page.
fn collect(folder: &Path, there: &BTreeSet<String>, used: &mut BTreeSet<String>) {
    let pages: BTreeSet<&str> = there.iter().filter_map(|key| Some(key.split_once('.')?.0)).collect();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, there, used);
            continue;
        }
        for text in fs::read_to_string(&path).unwrap().split('"') {
            let is_key = text
                .split_once('.')
                .is_some_and(|(page, thing)| pages.contains(page) && !["html", "rs", "css", "js"].contains(&thing));
            if is_key {
                used.insert(text.to_owned());
            }
        }
    }
}

#[test]
fn korean_has_no_english_left() {
    let [_, (_, korean)] = SOURCES;
    for (key, (_, literal)) in keys(korean) {
        // "QR 코드" and "PIN" are what Korean calls them, and an example is one in any language.
        let shown = literal
            .replace("name@example.org", "")
            .replace("QR", "")
            .replace("PIN", "")
            .replace("k7m3-q2xd-9fwt-h4np", "");
        let words: String = strip_tags(&shown);
        assert!(
            !words.chars().any(|letter| letter.is_ascii_alphabetic()),
            "{key}: {literal}"
        );
    }
}

fn strip_tags(text: &str) -> String {
    let mut is_tag = false;
    text.chars()
        .filter(|letter| {
            let was_tag = is_tag;
            is_tag = match letter {
                '<' => true,
                '>' => false,
                _ => is_tag,
            };
            !was_tag && *letter != '<'
        })
        .collect()
}

#[test]
fn a_number_chooses_the_form_by_the_rules_of_the_language() {
    let lead = |language, seconds| text(language, "busy.lead", &[("seconds", Slot::Number(seconds))]);
    assert_eq!(lead(Language::English, 1).as_str(), "Try again in 1 second.");
    assert_eq!(lead(Language::English, 5).as_str(), "Try again in 5 seconds.");
    assert_eq!(lead(Language::Korean, 1).as_str(), "1초 뒤에 다시 시도하세요.");
}

#[test]
fn what_is_put_in_is_written_as_it_is() {
    let name = Markup::address("<b>");
    assert_eq!(
        text(
            Language::Korean,
            "verify-email.question",
            &[("email", Slot::Markup(&name))]
        )
        .as_str(),
        "<b><bdi>&#60;b&#62;</bdi></b> 주소가 맞나요?"
    );
}

//! The texts of the pages in every language, by Fluent.

use crate::markup::Markup;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use portcullis_domain::Language;
use std::sync::LazyLock;

type Bundle = FluentBundle<FluentResource>;

static ENGLISH: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::English, include_str!("../locales/en.ftl")));
static KOREAN: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::Korean, include_str!("../locales/ko.ftl")));

/// What is put into a text.
pub(crate) enum Slot<'a> {
    /// HTML.
    Markup(&'a Markup),
    /// A number, by which a language may choose its form.
    Number(usize),
}

/// The text of that key, which is `page.thing`. Tests hold that every key is there, in every language, with the same slots;
/// one that is not shows as itself.
pub(crate) fn text(language: Language, key: &str, slots: &[(&'static str, Slot<'_>)]) -> Markup {
    let found = find(language, key, slots);
    found.map_or_else(|| Markup::escaped(key), Markup::of_ours)
}

fn find(language: Language, key: &str, slots: &[(&'static str, Slot<'_>)]) -> Option<String> {
    let bundle = match language {
        Language::English => &*ENGLISH,
        Language::Korean => &*KOREAN,
    };
    let (page, thing) = key.split_once('.')?;
    let pattern = bundle.get_message(page)?.get_attribute(thing)?.value();
    let mut values = FluentArgs::with_capacity(slots.len());
    for (name, slot) in slots {
        let value = match slot {
            Slot::Markup(markup) => FluentValue::from(markup.as_str()),
            Slot::Number(number) => FluentValue::from(*number),
        };
        values.set(*name, value);
    }
    let mut errors = Vec::new();
    let text = bundle.format_pattern(pattern, Some(&values), &mut errors);
    Some(text.into_owned())
}

fn bundle(language: Language, source: &str) -> Bundle {
    // Tests hold that the catalogues are right and that both names are those of languages.
    let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(resource, _)| resource);
    let mut bundle = Bundle::new_concurrent(vec![language.as_str().parse().unwrap_or_default()]);
    // HTML says which direction a name has.
    bundle.set_use_isolating(false);
    bundle.add_resource_overriding(resource);
    bundle
}

#[cfg(test)]
mod tests;

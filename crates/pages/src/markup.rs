//! Text that is HTML already.

use askama::filters::{Escaper as _, Html, HtmlSafe};
use std::fmt;

/// HTML that may stand in a page as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Markup(String);

impl Markup {
    /// A text, escaped.
    pub(crate) fn escaped(text: &str) -> Self {
        let mut escaped = String::with_capacity(text.len());
        // A string takes what is written.
        let _ = Html.write_escaped_str(&mut escaped, text);
        Self(escaped)
    }

    /// A text of ours that is HTML.
    pub(crate) const fn of_ours(html: String) -> Self {
        Self(html)
    }

    /// An email address, which may be broken behind its `@` and before its dots. Its direction does not reach what stands
    /// beside it.
    pub(crate) fn address(address: &str) -> Self {
        let Self(escaped) = Self::escaped(address);
        let broken = escaped.replace('@', "@<wbr>").replace('.', "<wbr>.");
        Self(format!("<b><bdi>{broken}</bdi></b>"))
    }

    /// The same in the weight of what stands around it.
    pub(crate) fn plain_address(address: &str) -> Self {
        let Self(strong) = Self::address(address);
        Self(strong.replace("<b>", "").replace("</b>", ""))
    }

    /// What somebody wrote, such as a name, in bold. Its direction does not reach what stands beside it.
    pub(crate) fn name(name: &str) -> Self {
        let Self(escaped) = Self::escaped(name);
        Self(format!("<b><bdi>{escaped}</bdi></b>"))
    }

    /// The same in the weight of what stands around it.
    pub(crate) fn plain_name(name: &str) -> Self {
        let Self(escaped) = Self::escaped(name);
        Self(format!("<bdi>{escaped}</bdi>"))
    }

    /// The text alone, for a place that shows no marks: it is set apart as it was by them.
    pub(crate) fn without_tags(&self) -> Self {
        let mut text = String::with_capacity(self.0.len());
        for (number, part) in self.0.split('<').enumerate() {
            let (tag, behind) = match part.split_once('>') {
                Some(halves) if number > 0 => halves,
                _ => ("", part),
            };
            match tag.split(' ').next() {
                Some("bdi") => text.push('\u{2068}'),
                Some("/bdi") => text.push('\u{2069}'),
                _ => {}
            }
            text.push_str(behind);
        }
        Self(text)
    }

    /// The same in another language than that of the page.
    pub(crate) fn foreign_name(name: &str, language: &str) -> Self {
        let Self(escaped) = Self::escaped(name);
        Self(format!(r#"<bdi lang="{language}">{escaped}</bdi>"#))
    }

    /// A time, for programs and for people.
    pub(crate) fn time(moment: &str, shown: &str) -> Self {
        let (Self(moment), Self(shown)) = (Self::escaped(moment), Self::escaped(shown));
        Self(format!(r#"<time datetime="{moment}">{shown}</time>"#))
    }

    /// An email address that one may write to.
    pub(crate) fn write_to(address: &str) -> Self {
        let escaped = Self::escaped(address);
        Self(format!(r#"<a href="mailto:{escaped}">{escaped}</a>"#))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Markup {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl HtmlSafe for Markup {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_is_escaped() {
        for text in ["<script>", "a&b", "\"'>"] {
            for markup in [Markup::escaped(text), Markup::address(text)] {
                assert!(!markup.as_str().contains(text), "{markup}");
            }
        }
    }

    #[test]
    fn an_address_may_be_broken_at_its_parts() {
        assert_eq!(
            Markup::address("ada.l@example.org").as_str(),
            "<b><bdi>ada<wbr>.l@<wbr>example<wbr>.org</bdi></b>"
        );
    }
}

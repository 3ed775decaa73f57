//! The form of texts in which a search compares them.

use caseless::Caseless as _;
use unicode_normalization::UnicodeNormalization as _;

/// The form in which texts are compared: neither letter case counts, in any script that has it, nor how letters are put
/// together, how wide they are, or which kind of I it is. That is a compatibility caseless match (The Unicode Standard,
/// section 3.13, D146), composed at its end, so that a letter stands with its accents and a syllable of Hangul is whole.
#[must_use]
pub fn folded(text: &str) -> String {
    // One round is enough: all that folding leaves is decomposed already.
    one_i(text.nfkd().default_case_fold()).nfc().collect()
}

/// Turkish has an I with a dot and one without, and other languages write the same words with either. Which language a
/// name is of is not known, so that all of them count as `i`: a search may find too much, but misses nobody.
fn one_i(folded: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    let mut before = None;
    folded.filter_map(move |character| {
        let is_dot_of_i = before == Some('i') && character == '\u{307}';
        if is_dot_of_i {
            return None;
        }
        before = Some(if character == 'ı' { 'i' } else { character });
        before
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_are_the_same_to_readers_fold_alike() {
        for (one, other) in [
            ("IŞIK", "Işık"),
            ("istanbul", "İSTANBUL"),
            ("I\u{307}stanbul", "ıstanbul"),
            ("i\u{307}\u{300}", "Ì"),
            ("STRASSE", "straße"),
            ("STRAẞE", "strasse"),
            ("fine", "ﬁne"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
            ("ᾼ\u{301}", "άι"),
            ("ＡＤＡ", "ada"),
            ("ﾀﾞﾀ", "ダタ"),
            ("\u{1112}\u{1169}\u{11bc}길동", "홍길동"),
        ] {
            assert_eq!(folded(one), folded(other), "{one} {other}");
        }
    }

    #[test]
    fn letters_that_are_not_the_same_to_readers_stay_apart() {
        for (one, other) in [
            ("école", "ecole"),
            ("o", "ö"),
            ("j\u{307}", "j"),
            ("호", "홍"),
            ("は", "ば"),
        ] {
            assert_ne!(folded(one), folded(other), "{one} {other}");
        }
    }

    #[test]
    fn folding_what_is_folded_changes_nothing() {
        for character in '\0'..='\u{ffff}' {
            let once = folded(&format!("i{character}\u{307}\u{345}"));
            assert_eq!(folded(&once), once, "{character:?}");
        }
    }
}

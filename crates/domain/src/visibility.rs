//! Which characters a reader can see.

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory, GeneralCategoryGroup};
use icu_properties::{CodePointMapData, CodePointSetData};

/// Characters that are drawn as nothing, although Unicode counts them among letters and symbols: the blank pattern of
/// Braille, a note without a head, and two blanks of the hieroglyphs.
const BLANKS: [char; 4] = ['\u{2800}', '\u{1d159}', '\u{13441}', '\u{13442}'];

/// What is by itself no part of what a reader sees. Marks count, since they stand on what is before them, and so does
/// white space.
pub(crate) fn counts(character: char) -> bool {
    !is_ignorable(character) && !BLANKS.contains(&character)
}

/// Whether a reader sees the character where nothing else stands. What Unicode has not assigned, or leaves to private
/// use, is seen as a box at least.
pub(crate) fn stands_by_itself(character: char) -> bool {
    const UNSEEN: [GeneralCategoryGroup; 2] = [GeneralCategoryGroup::Mark, GeneralCategoryGroup::Separator];
    let category = CodePointMapData::<GeneralCategory>::new().get(character);
    counts(character)
        && !UNSEEN.iter().any(|group| group.contains(category))
        && !matches!(category, GeneralCategory::Control | GeneralCategory::Format)
}

/// Whether programs draw nothing for it: fillers, joiners, choices of a variant.
pub(crate) fn is_ignorable(character: char) -> bool {
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
}

/// Characters that act on the text around them: in a list or a mail they could pass for other people's words.
#[must_use]
pub fn changes_other_text(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

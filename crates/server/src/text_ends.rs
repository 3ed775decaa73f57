//! What comes along at the ends of a text that somebody pasted, or that an editor or a shell wrote to a file.

/// Why a text is no value. Says nothing of the text itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoValue {
    /// Nothing.
    #[error("is empty; unset it or give it a value")]
    Empty,
    /// White space alone.
    #[error("is blank; unset it or give it a value")]
    Blank,
    /// White space at an end. It may be meant, so it is not taken away in silence.
    #[error("begins or ends with white space; write it without")]
    BlankEnd,
}

/// The text without a byte order mark at its start and without the line ends at its end: nobody means them, and nobody
/// sees them.
pub(crate) fn trimmed(text: &str) -> &str {
    text.strip_prefix('\u{feff}')
        .unwrap_or(text)
        .trim_end_matches(['\r', '\n'])
}

/// The same of a text that is no password, in which white space may be meant.
///
/// # Errors
/// [`NoValue`]
pub(crate) fn value(text: &str) -> Result<&str, NoValue> {
    let text = trimmed(text);
    if text.is_empty() {
        Err(NoValue::Empty)
    } else if text.trim().is_empty() {
        Err(NoValue::Blank)
    } else if text.trim().len() < text.len() {
        Err(NoValue::BlankEnd)
    } else {
        Ok(text)
    }
}

/// Whether there are several lines. Nobody types such a password.
pub(crate) fn has_lines(text: &str) -> bool {
    text.contains(['\r', '\n'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_editor_puts_at_the_ends_is_no_part_of_a_text() {
        for text in [
            "key",
            "key\n",
            "key\r\n",
            "key\n\n",
            "key\r\n\r\n",
            "key\r",
            "\u{feff}key",
            "\u{feff}key\r\n",
        ] {
            assert_eq!((trimmed(text), value(text)), ("key", Ok("key")), "{text:?}");
        }
    }

    #[test]
    fn white_space_that_may_be_meant_is_kept_of_a_password_and_else_refused() {
        for (text, kept) in [
            (" key", " key"),
            ("key ", "key "),
            ("key \n", "key "),
            ("\nkey", "\nkey"),
            ("key\n \n", "key\n "),
            ("key\u{a0}", "key\u{a0}"),
        ] {
            assert_eq!((trimmed(text), value(text)), (kept, Err(NoValue::BlankEnd)), "{text:?}");
        }
        for text in ["", "\n", "\u{feff}"] {
            assert_eq!(value(text), Err(NoValue::Empty), "{text:?}");
        }
        for text in ["  ", " \t\n", "\n "] {
            assert_eq!(value(text), Err(NoValue::Blank), "{text:?}");
        }
        assert_eq!(value("a b\nc"), Ok("a b\nc"));
    }
}

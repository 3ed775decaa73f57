//! The file `.env`, as the library reads it.

use anyhow::{Context as _, anyhow};
use dotenvy::Error;
use std::cell::Cell;
use std::fs;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Names and values in the order of the file. A file that is not there has none.
///
/// # Errors
/// A file that can't be read. The message says on which line, and shows nothing of it: it may hold a secret.
pub(super) fn read(path: &Path) -> anyhow::Result<Vec<(String, String)>> {
    match fs::read(path) {
        Ok(content) => parse(&content),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error).context(".env can't be read"),
    }
}

pub(super) fn parse(content: &[u8]) -> anyhow::Result<Vec<(String, String)>> {
    let content = content.strip_prefix(BYTE_ORDER_MARK).unwrap_or(content);
    // The library refuses a space at the end of a last line that has no end.
    let content = [content, b"\n"].concat();
    let handed_out = Cell::new(0);
    let lines = Lines {
        rest: &content,
        handed_out: &handed_out,
    };
    dotenvy::from_read_iter(lines)
        .map(|pair| pair.map_err(|error| explained(&error, handed_out.get())))
        .collect()
}

/// What the library found, but for what it quotes. It fails on the last of the lines that it was given, or on a
/// statement that ends there.
fn explained(error: &Error, last_line: usize) -> anyhow::Error {
    match error {
        Error::LineParse(text, _) => {
            let line = (last_line + 1).saturating_sub(text.lines().count().max(1));
            if text.contains("$(") {
                anyhow!("line {line} of .env holds a command, which nothing runs there; write what the command prints")
            } else {
                anyhow!("line {line} of .env can't be read; write NAME='value', with the value in single quotes")
            }
        }
        _ => anyhow!("line {last_line} of .env is not UTF-8"),
    }
}

/// A text that is handed out line by line, so that it is known how far the reader has come.
struct Lines<'c> {
    rest: &'c [u8],
    handed_out: &'c Cell<usize>,
}

impl Read for Lines<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let line = self
            .rest
            .split_inclusive(|byte| *byte == b'\n')
            .next()
            .unwrap_or_default();
        let length = (&*line).read(buffer)?;
        if length > 0 && length == line.len() {
            self.handed_out.update(|lines| lines + 1);
        }
        self.rest = self.rest.get(length..).unwrap_or_default();
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_reads(content: &str, expected: &str) {
        let pairs = parse(format!("PORT=1\n{content}").as_bytes()).unwrap();
        let found = pairs.iter().rfind(|(name, _)| name == "FOO");
        assert_eq!(found.map(|(_, value)| value.as_str()), Some(expected), "{content:?}");
    }

    #[test]
    fn the_grammar_is_the_library_s() {
        for (content, expected) in [
            ("FOO=a", "a"),
            ("FOO=a ", "a"),
            ("FOO=a # it's a note", "a"),
            ("export FOO=a\r\n", "a"),
            ("FOO=a#b", "a#b"),
            ("FOO=", ""),
            ("FOO=a\nFOO=b", "b"),
            ("FOO='$PORT \\ # \"a\"'", "$PORT \\ # \"a\""),
            ("FOO=\"a b\\n\\\"c\\\" $PORT${PORT}\"", "a b\n\"c\" 11"),
            ("FOO=\"a\nb=c\"", "a\nb=c"),
            (r"FOO=\$PORT\ x", "$PORT x"),
            ("A_PORT=2\nFOO=$A_PORT", "_PORT"),
            ("A_PORT=2\nFOO=${A_PORT}", "2"),
        ] {
            assert_reads(content, expected);
        }
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_name() {
        let pairs = parse("\u{feff}PORT=1\n".as_bytes()).unwrap();
        assert_eq!(pairs, [("PORT".to_owned(), "1".to_owned())]);
    }

    #[test]
    fn what_cannot_be_read_is_refused_by_its_line_and_not_shown() {
        for line in [
            "FOO=hunter2 and more",
            "FOO=\"hunter2 and no end",
            "FOO='hunter2",
            "FOO=it's hunter2",
            "FOO=\"a\nb\" hunter2",
            r"FOO=C:\hunter2",
            "FOO=${hunter2",
            "FOO=$(hunter2 -x)",
            "hunter2",
            "MY-NAME=hunter2",
            "export hunter2",
            "=hunter2",
        ] {
            let content = format!("# it's a note\n\nHOST='a\nb'\n{line}\nPORT=1\n");
            let error = format!("{:#}", parse(content.as_bytes()).unwrap_err());
            assert!(error.starts_with("line 5 of .env "), "{line}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
            assert_eq!(error.contains("holds a command"), line.contains("$("), "{error}");
        }
        let error = parse(b"A=x\nB=hunter2\xff\n").unwrap_err().to_string();
        assert_eq!(error, "line 2 of .env is not UTF-8");
    }

    #[test]
    fn a_long_line_counts_once() {
        let content = format!("A={}\nhunter2\n", "x".repeat(100_000));
        let error = parse(content.as_bytes()).unwrap_err().to_string();
        assert!(error.starts_with("line 2 of .env "), "{error}");
    }
}

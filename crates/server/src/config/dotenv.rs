//! The file `.env`, line by line: one that can't be read costs its own setting alone.

use super::dotenv_statement::{Statement, Unreadable};
use anyhow::Context as _;
use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// What is in the file.
#[derive(Default)]
pub(super) struct DotenvFile {
    /// Names and values.
    pub(super) values: HashMap<String, OsString>,
    /// By the name before `=`, the lines that can't be read. They are most often none of our settings.
    pub(super) unreadable: HashMap<String, UnreadableLine>,
}

/// A line that can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct UnreadableLine {
    /// Counted from 1.
    pub(super) number: usize,
    /// What is wrong with it.
    pub(super) reason: Unreadable,
}

impl DotenvFile {
    /// Reads the file. One that is not there is empty.
    ///
    /// # Errors
    /// A file that can't be read, and a line without a name, by its number. Nothing of a line is shown: it may hold a
    /// secret.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let content = match fs::read(path) {
            Ok(content) => content,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(error).context(".env can't be read"),
        };
        Self::parse(&content).context(".env can't be read")
    }

    fn parse(content: &[u8]) -> anyhow::Result<Self> {
        let content = text(content)?;
        let lines: Vec<&str> = content.strip_prefix('\u{feff}').unwrap_or(content).lines().collect();
        let (mut readable, mut unreadable) = (String::new(), HashMap::new());
        let (mut rest, mut number) = (lines.as_slice(), 1);
        while let Some(Statement { text, lines }) = Statement::first_of(rest) {
            match text {
                Ok(text) => readable.push_str(&text),
                Err(reason) => {
                    let name = rest.first().and_then(|line| name(line));
                    let name = name.with_context(|| format!("line {number} is not of the form NAME=value"))?;
                    unreadable.insert(name.to_owned(), UnreadableLine { number, reason });
                }
            }
            rest = rest.get(lines..).unwrap_or_default();
            number += lines;
        }
        let values = dotenvy::from_read_iter(readable.as_bytes())
            .map(|pair| pair.map(|(name, value)| (name, value.into())))
            .collect::<Result<_, _>>()
            .map_err(|_| anyhow::anyhow!("it is not a list of NAME=value lines"))?;
        Ok(Self { values, unreadable })
    }
}

fn text(content: &[u8]) -> anyhow::Result<&str> {
    std::str::from_utf8(content).map_err(|error| {
        let before = content.iter().take(error.valid_up_to());
        let number = before.filter(|byte| **byte == b'\n').count() + 1;
        anyhow::anyhow!("line {number} is not UTF-8")
    })
}

fn name(line: &str) -> Option<&str> {
    let (name, _) = line.split_once('=')?;
    let name = name.trim();
    let name = name.strip_prefix("export ").unwrap_or(name).trim();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(content: &str) -> DotenvFile {
        DotenvFile::parse(content.as_bytes()).unwrap()
    }

    fn value<'f>(file: &'f DotenvFile, name: &str) -> Option<&'f str> {
        file.values.get(name).map(|value| value.to_str().unwrap())
    }

    /// Fails the test unless the value is `expected` and the lines around it are read.
    #[track_caller]
    fn assert_reads(line: &str, expected: &str) {
        let file = parsed(&format!("BAR=bar\nA_BAR_2=under\n{line}\nPORT=1\r\n"));
        assert_eq!(value(&file, "FOO"), Some(expected), "{line:?}");
        assert_eq!(value(&file, "PORT"), Some("1"), "{line:?}");
        assert!(file.unreadable.is_empty(), "{line:?}");
    }

    /// Fails the test unless the line is unreadable for this reason, and no other line is.
    #[track_caller]
    fn assert_unreadable(line: &str, reason: Unreadable) {
        let file = parsed(&format!("# it's a note\n\nHOST=x\n{line}\nPORT=1\n"));
        let unreadable = UnreadableLine { number: 4, reason };
        assert_eq!(
            file.unreadable,
            HashMap::from([("FOO".to_owned(), unreadable)]),
            "{line}"
        );
        let read = (value(&file, "HOST"), value(&file, "PORT"));
        assert_eq!(read, (Some("x"), Some("1")), "{line}");
    }

    #[test]
    fn a_value_without_quotes_is_taken_as_it_stands_and_one_in_quotes_as_a_shell_takes_it() {
        for (line, expected) in [
            ("FOO=hello world", "hello world"),
            (
                "FOO=Portcullis <no-reply@example.org>",
                "Portcullis <no-reply@example.org>",
            ),
            (r"FOO=C:\path\new", r"C:\path\new"),
            ("FOO=it's", "it's"),
            (r#"FOO=say "so""#, r#"say "so""#),
            ("FOO=a#b", "a#b"),
            ("FOO=a b # note: it's 'one'", "a b"),
            ("FOO=a\t# note", "a"),
            ("FOO= # note", ""),
            ("FOO=", ""),
            ("  FOO = a  ", "a"),
            ("export FOO=a", "a"),
            ("FOO=a=b", "a=b"),
            ("FOO=#abc", "#abc"),
            ("FOO=a\tb", "a\tb"),
            ("FOO=a\tb\t# note", "a\tb"),
            (r"FOO=\$BAR", "$BAR"),
            ("FOO='$BAR # \"a\"'", "$BAR # \"a\""),
            ("FOO=\"${BAR} # a\\n\\\"b\\\"\" # note", "bar # a\n\"b\""),
            ("FOO=\"a\nb=c\n# d\"", "a\nb=c\n# d"),
            ("FOO='a\r\nb'", "a\nb"),
            (r"FOO='a\'", r"a\"),
            ("FOO='a'#b", "a"),
            ("FOO=\"a\"#b", "a"),
            ("FOO=\"a\tb\"", "a\tb"),
        ] {
            assert_reads(line, expected);
        }
    }

    #[test]
    fn a_name_of_a_variable_may_have_underscores_and_digits() {
        for (line, expected) in [
            ("FOO=$BAR/x y", "bar/x y"),
            ("FOO=$A_BAR_2/x", "under/x"),
            ("FOO=${A_BAR_2}_x", "under_x"),
            ("FOO=\"$A_BAR_2 ${A_BAR_2}\"", "under under"),
            ("FOO=$A_BAR_2$BAR", "underbar"),
            ("FOO=$A_BAR", ""),
            ("FOO='$A_BAR_2'", "$A_BAR_2"),
            (r#"FOO="\$A_BAR_2""#, "$A_BAR_2"),
        ] {
            assert_reads(line, expected);
        }
    }

    #[test]
    fn a_dollar_that_begins_no_name_stays() {
        for value in ["a$", "$1x", "pa$5word", "a$ b", "a$-$", "$", "$é", "a$/b", "a$\"b"] {
            assert_reads(&format!("FOO={value}"), value);
            assert_reads(&format!("FOO='{value}'"), value);
        }
        assert_reads("FOO=\"a$ b$\"", "a$ b$");
        for (line, expected) in [("FOO=a$$BAR", "a$BAR"), ("FOO=$$", "$"), ("FOO=\"$$BAR\"", "$BAR")] {
            assert_reads(line, expected);
        }
    }

    #[test]
    fn a_command_is_unreadable_outside_of_single_quotes() {
        for line in [
            "FOO=$(openssl rand -base64 18)",
            "FOO=$(head -c 48 /dev/urandom | base64)",
            "FOO=\"$(openssl rand -base64 18)\"",
            "FOO=\"a\n$(openssl rand)\"",
            "FOO=`openssl rand -base64 18`",
            "FOO=\"`openssl rand`\"",
            "FOO=a$(b)",
            "FOO=a$BAR`b`",
        ] {
            assert_unreadable(line, Unreadable::Command);
        }
        assert!(!Unreadable::Command.to_string().contains("single quotes"));
        for (line, expected) in [
            ("FOO='$(a) `b`'", "$(a) `b`"),
            (r"FOO=\$(a)", "$(a)"),
            ("FOO=a # not $(b) nor `c`", "a"),
            ("FOO=\"a\" # not $(b) nor `c`", "a"),
        ] {
            assert_reads(line, expected);
        }
    }

    #[test]
    fn a_lone_export_says_nothing() {
        for line in ["export FOO", "  export\tA_BAR_2 "] {
            let file = parsed(&format!("FOO=a\n{line}\nPORT=1\n"));
            assert_eq!((value(&file, "FOO"), value(&file, "PORT")), (Some("a"), Some("1")));
        }
    }

    #[test]
    fn a_line_that_cannot_be_read_costs_no_other() {
        for line in [
            "FOO=\"hunter2 and no end",
            "FOO='hunter2' and more",
            r#"FOO="C:\hunter2""#,
            "FOO=${hunter2",
            "FOO=${}",
            "FOO=${hunter2:-x}",
            "FOO=\"${hunter 2}\"",
            "FOO='hunter2'x",
            "export FOO=\"",
        ] {
            assert_unreadable(line, Unreadable::Form);
        }
        let file = parsed("MY-NAME=x\n");
        assert!(file.unreadable.contains_key("MY-NAME"));
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_name() {
        assert_eq!(value(&parsed("\u{feff}PORT=1\n"), "PORT"), Some("1"));
    }

    #[test]
    fn a_line_without_a_name_is_refused_by_its_number_and_not_shown() {
        for (content, line) in [
            (&b"A='x\ny'\nhunter2"[..], "line 3 is not of the form NAME=value"),
            (b"export hunter2 x", "line 1 is not of the form NAME=value"),
            (b"exporthunter2", "line 1 is not of the form NAME=value"),
            (b"=hunter2", "line 1 is not of the form NAME=value"),
            (b"A=x\nB=hunter2\xff\n", "line 2 is not UTF-8"),
        ] {
            let error = DotenvFile::parse(content).err().unwrap();
            assert_eq!(format!("{error:#}"), line);
        }
    }
}

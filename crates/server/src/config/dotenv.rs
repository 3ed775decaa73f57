//! The file `.env`, line by line: one that can't be read costs its own setting alone.

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
    /// By the name before `=`, the number of a line that can't be read. It is most often none of our settings.
    pub(super) unreadable: HashMap<String, usize>,
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
        while let [line, others @ ..] = rest {
            let count = if let Some((statement, count)) = statement(rest) {
                readable.push_str(&statement);
                count
            } else {
                let name = name(line).with_context(|| format!("line {number} is not of the form NAME=value"))?;
                unreadable.insert(name.to_owned(), number);
                1
            };
            rest = others.get(count - 1..).unwrap_or_default();
            number += count;
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

/// The statement at the start of the lines, as the library reads it, and how many lines it takes: more than one where
/// quotes go on.
fn statement(lines: &[&str]) -> Option<(String, usize)> {
    if let Some(text) = lines.first().and_then(|line| with_bare_value_escaped(line)) {
        return matches!(reading(&text), Reading::Whole).then_some((text, 1));
    }
    let mut text = String::new();
    for (line, count) in lines.iter().zip(1..) {
        text.push_str(line);
        text.push('\n');
        match reading(&text) {
            Reading::Whole => return Some((text, count)),
            Reading::Open => {}
            Reading::Broken => return None,
        }
    }
    None
}

/// A value without quotes goes to the end of the line, or to a ` #`, and is taken as it stands but for variables: as
/// Docker Compose does, which reads the same file. The library by itself takes quotes, spaces and `\` to mean something.
fn with_bare_value_escaped(line: &str) -> Option<String> {
    let (name, value) = line.split_once('=')?;
    if value.trim_start().starts_with(['"', '\'']) {
        return None;
    }
    let value = [" #", "\t#"].iter().fold(value, |value, comment| {
        value.split_once(comment).map_or(value, |(value, _)| value)
    });
    let mut text = format!("{name}=");
    for character in value.trim().chars() {
        if matches!(character, '\\' | '"' | '\'' | ' ') {
            text.push('\\');
        }
        text.push(character);
    }
    // `\$` is a `$` that begins no variable.
    text = text.replace(r"\\$", r"\$");
    text.push('\n');
    Some(text)
}

/// What the library makes of a statement.
enum Reading {
    /// It can be read.
    Whole,
    /// Its quotes are not closed.
    Open,
    /// It can't be read, whatever follows.
    Broken,
}

fn reading(text: &str) -> Reading {
    match dotenvy::from_read_iter(text.as_bytes()).find_map(Result::err) {
        None => Reading::Whole,
        Some(dotenvy::Error::LineParse(_, position)) if position == text.len() => Reading::Open,
        Some(_) => Reading::Broken,
    }
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

    #[test]
    fn a_value_is_taken_as_docker_compose_takes_it() {
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
            ("FOO=$BAR/x y", "bar/x y"),
            (r"FOO=\$BAR", "$BAR"),
            ("FOO='$BAR # \"a\"'", "$BAR # \"a\""),
            ("FOO=\"${BAR} # a\\n\\\"b\\\"\" # note", "bar # a\n\"b\""),
            ("FOO=\"a\nb=c\n# d\"", "a\nb=c\n# d"),
            ("FOO='a\r\nb'", "a\nb"),
        ] {
            let file = parsed(&format!("BAR=bar\n{line}\nPORT=1\r\n"));
            assert_eq!(value(&file, "FOO"), Some(expected), "{line:?}");
            assert_eq!(value(&file, "PORT"), Some("1"), "{line:?}");
            assert!(file.unreadable.is_empty(), "{line:?}");
        }
    }

    #[test]
    fn a_line_that_cannot_be_read_costs_no_other() {
        for line in [
            "FOO=\"hunter2 and no end",
            "FOO='hunter2' and more",
            r#"FOO="C:\hunter2""#,
            "FOO=${hunter2",
            "export FOO=\"",
        ] {
            let file = parsed(&format!("# it's a note\n\nHOST=x\n{line}\nPORT=1\n"));
            assert_eq!(file.unreadable, HashMap::from([("FOO".to_owned(), 4)]), "{line}");
            let read = (value(&file, "HOST"), value(&file, "PORT"));
            assert_eq!(read, (Some("x"), Some("1")), "{line}");
        }
        assert_eq!(
            parsed("MY-NAME=x\n").unreadable,
            HashMap::from([("MY-NAME".to_owned(), 1)])
        );
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_name() {
        assert_eq!(value(&parsed("\u{feff}PORT=1\n"), "PORT"), Some("1"));
    }

    #[test]
    fn a_line_without_a_name_is_refused_by_its_number_and_not_shown() {
        for (content, line) in [
            (&b"A='x\ny'\nhunter2"[..], "line 3 is not of the form NAME=value"),
            (b"=hunter2", "line 1 is not of the form NAME=value"),
            (b"A=x\nB=hunter2\xff\n", "line 2 is not UTF-8"),
        ] {
            let error = DotenvFile::parse(content).err().unwrap();
            assert_eq!(format!("{error:#}"), line);
        }
    }
}

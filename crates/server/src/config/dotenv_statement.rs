//! A statement of `.env`, rewritten into the one form in which the library reads it as it is meant.

use std::str::Chars;

/// What the first of some lines says.
pub(super) struct Statement {
    /// `NAME="value"` for the library, with a newline at its end; empty where nothing is said.
    pub(super) text: Result<String, Unreadable>,
    /// How many lines it takes: more than one where quotes go on.
    pub(super) lines: usize,
}

/// Why a statement can't be read. Says nothing of its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unreadable {
    /// It is not of the form.
    #[error("can't be read; put the value into single quotes")]
    Form,
    /// Its value is what a shell would run.
    #[error("has a command, and a file runs none; put the command's output there")]
    Command,
}

impl Statement {
    /// The statement at the start of the lines. `None` where there are none.
    pub(super) fn first_of(lines: &[&str]) -> Option<Self> {
        let (line, others) = lines.split_first()?;
        Some(Self::starting_with(line, others))
    }

    fn starting_with(line: &str, others: &[&str]) -> Self {
        let line = line.trim_start();
        if line.is_empty() || line.starts_with('#') || is_lone_export(line) {
            return Self::of_one_line(Ok(String::new()));
        }
        let Some((name, value)) = line.split_once('=') else {
            return Self::of_one_line(Err(Unreadable::Form));
        };
        let (value, lines) = match value.trim_start().split_at_checked(1) {
            Some(("'", value)) => match Quoted::read(value, others, '\'') {
                Some(Quoted { content, lines }) => (Ok(without_variables(&content)), lines),
                None => return Self::of_one_line(Err(Unreadable::Form)),
            },
            Some(("\"", value)) => match Quoted::read(value, others, '"') {
                Some(Quoted { content, lines }) => (with_variables(&content, Backslash::Escapes), lines),
                None => return Self::of_one_line(Err(Unreadable::Form)),
            },
            _ => (with_variables(bare(value), Backslash::IsOne), 1),
        };
        let text = value.and_then(|value| accepted(format!("{name}=\"{value}\"\n")));
        Self { text, lines }
    }

    fn of_one_line(text: Result<String, Unreadable>) -> Self {
        Self { text, lines: 1 }
    }
}

/// `export NAME`: of a shell, for a variable that is set already.
fn is_lone_export(line: &str) -> bool {
    let name = line.strip_prefix("export").map(str::trim_end);
    let name = name
        .and_then(|name| name.strip_prefix([' ', '\t']))
        .map(str::trim_start);
    name.is_some_and(|name| !name.is_empty() && leading_name(name).len() == name.len())
}

/// A value without quotes: up to the end of the line or to a `#` after a space.
fn bare(value: &str) -> &str {
    let comments = [" #", "\t#"].iter();
    let value = comments.fold(value, |value, comment| {
        value.split_once(comment).map_or(value, |(value, _)| value)
    });
    value.trim()
}

/// What stands in quotes, and on how many lines.
struct Quoted {
    content: String,
    lines: usize,
}

impl Quoted {
    /// Reads on after the opening quote. `None` where there is no closing one with nothing but a comment after it.
    fn read(first: &str, others: &[&str], quote: char) -> Option<Self> {
        let mut content = String::new();
        for (line, lines) in std::iter::once(&first).chain(others).zip(1..) {
            if let Some((end, rest)) = split_at_quote(line, quote) {
                content.push_str(end);
                let rest = rest.trim_start();
                return (rest.is_empty() || rest.starts_with('#')).then_some(Self { content, lines });
            }
            content.push_str(line);
            content.push('\n');
        }
        None
    }
}

/// What is before a quote and what after it. In double quotes `\` takes its meaning from the next one.
fn split_at_quote(line: &str, quote: char) -> Option<(&str, &str)> {
    let mut is_escaped = false;
    let is_end = |character: char| {
        let ends = character == quote && !is_escaped;
        is_escaped = quote == '"' && character == '\\' && !is_escaped;
        ends
    };
    line.split_once(is_end)
}

/// What `\` means in a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Backslash {
    /// It escapes what follows.
    Escapes,
    /// It is itself, but before a `$`.
    IsOne,
}

fn without_variables(value: &str) -> String {
    let mut text = String::new();
    for character in value.chars() {
        push_escaped(&mut text, character);
    }
    text
}

fn push_escaped(text: &mut String, character: char) {
    if matches!(character, '\\' | '"' | '$') {
        text.push('\\');
    }
    text.push(character);
}

/// The library's own `$NAME` ends at an underscore, and takes a `$` away that begins no name.
fn with_variables(value: &str, backslash: Backslash) -> Result<String, Unreadable> {
    let mut text = String::new();
    let mut rest = value.chars();
    while let Some(character) = rest.next() {
        match character {
            '`' => return Err(Unreadable::Command),
            '$' => text.push_str(&variable(&mut rest)?),
            '\\' if backslash == Backslash::Escapes || rest.as_str().starts_with('$') => {
                text.push('\\');
                text.extend(rest.next());
            }
            _ => push_escaped(&mut text, character),
        }
    }
    Ok(text)
}

/// What a `$` stands for by what follows it, which is taken from `rest`.
fn variable(rest: &mut Chars<'_>) -> Result<String, Unreadable> {
    let after = rest.as_str();
    if after.starts_with('(') {
        return Err(Unreadable::Command);
    }
    let (name, others) = if let Some(braced) = after.strip_prefix('{') {
        let (name, others) = braced.split_once('}').ok_or(Unreadable::Form)?;
        if name.is_empty() || leading_name(name).len() < name.len() {
            return Err(Unreadable::Form);
        }
        (name, others)
    } else {
        let name = leading_name(after);
        (name, after.strip_prefix(name).unwrap_or_default())
    };
    // Two in a row are one.
    *rest = others
        .strip_prefix('$')
        .filter(|_| name.is_empty())
        .unwrap_or(others)
        .chars();
    Ok(if name.is_empty() {
        r"\$".to_owned()
    } else {
        format!("${{{name}}}")
    })
}

/// The name of a variable at the start of a text; empty where none is.
fn leading_name(text: &str) -> &str {
    let is_of_a_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let end = text.find(|character| !is_of_a_name(character)).unwrap_or(text.len());
    let name = text.get(..end).unwrap_or_default();
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        ""
    } else {
        name
    }
}

/// The text, where the library can read it.
fn accepted(text: String) -> Result<String, Unreadable> {
    match dotenvy::from_read_iter(text.as_bytes()).find_map(Result::err) {
        None => Ok(text),
        Some(_) => Err(Unreadable::Form),
    }
}

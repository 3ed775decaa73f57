//! Standard output, which holds a command's result alone: tables for people, JSON lines for programs.

use anyhow::{Context as _, Error};
use chrono::{DateTime, Utc};
use comfy_table::Table;
use comfy_table::presets::NOTHING;
use portcullis_domain::changes_other_text;
use std::io::{self, ErrorKind, IsTerminal as _, Write};

/// For whom a result is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// People at a terminal.
    Table,
    /// Programs: one JSON object a line.
    JsonLines,
}

impl Form {
    /// A terminal has a person before it, unless they ask for JSON.
    pub(super) fn of(json: bool) -> Self {
        if !json && io::stdout().is_terminal() {
            Self::Table
        } else {
            Self::JsonLines
        }
    }
}

/// A result in both forms, as far as it has come.
pub(super) struct Rows<T: 'static> {
    form: Form,
    columns: &'static [Column<T>],
    none: &'static str,
    cells: Vec<Vec<String>>,
    json: fn(&T) -> anyhow::Result<String>,
}

/// A heading, and what stands below it.
pub(super) type Column<T> = (&'static str, fn(&T) -> String);

impl<T> Rows<T> {
    /// `none` is said to people where there is nothing.
    pub(super) fn new(
        form: Form,
        columns: &'static [Column<T>],
        none: &'static str,
        json: fn(&T) -> anyhow::Result<String>,
    ) -> Self {
        Self {
            form,
            columns,
            none,
            cells: Vec::new(),
            json,
        }
    }

    /// JSON lines go out at once. A table waits for its widest cell.
    pub(super) fn add<'i>(&mut self, items: impl IntoIterator<Item = &'i T>) -> anyhow::Result<()> {
        match self.form {
            Form::JsonLines => print_lines(items.into_iter().map(self.json).collect::<Result<Vec<_>, _>>()?),
            Form::Table => {
                let row = |item| self.columns.iter().map(|(_, cell)| shown(&cell(item))).collect();
                self.cells.extend(items.into_iter().map(row));
                Ok(())
            }
        }
    }

    /// Prints what waits.
    pub(super) fn end(self) -> anyhow::Result<()> {
        match self.form {
            Form::JsonLines => Ok(()),
            Form::Table if self.cells.is_empty() => print(&format!("{}\n", self.none)),
            Form::Table => print(&format!(
                "{}\n",
                table(self.columns.iter().map(|(heading, _)| *heading), self.cells).trim_end()
            )),
        }
    }
}

/// A moment as people read it, to the second, in UTC.
pub(super) fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// What others wrote must not move the cursor of the terminal, nor turn what is around it.
pub(super) fn shown(text: &str) -> String {
    text.replace(changes_other_text, "\u{fffd}")
}

fn table<'h>(headings: impl Iterator<Item = &'h str>, cells: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(headings).add_rows(cells);
    let lines = table.lines().map(|line| line.trim().to_owned());
    lines.collect::<Vec<_>>().join("\n")
}

/// Prints a result as it is.
pub(super) fn print(result: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    let written = out.write_all(result.as_bytes()).and_then(|()| out.flush());
    written.context("the result can't be printed")
}

/// What a command that changed something says where its result could not be printed: nobody should do it again.
pub(super) fn after_the_work(printed: anyhow::Result<()>) -> anyhow::Result<()> {
    printed.map_err(|error| match error.downcast::<io::Error>() {
        Ok(reason) => Error::new(reason).context("done, but the result can't be printed"),
        Err(error) => error,
    })
}

/// Prints results, one a line.
pub(super) fn print_lines(results: impl IntoIterator<Item = String>) -> anyhow::Result<()> {
    let mut text = String::new();
    for result in results {
        text.push_str(&result);
        text.push('\n');
    }
    print(&text)
}

/// Whether nobody reads standard output any more, as with `portcullis user list | head -1`.
pub(super) fn is_closed(error: &Error) -> bool {
    let cause = error.downcast_ref::<io::Error>();
    cause.is_some_and(|cause| cause.kind() == ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        let table = table(
            ["EMAIL", "NAME"].into_iter(),
            vec![row(["a@b.c", "김"]), row(["ada@example.org", "Ada"])],
        );
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines.len(), 3, "{table}");
        let start = |line: usize, text: &str| lines[line].find(text);
        assert_eq!(start(0, "NAME"), start(2, "Ada"), "{table}");
    }

    #[test]
    fn what_others_wrote_does_not_move_the_cursor() {
        assert_eq!(shown("a\u{1b}[2Jb"), "a\u{fffd}[2Jb");
        assert_eq!(shown("a\u{202e}b\u{2028}c\u{feff}"), "a\u{fffd}b\u{fffd}c\u{fffd}");
    }
}

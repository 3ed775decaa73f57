//! Log lines for people.

use super::lines::{Form, Moment, add, needs_no_escape, write_escaped};
use anstyle::{AnsiColor, Style};
use portcullis_domain::RequestId;
use std::fmt::{self, Debug, Write as _};
use std::io::Write as _;
use tracing::field::{Field, Visit};
use tracing::{Event, Level};

/// The moment, the level, the request, who tells, and what: a text and names with values.
pub(super) struct Pretty {
    /// Whether a terminal shows it that may show colors.
    pub(super) is_colored: bool,
}

/// The field that a text without a name is.
const MESSAGE: &str = "message";

const FAINT: Style = Style::new().dimmed();

impl Pretty {
    fn paint(&self, line: &mut Vec<u8>, style: Style, text: impl FnOnce(&mut Vec<u8>)) {
        if self.is_colored {
            add(line, format_args!("{style}"));
        }
        text(line);
        if self.is_colored {
            add(line, format_args!("{style:#}"));
        }
    }
}

impl Form for Pretty {
    fn write(&self, line: &mut Vec<u8>, at: Moment, request_id: Option<&RequestId>, event: &Event<'_>) {
        let metadata = event.metadata();
        let (color, level) = match *metadata.level() {
            Level::ERROR => (AnsiColor::Red, "ERROR"),
            Level::WARN => (AnsiColor::Yellow, " WARN"),
            Level::INFO => (AnsiColor::Green, " INFO"),
            Level::DEBUG => (AnsiColor::Blue, "DEBUG"),
            Level::TRACE => (AnsiColor::Magenta, "TRACE"),
        };
        self.paint(line, FAINT, |line| at.write(line));
        line.push(b' ');
        self.paint(line, color.on_default(), |line| {
            line.extend_from_slice(level.as_bytes());
        });
        line.push(b' ');
        if let Some(id) = request_id {
            // As a span is usually written.
            line.extend_from_slice(b"request{request_id=\"");
            line.extend_from_slice(id.as_str().as_bytes());
            line.extend_from_slice(b"\"}: ");
        }
        self.paint(line, FAINT, |line| {
            line.extend_from_slice(metadata.target().as_bytes());
            line.push(b':');
        });
        event.record(&mut Fields(line));
        line.push(b'\n');
    }
}

/// Adds fields, each behind a space.
struct Fields<'l>(&'l mut Vec<u8>);

impl Fields<'_> {
    /// The message has no name.
    fn name(&mut self, field: &Field) {
        self.0.push(b' ');
        if field.name() != MESSAGE {
            self.0.extend_from_slice(field.name().as_bytes());
            self.0.push(b'=');
        }
    }
}

impl Visit for Fields<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.name(field);
        add(self.0, format_args!("{value:?}"));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.name(field);
        add(self.0, format_args!("{value}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.name(field);
        if field.name() == MESSAGE {
            add_escaped(self.0, &format_args!("{value}"));
        } else {
            quote(self.0, value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.name(field);
        add_escaped(self.0, value);
    }
}

fn quote(line: &mut Vec<u8>, text: &str) {
    if needs_no_escape(text) {
        line.push(b'"');
        line.extend_from_slice(text.as_bytes());
        line.push(b'"');
    } else {
        add_escaped(line, &text);
    }
}

fn add_escaped(line: &mut Vec<u8>, value: &dyn Debug) {
    // Memory does not fail. Where a `Debug` does, what it wrote before stays.
    let _ = write!(Escaped(line), "{value:?}");
}

struct Escaped<'l>(&'l mut Vec<u8>);

impl fmt::Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let escape = |line: &mut Vec<u8>, character: char| write!(line, "{}", character.escape_default());
        write_escaped(self.0, text, escape).map_err(|_| fmt::Error)
    }
}

#[cfg(test)]
mod tests {
    use super::super::told::{AT, REQUEST, told, told_in_a_request};
    use super::*;
    use portcullis_domain::changes_other_text;

    fn tell() {
        let span = tracing::info_span!("of others", hidden = "of the span");
        span.in_scope(
            || tracing::warn!(count = 3, rate = 0.5, is_new = true, of = %"display", text = "a", "a \"{}\"", "message"),
        );
        tracing::info!(nothing = None::<u64>, odd = "\"a\\b\"", debug = ?Some("a"), less = -1, whole = 1.0, "outside");
        tracing::error!(only = 7_u16);
        tracing::debug!(message = "as a field");
    }

    #[test]
    fn a_line_holds_what_the_event_tells() {
        let target = module_path!();
        assert_eq!(
            told(Pretty { is_colored: false }, tell),
            format!(
                "{AT}  WARN {target}: a \"message\" count=3 rate=0.5 is_new=true of=display text=\"a\"\n\
                 {AT}  INFO {target}: outside odd=\"\\\"a\\\\b\\\"\" debug=Some(\"a\") less=-1 whole=1.0\n\
                 {AT} ERROR {target}: only=7\n\
                 {AT} DEBUG {target}: as a field\n"
            )
        );
    }

    #[test]
    fn a_line_holds_the_id_of_its_request() {
        let line = told_in_a_request(Pretty { is_colored: false }, || tracing::info!("told"));
        let target = module_path!();
        assert_eq!(
            line,
            format!("{AT}  INFO request{{request_id=\"{REQUEST}\"}}: {target}: told\n")
        );
    }

    #[test]
    fn nobody_else_writes_a_line_or_moves_the_cursor() {
        let sent = "one\n2026 INFO two\r\u{1b}[31m\u{7f}\u{9b}\u{202e}\u{2028} é";
        let lines = told(Pretty { is_colored: false }, || {
            tracing::info!(shown = %sent, text = sent, debug = ?sent, "{sent}");
        });
        assert!(!lines.trim_end_matches('\n').contains(changes_other_text), "{lines:?}");
        assert_eq!(lines.lines().count(), 1, "{lines}");
        assert_eq!(lines.matches("\\u{1b}[31m").count(), 4, "{lines}");
        assert!(
            lines.contains(r" shown=one\n2026 INFO two\r\u{1b}[31m\u{7f}\u{9b}\u{202e}\u{2028} é text="),
            "{lines}"
        );
    }

    #[test]
    fn colors_change_nothing_but_the_color() {
        let colored = told(Pretty { is_colored: true }, tell);
        assert!(colored.contains("\u{1b}[33m WARN\u{1b}[0m \u{1b}[2m"), "{colored:?}");
        let mut parts = colored.split("\u{1b}[");
        let first = parts.next().unwrap();
        let rest = parts.map(|part| part.split_once('m').unwrap().1);
        let plain: String = [first].into_iter().chain(rest).collect();
        assert_eq!(plain, told(Pretty { is_colored: false }, tell));
    }
}

//! Lines of the log: one for each event, written at once in the form that goes out.

use chrono::{DateTime, Utc};
use portcullis_application::ports::Clock;
use portcullis_domain::{RequestId, changes_other_text};
use std::cell::RefCell;
use std::fmt;
use std::io::{self, Stderr, Write};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// What the memory of a thread for its line may stay at.
const KEPT: usize = 4 << 10;

/// How a line is written.
pub(super) trait Form: Send + Sync + 'static {
    /// Adds the line, with its end. Beside what the event tells stands the id of the request that it is about.
    fn write(&self, line: &mut Vec<u8>, at: Moment, request_id: Option<&RequestId>, event: &Event<'_>);
}

/// Where lines go.
pub(super) trait Out: Send + Sync + 'static {
    /// Takes a line, with its end. Tells of no error: whoever logs could do nothing about it.
    fn put(&self, line: &[u8]);
}

impl Out for Stderr {
    fn put(&self, line: &[u8]) {
        let _ = self.lock().write_all(line);
    }
}

/// Writes each event as one line. Spans are not shown.
pub(super) struct Lines<F, C, O> {
    pub(super) form: F,
    pub(super) clock: C,
    /// Gives the id of the request that is being answered.
    pub(super) request_id: fn() -> Option<RequestId>,
    pub(super) out: O,
}

impl<S, F, C, O> Layer<S> for Lines<F, C, O>
where
    S: Subscriber,
    F: Form,
    C: Clock + 'static,
    O: Out,
{
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let (at, request_id) = (Moment(self.clock.now()), (self.request_id)());
        with_line(|line| {
            self.form.write(line, at, request_id.as_ref(), event);
            self.out.put(line);
            // A client decides how long some lines are.
            line.shrink_to(KEPT);
        });
    }
}

/// Lends an empty line, whose memory the thread keeps.
fn with_line<T>(write: impl FnOnce(&mut Vec<u8>) -> T) -> T {
    thread_local! {
        static LINE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }
    LINE.with(|line| match line.try_borrow_mut() {
        Ok(mut line) => {
            line.clear();
            write(&mut line)
        }
        // Lent already: a value of this event logs something itself while it is written.
        Err(_) => write(&mut Vec::new()),
    })
}

/// When an event was told of.
pub(super) struct Moment(DateTime<Utc>);

impl Moment {
    /// Adds it as RFC 3339 writes it, to the microsecond.
    pub(super) fn write(&self, line: &mut Vec<u8>) {
        thread_local! {
            /// A second and its text. To write it for each line would take a fifth of the line's time.
            static SECOND: RefCell<(i64, String)> = const { RefCell::new((0, String::new())) };
        }
        let now = self.0;
        SECOND.with_borrow_mut(|(second, text)| {
            if text.is_empty() || *second != now.timestamp() {
                *second = now.timestamp();
                *text = now.format("%Y-%m-%dT%H:%M:%S").to_string();
            }
            line.extend_from_slice(text.as_bytes());
        });
        add(line, format_args!(".{:06}Z", now.timestamp_subsec_micros()));
    }
}

/// Adds a text to a line.
pub(super) fn add(line: &mut Vec<u8>, text: fmt::Arguments<'_>) {
    // Memory does not fail. Where a `Debug` does, what it wrote before stays.
    let _ = line.write_fmt(text);
}

/// Writes a text that others may have written: it must not end the line, move the cursor of a terminal, nor turn what is around
/// it. What could is left to `escape`.
pub(super) fn write_escaped<W: ?Sized + Write>(
    out: &mut W,
    text: &str,
    escape: impl Fn(&mut W, char) -> io::Result<()>,
) -> io::Result<()> {
    if needs_no_escape(text) {
        return out.write_all(text.as_bytes());
    }
    for character in text.chars() {
        if changes_other_text(character) {
            escape(out, character)?;
        } else {
            out.write_all(character.encode_utf8(&mut [0; 4]).as_bytes())?;
        }
    }
    Ok(())
}

/// Whether no character of the text is to be escaped, between quotes or not. Most texts need no escape, so the loop has no
/// branch.
pub(super) fn needs_no_escape(text: &str) -> bool {
    text.bytes().fold(true, |plain, byte| {
        plain & matches!(byte, b' ' | b'!' | b'#'..=b'[' | b']'..=b'~')
    })
}

#[cfg(test)]
mod tests {
    use super::super::told::told;
    use super::*;
    use crate::logging::json::Json;
    use crate::logging::pretty::Pretty;
    use std::fmt::Debug;

    #[test]
    fn a_line_within_another_spoils_neither() {
        let lines = with_line(|around| {
            around.extend_from_slice(b"around, ");
            let within = with_line(|within| {
                within.extend_from_slice(b"within");
                within.clone()
            });
            around.extend_from_slice(b"and on");
            (around.clone(), within)
        });
        assert_eq!(lines, (b"around, and on".to_vec(), b"within".to_vec()));
        assert!(with_line(|line| line.is_empty()));
    }

    #[test]
    fn a_value_that_fails_to_be_shown_spoils_no_line() {
        struct Broken;
        impl Debug for Broken {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("half a te")?;
                Err(fmt::Error)
            }
        }
        let tell = || tracing::info!(broken = ?Broken, after = 1, "told");
        let json = told(Json, tell);
        assert!(
            json.ends_with("\"message\":\"told\",\"broken\":\"half a te\",\"after\":1}\n"),
            "{json}"
        );
        let plain = told(Pretty { is_colored: false }, tell);
        assert!(plain.ends_with(": told broken=half a te after=1\n"), "{plain}");
    }

    #[test]
    fn a_moment_is_written_to_the_microsecond() {
        let written = |text: &str| {
            let mut line = Vec::new();
            Moment(text.parse().unwrap()).write(&mut line);
            String::from_utf8(line).unwrap()
        };
        for moment in [
            "1970-01-01T00:00:00.000000Z",
            "2026-12-31T23:59:59.000007Z",
            "2026-12-31T23:59:59.999999Z",
            "2027-01-01T00:00:00.000000Z",
            "2026-12-31T23:59:59.100000Z",
        ] {
            assert_eq!(written(moment), moment);
        }
    }
}

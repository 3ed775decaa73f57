//! Log lines as JSON: one object each, written once, as it goes out.

use super::request_ids::RequestIdOfSpan;
use serde::{Serialize, Serializer};
use std::cell::RefCell;
use std::fmt::{self, Debug, Display};
use std::io::Write;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// Writes each event as one line. Beside what the event tells stands the id of the request that it is about. All of the span
/// there would be its name, too.
pub(super) struct JsonLines<W>(pub(super) W);

impl<S, W, O> Layer<S> for JsonLines<W>
where
    S: Subscriber + for<'s> LookupSpan<'s>,
    W: Fn() -> O + Send + Sync + 'static,
    O: Write,
{
    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        thread_local! {
            static LINE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
        }
        LINE.with(|line| {
            let mut inner = Vec::new();
            let mut kept = line.try_borrow_mut();
            // Taken already where a value that is told of tells of something itself.
            let line = kept.as_deref_mut().unwrap_or(&mut inner);
            line.clear();
            write_line(line, event, &context);
            // There is nobody to tell of a log that can't be written.
            let _ = (self.0)().write_all(line);
        });
    }
}

fn write_line<S>(line: &mut Vec<u8>, event: &Event<'_>, context: &Context<'_, S>)
where
    S: Subscriber + for<'s> LookupSpan<'s>,
{
    let metadata = event.metadata();
    line.extend_from_slice(b"{\"timestamp\":\"");
    // It is digits and marks.
    let _ = SystemTime.format_time(&mut Writer::new(&mut Text(line)));
    line.extend_from_slice(b"\",\"level\":\"");
    line.extend_from_slice(metadata.level().as_str().as_bytes());
    line.push(b'"');
    let mut members = Members(line);
    if let Some(span) = context.event_span(event)
        && let Some(id) = span.extensions().get::<RequestIdOfSpan>()
    {
        members.add("request_id", &*id.0);
    }
    members.add("target", metadata.target());
    event.record(&mut members);
    line.extend_from_slice(b"}\n");
}

struct Text<'l>(&'l mut Vec<u8>);

impl fmt::Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

/// Adds members to an object that has one already.
struct Members<'l>(&'l mut Vec<u8>);

impl Members<'_> {
    fn add(&mut self, name: &str, value: impl Serialize) {
        self.0.push(b',');
        self.json(name);
        self.0.push(b':');
        self.json(value);
    }

    fn json(&mut self, value: impl Serialize) {
        // Neither numbers and texts nor memory that is written to fail.
        let _ = serde_json::to_writer(&mut *self.0, &value);
    }
}

impl Visit for Members<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field.name(), value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field.name(), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field.name(), value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field.name(), value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field.name(), value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add(field.name(), Shown(value));
    }
}

struct Shown<'v>(&'v dyn Debug);

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Display for Shown<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What a `Debug` that fails has said stands. serde_json would end the program for it.
        let _ = write!(out, "{:?}", self.0);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::request_ids::RequestIds;
    use super::*;
    use serde_json::{Value, json};
    use std::io;
    use std::sync::{Arc, Mutex};
    use tracing_subscriber::layer::SubscriberExt as _;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn told(tell: impl FnOnce()) -> Vec<Value> {
        let kept = Kept::default();
        let out = kept.clone();
        let subscriber = tracing_subscriber::registry()
            .with(RequestIds)
            .with(JsonLines(move || out.clone()));
        tracing::subscriber::with_default(subscriber, tell);
        let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        assert!(text.is_empty() || text.ends_with('\n'));
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn a_line_holds_what_the_event_tells_and_the_id_of_its_request() {
        let lines = told(|| {
            let span = tracing::info_span!("request", request_id = "an-id", hidden = "of the span");
            span.in_scope(
                || tracing::warn!(count = 3, rate = 0.5, is_new = true, of = %"display", "a \"{}\"", "message"),
            );
            tracing::info!(nothing = f64::NAN, lines = "one\ntwo\u{7}", "outside");
        });
        let [within, outside] = lines.try_into().unwrap();
        let (level, target) = (&within["level"], &within["target"]);
        assert_eq!((level, target), (&json!("WARN"), &json!(module_path!())));
        assert_eq!(within["request_id"], "an-id");
        assert_eq!(within["message"], "a \"message\"");
        assert_eq!(
            [&within["count"], &within["rate"], &within["is_new"], &within["of"]],
            [&json!(3), &json!(0.5), &json!(true), &json!("display")]
        );
        assert!(
            within.get("hidden").is_none() && within.get("name").is_none(),
            "{within}"
        );
        assert!(outside.get("request_id").is_none());
        assert_eq!(
            (&outside["nothing"], &outside["lines"]),
            (&Value::Null, &json!("one\ntwo\u{7}"))
        );
        let time = outside["timestamp"].as_str().unwrap();
        assert!(
            chrono::DateTime::parse_from_rfc3339(time).is_ok() && time.ends_with('Z'),
            "{time}"
        );
    }

    #[test]
    fn a_value_that_tells_of_something_itself_spoils_no_line() {
        struct Talkative;
        impl Debug for Talkative {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                tracing::info!("within");
                out.write_str("talkative")
            }
        }
        struct Broken;
        impl Debug for Broken {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("half a te")?;
                Err(fmt::Error)
            }
        }
        let lines = told(|| tracing::info!(value = ?Talkative, broken = ?Broken, "around"));
        let around = lines.iter().find(|line| line["message"] == "around").unwrap();
        assert_eq!(
            (&around["value"], &around["broken"]),
            (&json!("talkative"), &json!("half a te"))
        );
    }
}

//! What is told, as the log shows it.

use super::json::Json;
use super::lines::{Form, Lines, Out};
use portcullis_domain::RequestId;
use portcullis_testkit::clock::FakeClock;
use std::sync::{Arc, Mutex};
use tracing_subscriber::layer::SubscriberExt as _;

/// The time of every line: the clock stands still.
pub(super) const AT: &str = "2030-03-17T17:46:40.123456Z";

/// The id of a request.
pub(super) const REQUEST: &str = "an-id";

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Out for Kept {
    fn put(&self, line: &[u8]) {
        self.0.lock().unwrap().extend_from_slice(line);
    }
}

/// The lines of what `tell` tells outside of requests, in that form.
pub(super) fn told(form: impl Form, tell: impl FnOnce()) -> String {
    told_in(|| None, form, tell)
}

/// The same while a request is answered, whose id is [`REQUEST`].
pub(super) fn told_in_a_request(form: impl Form, tell: impl FnOnce()) -> String {
    told_in(|| RequestId::parse(REQUEST), form, tell)
}

fn told_in(request_id: fn() -> Option<RequestId>, form: impl Form, tell: impl FnOnce()) -> String {
    let kept = Kept::default();
    let lines = Lines {
        form,
        clock: FakeClock::new(),
        request_id,
        out: kept.clone(),
    };
    tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), tell);
    let told = kept.0.lock().unwrap().clone();
    String::from_utf8(told).unwrap()
}

/// The lines of what is told outside of requests, as JSON, for tests of what is told elsewhere.
pub(crate) fn told_as_json(tell: impl FnOnce()) -> String {
    told(Json, tell)
}

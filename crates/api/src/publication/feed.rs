//! The feed of revocations: its text, written once for all who ask, and the calls that wait for the next.

use crate::publication::bodies::RevocationsBody;
use actix_web::web::Bytes;
use portcullis_application::Publication;
use portcullis_application::publication::OutOfTouch;
use portcullis_web::GracefulShutdownSignal;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;

/// What the workers of a server share for the feed.
pub(crate) struct RevocationFeed {
    longest_wait: Duration,
    places: Semaphore,
    stop: GracefulShutdownSignal,
    text: Mutex<Option<FeedText>>,
}

/// The feed as it is sent.
#[derive(Clone)]
pub(crate) struct FeedText {
    /// Names what is listed.
    pub(crate) tag: String,
    /// The body.
    pub(crate) json: Bytes,
}

impl RevocationFeed {
    /// A feed for which up to `places` calls wait at once, none for longer than that, nor once the server stops.
    pub(crate) fn new(longest_wait: Duration, places: usize, stop: GracefulShutdownSignal) -> Self {
        Self {
            longest_wait,
            places: Semaphore::new(places),
            stop,
            text: Mutex::new(None),
        }
    }

    /// Waits for the change, within bounds. Where too many wait already, it does not.
    pub(crate) async fn wait(&self, patience: Duration, change: impl Future<Output = ()>) {
        if let Ok(_place) = self.places.try_acquire() {
            // Whatever ended the wait, the caller looks again.
            tokio::select! {
                () = change => {}
                () = self.stop.notified() => {}
                () = tokio::time::sleep(patience.min(self.longest_wait)) => {}
            }
        }
    }

    /// The present text. After a change, whoever asks first writes it, and the others wait for that.
    pub(crate) fn text(&self, publication: &dyn Publication) -> Result<FeedText, OutOfTouch> {
        let mut kept = self.text.lock().unwrap_or_else(PoisonError::into_inner);
        let tag = publication.revocations_tag()?;
        if let Some(text) = kept.as_ref().filter(|text| text.tag == tag) {
            return Ok(text.clone());
        }
        let snapshot = publication.revocations()?;
        let text = FeedText {
            json: RevocationsBody::from(&snapshot).json().into(),
            tag: snapshot.tag,
        };
        *kept = Some(text.clone());
        Ok(text)
    }
}

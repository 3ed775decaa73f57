//! What a server knows of mails that are to leave, between two looks at the store.

use chrono::{DateTime, Utc};
use std::sync::{Mutex, PoisonError};
use tokio::sync::Notify;

/// Tells the job that sends mails when to look. Mails that other programs write are not told of: it looks for them seldom.
#[derive(Debug, Default)]
pub struct OutboxNews {
    written: Notify,
    due_at: Mutex<Option<DateTime<Utc>>>,
}

impl OutboxNews {
    /// A mail was written, or is to be tried at once.
    pub(crate) fn note_written(&self) {
        self.written.notify_one();
    }

    /// Ends once a mail was written since the last call.
    pub(crate) async fn written(&self) {
        self.written.notified().await;
    }

    /// The next mail is due then; `None` where none waits.
    pub(crate) fn note_due(&self, at: Option<DateTime<Utc>>) {
        *self.due_at.lock().unwrap_or_else(PoisonError::into_inner) = at;
    }

    /// When the next mail is due, as it was noted last.
    pub(crate) fn due_at(&self) -> Option<DateTime<Utc>> {
        *self.due_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

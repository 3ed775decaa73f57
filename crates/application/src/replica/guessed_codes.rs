//! How often codes were shown with what does not fit them.

use chrono::{DateTime, Utc};
use portcullis_domain::{GrantId, GrantPolicy};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Counts for each code. Only genuine codes that live still are counted, so there are never many.
#[derive(Debug, Default)]
pub(crate) struct GuessedCodes(Mutex<HashMap<GrantId, (u32, DateTime<Utc>)>>);

impl GuessedCodes {
    /// Counts one more; how many there were.
    pub(crate) fn count(&self, code: GrantId, now: DateTime<Utc>) -> u32 {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counted.retain(|_, (_, at)| now - *at < GrantPolicy::CODE_LIFE);
        let (count, at) = counted.entry(code).or_insert((0, now));
        *count += 1;
        *at = now;
        *count
    }
}

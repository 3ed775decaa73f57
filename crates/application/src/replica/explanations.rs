//! Why the provider refused what was asked of it lately, by what the requests were called.

use chrono::{DateTime, TimeDelta, Utc};
use portcullis_domain::RequestId;
use portcullis_oauth2::ClientId;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// Why the provider refused a request. It holds no secret, no code and no token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// What the request was called.
    pub request_id: RequestId,
    /// When it was refused.
    pub at: DateTime<Utc>,
    /// The client that it named, where it named one.
    pub client_id: Option<ClientId>,
    /// What was answered: the error of OAuth.
    pub error: String,
    /// Why, for whoever looks after the client or the server.
    pub reason: String,
}

/// The last refusals of one server. Anybody can cause one, so there are never more than [`MOST`](Self::MOST).
#[derive(Debug, Default)]
pub struct Explanations(Mutex<VecDeque<Explanation>>);

impl Explanations {
    /// How many are kept.
    pub const MOST: usize = 1000;
    /// How long one is kept.
    pub const KEPT: TimeDelta = TimeDelta::hours(1);

    /// Keeps one, in the place of the oldest.
    pub(crate) fn note(&self, explanation: Explanation) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == Self::MOST {
            kept.pop_front();
        }
        kept.push_back(explanation);
    }

    /// The newest about a request of that name. Whoever sends a request may choose its name, so there may be several.
    #[must_use]
    pub fn find(&self, request_id: &RequestId, now: DateTime<Utc>) -> Option<Explanation> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut fresh = kept.iter().rev().filter(|kept| now - kept.at < Self::KEPT);
        fresh.find(|kept| kept.request_id == *request_id).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(name: &str, seconds: i64) -> Explanation {
        Explanation {
            request_id: RequestId::parse(name).unwrap(),
            at: DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap(),
            client_id: None,
            error: "invalid_grant".to_owned(),
            reason: format!("the reason of {seconds}"),
        }
    }

    #[test]
    fn the_newest_is_found_for_an_hour() {
        let explanations = Explanations::default();
        for explanation in [refused("a", 0), refused("a", 1), refused("b", 2)] {
            explanations.note(explanation);
        }
        let find = |seconds: i64| {
            let asked = refused("a", seconds);
            explanations.find(&asked.request_id, asked.at)
        };
        assert_eq!(find(3), Some(refused("a", 1)));
        assert_eq!(find(3600), Some(refused("a", 1)));
        assert_eq!(find(3601), None);
    }

    #[test]
    fn no_more_than_so_many_are_kept() {
        let explanations = Explanations::default();
        explanations.note(refused("first", 0));
        for _ in 0..Explanations::MOST {
            explanations.note(refused("later", 1));
        }
        let first = refused("first", 2);
        assert_eq!(explanations.find(&first.request_id, first.at), None);
        assert!(explanations.find(&refused("later", 2).request_id, first.at).is_some());
    }
}

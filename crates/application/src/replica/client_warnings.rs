//! What clients do that works, or is refused, for a reason that whoever looks after them should hear of.

use chrono::{DateTime, Utc};
use portcullis_domain::RegistrationId;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// What a client does that it better did not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClientWarning {
    /// A code came a second time. The measure is how many milliseconds after the first.
    CodeRedeemedTwice,
    /// A refresh token came again that was spent longer ago. The measure is how many seconds after its successor was given.
    RefreshTokenReused,
    /// It asks for `offline_access`, and may not use refresh tokens.
    OfflineWithoutRefresh,
    /// It asks without `state`.
    NoState,
    /// Its clock is ahead of this server's, so that what it signed was refused. The measure is by how many seconds.
    ClockAhead,
}

/// How often a client did something, as this server saw it since it was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountedWarning {
    /// What.
    pub warning: ClientWarning,
    /// How often.
    pub count: u64,
    /// When this server first saw it.
    pub first_at: DateTime<Utc>,
    /// When it last did.
    pub last_at: DateTime<Utc>,
    /// The measure of the last time, for those that have one.
    pub measure: Option<i64>,
}

/// The warnings of one server, by client.
#[derive(Debug, Default)]
pub struct ClientWarnings(Mutex<HashMap<(RegistrationId, ClientWarning), CountedWarning>>);

impl ClientWarnings {
    /// The most that are counted: all of ten thousand clients. Only registered clients are, which come and go.
    const MOST: usize = 50_000;

    /// Counts one.
    pub(crate) fn count(
        &self,
        client: RegistrationId,
        warning: ClientWarning,
        measure: Option<i64>,
        now: DateTime<Utc>,
    ) {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (client, warning);
        if counted.len() >= Self::MOST && !counted.contains_key(&key) {
            return;
        }
        let one = counted.entry(key).or_insert(CountedWarning {
            warning,
            count: 0,
            first_at: now,
            last_at: now,
            measure,
        });
        one.count += 1;
        (one.last_at, one.measure) = (now, measure);
    }

    /// Those of a client, in a fixed order.
    #[must_use]
    pub fn of(&self, client: RegistrationId) -> Vec<CountedWarning> {
        let counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = counted.iter().filter(|((of, _), _)| *of == client);
        let mut own: Vec<CountedWarning> = own.map(|(_, counted)| *counted).collect();
        own.sort_by_key(|counted| counted.warning);
        own
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_domain::ids::ID_ENTROPY_BYTES;

    #[test]
    fn each_client_has_its_own_counts() {
        let warnings = ClientWarnings::default();
        let at = |seconds: i64| DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap();
        let [one, other] = [1, 2].map(|byte| RegistrationId::new(at(0), [byte; ID_ENTROPY_BYTES]));
        warnings.count(one, ClientWarning::NoState, None, at(0));
        warnings.count(one, ClientWarning::CodeRedeemedTwice, Some(40), at(1));
        warnings.count(one, ClientWarning::CodeRedeemedTwice, Some(70), at(2));
        warnings.count(other, ClientWarning::NoState, None, at(3));
        let twice = CountedWarning {
            warning: ClientWarning::CodeRedeemedTwice,
            count: 2,
            first_at: at(1),
            last_at: at(2),
            measure: Some(70),
        };
        assert_eq!(warnings.of(one)[0], twice);
        assert_eq!((warnings.of(one).len(), warnings.of(other).len()), (2, 1));
    }
}

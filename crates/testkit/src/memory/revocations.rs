//! Revocations in memory.

use super::Unit;
use chrono::{DateTime, Utc};
use portcullis_application::ports::{RevocationNumber, RevocationRepository, StoreResult};
use portcullis_domain::Revocation;
use std::ops::{Bound, RangeInclusive};

impl RevocationRepository for Unit {
    fn list_after(
        &mut self,
        after: RevocationNumber,
        now: DateTime<Utc>,
        limit: usize,
    ) -> StoreResult<Vec<(RevocationNumber, Revocation)>> {
        let revocations = &self.readable()?.revocations;
        Ok(revocations
            .range((Bound::Excluded(after), Bound::Unbounded))
            .filter(|(_, revocation)| now < revocation.until)
            .take(limit)
            .map(|(number, revocation)| (*number, *revocation))
            .collect())
    }

    fn list_within(
        &mut self,
        ranges: &[RangeInclusive<RevocationNumber>],
        now: DateTime<Utc>,
        limit: usize,
    ) -> StoreResult<Vec<(RevocationNumber, Revocation)>> {
        let revocations = &self.readable()?.revocations;
        Ok(ranges
            .iter()
            .flat_map(|range| revocations.range(range.clone()))
            .filter(|(_, revocation)| now < revocation.until)
            .take(limit)
            .map(|(number, revocation)| (*number, *revocation))
            .collect())
    }

    fn find_last_expired(&mut self, at: DateTime<Utc>) -> StoreResult<Option<RevocationNumber>> {
        let revocations = &self.readable()?.revocations;
        let expired = revocations.iter().filter(|(_, revocation)| revocation.until <= at);
        let last = expired.max_by_key(|(_, revocation)| revocation.until);
        Ok(last.map(|(number, _)| *number))
    }

    fn delete_expired(&mut self, now: DateTime<Utc>, limit: usize) -> StoreResult<usize> {
        let revocations = &mut self.writable()?.revocations;
        let expired: Vec<_> = revocations
            .iter()
            .filter(|(_, revocation)| revocation.until <= now)
            .take(limit)
            .map(|(number, _)| *number)
            .collect();
        for number in &expired {
            revocations.remove(number);
        }
        Ok(expired.len())
    }
}

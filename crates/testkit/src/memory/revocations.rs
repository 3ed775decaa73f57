//! Revocations in memory.

use super::Unit;
use chrono::{DateTime, Utc};
use portcullis_application::ports::{RevocationNumber, RevocationRepository, StoreResult};
use portcullis_domain::Revocation;
use std::ops::Bound;

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

    fn find_all(
        &mut self,
        numbers: &[RevocationNumber],
        now: DateTime<Utc>,
    ) -> StoreResult<Vec<(RevocationNumber, Revocation)>> {
        let revocations = &self.readable()?.revocations;
        let found = numbers
            .iter()
            .filter_map(|number| Some((*number, *revocations.get(number)?)));
        Ok(found.filter(|(_, revocation)| now < revocation.until).collect())
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

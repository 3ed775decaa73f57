//! Telling of refused sign-ins in the audit trail, one event for many.

use super::UpkeepService;
use crate::actor::By;
use crate::ports::StoreError;
use crate::replica::Summary;
use portcullis_domain::AuditEvent;

/// How many events one unit of work adds.
const EVENTS_AT_ONCE: usize = 200;

impl UpkeepService {
    /// What the store does not take is kept for the next round.
    pub(super) async fn tell_of(&self, summaries: Vec<Summary>) -> Result<u64, StoreError> {
        let mut told = 0;
        let mut batches = summaries.chunks(EVENTS_AT_ONCE);
        while let Some(batch) = batches.next() {
            let events = batch.to_vec();
            let written = self.units.write(By::Schedule, move |unit| {
                for Summary { latest, count } in events {
                    let event = AuditEvent {
                        origin: latest.origin,
                        count: Some(count),
                        ..unit.failure(latest.kind, latest.user, latest.reason)
                    };
                    unit.record(event)?;
                }
                Ok::<_, StoreError>(())
            });
            if let Err(error) = written.await {
                let now = self.units.moment().monotonic;
                self.units.replica.refusals.put_back(batch, now);
                batches.for_each(|batch| self.units.replica.refusals.put_back(batch, now));
                return Err(error);
            }
            told += batch.iter().map(|summary| summary.count).sum::<u64>();
        }
        Ok(told)
    }
}

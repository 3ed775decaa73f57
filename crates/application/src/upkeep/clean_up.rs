//! Removing what nobody needs any more, in small batches.

use super::{CleanedUp, UpkeepService};
use crate::actor::By;
use crate::ports::StoreError;
use chrono::TimeDelta;
use std::sync::PoisonError;

/// How long a session or a revocation stays in the store after its end, for whoever looks into what happened, and for
/// servers whose clock is behind ours.
const KEPT_AFTER_END: TimeDelta = TimeDelta::days(1);

/// How many sessions one unit of work looks at. SQLite's one writer takes well under a millisecond for it.
const SESSIONS_AT_ONCE: usize = 200;

/// How many units of work one round takes at the most: the rest is left to the next.
const UNITS_OF_A_ROUND: usize = 500;

/// How many revocations one unit of work removes.
const REVOCATIONS_AT_ONCE: usize = 500;

impl UpkeepService {
    pub(super) async fn remove_what_is_over(&self) -> Result<CleanedUp, StoreError> {
        let mut cleaned_up = CleanedUp::default();
        let now = self.units.now();
        loop {
            let removed = self
                .units
                .write(By::Schedule, move |unit| {
                    unit.revocations()
                        .delete_expired(now - KEPT_AFTER_END, REVOCATIONS_AT_ONCE)
                })
                .await?;
            cleaned_up.revocations += removed;
            if removed < REVOCATIONS_AT_ONCE {
                break;
            }
        }
        for _ in 0..UNITS_OF_A_ROUND {
            let after = *self.units.replica.swept.lock().unwrap_or_else(PoisonError::into_inner);
            let swept = self
                .units
                .write(By::Schedule, move |unit| {
                    unit.sessions().sweep(after, now - KEPT_AFTER_END, SESSIONS_AT_ONCE)
                })
                .await?;
            cleaned_up.sessions += swept.changed;
            *self.units.replica.swept.lock().unwrap_or_else(PoisonError::into_inner) = swept.last;
            if swept.last.is_none() {
                break;
            }
        }
        Ok(cleaned_up)
    }
}

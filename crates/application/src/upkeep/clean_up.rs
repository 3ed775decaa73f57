//! Removing what nobody needs any more, in small batches.

use super::{CleanedUp, UpkeepService};
use crate::actor::By;
use crate::ports::{StoreError, StoreResult, SweepGrants};
use crate::unit_of_work::Unit;
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_domain::{Consent, Grant, MailState, Totp, UserId};
use std::sync::PoisonError;

/// How long a session, a grant or a revocation stays in the store after its end, for whoever looks into what happened, and for
/// servers whose clock is behind ours.
const KEPT_AFTER_END: TimeDelta = TimeDelta::days(1);

/// How many sessions or grants one unit of work looks at. SQLite's one writer takes well under a millisecond for it.
const SESSIONS_AT_ONCE: usize = 200;

/// How many units of work one round takes at the most: the rest is left to the next.
const UNITS_OF_A_ROUND: usize = 500;

/// How many mails, links or invitations one unit of work removes.
const ROWS_AT_ONCE: usize = 200;

/// How long a mail stays after it was sent, for whoever asks where it is.
const SENT_MAILS_KEPT: TimeDelta = TimeDelta::days(7);

/// How long a mail stays after it was given up. Until then it can be sent again.
const FAILED_MAILS_KEPT: TimeDelta = TimeDelta::days(30);

/// How long a link stays after its end, to say that it is too old and not that there was none.
const LINKS_KEPT: TimeDelta = TimeDelta::days(7);

/// How long what was shown once is remembered behind its end, for servers whose clock is behind ours.
const SPENT_KEPT: TimeDelta = TimeDelta::minutes(5);

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
        cleaned_up.mails = self.remove_old_mails(now).await?;
        cleaned_up.links = self.remove_old_links(now).await?;
        cleaned_up.challenges = self
            .remove_in_batches(move |unit| unit.challenges().delete_expired(now, ROWS_AT_ONCE))
            .await?;
        cleaned_up.secrets_encrypted_anew = self.encrypt_secrets_anew().await?;
        cleaned_up.grants = self.remove_old_grants(now).await?;
        cleaned_up.consents = self
            .remove_in_batches(move |unit| unit.consents().delete_unused(now - Consent::KEPT_UNUSED, ROWS_AT_ONCE))
            .await?;
        cleaned_up.spent = self
            .remove_in_batches(move |unit| unit.spent().delete_expired(now - SPENT_KEPT, ROWS_AT_ONCE))
            .await?;
        Ok(cleaned_up)
    }

    async fn remove_old_grants(&self, now: DateTime<Utc>) -> Result<usize, StoreError> {
        let over = SweepGrants {
            codes_before: now - Grant::CODES_KEPT,
            ended_before: now - KEPT_AFTER_END,
        };
        let place = &self.units.replica.swept_grants;
        let mut removed = 0;
        for _ in 0..UNITS_OF_A_ROUND {
            let after = *place.lock().unwrap_or_else(PoisonError::into_inner);
            let swept = self.units.write(By::Schedule, move |unit| {
                unit.grants().sweep(after, over, SESSIONS_AT_ONCE)
            });
            let swept = swept.await?;
            removed += swept.changed;
            *place.lock().unwrap_or_else(PoisonError::into_inner) = swept.last;
            if swept.last.is_none() {
                break;
            }
        }
        Ok(removed)
    }

    /// Encrypts the secrets of authenticator apps by the present key that are encrypted by the one before, so that that one may go.
    async fn encrypt_secrets_anew(&self) -> Result<usize, StoreError> {
        if !self.units.totp_secrets.has_former_key() {
            return Ok(0);
        }
        let (mut after, mut changed) = (None, 0);
        loop {
            let listed = self
                .units
                .read(move |repositories| repositories.second_factors().list_totp(after, ROWS_AT_ONCE));
            let listed: Vec<(UserId, Totp)> = listed.await?;
            let is_last = listed.len() < ROWS_AT_ONCE;
            after = listed.last().map(|(user, _)| *user);
            for (user, totp) in listed {
                let secrets = totp.active.map(|active| active.secret).into_iter();
                for old in secrets.chain(totp.pending.map(|pending| pending.secret)) {
                    let Some(new) = self.units.totp_secrets.encrypt_anew(user, &old) else {
                        continue;
                    };
                    let written = self.units.write(By::Schedule, move |unit| {
                        unit.users().lock(user)?;
                        unit.second_factors().encrypt_anew(user, &old, &new)
                    });
                    let written: StoreResult<()> = written.await;
                    written?;
                    changed += 1;
                }
            }
            if is_last {
                return Ok(changed);
            }
        }
    }

    async fn remove_old_mails(&self, now: DateTime<Utc>) -> Result<usize, StoreError> {
        let mut removed = 0;
        for (state, kept) in [
            (MailState::Sent, SENT_MAILS_KEPT),
            (MailState::Failed, FAILED_MAILS_KEPT),
        ] {
            removed += self
                .remove_in_batches(move |unit| unit.mails().delete_ended(state, now - kept, ROWS_AT_ONCE))
                .await?;
        }
        Ok(removed)
    }

    async fn remove_old_links(&self, now: DateTime<Utc>) -> Result<usize, StoreError> {
        let before = now - LINKS_KEPT;
        let links = self.remove_in_batches(move |unit| unit.links().delete_expired(before, ROWS_AT_ONCE));
        let links = links.await?;
        let invitations = self.remove_in_batches(move |unit| unit.invitations().delete_expired(before, ROWS_AT_ONCE));
        Ok(links + invitations.await?)
    }

    async fn remove_in_batches(
        &self,
        batch: impl Fn(&mut Unit<'_>) -> StoreResult<usize> + Copy + Send + 'static,
    ) -> Result<usize, StoreError> {
        let mut removed = 0;
        for _ in 0..UNITS_OF_A_ROUND {
            let now = self.units.write(By::Schedule, batch).await?;
            removed += now;
            if now < ROWS_AT_ONCE {
                break;
            }
        }
        Ok(removed)
    }
}

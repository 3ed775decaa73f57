//! The outbox: mails that are to leave, how they leave, and what administrators do with them.

pub(crate) mod prepare;
mod send;

use crate::actor::Authority;
use crate::ports::{LetterWriter, MailCounts, MailTransport, Meter, StoreError, WaitingMails};
use crate::unit_of_work::UnitsOfWork;
use async_trait::async_trait;
use portcullis_domain::{AuditEventType, Mail, MailId, MailState, Page, PageRequest};
use shaku::{Component, Interface};
use std::sync::Arc;
use std::time::Duration;

/// The outbox.
#[async_trait]
pub trait Outbox: Interface {
    /// Sends mails that are due; how many left. A round sends a bounded number.
    async fn send_due(&self) -> Result<usize, StoreError>;

    /// Ends once this server wrote a mail since the last call.
    async fn written(&self);

    /// How long until mails are due, as far as this server knows; `None` where none waits.
    fn due_in(&self) -> Option<Duration>;

    /// Tells whoever watches the server what waits. Does nothing where mail is off.
    async fn measure(&self) -> Result<(), StoreError>;

    /// The mails, of one state where one is named, newest first.
    async fn list(
        &self,
        by: Authority,
        state: Option<MailState>,
        request: PageRequest,
    ) -> Result<Page<Mail>, StoreError>;

    /// How many wait, and how many were given up.
    async fn count(&self, by: Authority) -> Result<MailCounts, StoreError>;

    /// Makes a mail due now that waits or was given up.
    async fn retry(&self, by: Authority, mail: MailId) -> Result<(), OutboxError>;

    /// Removes a mail, whatever became of it.
    async fn discard(&self, by: Authority, mail: MailId) -> Result<(), OutboxError>;
}

/// Why nothing was done with a mail.
#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    /// There is no such mail.
    #[error("there is no such mail")]
    NotFound,
    /// It was sent, and is not sent again: its link may have been used, or replaced.
    #[error("the mail was sent already")]
    AlreadySent,
    /// The one who asked is no administrator any more, or not signed in.
    #[error("not an administrator any more")]
    NoLongerAllowed,
    /// It was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// [`Outbox`] in units of work.
#[derive(Component)]
#[shaku(interface = Outbox)]
pub struct OutboxService {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
    #[shaku(inject)]
    writer: Arc<dyn LetterWriter>,
    #[shaku(inject)]
    transport: Arc<dyn MailTransport>,
    #[shaku(inject)]
    meter: Arc<dyn Meter>,
}

#[async_trait]
impl Outbox for OutboxService {
    async fn send_due(&self) -> Result<usize, StoreError> {
        self.send_round().await
    }

    async fn written(&self) {
        self.units.replica.outbox.written().await;
    }

    fn due_in(&self) -> Option<Duration> {
        self.time_until_due()
    }

    async fn measure(&self) -> Result<(), StoreError> {
        if !self.units.mail.is_on() {
            return Ok(());
        }
        let counted = self.units.read(|repositories| repositories.mails().counts());
        let counts: MailCounts = counted.await?;
        let now = self.units.now();
        let age = counts.oldest_waiting.map(|oldest| now - oldest);
        self.meter.mails_counted(WaitingMails {
            count: counts.waiting,
            given_up: counts.failed,
            oldest: age.and_then(|age| age.to_std().ok()).unwrap_or_default(),
        });
        Ok(())
    }

    async fn list(
        &self,
        _: Authority,
        state: Option<MailState>,
        request: PageRequest,
    ) -> Result<Page<Mail>, StoreError> {
        self.units
            .read(move |repositories| repositories.mails().list(state, &request))
            .await
    }

    async fn count(&self, _: Authority) -> Result<MailCounts, StoreError> {
        self.units.read(|repositories| repositories.mails().counts()).await
    }

    async fn retry(&self, by: Authority, mail: MailId) -> Result<(), OutboxError> {
        let retried = self.units.write(by, move |unit| {
            if !unit.is_still_allowed()? {
                return Err(OutboxError::NoLongerAllowed);
            }
            let now = unit.now();
            let found = unit.mails().find(mail)?.ok_or(OutboxError::NotFound)?;
            if unit.mails().retry(mail, now)? {
                unit.announce_mail();
                let event = unit.success(AuditEventType::MailRetried, found.user_id);
                Ok(unit.record(event)?)
            } else {
                Err(OutboxError::AlreadySent)
            }
        });
        retried.await
    }

    async fn discard(&self, by: Authority, mail: MailId) -> Result<(), OutboxError> {
        let discarded = self.units.write(by, move |unit| {
            if !unit.is_still_allowed()? {
                return Err(OutboxError::NoLongerAllowed);
            }
            let about = unit.mails().find(mail)?.and_then(|mail| mail.user_id);
            if unit.mails().delete(mail)? {
                let event = unit.success(AuditEventType::MailDiscarded, about);
                Ok(unit.record(event)?)
            } else {
                Err(OutboxError::NotFound)
            }
        });
        discarded.await
    }
}

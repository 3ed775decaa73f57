//! The outbox: mails that are to leave, how they leave, and what administrators do with them.

pub(crate) mod prepare;
mod send;

use crate::actor::Authority;
use crate::ports::{LetterWriter, MailCounts, MailTransport, StoreError};
use crate::unit_of_work::UnitsOfWork;
use async_trait::async_trait;
use portcullis_domain::{Mail, MailId, MailState, Page, PageRequest};
use shaku::{Component, Interface};
use std::sync::Arc;

/// The outbox.
#[async_trait]
pub trait Outbox: Interface {
    /// Sends mails that are due; how many left. A round sends a bounded number.
    async fn send_due(&self) -> Result<usize, StoreError>;

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
    /// There is no such mail, or it was sent already.
    #[error("there is no such mail")]
    NotFound,
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
}

#[async_trait]
impl Outbox for OutboxService {
    async fn send_due(&self) -> Result<usize, StoreError> {
        self.send_round().await
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
            if unit.mails().retry(mail, now)? {
                Ok(())
            } else {
                Err(OutboxError::NotFound)
            }
        });
        retried.await
    }

    async fn discard(&self, by: Authority, mail: MailId) -> Result<(), OutboxError> {
        let discarded = self.units.write(by, move |unit| {
            if !unit.is_still_allowed()? {
                return Err(OutboxError::NoLongerAllowed);
            }
            if unit.mails().delete(mail)? {
                Ok(())
            } else {
                Err(OutboxError::NotFound)
            }
        });
        discarded.await
    }
}

//! The mailbox inside: mails that go no further, for the first day and for tests from end to end.

use crate::mail_policy::Mailing;
use crate::outbox::prepare::letter_again;
use crate::ports::{LetterWriter, StoreError, UnwritableLetter, WrittenMail};
use crate::unit_of_work::UnitsOfWork;
use async_trait::async_trait;
use portcullis_domain::{Mail, MailId, MailState, PageRequest, PageSize};
use shaku::{Component, Interface};
use std::sync::Arc;

/// The mailbox inside. Whoever reads it can use every link in it, so it is empty where mails are sent.
#[async_trait]
pub trait Mailbox: Interface {
    /// The newest mails, newest first.
    async fn newest(&self) -> Result<Vec<KeptMail>, MailboxError>;

    /// The mail of that id.
    async fn find(&self, mail: MailId) -> Result<Option<KeptMail>, MailboxError>;
}

/// A mail of the mailbox.
#[derive(Debug)]
pub struct KeptMail {
    /// What is known of it.
    pub mail: Mail,
    /// Its text, made once more from what the store has.
    pub written: WrittenMail,
}

/// Why a mail can't be shown.
#[derive(Debug, thiserror::Error)]
pub enum MailboxError {
    /// It has no text.
    #[error(transparent)]
    Unwritable(#[from] UnwritableLetter),
    /// It was not read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// [`Mailbox`] on the outbox.
#[derive(Component)]
#[shaku(interface = Mailbox)]
pub struct MailboxService {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
    #[shaku(inject)]
    writer: Arc<dyn LetterWriter>,
}

#[async_trait]
impl Mailbox for MailboxService {
    async fn newest(&self) -> Result<Vec<KeptMail>, MailboxError> {
        let request = PageRequest {
            size: PageSize::LARGEST,
            after: None,
        };
        let listed = self
            .units
            .read(move |repositories| repositories.mails().list(Some(MailState::Sent), &request));
        let listed: Result<_, StoreError> = listed.await;
        let mut kept = Vec::new();
        for mail in listed?.items {
            kept.extend(self.kept(mail).await?);
        }
        Ok(kept)
    }

    async fn find(&self, mail: MailId) -> Result<Option<KeptMail>, MailboxError> {
        let found = self.units.look_up(move |repositories| repositories.mails().find(mail));
        let found: Result<_, StoreError> = found.await;
        match found?.filter(|mail| mail.state == MailState::Sent) {
            Some(mail) => self.kept(mail).await,
            None => Ok(None),
        }
    }
}

impl MailboxService {
    async fn kept(&self, mail: Mail) -> Result<Option<KeptMail>, MailboxError> {
        if self.units.mail.mailing != Mailing::Inside {
            return Ok(None);
        }
        let tokens = Arc::clone(&self.units.link_tokens);
        let policy = self.units.mail;
        let read = self.units.look_up(move |repositories| {
            let letter = letter_again(repositories, &*tokens, policy, &mail)?;
            Ok::<_, StoreError>((mail, letter))
        });
        let (mail, letter) = read.await?;
        let written = self.writer.write(&letter)?;
        Ok(Some(KeptMail { mail, written }))
    }
}

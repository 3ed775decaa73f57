//! Mails that go no further than a test.

use async_trait::async_trait;
use portcullis_application::ports::{Letter, LetterWriter, MailTransport, SendError, UnwritableLetter, WrittenMail};
use portcullis_domain::SecretText;
use shaku::Component;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

/// Writes a letter's kind as the subject, its link's text as the text, and its code as the HTML, or else what it is about.
#[derive(Clone, Copy, Default, Component)]
#[shaku(interface = LetterWriter)]
pub struct FakeLetterWriter;

impl LetterWriter for FakeLetterWriter {
    fn write(&self, letter: &Letter) -> Result<WrittenMail, UnwritableLetter> {
        let exposed = |secret: &SecretText| secret.expose().to_owned();
        Ok(WrittenMail {
            id: letter.id,
            to: letter.to.clone(),
            subject: format!("{} in {}", letter.kind, letter.language.as_str()),
            text: letter
                .link
                .as_ref()
                .map(|link| exposed(&link.token))
                .unwrap_or_default(),
            html: letter
                .code
                .as_ref()
                .map(exposed)
                .or_else(|| letter.about.clone())
                .unwrap_or_default(),
            link: None,
            code: None,
        })
    }
}

/// Keeps mails, and refuses as many as a test says.
#[derive(Clone, Default, Component)]
#[shaku(interface = MailTransport)]
pub struct FakeMailTransport {
    /// What came.
    #[shaku(default)]
    taken: Arc<Mutex<Vec<WrittenMail>>>,
    /// What is said to the next ones.
    #[shaku(default)]
    refusals: Arc<Mutex<VecDeque<SendError>>>,
}

impl FakeMailTransport {
    /// Refuses the next mail.
    pub fn refuse_next(&self, error: SendError) {
        self.refusals.lock().unwrap().push_back(error);
    }

    /// The mails that came since the last time.
    #[must_use]
    pub fn take(&self) -> Vec<WrittenMail> {
        std::mem::take(&mut *self.taken.lock().unwrap())
    }
}

#[async_trait]
impl MailTransport for FakeMailTransport {
    async fn send(&self, mail: &WrittenMail) -> Result<(), SendError> {
        if let Some(error) = self.refusals.lock().unwrap().pop_front() {
            return Err(error);
        }
        self.taken.lock().unwrap().push(mail.clone());
        Ok(())
    }
}

//! Rounds of sending: several mails under way at once, so that a slow one holds up nobody.

use super::OutboxService;
use super::prepare::{Prepared, prepare};
use crate::actor::By;
use crate::mail_policy::Mailing;
use crate::ports::{Letter, MailOutcome, SendError, StoreError};
use chrono::TimeDelta;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use portcullis_domain::{Mail, Origin};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How many mails are under way at once.
const LANES: usize = 8;

/// How many mails one round sends at the most.
const MAILS_OF_A_ROUND: usize = 64;

/// For how long a mail belongs to whoever took it. A transport gives up sooner.
const CLAIMED_FOR: TimeDelta = TimeDelta::seconds(30);

/// How long a mail server that was not there is left alone.
const UNREACHABLE_FOR: Duration = Duration::from_secs(1);

/// How a mail fared.
enum Fared {
    Sent,
    /// Nobody needs it, or somebody else has it.
    Passed,
    Failed(SendError),
}

impl OutboxService {
    pub(super) async fn send_round(&self) -> Result<usize, StoreError> {
        if !self.units.mail.is_on() {
            return Ok(0);
        }
        let now = self.units.now();
        let due = self
            .units
            .read(move |repositories| repositories.mails().due(now, MAILS_OF_A_ROUND));
        let mut due: VecDeque<Mail> = due.await?.into();
        // After a round in which nobody was there, one mail tries whether somebody is.
        let was_unreachable = &self.units.replica.mail_is_unreachable;
        let lanes = if was_unreachable.load(Ordering::Relaxed) {
            1
        } else {
            LANES
        };
        let mut under_way = FuturesUnordered::new();
        let mut sent = 0;
        loop {
            while under_way.len() < lanes
                && let Some(mail) = due.pop_front()
            {
                under_way.push(self.send_one(mail));
            }
            let Some(fared) = under_way.next().await else {
                break;
            };
            match fared? {
                Fared::Sent => {
                    sent += 1;
                    was_unreachable.store(false, Ordering::Relaxed);
                }
                Fared::Passed | Fared::Failed(SendError::NotTaken(_)) => {}
                Fared::Failed(SendError::Unreachable(_)) => {
                    was_unreachable.store(true, Ordering::Relaxed);
                    due.clear();
                }
            }
        }
        drop(under_way);
        let next = self.units.read(|repositories| repositories.mails().next_due());
        self.units.replica.outbox.note_due(next.await?);
        Ok(sent)
    }

    /// How long until mails are due, as far as this server knows. While nobody is there to take one, it is a while in any
    /// case.
    pub(super) fn time_until_due(&self) -> Option<Duration> {
        let due_at = self.units.replica.outbox.due_at()?;
        let pause = (due_at - self.units.now()).to_std().unwrap_or_default();
        let is_unreachable = self.units.replica.mail_is_unreachable.load(Ordering::Relaxed);
        Some(if is_unreachable {
            pause.max(UNREACHABLE_FOR)
        } else {
            pause
        })
    }

    async fn send_one(&self, mail: Mail) -> Result<Fared, StoreError> {
        let tokens = Arc::clone(&self.units.link_tokens);
        let (id, to, is_strangers) = (mail.id, mail.to.clone(), is_of_a_stranger(&mail));
        let prepared = self
            .units
            .write(by_whom(&mail), move |unit| prepare(unit, &*tokens, id, CLAIMED_FOR));
        let (mail, letter) = match prepared.await? {
            Prepared::Letter(letter) => *letter,
            Prepared::Pointless => {
                if is_strangers {
                    self.units.give_back_mail(&to).await;
                }
                return Ok(Fared::Passed);
            }
            Prepared::Taken => return Ok(Fared::Passed),
        };
        let delivered = self.deliver(&letter).await;
        let now = self.units.now();
        let attempt = mail.attempts;
        match delivered {
            Ok(()) => {
                self.units
                    .write(By::Schedule, move |unit| unit.mails().note_sent(id, attempt, now))
                    .await?;
                self.meter.mail_attempted(MailOutcome::Sent);
                if self.units.mail.mailing == Mailing::Inside {
                    tracing::info!(mail_id = %id, kind = %mail.kind, "a mail is kept inside");
                } else {
                    tracing::info!(mail_id = %id, kind = %mail.kind, "a mail was sent");
                }
                Ok(Fared::Sent)
            }
            Err(error) => {
                let next = mail.tried_again_at(now);
                let failure = one_line(&without_secrets(&error.to_string(), &letter));
                let kept = failure.clone();
                self.units
                    .write(By::Schedule, move |unit| {
                        unit.mails().note_failure(id, attempt, now, &kept, next)
                    })
                    .await?;
                let outcome = match next {
                    Some(_) => MailOutcome::Failed,
                    None => MailOutcome::GivenUp,
                };
                self.meter.mail_attempted(outcome);
                tracing::warn!(mail_id = %id, kind = %mail.kind, attempt, failure, is_given_up = next.is_none(),
                    "a mail was not sent");
                Ok(Fared::Failed(error))
            }
        }
    }

    async fn deliver(&self, letter: &Letter) -> Result<(), SendError> {
        let written = self.writer.write(letter);
        let written = written.map_err(|error| SendError::NotTaken(error.to_string()))?;
        self.transport.send(&written).await
    }
}

/// Whether somebody named an address, and whose it is was not looked for yet.
fn is_of_a_stranger(mail: &Mail) -> bool {
    mail.user_id.is_none() && mail.link_id.is_none()
}

/// What a stranger asked for is theirs, also when it is done later.
fn by_whom(mail: &Mail) -> By {
    if is_of_a_stranger(mail) {
        By::Anybody(Origin {
            device: mail.device.clone(),
            ..Origin::default()
        })
    } else {
        By::Schedule
    }
}

/// What stands in the place of a secret.
const HIDDEN: &str = "…";

/// So many characters of a token tell that it is one.
const TELLING: usize = 8;

/// What a mail server said, without what opens something: a filter may quote the link that it does not like.
fn without_secrets(text: &str, letter: &Letter) -> String {
    let mut text = text.to_owned();
    if let Some(link) = &letter.link {
        text = without_token(&text, link.token.expose());
    }
    if let Some(code) = &letter.code {
        text = text.replace(code.expose(), HIDDEN);
    }
    text
}

/// Without the token, and any part of it that is quoted from its beginning.
fn without_token(text: &str, token: &str) -> String {
    let Some(beginning) = token.get(..TELLING) else {
        return text.to_owned();
    };
    let is_of_a_token = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_');
    let mut shown = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once(beginning) {
        shown.push_str(before);
        shown.push_str(HIDDEN);
        rest = behind.trim_start_matches(is_of_a_token);
    }
    shown + rest
}

/// What a mail server said, as a store takes it.
fn one_line(text: &str) -> String {
    let visible = text
        .chars()
        .map(|character| if character.is_control() { ' ' } else { character });
    visible.take(Mail::MAX_FAILURE).collect()
}

//! Six-digit codes beside the links of mails, for whoever reads mail on another device.

use crate::actor::By;
use crate::ports::{LinkTokens, StoreError, StoreResult};
use crate::unit_of_work::{Unit, UnitsOfWork};
use async_trait::async_trait;
use chrono::TimeDelta;
use portcullis_domain::{Email, LinkId, LinkPurpose, LinkState, SecretText};
use shaku::{Component, Interface};
use std::sync::Arc;

/// How often the code of one mail may be tried.
const TRIES: u32 = 5;

/// How many wrong codes of one account count before none is looked at.
const WRONG_CODES: u32 = 10;

/// For how long a wrong code counts.
const COUNTED_FOR: TimeDelta = TimeDelta::days(1);

/// Six-digit codes beside the links of mails. A code is bound to the browser that asked for the mail
/// ([`MailRequest::browser`](crate::email_verification::MailRequest::browser)).
#[async_trait]
pub trait MailedCodes: Interface {
    /// Takes a code that was typed, and gives the secret text of the link beside it, which the form then carries; never
    /// an address of a page. Each wrong one counts: five tries for each mail, ten wrong ones a day for each account.
    async fn exchange(&self, attempt: CodeAttempt) -> Result<SecretText, MailedCodeError>;
}

/// A code that somebody typed.
#[derive(Debug)]
pub struct CodeAttempt {
    /// What the link beside the code is good for: [`LinkPurpose::VerifyEmail`] or [`LinkPurpose::ResetPassword`].
    pub purpose: LinkPurpose,
    /// The address that the mail went to.
    pub email: Email,
    /// What binds the code to the browser.
    pub browser: SecretText,
    /// What was typed. White space in it does not count.
    pub code: SecretText,
}

/// Why a code was not taken. It is the same where there is no such account.
#[derive(Debug, thiserror::Error)]
pub enum MailedCodeError {
    /// It is not the code of the newest mail that this browser asked for, or is too old, or was tried too often.
    #[error("the code is wrong")]
    Wrong,
    /// It was not looked up.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// [`MailedCodes`] in units of work.
#[derive(Component)]
#[shaku(interface = MailedCodes)]
pub struct MailedCodesService {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
}

#[async_trait]
impl MailedCodes for MailedCodesService {
    async fn exchange(&self, attempt: CodeAttempt) -> Result<SecretText, MailedCodeError> {
        let tokens = Arc::clone(&self.units.link_tokens);
        // A wrong code is counted, so the unit ends well and the refusal comes after it.
        let tried = self
            .units
            .write(By::Server, move |unit| matching(unit, &*tokens, &attempt));
        let link = tried.await?.ok_or(MailedCodeError::Wrong)?;
        Ok(self.units.link_tokens.issue(link))
    }
}

/// The link beside the code, if it is right.
fn matching(unit: &mut Unit<'_>, tokens: &dyn LinkTokens, attempt: &CodeAttempt) -> StoreResult<Option<LinkId>> {
    let Some(user) = unit.users().find_by_email(&attempt.email)? else {
        // The time must not tell that there is no such account.
        unit.links().try_nobodys_code()?;
        return Ok(None);
    };
    let Some(user) = unit.users().lock(user.id)? else {
        return Ok(None);
    };
    let now = unit.now();
    let since = now - COUNTED_FOR;
    if unit.links().wrong_codes(user.id, since)? >= WRONG_CODES {
        return Ok(None);
    }
    let browser = tokens.browser(&attempt.browser);
    let newest = unit.links().newest(user.id, attempt.purpose)?;
    let asked_here = newest
        .filter(|link| link.browser == Some(browser) && link.digest.is_some() && link.state(now) == LinkState::Good);
    // A browser that asked for no mail guesses nothing, and uses up nobody's tries.
    let Some(link) = asked_here else { return Ok(None) };
    if !unit.links().try_code(link.id, TRIES)? {
        return Ok(None);
    }
    if tokens.is_code(link.id, &attempt.code) {
        return Ok(Some(link.id));
    }
    unit.links().note_wrong_code(user.id, since, now)?;
    Ok(None)
}

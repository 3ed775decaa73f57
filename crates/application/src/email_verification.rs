//! Showing that mail to an address reaches its user.

use crate::actor::{Authority, By};
use crate::addresses::AddressTaken;
use crate::guess::address_of;
use crate::mailing::Post;
use crate::ports::{Counted, Draw, Limit, StoreError, StoreResult};
use crate::still_allowed::OutOfReach;
use crate::strangers::AddressProof;
use crate::unit_of_work::{Unit, Units, UnitsOfWork};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use portcullis_domain::{
    AuditEvent, AuditEventType, AuditReason, Digest32, Email, LinkPurpose, Locale, MailKind, OneTimeLink, Origin,
    PasswordHash, SecretText, User, UserId,
};
use shaku::{Component, Interface};
use std::sync::Arc;

/// Showing that mail to an address reaches its user.
#[async_trait]
pub trait EmailVerification: Interface {
    /// Uses up a link: the user's address counts as verified, or the address that waited takes the place of the present
    /// one.
    async fn verify(&self, token: &SecretText, origin: Origin) -> Result<User, VerifyEmailError>;

    /// Asks for another link to the address of an account that is not verified, or to one that waits to take the place of an
    /// account's. Answers alike, and in the same time,
    /// whether there is such an account or not: who that is comes out when the mail is sent. `None` is an address that is
    /// none. Nothing happens where mail is off or too many mails were asked for.
    async fn resend(&self, request: MailRequest) -> Result<(), StoreError>;

    /// Mails a user a link to their present address.
    async fn send(&self, by: Authority, user: UserId) -> Result<(), SendLinkError>;
}

/// Somebody asks for a mail to an address.
#[derive(Debug, Clone)]
pub struct MailRequest {
    /// The address; `None` where what was sent is none.
    pub email: Option<Email>,
    /// The language that the request asked for.
    pub locale: Option<Locale>,
    /// Where it comes from.
    pub origin: Origin,
    /// What binds a six-digit code to the browser that asks; `None` where nobody waits there for a code. At least 128
    /// random bits, kept by the browser alone.
    pub browser: Option<SecretText>,
}

/// Why a link was not mailed to a user.
#[derive(Debug, thiserror::Error)]
pub enum SendLinkError {
    /// The account was not reached.
    #[error(transparent)]
    OutOfReach(#[from] OutOfReach),
    /// Mail is off.
    #[error("mail is off")]
    MailOff,
    /// Nothing was stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why an address was not verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyEmailError {
    /// The text is no link for that, or not any more, or the account is disabled.
    #[error("the link is not valid")]
    InvalidToken,
    /// It is of a change of address, and another account has that address by now.
    #[error("the email address is taken")]
    EmailTaken,
    /// Nothing was stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// [`EmailVerification`] in units of work.
#[derive(Component)]
#[shaku(interface = EmailVerification)]
pub struct EmailVerificationService {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
}

#[async_trait]
impl EmailVerification for EmailVerificationService {
    async fn verify(&self, token: &SecretText, origin: Origin) -> Result<User, VerifyEmailError> {
        let digest = self.units.digest_of(token).ok_or(VerifyEmailError::InvalidToken)?;
        let devices = Arc::clone(&self.units.device_tokens);
        let shown = origin.device_token.clone();
        let verified = self.units.write(By::Anybody(origin), move |unit| {
            verify(unit, &digest, |user, password, now| {
                shown.is_some_and(|shown| devices.known(&shown, user, password, now).is_some())
            })
        });
        let user = verified.await?.ok_or(VerifyEmailError::InvalidToken)?;
        tracing::info!(user_id = %user.id, "email address verified");
        Ok(user)
    }

    async fn resend(&self, request: MailRequest) -> Result<(), StoreError> {
        self.units.ask_for_mail(MailKind::VerifyEmail, request).await
    }

    async fn send(&self, by: Authority, user: UserId) -> Result<(), SendLinkError> {
        self.units
            .send_link(
                by,
                user,
                MailKind::VerifyEmail,
                AuditEventType::EmailVerificationRequested,
            )
            .await
    }
}

/// `None` where the change was taken back by this.
fn verify(
    unit: &mut Unit<'_>,
    digest: &Digest32,
    is_known: impl FnOnce(UserId, &PasswordHash, DateTime<Utc>) -> bool,
) -> Result<Option<User>, VerifyEmailError> {
    let used = unit.use_link(LinkPurpose::VerifyEmail, digest)?;
    let (link, before) = used
        .filter(|(_, user)| user.is_active)
        .ok_or(VerifyEmailError::InvalidToken)?;
    let is_change = before.pending_email.as_ref() == Some(&link.address);
    if !is_change && before.email != link.address {
        return Err(VerifyEmailError::InvalidToken);
    }
    if is_change && asker_is_gone(unit, &link)? {
        unit.forget_links_of(before)?;
        return Ok(None);
    }
    let mut after = before.clone();
    after.prove_email(link.address);
    unit.update_user(&before, &after)?
        .map_err(|AddressTaken| VerifyEmailError::EmailTaken)?;
    let event = AuditEvent {
        actor_id: Some(after.id),
        reason: Some(AuditReason::MailedLink),
        ..unit.success(AuditEventType::EmailVerified, Some(after.id))
    };
    unit.record(event)?;
    let (password, now) = (unit.present_hash(after.id)?, unit.now());
    if !before.email_verified && !is_known(after.id, &password, now) {
        after = unit.forget_strangers(after, AddressProof::MailedLink)?;
    }
    if is_change {
        unit.follow_new_address(&before, &after, link.session_id)?;
    }
    Ok(Some(after))
}

/// Whether the session that asked for a change has ended: by its user who saw a stranger in it, or since it was copied.
fn asker_is_gone(unit: &mut Unit<'_>, link: &OneTimeLink) -> StoreResult<bool> {
    let Some(asking) = link.session_id else {
        return Ok(false);
    };
    let session = unit.sessions().find(asking)?;
    Ok(session.is_none_or(|session| session.revoked_at.is_some()))
}

impl Units {
    /// Writes a mail to whoever has an address. It does the same whether there is such an account or not.
    pub(crate) async fn ask_for_mail(&self, kind: MailKind, request: MailRequest) -> Result<(), StoreError> {
        let MailRequest {
            email,
            locale,
            origin,
            browser,
        } = request;
        if !self.mail.is_on() {
            tracing::warn!(%kind, "a mail was asked for, and none is written: mail is off");
            return Ok(());
        }
        let Some(email) = email else { return Ok(()) };
        if !self.may_mail(&email, kind, &origin).await {
            return Ok(());
        }
        let browser = browser.map(|secret| self.link_tokens.browser(&secret));
        let written = self.write(By::Anybody(origin), move |unit| {
            unit.post(Post::to_whoever_has(email, kind, locale, browser))
        });
        written.await
    }

    /// Counts a mail that a stranger causes; whether there may be one more.
    pub(crate) async fn may_mail(&self, to: &Email, kind: MailKind, origin: &Origin) -> bool {
        let things = [
            (Limit::MailTo, Some(to.as_str().into())),
            (Limit::MailFrom, address_of(origin)),
        ];
        match self.draw(things).await {
            Ok(_counted) => true,
            Err(exhausted) => {
                tracing::info!(
                    limit = exhausted.limit.name(),
                    %kind,
                    "a mail was not written, since there were too many; RATE_LIMIT_MAIL says how many may be asked for"
                );
                false
            }
        }
    }

    /// A mail that was asked for turned out to help nobody: it does not keep whoever has the address from theirs.
    pub(crate) async fn give_back_mail(&self, to: &Email) {
        if let Some(rate) = self.limit_policy.rate(Limit::MailTo) {
            let draw = Draw::new(Limit::MailTo, rate, to.as_str());
            self.limits.give_back(&[draw], Counted::Together).await;
        }
    }

    /// Mails a user a link, because somebody with the right to it says so.
    pub(crate) async fn send_link(
        &self,
        by: Authority,
        user: UserId,
        kind: MailKind,
        event: AuditEventType,
    ) -> Result<(), SendLinkError> {
        if !self.mail.is_on() {
            return Err(SendLinkError::MailOff);
        }
        let written = self.write(by, move |unit| {
            let account = unit.lock_user(user)?;
            let event = unit.success(event, Some(user));
            unit.record(event)?;
            unit.post(Post::to_user(&account, kind))?;
            Ok::<_, SendLinkError>(())
        });
        written.await?;
        tracing::info!(user_id = %user, %kind, "a link is mailed");
        Ok(())
    }
}

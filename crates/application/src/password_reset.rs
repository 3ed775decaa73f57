//! A new password by a mailed link.

use crate::actor::{Authority, By};
use crate::email_verification::{MailRequest, SendLinkError};
use crate::ports::{CommonPasswords, HasherError, PasswordHasher, StoreError, TooCommon};
use crate::strangers::AddressProof;
use crate::unit_of_work::{Unit, UnitsOfWork};
use async_trait::async_trait;
use portcullis_domain::{
    AuditEvent, AuditEventType, AuditReason, Digest32, LinkBearer, LinkPurpose, LinkState, MailKind, Origin, Password,
    PasswordHash, SecretText, User, UserId,
};
use shaku::{Component, Interface};
use std::sync::Arc;

/// A new password by a mailed link.
#[async_trait]
pub trait PasswordReset: Interface {
    /// Asks for a link. Answers alike, and in the same time, whether there is such an account or not: who that is comes
    /// out when the mail is sent. Nothing happens where mail is off or too many mails were asked for.
    async fn ask(&self, request: MailRequest) -> Result<(), StoreError>;

    /// Uses up a link: sets the password and ends all of the user's sessions. Nobody is signed in by it. A password that
    /// is refused leaves the link good.
    async fn reset(&self, token: &SecretText, new: Password, origin: Origin) -> Result<(), ResetPasswordError>;

    /// Mails a user a link.
    async fn send(&self, by: Authority, user: UserId) -> Result<(), SendLinkError>;
}

/// Why the password stayed as it was.
#[derive(Debug, thiserror::Error)]
pub enum ResetPasswordError {
    /// The text is no link for that, or not any more, or the account is disabled.
    #[error("the link is not valid")]
    InvalidToken,
    /// Everybody would try the password.
    #[error(transparent)]
    TooCommon(#[from] TooCommon),
    /// The password was not hashed.
    #[error(transparent)]
    Hasher(#[from] HasherError),
    /// The password was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// [`PasswordReset`] in units of work.
#[derive(Component)]
#[shaku(interface = PasswordReset)]
pub struct PasswordResetService {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
    #[shaku(inject)]
    hasher: Arc<dyn PasswordHasher>,
    #[shaku(inject)]
    common: Arc<dyn CommonPasswords>,
}

#[async_trait]
impl PasswordReset for PasswordResetService {
    async fn ask(&self, request: MailRequest) -> Result<(), StoreError> {
        self.units.ask_for_mail(MailKind::ResetPassword, request).await
    }

    async fn reset(&self, token: &SecretText, new: Password, origin: Origin) -> Result<(), ResetPasswordError> {
        let digest = self.units.digest_of(token).ok_or(ResetPasswordError::InvalidToken)?;
        // Spares the hash where the link is no good. The unit decides.
        let user = self.whose(digest).await?.ok_or(ResetPasswordError::InvalidToken)?;
        if self.common.include(&new, &user.email, &user.full_name).await? {
            return Err(TooCommon.into());
        }
        let hash = self.hasher.hash(&new).await?;
        let reset = self
            .units
            .write(By::Anybody(origin), move |unit| reset(unit, &digest, &hash));
        let sessions_ended = reset.await?;
        tracing::info!(user_id = %user.id, sessions_ended, "password set by a mailed link");
        Ok(())
    }

    async fn send(&self, by: Authority, user: UserId) -> Result<(), SendLinkError> {
        self.units
            .send_link(
                by,
                user,
                MailKind::ResetPassword,
                AuditEventType::PasswordResetRequested,
            )
            .await
    }
}

impl PasswordResetService {
    /// The user whose good link that is.
    async fn whose(&self, digest: Digest32) -> Result<Option<User>, StoreError> {
        let now = self.units.now();
        let found = self.units.look_up(move |repositories| {
            let link = repositories
                .links()
                .find_by_digest(LinkPurpose::ResetPassword, &digest)?;
            let Some(link) = link.filter(|link| link.state(now) == LinkState::Good) else {
                return Ok(None);
            };
            let LinkBearer::User(user) = link.bearer else {
                return Ok(None);
            };
            let user = repositories.users().find(user)?;
            Ok(user.filter(|user| user.is_active && user.email == link.address))
        });
        found.await
    }
}

fn reset(unit: &mut Unit<'_>, digest: &Digest32, hash: &PasswordHash) -> Result<usize, ResetPasswordError> {
    let found = unit.use_link(LinkPurpose::ResetPassword, digest)?;
    let (_, user) = found
        .filter(|(link, user)| user.is_active && user.email == link.address)
        .ok_or(ResetPasswordError::InvalidToken)?;
    unit.credentials().set_password(user.id, hash)?;
    let event = AuditEvent {
        actor_id: Some(user.id),
        reason: Some(AuditReason::MailedLink),
        ..unit.success(AuditEventType::PasswordChanged, Some(user.id))
    };
    unit.record(event)?;
    let ended = unit.end_access(user.id, None, Some(AuditReason::PasswordChanged))?;
    unit.replace_links(user.id)?;
    // The mail reached them.
    let after = User {
        email_verified: true,
        pending_email: None,
        ..user.clone()
    };
    if after != user {
        unit.users().update(&after)?;
    }
    if !user.email_verified {
        let event = AuditEvent {
            actor_id: Some(user.id),
            reason: Some(AuditReason::MailedLink),
            ..unit.success(AuditEventType::EmailVerified, Some(user.id))
        };
        unit.record(event)?;
        unit.forget_strangers(after.clone(), AddressProof::NewPassword)?;
    }
    unit.notify(&after, MailKind::PasswordChanged)?;
    Ok(ended)
}

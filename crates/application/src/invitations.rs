//! Invitations: administrators ask people to sign up.

use crate::actor::{Authority, By};
use crate::addresses::AddressTaken;
use crate::mail_policy::SignUpPolicy;
use crate::mailing::Post;
use crate::ports::{CommonPasswords, HasherError, PasswordHasher, StoreError, StoreResult, TooCommon};
use crate::unit_of_work::{Unit, UnitsOfWork};
use async_trait::async_trait;
use portcullis_domain::{
    AccountState, AuditEvent, AuditEventType, AuditReason, Digest32, Email, FullName, Invitation, InvitationId,
    LinkBearer, LinkPurpose, LinkState, Locale, Origin, Page, PageRequest, Password, PasswordHash, Role, SecretText,
    User, UserId,
};
use shaku::{Component, Interface};
use std::sync::Arc;

/// Invitations.
#[async_trait]
pub trait Invitations: Interface {
    /// Invites somebody, by a mail with a link. An older invitation of that address is withdrawn.
    async fn invite(&self, by: Authority, guest: Guest) -> Result<Invitation, InviteError>;

    /// The invitations that are open, newest first.
    async fn list(&self, by: Authority, request: PageRequest) -> Result<Page<Invitation>, StoreError>;

    /// Takes an invitation back. Its link stops working.
    async fn withdraw(&self, by: Authority, invitation: InvitationId) -> Result<(), WithdrawError>;

    /// Uses up a link of an invitation: makes the account, whose address counts as verified. A password that is refused
    /// leaves the link good.
    async fn join(&self, token: &SecretText, joining: Joining, origin: Origin) -> Result<User, JoinError>;
}

/// Whom to invite.
#[derive(Debug)]
pub struct Guest {
    /// The address.
    pub email: Email,
    /// What they are called, where that is known.
    pub full_name: Option<FullName>,
    /// What they will be allowed to do.
    pub role: Role,
}

/// What somebody who was invited says of themselves.
#[derive(Debug)]
pub struct Joining {
    /// The name to be called by.
    pub full_name: FullName,
    /// The password to sign in with.
    pub password: Password,
    /// The language that the request asked for.
    pub locale: Option<Locale>,
}

/// Why nobody was invited.
#[derive(Debug, thiserror::Error)]
pub enum InviteError {
    /// There is an account of that address.
    #[error("the email address is taken")]
    EmailTaken,
    /// Nobody may sign up, not by invitation either.
    #[error("nobody may sign up")]
    RegistrationClosed,
    /// Mail is off.
    #[error("mail is off")]
    MailOff,
    /// The one who asked is no administrator any more, or not signed in.
    #[error("not an administrator any more")]
    NoLongerAllowed,
    /// The invitation was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why an invitation was not taken back.
#[derive(Debug, thiserror::Error)]
pub enum WithdrawError {
    /// There is no such invitation that is open.
    #[error("there is no such invitation")]
    NotFound,
    /// The one who asked is no administrator any more, or not signed in.
    #[error("not an administrator any more")]
    NoLongerAllowed,
    /// It was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why no account was made by an invitation.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// The text is no link of an invitation, or not any more.
    #[error("the link is not valid")]
    InvalidToken,
    /// There is an account of that address by now.
    #[error("the email address is taken")]
    EmailTaken,
    /// Everybody would try the password.
    #[error(transparent)]
    TooCommon(#[from] TooCommon),
    /// The password was not hashed.
    #[error(transparent)]
    Hasher(#[from] HasherError),
    /// The account was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// [`Invitations`] in units of work.
#[derive(Component)]
#[shaku(interface = Invitations)]
pub struct InvitationsService {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
    #[shaku(inject)]
    hasher: Arc<dyn PasswordHasher>,
    #[shaku(inject)]
    common: Arc<dyn CommonPasswords>,
}

#[async_trait]
impl Invitations for InvitationsService {
    async fn invite(&self, by: Authority, guest: Guest) -> Result<Invitation, InviteError> {
        match self.units.mail.sign_up {
            SignUpPolicy::Open | SignUpPolicy::Invited => {}
            SignUpPolicy::Closed => return Err(InviteError::RegistrationClosed),
        }
        if !self.units.mail.is_on() {
            return Err(InviteError::MailOff);
        }
        let invited = self.units.write(by, move |unit| invite(unit, guest));
        let invitation = invited.await?;
        tracing::info!(invitation_id = %invitation.id, role = %invitation.role, "somebody is invited");
        Ok(invitation)
    }

    async fn list(&self, _: Authority, request: PageRequest) -> Result<Page<Invitation>, StoreError> {
        let now = self.units.now();
        self.units
            .read(move |repositories| repositories.invitations().list_open(now, &request))
            .await
    }

    async fn withdraw(&self, by: Authority, invitation: InvitationId) -> Result<(), WithdrawError> {
        let withdrawn = self.units.write(by, move |unit| {
            if !unit.is_still_allowed()? {
                return Err(WithdrawError::NoLongerAllowed);
            }
            if !unit.invitations().delete(invitation)? {
                return Err(WithdrawError::NotFound);
            }
            let event = unit.success(AuditEventType::InvitationWithdrawn, None);
            Ok(unit.record(event)?)
        });
        withdrawn.await?;
        tracing::info!(invitation_id = %invitation, "an invitation is withdrawn");
        Ok(())
    }

    async fn join(&self, token: &SecretText, joining: Joining, origin: Origin) -> Result<User, JoinError> {
        let digest = self.units.digest_of(token).ok_or(JoinError::InvalidToken)?;
        // Spares the hash where the link is no good. The unit decides.
        let invitation = self.find(digest).await?.ok_or(JoinError::InvalidToken)?;
        let Joining {
            full_name,
            password,
            locale,
        } = joining;
        if self.common.include(&password, &invitation.email, &full_name).await? {
            return Err(TooCommon.into());
        }
        let hash = self.hasher.hash(&password).await?;
        let now = self.units.now();
        let user = User {
            id: UserId::new(now, self.units.random()),
            email: invitation.email,
            email_verified: true,
            full_name,
            role: invitation.role,
            is_active: true,
            created_at: now,
            locale,
            time_zone: None,
            pending_email: None,
            has_password: true,
            has_second_factor: false,
            has_passkey: false,
            has_signed_in: false,
        };
        let joined = self
            .units
            .write(By::Anybody(origin), move |unit| join(unit, &digest, user, &hash));
        let user = joined.await?;
        tracing::info!(user_id = %user.id, "joined by an invitation");
        Ok(user)
    }
}

impl InvitationsService {
    /// The invitation of a good link.
    async fn find(&self, digest: Digest32) -> Result<Option<Invitation>, StoreError> {
        let now = self.units.now();
        let found = self.units.look_up(move |repositories| {
            let link = repositories.links().find_by_digest(LinkPurpose::Join, &digest)?;
            match link
                .filter(|link| link.state(now) == LinkState::Good)
                .map(|link| link.bearer)
            {
                Some(LinkBearer::Invited(invitation)) => repositories.invitations().find(invitation),
                Some(LinkBearer::User(_)) | None => Ok(None),
            }
        });
        found.await
    }
}

fn invite(unit: &mut Unit<'_>, guest: Guest) -> Result<Invitation, InviteError> {
    if !unit.is_still_allowed()? {
        return Err(InviteError::NoLongerAllowed);
    }
    if unit.users().find_by_email(&guest.email)?.is_some() {
        return Err(InviteError::EmailTaken);
    }
    let now = unit.now();
    let invitation = Invitation {
        id: InvitationId::new(now, unit.chance()),
        email: guest.email,
        full_name: guest.full_name,
        role: guest.role,
        invited_by: unit.by().caller().map(|caller| caller.user_id),
        created_at: now,
        expires_at: now + LinkPurpose::Join.life(),
    };
    unit.invitations().delete_by_email(&invitation.email)?;
    match unit.invitations().insert(&invitation) {
        Ok(()) => {}
        // Somebody else invites the same person at the same time.
        Err(StoreError::Conflict) => return Err(StoreError::Busy.into()),
        Err(error) => return Err(error.into()),
    }
    let event = AuditEvent {
        after: Some(AccountState {
            role: invitation.role,
            is_active: true,
        }),
        ..unit.success(AuditEventType::InvitationCreated, None)
    };
    unit.record(event)?;
    let bearer = LinkBearer::Invited(invitation.id);
    unit.post(Post::to_invited(bearer, invitation.email.clone()))?;
    Ok(invitation)
}

/// Whether who invites is an active administrator still, or runs the server.
fn inviter_still_may(unit: &mut Unit<'_>, invitation: InvitationId) -> StoreResult<bool> {
    let Some(invitation) = unit.invitations().find(invitation)? else {
        return Ok(false);
    };
    let Some(inviter) = invitation.invited_by else {
        return Ok(true);
    };
    let inviter = unit.users().find(inviter)?;
    Ok(inviter.is_some_and(|inviter| inviter.is_active && inviter.role == Role::Admin))
}

fn join(unit: &mut Unit<'_>, digest: &Digest32, user: User, hash: &PasswordHash) -> Result<User, JoinError> {
    let now = unit.now();
    let link = unit.links().find_by_digest(LinkPurpose::Join, digest)?;
    let link = link.ok_or(JoinError::InvalidToken)?;
    let LinkBearer::Invited(invitation) = link.bearer else {
        return Err(JoinError::InvalidToken);
    };
    if link.address != user.email || !unit.links().consume(link.id, LinkPurpose::Join, now)? {
        return Err(JoinError::InvalidToken);
    }
    if !inviter_still_may(unit, invitation)? {
        return Err(JoinError::InvalidToken);
    }
    unit.insert_user(&user)?.map_err(|AddressTaken| JoinError::EmailTaken)?;
    unit.credentials().set_password(user.id, hash)?;
    unit.invitations().delete(invitation)?;
    let event = AuditEvent {
        reason: Some(AuditReason::MailedLink),
        after: Some(AccountState::from(&user)),
        ..unit.success(AuditEventType::Registration, Some(user.id))
    };
    unit.record(event)?;
    Ok(user)
}

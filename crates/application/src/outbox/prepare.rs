//! Making a mail ready in the unit that takes it: whom it is about, its link, and whether anybody needs it still.

use crate::mail_policy::MailPolicy;
use crate::ports::{Letter, LetterLink, LinkTokens, Repositories, StoreResult};
use crate::unit_of_work::Unit;
use chrono::TimeDelta;
use portcullis_domain::{
    AuditEventType, Invitation, Language, LinkBearer, LinkPurpose, LinkState, Locale, Mail, MailId, MailKind,
    OneTimeLink, User,
};

/// What came of it.
pub(super) enum Prepared {
    /// It is to be sent.
    Letter(Box<(Mail, Letter)>),
    /// Nobody needs it any more.
    Pointless,
    /// Somebody else has it.
    Taken,
}

/// Takes a mail for so long. A mail that nobody needs is removed: to an address without an account, of a link that was
/// replaced, to somebody who is verified by now.
pub(super) fn prepare(
    unit: &mut Unit<'_>,
    tokens: &dyn LinkTokens,
    id: MailId,
    length: TimeDelta,
) -> StoreResult<Prepared> {
    let Some(mail) = unit.mails().find(id)? else {
        return Ok(Prepared::Taken);
    };
    // The user's row comes before all others of theirs.
    let user = lock_user(unit, &mail)?;
    let now = unit.now();
    let Some(mut mail) = unit.mails().claim(id, now, now + length)? else {
        return Ok(Prepared::Taken);
    };
    let link = match mail.kind.purpose() {
        None => None,
        Some(purpose) => {
            let Some(link) = good_link(unit, &mut mail, purpose, user.as_ref())? else {
                unit.mails().delete(id)?;
                return Ok(Prepared::Pointless);
            };
            arm(unit, tokens, &link)?;
            Some(link)
        }
    };
    let invitation = match link.as_ref().map(|link| link.bearer) {
        Some(LinkBearer::Invited(invitation)) => unit.invitations().find(invitation)?,
        Some(LinkBearer::User(_)) | None => None,
    };
    let policy = unit.mail;
    let letter = letter(tokens, policy, &mail, user.as_ref(), invitation, link.as_ref());
    Ok(Prepared::Letter(Box::new((mail, letter))))
}

/// The letter of a mail once more, as it was sent.
pub(crate) fn letter_again(
    repositories: &mut dyn Repositories,
    tokens: &dyn LinkTokens,
    policy: MailPolicy,
    mail: &Mail,
) -> StoreResult<Letter> {
    let user = match mail.user_id {
        Some(user) => repositories.users().find(user)?,
        None => None,
    };
    let link = match mail.link_id {
        Some(link) => repositories.links().find(link)?,
        None => None,
    };
    let invitation = match link.as_ref().map(|link| link.bearer) {
        Some(LinkBearer::Invited(invitation)) => repositories.invitations().find(invitation)?,
        Some(LinkBearer::User(_)) | None => None,
    };
    Ok(letter(tokens, policy, mail, user.as_ref(), invitation, link.as_ref()))
}

fn lock_user(unit: &mut Unit<'_>, mail: &Mail) -> StoreResult<Option<User>> {
    let id = match mail.user_id {
        Some(user) => Some(user),
        // What names no user was asked for by an address.
        None if mail.link_id.is_none() => whoever_has(unit, mail)?.map(|user| user.id),
        None => None,
    };
    match id {
        Some(id) => unit.users().lock(id),
        None => Ok(None),
    }
}

/// The user of an address, or the one for whom it waits where it is to be verified.
fn whoever_has(unit: &mut Unit<'_>, mail: &Mail) -> StoreResult<Option<User>> {
    match unit.users().find_by_email(&mail.to)? {
        None if mail.kind == MailKind::VerifyEmail => unit.users().find_by_pending_email(&mail.to),
        found => Ok(found),
    }
}

/// The link that the mail carries, made now if it was not made before; `None` where the mail has no point.
fn good_link(
    unit: &mut Unit<'_>,
    mail: &mut Mail,
    purpose: LinkPurpose,
    user: Option<&User>,
) -> StoreResult<Option<OneTimeLink>> {
    if let Some(link) = mail.link_id {
        let link = unit.links().find(link)?;
        // A link is good from when it is sent, however long that took.
        let may_be_used = |link: &OneTimeLink| match link.state(link.created_at) {
            LinkState::Good => true,
            LinkState::Used | LinkState::Replaced | LinkState::Expired => false,
        };
        return Ok(link.filter(may_be_used).filter(|_| is_needed(mail, user)));
    }
    let waits = |user: &User| user.email != mail.to && user.pending_email.as_ref() == Some(&mail.to);
    if mail.kind == MailKind::VerifyEmail && user.is_some_and(waits) {
        mail.kind = MailKind::NewEmail;
    }
    let Some(user) = user.filter(|_| is_needed(mail, user)) else {
        return Ok(None);
    };
    let mut link = unit.fresh_link(purpose, LinkBearer::User(user.id), mail.to.clone(), mail.browser)?;
    if mail.kind == MailKind::NewEmail {
        // The session that asked for the change stays, by whichever link it comes.
        let before = unit.links().newest(user.id, purpose)?;
        link.session_id = before
            .filter(|link| link.address == mail.to)
            .and_then(|link| link.session_id);
    }
    unit.add_link(&link)?;
    (mail.user_id, mail.link_id) = (Some(user.id), Some(link.id));
    mail.locale = user.locale.clone().or(mail.locale.take());
    unit.mails().address(mail)?;
    let kind = if purpose == LinkPurpose::ResetPassword {
        AuditEventType::PasswordResetRequested
    } else {
        AuditEventType::EmailVerificationRequested
    };
    let event = unit.success(kind, Some(user.id));
    unit.record(event)?;
    Ok(Some(link))
}

/// Whether the mail helps anybody at present.
fn is_needed(mail: &Mail, user: Option<&User>) -> bool {
    let Some(user) = user else {
        return mail.kind == MailKind::Invitation;
    };
    match mail.kind {
        MailKind::VerifyEmail => user.is_active && !user.email_verified && user.email == mail.to,
        MailKind::NewEmail => {
            let waits = user.pending_email.as_ref() == Some(&mail.to);
            user.is_active && (waits || (user.email == mail.to && !user.email_verified))
        }
        MailKind::ResetPassword | MailKind::SetPassword | MailKind::AccountSecured => {
            user.is_active && user.email == mail.to
        }
        MailKind::EmailChanging
        | MailKind::EmailChanged
        | MailKind::PasswordChanged
        | MailKind::MfaEnabled
        | MailKind::MfaDisabled
        | MailKind::MfaReset
        | MailKind::RecoveryCodeUsed
        | MailKind::RecoveryCodesCreated
        | MailKind::MfaFailed
        | MailKind::IdentityLinked
        | MailKind::IdentityUnlinked
        | MailKind::PasskeyAdded
        | MailKind::PasskeyRemoved
        | MailKind::NewDevice
        | MailKind::SessionReplayed
        | MailKind::AlreadyRegistered
        | MailKind::Invitation
        | MailKind::Test => true,
    }
}

/// From now on the link works, for as long as its purpose says.
fn arm(unit: &mut Unit<'_>, tokens: &dyn LinkTokens, link: &OneTimeLink) -> StoreResult<()> {
    let expires_at = unit.now() + link.purpose.life();
    if let Some(digest) = tokens.digest(tokens.issue(link.id).expose()) {
        unit.links().arm(link.id, &digest, expires_at)?;
    }
    if let LinkBearer::Invited(invitation) = link.bearer {
        unit.invitations().extend(invitation, expires_at)?;
    }
    Ok(())
}

fn letter(
    tokens: &dyn LinkTokens,
    policy: MailPolicy,
    mail: &Mail,
    user: Option<&User>,
    invitation: Option<Invitation>,
    link: Option<&OneTimeLink>,
) -> Letter {
    let full_name = match user {
        Some(user) => Some(user.full_name.clone()),
        None => invitation.and_then(|invitation| invitation.full_name),
    };
    Letter {
        id: mail.id,
        kind: mail.kind,
        to: mail.to.clone(),
        full_name,
        language: language(policy, mail),
        time_zone: user.and_then(|user| user.time_zone).unwrap_or(policy.time_zone),
        link: link.map(|link| LetterLink {
            purpose: link.purpose,
            token: tokens.issue(link.id),
        }),
        code: link
            .filter(|link| link.browser.is_some())
            .map(|link| tokens.code(link.id)),
        at: mail.created_at,
        device: mail.device.clone(),
        other_address: mail.other_address.clone(),
        about: mail.about.clone(),
    }
}

/// That of the person, if it is one that mails are written in.
fn language(policy: MailPolicy, mail: &Mail) -> Language {
    let own = mail.locale.as_ref().and_then(Locale::language);
    own.unwrap_or(policy.language)
}

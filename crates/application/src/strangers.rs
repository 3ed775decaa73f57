//! What a stranger left in an account before its owner proved that the address is theirs.
//!
//! Anybody may make an account with an address that is not theirs, put into it what signs in by itself, and wait. Whoever proves
//! the address is the owner. So what was there before the first proof goes:
//!
//! | what was left | a provider vouched | a mailed link set a password | a mailed link was opened |
//! | --- | --- | --- | --- |
//! | passkeys, an authenticator app, one that waits, recovery codes | removed | removed | removed |
//! | identities at other providers | removed | removed | removed |
//! | the password | removed | replaced before | stays |
//! | an address that waits to take the place of the present one | forgotten | forgotten | forgotten |
//! | links that prove an address or set a password | dead | dead | dead, if anything went |
//! | sessions, half sign-ins, and what apps were given | ended | ended | ended, if anything was removed |
//!
//! - A link that is opened on a device on which somebody signed in to the account takes nothing away: the owner made the
//!   account. Elsewhere the password stays all the same, since people sign up on a phone and read their mail on a laptop. Who
//!   did not choose it sets another one by a mailed link.
//! - An address that was proved before is not proved again: another password, and another address that the owner asked for,
//!   take nothing away.
//! - A provider proves the address at its first sign-in to an account whose address a mail has proved: a stranger may have
//!   caused that mail, and know the password still. An account that identities alone open is not joined at all
//!   (`social/account.rs`): they may be from when it had another address.
//! - Links that take a changed address back stay. They are of whoever had the account before, who may be the one that was
//!   robbed.

use crate::ports::StoreResult;
use crate::unit_of_work::Unit;
use portcullis_domain::{AuditEvent, AuditEventType, AuditReason, MailKind, User, UserId};

/// How somebody proved that the address of an account is theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AddressProof {
    /// A provider vouched for it whose word counts.
    Provider,
    /// A mailed link set a password.
    NewPassword,
    /// A mailed link was opened on a device on which nobody signed in to the account.
    MailedLink,
}

impl AddressProof {
    /// The reason for what is taken away.
    const fn reason(self) -> AuditReason {
        match self {
            Self::Provider => AuditReason::AnotherSignIn,
            Self::NewPassword | Self::MailedLink => AuditReason::MailedLink,
        }
    }
}

impl Unit<'_> {
    /// Takes away what was in the account before its address was proved, as this file says, records it and tells the owner;
    /// gives the user as they are then. The user's row is held, and as it is stored.
    pub(crate) fn forget_strangers(&mut self, user: User, proof: AddressProof) -> StoreResult<User> {
        let reason = proof.reason();
        let removed = self.remove_ways_in(user.id, reason)?;
        let is_by_provider = proof == AddressProof::Provider;
        let is_password_removed = is_by_provider && user.has_password;
        if is_password_removed {
            self.credentials().remove_password(user.id)?;
            self.record_forgotten(AuditEventType::PasswordChanged, user.id, reason)?;
        }
        if is_by_provider || !removed.is_empty() {
            self.end_access(user.id, None, Some(reason))?;
            self.replace_links(user.id)?;
        }
        let user = User {
            has_password: user.has_password && !is_password_removed,
            has_second_factor: false,
            has_passkey: false,
            ..user
        };
        let user = match user.pending_email {
            Some(_) => self.forget_links_of(user)?,
            None => user,
        };
        for kind in removed {
            self.notify(&user, kind)?;
        }
        Ok(user)
    }

    /// Removes all that signs a user in but the password, recorded; what the user is told of it.
    fn remove_ways_in(&mut self, user: UserId, reason: AuditReason) -> StoreResult<Vec<MailKind>> {
        let mut told = Vec::new();
        if self.remove_all_passkeys(user, Some(reason))? {
            told.push(MailKind::PasskeyRemoved);
        }
        let had_app = self.second_factors().find_totp(user)?.active.is_some();
        self.second_factors().remove_all(user)?;
        if had_app {
            self.record_forgotten(AuditEventType::MfaDisabled, user, reason)?;
            told.push(MailKind::MfaDisabled);
        }
        if self.remove_all_identities(user, Some(reason))? {
            told.push(MailKind::IdentityUnlinked);
        }
        Ok(told)
    }

    fn record_forgotten(&mut self, kind: AuditEventType, user: UserId, reason: AuditReason) -> StoreResult<()> {
        let event = AuditEvent {
            actor_id: Some(user),
            reason: Some(reason),
            ..self.success(kind, Some(user))
        };
        self.record(event)
    }
}

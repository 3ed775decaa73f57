//! Changing other people's accounts: what administrators do over REST and operators by the command line, in one place.

mod accounts;
mod changes;

pub use accounts::{CreateAccountError, NewAccount};
pub use changes::{AdministrationError, UserChange};

use crate::account::lock_signed_in;
use crate::actor::Admin;
use crate::audit_pen::AuditPen;
use crate::ports::{AuditMac, Clock, Entropy, PasswordHasher, Repositories, Store, StoreResult};
use crate::replica::Replica;
use chrono::{DateTime, Utc};
use portcullis_domain::{AuditReason, Origin, Role, SessionId, TokenPolicy, User, UserId};
use std::sync::Arc;

/// By what right something is done to other people's accounts.
#[derive(Debug, Clone)]
pub(crate) enum Authority {
    /// An administrator asks over the API.
    Administrator(Box<Admin>),
    /// Whoever runs the server does it on its machine.
    Operator(Origin),
    /// A setting says so.
    Setting(Origin),
}

impl Authority {
    fn origin(&self) -> Origin {
        match self {
            Self::Administrator(admin) => admin.actor().origin().clone(),
            Self::Operator(origin) | Self::Setting(origin) => origin.clone(),
        }
    }

    fn actor(&self) -> Option<(UserId, SessionId)> {
        match self {
            Self::Administrator(admin) => Some((admin.actor().user().id, admin.actor().session_id())),
            Self::Operator(_) | Self::Setting(_) => None,
        }
    }

    /// The session that a change of one's own account leaves alone.
    fn own_session(&self, target: UserId) -> Option<SessionId> {
        match self {
            Self::Administrator(admin) if admin.actor().user().id == target => Some(admin.actor().session_id()),
            Self::Administrator(_) | Self::Operator(_) | Self::Setting(_) => None,
        }
    }

    fn reason(&self) -> AuditReason {
        match self {
            Self::Administrator(_) => AuditReason::Administrator,
            Self::Operator(_) => AuditReason::CommandLine,
            Self::Setting(_) => AuditReason::Setting,
        }
    }
}

/// Whether nobody would be left who can administrate, were this user not to. `admins` counts the active administrators.
pub(crate) fn is_last_admin(user: &User, admins: u64) -> bool {
    is_active_admin(user) && admins <= 1
}

pub(crate) fn is_active_admin(user: &User) -> bool {
    user.is_active && user.role == Role::Admin
}

/// What the use cases here work with.
#[derive(Clone)]
pub(crate) struct Administration {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) hasher: Arc<dyn PasswordHasher>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) audit_mac: Arc<dyn AuditMac>,
    pub(crate) replica: Arc<Replica>,
    pub(crate) policy: TokenPolicy,
}

/// One act of administration: who does it, when, and the pen that records it.
struct Act {
    by: Authority,
    now: DateTime<Utc>,
    policy: TokenPolicy,
    pen: AuditPen,
}

impl Administration {
    fn act(&self, by: Authority) -> Act {
        let now = self.clock.now();
        let pen = AuditPen::new(&self.audit_mac, &self.clock, &*self.entropy, by.origin(), by.actor());
        Act {
            now,
            policy: self.policy,
            pen: pen.because(by.reason()),
            by,
        }
    }
}

impl Act {
    /// Takes the row of the user who is acted upon, and the actor's with it. The rows are taken in the order of their
    /// ids, so that two administrators who change each other wait for one another, once.
    fn lock(&self, repositories: &mut dyn Repositories, target: UserId) -> Result<User, AdministrationError> {
        let own = self.by.actor().map_or(target, |(user, _)| user);
        let (early, late) = (own.min(target), own.max(target));
        repositories.users().lock(early)?;
        if late != early {
            repositories.users().lock(late)?;
        }
        if !self.is_still_allowed(repositories)? {
            return Err(AdministrationError::NoLongerAllowed);
        }
        repositories.users().find(target)?.ok_or(AdministrationError::NotFound)
    }

    /// Whether whoever asks still is an administrator whose session lives. A token is checked before the unit begins.
    fn is_still_allowed(&self, repositories: &mut dyn Repositories) -> StoreResult<bool> {
        let Authority::Administrator(admin) = &self.by else {
            return Ok(true);
        };
        let (own, session) = (admin.actor().user().id, admin.actor().session_id());
        let signed_in = lock_signed_in(repositories, own, session, self.now, &self.policy)?;
        Ok(signed_in.as_ref().is_some_and(is_active_admin))
    }
}

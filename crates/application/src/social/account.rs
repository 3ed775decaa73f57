//! Whose account an identity is: the one that it is linked with, one that it may join, or a new one.

use super::SocialError;
use crate::addresses::AddressTaken;
use crate::mail_policy::SignUpPolicy;
use crate::mailing::Post;
use crate::ports::{StoreError, StoreResult, UpstreamProviders};
use crate::proof::Proof;
use crate::strangers::AddressProof;
use crate::unit_of_work::Unit;
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_domain::{
    AssertedIdentity, AuditEvent, AuditEventType, AuditReason, Email, IdentityId, LinkPurpose, LinkedIdentity, Locale,
    MailKind, ProviderName, Role, User, UserId,
};

/// How far the clocks of two servers may differ that told of one event.
const CLOCKS_DIFFER_BY: TimeDelta = TimeDelta::seconds(5);

/// Whom an identity signs in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    pub(super) user: UserId,
    pub(super) identity: IdentityId,
}

impl Known {
    /// That the provider vouched for them at that time.
    pub(super) fn proof(self, at: DateTime<Utc>) -> Proof {
        Proof::by_identity(self.user, self.identity, at)
    }
}

/// What a first sign-in may bring along.
#[derive(Debug, Clone)]
pub(super) struct FirstSight {
    pub(super) user_id: UserId,
    pub(super) identity_id: IdentityId,
    /// What the identity is called, for people.
    pub(super) called: String,
    /// Whether a link that verifies the address may be mailed.
    pub(super) may_mail: bool,
    /// The language that the request asked for.
    pub(super) locale: Option<Locale>,
}

/// What is known of somebody's identity before a unit begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Foreseen {
    /// An account is linked with it.
    Linked,
    /// None is linked with it, and none will be made.
    NoNewAccount,
    /// A new account will be made.
    NewAccount,
}

impl Unit<'_> {
    /// The account that an identity signs in. A new identity joins an account, or makes one, as the rules say.
    pub(super) fn account_of(
        &mut self,
        asserted: &AssertedIdentity,
        first: &FirstSight,
        providers: &dyn UpstreamProviders,
    ) -> Result<Known, SocialError> {
        if let Some(linked) = self.identities().find(&asserted.key)? {
            let now = self.now();
            self.identities().note_use(linked.id, now, asserted.label.as_ref())?;
            return Ok(Known {
                user: linked.user_id,
                identity: linked.id,
            });
        }
        let email = asserted.email.clone().ok_or(SocialError::NoEmail)?;
        let may_sign_up = self.mail.sign_up == SignUpPolicy::Open;
        match self.users().find_by_email(&email)? {
            // Who can't show that the address is theirs does not learn whether somebody has it.
            _ if !may_sign_up && !asserted.proves_email() => Err(SocialError::RegistrationClosed),
            Some(user) => self.join(asserted, user.id, first, providers),
            None => self.sign_up(asserted, email, first),
        }
    }

    /// Links an account that is there, where nobody is passed by who may wait for its owner.
    fn join(
        &mut self,
        asserted: &AssertedIdentity,
        user: UserId,
        first: &FirstSight,
        providers: &dyn UpstreamProviders,
    ) -> Result<Known, SocialError> {
        let user = self.users().lock(user)?.ok_or(StoreError::Busy)?;
        // A passkey that is demanded is no more passed by than an app: its user signs in first, then links.
        if !asserted.may_join(&user) || self.is_passkey_demanded(&user) {
            return Err(SocialError::AccountExists(user.email));
        }
        if !user.is_active {
            return Err(SocialError::AccountDisabled);
        }
        if self.identities_alone_open(&user, providers)? {
            return Err(SocialError::AccountExists(user.email));
        }
        let user = self.forget_strangers(user, AddressProof::Provider)?;
        self.link(asserted, &user, first.identity_id, &first.called)?;
        Ok(Known {
            user: user.id,
            identity: first.identity_id,
        })
    }

    /// Whether identities at providers that are set up are all that signs somebody in to an account. They may have been vouched
    /// for with another address that the account had before. If they gave way to one that comes, two providers that vouch for one
    /// address would put each other out.
    fn identities_alone_open(&mut self, user: &User, providers: &dyn UpstreamProviders) -> StoreResult<bool> {
        if user.has_password || (user.has_passkey && self.takes_passkeys) {
            return Ok(false);
        }
        let linked = self.identities().list(user.id)?;
        Ok(linked
            .iter()
            .any(|identity| providers.has_issuer(identity.key.issuer())))
    }

    fn sign_up(&mut self, asserted: &AssertedIdentity, email: Email, first: &FirstSight) -> Result<Known, SocialError> {
        match self.mail.sign_up {
            SignUpPolicy::Open => {}
            SignUpPolicy::Invited | SignUpPolicy::Closed => return Err(SocialError::RegistrationClosed),
        }
        let user = User {
            id: first.user_id,
            full_name: asserted.name_of_account(&email),
            // Whoever comes later with the same address and a provider that is sure of it must not find an account that
            // somebody else only said to be theirs.
            email_verified: asserted.proves_email(),
            email,
            role: Role::User,
            is_active: true,
            created_at: self.now(),
            locale: first.locale.clone(),
            time_zone: None,
            pending_email: None,
            has_password: false,
            has_second_factor: false,
            has_passkey: false,
            has_signed_in: false,
        };
        self.insert_user(&user)?
            .map_err(|AddressTaken| SocialError::AccountExists(user.email.clone()))?;
        let event = AuditEvent {
            provider: Some(asserted.provider.clone()),
            ..self.success(AuditEventType::Registration, Some(user.id))
        };
        self.record(event)?;
        let now = self.now();
        self.identities()
            .insert(&linked(asserted, user.id, first.identity_id, now))?;
        if !user.email_verified && first.may_mail {
            self.post(Post::to_user(&user, MailKind::VerifyEmail))?;
        }
        Ok(Known {
            user: user.id,
            identity: first.identity_id,
        })
    }

    /// Links a user's account with an identity that nobody has, and tells them what it is called. The user's row is held.
    pub(super) fn link(
        &mut self,
        asserted: &AssertedIdentity,
        user: &User,
        id: IdentityId,
        called: &str,
    ) -> StoreResult<()> {
        let now = self.now();
        self.identities().insert(&linked(asserted, user.id, id, now))?;
        let event = self.event_of(AuditEventType::IdentityLinked, user.id, asserted.provider.clone());
        self.record(event)?;
        self.notify_about(user, MailKind::IdentityLinked, Some(called))
    }

    /// Something that a user did to an identity at a provider.
    pub(super) fn event_of(&mut self, kind: AuditEventType, user: UserId, provider: ProviderName) -> AuditEvent {
        AuditEvent {
            actor_id: Some(user),
            provider: Some(provider),
            ..self.success(kind, Some(user))
        }
    }

    /// Unlinks all identities of a user; whether there were any.
    pub(crate) fn remove_all_identities(&mut self, user: UserId, reason: Option<AuditReason>) -> StoreResult<bool> {
        self.remove_identities(user, reason, |_| true)
    }

    /// Unlinks the identities that somebody linked with an account, or signed in by, since an event that its user was told of, or
    /// within the time that such a notice is good for: one thief causes several notices, and any of them may be the one
    /// that is answered.
    pub(crate) fn remove_identities_added_since(&mut self, user: UserId, event_at: DateTime<Utc>) -> StoreResult<()> {
        // An app redeems its code a while after the provider vouched for somebody.
        let told = event_at - CLOCKS_DIFFER_BY - super::app_code::AppCode::LIFE;
        let since = told.min(self.now() - LinkPurpose::NotMe.life());
        let is_suspect = |identity: &LinkedIdentity| {
            identity.linked_at >= since || identity.last_used_at.is_some_and(|used| used >= since)
        };
        self.remove_identities(user, Some(AuditReason::NotMe), is_suspect)
            .map(drop)
    }

    fn remove_identities(
        &mut self,
        user: UserId,
        reason: Option<AuditReason>,
        which: impl Fn(&LinkedIdentity) -> bool,
    ) -> StoreResult<bool> {
        let mut removed = false;
        for identity in self.identities().list(user)?.into_iter().filter(which) {
            self.identities().delete(user, identity.id)?;
            let event = self.event_of(AuditEventType::IdentityUnlinked, user, identity.provider);
            self.record(AuditEvent { reason, ..event })?;
            removed = true;
        }
        Ok(removed)
    }
}

fn linked(asserted: &AssertedIdentity, user_id: UserId, id: IdentityId, at: DateTime<Utc>) -> LinkedIdentity {
    LinkedIdentity {
        id,
        user_id,
        key: asserted.key.clone(),
        provider: asserted.provider.clone(),
        label: asserted.label.clone(),
        linked_at: at,
        last_used_at: None,
    }
}

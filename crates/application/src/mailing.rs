//! Writing mails and links, in the unit of what they tell of. Where mail is off none of this does anything.

use crate::ports::StoreResult;
use crate::unit_of_work::{Unit, Units};
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_domain::{
    Device, Digest32, Email, LinkBearer, LinkId, LinkPurpose, Locale, Mail, MailId, MailKind, MailState, OneTimeLink,
    SecretText, SessionId, User, UserId,
};

/// For how long somebody who was told of a device is told of no other that says the same of itself.
const TOLD_FOR: TimeDelta = TimeDelta::days(1);

/// How many notices of a kind a user is sent within that time: whoever is signed in can cause any number.
const NOTICES: usize = 20;

/// How many, of all kinds together, go to an address of which nobody has shown whose it is: it may be somebody else's.
const NOTICES_TO_STRANGERS: usize = 5;

/// Mails that nobody asks for.
const NOTICE_KINDS: [MailKind; 14] = [
    MailKind::EmailChanging,
    MailKind::PasswordChanged,
    MailKind::MfaEnabled,
    MailKind::MfaDisabled,
    MailKind::MfaReset,
    MailKind::RecoveryCodeUsed,
    MailKind::RecoveryCodesCreated,
    MailKind::MfaFailed,
    MailKind::IdentityLinked,
    MailKind::IdentityUnlinked,
    MailKind::PasskeyAdded,
    MailKind::PasskeyRemoved,
    MailKind::NewDevice,
    MailKind::SessionReplayed,
];

/// A mail to write.
#[derive(Debug)]
pub(crate) struct Post {
    kind: MailKind,
    to: Email,
    bearer: Option<LinkBearer>,
    locale: Option<Locale>,
    other_address: Option<Email>,
    about: Option<String>,
    session_id: Option<SessionId>,
    browser: Option<Digest32>,
}

impl Post {
    /// To somebody whose account, if there is one, is looked for when the mail is sent.
    pub(crate) fn to_whoever_has(to: Email, kind: MailKind, locale: Option<Locale>, browser: Option<Digest32>) -> Self {
        Self {
            kind,
            to,
            bearer: None,
            locale,
            other_address: None,
            about: None,
            session_id: None,
            browser,
        }
    }

    /// To the present address of a user.
    pub(crate) fn to_user(user: &User, kind: MailKind) -> Self {
        Self {
            bearer: Some(LinkBearer::User(user.id)),
            locale: user.locale.clone(),
            ..Self::to_whoever_has(user.email.clone(), kind, None, None)
        }
    }

    /// To somebody who is invited.
    pub(crate) fn to_invited(bearer: LinkBearer, to: Email) -> Self {
        Self {
            bearer: Some(bearer),
            ..Self::to_whoever_has(to, MailKind::Invitation, None, None)
        }
    }

    /// To another address than the user's present one.
    pub(crate) fn at(self, to: Email) -> Self {
        Self { to, ..self }
    }

    /// With the other address of a change of address.
    pub(crate) fn telling_of(self, other_address: Email) -> Self {
        Self {
            other_address: Some(other_address),
            ..self
        }
    }

    /// Of something that people have a name for.
    pub(crate) fn about(self, about: Option<String>) -> Self {
        Self { about, ..self }
    }

    /// With a code for the browser that waits for it.
    pub(crate) fn waited_for_by(self, browser: Option<Digest32>) -> Self {
        Self { browser, ..self }
    }

    /// With a link that lets that session stay.
    pub(crate) fn asked_by(self, session_id: Option<SessionId>) -> Self {
        Self { session_id, ..self }
    }
}

impl Units {
    /// The digest of a link's secret text; `None` where it can't be one.
    pub(crate) fn digest_of(&self, token: &SecretText) -> Option<Digest32> {
        self.link_tokens.digest(token.expose())
    }
}

impl Unit<'_> {
    /// Writes a mail, with its link where it is known whose that is.
    pub(crate) fn post(&mut self, post: Post) -> StoreResult<()> {
        if !self.mail.is_on() {
            return Ok(());
        }
        let now = self.now();
        let link_id = match (post.kind.purpose(), post.bearer) {
            (Some(purpose), Some(bearer)) => {
                let link = OneTimeLink {
                    session_id: post.session_id,
                    ..self.fresh_link(purpose, bearer, post.to.clone(), post.browser)?
                };
                Some(self.add_link(&link)?)
            }
            (None, _) | (_, None) => None,
        };
        let user_id = match post.bearer {
            Some(LinkBearer::User(user)) => Some(user),
            Some(LinkBearer::Invited(_)) | None => None,
        };
        let device = match post.kind {
            MailKind::Invitation
            | MailKind::SetPassword
            | MailKind::EmailChanged
            | MailKind::MfaReset
            | MailKind::Test => Device::default(),
            MailKind::VerifyEmail
            | MailKind::NewEmail
            | MailKind::ResetPassword
            | MailKind::EmailChanging
            | MailKind::PasswordChanged
            | MailKind::MfaEnabled
            | MailKind::MfaDisabled
            | MailKind::RecoveryCodeUsed
            | MailKind::RecoveryCodesCreated
            | MailKind::MfaFailed
            | MailKind::IdentityLinked
            | MailKind::IdentityUnlinked
            | MailKind::PasskeyAdded
            | MailKind::PasskeyRemoved
            | MailKind::NewDevice
            | MailKind::SessionReplayed
            | MailKind::AccountSecured
            | MailKind::AlreadyRegistered => self.by().origin().device,
        };
        let mail = Mail {
            id: MailId::new(now, self.chance()),
            kind: post.kind,
            to: post.to,
            user_id,
            link_id,
            locale: post.locale,
            device,
            other_address: post.other_address,
            about: post.about,
            browser: post.browser,
            created_at: now,
            state: MailState::Waiting,
            attempts: 0,
            next_at: now,
            ended_at: None,
            failure: None,
            tried_since: now,
        };
        self.mails().insert(&mail)?;
        self.announce_mail();
        Ok(())
    }

    /// Tells a user of something, at their address, and at those that they may take back. Of a device they are told once a
    /// day.
    pub(crate) fn notify(&mut self, user: &User, kind: MailKind) -> StoreResult<()> {
        self.notify_about(user, kind, None)
    }

    /// The same of something that people have a name for.
    pub(crate) fn notify_about(&mut self, user: &User, kind: MailKind, about: Option<&str>) -> StoreResult<()> {
        if !self.mail.is_on() {
            return Ok(());
        }
        let now = self.now();
        if !self.may_be_told(user, kind)? {
            return Ok(());
        }
        let mut addresses = vec![user.email.clone()];
        for (address, _) in self.links().addresses_to_take_back(user.id, now)? {
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        for address in addresses {
            self.post(Post::to_user(user, kind).at(address).about(about.map(str::to_owned)))?;
        }
        Ok(())
    }

    /// Whether a notice of that kind to that user is one that they do not have already, and not one too many.
    pub(crate) fn may_be_told(&mut self, user: &User, kind: MailKind) -> StoreResult<bool> {
        let since = self.now() - TOLD_FOR;
        let told = self.mails().user_agents_told(user.id, kind, since, NOTICES)?;
        let is_told = kind == MailKind::NewDevice && told.contains(&self.by().origin().device.user_agent);
        if is_told || told.len() >= NOTICES {
            return Ok(false);
        }
        if user.email_verified {
            return Ok(true);
        }
        let mut all = 0;
        for kind in NOTICE_KINDS {
            let told = self
                .mails()
                .user_agents_told(user.id, kind, since, NOTICES_TO_STRANGERS)?;
            all += told.len();
        }
        Ok(all < NOTICES_TO_STRANGERS)
    }

    /// A link that nothing fits yet.
    pub(crate) fn fresh_link(
        &mut self,
        purpose: LinkPurpose,
        bearer: LinkBearer,
        address: Email,
        browser: Option<Digest32>,
    ) -> StoreResult<OneTimeLink> {
        let now = self.now();
        let made_at = self.order_among_links(bearer, purpose)?;
        Ok(OneTimeLink {
            id: LinkId::new(now, self.chance()),
            purpose,
            bearer,
            address,
            session_id: None,
            digest: None,
            browser,
            created_at: made_at,
            expires_at: now + purpose.life(),
            used_at: None,
            replaced_at: None,
        })
    }

    /// When a link counts as made. Of two links that take something back the later one is later in any case, although the
    /// clocks of two servers differ: the earlier one takes the meaning of the later away.
    fn order_among_links(&mut self, bearer: LinkBearer, purpose: LinkPurpose) -> StoreResult<DateTime<Utc>> {
        let now = self.now();
        let (LinkBearer::User(user), LinkPurpose::UndoEmail | LinkPurpose::NotMe) = (bearer, purpose) else {
            return Ok(now);
        };
        let mut order = now;
        for purpose in [LinkPurpose::UndoEmail, LinkPurpose::NotMe] {
            if let Some(newest) = self.links().newest(user, purpose)? {
                order = order.max(newest.created_at + TimeDelta::microseconds(1));
            }
        }
        Ok(order)
    }

    /// Adds a link, which takes the place of older ones where its purpose says so.
    pub(crate) fn add_link(&mut self, link: &OneTimeLink) -> StoreResult<LinkId> {
        if link.purpose.replaces_older() {
            self.links()
                .replace(link.bearer, link.purpose, Some(&link.address), link.created_at)?;
        }
        self.links().insert(link)?;
        Ok(link.id)
    }

    /// Uses up a link of a user, whose row is held from then on; `None` where it is not good for that.
    pub(crate) fn use_link(
        &mut self,
        purpose: LinkPurpose,
        digest: &Digest32,
    ) -> StoreResult<Option<(OneTimeLink, User)>> {
        let Some(link) = self.links().find_by_digest(purpose, digest)? else {
            return Ok(None);
        };
        let LinkBearer::User(user) = link.bearer else {
            return Ok(None);
        };
        let Some(user) = self.users().lock(user)? else {
            return Ok(None);
        };
        let now = self.now();
        let is_used = self.links().consume(link.id, purpose, now)?;
        Ok(is_used.then_some((link, user)))
    }

    /// Takes away the meaning of the links that prove an address of the user or set a password. The user's row is held.
    pub(crate) fn replace_links(&mut self, user: UserId) -> StoreResult<()> {
        let now = self.now();
        for purpose in [LinkPurpose::VerifyEmail, LinkPurpose::ResetPassword] {
            self.links().replace(LinkBearer::User(user), purpose, None, now)?;
        }
        Ok(())
    }

    /// The same, and forgets an address that waits.
    pub(crate) fn forget_links_of(&mut self, user: User) -> StoreResult<User> {
        self.replace_links(user.id)?;
        if user.pending_email.is_none() {
            return Ok(user);
        }
        let user = User {
            pending_email: None,
            ..user
        };
        self.users().update(&user)?;
        Ok(user)
    }
}

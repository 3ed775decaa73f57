//! A look at a one-time link that consumes nothing, for pages that ask before they act.

use crate::ports::{Repositories, StoreError, StoreResult};
use crate::unit_of_work::UnitsOfWork;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use portcullis_domain::{
    Device, Email, FullName, LinkBearer, LinkPurpose, LinkState, Locale, Mail, MailKind, OneTimeLink, Role, SecretText,
};
use shaku::{Component, Interface};
use std::sync::Arc;

/// A look at one-time links.
#[async_trait]
pub trait Links: Interface {
    /// What is known of a link, of that purpose, by its secret text; `None` for a text that we did not make, or made for
    /// another purpose. It changes nothing, so a page may call it for whoever opens it, mail scanners too.
    async fn look(&self, purpose: LinkPurpose, token: &SecretText) -> Result<Option<LinkView>, StoreError>;
}

/// A link as a page may show it to whoever has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkView {
    /// Whether it may be used, or why not.
    pub state: LinkState,
    /// The address that it was sent to: whom it is for. Of [`LinkPurpose::UndoEmail`] it is the address that comes back.
    pub email: Email,
    /// What the user, or the invited, is called, where that is known.
    pub full_name: Option<FullName>,
    /// The language that the person has chosen.
    pub locale: Option<Locale>,
    /// When it stops working.
    pub expires_at: DateTime<Utc>,
    /// What its mail was about, such as the event that a notice told of. `None` where that mail is not kept any more.
    pub told: Option<Told>,
    /// What an invited person will be allowed to do; of [`LinkPurpose::Join`] alone.
    pub role: Option<Role>,
}

/// What a mail told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What happened.
    pub kind: MailKind,
    /// When.
    pub at: DateTime<Utc>,
    /// Where it came from.
    pub device: Device,
    /// The other address of a change of address: of a mail to the old address, the new one.
    pub other_address: Option<Email>,
}

/// [`Links`] by reads alone.
#[derive(Component)]
#[shaku(interface = Links)]
pub struct LinksService {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
}

#[async_trait]
impl Links for LinksService {
    async fn look(&self, purpose: LinkPurpose, token: &SecretText) -> Result<Option<LinkView>, StoreError> {
        let Some(digest) = self.units.digest_of(token) else {
            return Ok(None);
        };
        let now = self.units.now();
        let found = self.units.look_up(move |repositories| {
            let Some(link) = repositories.links().find_by_digest(purpose, &digest)? else {
                return Ok(None);
            };
            view(repositories, &link, now)
        });
        found.await
    }
}

fn view(repositories: &mut dyn Repositories, link: &OneTimeLink, now: DateTime<Utc>) -> StoreResult<Option<LinkView>> {
    let (full_name, locale, role) = match link.bearer {
        LinkBearer::User(user) => match repositories.users().find(user)? {
            Some(user) => (Some(user.full_name), user.locale, None),
            None => return Ok(None),
        },
        LinkBearer::Invited(invitation) => match repositories.invitations().find(invitation)? {
            Some(invitation) => (invitation.full_name, None, Some(invitation.role)),
            None => return Ok(None),
        },
    };
    let mail = repositories.mails().find_by_link(link.id)?;
    Ok(Some(LinkView {
        state: link.state(now),
        email: link.address.clone(),
        full_name,
        locale,
        expires_at: link.expires_at,
        told: mail.map(Told::from),
        role,
    }))
}

impl From<Mail> for Told {
    fn from(mail: Mail) -> Self {
        Self {
            kind: mail.kind,
            at: mail.created_at,
            device: mail.device,
            other_address: mail.other_address,
        }
    }
}

//! A look at a one-time link that consumes nothing, for pages that ask before they act.

use crate::ports::StoreError;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use portcullis_domain::{Device, Email, FullName, LinkPurpose, LinkState, Locale, MailKind, Role, SecretText};
use shaku::Interface;

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

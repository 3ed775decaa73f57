//! A row of `one_time_links`, and the link that it says.

use crate::error::RefusedRow;
use crate::schema::one_time_links;
use crate::types::{DbId, DbInstant};
use diesel::prelude::*;
use portcullis_domain::{Digest32, Email, InvitationId, LinkBearer, LinkId, OneTimeLink, SessionId, UserId};

/// The row.
#[derive(Queryable, Insertable)]
#[diesel(table_name = one_time_links)]
pub(super) struct LinkRow {
    id: DbId,
    purpose: String,
    user_id: Option<DbId>,
    invitation_id: Option<DbId>,
    address: String,
    session_id: Option<DbId>,
    digest: Option<Vec<u8>>,
    browser: Option<Vec<u8>>,
    /// For the store alone.
    code_tries: i64,
    created_at: DbInstant,
    expires_at: DbInstant,
    used_at: Option<DbInstant>,
    replaced_at: Option<DbInstant>,
}

impl From<&OneTimeLink> for LinkRow {
    fn from(link: &OneTimeLink) -> Self {
        let (user_id, invitation_id) = match link.bearer {
            LinkBearer::User(user) => (Some(DbId(user.as_uuid())), None),
            LinkBearer::Invited(invitation) => (None, Some(DbId(invitation.as_uuid()))),
        };
        Self {
            id: DbId(link.id.as_uuid()),
            purpose: link.purpose.as_str().to_owned(),
            user_id,
            invitation_id,
            address: link.address.as_str().to_owned(),
            session_id: link.session_id.map(|id| DbId(id.as_uuid())),
            digest: link.digest.map(|digest| digest.as_bytes().to_vec()),
            browser: link.browser.map(|digest| digest.as_bytes().to_vec()),
            code_tries: 0,
            created_at: DbInstant(link.created_at),
            expires_at: DbInstant(link.expires_at),
            used_at: link.used_at.map(DbInstant),
            replaced_at: link.replaced_at.map(DbInstant),
        }
    }
}

impl TryFrom<LinkRow> for OneTimeLink {
    type Error = RefusedRow;

    fn try_from(row: LinkRow) -> Result<Self, RefusedRow> {
        let bearer = match (row.user_id, row.invitation_id) {
            (Some(user), _) => LinkBearer::User(UserId::from(user.0)),
            (None, Some(invitation)) => LinkBearer::Invited(InvitationId::from(invitation.0)),
            (None, None) => return Err(RefusedRow::new("one_time_links.user_id", "a link of nobody")),
        };
        let purpose = row.purpose.parse();
        Ok(Self {
            id: LinkId::from(row.id.0),
            purpose: purpose.map_err(|error| RefusedRow::new("one_time_links.purpose", error))?,
            bearer,
            address: address_of(&row.address)?,
            session_id: row.session_id.map(|id| SessionId::from(id.0)),
            digest: digest("one_time_links.digest", row.digest)?,
            browser: digest("one_time_links.browser", row.browser)?,
            created_at: row.created_at.0,
            expires_at: row.expires_at.0,
            used_at: row.used_at.map(|at| at.0),
            replaced_at: row.replaced_at.map(|at| at.0),
        })
    }
}

/// The address that a link goes to.
pub(super) fn address_of(text: &str) -> Result<Email, RefusedRow> {
    Email::parse(text).map_err(|error| RefusedRow::new("one_time_links.address", error))
}

/// A digest that may be missing.
pub(in crate::repositories) fn digest(
    column: &'static str,
    bytes: Option<Vec<u8>>,
) -> Result<Option<Digest32>, RefusedRow> {
    let bytes = bytes.map(<[u8; 32]>::try_from).transpose();
    let bytes = bytes.map_err(|_| RefusedRow::new(column, "a digest of another length"))?;
    Ok(bytes.map(Digest32::new))
}

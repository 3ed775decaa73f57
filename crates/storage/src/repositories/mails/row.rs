//! A row of `mails`, and the mail that it says.

use crate::error::RefusedRow;
use crate::repositories::links::row::digest;
use crate::repositories::users::address;
use crate::schema::mails;
use crate::types::{DbId, DbInstant};
use diesel::prelude::*;
use portcullis_domain::{Device, Email, LinkId, Locale, Mail, MailId, UserAgent, UserId};

/// The row.
#[derive(Queryable, Insertable)]
#[diesel(table_name = mails)]
pub(super) struct MailRow {
    id: DbId,
    kind: String,
    recipient: String,
    user_id: Option<DbId>,
    link_id: Option<DbId>,
    locale: Option<String>,
    address: Option<String>,
    user_agent: Option<String>,
    other_address: Option<String>,
    about: Option<String>,
    browser: Option<Vec<u8>>,
    created_at: DbInstant,
    state: String,
    attempts: i64,
    next_at: DbInstant,
    ended_at: Option<DbInstant>,
    failure: Option<String>,
    tried_since: DbInstant,
}

impl From<&Mail> for MailRow {
    fn from(mail: &Mail) -> Self {
        let user_agent = mail.device.user_agent.as_ref();
        Self {
            id: DbId(mail.id.as_uuid()),
            kind: mail.kind.as_str().to_owned(),
            recipient: mail.to.as_str().to_owned(),
            user_id: mail.user_id.map(|id| DbId(id.as_uuid())),
            link_id: mail.link_id.map(|id| DbId(id.as_uuid())),
            locale: mail.locale.as_ref().map(|locale| locale.as_str().to_owned()),
            address: mail.device.address.map(|address| address.to_string()),
            user_agent: user_agent.map(|agent| agent.as_str().to_owned()),
            other_address: mail.other_address.as_ref().map(|email| email.as_str().to_owned()),
            about: mail.about.clone(),
            browser: mail.browser.map(|digest| digest.as_bytes().to_vec()),
            created_at: DbInstant(mail.created_at),
            state: mail.state.as_str().to_owned(),
            attempts: mail.attempts.into(),
            next_at: DbInstant(mail.next_at),
            ended_at: mail.ended_at.map(DbInstant),
            failure: mail.failure.clone(),
            tried_since: DbInstant(mail.tried_since),
        }
    }
}

impl TryFrom<MailRow> for Mail {
    type Error = RefusedRow;

    fn try_from(row: MailRow) -> Result<Self, RefusedRow> {
        let (kind, state) = (row.kind.parse(), row.state.parse());
        let ip = row.address.map(|text| text.parse()).transpose();
        Ok(Self {
            id: MailId::from(row.id.0),
            kind: kind.map_err(|error| RefusedRow::new("mails.kind", error))?,
            to: Email::parse(&row.recipient).map_err(|error| RefusedRow::new("mails.recipient", error))?,
            user_id: row.user_id.map(|id| UserId::from(id.0)),
            link_id: row.link_id.map(|id| LinkId::from(id.0)),
            locale: row.locale.and_then(|tag| Locale::parse(&tag).ok()),
            device: Device {
                address: ip.map_err(|error| RefusedRow::new("mails.address", error))?,
                user_agent: row.user_agent.as_deref().and_then(UserAgent::from_text),
            },
            other_address: address("mails.other_address", row.other_address)?,
            about: row.about,
            browser: digest("mails.browser", row.browser)?,
            created_at: row.created_at.0,
            state: state.map_err(|error| RefusedRow::new("mails.state", error))?,
            attempts: u32::try_from(row.attempts).map_err(|error| RefusedRow::new("mails.attempts", error))?,
            next_at: row.next_at.0,
            ended_at: row.ended_at.map(|at| at.0),
            failure: row.failure,
            tried_since: row.tried_since.0,
        })
    }
}

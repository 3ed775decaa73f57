//! Bodies of the outbox. What a mail says, with its link, is in none of them.

use crate::json::{json_line, timestamp};
use crate::lists::{ListCursors, PageQuery};
use portcullis_domain::{Mail, MailState, Page, PageRequest};
use portcullis_web::{Fields, Flaw, Refusal};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

/// Not a state.
const NO_STATE: Flaw = Flaw::fixed("unknown_state", "a state is waiting, sent or failed");

/// A mail of the outbox.
#[derive(Serialize, ToSchema)]
#[schema(as = Mail)]
pub(crate) struct MailBody {
    /// Names the mail; its `Message-ID` begins with it.
    #[schema(format = Uuid, examples("019338a1-7c00-7a3b-8d52-6f1e0c9b4a27"))]
    id: String,
    /// What it is about.
    #[schema(examples("reset_password"))]
    kind: &'static str,
    /// Where it goes.
    #[schema(format = Email, examples("ada@example.com"))]
    to: String,
    /// The user that it is about.
    #[schema(format = Uuid)]
    user_id: Option<String>,
    /// How far it has come.
    state: MailStateBody,
    /// How often it was tried.
    attempts: u32,
    /// When it was written, in UTC.
    #[schema(format = DateTime, examples("2026-11-22T09:30:00.000000Z"))]
    created_at: String,
    /// When it is tried next, in UTC; `null` where it is not.
    #[schema(format = DateTime)]
    next_attempt_at: Option<String>,
    /// When it was tried last, in UTC.
    #[schema(format = DateTime)]
    last_attempt_at: Option<String>,
    /// Why the last try failed, as the mail server said it.
    failure: Option<String>,
}

/// How far a mail has come.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = MailState)]
enum MailStateBody {
    /// It is to be sent.
    Waiting,
    /// The mail server took it.
    Sent,
    /// It was tried for a day, and given up.
    Failed,
}

impl From<MailState> for MailStateBody {
    fn from(state: MailState) -> Self {
        match state {
            MailState::Waiting => Self::Waiting,
            MailState::Sent => Self::Sent,
            MailState::Failed => Self::Failed,
        }
    }
}

impl From<&Mail> for MailBody {
    fn from(mail: &Mail) -> Self {
        let is_tried_again = mail.state == MailState::Waiting;
        Self {
            id: mail.id.to_string(),
            kind: mail.kind.as_str(),
            to: mail.to.as_str().to_owned(),
            user_id: mail.user_id.map(|id| id.to_string()),
            state: mail.state.into(),
            attempts: mail.attempts,
            created_at: timestamp(mail.created_at),
            next_attempt_at: is_tried_again.then(|| timestamp(mail.next_at)),
            last_attempt_at: mail.ended_at.map(timestamp),
            failure: mail.failure.clone(),
        }
    }
}

/// A mail as the API answers it: one line of JSON, without a line end.
#[must_use]
pub fn mail_json(mail: &Mail) -> String {
    json_line(&MailBody::from(mail))
}

/// A page of mails.
#[derive(Serialize, ToSchema)]
#[schema(as = MailList)]
pub(crate) struct MailListBody {
    /// Newest first.
    items: Vec<MailBody>,
    /// Leads to the next page; `null` where this is the last.
    next_cursor: Option<String>,
}

impl MailListBody {
    pub(crate) fn new(page: &Page<Mail>, cursors: ListCursors<'_>) -> Self {
        Self {
            items: page.items.iter().map(MailBody::from).collect(),
            next_cursor: cursors.next(page),
        }
    }
}

/// Which mails.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OutboxQuery {
    /// Those of that state: `waiting`, `sent` or `failed`.
    #[param(value_type = Option<String>, inline)]
    #[expect(dead_code, reason = "documents what `read` takes")]
    state: Option<MailState>,
}

impl OutboxQuery {
    /// Checks the parameters.
    pub(crate) fn read(query: &str, cursors: ListCursors<'_>) -> Result<(Option<MailState>, PageRequest), Refusal> {
        let mut fields = Fields::of_query(query)?;
        let state = fields.optional("state", |text| text.parse::<MailState>().map_err(|_| NO_STATE));
        let page = PageQuery::take(&mut fields, cursors);
        fields.finish(Some((state, page)))
    }
}

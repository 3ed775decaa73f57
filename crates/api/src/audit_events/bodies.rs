//! Bodies of the audit trail.

use crate::json::{json_line, timestamp};
use crate::lists::{ListCursors, PageQuery};
use crate::schemas;
use crate::users::bodies::RoleBody;
use chrono::{DateTime, Utc};
use portcullis_application::ports::AuditFilter;
use portcullis_domain::{AccountState, AuditEvent, AuditEventType, AuditReason, Page, PageRequest, RequestId, UserId};
use portcullis_web::{Fields, Flaw, Refusal};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Not the id of anything.
const NO_ID: Flaw = Flaw::fixed("not_an_id", "this is no UUID");

/// Not a time.
const NO_TIME: Flaw = Flaw::fixed(
    "not_a_time",
    "this is no time as RFC 3339 writes it, such as 2026-11-22T09:30:00Z; in a query, + is written %2B",
);

/// Something that touched somebody's security.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditEvent)]
pub(crate) struct AuditEventBody {
    /// Names the event.
    #[schema(format = Uuid, examples("019338a1-7c00-7a3b-8d52-6f1e0c9b4a27"))]
    id: String,
    /// What happened.
    #[serde(rename = "type")]
    #[schema(schema_with = schemas::event_type)]
    kind: &'static str,
    /// When, in UTC.
    #[schema(format = DateTime, examples("2026-11-22T09:30:00.000000Z"))]
    at: String,
    /// Who did it, where that is a signed-in user.
    #[schema(required = true, format = Uuid, examples("019338a1-7c00-7a3b-8d52-6f1e0c9b4a27"))]
    actor_id: Option<String>,
    /// Whom it happened to.
    #[schema(required = true, format = Uuid, examples("019338a1-7c00-7a3b-8d52-6f1e0c9b4a27"))]
    user_id: Option<String>,
    /// Which session it happened to, or happened in.
    #[schema(required = true, format = Uuid, examples("019338a1-7c00-7a3b-8d52-6f1e0c9b4a27"))]
    session_id: Option<String>,
    /// The address that it was asked from.
    #[schema(required = true, examples("203.0.113.7"))]
    ip: Option<String>,
    /// What the device said of itself; on the server's own machine, the program.
    #[schema(required = true, examples("Mozilla/5.0 (X11; Linux x86_64)"))]
    user_agent: Option<String>,
    /// What the request was called, in its answer and in the log.
    #[schema(required = true, examples("019338a1-7c00-7a3b-8d52-6f1e0c9b4a27"))]
    request_id: Option<String>,
    /// How it ended.
    #[schema(schema_with = schemas::result)]
    result: &'static str,
    /// Why.
    #[schema(schema_with = schemas::reason, required = true)]
    reason: Option<&'static str>,
    /// The account before, where its role or its state changed.
    #[schema(required = true)]
    before: Option<AccountStateBody>,
    /// The account after, where its role or its state changed.
    #[schema(required = true)]
    after: Option<AccountStateBody>,
}

/// What of an account is worth comparing before and after.
#[derive(Serialize, ToSchema)]
#[schema(as = AccountState)]
struct AccountStateBody {
    /// What the user may do.
    role: RoleBody,
    /// Whether the account may be used.
    is_active: bool,
}

impl From<AccountState> for AccountStateBody {
    fn from(state: AccountState) -> Self {
        Self {
            role: state.role.into(),
            is_active: state.is_active,
        }
    }
}

impl From<&AuditEvent> for AuditEventBody {
    fn from(event: &AuditEvent) -> Self {
        let device = &event.origin.device;
        Self {
            id: event.id.to_string(),
            kind: event.kind.as_str(),
            at: timestamp(event.at),
            actor_id: event.actor_id.map(|id| id.to_string()),
            user_id: event.user_id.map(|id| id.to_string()),
            session_id: event.session_id.map(|id| id.to_string()),
            ip: device.address.map(|address| address.to_string()),
            user_agent: device.user_agent.as_ref().map(|agent| agent.as_str().to_owned()),
            request_id: event.origin.request_id.as_ref().map(RequestId::to_string),
            result: event.result.as_str(),
            reason: event.reason.map(AuditReason::as_str),
            before: event.before.map(AccountStateBody::from),
            after: event.after.map(AccountStateBody::from),
        }
    }
}

/// An event of the audit trail as the API answers it: one line of JSON, without a line end.
#[must_use]
pub fn audit_event_json(event: &AuditEvent) -> String {
    json_line(&AuditEventBody::from(event))
}

/// Part of the audit trail, newest first.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditEventList)]
pub(crate) struct AuditEventListBody {
    /// The events. There may be fewer than were asked for, even none, although others follow.
    items: Vec<AuditEventBody>,
    /// The cursor of the next page, where there is one.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

impl AuditEventListBody {
    /// What a reader of the trail sees of a page.
    pub(crate) fn new(page: &Page<AuditEvent>, cursors: ListCursors<'_>) -> Self {
        Self {
            items: page.items.iter().map(AuditEventBody::from).collect(),
            next_cursor: cursors.next(page),
        }
    }
}

/// Which events of one's own.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `read` takes")]
pub(crate) struct OwnAuditEventsQuery {
    /// Those of that type.
    #[param(schema_with = schemas::event_type, required = false)]
    r#type: Option<AuditEventType>,
    /// Those from then on: a time as RFC 3339 writes it.
    #[param(value_type = Option<String>, format = DateTime, example = "2026-11-22T09:30:00Z")]
    since: Option<DateTime<Utc>>,
}

impl OwnAuditEventsQuery {
    /// Checks the parameters. Whose events they are is not the query's to say.
    pub(crate) fn read(query: &str, cursors: ListCursors<'_>) -> Result<(AuditFilter, PageRequest), Refusal> {
        let mut fields = Fields::of_form(query.as_bytes())?;
        let filter = filter(&mut fields);
        let page = PageQuery::take(&mut fields, cursors);
        fields.finish(Some((filter, page)))
    }
}

/// Which events.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `read` takes")]
pub(crate) struct AuditEventsQuery {
    /// Those that happened to that user.
    #[param(value_type = Option<String>, format = Uuid, example = "019338a1-7c00-7a3b-8d52-6f1e0c9b4a27")]
    user_id: Option<UserId>,
}

impl AuditEventsQuery {
    /// Checks the parameters.
    pub(crate) fn read(query: &str, cursors: ListCursors<'_>) -> Result<(AuditFilter, PageRequest), Refusal> {
        let mut fields = Fields::of_form(query.as_bytes())?;
        let user_id = fields.optional("user_id", |text| text.parse().map_err(|_| NO_ID));
        let filter = AuditFilter {
            user_id: user_id.map(|id: Uuid| UserId::from(id)),
            ..filter(&mut fields)
        };
        let page = PageQuery::take(&mut fields, cursors);
        fields.finish(Some((filter, page)))
    }
}

fn filter(fields: &mut Fields) -> AuditFilter {
    AuditFilter {
        user_id: None,
        kind: fields.optional("type", |text| text.parse::<AuditEventType>()),
        since: fields.optional("since", |text| time(&text)),
    }
}

fn time(text: &str) -> Result<DateTime<Utc>, Flaw> {
    let time = DateTime::parse_from_rfc3339(text).map_err(|_| NO_TIME)?;
    Ok(time.to_utc())
}

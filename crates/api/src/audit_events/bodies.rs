//! Bodies of the audit trail.

use crate::json::{json_line, moment, timestamp};
use crate::lists::{ListCursors, PageQuery};
use crate::path_id::id;
use crate::schemas;
use chrono::{DateTime, Utc};
use portcullis_application::ports::{AuditDetails, AuditFilter, AuditRecord, RecordedState};
use portcullis_domain::{AuditEventType, Page, PageRequest, UserId};
use portcullis_web::{Fields, Flaw, Refusal};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

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
    kind: String,
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
    result: String,
    /// Why.
    #[schema(schema_with = schemas::reason, required = true)]
    reason: Option<String>,
    /// The account before.
    #[schema(schema_with = schemas::state_before, required = true)]
    before: Option<AccountStateBody>,
    /// The account after.
    #[schema(schema_with = schemas::state_after, required = true)]
    after: Option<AccountStateBody>,
    /// How many of the same the event sums up, where it stands for several.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false, minimum = 1, examples(120))]
    count: Option<u64>,
    /// The OAuth client that it happened to, or that asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false, examples("shop"))]
    client_id: Option<String>,
    /// The resource that it happened to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false, examples("https://api.example.com"))]
    resource: Option<String>,
    /// The other provider that the user signed up by, or that was linked or unlinked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false, examples("github"))]
    provider: Option<String>,
    /// What a newer version wrote beside that, as it wrote it.
    #[serde(flatten)]
    #[schema(ignore)]
    others: Map<String, Value>,
}

/// What of an account is worth comparing before and after.
#[derive(Serialize)]
struct AccountStateBody {
    role: String,
    is_active: bool,
    #[serde(flatten)]
    others: Map<String, Value>,
}

impl From<RecordedState> for AccountStateBody {
    fn from(state: RecordedState) -> Self {
        Self {
            role: state.role,
            is_active: state.is_active,
            others: state.others,
        }
    }
}

/// The members that columns say. Details can't say them otherwise.
const OF_COLUMNS: [&str; 8] = ["id", "type", "at", "actor_id", "user_id", "ip", "request_id", "result"];

impl AuditEventBody {
    fn new(record: &AuditRecord, mut details: AuditDetails) -> Self {
        details.others.retain(|name, _| !OF_COLUMNS.contains(&name.as_str()));
        Self {
            id: record.id.to_string(),
            kind: record.kind.clone(),
            at: timestamp(record.at),
            actor_id: record.actor_id.map(|id| id.to_string()),
            user_id: record.user_id.map(|id| id.to_string()),
            session_id: details.session_id,
            ip: record.address.clone(),
            user_agent: details.user_agent,
            request_id: record.request_id.clone(),
            result: record.result.clone(),
            reason: details.reason,
            before: details.before.map(AccountStateBody::from),
            after: details.after.map(AccountStateBody::from),
            count: details.count,
            client_id: details.client_id,
            resource: details.resource,
            provider: details.provider,
            others: details.others,
        }
    }
}

/// An event of the audit trail as the API answers it: one line of JSON, without a line end. `None` where its details
/// can't be read.
#[must_use]
pub fn audit_event_json(record: &AuditRecord) -> Option<String> {
    let details = record.details()?;
    Some(json_line(&AuditEventBody::new(record, details)))
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
    ///
    /// An event whose details can't be read is there with what its columns say: whoever verifies the trail is told of it.
    pub(crate) fn new(page: &Page<AuditRecord>, cursors: ListCursors<'_>) -> Self {
        let body = |record: &AuditRecord| {
            let details = record.details().unwrap_or_else(|| {
                tracing::warn!(event_id = %record.id, "the details of an event in the audit trail can't be read");
                AuditDetails::default()
            });
            AuditEventBody::new(record, details)
        };
        Self {
            items: page.items.iter().map(body).collect(),
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
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<DateTime<Utc>>,
}

impl OwnAuditEventsQuery {
    /// Checks the parameters. The query does not say whose events they are.
    pub(crate) fn read(query: &str, cursors: ListCursors<'_>) -> Result<(AuditFilter, PageRequest), Refusal> {
        let mut fields = Fields::of_query(query)?;
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
    #[param(value_type = Option<String>, format = Uuid)]
    user_id: Option<UserId>,
}

impl AuditEventsQuery {
    /// Checks the parameters.
    pub(crate) fn read(query: &str, cursors: ListCursors<'_>) -> Result<(AuditFilter, PageRequest), Refusal> {
        let mut fields = Fields::of_query(query)?;
        let user_id = fields.optional("user_id", |text| id(&text).ok_or(NO_ID));
        let filter = AuditFilter {
            user_id,
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
    moment(text).ok_or(NO_TIME)
}

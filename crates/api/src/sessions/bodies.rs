//! Bodies of one's sessions.

use crate::json::{boolean_parameter, json_line, timestamp};
use crate::lists::ListCursors;
use crate::schemas;
use portcullis_application::Actor;
use portcullis_domain::{Page, Session, SessionId};
use portcullis_web::{Fields, Refusal};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

/// One sign-in on one device.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionBody {
    /// Names the session; it gives no access to it.
    #[schema(format = Uuid, examples("019338a1-7c00-7a3b-8d52-6f1e0c9b4a27"))]
    id: String,
    #[schema(schema_with = schemas::session_kind)]
    kind: &'static str,
    /// The browser and what it runs on, in plain words, or how a program names itself.
    #[schema(required = true, examples("Firefox on Linux"))]
    name: Option<String>,
    /// How the user proved who they are, by the names of RFC 8176.
    #[schema(examples(json!(["pwd", "otp", "mfa"])))]
    methods: Vec<String>,
    /// When the user signed in, in UTC.
    #[schema(format = DateTime, examples("2026-11-22T09:30:00.000000Z"))]
    created_at: String,
    /// When the session was last used, as far as it was noted.
    #[schema(format = DateTime, examples("2026-11-22T10:45:00.000000Z"))]
    last_used_at: String,
    /// When the session ends if it is not refreshed until then.
    #[schema(format = DateTime, examples("2026-11-29T10:45:00.000000Z"))]
    expires_at: String,
    /// The address that it was last refreshed from.
    #[schema(required = true, examples("203.0.113.7"))]
    ip: Option<String>,
    /// What the device said of itself.
    #[schema(required = true, examples("Mozilla/5.0 (X11; Linux x86_64)"))]
    user_agent: Option<String>,
    /// Whether it is the session that asks.
    current: bool,
}

/// Part of a user's sessions, newest sign-in first.
#[derive(Serialize, ToSchema)]
#[schema(as = SessionList)]
pub(crate) struct SessionListBody {
    /// The sessions.
    items: Vec<SessionBody>,
    /// The cursor of the next page, where there is one.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

impl SessionListBody {
    /// What the caller sees of a page.
    pub(crate) fn new(page: &Page<Session>, caller: &Actor, cursors: ListCursors<'_>) -> Self {
        Self {
            items: page
                .items
                .iter()
                .map(|session| SessionBody::new(session, Some(caller.session_id())))
                .collect(),
            next_cursor: cursors.next(page),
        }
    }
}

impl SessionBody {
    fn new(session: &Session, asking: Option<SessionId>) -> Self {
        Self {
            id: session.id.to_string(),
            kind: session.kind.as_str(),
            name: session.device.name().map(|name| name.to_string()),
            methods: session.methods.names().map(str::to_owned).collect(),
            created_at: timestamp(session.rotation.created_at),
            last_used_at: timestamp(session.last_used_at),
            expires_at: timestamp(session.rotation.expires_at),
            ip: session.device.address.map(|address| address.to_string()),
            user_agent: session
                .device
                .user_agent
                .as_ref()
                .map(|agent| agent.as_str().to_owned()),
            current: Some(session.id) == asking,
        }
    }
}

/// A session as the API answers it to whoever is signed in by no session: one line of JSON, without a line end.
#[must_use]
pub fn session_json(session: &Session) -> String {
    json_line(&SessionBody::new(session, None))
}

/// Which sessions to end.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EndSessionsQuery {
    /// `true` ends the session that asks, too. Without a value it is refused, and nothing ends.
    #[param(value_type = Option<bool>, default = false)]
    pub(crate) include_current: bool,
}

impl EndSessionsQuery {
    /// Checks the parameters.
    pub(crate) fn read(query: &str) -> Result<Self, Refusal> {
        let mut fields = Fields::of_guarding_query(query)?;
        let include_current = fields.optional("include_current", |text| boolean_parameter(&text));
        fields.finish(Some(Self {
            include_current: include_current.unwrap_or_default(),
        }))
    }
}

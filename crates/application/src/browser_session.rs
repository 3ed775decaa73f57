//! The session of a browser, by the cookie that it shows.

use crate::ports::{SessionCookies, StoreResult};
use crate::unit_of_work::{Unit, Units};
use chrono::TimeDelta;
use portcullis_domain::{
    AuditEvent, AuditEventType, AuditReason, DeviceToken, SecretText, Session, SessionCookie, SessionId, SessionKind,
    User,
};
use std::sync::Arc;

/// What a browser gets that signs in.
#[derive(Debug)]
pub struct BrowserSession {
    /// Shows from now on who the browser is of.
    pub cookie: SecretText,
    /// Life of the cookie, unless its use prolongs it.
    pub stays_for: TimeDelta,
    /// What the device is known by from now on.
    pub device_token: DeviceToken,
    /// Who signed in.
    pub user: User,
}

/// The session that a browser shows, not looked up yet.
#[derive(Clone)]
pub(crate) struct ShownSession {
    cookie: SessionCookie,
    cookies: Arc<dyn SessionCookies>,
}

impl Units {
    /// The session that a cookie claims to be of; `None` where it has not the form of one.
    pub(crate) fn shown_session(&self, cookie: &SecretText) -> Option<ShownSession> {
        let cookies = Arc::clone(&self.session_cookies);
        let cookie = cookies.read(cookie.expose())?;
        Some(ShownSession { cookie, cookies })
    }

    /// What a browser gets for a session that began or goes on.
    pub(crate) fn browser_session_of(
        &self,
        (session, user, device_token): (Session, User, DeviceToken),
    ) -> BrowserSession {
        BrowserSession {
            cookie: self.cookie_of(&session),
            stays_for: session.ends_at(&self.policy) - session.last_used_at,
            device_token,
            user,
        }
    }

    /// The cookie of the session's present generation.
    pub(crate) fn cookie_of(&self, session: &Session) -> SecretText {
        let rotation = &session.rotation;
        self.session_cookies
            .issue(session.id, rotation.generation, &rotation.seed)
    }
}

impl ShownSession {
    /// The session that it claims to be of.
    pub(crate) const fn id(&self) -> SessionId {
        self.cookie.session_id
    }

    /// Whether the session, which has that id, ever gave the cookie out. That of tokens gives out none.
    pub(crate) fn is_of(&self, session: &Session) -> bool {
        session.kind == SessionKind::Browser && self.cookies.is_genuine(&self.cookie, &session.rotation.seed)
    }

    /// Whether the session gave it out last. An older one is of somebody who was signed out by a new proof.
    pub(crate) fn is_present_of(&self, session: &Session) -> bool {
        self.cookie.generation == session.rotation.generation && self.is_of(session)
    }
}

impl Unit<'_> {
    /// The live session that the browser had so far.
    pub(crate) fn find_shown(&mut self, shown: &ShownSession) -> StoreResult<Option<Session>> {
        let (found, now) = (self.sessions().find(shown.id())?, self.now());
        Ok(found.filter(|session| shown.is_present_of(session) && session.is_live(now, &self.policy)))
    }

    /// Ends the session of whoever was signed in on the browser before.
    pub(crate) fn end_earlier(&mut self, earlier: &Session) -> StoreResult<()> {
        let event = AuditEvent {
            reason: Some(AuditReason::AnotherSignIn),
            ..self.success(AuditEventType::SessionEnded, Some(earlier.user_id))
        };
        self.end_session(earlier.id, event).map(drop)
    }
}

//! What delivery calls.

use portcullis_application::ports::PageCursors;
use portcullis_application::{
    AuditTrail, Authentication, Health, Passwords, Profile, Publication, Refresh, Registration, Sessions, SignIn,
    SignOut, Users,
};
use std::sync::Arc;

/// The driving ports, and the driven one that lists need.
#[derive(Clone)]
pub struct Services {
    /// Signing up.
    pub registration: Arc<dyn Registration>,
    /// Signing in.
    pub sign_in: Arc<dyn SignIn>,
    /// Staying signed in.
    pub refresh: Arc<dyn Refresh>,
    /// Signing out.
    pub sign_out: Arc<dyn SignOut>,
    /// Who shows an access token.
    pub authentication: Arc<dyn Authentication>,
    /// The caller's own profile.
    pub profile: Arc<dyn Profile>,
    /// Passwords.
    pub passwords: Arc<dyn Passwords>,
    /// Sessions, device by device.
    pub sessions: Arc<dyn Sessions>,
    /// Other people's accounts, for administrators.
    pub users: Arc<dyn Users>,
    /// The audit trail.
    pub audit_trail: Arc<dyn AuditTrail>,
    /// What other services need to check access tokens by themselves.
    pub publication: Arc<dyn Publication>,
    /// What an orchestrator asks.
    pub health: Arc<dyn Health>,
    /// Makes and reads the cursors of lists.
    pub cursors: Arc<dyn PageCursors>,
}

//! What delivery calls.

use portcullis_application::ports::PageCursors;
use portcullis_application::{AccountService, AdminService, AuthService, HealthService, PublicationService};
use std::sync::Arc;

/// The driving ports, and the driven one that lists need.
#[derive(Clone)]
pub struct Services {
    /// Signing up, in and out.
    pub auth: Arc<dyn AuthService>,
    /// The caller's own account.
    pub account: Arc<dyn AccountService>,
    /// Everybody's accounts, for administrators.
    pub admin: Arc<dyn AdminService>,
    /// What other services need to check access tokens by themselves.
    pub publication: Arc<dyn PublicationService>,
    /// What an orchestrator asks.
    pub health: Arc<dyn HealthService>,
    /// Makes and reads the cursors of lists.
    pub cursors: Arc<dyn PageCursors>,
}

//! What delivery calls.

use portcullis_application::ports::{Clock, Entropy, PageCursors};
use portcullis_application::{AccountService, AdminService, AuthService, HealthService, PublicationService};
use std::sync::Arc;

/// The driving ports, and the driven ones that lists, request ids and log lines need.
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
    /// Stamps request ids and measures requests.
    pub clock: Arc<dyn Clock>,
    /// Makes request ids.
    pub entropy: Arc<dyn Entropy>,
}

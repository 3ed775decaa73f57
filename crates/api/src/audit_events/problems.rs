//! Problems of the audit trail.

use crate::caller::problems::{OF_ADMIN, OF_CALLER};
use crate::responses::{OF_QUERY, OF_STORE, problems};

problems! {
    /// Of listing what the audit trail says of oneself.
    ListOwnAuditEventsProblems: OF_CALLER, OF_QUERY, OF_STORE;
    /// Of listing all of it.
    ListAuditEventsProblems: OF_ADMIN, OF_QUERY, OF_STORE;
}

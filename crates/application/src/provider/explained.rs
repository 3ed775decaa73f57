//! Why the provider refused a request: told to the log and to administrators. The client and the user are told what they can
//! change.

use crate::actor::Authority;
use crate::replica::{ClientWarning, Explanation};
use crate::unit_of_work::{Units, UnitsOfWork};
use portcullis_domain::{Origin, RegistrationId, RequestId};
use portcullis_oauth2::ClientId;
use shaku::{Component, Interface};
use std::fmt::Display;
use std::sync::Arc;

/// Tells administrators why requests were refused.
pub trait Explained: Interface {
    /// Keeps why a request was refused for what stood in it, before any use case saw it. `reason` names no secret, no code and no
    /// token.
    fn keep(&self, origin: &Origin, client_id: Option<&ClientId>, error: &str, reason: &str);

    /// Why this server refused the request of that name within the last hour, as far as it still knows.
    fn find(&self, by: Authority, request_id: &RequestId) -> Option<Explanation>;
}

/// [`Explained`] by this server's memory.
#[derive(Component)]
#[shaku(interface = Explained)]
pub struct ExplainedService {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
}

impl Explained for ExplainedService {
    fn keep(&self, origin: &Origin, client_id: Option<&ClientId>, error: &str, reason: &str) {
        self.units.explain(origin, client_id, error, &reason);
    }

    fn find(&self, _: Authority, request_id: &RequestId) -> Option<Explanation> {
        self.units.replica.explanations.find(request_id, self.units.now())
    }
}

/// What an app is told all the time that asks whether somebody is signed in (OpenID Connect Core, section 3.1.2.6).
const EVERYDAY: [&str; 4] = [
    "login_required",
    "consent_required",
    "interaction_required",
    "account_selection_required",
];

impl Units {
    /// Tells the log, and whoever asks later, why a request is refused. `reason` names no secret, no code and no token.
    pub(super) fn explain(&self, origin: &Origin, client_id: Option<&ClientId>, error: &str, reason: &dyn Display) {
        let client = client_id.map(ClientId::as_str);
        if EVERYDAY.contains(&error) {
            tracing::debug!(client_id = client, error, %reason, "the provider refused a request");
        } else {
            tracing::info!(client_id = client, error, %reason, "the provider refused a request");
        }
        if let Some(request_id) = &origin.request_id {
            self.replica.explanations.note(Explanation {
                request_id: request_id.clone(),
                at: self.now(),
                client_id: client_id.cloned(),
                error: error.to_owned(),
                reason: reason.to_string(),
            });
        }
    }

    /// Counts what a client better did not do.
    pub(super) fn warn_of(&self, client: RegistrationId, warning: ClientWarning, measure: Option<i64>) {
        self.replica.warnings.count(client, warning, measure, self.now());
    }
}

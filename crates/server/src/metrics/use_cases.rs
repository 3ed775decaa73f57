//! What people do.

use super::client_tokens::ClientTokenCounters;
use super::counters;
use portcullis_application::ports::{
    ClientAuthenticationOutcome, ClientTokenOutcome, Limit, RefreshCause, RegistrationOutcome, SignInOutcome,
};
use portcullis_oauth2::GrantType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;

pub(super) struct UseCaseFigures {
    sign_ins: Vec<Counter>,
    refreshes: Vec<Counter>,
    registrations: Vec<Counter>,
    limits: Vec<Counter>,
    client_authentications: Vec<Counter>,
    client_tokens: ClientTokenCounters,
}

impl UseCaseFigures {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let client_tokens = ClientTokenCounters::register(registry);
        let mut counted = |name, help, label, values: Vec<&'static str>| counters(registry, name, help, label, values);
        Self {
            sign_ins: counted(
                "sign_ins",
                "Attempts to sign in, by outcome",
                "outcome",
                SignInOutcome::ALL.iter().map(|outcome| outcome.as_str()).collect(),
            ),
            refreshes: counted(
                "refreshes",
                "Refresh tokens that were shown, by what became of them",
                "cause",
                RefreshCause::ALL.iter().map(|cause| cause.as_str()).collect(),
            ),
            registrations: counted(
                "registrations",
                "Registrations, by outcome",
                "outcome",
                RegistrationOutcome::ALL
                    .iter()
                    .map(|outcome| outcome.as_str())
                    .collect(),
            ),
            limits: counted(
                "limits_hit",
                "Times that nothing was left of a limit, by its name in RateLimit-Policy",
                "limit",
                Limit::ALL.iter().map(|limit| limit.name()).collect(),
            ),
            client_authentications: counted(
                "client_authentications",
                "Clients that were to show who they are, by outcome",
                "outcome",
                ClientAuthenticationOutcome::ALL
                    .iter()
                    .map(|outcome| outcome.as_str())
                    .collect(),
            ),
            client_tokens,
        }
    }

    pub(super) fn sign_in_ended(&self, outcome: SignInOutcome) {
        count(&self.sign_ins, outcome as usize);
    }

    pub(super) fn refresh_ended(&self, cause: RefreshCause) {
        count(&self.refreshes, cause as usize);
    }

    pub(super) fn registration_ended(&self, outcome: RegistrationOutcome) {
        count(&self.registrations, outcome as usize);
    }

    pub(super) fn client_authentication_ended(&self, outcome: ClientAuthenticationOutcome) {
        count(&self.client_authentications, outcome as usize);
    }

    pub(super) fn client_token_ended(&self, grant: GrantType, outcome: ClientTokenOutcome) {
        self.client_tokens.ended(grant, outcome);
    }

    pub(super) fn limit_hit(&self, limit: Limit) {
        count(&self.limits, limit as usize);
    }
}

/// The counters stand in the order of the values.
fn count(counters: &[Counter], index: usize) {
    if let Some(counter) = counters.get(index) {
        counter.inc();
    }
}

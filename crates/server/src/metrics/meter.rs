//! The adapter of the application's port.

use super::Metrics;
use portcullis_application::ports::{
    ClientAuthenticationOutcome, ClientTokenOutcome, Limit, MailOutcome, Meter, RefreshCause, RegistrationOutcome,
    SignInOutcome, WaitingMails,
};
use portcullis_oauth2::GrantType;
use shaku::Component;
use std::time::Duration;

/// [`Meter`] on the figures of the server.
#[derive(Debug, Clone, Component)]
#[shaku(interface = Meter)]
pub struct PrometheusMeter {
    /// Where it counts.
    metrics: Metrics,
}

impl PrometheusMeter {
    /// One that counts there, for what is made before the container.
    pub(crate) const fn of(metrics: Metrics) -> Self {
        Self { metrics }
    }
}

impl Meter for PrometheusMeter {
    fn sign_in_ended(&self, outcome: SignInOutcome) {
        if let Some(figures) = &self.metrics.0 {
            figures.use_cases.sign_in_ended(outcome);
        }
    }

    fn refresh_ended(&self, cause: RefreshCause) {
        if let Some(figures) = &self.metrics.0 {
            figures.use_cases.refresh_ended(cause);
        }
    }

    fn registration_ended(&self, outcome: RegistrationOutcome) {
        if let Some(figures) = &self.metrics.0 {
            figures.use_cases.registration_ended(outcome);
        }
    }

    fn client_authentication_ended(&self, outcome: ClientAuthenticationOutcome) {
        if let Some(figures) = &self.metrics.0 {
            figures.use_cases.client_authentication_ended(outcome);
        }
    }

    fn client_token_ended(&self, grant: GrantType, outcome: ClientTokenOutcome) {
        if let Some(figures) = &self.metrics.0 {
            figures.use_cases.client_token_ended(grant, outcome);
        }
    }

    fn mail_attempted(&self, outcome: MailOutcome) {
        if let Some(figures) = &self.metrics.0 {
            figures.mails.attempted(outcome);
        }
    }

    fn mails_counted(&self, waiting: WaitingMails) {
        if let Some(figures) = &self.metrics.0 {
            figures.mails.set(waiting);
        }
    }

    fn limit_hit(&self, limit: Limit) {
        if let Some(figures) = &self.metrics.0 {
            figures.use_cases.limit_hit(limit);
        }
    }

    fn password_waited(&self, time: Duration) {
        if let Some(figures) = &self.metrics.0 {
            figures.hashing.waited(time);
        }
    }

    fn units_committed(&self, units: usize, time: Duration) {
        if let Some(figures) = &self.metrics.0 {
            figures.store.committed(units, time);
        }
    }

    fn revocations_read(&self) {
        if let Some(figures) = &self.metrics.0 {
            figures.ages.revocations_read(figures.clock.monotonic());
        }
    }

    fn audit_trail_sealed(&self) {
        if let Some(figures) = &self.metrics.0 {
            figures.ages.audit_trail_sealed(figures.clock.monotonic());
        }
    }
}

//! A meter that remembers.

use portcullis_application::ports::{
    ClientAuthenticationOutcome, ClientTokenOutcome, Limit, MailOutcome, Meter, RefreshCause, RegistrationOutcome,
    SignInOutcome, WaitingMails,
};
use portcullis_oauth2::GrantType;
use shaku::Component;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Remembers what was counted, in words. Clones share it.
#[derive(Debug, Clone, Default, Component)]
#[shaku(interface = Meter)]
pub struct FakeMeter {
    /// What the clones share.
    #[shaku(default)]
    counted: Arc<Mutex<Vec<String>>>,
}

impl FakeMeter {
    /// What was counted since the last call, in its order.
    #[must_use]
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.counted.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, counted: String) {
        self.counted
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(counted);
    }
}

impl Meter for FakeMeter {
    fn sign_in_ended(&self, outcome: SignInOutcome) {
        self.note(format!("sign-in {}", outcome.as_str()));
    }

    fn refresh_ended(&self, cause: RefreshCause) {
        self.note(format!("refresh {}", cause.as_str()));
    }

    fn registration_ended(&self, outcome: RegistrationOutcome) {
        self.note(format!("registration {}", outcome.as_str()));
    }

    fn client_authentication_ended(&self, outcome: ClientAuthenticationOutcome) {
        self.note(format!("client {}", outcome.as_str()));
    }

    fn client_token_ended(&self, grant: GrantType, outcome: ClientTokenOutcome) {
        self.note(format!("{grant} {}", outcome.as_str()));
    }

    fn mail_attempted(&self, outcome: MailOutcome) {
        self.note(format!("mail {}", outcome.as_str()));
    }

    fn mails_counted(&self, waiting: WaitingMails) {
        let WaitingMails {
            count,
            given_up,
            oldest,
        } = waiting;
        self.note(format!(
            "{count} mails wait, for {} s; {given_up} were given up",
            oldest.as_secs()
        ));
    }

    fn limit_hit(&self, limit: Limit) {
        self.note(format!("limit {}", limit.name()));
    }

    fn password_waited(&self, _: Duration) {
        self.note("password".to_owned());
    }

    fn units_committed(&self, units: usize, _: Duration) {
        self.note(format!("commit of {units}"));
    }

    fn revocations_read(&self) {
        self.note("revocations read".to_owned());
    }

    fn audit_trail_sealed(&self) {
        self.note("audit trail sealed".to_owned());
    }
}

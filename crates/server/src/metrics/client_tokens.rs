//! What clients of the provider are given, by how they asked.

use portcullis_application::ports::ClientTokenOutcome;
use portcullis_oauth2::GrantType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// A counter for each grant type and outcome. All are there from the start, so that a rate is known of each.
pub(super) struct ClientTokenCounters(Family<[(&'static str, &'static str); 2], Counter>);

impl ClientTokenCounters {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let counters = Self(Family::default());
        let help = "Tokens that clients asked for, by grant type and outcome";
        registry.register("client_tokens", help, counters.0.clone());
        for grant in GrantType::ALL {
            for outcome in ClientTokenOutcome::ALL {
                drop(counters.of(*grant, *outcome));
            }
        }
        counters
    }

    pub(super) fn ended(&self, grant: GrantType, outcome: ClientTokenOutcome) {
        self.of(grant, outcome).inc();
    }

    fn of(&self, grant: GrantType, outcome: ClientTokenOutcome) -> Counter {
        let labels = [("grant_type", grant.as_str()), ("outcome", outcome.as_str())];
        self.0.get_or_create_owned(&labels)
    }
}

//! What the machine's speed at hashing means for its owner, told once in the log.

use portcullis_security::{BcryptCost, BcryptPool, Capacity};
use std::time::Duration;

/// The start itself, and who waits for it, has the processor until then.
const AFTER_THE_START: Duration = Duration::from_secs(1);

/// Measures and tells soon after the start, and not before a moment in which nobody waits for a password. Says nothing
/// of a cost that is too low for real passwords: the start warns of that, and its speed means nothing.
pub(crate) async fn tell_soon(hashing: BcryptPool) {
    if hashing.cost() < BcryptCost::LEAST_FOR_REAL_PASSWORDS {
        return;
    }
    tokio::time::sleep(AFTER_THE_START).await;
    if let Some(capacity) = hashing.measure().await {
        tell(&capacity);
    }
}

fn tell(capacity: &Capacity) {
    let (cost, threads, lanes) = (capacity.cost.number(), capacity.threads, capacity.lanes);
    // A number of 128 bits would be logged as text.
    let milliseconds = u64::try_from(capacity.batch.as_millis()).unwrap_or(u64::MAX);
    tracing::info!(
        cost,
        threads,
        lanes,
        milliseconds,
        logins_per_second = to_one_decimal(capacity.logins_per_second()),
        "passwords are hashed at this speed"
    );
    if let Some(advised) = capacity.advised_cost() {
        tracing::warn!(
            cost,
            milliseconds,
            advised_cost = advised.number(),
            "BCRYPT_COST does not suit this machine"
        );
    }
}

fn to_one_decimal(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logging::told::told_as_json;

    fn told(cost: u32, milliseconds: u64) -> String {
        told_as_json(|| {
            tell(&Capacity {
                cost: BcryptCost::new(cost).unwrap(),
                threads: 2,
                lanes: 6,
                batch: Duration::from_millis(milliseconds),
            });
        })
    }

    #[test]
    fn the_speed_is_told_in_logins_a_second() {
        let told = told(12, 190);
        assert!(told.contains(r#""cost":12,"threads":2,"lanes":6"#), "{told}");
        assert!(
            told.contains(r#""milliseconds":190,"logins_per_second":63.2"#),
            "{told}"
        );
        assert!(!told.contains("WARN"), "{told}");
    }

    #[test]
    fn a_cost_out_of_proportion_comes_with_a_better_one() {
        for (cost, milliseconds, advised) in [(15, 1520, 12), (10, 40, 12)] {
            let told = told(cost, milliseconds);
            assert!(told.contains("WARN"), "{told}");
            assert!(told.contains(&format!(r#""advised_cost":{advised}"#)), "{told}");
        }
    }
}

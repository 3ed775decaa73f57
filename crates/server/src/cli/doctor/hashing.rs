//! How long a login takes on this machine.

use super::finding::Finding;
use crate::config::Config;
use portcullis_security::{BcryptCost, BcryptOptions, BcryptPool, Capacity};

const SUBJECT: &str = "hashing";

pub(super) async fn look_at(config: &Config) -> Finding {
    let cost = config.passwords.cost;
    if cost < BcryptCost::LEAST_FOR_REAL_PASSWORDS {
        let least = BcryptCost::LEAST_FOR_REAL_PASSWORDS.number();
        return Finding::warn(
            SUBJECT,
            format!(
                "BCRYPT_COST={} is too low for real passwords; set at least {least}",
                cost.number()
            ),
        );
    }
    match BcryptPool::start(BcryptOptions::for_this_machine(cost)) {
        Ok(pool) => match pool.measure().await {
            Some(capacity) => speed(&capacity),
            None => Finding::fail(SUBJECT, "bcrypt does not work on this machine"),
        },
        Err(error) => Finding::fail(SUBJECT, format!("the threads that hash can't be started: {error}")),
    }
}

fn speed(capacity: &Capacity) -> Finding {
    let (cost, milliseconds) = (capacity.cost.number(), capacity.batch.as_millis());
    let measured = format!("at BCRYPT_COST={cost} a login takes {milliseconds} ms here");
    match capacity.advised_cost() {
        Some(advised) => {
            let advised = advised.number();
            Finding::warn(
                SUBJECT,
                format!("{measured}; BCRYPT_COST={advised} would suit this machine"),
            )
        }
        None => Finding::ok(SUBJECT, measured),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Grade;
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_cost_that_does_not_suit_the_machine_comes_with_a_better_one() {
        let at = |milliseconds| {
            speed(&Capacity {
                cost: BcryptCost::new(12).unwrap(),
                threads: 2,
                lanes: 4,
                batch: Duration::from_millis(milliseconds),
            })
        };
        assert_eq!(at(200).grade, Grade::Ok);
        let slow = at(1500);
        assert_eq!(slow.grade, Grade::Warn);
        assert!(
            slow.text.contains("BCRYPT_COST=9") || slow.text.contains("BCRYPT_COST=10"),
            "{slow}"
        );
    }
}

//! What everything must do that counts how often something happens.

use portcullis_application::ports::{Draw, Exhausted, Limit, Limits};
use portcullis_domain::Rate;
use std::sync::Arc;
use std::time::Duration;

/// Long enough that none comes back while a test runs.
const TEN: Rate = Rate::new(10, Duration::from_hours(20));

/// One more guess at that account.
#[must_use]
pub fn guess(account: &str) -> Draw {
    Draw::new(Limit::Account, TEN, account)
}

/// One more guess from that address.
#[must_use]
pub fn guess_from(address: &str) -> Draw {
    Draw::new(Limit::Address, TEN.times(10), address)
}

/// How many of so many are counted.
pub async fn counted(limits: &dyn Limits, draws: &[Draw], times: usize) -> usize {
    let mut counted = 0;
    for _ in 0..times {
        counted += usize::from(limits.draw(draws).await.is_ok());
    }
    counted
}

/// As many are counted as there are, and then none; whoever is refused is told when to come back.
pub async fn no_more_are_counted_than_there_are(limits: &dyn Limits) {
    let ada = [guess("ada@x.test")];
    assert_eq!(counted(limits, &ada, 15).await, 10);
    let refused = limits.draw(&ada).await.unwrap_err();
    assert_eq!((refused.limit, refused.rate), (Limit::Account, TEN));
    let interval = TEN.interval();
    assert!(
        refused.wait <= interval && refused.wait + Duration::from_mins(1) > interval,
        "{refused:?}"
    );
    assert!(limits.look(&ada).is_err());
    assert_eq!(counted(limits, &[guess("ben@x.test")], 1).await, 1);
}

/// What is given back can be drawn again, and no more than that.
pub async fn what_is_given_back_can_be_drawn_again(limits: &dyn Limits) {
    let draws = [guess("given-back@x.test"), guess_from("192.0.2.1")];
    for _ in 0..150 {
        let counted = limits.draw(&draws).await.unwrap();
        limits.give_back(&draws, counted).await;
    }
    assert_eq!(counted(limits, &draws, 15).await, 10);
}

/// Where one of two has none left, neither is counted.
pub async fn all_are_counted_or_none(limits: &dyn Limits) {
    let (account, address) = (guess("both@x.test"), guess_from("192.0.2.2"));
    let both = [account.clone(), address.clone()];
    assert_eq!(counted(limits, &both, 200).await, 10);
    assert_eq!(counted(limits, &[address], 200).await, 90);
    let Exhausted { limit, .. } = limits.draw(&both).await.unwrap_err();
    assert_eq!(limit, Limit::Account, "the longer wait is told");
}

/// Keys of one limit are none of another.
pub async fn limits_do_not_mix(limits: &dyn Limits) {
    for limit in Limit::ALL {
        assert_eq!(
            counted(limits, &[Draw::new(limit, TEN, "one")], 15).await,
            10,
            "{limit:?}"
        );
    }
}

/// Of a hundred at once as many are counted as there are.
pub async fn of_many_at_once_no_more_are_counted_than_there_are(limits: &Arc<dyn Limits>) {
    let drawn: Vec<_> = (0..100)
        .map(|_| {
            let limits = Arc::clone(limits);
            tokio::spawn(async move { limits.draw(&[guess("race@x.test")]).await.is_ok() })
        })
        .collect();
    let mut counted = 0;
    for drawn in drawn {
        counted += usize::from(drawn.await.unwrap());
    }
    assert_eq!(counted, 10);
}

/// All of it.
pub async fn holds(limits: &Arc<dyn Limits>) {
    no_more_are_counted_than_there_are(&**limits).await;
    what_is_given_back_can_be_drawn_again(&**limits).await;
    all_are_counted_or_none(&**limits).await;
    limits_do_not_mix(&**limits).await;
    of_many_at_once_no_more_are_counted_than_there_are(limits).await;
}

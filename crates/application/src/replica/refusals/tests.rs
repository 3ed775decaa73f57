use super::*;
use chrono::DateTime;

fn refusal(email: &str, user: Option<u8>, reason: AuditReason) -> Refusal {
    Refusal {
        kind: AuditEventType::Login,
        reason,
        email: Some(Email::parse(email).unwrap()),
        user: user.map(|byte| UserId::new(DateTime::UNIX_EPOCH, [byte; 10])),
        provider: None,
        origin: Origin::default(),
    }
}

fn told(refusals: &Refusals, refusal: &Refusal, times: u32) -> u32 {
    let tellings = (0..times).map(|_| refusals.note(refusal.clone(), Duration::ZERO));
    tellings.map(|telling| u32::from(telling == Telling::ByItself)).sum()
}

#[test]
fn refusals_of_one_account_are_told_a_few_times_and_then_summed_up() {
    let refusals = Refusals::default();
    let beyond = refusal("ada@x.test", Some(1), AuditReason::TooManyAttempts);
    let wrong = refusal("ada@x.test", Some(1), AuditReason::WrongPassword);
    assert_eq!(told(&refusals, &beyond, 1000), 1);
    assert_eq!(told(&refusals, &wrong, 1000), 20);
    assert_eq!(refusals.take_due(WINDOW / 2).len(), 0);
    let mut counts: Vec<_> = refusals.take_due(WINDOW).iter().map(|sum| sum.count).collect();
    counts.sort_unstable();
    assert_eq!(counts, [980, 999]);
    assert_eq!(refusals.take().len(), 0);
    assert_eq!(told(&refusals, &beyond, 2), 1);
}

#[test]
fn accounts_that_are_none_are_told_as_those_that_are_and_summed_up_together() {
    let refusals = Refusals::default();
    for name in 0..100 {
        let beyond = refusal(&format!("nobody-{name}@x.test"), None, AuditReason::TooManyAttempts);
        assert_eq!(told(&refusals, &beyond, 10), 1);
    }
    let sums = refusals.take();
    assert_eq!(sums.len(), 1);
    assert_eq!(sums[0].count, 900);
}

#[test]
fn a_flood_over_many_accounts_is_bounded_in_events_and_in_memory() {
    let refusals = Refusals::default();
    let accounts = u32::try_from(MOST_SUBJECTS).unwrap() + 500;
    let mut events = 0;
    for number in 0..accounts {
        let user = Some(u8::try_from(number % 250).unwrap());
        let wrong = refusal(&format!("user-{number}@x.test"), user, AuditReason::WrongPassword);
        events += told(&refusals, &wrong, 2);
    }
    assert_eq!(events, MOST_EVENTS);
    let sums = refusals.take();
    assert!(sums.len() <= MOST_SUBJECTS + 1);
    assert_eq!(
        sums.iter().map(|sum| sum.count).sum::<u64>(),
        u64::from(2 * accounts - MOST_EVENTS)
    );
}

#[test]
fn what_could_not_be_told_is_told_later() {
    let refusals = Refusals::default();
    told(
        &refusals,
        &refusal("ada@x.test", Some(1), AuditReason::TooManyAttempts),
        5,
    );
    let sums = refusals.take();
    refusals.put_back(&sums, Duration::ZERO);
    assert_eq!(refusals.take()[0].count, 4);
}

#[test]
fn refusals_of_an_address_are_summed_up_by_its_block() {
    let refusals = Refusals::default();
    let from = |address: &str| {
        let mut refusal = refusal("ada@x.test", Some(1), AuditReason::TooManyAttempts).without_account();
        refusal.origin.device.address = Some(address.parse().unwrap());
        refusal
    };
    let addresses = [
        "2001:db8:1:2::1",
        "2001:db8:1:2::ffff",
        "203.0.113.7",
        "::ffff:203.0.113.7",
    ];
    let events: u32 = addresses
        .iter()
        .map(|address| told(&refusals, &from(address), 10))
        .sum();
    assert_eq!(events, 2);
    let counts: Vec<_> = refusals.take().iter().map(|sum| sum.count).collect();
    assert_eq!(counts, [19, 19]);
}

/// Whoever makes accounts up hides nothing of those that exist, and learns nothing by the time of an answer.
#[test]
fn accounts_that_are_none_use_up_nothing_of_those_that_are() {
    let refusals = Refusals::default();
    for number in 0..2 * MOST_SUBJECTS {
        let unknown = refusal(&format!("nobody-{number}@x.test"), None, AuditReason::UnknownAccount);
        let _ = told(&refusals, &unknown, 1);
    }
    let wrong = refusal("ada@x.test", Some(1), AuditReason::WrongPassword);
    let unknown = refusal("ben@x.test", None, AuditReason::UnknownAccount);
    assert_eq!(told(&refusals, &wrong, 12), told(&refusals, &unknown, 12));
    let of_ada = |sums: Vec<Summary>| -> Vec<_> {
        let hers = sums.into_iter().filter(|sum| sum.latest.user == wrong.user);
        hers.map(|sum| sum.count).collect()
    };
    assert_eq!(of_ada(refusals.take_due(WINDOW / 15)), [12]);
    assert_eq!(of_ada(refusals.take_due(WINDOW / 15)), [0; 0]);
    told(&refusals, &wrong, 12);
    assert_eq!(of_ada(refusals.take_due(WINDOW / 15)), [8]);
    assert_eq!(of_ada(refusals.take_due(WINDOW)), [4]);
}

#[test]
fn accounts_that_are_none_are_told_as_those_that_are_once_these_are_too_many() {
    let refusals = Refusals::default();
    for number in 0..MOST_EVENTS {
        let wrong = refusal(&format!("user-{number}@x.test"), Some(1), AuditReason::WrongPassword);
        assert_eq!(told(&refusals, &wrong, 1), 1);
    }
    let wrong = refusal("ada@x.test", Some(1), AuditReason::WrongPassword);
    let unknown = refusal("ben@x.test", None, AuditReason::UnknownAccount);
    assert_eq!((told(&refusals, &wrong, 1), told(&refusals, &unknown, 1)), (0, 0));
}

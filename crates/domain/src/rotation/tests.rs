//! How a rotation judges what it is shown.

use super::*;
use proptest::prelude::*;

const POLICY: TokenPolicy = TokenPolicy {
    access_token_life: TimeDelta::minutes(15),
    refresh_token_life: TimeDelta::days(7),
    session_life: TimeDelta::days(90),
    reuse_grace: TimeDelta::seconds(10),
    sessions_per_user: 100,
};

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

fn begun() -> Rotation {
    Rotation::begin(Seed::new([3; 32]), at(0), &POLICY)
}

fn refreshed(times: u64, now: DateTime<Utc>) -> Rotation {
    (0..times).fold(begun(), |rotation, _| rotation.next(now, &POLICY))
}

#[test]
fn the_unspent_token_is_current_until_it_expires() {
    let week = TimeDelta::days(7);
    let rotation = begun();
    assert_eq!(
        rotation.present(Generation::FIRST, Carrier::Body, at(0), &POLICY),
        Presented::Current
    );
    let last_moment = at(0) + week - TimeDelta::microseconds(1);
    assert_eq!(
        rotation.present(Generation::FIRST, Carrier::Body, last_moment, &POLICY),
        Presented::Current
    );
    assert_eq!(
        rotation.present(Generation::FIRST, Carrier::Body, at(0) + week, &POLICY),
        Presented::Over
    );
}

#[test]
fn what_has_expired_is_over_for_every_generation() {
    let expired = refreshed(1, at(100));
    for generation in [0, 1, 2] {
        let presented = expired.present(Generation::new(generation), Carrier::Body, expired.expires_at, &POLICY);
        assert_eq!(presented, Presented::Over);
    }
}

#[test]
fn a_refresh_prolongs_the_token_but_never_the_whole() {
    let mut rotation = begun();
    for day in (6..=90).step_by(6) {
        rotation = rotation.next(at(0) + TimeDelta::days(day), &POLICY);
    }
    assert_eq!(rotation.expires_at, at(0) + TimeDelta::days(90));
    assert_eq!(rotation.created_at, at(0));
}

#[test]
fn the_end_of_access_tokens_is_that_of_the_longest_lived_one() {
    let short = TokenPolicy {
        access_token_life: TimeDelta::minutes(1),
        ..POLICY
    };
    let begun = begun();
    assert!(begun.access_until >= at(0) + POLICY.access_token_life + POLICY.reuse_grace);
    let soon = begun.next(at(1), &short);
    assert_eq!(soon.access_until, begun.access_until);
    let later = begun.next(at(3600), &short);
    assert_eq!(later.access_until, short.access_end(at(3600)));
}

#[test]
fn the_parent_is_forgiven_within_the_window_only() {
    let rotation = refreshed(1, at(100));
    let parent = Generation::FIRST;
    for (now, expected) in [
        (at(94), Presented::Reused),
        (at(95), Presented::JustRotated),
        (at(100), Presented::JustRotated),
        (at(110), Presented::JustRotated),
        (at(110) + TimeDelta::microseconds(1), Presented::Reused),
    ] {
        assert_eq!(rotation.present(parent, Carrier::Body, now, &POLICY), expected, "{now}");
    }
}

#[test]
fn the_grandparent_is_never_forgiven() {
    assert_eq!(
        refreshed(2, at(100)).present(Generation::FIRST, Carrier::Body, at(100), &POLICY),
        Presented::Reused
    );
}

#[test]
fn a_token_from_ahead_of_the_store_counts_as_reused() {
    assert_eq!(
        refreshed(1, at(100)).present(Generation::new(2), Carrier::Body, at(100), &POLICY),
        Presented::Reused
    );
}

#[test]
fn without_grace_nothing_spent_is_forgiven() {
    let strict = TokenPolicy {
        reuse_grace: TimeDelta::zero(),
        ..POLICY
    };
    assert_eq!(
        refreshed(1, at(100)).present(Generation::FIRST, Carrier::Body, at(100), &strict),
        Presented::Reused
    );
}

#[test]
fn the_parent_that_comes_by_cookie_is_forgiven_until_its_child_is_used_or_all_is_over() {
    let strict = TokenPolicy {
        reuse_grace: TimeDelta::zero(),
        ..POLICY
    };
    let rotation = refreshed(1, at(100));
    let last_moment = rotation.expires_at - TimeDelta::microseconds(1);
    for (policy, now, expected) in [
        (&POLICY, at(100), Presented::JustRotated),
        (&POLICY, at(110), Presented::JustRotated),
        (&POLICY, at(111), Presented::BroughtBack),
        (&POLICY, at(3600), Presented::BroughtBack),
        (&POLICY, last_moment, Presented::BroughtBack),
        (&POLICY, rotation.expires_at, Presented::Over),
        // A clock that is far behind, and a server that forgives nothing else.
        (&POLICY, at(50), Presented::BroughtBack),
        (&strict, at(100), Presented::BroughtBack),
    ] {
        let presented = rotation.present(Generation::FIRST, Carrier::Cookie, now, policy);
        assert_eq!(presented, expected, "{now}");
    }
    let child_was_used = rotation.next(at(200), &POLICY);
    for now in [at(200), at(201), at(3600)] {
        let presented = child_was_used.present(Generation::FIRST, Carrier::Cookie, now, &POLICY);
        assert_eq!(presented, Presented::Reused, "{now}");
    }
}

#[test]
fn a_repetition_spends_nothing_and_prolongs_nothing_but_the_memory_of_access_tokens() {
    let rotation = refreshed(1, at(100));
    let repeated = rotation.repeated(at(5000), &POLICY);
    assert_eq!(repeated.access_until, POLICY.access_end(at(5000)));
    let expected = Rotation {
        access_until: repeated.access_until,
        ..rotation.clone()
    };
    assert_eq!(repeated, expected);
    assert_eq!(rotation.repeated(at(50), &POLICY).access_until, rotation.access_until);
}

fn carriers() -> impl Strategy<Value = Carrier> {
    prop_oneof![Just(Carrier::Body), Just(Carrier::Cookie)]
}

proptest! {
    /// What a thief has to fear: of two who hold the same token, or one the other's child, the second to come is found out
    /// once the first has used what they got.
    #[test]
    fn whoever_comes_with_a_token_whose_child_was_used_is_found_out(
        stolen in 0..5_u64, later in 2..5_u64, refreshed_at in 0..500_000_i64, after in 0..100_000_i64, carrier in carriers(),
    ) {
        let rotation = refreshed(stolen + later, at(refreshed_at));
        let presented = rotation.present(Generation::new(stolen), carrier, at(refreshed_at + after), &POLICY);
        prop_assert_eq!(presented, Presented::Reused);
    }

    /// A cookie is forgiven more than a body, and never less.
    #[test]
    fn the_carriers_differ_for_the_parent_after_the_window_alone(
        presented in 0..6_u64, present in 0..5_u64, since in -100..700_000_i64, grace in 0..60_i64,
    ) {
        let policy = TokenPolicy { reuse_grace: TimeDelta::seconds(grace), ..POLICY };
        let rotation = refreshed(present, at(1000));
        let judged = |carrier| rotation.present(Generation::new(presented), carrier, at(1000 + since), &policy);
        match (judged(Carrier::Body), judged(Carrier::Cookie)) {
            (Presented::Reused, Presented::BroughtBack) => prop_assert_eq!(presented + 1, present),
            (by_body, by_cookie) => {
                prop_assert_eq!(by_body, by_cookie);
                prop_assert!(by_body != Presented::BroughtBack);
            }
        }
    }
}

#[test]
fn only_tokens_above_the_outdated_generation_count() {
    let rotation = Rotation {
        outdated: Some(Generation::new(1)),
        ..refreshed(2, at(100))
    };
    let counts: Vec<_> = (0..4)
        .map(|number| rotation.is_up_to_date(Generation::new(number)))
        .collect();
    assert_eq!(counts, [false, false, true, false]);
    assert!(refreshed(2, at(100)).is_up_to_date(Generation::FIRST));
}

#[test]
fn a_shorter_policy_holds_for_what_is_there_too() {
    let short = TokenPolicy {
        session_life: TimeDelta::days(1),
        ..POLICY
    };
    assert!(begun().ends_at(&POLICY) > at(0) + TimeDelta::days(2));
    assert_eq!(begun().ends_at(&short), at(0) + TimeDelta::days(1));
}

#[test]
fn the_seed_prints_nothing() {
    assert_eq!(format!("{:?}", Seed::new([0xab; 32])), "Seed(…)");
}

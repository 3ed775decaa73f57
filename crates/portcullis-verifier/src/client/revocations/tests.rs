//! Lists of revocations, readable and not.

use super::*;
use crate::claims::{Claims, Role};
use std::time::Duration;

const SESSION: &str = "01990000-0000-7000-8000-00000000000c";

/// Seconds after 2026-11-22T04:00:00Z.
fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_320_000 + seconds)
}

fn claims(generation: u64) -> Claims {
    Claims {
        token_id: Uuid::nil(),
        user_id: Uuid::nil(),
        session_id: SESSION.parse().unwrap(),
        generation,
        role: Role::User,
        email: "ada@example.org".to_owned(),
        issued_at: at(0),
        expires_at: at(900),
        authenticated_at: at(0),
        acr: "1fa".to_owned(),
        methods: vec!["pwd".to_owned()],
        mfa: None,
    }
}

fn listing(generation: u64, until: &str) -> Revocations {
    let entry = format!(r#"{{"session_id":"{SESSION}","generation":{generation},"until":"{until}"}}"#);
    Revocations::parse(format!(r#"{{"revocations":[{entry}]}}"#).as_bytes()).unwrap()
}

#[test]
fn generations_up_to_the_revoked_one_are_dead() {
    let revocations = listing(3, "2026-11-22T04:15:00.000000Z");
    for (generation, is_dead) in [(0, true), (3, true), (4, false)] {
        assert_eq!(
            revocations.include(&claims(generation).standing(), at(0)),
            is_dead,
            "{generation}"
        );
    }
    let other = Claims {
        session_id: Uuid::nil(),
        ..claims(3)
    };
    assert!(!revocations.include(&other.standing(), at(0)));
}

#[test]
fn a_revocation_counts_until_its_end() {
    let revocations = listing(3, "2026-11-22T04:15:00.000000Z");
    assert!(revocations.include(&claims(3).standing(), at(900) - Duration::from_micros(1)));
    assert!(!revocations.include(&claims(3).standing(), at(900)));
    let elsewhere = listing(3, "2026-11-22T13:15:00+09:00");
    assert!(elsewhere.include(&claims(3).standing(), at(899)));
    assert!(!elsewhere.include(&claims(3).standing(), at(900)));
}

#[test]
fn what_was_revoked_stays_so_to_its_end_although_it_is_listed_no_more() {
    let mut later = Revocations::default();
    later.keep(&listing(3, "2026-11-22T04:15:00Z"), at(899));
    assert!(later.include(&claims(3).standing(), at(899)));

    let mut forgotten = Revocations::default();
    forgotten.keep(&listing(3, "2026-11-22T04:15:00Z"), at(900));
    assert!(forgotten.by_family.is_empty());

    let mut lowered = listing(2, "2026-11-22T04:10:00Z");
    lowered.keep(&listing(3, "2026-11-22T04:15:00Z"), at(0));
    assert!(lowered.include(&claims(3).standing(), at(899)));
}

#[test]
fn the_highest_of_several_entries_of_a_session_counts() {
    let entry = |generation| {
        format!(r#"{{"session_id":"{SESSION}","generation":{generation},"until":"2026-11-22T04:15:00Z"}}"#)
    };
    let body = format!(r#"{{"revocations":[{},{},{}]}}"#, entry(1), entry(5), entry(2));
    let revocations = Revocations::parse(body.as_bytes()).unwrap();
    assert!(revocations.include(&claims(5).standing(), at(0)));
    assert!(!revocations.include(&claims(6).standing(), at(0)));
}

#[test]
fn what_was_issued_before_the_store_was_put_back_is_dead() {
    let parse = |not_before: &str| {
        let body = format!(r#"{{"revocations":[],"not_before":{not_before}}}"#);
        Revocations::parse(body.as_bytes())
    };
    for (not_before, is_dead) in [
        (r#""2026-11-22T04:00:00.000001Z""#, true),
        (r#""2026-11-22T04:00:00.000000Z""#, false),
        ("null", false),
    ] {
        let revocations = parse(not_before).unwrap();
        assert_eq!(
            revocations.include(&claims(7).standing(), at(1)),
            is_dead,
            "{not_before}"
        );
    }
    for unreadable in ["1", r#""yesterday""#, "[]"] {
        assert!(parse(unreadable).is_none(), "{unreadable}");
    }
    let mut later = parse("null").unwrap();
    later.keep(&parse(r#""2026-11-22T04:00:01Z""#).unwrap(), at(1));
    assert!(later.include(&claims(7).standing(), at(1)), "it is not taken back");
}

#[test]
fn members_that_are_not_known_are_passed_over() {
    let body = format!(
        r#"{{"revocations":[{{"session_id":"{SESSION}","generation":1,"until":"2026-11-22T04:15:00Z","x":1}}],"y":[]}}"#
    );
    assert!(
        Revocations::parse(body.as_bytes())
            .unwrap()
            .include(&claims(1).standing(), at(0))
    );
    assert!(Revocations::parse(br#"{"revocations":[]}"#).is_some());
}

#[test]
fn a_list_of_which_any_part_is_unreadable_is_none() {
    let good = format!(r#"{{"session_id":"{SESSION}","generation":1,"until":"2026-11-22T04:15:00Z"}}"#);
    for entry in [
        good.replace(SESSION, "x"),
        good.replace(":1,", ":-1,"),
        good.replace(":1,", ":1.5,"),
        good.replace(":1,", r#":"1","#),
        good.replace("04:15:00Z", "04:15:00"),
        good.replace("2026-11-22T", "tomorrow"),
        good.replace("generation", "x"),
        "null".to_owned(),
        "[]".to_owned(),
    ] {
        let body = format!(r#"{{"revocations":[{good},{entry}]}}"#);
        assert!(Revocations::parse(body.as_bytes()).is_none(), "{entry}");
    }
    for body in [
        "",
        "[]",
        "{}",
        r#"{"revocations":null}"#,
        r#"{"revocations":[]} x"#,
        "<html>",
    ] {
        assert!(Revocations::parse(body.as_bytes()).is_none(), "{body}");
    }
}

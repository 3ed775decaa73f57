//! Reading and writing stored hashes.

use bcrypt_lanes::{Cost, Error, PasswordHash};
use proptest::prelude::*;

const GOOD: &str = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

fn refusal(text: &str) -> Error {
    text.parse::<PasswordHash>().unwrap_err()
}

#[test]
fn cost_and_salt_are_read() {
    let hash: PasswordHash = GOOD.parse().unwrap();
    assert_eq!(hash.cost(), Cost::new(5).unwrap());
    assert_eq!(
        hash.salt(),
        &[16, 65, 4, 16, 65, 4, 16, 65, 4, 16, 65, 4, 16, 65, 4, 16]
    );
}

#[test]
fn every_prefix_is_read_and_2b_is_written() {
    for prefix in ["2a", "2b", "2x", "2y"] {
        let hash: PasswordHash = GOOD.replacen("2a", prefix, 1).parse().unwrap();
        assert_eq!(hash.to_string(), GOOD.replacen("2a", "2b", 1));
    }
}

#[test]
fn another_prefix_is_refused() {
    for start in [
        "$1a$05$", "$2c$05$", "$2A$05$", "$2$005$", "a2a$05$", "$2aa05$", "$2a$05a",
    ] {
        assert_eq!(refusal(&GOOD.replacen("$2a$05$", start, 1)), Error::Prefix, "{start}");
    }
}

#[test]
fn a_cost_is_two_digits_from_04_to_31() {
    for cost in ["5$", "+5", " 5", "-5", "5 ", "0a"] {
        assert_eq!(refusal(&GOOD.replacen("05", cost, 1)), Error::Prefix, "{cost}");
    }
    for cost in [0, 3, 32, 99] {
        let text = GOOD.replacen("05", &format!("{cost:02}"), 1);
        assert_eq!(refusal(&text), Error::CostOutOfRange(cost));
        assert_eq!(Cost::new(cost), Err(Error::CostOutOfRange(cost)));
    }
    for cost in [4, 31] {
        let hash: PasswordHash = GOOD.replacen("05", &format!("{cost:02}"), 1).parse().unwrap();
        assert_eq!(hash.cost().get(), cost);
    }
}

#[test]
fn another_length_is_refused() {
    assert_eq!(refusal(""), Error::Length(0));
    assert_eq!(refusal(&GOOD[..59]), Error::Length(59));
    assert_eq!(refusal(&format!("{GOOD}W")), Error::Length(61));
    assert_eq!(refusal(&format!("{GOOD}\n")), Error::Length(61));
}

#[test]
fn what_is_not_base_64_is_refused_in_every_place() {
    for place in 7..60 {
        for other in ["=", "+", "-", "$", " ", "\0"] {
            let text = format!("{}{other}{}", &GOOD[..place], &GOOD[place + 1..]);
            assert_eq!(refusal(&text), Error::Encoding, "{text:?}");
        }
    }
    let letter_of_two_bytes = format!("{}é", &GOOD[..58]);
    assert_eq!(refusal(&letter_of_two_bytes), Error::Encoding);
}

#[test]
fn bits_beyond_the_last_byte_are_refused() {
    let salt = GOOD.replacen("C.E5", "C/E5", 1);
    let digest = GOOD.replacen("OeW", "OeX", 1);
    for text in [salt, digest] {
        assert_eq!(refusal(&text), Error::Encoding);
        assert!(bcrypt::verify("U*U", &text).is_err());
    }
}

#[test]
fn a_digest_with_any_one_character_changed_is_not_right() {
    assert!(crate::verify(b"U*U", GOOD));
    let right: Vec<char> = GOOD.chars().collect();
    for place in 29..60 {
        let mut wrong = right.clone();
        wrong[place] = if right[place] == '.' { 'O' } else { '.' };
        assert!(!crate::verify(b"U*U", &String::from_iter(wrong)), "{place}");
    }
}

#[test]
fn only_hashes_of_one_cost_salt_and_digest_are_the_same() {
    let good: PasswordHash = GOOD.parse().unwrap();
    for version in ["2a", "2b", "2x", "2y"] {
        assert!(good.is_same(&GOOD.replace("2a", version).parse().unwrap()), "{version}");
    }
    for other in [
        GOOD.replace("$05$", "$06$"),
        GOOD.replace("$CC", "$DC"),
        GOOD.replace("eW", "fW"),
        GOOD.replace(".E5", ".F5"),
    ] {
        assert!(!good.is_same(&other.parse().unwrap()), "{other}");
    }
}

#[test]
fn debug_shows_neither_salt_nor_digest() {
    let hash: PasswordHash = GOOD.parse().unwrap();
    assert_eq!(format!("{hash:?}"), "PasswordHash { cost: Cost(5), .. }");
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_without_a_panic(text in any::<String>()) {
        prop_assert!(text.parse::<PasswordHash>().is_err());
    }

    #[test]
    fn what_looks_like_a_hash_is_read_exactly_when_the_reference_reads_it(
        text in r"\$2[abxyc]\$(0[3-9]|[1-4][0-9])\$[./A-Za-z0-9]{20,21}[.Oeu/][./A-Za-z0-9]{30}[./CGKOSWaeimquy26]",
    ) {
        let reference = text.parse::<bcrypt::HashParts>().ok().filter(|parts| (4..=31).contains(&parts.get_cost()));
        let ours = text.parse::<PasswordHash>().ok();
        prop_assert_eq!(ours.map(|hash| hash.to_string()), reference.map(|parts| parts.to_string()));
    }
}

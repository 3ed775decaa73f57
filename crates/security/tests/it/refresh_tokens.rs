//! The text of refresh tokens.

use crate::fixtures::{CURRENT_KEY, FOREIGN_KEY, PREVIOUS_KEY, SALT, keys, only, refresh_tokens};
use portcullis_domain::{Carrier, Generation, Seed, SessionId};
use portcullis_security::RefreshTokenKeys;
use proptest::prelude::*;
use uuid::Uuid;

fn session() -> SessionId {
    Uuid::from_u128(0x0199_0000_0000_7000_8000_0123_4567_89ab).into()
}

fn seed() -> Seed {
    Seed::new([42; 32])
}

fn issued_by(key: &str) -> String {
    let tokens = refresh_tokens(&only(key), &SALT);
    tokens
        .issue(session(), Generation::new(3), &seed(), Carrier::Body)
        .expose()
        .to_owned()
}

fn is_accepted(text: &str) -> bool {
    let tokens = refresh_tokens(&keys(), &SALT);
    tokens
        .read(text, Carrier::Body)
        .is_some_and(|presented| tokens.is_genuine(&presented, &seed()))
}

#[test]
fn a_token_is_read_back_and_genuine() {
    let tokens = refresh_tokens(&keys(), &SALT);
    let text = tokens.issue(session(), Generation::new(3), &seed(), Carrier::Body);
    let presented = tokens.read(text.expose(), Carrier::Body).unwrap();
    assert_eq!(presented.session_id, session());
    assert_eq!(presented.generation, Generation::new(3));
    assert!(tokens.is_genuine(&presented, &seed()));
    assert!(!tokens.is_genuine(&presented, &Seed::new([43; 32])));
}

#[test]
fn the_text_of_a_generation_never_changes() {
    // Pinned: clients hold these for days, over a restart with a newer program. The value was computed apart, by
    // Python's hmac and hashlib, from the description of the form.
    assert_eq!(
        issued_by(CURRENT_KEY),
        "prt_AZkAAAAAcACAAAEjRWeJqwAAAAAAAAAD1LLS_F-islCH3yx8FhaNQMhx449_IWjFsjItLq_9STc"
    );
}

#[test]
fn a_token_for_one_carrier_is_none_for_the_other() {
    let tokens = refresh_tokens(&keys(), &SALT);
    let text = |carrier| tokens.issue(session(), Generation::new(3), &seed(), carrier);
    // Computed apart, as the one above.
    assert_eq!(
        text(Carrier::Cookie).expose(),
        "prt_AZkAAAAAcACAAAEjRWeJqwAAAAAAAAADaEs0kYBeZMp89qsxBTMqPBujKAldoQeN9qqMwk6qhh0"
    );
    for (made, shown) in [(Carrier::Body, Carrier::Cookie), (Carrier::Cookie, Carrier::Body)] {
        let token = text(made);
        let is_genuine = |carrier| tokens.is_genuine(&tokens.read(token.expose(), carrier).unwrap(), &seed());
        assert!(is_genuine(made) && !is_genuine(shown), "{made:?}");
    }
}

#[test]
fn the_previous_key_is_accepted_and_the_current_one_issues() {
    assert!(is_accepted(&issued_by(CURRENT_KEY)));
    assert!(is_accepted(&issued_by(PREVIOUS_KEY)));
    assert!(!is_accepted(&issued_by(FOREIGN_KEY)));
    let tokens = refresh_tokens(&keys(), &SALT);
    let text = tokens.issue(session(), Generation::new(3), &seed(), Carrier::Body);
    assert_eq!(text.expose(), issued_by(CURRENT_KEY));
}

#[test]
fn another_stores_salt_makes_other_tokens() {
    let elsewhere = refresh_tokens(&keys(), &[8; 32]);
    let text = elsewhere.issue(session(), Generation::new(3), &seed(), Carrier::Body);
    assert!(!is_accepted(text.expose()));
}

#[test]
fn another_session_or_generation_has_another_proof() {
    let tokens = refresh_tokens(&keys(), &SALT);
    let presented = tokens.read(&issued_by(CURRENT_KEY), Carrier::Body).unwrap();
    for generation in [0, 2, 4, u64::MAX] {
        let mut other = presented.clone();
        other.generation = Generation::new(generation);
        assert!(!tokens.is_genuine(&other, &seed()), "{generation}");
    }
    let mut other = presented;
    other.session_id = Uuid::from_u128(1).into();
    assert!(!tokens.is_genuine(&other, &seed()));
}

#[test]
fn any_other_form_of_the_text_is_none_at_all() {
    let tokens = refresh_tokens(&keys(), &SALT);
    let text = issued_by(CURRENT_KEY);
    let body = text.strip_prefix("prt_").unwrap();
    for end in 0..text.len() {
        assert!(tokens.read(&text[..end], Carrier::Body).is_none(), "cut at {end}");
    }
    for form in [
        format!("{text}A"),
        format!("{text}="),
        format!("{text}\n"),
        format!(" {text}"),
        format!("PRT_{body}"),
        format!("prt_prt_{body}"),
        format!("prt-{body}"),
        body.to_owned(),
        format!("prt_{}", "/".repeat(75)),
        format!("prt_{}", "é".repeat(37)),
        format!("prt_{}{}.", &body[..37], &body[38..]),
    ] {
        assert!(tokens.read(&form, Carrier::Body).is_none(), "{form}");
    }
}

#[test]
fn a_last_character_with_spare_bits_is_refused() {
    let text = issued_by(CURRENT_KEY);
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let accepted = alphabet
        .chars()
        .filter(|last| is_accepted(&format!("{}{last}", &text[..text.len() - 1])));
    assert_eq!(accepted.collect::<String>(), text[text.len() - 1..]);
}

#[test]
fn a_change_of_case_anywhere_makes_it_worthless() {
    let text = issued_by(CURRENT_KEY);
    for (place, character) in text.char_indices().filter(|(_, character)| character.is_alphabetic()) {
        let swapped = if character.is_ascii_lowercase() {
            character.to_ascii_uppercase()
        } else {
            character.to_ascii_lowercase()
        };
        let changed = format!("{}{swapped}{}", &text[..place], &text[place + 1..]);
        assert!(!is_accepted(&changed), "{place}");
    }
}

#[test]
fn nothing_of_keys_or_tokens_is_printed() {
    let text = issued_by(CURRENT_KEY);
    let tokens = refresh_tokens(&keys(), &SALT);
    let presented = tokens.read(&text, Carrier::Body).unwrap();
    assert_eq!(
        format!("{:?}", RefreshTokenKeys::derive(&keys(), &SALT)),
        "RefreshTokenKeys(…)"
    );
    let printed = format!(
        "{presented:?} {:?}",
        tokens.issue(session(), Generation::FIRST, &seed(), Carrier::Body)
    );
    assert!(
        printed.contains("TokenProof(…)") && printed.contains("SecretText(…)"),
        "{printed}"
    );
    assert!(!printed.contains("prt_"), "{printed}");
}

proptest! {
    #[test]
    fn every_token_has_one_text_of_plain_characters(id in any::<u128>(), generation in any::<u64>(), chance in any::<[u8; 32]>(), is_cookie in any::<bool>()) {
        let carrier = if is_cookie { Carrier::Cookie } else { Carrier::Body };
        let tokens = refresh_tokens(&keys(), &SALT);
        let (session, seed) = (SessionId::from(Uuid::from_u128(id)), Seed::new(chance));
        let text = tokens.issue(session, Generation::new(generation), &seed, carrier);
        prop_assert_eq!(text.expose().len(), 79);
        prop_assert!(text.expose().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
        let presented = tokens.read(text.expose(), carrier).unwrap();
        prop_assert_eq!((presented.session_id, presented.generation), (session, Generation::new(generation)));
        prop_assert!(tokens.is_genuine(&presented, &seed));
    }

    #[test]
    fn no_text_is_accepted_that_was_not_issued(text in "(prt_)?[A-Za-z0-9_-]{75}|.{0,100}") {
        prop_assert!(!is_accepted(&text));
    }
}

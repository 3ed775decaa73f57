//! The cursors between the pages of a list.

use crate::fixtures::{CURRENT_KEY, FOREIGN_KEY, PREVIOUS_KEY, SALT, keys, only, page_cursors};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use chrono::DateTime;
use portcullis_application::ports::ListName;
use portcullis_domain::{Position, UserId};
use portcullis_security::PageCursorKeys;
use proptest::prelude::*;
use uuid::Uuid;

const LENGTH: usize = 54;

fn ada() -> UserId {
    Uuid::from_u128(0x0199_0000_0000_7000_8000_0123_4567_89ab).into()
}

fn eve() -> UserId {
    Uuid::from_u128(0x0199_0000_0000_7000_8000_0123_4567_89ac).into()
}

fn lists_of(user: UserId) -> [ListName; 3] {
    [
        ListName::OwnSessions(user),
        ListName::UserSessions(user),
        ListName::OwnAuditEvents(user),
    ]
}

/// Every list, of two users and of one whose id is what stands for nobody's.
fn lists() -> Vec<ListName> {
    let mut lists = vec![ListName::Users, ListName::AuditEvents];
    for user in [ada(), eve(), UserId::from(Uuid::nil())] {
        lists.extend(lists_of(user));
    }
    lists
}

fn position() -> Position {
    Position {
        at: DateTime::from_timestamp_micros(1_795_311_225_123_456).unwrap(),
        id: Uuid::from_u128(0x0193_38a1_7c00_7a3b_8d52_6f1e_0c9b_4a27),
    }
}

fn issued_by(key: &str) -> String {
    page_cursors(&only(key), &SALT).issue(ListName::OwnSessions(ada()), position())
}

fn read(text: &str) -> Option<Position> {
    page_cursors(&keys(), &SALT).read(ListName::OwnSessions(ada()), text)
}

#[test]
fn a_cursor_reads_back_as_the_position_that_it_was_made_of() {
    let cursors = page_cursors(&keys(), &SALT);
    for list in lists() {
        let text = cursors.issue(list, position());
        assert_eq!(cursors.read(list, &text), Some(position()), "{list:?}");
    }
}

#[test]
fn the_text_of_a_position_never_changes() {
    // Pinned: replicas of two versions read each other's. The values were computed apart, by Python's hmac and hashlib,
    // from the description of the form.
    let cursors = page_cursors(&only(CURRENT_KEY), &SALT);
    for (list, text) in [
        (
            ListName::Users,
            "AAZg03fVsoABkzihfAB6O41Sbx4Mm0on_TTJoD2XVMkMPSyw0572Ew",
        ),
        (
            ListName::OwnSessions(ada()),
            "AAZg03fVsoABkzihfAB6O41Sbx4Mm0onSnyPNY2txMVhYCnB3T89HA",
        ),
        (
            ListName::UserSessions(ada()),
            "AAZg03fVsoABkzihfAB6O41Sbx4Mm0onvSKO-Tus_642LmyTqJPADw",
        ),
        (
            ListName::AuditEvents,
            "AAZg03fVsoABkzihfAB6O41Sbx4Mm0onT40M6ZRL1ZiyqYIi5e2ZyQ",
        ),
        (
            ListName::OwnAuditEvents(ada()),
            "AAZg03fVsoABkzihfAB6O41Sbx4Mm0on7wV4b1qY6uf90Sn5ZXqXOA",
        ),
    ] {
        assert_eq!(cursors.issue(list, position()), text, "{list:?}");
    }
}

#[test]
fn a_cursor_of_another_list_or_another_user_is_none() {
    let cursors = page_cursors(&keys(), &SALT);
    for (number, list) in lists().into_iter().enumerate() {
        let text = cursors.issue(list, position());
        for (other, other_list) in lists().into_iter().enumerate() {
            let found = cursors.read(other_list, &text);
            assert_eq!(found.is_some(), number == other, "{list:?} as {other_list:?}");
        }
    }
}

#[test]
fn the_previous_key_is_accepted_and_the_current_one_issues() {
    assert_eq!(read(&issued_by(CURRENT_KEY)), Some(position()));
    assert_eq!(read(&issued_by(PREVIOUS_KEY)), Some(position()));
    assert_eq!(read(&issued_by(FOREIGN_KEY)), None);
    let text = page_cursors(&keys(), &SALT).issue(ListName::OwnSessions(ada()), position());
    assert_eq!(text, issued_by(CURRENT_KEY));
}

#[test]
fn a_cursor_of_another_store_is_none() {
    let elsewhere = page_cursors(&keys(), &[8; 32]);
    assert_eq!(read(&elsewhere.issue(ListName::OwnSessions(ada()), position())), None);
}

#[test]
fn no_bit_of_a_cursor_can_be_changed() {
    let bytes = URL_SAFE_NO_PAD.decode(issued_by(CURRENT_KEY)).unwrap();
    for place in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[place] ^= 1 << bit;
            assert_eq!(read(&URL_SAFE_NO_PAD.encode(changed)), None, "{place} {bit}");
        }
    }
}

#[test]
fn no_character_of_a_cursor_can_be_another() {
    let text = issued_by(CURRENT_KEY);
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=.% ";
    for place in 0..text.len() {
        let accepted = alphabet
            .chars()
            .filter(|character| read(&format!("{}{character}{}", &text[..place], &text[place + 1..])).is_some());
        assert_eq!(accepted.collect::<String>(), text[place..=place], "{place}");
    }
}

#[test]
fn any_other_form_of_the_text_is_none() {
    let text = issued_by(CURRENT_KEY);
    let bytes = URL_SAFE_NO_PAD.decode(&text).unwrap();
    for end in 0..text.len() {
        assert_eq!(read(&text[..end]), None, "cut at {end}");
    }
    for length in 0..bytes.len() {
        let cut = URL_SAFE_NO_PAD.encode(&bytes[..length]);
        assert_eq!(read(&cut), None, "{length} bytes");
    }
    let hexadecimal: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    for form in [
        format!("{text}A"),
        format!("{text}{text}"),
        format!("{text}\n"),
        format!(" {text}"),
        URL_SAFE.encode(&bytes),
        hexadecimal.concat(),
        "é".repeat(LENGTH / 2),
    ] {
        assert_eq!(read(&form), None, "{form}");
    }
    for digit in ["0", "7", "f", "A", "-"] {
        for length in [1, 48, LENGTH - 1, LENGTH, LENGTH + 1, 75, 80, 10_000] {
            assert_eq!(read(&digit.repeat(length)), None, "{length} times {digit}");
        }
    }
}

#[test]
fn a_cursor_has_no_second_alphabet() {
    let cursors = page_cursors(&keys(), &SALT);
    let text = (0..64)
        .map(|number| Position {
            id: Uuid::from_u128(number),
            ..position()
        })
        .map(|position| cursors.issue(ListName::Users, position))
        .find(|text| text.contains(['-', '_']))
        .unwrap();
    let other = STANDARD_NO_PAD.encode(URL_SAFE_NO_PAD.decode(&text).unwrap());
    assert_eq!(other.len(), text.len());
    assert!(cursors.read(ListName::Users, &text).is_some());
    assert_eq!(cursors.read(ListName::Users, &other), None);
}

#[test]
fn nothing_of_the_keys_is_printed() {
    assert_eq!(
        format!("{:?}", PageCursorKeys::derive(&keys(), &SALT)),
        "PageCursorKeys(…)"
    );
}

proptest! {
    #[test]
    fn every_cursor_has_one_text_of_plain_characters(micros in -62_135_596_800_000_000_i64..253_402_300_800_000_000, id in any::<u128>()) {
        let cursors = page_cursors(&keys(), &SALT);
        let position = Position { at: DateTime::from_timestamp_micros(micros).unwrap(), id: Uuid::from_u128(id) };
        let text = cursors.issue(ListName::Users, position);
        prop_assert_eq!(text.len(), LENGTH);
        prop_assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
        prop_assert_eq!(cursors.read(ListName::Users, &text), Some(position));
    }

    #[test]
    fn no_text_is_accepted_that_was_not_issued(text in "[A-Za-z0-9_-]{54}|[0-9a-f]{48}|.{0,100}") {
        prop_assert!(read(&text).is_none());
    }
}

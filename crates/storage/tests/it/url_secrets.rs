//! What a database URL must not give away, and what it must not weaken.

use portcullis_storage::{DatabaseUrl, DatabaseUrlError};
use proptest::prelude::*;

/// All that is ever said of a URL, taken or refused.
fn said_of(text: &str) -> String {
    match DatabaseUrl::parse(text) {
        Ok(url) => format!("{url} {url:?}"),
        Err(refusal) => format!("{refusal} {refusal:?}"),
    }
}

fn refusal_of(text: &str) -> DatabaseUrlError {
    DatabaseUrl::parse(text).unwrap_err()
}

proptest! {
    #[test]
    fn no_part_of_a_password_is_ever_said(password in "(zQ7[-@/?&=:#%+.,;!~_ \\[\\]']{0,2}){1,5}zQ7") {
        for text in [
            format!("postgres://user:{password}@localhost:5432/db"),
            format!("postgres://user:{password}@localhost:5432/db?sslmode=require"),
            format!("postgres://user:{password}@localhost"),
            format!("postgres://localhost/db?user=a&password={password}"),
            format!("postgres://user@localhost/db?password={password}&sslmode=disable"),
        ] {
            prop_assert!(!said_of(&text).contains("zQ7"), "{}: {}", text, said_of(&text));
        }
    }
}

#[test]
fn characters_that_mean_something_else_must_be_encoded() {
    for text in [
        "postgres://u:hunter@secret@127.0.0.1:5/db",
        "postgres://u:hunter/secret@127.0.0.1:5/db",
        "postgres://u:hunter?secret@127.0.0.1:5/db",
        "postgres://u:hunter@secret&x=y/db",
        "postgres://127.0.0.1/db?user=a@b&sslmode=require",
        "postgres://127.0.0.1/db?user=a&password=hun@ter2",
    ] {
        assert_eq!(refusal_of(text), DatabaseUrlError::Encoding, "{text}");
    }
    DatabaseUrl::parse("postgres://u:hunter%40secret%2F@127.0.0.1:5/db?user=a%40b").unwrap();
}

#[test]
fn the_system_s_roots_take_no_mode_that_leaves_the_name_unverified() {
    for mode in ["disable", "prefer", "require", "verify-ca"] {
        for query in [
            format!("sslmode={mode}&sslrootcert=system"),
            format!("sslrootcert=system&sslmode={mode}"),
        ] {
            let text = format!("postgres://u:p@localhost/db?{query}");
            assert_eq!(refusal_of(&text), DatabaseUrlError::SystemRoots, "{query}");
        }
    }
    DatabaseUrl::parse("postgres://u:p@localhost/db?sslrootcert=system&sslmode=verify-full").unwrap();
}

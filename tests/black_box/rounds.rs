//! How often a race is run.

/// The rounds of a race: 20, or what `PORTCULLIS_TEST_ROUNDS` says.
pub(crate) fn rounds() -> usize {
    match std::env::var("PORTCULLIS_TEST_ROUNDS") {
        Ok(rounds) => rounds.parse().expect("PORTCULLIS_TEST_ROUNDS is a number"),
        Err(_) => 20,
    }
}

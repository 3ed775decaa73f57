//! Any hash text is read as the crate `bcrypt` reads it, and any passwords hash and verify as they do there.

#![no_main]

use arbitrary::Arbitrary;
use bcrypt_lanes::{Attempt, Cost, PasswordHash, SaltedPassword, hash_many, verify_many};
use libfuzzer_sys::fuzz_target;

/// A batch and a half: more finds nothing that this does not.
const MOST_PASSWORDS: usize = 6;

#[derive(Debug, Arbitrary)]
struct Input {
    text: String,
    passwords: Vec<(Vec<u8>, [u8; 16])>,
    guess: Vec<u8>,
}

fuzz_target!(|input: Input| {
    compare_reading(&input.text);

    let count = input.passwords.len().min(MOST_PASSWORDS);
    let passwords: Vec<SaltedPassword<'_>> = input.passwords[..count]
        .iter()
        .map(|(password, salt)| SaltedPassword { password, salt })
        .collect();
    let hashes = hash_many(Cost::MIN, &passwords);
    assert_eq!(hashes.len(), count);
    for (password, hash) in passwords.iter().zip(&hashes) {
        let reference = bcrypt::hash_with_salt(password.password, 4, *password.salt).expect("the cost is allowed");
        assert_eq!(hash.to_string(), reference.to_string());
    }

    // The first attempt is a guess, the others are right.
    let attempts: Vec<Attempt<'_>> = passwords
        .iter()
        .zip(&hashes)
        .enumerate()
        .map(|(place, (password, hash))| Attempt {
            password: if place == 0 { &input.guess } else { password.password },
            hash,
        })
        .collect();
    for (attempt, is_right) in attempts.iter().zip(verify_many(&attempts)) {
        let reference = bcrypt::verify(attempt.password, &attempt.hash.to_string()).expect("the hash is well formed");
        assert_eq!(is_right, reference);
    }
});

/// The one difference: a cost may have a plus sign there (`$2b$+5$`) and lie outside the range until it is used.
fn compare_reading(text: &str) {
    let reference = text
        .parse::<bcrypt::HashParts>()
        .ok()
        .filter(|parts| (4..=31).contains(&parts.get_cost()) && text.as_bytes()[4] != b'+');
    let read = text.parse::<PasswordHash>().ok();
    assert_eq!(
        read.map(|hash| hash.to_string()),
        reference.map(|parts| parts.to_string())
    );
}

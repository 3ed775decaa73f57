//! What the crate promises: the hashes of the crate `bcrypt` and of C, in whatever company they are computed.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a panic in a test is a failure, also in its helpers"
)]

mod against_bcrypt;
mod against_crypt;
mod chance;
mod hash_text;
mod joining;
mod lanes;
mod vectors;

use bcrypt_lanes::{Attempt, Cost, SaltedPassword, hash_many, verify_many};

fn hash(cost: u32, password: &[u8], salt: &[u8; 16]) -> String {
    let hashes = hash_many(Cost::new(cost).unwrap(), &[SaltedPassword { password, salt }]);
    hashes[0].to_string()
}

fn verify(password: &[u8], hash: &str) -> bool {
    let hash = hash.parse().unwrap();
    verify_many(&[Attempt { password, hash: &hash }])[0]
}

//! The same hashes as the crate `bcrypt`.

use crate::chance::Chance;
use bcrypt_lanes::{Attempt, Cost, PasswordHash, SaltedPassword, hash_many, is_truncated, verify_many};
use std::thread;

const LONGEST: usize = 80;

fn reference(cost: u32, password: &[u8], salt: [u8; 16]) -> String {
    bcrypt::hash_with_salt(password, cost, salt).unwrap().to_string()
}

/// Hashes as many random passwords of each length from 0 to 80 bytes as are asked for, in batches, with both crates.
fn compare_every_length(seed: u64, passwords_per_length: usize) {
    let mut chance = Chance::from_seed(seed);
    let inputs: Vec<(Vec<u8>, [u8; 16])> = (0..passwords_per_length)
        .flat_map(|_| 0..=LONGEST)
        .map(|length| (chance.password(length), chance.salt()))
        .collect();
    let passwords: Vec<SaltedPassword<'_>> = inputs
        .iter()
        .map(|(password, salt)| SaltedPassword { password, salt })
        .collect();
    let hashes = hash_many(Cost::MIN, &passwords);
    assert_eq!(hashes.len(), inputs.len());
    for ((password, salt), hash) in inputs.iter().zip(hashes) {
        assert_eq!(hash.to_string(), reference(4, password, *salt), "{password:02x?}");
    }
}

#[test]
fn ten_thousand_random_passwords_of_all_lengths_hash_alike() {
    thread::scope(|scope| {
        scope.spawn(|| compare_every_length(1, 62));
        scope.spawn(|| compare_every_length(2, 62));
    });
}

#[test]
fn every_byte_value_hashes_alike() {
    let salt = [0xa5; 16];
    let all: Vec<[u8; 2]> = (0..=u8::MAX).map(|byte| [byte, b'x']).collect();
    let passwords: Vec<SaltedPassword<'_>> = all
        .iter()
        .map(|password| SaltedPassword { password, salt: &salt })
        .collect();
    for (password, hash) in all.iter().zip(hash_many(Cost::MIN, &passwords)) {
        assert_eq!(hash.to_string(), reference(4, password, salt), "{password:02x?}");
    }
}

#[test]
fn every_cost_from_4_to_12_hashes_alike() {
    let mut chance = Chance::from_seed(3);
    for cost in 4..=12 {
        let inputs: [(Vec<u8>, [u8; 16]); 3] = [0, 11, 72].map(|length| (chance.password(length), chance.salt()));
        let passwords: Vec<SaltedPassword<'_>> = inputs
            .iter()
            .map(|(password, salt)| SaltedPassword { password, salt })
            .collect();
        let hashes = hash_many(Cost::new(cost).unwrap(), &passwords);
        for ((password, salt), hash) in inputs.iter().zip(hashes) {
            assert_eq!(hash.to_string(), reference(cost, password, *salt), "cost {cost}");
        }
    }
}

#[test]
fn each_crate_verifies_what_the_other_hashed() {
    let mut chance = Chance::from_seed(4);
    let right = chance.password(20);
    let wrong = chance.password(20);
    let theirs: PasswordHash = reference(5, &right, chance.salt()).parse().unwrap();
    let salt = chance.salt();
    let ours = crate::hash(5, &right, &salt);

    let verdicts = verify_many(&[
        Attempt {
            password: &right,
            hash: &theirs,
        },
        Attempt {
            password: &wrong,
            hash: &theirs,
        },
    ]);
    assert_eq!(verdicts, [true, false]);
    assert!(bcrypt::verify(&right, &ours).unwrap());
    assert!(!bcrypt::verify(&wrong, &ours).unwrap());
}

#[test]
fn the_73rd_byte_is_ignored_and_the_72nd_counts() {
    let salt = [7; 16];
    let long = [b'a'; LONGEST];
    let other_after_72 = [&long[..72], b"bbbbbbbb"].concat();
    let other_at_72 = [&long[..71], b"b"].concat();

    let hash = crate::hash(4, &long, &salt);
    assert_eq!(hash, crate::hash(4, &long[..72], &salt));
    assert_eq!(hash, crate::hash(4, &other_after_72, &salt));
    assert_ne!(hash, crate::hash(4, &long[..71], &salt));
    assert_ne!(hash, crate::hash(4, &other_at_72, &salt));
}

#[test]
fn a_password_is_called_truncated_exactly_where_the_other_crate_refuses_it() {
    for length in 0..=LONGEST {
        let password = vec![b'a'; length];
        let refused = bcrypt::non_truncating_hash_with_salt(&password, 4, [7; 16]).is_err();
        assert_eq!(is_truncated(&password), refused, "{length} bytes");
    }
}

#[test]
fn a_nul_inside_does_not_end_the_password() {
    let salt = [7; 16];
    let hash = crate::hash(4, b"abc\0def", &salt);
    assert_eq!(hash, reference(4, b"abc\0def", salt));
    assert!(crate::verify(b"abc\0def", &hash));
    assert!(!crate::verify(b"abc", &hash));
    assert!(!crate::verify(b"abc\0xyz", &hash));
}

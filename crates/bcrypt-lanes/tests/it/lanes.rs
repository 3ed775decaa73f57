//! What company a password is hashed in makes no difference.

use crate::chance::Chance;
use bcrypt_lanes::{Attempt, Cost, LANES, PasswordHash, SaltedPassword, bcrypt_many, hash_many, verify_many};

fn raw<const N: usize>() {
    let mut chance = Chance::from_seed(N as u64);
    let inputs: [(Vec<u8>, [u8; 16]); N] = std::array::from_fn(|lane| (chance.password(lane * 4), chance.salt()));
    let passwords = inputs
        .each_ref()
        .map(|(password, salt)| SaltedPassword { password, salt });
    let together = bcrypt_many(Cost::MIN, passwords);
    for ((password, salt), ciphertext) in inputs.iter().zip(together) {
        let key = [password, &b"\0"[..]].concat();
        assert_eq!(ciphertext, bcrypt::bcrypt(4, *salt, &key), "{N} lanes");
    }
}

#[test]
fn a_batch_of_any_width_yields_each_ciphertext_in_its_place() {
    raw::<1>();
    raw::<2>();
    raw::<3>();
    raw::<4>();
    raw::<5>();
    raw::<6>();
    raw::<7>();
    raw::<8>();
    raw::<16>();
}

#[test]
fn any_number_of_passwords_is_hashed_in_order() {
    let mut chance = Chance::from_seed(5);
    for count in 0..=3 * LANES + 1 {
        let inputs: Vec<(Vec<u8>, [u8; 16])> = (0..count).map(|_| (chance.password(9), chance.salt())).collect();
        let passwords: Vec<SaltedPassword<'_>> = inputs
            .iter()
            .map(|(password, salt)| SaltedPassword { password, salt })
            .collect();
        let together: Vec<String> = hash_many(Cost::MIN, &passwords)
            .iter()
            .map(ToString::to_string)
            .collect();
        let alone: Vec<String> = inputs
            .iter()
            .map(|(password, salt)| crate::hash(4, password, salt))
            .collect();
        assert_eq!(together, alone);
    }
}

#[test]
fn any_pattern_of_right_and_wrong_passwords_is_told_in_order() {
    let salt = [9; 16];
    let hash: PasswordHash = crate::hash(4, b"right", &salt).parse().unwrap();
    for count in 0..=LANES + 2 {
        for pattern in 0..1_u32 << count {
            let expected: Vec<bool> = (0..count).map(|place| pattern >> place & 1 == 1).collect();
            let attempts: Vec<Attempt<'_>> = expected
                .iter()
                .map(|is_right| Attempt {
                    password: if *is_right { b"right" } else { b"wrong" },
                    hash: &hash,
                })
                .collect();
            assert_eq!(verify_many(&attempts), expected);
        }
    }
}

#[test]
fn one_password_in_several_lanes_hashes_the_same_in_each() {
    let salt = [9; 16];
    let password = SaltedPassword {
        password: b"twice",
        salt: &salt,
    };
    let other = SaltedPassword {
        password: b"other",
        salt: &salt,
    };
    let [first, different, second, third] = bcrypt_many(Cost::MIN, [password, other, password, password]);
    assert_eq!(first, second);
    assert_eq!(first, third);
    assert_ne!(first, different);
}

#[test]
fn attempts_of_different_costs_are_told_in_the_order_given() {
    let mut chance = Chance::from_seed(6);
    let made: Vec<(Vec<u8>, PasswordHash)> = [6, 4, 5, 4, 6, 4, 4, 4, 5]
        .into_iter()
        .map(|cost| {
            let password = chance.password(12);
            let hash = crate::hash(cost, &password, &chance.salt()).parse().unwrap();
            (password, hash)
        })
        .collect();
    let expected: Vec<bool> = (0..made.len()).map(|place| place % 3 != 1).collect();
    let attempts: Vec<Attempt<'_>> = made
        .iter()
        .zip(&expected)
        .map(|((password, hash), is_right)| Attempt {
            password: if *is_right { password } else { b"wrong" },
            hash,
        })
        .collect();
    assert_eq!(verify_many(&attempts), expected);
}

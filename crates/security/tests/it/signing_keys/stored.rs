//! What the store keeps of a key, and what becomes of a key when somebody writes into the store.

use super::{MADE, PAIRS, current, generated, loaded, one_of, private_part, two_of, with_private_part};
use crate::access_tokens::at;
use crate::fixtures::{CURRENT_KEY, FOREIGN_KEY, SALT, key, keys, only, token_server};
use portcullis_application::ports::KeyRingError;
use portcullis_domain::{KeyId, SigningAlgorithm, SigningKey, SigningKeyPurpose};
use portcullis_security::{Keys, SigningKeyEncryption, SigningKeys};

fn refusal(row: SigningKey) -> KeyRingError {
    let server = token_server(&keys(), &SALT);
    server.ring.load(&[current(row, at(-900))]).unwrap_err()
}

fn is_sealed(row: SigningKey) -> bool {
    let id = row.id.clone();
    let server = token_server(&keys(), &SALT);
    let anew = server.ring.encrypted_anew(&row);
    assert!(matches!(anew, Err(KeyRingError::Sealed(sealed)) if sealed == id));
    matches!(refusal(row), KeyRingError::Sealed(sealed) if sealed == id)
}

#[test]
fn a_row_that_was_changed_is_refused() {
    let row = one_of(SigningAlgorithm::EdDsa);
    for place in 0..row.encrypted.len() {
        let mut changed = row.clone();
        changed.encrypted[place] ^= 1;
        assert!(is_sealed(changed), "byte {place}");
    }
    for length in [0, 1, 12, 13, 28, 29, row.encrypted.len() - 1] {
        let mut cut = row.clone();
        cut.encrypted.truncate(length);
        assert!(is_sealed(cut), "{length} bytes");
    }
}

#[test]
fn a_row_under_another_name_or_algorithm_is_refused() {
    for algorithm in PAIRS {
        let [one, other] = two_of(algorithm);
        let swapped = SigningKey {
            encrypted: other.encrypted,
            ..one.clone()
        };
        assert!(is_sealed(swapped), "{algorithm}");
        let renamed = SigningKey {
            id: KeyId::new("another".to_owned()),
            ..one.clone()
        };
        assert!(is_sealed(renamed), "{algorithm}");
        for wrong in PAIRS.into_iter().filter(|wrong| *wrong != algorithm) {
            let relabeled = SigningKey {
                algorithm: wrong,
                ..one.clone()
            };
            assert!(is_sealed(relabeled), "{algorithm} as {wrong}");
        }
        let shared = SigningKey {
            algorithm: SigningAlgorithm::Hs256,
            ..one
        };
        assert!(matches!(refusal(shared), KeyRingError::Unexpected(_)), "{algorithm}");
    }
    let empty = SigningKey {
        algorithm: SigningAlgorithm::EdDsa,
        ..one_of(SigningAlgorithm::Hs256)
    };
    assert!(is_sealed(empty));
}

#[test]
fn a_private_part_that_is_not_the_named_keys_is_refused_although_it_decrypts() {
    for algorithm in PAIRS {
        let [one, other] = two_of(algorithm);
        let own = with_private_part(one.clone(), &private_part(&one));
        assert!(
            !loaded(&[current(own, at(-900))])
                .ring
                .public_keys(SigningKeyPurpose::Session)
                .is_empty()
        );
        let strange = one_of(PAIRS.into_iter().find(|strange| *strange != algorithm).unwrap());
        let cut = private_part(&one).split_last().unwrap().1.to_vec();
        for private in [private_part(&other), private_part(&strange), cut, vec![]] {
            let error = refusal(with_private_part(one.clone(), &private));
            assert!(matches!(error, KeyRingError::Unexpected(_)), "{algorithm}: {error}");
            assert!(error.to_string().contains(one.id.as_str()), "{error}");
        }
    }
}

#[test]
fn another_secret_key_or_store_does_not_decrypt_a_row() {
    for algorithm in PAIRS {
        let row = current(one_of(algorithm), at(-900));
        for (secret, salt) in [(FOREIGN_KEY, &SALT), (CURRENT_KEY, &[8; 32])] {
            let elsewhere = token_server(&only(secret), salt);
            let error = elsewhere.ring.load(std::slice::from_ref(&row)).unwrap_err();
            assert!(
                matches!(error, KeyRingError::Sealed(ref id) if *id == row.id),
                "{algorithm}: {error}"
            );
        }
    }
}

#[test]
fn a_key_that_is_ready_stays_so_whatever_becomes_of_its_row() {
    let row = current(one_of(SigningAlgorithm::EdDsa), at(-900));
    let server = loaded(std::slice::from_ref(&row));
    let token = server.issue(0);
    let spoiled = SigningKey {
        encrypted: vec![],
        ..row
    };
    server.ring.load(std::slice::from_ref(&spoiled)).unwrap();
    assert_eq!(server.issue(0), token);
    let relabeled = SigningKey {
        algorithm: SigningAlgorithm::Es256,
        ..spoiled
    };
    assert!(server.ring.load(&[relabeled]).is_err());
}

#[test]
fn nothing_private_stands_in_a_row_or_is_printed() {
    for row in MADE.iter().filter(|row| row.algorithm != SigningAlgorithm::Hs256) {
        let private = private_part(row);
        let secret = &private[private.len() - 16..];
        assert!(!row.encrypted.windows(16).any(|window| window == secret));
    }
    let printed = format!(
        "{:?} {:?}",
        SigningKeys::new(&keys()),
        SigningKeyEncryption::derive(&keys(), &SALT)
    );
    assert_eq!(printed, "SigningKeys(…) SigningKeyEncryption(WrappingKeys(…))");
}

#[test]
fn the_same_key_is_encrypted_differently_each_time() {
    let old = token_server(&only(FOREIGN_KEY), &SALT);
    let row = generated(&old, SigningAlgorithm::EdDsa);
    let both = Keys {
        previous: Some(key(FOREIGN_KEY)),
        ..only(CURRENT_KEY)
    };
    let server = token_server(&both, &SALT);
    let anew = || server.ring.encrypted_anew(&row).unwrap().unwrap();
    let [one, other] = [anew(), anew()];
    assert_ne!(one.encrypted, other.encrypted);
    assert_eq!(private_part(&one), private_part(&other));
}

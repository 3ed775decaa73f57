//! Keys that come and go while tokens live.

use super::{current, generated, header_of, loaded, one_of, retired, two_of};
use crate::access_tokens::at;
use crate::fixtures::{CURRENT_KEY, FOREIGN_KEY, PREVIOUS_KEY, SALT, keys, only, token_server};
use chrono::TimeDelta;
use portcullis_application::ports::{KeyRingError, TokenError};
use portcullis_domain::{SigningAlgorithm, SigningKey};
use std::sync::atomic::{AtomicBool, Ordering};

#[test]
fn nobody_is_signed_out_by_a_rotation() {
    for algorithm in SigningAlgorithm::ALL {
        let [old, new] = two_of(algorithm);
        let [late, early] = [
            loaded(&[current(old.clone(), at(-900)), new.clone()]),
            loaded(&[retired(old.clone(), at(0)), current(new.clone(), at(0))]),
        ];
        let before = late.issue(-10);
        // Another server has learned of the rotation already, and this one has not.
        let by_new = early.issue(1);
        let by_old = late.issue(2);
        for server in [&late, &early] {
            for token in [&before, &by_new, &by_old] {
                assert!(server.accepts(token, at(3)), "{algorithm}");
                assert!(!server.accepts(token, at(902)), "{algorithm}");
            }
        }
        if algorithm != SigningAlgorithm::Hs256 {
            assert!(header_of(&by_new).contains(new.id.as_str()));
            early.ring.load(&[current(new, at(0))]).unwrap();
            assert!(!early.accepts(&by_old, at(3)), "{algorithm}");
            assert!(early.accepts(&by_new, at(3)), "{algorithm}");
        }
    }
}

#[test]
fn a_retired_key_may_have_signed_for_another_minute() {
    for algorithm in SigningAlgorithm::ALL {
        let other = if algorithm == SigningAlgorithm::EdDsa {
            SigningAlgorithm::Es256
        } else {
            SigningAlgorithm::EdDsa
        };
        let key = one_of(algorithm);
        let signing = loaded(&[current(key.clone(), at(-900))]);
        let server = loaded(&[retired(key, at(0)), current(one_of(other), at(0))]);
        for (issued_at, expected) in [(-500, true), (0, true), (60, true), (61, false), (600, false)] {
            let token = signing.issue(issued_at);
            let now = at(issued_at) + TimeDelta::seconds(1);
            assert!(signing.accepts(&token, now), "{algorithm} {issued_at}");
            assert_eq!(server.accepts(&token, now), expected, "{algorithm} {issued_at}");
        }
    }
}

#[test]
fn tokens_stay_valid_through_a_change_of_algorithm() {
    let mut rows: Vec<SigningKey> = Vec::new();
    let mut tokens = Vec::new();
    let server = token_server(&keys(), &SALT);
    for (step, algorithm) in (0..).zip([
        SigningAlgorithm::Hs256,
        SigningAlgorithm::EdDsa,
        SigningAlgorithm::Es256,
        SigningAlgorithm::Rs256,
        SigningAlgorithm::Hs256,
    ]) {
        if let Some(last) = rows.last_mut() {
            last.retired_at = Some(at(step * 10));
        }
        let [first, second] = two_of(algorithm);
        let fresh = if step == 4 { second } else { first };
        rows.push(current(fresh, at(step * 10)));
        server.ring.load(&rows).unwrap();
        tokens.push(server.issue(step * 10 + 1));
        for token in &tokens {
            assert!(server.accepts(token, at(step * 10 + 2)), "{algorithm}");
        }
        assert!(header_of(tokens.last().unwrap()).contains(&format!(r#""alg":"{algorithm}""#)));
    }
}

#[test]
fn secret_key_signs_nothing_where_no_key_of_hs256_is_loaded() {
    let token = loaded(&[current(one_of(SigningAlgorithm::Hs256), at(-900))]).issue(0);
    let pair = current(one_of(SigningAlgorithm::EdDsa), at(-900));
    assert!(!loaded(std::slice::from_ref(&pair)).accepts(&token, at(1)));
    assert!(loaded(&[pair, one_of(SigningAlgorithm::Hs256)]).accepts(&token, at(1)));
}

#[test]
fn a_key_that_is_not_loaded_is_told_from_a_token_that_is_not_valid() {
    for algorithm in SigningAlgorithm::ALL {
        let other = if algorithm == SigningAlgorithm::EdDsa {
            SigningAlgorithm::Es256
        } else {
            SigningAlgorithm::EdDsa
        };
        let key = one_of(algorithm);
        let token = loaded(&[current(key.clone(), at(-900))]).issue(0);
        let is_unknown = |rows: &[SigningKey], token: &str, now| {
            let verified = loaded(rows).tokens.verify(token, now);
            match verified.unwrap_err() {
                TokenError::UnknownKey => true,
                TokenError::Invalid => false,
                TokenError::Unexpected(error) => panic!("{error}"),
            }
        };
        let others = [
            current(one_of(other), at(-900)),
            retired(one_of(SigningAlgorithm::Rs256), at(-900)),
        ];
        let without = if algorithm == SigningAlgorithm::Rs256 {
            &others[..1]
        } else {
            &others
        };
        assert!(is_unknown(without, &token, at(1)), "{algorithm}");
        assert!(!is_unknown(without, &token, at(900)), "{algorithm}: it has expired");
        assert!(!is_unknown(without, &token[1..], at(1)), "{algorithm}");
        let forged = format!("{token}AAAA");
        for rows in [[current(key.clone(), at(-900))], [key.clone()]] {
            let rows = [&rows[..], &others[..1]].concat();
            assert!(!is_unknown(&rows, &forged, at(1)), "{algorithm}: its key is known");
        }
    }
}

#[test]
fn the_last_of_two_keys_that_sign_is_taken() {
    let [one, other] = two_of(SigningAlgorithm::EdDsa);
    for rows in [
        [current(one.clone(), at(-9)), current(other.clone(), at(-5))],
        [current(other.clone(), at(-5)), current(one.clone(), at(-9))],
    ] {
        let server = loaded(&rows);
        assert!(header_of(&server.issue(0)).contains(other.id.as_str()));
    }
}

#[test]
fn a_load_that_fails_changes_nothing() {
    let [one, other] = two_of(SigningAlgorithm::EdDsa);
    let server = loaded(&[current(one.clone(), at(-900))]);
    let (token, published) = (server.issue(0), server.published());
    let foreign = generated(&token_server(&only(FOREIGN_KEY), &SALT), SigningAlgorithm::EdDsa);
    for rows in [
        vec![],
        vec![other.clone()],
        vec![retired(one.clone(), at(0))],
        vec![current(other, at(0)), foreign],
    ] {
        let error = server.ring.load(&rows).unwrap_err();
        assert_eq!(matches!(error, KeyRingError::NoneSigns), rows.len() < 2, "{error}");
        assert!(server.accepts(&token, at(1)));
        assert_eq!(server.issue(0), token);
        assert_eq!(server.published(), published);
    }
}

#[test]
fn keys_outlive_a_change_of_secret_key() {
    for algorithm in SigningAlgorithm::ALL {
        let before = token_server(&only(PREVIOUS_KEY), &SALT);
        let row = current(generated(&before, algorithm), at(-900));
        before.ring.load(std::slice::from_ref(&row)).unwrap();
        let token = before.issue(0);

        let during = token_server(&keys(), &SALT);
        during.ring.load(std::slice::from_ref(&row)).unwrap();
        assert!(during.accepts(&token, at(1)), "{algorithm}");

        let anew = during.ring.encrypted_anew(&row).unwrap();
        let after = token_server(&only(CURRENT_KEY), &SALT);
        if algorithm == SigningAlgorithm::Hs256 {
            assert_eq!(anew, None);
            after.ring.load(std::slice::from_ref(&row)).unwrap();
            assert!(!after.accepts(&token, at(1)), "{algorithm}");
            continue;
        }
        let anew = anew.unwrap();
        assert_ne!(anew.encrypted, row.encrypted);
        assert_eq!(
            SigningKey {
                encrypted: row.encrypted.clone(),
                ..anew.clone()
            },
            row
        );
        assert_eq!(during.ring.encrypted_anew(&anew).unwrap(), None, "{algorithm}");
        for sealed in [
            after.ring.load(std::slice::from_ref(&row)).unwrap_err(),
            after.ring.encrypted_anew(&row).unwrap_err(),
        ] {
            assert!(
                matches!(sealed, KeyRingError::Sealed(id) if id == row.id),
                "{algorithm}"
            );
        }
        after.ring.load(std::slice::from_ref(&anew)).unwrap();
        assert!(after.accepts(&token, at(1)), "{algorithm}");
        // A server that still runs with the old key can't decrypt the new form, and need not.
        before.ring.load(std::slice::from_ref(&anew)).unwrap();
        assert!(before.accepts(&after.issue(2), at(3)), "{algorithm}");
    }
}

#[test]
fn every_token_of_a_storm_of_rotations_is_accepted() {
    let [one, other] = two_of(SigningAlgorithm::EdDsa);
    let rows = [
        [current(one.clone(), at(-900)), retired(other.clone(), at(0))],
        [retired(one, at(0)), current(other, at(-900))],
    ];
    let (server, is_over) = (loaded(&rows[0]), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for turn in (0..400).map(|number| &rows[number % 2]) {
                server.ring.load(turn).unwrap();
            }
            is_over.store(true, Ordering::Relaxed);
        });
        for _ in 0..2 {
            scope.spawn(|| {
                let mut issued = 0;
                while issued < 50 || !is_over.load(Ordering::Relaxed) {
                    assert!(server.accepts(&server.issue(0), at(1)));
                    issued += 1;
                }
            });
        }
    });
}

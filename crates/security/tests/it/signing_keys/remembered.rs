//! Tokens that were accepted before.

use super::{current, loaded, one_of, retired, two_of};
use crate::access_tokens::at;
use crate::fixtures::TokenServer;
use portcullis_domain::{SigningAlgorithm, SigningKey};

/// A key of another algorithm, that signs.
fn successor(algorithm: SigningAlgorithm) -> SigningKey {
    let other = if algorithm == SigningAlgorithm::EdDsa {
        SigningAlgorithm::Es256
    } else {
        SigningAlgorithm::EdDsa
    };
    current(one_of(other), at(0))
}

/// A server on that key, and a token of it that was accepted twice.
fn with_accepted_token(key: &SigningKey, issued_at: i64) -> (TokenServer, String) {
    let server = loaded(&[current(key.clone(), at(-900))]);
    let token = server.issue(issued_at);
    for _ in 0..2 {
        assert!(server.accepts(&token, at(issued_at)), "{}", key.algorithm);
    }
    (server, token)
}

#[test]
fn a_token_that_was_accepted_expires() {
    for algorithm in SigningAlgorithm::ALL {
        let (server, token) = with_accepted_token(&one_of(algorithm), 0);
        assert!(server.accepts(&token, at(899)), "{algorithm}");
        assert!(!server.accepts(&token, at(900)), "{algorithm}");
    }
}

#[test]
fn a_token_that_was_accepted_has_not_begun_once_the_clock_is_set_back() {
    for algorithm in SigningAlgorithm::ALL {
        let (server, token) = with_accepted_token(&one_of(algorithm), 0);
        assert!(server.accepts(&token, at(-5)), "{algorithm}");
        assert!(!server.accepts(&token, at(-6)), "{algorithm}");
    }
}

#[test]
fn a_token_that_was_accepted_dies_with_the_removal_of_its_key() {
    for algorithm in SigningAlgorithm::ALL {
        let key = one_of(algorithm);
        let (server, token) = with_accepted_token(&key, 0);
        server.ring.load(&[successor(algorithm)]).unwrap();
        assert!(!server.accepts(&token, at(1)), "{algorithm}");
        server.ring.load(&[successor(algorithm), key]).unwrap();
        assert!(server.accepts(&token, at(2)), "{algorithm}");
    }
}

#[test]
fn a_token_that_was_accepted_dies_where_its_key_retired_before_it_was_issued() {
    for algorithm in SigningAlgorithm::ALL {
        let key = one_of(algorithm);
        for (issued_at, expected) in [(60, true), (61, false)] {
            let (server, token) = with_accepted_token(&key, issued_at);
            let rows = [retired(key.clone(), at(0)), successor(algorithm)];
            server.ring.load(&rows).unwrap();
            for _ in 0..2 {
                assert_eq!(server.accepts(&token, at(100)), expected, "{algorithm} {issued_at}");
            }
        }
    }
}

#[test]
fn a_key_pair_of_the_same_algorithm_does_not_inherit_what_was_accepted() {
    for algorithm in super::PAIRS {
        let [old, new] = two_of(algorithm);
        let (server, token) = with_accepted_token(&old, 0);
        server.ring.load(&[current(new, at(0))]).unwrap();
        assert!(!server.accepts(&token, at(1)), "{algorithm}");
    }
}

#[test]
fn a_token_that_differs_in_one_character_from_an_accepted_one_is_refused() {
    for algorithm in SigningAlgorithm::ALL {
        let (server, token) = with_accepted_token(&one_of(algorithm), 0);
        for place in 0..token.len() {
            let other = if &token[place..=place] == "A" { "B" } else { "A" };
            let changed = format!("{}{other}{}", &token[..place], &token[place + 1..]);
            assert!(!server.accepts(&changed, at(1)), "{algorithm} {place}");
        }
        assert!(server.accepts(&token, at(1)), "{algorithm}");
    }
}

//! Proofs that a browser hands back what it was given.

use crate::fixtures::{CURRENT_KEY, FOREIGN_KEY, PREVIOUS_KEY, SALT, browser_proofs, keys, only};
use portcullis_application::ports::HandedOut;
use portcullis_domain::SecretText;

fn browser(text: &str) -> SecretText {
    SecretText::new(text.to_owned())
}

#[test]
fn a_proof_is_genuine_for_the_very_text_purpose_and_browser() {
    let proofs = browser_proofs(&keys(), &SALT);
    let proof = proofs.issue(HandedOut::Notice, &browser("ab"), "cd");
    assert!(proofs.is_genuine(HandedOut::Notice, &browser("ab"), "cd", &proof));
    for (what, of, text) in [
        (HandedOut::Form, "ab", "cd"),
        (HandedOut::Address, "ab", "cd"),
        (HandedOut::Notice, "abc", "d"),
        (HandedOut::Notice, "a", "bcd"),
        (HandedOut::Notice, "ab", "ce"),
        (HandedOut::Notice, "ab", ""),
    ] {
        assert!(
            !proofs.is_genuine(what, &browser(of), text, &proof),
            "{what:?} {of} {text}"
        );
    }
    for other in ["", "=", "é", &format!("{proof}="), &proof[..42]] {
        assert!(
            !proofs.is_genuine(HandedOut::Notice, &browser("ab"), "cd", other),
            "{other}"
        );
    }
}

#[test]
fn a_proof_outlives_one_change_of_the_key_and_is_of_one_store() {
    let proof_of = |key, salt| browser_proofs(&only(key), salt).issue(HandedOut::Form, &browser("ab"), "");
    let proofs = browser_proofs(&keys(), &SALT);
    let is_genuine = |proof: &str| proofs.is_genuine(HandedOut::Form, &browser("ab"), "", proof);
    assert!(is_genuine(&proof_of(CURRENT_KEY, &SALT)));
    assert!(is_genuine(&proof_of(PREVIOUS_KEY, &SALT)));
    assert!(!is_genuine(&proof_of(FOREIGN_KEY, &SALT)));
    assert!(!is_genuine(&proof_of(CURRENT_KEY, &[8; 32])));
}

#[test]
fn a_proof_is_of_characters_that_need_no_escape() {
    let proof = browser_proofs(&keys(), &SALT).issue(HandedOut::Address, &browser("ab"), "<\"é>");
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    assert!(proof.bytes().all(is_plain), "{proof}");
}

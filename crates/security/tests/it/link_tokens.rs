//! The secret texts of one-time links, and the codes beside them.

use crate::fixtures::keys;
use portcullis_application::ports::LinkTokens;
use portcullis_domain::{LinkId, SecretText};
use portcullis_security::{HmacLinkTokens, HmacLinkTokensParameters, LinkTokenKeys};
use shaku::{HasComponent, module};
use std::collections::BTreeSet;
use std::sync::Arc;

module! {
    Tokens {
        components = [HmacLinkTokens],
        providers = [],
    }
}

fn tokens(salt: u8) -> Arc<dyn LinkTokens> {
    Tokens::builder()
        .with_component_parameters::<HmacLinkTokens>(HmacLinkTokensParameters {
            keys: LinkTokenKeys::derive(&keys(), &[salt; 32]),
        })
        .build()
        .resolve()
}

fn link(number: u8) -> LinkId {
    LinkId::new(chrono::DateTime::UNIX_EPOCH, [number; 10])
}

#[test]
fn a_link_always_has_the_same_text_and_no_other_link_has_it() {
    let (tokens, elsewhere) = (tokens(1), tokens(2));
    let text = tokens.issue(link(1));
    assert_eq!(text.expose(), tokens.issue(link(1)).expose());
    assert_ne!(text.expose(), tokens.issue(link(2)).expose());
    assert_ne!(text.expose(), elsewhere.issue(link(1)).expose());
    assert!(text.expose().starts_with("pml_") && text.expose().len() == 47);
}

#[test]
fn only_a_text_of_the_exact_form_has_a_digest() {
    let tokens = tokens(1);
    let text = tokens.issue(link(1));
    let text = text.expose();
    let digest = tokens.digest(text).unwrap();
    assert_eq!(tokens.digest(text), Some(digest));
    let (short, long) = (&text[..46], format!("{text}A"));
    for bad in [
        "",
        "pml_",
        short,
        &long,
        &text[4..],
        &text.replace("pml_", "prt_"),
        &format!("{short}!"),
    ] {
        assert_eq!(tokens.digest(bad), None, "{bad}");
    }
    let other = tokens.issue(link(2));
    assert_ne!(tokens.digest(other.expose()), Some(digest));
}

#[test]
fn a_code_is_six_digits_of_its_link() {
    let tokens = tokens(1);
    let codes: BTreeSet<_> = (0..50)
        .map(|number| tokens.code(link(number)).expose().to_owned())
        .collect();
    assert!(codes.len() > 45);
    assert!(
        codes
            .iter()
            .all(|code| code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()))
    );
    let code = tokens.code(link(1));
    let spaced = SecretText::new(format!(" {} {} ", &code.expose()[..3], &code.expose()[3..]));
    assert!(tokens.is_code(link(1), &code) && tokens.is_code(link(1), &spaced));
    assert!(!tokens.is_code(link(2), &code));
    for bad in ["", "12345", "1234567", "１２３４５６"] {
        assert!(!tokens.is_code(link(1), &SecretText::new(bad.to_owned())), "{bad}");
    }
}

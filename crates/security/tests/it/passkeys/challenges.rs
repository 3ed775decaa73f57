//! What challenges are good for, and the site that they are of.

use super::{
    Authenticator, Browser, ORIGIN, RELYING_PARTY, ada, added, ask_for_new, at, in_general, proofs, proofs_by, session,
    told,
};
use crate::fixtures::{CURRENT_KEY, PREVIOUS_KEY, keys, only};
use portcullis_application::ports::Ceremony;
use portcullis_domain::{Digest32, SecretText};
use portcullis_security::PasskeySite;
use portcullis_testkit::build;
use uuid::Uuid;

#[test]
fn a_challenge_serves_what_it_is_for_and_only_so_long() {
    let proofs = proofs();
    let device = Authenticator::new();
    let passkey = added(&*proofs, &device);
    let at_browser = |text: &str, ceremony: Ceremony| ceremony.at(Some(SecretText::new(text.to_owned())));
    let (other_session, ben) = (Uuid::from_u128(4).into(), build::user("ben@example.org").id);
    let whos = [
        Ceremony::SignIn.for_anybody(),
        at_browser("one", Ceremony::SignIn),
        at_browser("two", Ceremony::SignIn),
        Ceremony::SecondStep(Digest32::new([5; 32])).for_anybody(),
        Ceremony::SecondStep(Digest32::new([6; 32])).for_anybody(),
        at_browser("one", Ceremony::SecondStep(Digest32::new([5; 32]))),
        Ceremony::StepUp(ada().id, session()).for_anybody(),
        Ceremony::StepUp(ada().id, other_session).for_anybody(),
        Ceremony::StepUp(ben, session()).for_anybody(),
        at_browser("one", Ceremony::StepUp(ada().id, session())),
        Ceremony::Adding(ada().id, session()).for_anybody(),
        Ceremony::Adding(ada().id, other_session).for_anybody(),
        Ceremony::Adding(ben, session()).for_anybody(),
    ];
    let adding = 10;
    for (own, who) in whos.iter().enumerate().take(adding) {
        let asked = proofs.ask(who, at(0)).unwrap();
        let answer = device.signs(&asked, &Browser::GETS);
        for (other, shown_by) in whos.iter().enumerate() {
            let said = told(proofs.judge(shown_by, &answer, &passkey, at(1)));
            let expected = if own == other {
                "taken"
            } else {
                "the challenge is not valid"
            };
            assert_eq!(said, expected, "{own} {other}");
        }
        for (seconds, expected) in [(299, "taken"), (300, "the challenge is not valid")] {
            assert_eq!(told(proofs.judge(who, &answer, &passkey, at(seconds))), expected);
        }
    }
    let asked = ask_for_new(&*proofs);
    let made = device.makes(&asked, &Browser::CREATES);
    for (other, shown_by) in whos.iter().enumerate() {
        let said = told(proofs.judge_new(shown_by, &made, at(1)));
        let expected = if other == adding {
            "taken"
        } else {
            "the challenge is not valid"
        };
        assert_eq!(said, expected, "{other}");
    }
}

#[test]
fn a_challenge_outlives_a_change_of_the_key_and_no_other_one() {
    let site = || Some(PasskeySite::new(RELYING_PARTY, ORIGIN, "Orchard").unwrap());
    let device = Authenticator::new();
    let before = proofs_by(&only(PREVIOUS_KEY), site());
    let passkey = added(&*before, &device);
    let asked = before.ask(&in_general(), at(0)).unwrap();
    let answer = device.signs(&asked, &Browser::GETS);
    for (proofs, expected) in [
        (proofs_by(&keys(), site()), "taken"),
        (proofs_by(&only(CURRENT_KEY), site()), "the challenge is not valid"),
        (proofs_by(&keys(), None), "passkeys are off"),
    ] {
        let said = told(proofs.judge(&in_general(), &answer, &passkey, at(1)));
        assert_eq!(said, expected);
    }
}

#[test]
fn a_site_is_of_its_relying_party() {
    for (relying_party, origin) in [
        ("example.com", ORIGIN),
        ("h.example.org", ORIGIN),
        ("127.0.0.1", "http://127.0.0.1:8000"),
        (RELYING_PARTY, "no URL"),
    ] {
        assert!(
            PasskeySite::new(relying_party, origin, "Orchard").is_err(),
            "{relying_party}"
        );
    }
    assert_eq!(proofs().origins(), [ORIGIN]);
    assert!(proofs_by(&keys(), None).origins().is_empty());
}

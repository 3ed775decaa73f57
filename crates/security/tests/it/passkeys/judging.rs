//! How answers are judged.

use super::{
    Authenticator, Browser, MAY_BE_COPIED, ORIGIN, PRESENT, RELYING_PARTY, VERIFIED, ada, added, adding, ask_for_new,
    at, in_general, proofs, session, shown, text, told,
};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use portcullis_application::ports::{PasskeyFault, ShownPasskey};
use portcullis_domain::{KeyStorage, SecretText};
use serde_json::{Value, json};

#[test]
fn a_passkey_is_made_and_used() {
    let proofs = proofs();
    let mut device = Authenticator::new();
    let asked = ask_for_new(&*proofs);
    let options: Value = serde_json::from_str(&asked.options).unwrap();
    assert_eq!(options["rp"], json!({"id": RELYING_PARTY, "name": "Orchard"}));
    assert_eq!(options["user"]["name"], "ada@example.org");
    assert_eq!(options["user"]["id"], text(ada().id.as_uuid().as_bytes()));
    let selection = &options["authenticatorSelection"];
    assert_eq!(
        (&selection["residentKey"], &selection["userVerification"]),
        (&json!("required"), &json!("required"))
    );
    let passkey = added(&*proofs, &device);
    assert_eq!(passkey.credential_id.as_bytes(), device.id);
    assert_eq!((passkey.state.counter, passkey.state.is_synced), (0, false));
    let asked = proofs.ask(&in_general(), at(0)).unwrap();
    let options: Value = serde_json::from_str(&asked.options).unwrap();
    assert_eq!(
        (
            &options["rpId"],
            &options["userVerification"],
            &options["allowCredentials"]
        ),
        (&json!(RELYING_PARTY), &json!("required"), &json!([]))
    );
    device.counter = 9;
    let answer = device.signs(&asked, &Browser::GETS);
    let claimed = proofs.claimed(&answer).unwrap();
    assert_eq!(claimed, (ada().id, passkey.credential_id.clone()));
    let used = proofs.judge(&in_general(), &answer, &passkey, at(299)).unwrap();
    assert_eq!((used.state.counter, used.storage), (9, KeyStorage::Hardware));
    assert!(used.challenge.until > at(300));
}

#[test]
fn what_may_be_copied_is_in_software() {
    let proofs = proofs();
    let device = Authenticator {
        flags: PRESENT | VERIFIED | MAY_BE_COPIED,
        ..Authenticator::new()
    };
    let passkey = added(&*proofs, &device);
    let asked = proofs.ask(&in_general(), at(0)).unwrap();
    let answer = device.signs(&asked, &Browser::GETS);
    let used = proofs.judge(&in_general(), &answer, &passkey, at(1)).unwrap();
    assert_eq!(used.storage, KeyStorage::Software);
}

#[test]
fn an_answer_to_another_page_or_another_question_proves_nothing() {
    let proofs = proofs();
    let (device, passkey) = {
        let device = Authenticator::new();
        let passkey = added(&*proofs, &device);
        (device, passkey)
    };
    let asked = proofs.ask(&in_general(), at(0)).unwrap();
    let judge = |shown: &ShownPasskey| told(proofs.judge(&in_general(), shown, &passkey, at(1)));
    assert_eq!(judge(&device.signs(&asked, &Browser::GETS)), "taken");
    for origin in [
        "http://auth.example.org",
        "https://example.org",
        "https://auth.example.org:8443",
        "https://badauth.example.org",
        "https://auth.example.org.evil.example",
        "https://sub.auth.example.org",
        // The same to a parser of URLs.
        "https://auth.example.org/",
        "https://auth.example.org:443",
        "HTTPS://auth.example.org",
        "https://AUTH.example.org",
        "https://ada@auth.example.org",
        "https://auth.example.org/foo",
        "null",
        "",
    ] {
        let browser = Browser {
            origin,
            ..Browser::GETS
        };
        let said = judge(&device.signs(&asked, &browser));
        assert!(said.starts_with("the answer is not valid"), "{origin}: {said}");
    }
    for browser in [
        Browser::CREATES,
        Browser {
            kind: "payment.get",
            ..Browser::GETS
        },
        Browser {
            is_of_a_frame: Some(true),
            ..Browser::GETS
        },
    ] {
        let said = judge(&device.signs(&asked, &browser));
        assert!(said.starts_with("the answer is not valid"), "{said}");
    }
    for (change, told) in [
        (json!({"type": "password"}), "it is of another type than public-key"),
        (json!({"id": "AAAA"}), "its id and its rawId differ"),
        (
            json!({"id": format!("{}=", text(&device.id))}),
            "its id and its rawId differ",
        ),
    ] {
        let mut answer = device.answer(&asked, &Browser::GETS);
        for (member, value) in change.as_object().unwrap() {
            answer[member] = value.clone();
        }
        assert_eq!(
            judge(&shown(&asked, &answer)),
            format!("the answer is not valid: {told}")
        );
    }
    let framed = Browser {
        around: Some(ORIGIN),
        ..Browser::GETS
    };
    let said = judge(&device.signs(&asked, &framed));
    assert_eq!(
        said,
        "the answer is not valid: it was given inside a page of another site"
    );
    let elsewhere = Authenticator {
        relying_party: "evil.example",
        key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap(),
        id: device.id.clone(),
        ..Authenticator::new()
    };
    let said = judge(&elsewhere.signs(&asked, &Browser::GETS));
    assert_eq!(said, "the answer is not valid: it is for another relying party");
    let another = proofs.ask(&in_general(), at(0)).unwrap();
    let swapped = ShownPasskey {
        challenge: another.challenge,
        ..device.signs(&asked, &Browser::GETS)
    };
    assert_eq!(judge(&swapped), "the answer is not valid: it answers another challenge");
}

#[test]
fn a_device_verifies_its_user_and_its_counter_goes_on() {
    let proofs = proofs();
    let mut device = Authenticator::new();
    device.counter = 5;
    let passkey = added(&*proofs, &device);
    let asked = proofs.ask(&in_general(), at(0)).unwrap();
    let judge = |shown: &ShownPasskey| told(proofs.judge(&in_general(), shown, &passkey, at(1)));
    for (counter, expected) in [
        (6, "taken"),
        (5, "the counter of the passkey went back"),
        (4, "the counter of the passkey went back"),
        (0, "the counter of the passkey went back"),
    ] {
        device.counter = counter;
        assert_eq!(judge(&device.signs(&asked, &Browser::GETS)), expected, "{counter}");
    }
    device.counter = 6;
    device.flags = PRESENT;
    let unverified = device.signs(&asked, &Browser::GETS);
    assert_eq!(judge(&unverified), "the authenticator did not verify its user");
    device.flags = VERIFIED;
    assert!(judge(&device.signs(&asked, &Browser::GETS)).starts_with("the answer is not valid"));
    // Whoever turns the bit on changes what was signed.
    let mut answer = {
        device.flags = PRESENT;
        device.answer(&asked, &Browser::GETS)
    };
    device.flags = PRESENT | VERIFIED;
    answer["response"]["authenticatorData"] = text(&device.data(0)).into();
    assert_eq!(
        judge(&shown(&asked, &answer)),
        "the answer is not valid: its signature is not right"
    );
}

#[test]
fn a_new_one_is_judged_by_what_was_asked() {
    let proofs = proofs();
    let judge = |device: &Authenticator, browser: &Browser| {
        let asked = ask_for_new(&*proofs);
        told(proofs.judge_new(&adding(), &device.makes(&asked, browser), at(1)))
    };
    let device = Authenticator::new();
    assert_eq!(judge(&device, &Browser::CREATES), "taken");
    let unverified = Authenticator {
        flags: PRESENT,
        ..Authenticator::new()
    };
    let said = judge(&unverified, &Browser::CREATES);
    assert_eq!(said, "the authenticator did not verify its user");
    let elsewhere = Authenticator {
        relying_party: "auth.example.org",
        ..Authenticator::new()
    };
    for (device, browser) in [
        (&device, Browser::GETS),
        (&elsewhere, Browser::CREATES),
        (
            &device,
            Browser {
                origin: "https://evil.example",
                ..Browser::CREATES
            },
        ),
        (
            &device,
            Browser {
                is_of_a_frame: Some(true),
                ..Browser::CREATES
            },
        ),
    ] {
        let said = judge(device, &browser);
        assert!(said.starts_with("the answer is not valid"), "{said}");
    }
    let asked = ask_for_new(&*proofs);
    let not_kept = device.made_with(&device.cose_key(), &asked, &Browser::CREATES, false);
    let said = told(proofs.judge_new(&adding(), &not_kept, at(1)));
    assert_eq!(said, "the answer is not valid: the authenticator does not keep it");
    // An algorithm that was not asked for: ES512 over the same curve.
    let mut other = device.cose_key();
    other.splice(3..5, [0x03, 0x38, 0x23]);
    let other = device.made_with(&other, &asked, &Browser::CREATES, true);
    let said = told(proofs.judge_new(&adding(), &other, at(1)));
    assert!(said.starts_with("the answer is not valid"), "{said}");
    let known = [proofs
        .judge_new(&adding(), &device.makes(&asked, &Browser::CREATES), at(1))
        .unwrap()
        .credential_id];
    let asked = proofs.ask_for_new(&ada(), session(), &known, at(0)).unwrap();
    assert!(asked.options.contains(&text(&device.id)));
    // The browser is told which it has already. Where it makes one all the same, the store knows it.
    let said = told(proofs.judge_new(&adding(), &device.makes(&asked, &Browser::CREATES), at(1)));
    assert_eq!(said, "taken");
}

#[test]
fn garbage_is_refused_and_harms_nobody() {
    let proofs = proofs();
    let device = Authenticator::new();
    let passkey = added(&*proofs, &device);
    let asked = proofs.ask(&in_general(), at(0)).unwrap();
    let good = device.answer(&asked, &Browser::GETS);
    for member in ["clientDataJSON", "authenticatorData", "signature", "userHandle"] {
        for garbage in [
            json!(""),
            json!("AA"),
            json!("=="),
            json!("!"),
            json!(7),
            json!(null),
            json!([]),
            text(&[0xff; 300]).into(),
            text(&[0x9f; 5000]).into(),
        ] {
            let mut answer = good.clone();
            answer["response"][member] = garbage.clone();
            let answer = shown(&asked, &answer);
            let claimed = proofs.claimed(&answer);
            let judged = proofs.judge(&in_general(), &answer, &passkey, at(1));
            let is_taken = claimed.is_ok() && judged.is_ok() && member != "userHandle";
            assert!(!is_taken, "{member} {garbage}");
            assert!(
                !matches!(judged, Err(PasskeyFault::Unexpected(_))),
                "{member} {garbage}"
            );
        }
    }
    for credential in ["", "{}", "[]", "null", "{\"id\":1}"] {
        let answer = ShownPasskey {
            challenge: asked.challenge.clone(),
            credential: SecretText::new(credential.to_owned()),
        };
        assert!(matches!(proofs.claimed(&answer), Err(PasskeyFault::InvalidAnswer(_))));
        assert!(proofs.judge(&in_general(), &answer, &passkey, at(1)).is_err());
    }
    let asked = ask_for_new(&*proofs);
    let good: Value = serde_json::from_str(device.makes(&asked, &Browser::CREATES).credential.expose()).unwrap();
    for object in [
        vec![],
        vec![0xff; 64],
        vec![0x9f; 4000],
        vec![0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58\xff".to_vec(),
    ] {
        let mut made = good.clone();
        made["response"]["attestationObject"] = text(&object).into();
        let judged = proofs.judge_new(&adding(), &shown(&asked, &made), at(1));
        assert!(matches!(judged, Err(PasskeyFault::InvalidAnswer(_))), "{judged:?}");
    }
    let challenge = asked.challenge.expose();
    for text in [
        "",
        "ppc_",
        &challenge[1..],
        &challenge[..challenge.len() - 1],
        "pmc_AAAA",
    ] {
        let made = ShownPasskey {
            challenge: SecretText::new(text.to_owned()),
            ..shown(&asked, &good)
        };
        let judged = told(proofs.judge_new(&adding(), &made, at(1)));
        assert_eq!(judged, "the challenge is not valid", "{text}");
    }
}

//! Passkeys by an authenticator that is made here: its answers are what `WebAuthn` level 2 says, or differ from that in one
//! thing.

use crate::fixtures::{CURRENT_KEY, PREVIOUS_KEY, SALT, keys, only};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use portcullis_application::ports::{
    AskedPasskey, ChallengeFor, NewPasskey, PasskeyFault, PasskeyProofs, ShownPasskey,
};
use portcullis_domain::{Device, KeyStorage, Label, Passkey, PasskeyId, SecretText, SessionId, User, UserId};
use portcullis_security::{
    Keys, OsEntropy, PasskeyChallengeKeys, PasskeySite, WebauthnPasskeys, WebauthnPasskeysParameters,
};
use portcullis_testkit::build;
use serde_json::{Value, json};
use shaku::{HasComponent, module};
use std::sync::Arc;
use uuid::Uuid;

module! {
    Proofs {
        components = [WebauthnPasskeys, OsEntropy],
        providers = [],
    }
}

const RELYING_PARTY: &str = "example.org";
const ORIGIN: &str = "https://auth.example.org";

/// User present, user verified, key enclosed.
const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const MAY_BE_COPIED: u8 = 0x08;
const ENCLOSED: u8 = 0x40;

fn proofs_by(keys: &Keys, site: Option<PasskeySite>) -> Arc<dyn PasskeyProofs> {
    Proofs::builder()
        .with_component_parameters::<WebauthnPasskeys>(WebauthnPasskeysParameters {
            keys: PasskeyChallengeKeys::derive(keys, &SALT),
            site,
        })
        .build()
        .resolve()
}

fn proofs() -> Arc<dyn PasskeyProofs> {
    let site = PasskeySite::new(RELYING_PARTY, ORIGIN, "Orchard").unwrap();
    proofs_by(&keys(), Some(site))
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

fn ada() -> User {
    build::user("ada@example.org")
}

fn session() -> SessionId {
    Uuid::from_u128(3).into()
}

fn adding() -> ChallengeFor {
    ChallengeFor::Adding(ada().id, session())
}

/// A device and the one key that it has.
struct Authenticator {
    key: EcdsaKeyPair,
    id: Vec<u8>,
    user: UserId,
    relying_party: &'static str,
    flags: u8,
    counter: u32,
}

/// What a browser says beside what the device signs.
#[derive(Clone)]
struct Browser {
    origin: &'static str,
    kind: &'static str,
    is_of_a_frame: Option<bool>,
}

impl Browser {
    const CREATES: Self = Self {
        origin: ORIGIN,
        kind: "webauthn.create",
        is_of_a_frame: Some(false),
    };
    const GETS: Self = Self {
        kind: "webauthn.get",
        ..Self::CREATES
    };

    fn data(&self, asked: &AskedPasskey) -> Vec<u8> {
        let options: Value = serde_json::from_str(&asked.options).unwrap();
        let mut data = json!({"type": self.kind, "challenge": options["challenge"], "origin": self.origin});
        if let Some(is_of_a_frame) = self.is_of_a_frame {
            data["crossOrigin"] = is_of_a_frame.into();
        }
        data.to_string().into_bytes()
    }
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Authenticator {
    fn new() -> Self {
        Self {
            key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap(),
            id: vec![7; 16],
            user: ada().id,
            relying_party: RELYING_PARTY,
            flags: PRESENT | VERIFIED,
            counter: 0,
        }
    }

    fn data(&self, more: u8) -> Vec<u8> {
        let mut data = digest(&SHA256, self.relying_party.as_bytes()).as_ref().to_vec();
        data.push(self.flags | more);
        data.extend(self.counter.to_be_bytes());
        data
    }

    /// The public key as COSE writes it (RFC 9052): ES256 on P-256, by its coordinates.
    fn cose_key(&self) -> Vec<u8> {
        let point = self.key.public_key().as_ref();
        let mut key = vec![0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
        key.extend(&point[1..33]);
        key.extend([0x22, 0x58, 0x20]);
        key.extend(&point[33..65]);
        key
    }

    fn made_with(&self, cose_key: &[u8], asked: &AskedPasskey, browser: &Browser, is_kept: bool) -> ShownPasskey {
        let mut data = self.data(ENCLOSED);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(&self.id);
        data.extend(cose_key);
        // {"fmt": "none", "attStmt": {}, "authData": …}
        let mut object = vec![0xa3, 0x63];
        object.extend(b"fmt\x64none\x67attStmt\xa0\x68authData\x58");
        object.push(u8::try_from(data.len()).unwrap());
        object.extend(&data);
        let credential = json!({
            "id": text(&self.id),
            "rawId": text(&self.id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {"credProps": {"rk": is_kept}},
            "response": {
                "clientDataJSON": text(&browser.data(asked)),
                "attestationObject": text(&object),
                "transports": ["internal", "hybrid"],
                "publicKeyAlgorithm": -7,
            },
        });
        shown(asked, &credential)
    }

    fn makes(&self, asked: &AskedPasskey, browser: &Browser) -> ShownPasskey {
        self.made_with(&self.cose_key(), asked, browser, true)
    }

    fn answer(&self, asked: &AskedPasskey, browser: &Browser) -> Value {
        let (data, client) = (self.data(0), browser.data(asked));
        let signed = [data.as_slice(), digest(&SHA256, &client).as_ref()].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).unwrap();
        json!({
            "id": text(&self.id),
            "rawId": text(&self.id),
            "type": "public-key",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": text(&client),
                "authenticatorData": text(&data),
                "signature": text(signature.as_ref()),
                "userHandle": text(self.user.as_uuid().as_bytes()),
            },
        })
    }

    fn signs(&self, asked: &AskedPasskey, browser: &Browser) -> ShownPasskey {
        shown(asked, &self.answer(asked, browser))
    }
}

fn shown(asked: &AskedPasskey, credential: &Value) -> ShownPasskey {
    ShownPasskey {
        challenge: asked.challenge.clone(),
        credential: SecretText::new(credential.to_string()),
    }
}

fn ask_for_new(proofs: &dyn PasskeyProofs) -> AskedPasskey {
    proofs.ask_for_new(&ada(), session(), &[], at(0)).unwrap()
}

fn kept(made: NewPasskey) -> Passkey {
    Passkey {
        id: PasskeyId::from(Uuid::from_u128(1)),
        user_id: ada().id,
        credential_id: made.credential_id,
        state: made.state,
        name: Label::parse("key").unwrap(),
        created_at: at(0),
        created_on: Device::default(),
        last_use: None,
    }
}

/// The passkey of a device, once it was added.
fn added(proofs: &dyn PasskeyProofs, device: &Authenticator) -> Passkey {
    let asked = ask_for_new(proofs);
    let made = device.makes(&asked, &Browser::CREATES);
    kept(proofs.judge_new(&adding(), &made, at(1)).unwrap())
}

/// A challenge for anybody.
pub(crate) fn passkey_challenge() -> SecretText {
    proofs().ask(&ChallengeFor::Anybody, at(0)).unwrap().challenge
}

/// Whether the text is such a challenge that this installation gave out.
pub(crate) fn is_passkey_challenge(text: &str) -> bool {
    let proofs = proofs();
    let passkey = added(&*proofs, &Authenticator::new());
    let shown = ShownPasskey {
        challenge: SecretText::new(text.to_owned()),
        credential: SecretText::new("{}".to_owned()),
    };
    // A challenge is looked at before the answer.
    let judged = proofs.judge(&ChallengeFor::Anybody, &shown, &passkey, at(1));
    !matches!(judged, Err(PasskeyFault::InvalidChallenge))
}

fn told<T>(judged: Result<T, PasskeyFault>) -> String {
    match judged {
        Ok(_) => "taken".to_owned(),
        Err(fault) => fault.to_string(),
    }
}

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
    let asked = proofs.ask(&ChallengeFor::Anybody, at(0)).unwrap();
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
    let used = proofs
        .judge(&ChallengeFor::Anybody, &answer, &passkey, at(299))
        .unwrap();
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
    let asked = proofs.ask(&ChallengeFor::Anybody, at(0)).unwrap();
    let answer = device.signs(&asked, &Browser::GETS);
    let used = proofs.judge(&ChallengeFor::Anybody, &answer, &passkey, at(1)).unwrap();
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
    let asked = proofs.ask(&ChallengeFor::Anybody, at(0)).unwrap();
    let judge = |shown: &ShownPasskey| told(proofs.judge(&ChallengeFor::Anybody, shown, &passkey, at(1)));
    assert_eq!(judge(&device.signs(&asked, &Browser::GETS)), "taken");
    for origin in [
        "http://auth.example.org",
        "https://example.org",
        "https://auth.example.org:8443",
        "https://badauth.example.org",
        "https://auth.example.org.evil.example",
        "https://sub.auth.example.org",
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
    let elsewhere = Authenticator {
        relying_party: "evil.example",
        key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap(),
        id: device.id.clone(),
        ..Authenticator::new()
    };
    let said = judge(&elsewhere.signs(&asked, &Browser::GETS));
    assert_eq!(said, "the answer is not valid: it is for another relying party");
    let another = proofs.ask(&ChallengeFor::Anybody, at(0)).unwrap();
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
    let asked = proofs.ask(&ChallengeFor::Anybody, at(0)).unwrap();
    let judge = |shown: &ShownPasskey| told(proofs.judge(&ChallengeFor::Anybody, shown, &passkey, at(1)));
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
fn a_challenge_serves_what_it_is_for_and_only_so_long() {
    let proofs = proofs();
    let device = Authenticator::new();
    let passkey = added(&*proofs, &device);
    let browser = |text: &str| ChallengeFor::Browser(SecretText::new(text.to_owned()));
    let whos = [
        ChallengeFor::Anybody,
        browser("one"),
        browser("two"),
        ChallengeFor::Adding(ada().id, session()),
        ChallengeFor::Adding(ada().id, Uuid::from_u128(4).into()),
        ChallengeFor::Adding(build::user("ben@example.org").id, session()),
    ];
    for (own, who) in whos.iter().enumerate().take(3) {
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
        let expected = if other == 3 {
            "taken"
        } else {
            "the challenge is not valid"
        };
        assert_eq!(said, expected, "{other}");
    }
}

#[test]
fn garbage_is_refused_and_harms_nobody() {
    let proofs = proofs();
    let device = Authenticator::new();
    let passkey = added(&*proofs, &device);
    let asked = proofs.ask(&ChallengeFor::Anybody, at(0)).unwrap();
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
            let judged = proofs.judge(&ChallengeFor::Anybody, &answer, &passkey, at(1));
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
        assert!(proofs.judge(&ChallengeFor::Anybody, &answer, &passkey, at(1)).is_err());
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

#[test]
fn a_challenge_outlives_a_change_of_the_key_and_no_other_one() {
    let site = || Some(PasskeySite::new(RELYING_PARTY, ORIGIN, "Orchard").unwrap());
    let device = Authenticator::new();
    let before = proofs_by(&only(PREVIOUS_KEY), site());
    let passkey = added(&*before, &device);
    let asked = before.ask(&ChallengeFor::Anybody, at(0)).unwrap();
    let answer = device.signs(&asked, &Browser::GETS);
    for (proofs, expected) in [
        (proofs_by(&keys(), site()), "taken"),
        (proofs_by(&only(CURRENT_KEY), site()), "the challenge is not valid"),
        (proofs_by(&keys(), None), "passkeys are off"),
    ] {
        let said = told(proofs.judge(&ChallengeFor::Anybody, &answer, &passkey, at(1)));
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

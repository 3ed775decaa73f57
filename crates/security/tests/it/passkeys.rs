//! Passkeys by an authenticator that is made here: its answers are what `WebAuthn` level 2 says, or differ from that in one
//! thing.

mod challenges;
mod judging;

use crate::fixtures::{SALT, keys};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use portcullis_application::ports::{
    AskedPasskey, Ceremony, ChallengeFor, NewPasskey, PasskeyFault, PasskeyProofs, ShownPasskey,
};
use portcullis_domain::{Device, Label, Passkey, PasskeyId, SecretText, SessionId, User, UserId};
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

/// What a challenge is for that signs somebody in.
fn in_general() -> ChallengeFor {
    Ceremony::SignIn.for_anybody()
}

fn adding() -> ChallengeFor {
    Ceremony::Adding(ada().id, session()).for_anybody()
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
    /// The origin of the page around a frame.
    around: Option<&'static str>,
}

impl Browser {
    const CREATES: Self = Self {
        origin: ORIGIN,
        kind: "webauthn.create",
        is_of_a_frame: Some(false),
        around: None,
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
        if let Some(around) = self.around {
            data["topOrigin"] = around.into();
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
        relying_party: made.relying_party,
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
    proofs().ask(&in_general(), at(0)).unwrap().challenge
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
    let judged = proofs.judge(&in_general(), &shown, &passkey, at(1));
    !matches!(judged, Err(PasskeyFault::InvalidChallenge))
}

fn told<T>(judged: Result<T, PasskeyFault>) -> String {
    match judged {
        Ok(_) => "taken".to_owned(),
        Err(fault) => fault.to_string(),
    }
}

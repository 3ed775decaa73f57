//! The authentication of the audit trail, and its key.

use crate::fixtures::{CURRENT_KEY, FOREIGN_KEY, PREVIOUS_KEY, SALT, audit_mac, keys, only};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis_application::ports::Entropy;
use portcullis_domain::Digest32;
use portcullis_security::{AuditKey, AuditKeyEncryption, AuditKeyError, DecryptedAuditKey, OsEntropy, SecretKeyAge};

/// The key of 32 bytes of 42, encrypted by [`CURRENT_KEY`] with a nonce of 12 of them.
const ENCRYPTED: &str = "ASoqKioqKioqKioqKim4w1GpTvO5PMu_IURPsLFAUQiL-dIP0c5fixRFARhjaR1NXaAjt8F216ibujPzBw";
/// Of `what happened` by that key.
const MAC: &str = "0dd35d653133cbda3dd8f5f74e6b5e39170855e7a5c046613afacfc1c98387c0";

/// No chance at all.
struct Fixed(u8);

impl Entropy for Fixed {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(self.0);
    }
}

fn encryption() -> AuditKeyEncryption {
    AuditKeyEncryption::derive(&only(CURRENT_KEY), &SALT)
}

fn mac_of(key: &AuditKey) -> Digest32 {
    audit_mac(key.clone()).sign(b"what happened")
}

#[test]
fn the_code_and_the_stored_key_never_change() {
    // Pinned: both are kept for years. The values were computed apart, by Python's cryptography and hmac, from the
    // description of the form.
    let key = AuditKey::generate(&Fixed(42));
    assert_eq!(mac_of(&key).to_string(), MAC);
    let encrypted = encryption().encrypt(&key, &Fixed(42)).unwrap();
    assert_eq!(URL_SAFE_NO_PAD.encode(&encrypted), ENCRYPTED);
    let decrypted = encryption().decrypt(&encrypted).unwrap();
    assert_eq!(mac_of(&decrypted.key).to_string(), MAC);
}

#[test]
fn only_the_message_itself_has_its_code() {
    let key = AuditKey::generate(&OsEntropy);
    let mac = audit_mac(key.clone());
    let code = mac.sign(b"what happened");
    assert!(mac.is_genuine(b"what happened", &code));
    for other in [&b""[..], b"what happenee", b"what happened\0", b"what happene"] {
        assert!(!mac.is_genuine(other, &code), "{other:?}");
    }
    for place in 0..32 {
        let mut changed = *code.as_bytes();
        changed[place] ^= 1;
        assert!(!mac.is_genuine(b"what happened", &Digest32::new(changed)), "{place}");
    }
    assert!(!audit_mac(AuditKey::generate(&OsEntropy)).is_genuine(b"what happened", &code));
}

#[test]
fn a_key_outlives_a_change_of_the_secret_key() {
    let key = AuditKey::generate(&OsEntropy);
    let before = AuditKeyEncryption::derive(&only(PREVIOUS_KEY), &SALT);
    let encrypted = before.encrypt(&key, &OsEntropy).unwrap();
    let during = AuditKeyEncryption::derive(&keys(), &SALT);
    let decrypted = during.decrypt(&encrypted).unwrap();
    assert_eq!(decrypted.by, SecretKeyAge::Previous);
    assert_eq!(mac_of(&decrypted.key), mac_of(&key));

    let anew = during.encrypt(&decrypted.key, &OsEntropy).unwrap();
    assert_eq!(during.decrypt(&anew).unwrap().by, SecretKeyAge::Current);
    let DecryptedAuditKey { key: after, by } = encryption().decrypt(&anew).unwrap();
    assert_eq!((mac_of(&after), by), (mac_of(&key), SecretKeyAge::Current));
    assert!(matches!(encryption().decrypt(&encrypted), Err(AuditKeyError::Sealed)));
}

#[test]
fn what_another_key_or_store_encrypted_or_somebody_changed_is_refused() {
    let encrypted = encryption()
        .encrypt(&AuditKey::generate(&OsEntropy), &OsEntropy)
        .unwrap();
    for (other, salt) in [(FOREIGN_KEY, &SALT), (CURRENT_KEY, &[8; 32])] {
        let elsewhere = AuditKeyEncryption::derive(&only(other), salt);
        assert!(matches!(elsewhere.decrypt(&encrypted), Err(AuditKeyError::Sealed)));
    }
    for place in 0..encrypted.len() {
        let mut changed = encrypted.clone();
        changed[place] ^= 1;
        for form in [&changed[..], &encrypted[..place]] {
            let decrypted = encryption().decrypt(form);
            assert!(matches!(decrypted, Err(AuditKeyError::Sealed)), "{place}");
        }
    }
}

#[test]
fn nothing_of_a_key_is_printed() {
    let encrypted = encryption()
        .encrypt(&AuditKey::generate(&Fixed(42)), &OsEntropy)
        .unwrap();
    let printed = format!("{:?} {:?}", encryption(), encryption().decrypt(&encrypted));
    assert_eq!(
        printed,
        "AuditKeyEncryption(WrappingKeys(…)) Ok(DecryptedAuditKey { key: AuditKey(…), by: Current })"
    );
}

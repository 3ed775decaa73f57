//! The text that a device is known by, authenticated so that nobody makes one up.
//!
//! A token is the base64url of the device's name (16 bytes) and of up to four proofs (16 bytes each), the newest first. A
//! proof is the beginning (RFC 2104, section 5) of HMAC-SHA-256 of the name and the id of a user who signed in there. All
//! widths are fixed, so no two inputs run together. Whose proofs they are can't be read.

use crate::hmac_keys::HmacKeys;
use crate::keys::Keys;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis_application::ports::DeviceTokens;
use portcullis_domain::{DeviceId, DeviceToken, UserId};
use shaku::Component;

const PROOF_BYTES: usize = 16;
/// How many users a device is known for.
const MOST_USERS: usize = 4;
/// The longest text of a token: 80 bytes in base64url without padding.
const LONGEST: usize = (DeviceId::BYTES + MOST_USERS * PROOF_BYTES).div_ceil(3) * 4;
/// HKDF's `info`: what the derived key is for. Another form of the text needs another one.
const KEY_PURPOSE: &[u8] = b"portcullis known device v1";

/// The keys of device tokens, derived once. Prints nothing.
#[derive(Debug, Clone)]
pub struct DeviceTokenKeys(HmacKeys);

impl DeviceTokenKeys {
    /// Derives them by HKDF-SHA-256 (RFC 5869) from `SECRET_KEY` and the store's `salt`, so that a service that shares
    /// `SECRET_KEY` can't pass for a device of anybody.
    #[must_use]
    pub fn derive(keys: &Keys, salt: &[u8; 32]) -> Self {
        Self(HmacKeys::derive(keys, salt, KEY_PURPOSE))
    }
}

/// [`DeviceTokens`] by HMAC-SHA-256.
#[derive(Component)]
#[shaku(interface = DeviceTokens)]
pub struct HmacDeviceTokens {
    /// Makes and recognizes the proofs.
    keys: DeviceTokenKeys,
}

/// What a text says that has the form of a token.
struct Read {
    device: DeviceId,
    proofs: Vec<[u8; PROOF_BYTES]>,
}

impl DeviceTokens for HmacDeviceTokens {
    fn known(&self, token: &DeviceToken, user: UserId) -> Option<DeviceId> {
        let Read { device, proofs } = read(token)?;
        proofs
            .iter()
            .any(|proof| self.proves(proof, device, user))
            .then_some(device)
    }

    fn after_sign_in(&self, shown: Option<&DeviceToken>, user: UserId, fresh: DeviceId) -> DeviceToken {
        let Read { device, proofs } = shown.and_then(read).unwrap_or(Read {
            device: fresh,
            proofs: Vec::new(),
        });
        let others = proofs.iter().filter(|proof| !self.proves(*proof, device, user));
        let code = code(self.keys.0.current(), device, user);
        let mut token = device.as_bytes().to_vec();
        token.extend(code.as_ref().iter().take(PROOF_BYTES));
        token.extend(others.take(MOST_USERS - 1).flatten());
        DeviceToken::new(URL_SAFE_NO_PAD.encode(token))
    }
}

impl HmacDeviceTokens {
    fn proves(&self, proof: &[u8], device: DeviceId, user: UserId) -> bool {
        self.keys.0.any(|key| {
            let code = code(key, device, user);
            let expected = code.as_ref().get(..PROOF_BYTES);
            expected.is_some_and(|expected| verify_slices_are_equal(expected, proof).is_ok())
        })
    }
}

fn code(key: &hmac::Key, device: DeviceId, user: UserId) -> hmac::Tag {
    let mut context = hmac::Context::with_key(key);
    context.update(device.as_bytes());
    context.update(user.as_uuid().as_bytes());
    context.sign()
}

fn read(token: &DeviceToken) -> Option<Read> {
    let text = token.expose();
    if text.len() > LONGEST {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (device, rest) = bytes.split_first_chunk()?;
    let (proofs, incomplete) = rest.as_chunks();
    (incomplete.is_empty() && (1..=MOST_USERS).contains(&proofs.len())).then(|| Read {
        device: DeviceId::new(*device),
        proofs: proofs.to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SecretKey;
    use chrono::DateTime;
    use portcullis_domain::SecretText;

    const OLD: &str = "Zx8sT1nWq4RmVy6KjB3hF7dGp2cLa9eM";
    const NEW: &str = "kR7vQ2mXz9LtWb4YpN6cJ8fHs3gDd5eU";

    fn key(text: &str) -> SecretKey {
        SecretKey::parse(SecretText::new(text.to_owned())).unwrap()
    }

    fn tokens_of(current: &str, previous: Option<&str>) -> HmacDeviceTokens {
        let keys = Keys {
            current: key(current),
            previous: previous.map(key),
        };
        HmacDeviceTokens {
            keys: DeviceTokenKeys::derive(&keys, &[9; 32]),
        }
    }

    fn user(byte: u8) -> UserId {
        UserId::new(DateTime::UNIX_EPOCH, [byte; 10])
    }

    fn device(byte: u8) -> DeviceId {
        DeviceId::new([byte; 16])
    }

    #[test]
    fn a_device_is_known_for_the_newest_four_who_signed_in_there() {
        let tokens = tokens_of(NEW, None);
        let mut token = tokens.after_sign_in(None, user(0), device(1));
        for number in 1..6 {
            token = tokens.after_sign_in(Some(&token), user(number), device(100 + number));
        }
        for number in 2..6 {
            assert_eq!(tokens.known(&token, user(number)), Some(device(1)), "{number}");
        }
        for number in [0, 1, 6] {
            assert_eq!(tokens.known(&token, user(number)), None, "{number}");
        }
        assert!(token.expose().len() <= LONGEST);
    }

    #[test]
    fn who_signs_in_again_takes_no_second_place() {
        let tokens = tokens_of(NEW, None);
        let mut token = tokens.after_sign_in(None, user(0), device(1));
        token = tokens.after_sign_in(Some(&token), user(1), device(2));
        for _ in 0..9 {
            token = tokens.after_sign_in(Some(&token), user(0), device(2));
        }
        assert_eq!(tokens.known(&token, user(1)), Some(device(1)));
        let newest_two = tokens.after_sign_in(Some(&token), user(1), device(2));
        assert_eq!(newest_two.expose().len(), token.expose().len());
    }

    #[test]
    fn a_change_of_key_carries_devices_over() {
        let before = tokens_of(OLD, None).after_sign_in(None, user(1), device(1));
        let during = tokens_of(NEW, Some(OLD));
        assert_eq!(during.known(&before, user(1)), Some(device(1)));
        let renewed = during.after_sign_in(Some(&before), user(1), device(2));
        let after = tokens_of(NEW, None);
        assert_eq!(after.known(&before, user(1)), None);
        assert_eq!(after.known(&renewed, user(1)), Some(device(1)));
    }

    #[test]
    fn what_nobody_made_is_no_known_device_and_no_error() {
        let tokens = tokens_of(NEW, None);
        let genuine = tokens.after_sign_in(None, user(1), device(1));
        let foreign = tokens_of(OLD, None).after_sign_in(None, user(1), device(1));
        let texts = [
            String::new(),
            "garbage; é".to_owned(),
            "A".repeat(100_000),
            URL_SAFE_NO_PAD.encode([0; 16]),
            URL_SAFE_NO_PAD.encode([0; 33]),
            URL_SAFE_NO_PAD.encode([0; 96]),
            format!("{}=", genuine.expose()),
            format!("{}AAAA", genuine.expose()),
            foreign.expose().to_owned(),
        ];
        for text in texts {
            let shown = DeviceToken::new(text);
            assert_eq!(tokens.known(&shown, user(1)), None, "{}", shown.expose());
            let given = tokens.after_sign_in(Some(&shown), user(1), device(3));
            assert!(tokens.known(&given, user(1)).is_some());
        }
        assert_eq!(tokens.known(&genuine, user(2)), None);
    }

    /// Proofs of somebody's own do not become proofs of others by moving them to another device.
    #[test]
    fn a_proof_counts_on_its_own_device_alone() {
        let tokens = tokens_of(NEW, None);
        let token = tokens.after_sign_in(None, user(1), device(1));
        let mut bytes = URL_SAFE_NO_PAD.decode(token.expose()).unwrap();
        bytes[0] ^= 1;
        assert_eq!(
            tokens.known(&DeviceToken::new(URL_SAFE_NO_PAD.encode(bytes)), user(1)),
            None
        );
    }
}

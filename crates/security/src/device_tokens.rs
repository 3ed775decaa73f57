//! The text that a device is known by, authenticated so that nobody makes one up.
//!
//! A token is the base64url of the device's name (16 bytes), of the beginning of HMAC-SHA-256 of the name (16 bytes), which shows
//! that we gave it, and of up to four proofs (20 bytes each), the newest first. A
//! proof is the minute of a sign-in, counted from 1970 (4 bytes, the highest first), and the beginning (RFC 2104, section 5)
//! of HMAC-SHA-256 (16 bytes) of the name, the minute, the id of the user who signed in there and the hash of their password.
//! All widths but the last are fixed, so no two inputs run together. Whose proofs they are can't be read. Another password
//! has another hash, and so has a password that was hashed anew: then no proof of before counts.

use crate::hmac_keys::HmacKeys;
use crate::keys::Keys;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use portcullis_application::ports::DeviceTokens;
use portcullis_domain::{DeviceId, DeviceToken, KnownDevice, PasswordHash, UserId};
use shaku::Component;

const CODE_BYTES: usize = 16;
const TIME_BYTES: usize = size_of::<u32>();
const PROOF_BYTES: usize = TIME_BYTES + CODE_BYTES;
/// How many users a device is known for.
const MOST_USERS: usize = 4;
/// The longest text of a token: 112 bytes in base64url without padding.
const LONGEST: usize = (DeviceId::BYTES + CODE_BYTES + MOST_USERS * PROOF_BYTES).div_ceil(3) * 4;
/// HKDF's `info`: what the derived key is for. Another form of the text needs another one.
const KEY_PURPOSE: &[u8] = b"portcullis known device v3";

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
    /// That the name is one of ours.
    name_code: [u8; CODE_BYTES],
    proofs: Vec<[u8; PROOF_BYTES]>,
}

/// Of whom a proof is.
#[derive(Clone, Copy)]
struct SignedIn<'a> {
    device: DeviceId,
    user: UserId,
    password: &'a PasswordHash,
}

impl DeviceTokens for HmacDeviceTokens {
    fn known(
        &self,
        token: &DeviceToken,
        user: UserId,
        password: &PasswordHash,
        now: DateTime<Utc>,
    ) -> Option<KnownDevice> {
        let Read { device, proofs, .. } = read(token)?;
        let who = SignedIn { device, user, password };
        let counts = |proof: &&[u8; PROOF_BYTES]| self.proves(proof, who) && is_young(proof, now);
        let proof = proofs.iter().find(counts)?;
        Some(KnownDevice {
            id: device,
            since: DateTime::from_timestamp(i64::from(minute_in(proof)) * 60, 0)?,
        })
    }

    fn named(&self, token: &DeviceToken) -> Option<DeviceId> {
        let read = read(token)?;
        self.is_named_by_us(&read).then_some(read.device)
    }

    fn after_sign_in(
        &self,
        shown: Option<&DeviceToken>,
        user: UserId,
        password: &PasswordHash,
        fresh: DeviceId,
        now: DateTime<Utc>,
    ) -> DeviceToken {
        // A name that we did not give is nobody's: whoever planted it would share what is counted by it.
        let ours = shown.and_then(read).filter(|read| self.is_named_by_us(read));
        let (device, proofs) = ours.map_or_else(|| (fresh, Vec::new()), |read| (read.device, read.proofs));
        let who = SignedIn { device, user, password };
        let others = proofs
            .iter()
            .filter(|proof| !self.proves(proof, who) && is_young(proof, now));
        let time = minute_of(now).to_be_bytes();
        let mut token = device.as_bytes().to_vec();
        token.extend(
            code_of_name(self.keys.0.current(), device)
                .as_ref()
                .iter()
                .take(CODE_BYTES),
        );
        token.extend(time);
        token.extend(code(self.keys.0.current(), who, &time).as_ref().iter().take(CODE_BYTES));
        token.extend(others.take(MOST_USERS - 1).flatten());
        DeviceToken::new(URL_SAFE_NO_PAD.encode(token))
    }
}

impl HmacDeviceTokens {
    fn is_named_by_us(&self, read: &Read) -> bool {
        self.keys
            .0
            .any(|key| is_code(&code_of_name(key, read.device), &read.name_code))
    }

    fn proves(&self, proof: &[u8; PROOF_BYTES], who: SignedIn<'_>) -> bool {
        let (time, shown) = proof.split_at(TIME_BYTES);
        self.keys.0.any(|key| is_code(&code(key, who, time), shown))
    }
}

/// Whether that is the beginning of it.
fn is_code(code: &hmac::Tag, shown: &[u8]) -> bool {
    let expected = code.as_ref().get(..CODE_BYTES);
    expected.is_some_and(|expected| verify_slices_are_equal(expected, shown).is_ok())
}

/// Of a name alone: shorter than what any proof is made of.
fn code_of_name(key: &hmac::Key, device: DeviceId) -> hmac::Tag {
    hmac::sign(key, device.as_bytes())
}

fn code(key: &hmac::Key, who: SignedIn<'_>, time: &[u8]) -> hmac::Tag {
    let mut context = hmac::Context::with_key(key);
    context.update(who.device.as_bytes());
    context.update(time);
    context.update(who.user.as_uuid().as_bytes());
    context.update(who.password.expose().as_bytes());
    context.sign()
}

/// A time outside four bytes is the nearest inside.
fn minute_of(time: DateTime<Utc>) -> u32 {
    u32::try_from(time.timestamp().max(0) / 60).unwrap_or(u32::MAX)
}

/// Whether it is no older than a token may be. One of a clock that was ahead is young.
fn is_young(proof: &[u8; PROOF_BYTES], now: DateTime<Utc>) -> bool {
    let age = minute_of(now).saturating_sub(minute_in(proof));
    u64::from(age) <= DeviceToken::LIFE.as_secs() / 60
}

/// The minute of the sign-in that it proves.
fn minute_in(proof: &[u8; PROOF_BYTES]) -> u32 {
    proof.first_chunk().map_or(0, |time| u32::from_be_bytes(*time))
}

fn read(token: &DeviceToken) -> Option<Read> {
    let text = token.expose();
    if text.len() > LONGEST {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (device, rest) = bytes.split_first_chunk()?;
    let (name_code, rest) = rest.split_first_chunk()?;
    let (proofs, incomplete) = rest.as_chunks();
    (incomplete.is_empty() && (1..=MOST_USERS).contains(&proofs.len())).then(|| Read {
        device: DeviceId::new(*device),
        name_code: *name_code,
        proofs: proofs.to_vec(),
    })
}

#[cfg(test)]
mod tests;

//! The form in which a hash is stored: `$2b$`, the cost, `$`, the salt and the digest.

use crate::{Cost, Error};
use base64::{
    Engine as _,
    alphabet::BCRYPT,
    engine::general_purpose::{GeneralPurpose, NO_PAD},
};
use std::{fmt, str::FromStr};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroize as _;

/// Refuses bits set beyond the last byte, as the crate `bcrypt` does: each hash has one spelling.
const BASE_64: GeneralPurpose = GeneralPurpose::new(&BCRYPT, NO_PAD);

/// The length of the text in bytes: 7 for prefix and cost, 22 for the salt, 31 for the digest.
const TEXT_BYTES: usize = 60;
const SALT_CHARACTERS: usize = 22;

/// What bcrypt makes of a password: 23 of the 24 bytes that the cipher yields. It can't be compared by `==`.
#[derive(Clone)]
pub(crate) struct Digest([u8; 23]);

impl Digest {
    /// Drops the last byte, as the first implementation did and all have since.
    pub(crate) fn from_ciphertext(mut ciphertext: [u8; 24]) -> Self {
        let [kept @ .., _] = ciphertext;
        ciphertext.zeroize();
        Self(kept)
    }

    /// Compares in a time that doesn't tell where the two differ.
    pub(crate) fn equals(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Drop for Digest {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// A stored bcrypt hash, taken apart. Written out it is the usual text of 60 characters with the prefix `$2b$`.
///
/// It prints no digest in `Debug`, and there is no `==`, which would not be constant in time:
///
/// ```compile_fail,E0369
/// let hash: bcrypt_lanes::PasswordHash = "$2b$04$......................................................".parse().unwrap();
/// let same = hash == hash;
/// ```
#[derive(Clone)]
pub struct PasswordHash {
    cost: Cost,
    salt: [u8; 16],
    digest: Digest,
}

impl PasswordHash {
    pub(crate) const fn new(cost: Cost, salt: [u8; 16], digest: Digest) -> Self {
        Self { cost, salt, digest }
    }

    /// The cost that the hash was made with. Whoever takes hashes from outside caps it: 31 is a day and a half.
    #[must_use]
    pub const fn cost(&self) -> Cost {
        self.cost
    }

    /// The salt that the hash was made with.
    #[must_use]
    pub const fn salt(&self) -> &[u8; 16] {
        &self.salt
    }

    /// Whether the other one has the same cost, salt and digest: whether both are of the same password, as far as bcrypt
    /// tells. Takes a time that doesn't say where the digests differ.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let have_same_start = self.cost == other.cost && self.salt == other.salt;
        have_same_start & self.digest.equals(&other.digest)
    }

    pub(crate) const fn digest(&self) -> &Digest {
        &self.digest
    }
}

impl FromStr for PasswordHash {
    type Err = Error;

    /// Reads `$2a$`, `$2b$`, `$2x$` and `$2y$`, and treats them alike.
    fn from_str(text: &str) -> Result<Self, Error> {
        let bytes: &[u8; TEXT_BYTES] = text.as_bytes().try_into().map_err(|_| Error::Length(text.len()))?;
        let [
            b'$',
            b'2',
            b'a' | b'b' | b'x' | b'y',
            b'$',
            tens,
            units,
            b'$',
            encoded @ ..,
        ] = bytes
        else {
            return Err(Error::Prefix);
        };
        let cost = Cost::new(decimal(*tens)? * 10 + decimal(*units)?)?;
        let (salt_text, digest_text) = encoded.split_at(SALT_CHARACTERS);
        let mut salt = [0; 16];
        BASE_64
            .decode_slice(salt_text, &mut salt)
            .map_err(|_| Error::Encoding)?;
        let mut digest = Digest([0; 23]);
        BASE_64
            .decode_slice(digest_text, &mut digest.0)
            .map_err(|_| Error::Encoding)?;
        Ok(Self::new(cost, salt, digest))
    }
}

fn decimal(digit: u8) -> Result<u32, Error> {
    char::from(digit).to_digit(10).ok_or(Error::Prefix)
}

impl fmt::Display for PasswordHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let salt = BASE_64.encode(self.salt);
        let digest = BASE_64.encode(self.digest.0);
        write!(formatter, "$2b${:02}${salt}{digest}", self.cost.get())
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("PasswordHash")
            .field("cost", &self.cost)
            .finish_non_exhaustive()
    }
}

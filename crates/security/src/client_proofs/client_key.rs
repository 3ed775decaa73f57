//! The public keys that were registered for a client (RFC 7517).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
use jsonwebtoken::{Algorithm, DecodingKey};
use portcullis_verifier::VerificationKey;
use serde::Deserialize;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

/// Keys of each kind, whose private parts were thrown away when they were made.
pub(super) const NOBODYS_KEYS: &str = include_str!("nobodys_keys.json");

/// The same, read.
pub(super) static NOBODYS: LazyLock<KeySet> = LazyLock::new(|| KeySet::read(NOBODYS_KEYS).unwrap_or_default());

/// A JWK set.
#[derive(Default, Deserialize)]
pub(super) struct KeySet {
    pub(super) keys: Vec<ClientKey>,
}

impl KeySet {
    pub(super) fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The one key that signs by that algorithm and has that name. Where none is named, it has to be the only one (OpenID Connect
    /// Core, section 10.1), so that no more than one signature is checked.
    pub(super) fn key_for(&self, algorithm: &str, name: Option<&str>) -> Option<&ClientKey> {
        let fits = |key: &&ClientKey| key.signs_by(algorithm) && (name.is_none() || key.kid.as_deref() == name);
        let mut fitting = self.keys.iter().filter(fits);
        let first = fitting.next()?;
        fitting.next().is_none().then_some(first)
    }
}

/// The algorithms by which clients sign; the last two are one.
const ALGORITHMS: [&str; 5] = ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"];

/// How many bytes a modulus of RSA has that signatures are checked by.
const RSA_BYTES: RangeInclusive<usize> = 256..=1024;

/// The members of a key that matter. They were checked when the key was registered.
#[derive(Clone, Deserialize)]
pub(super) struct ClientKey {
    pub(super) kid: Option<String>,
    kty: String,
    crv: Option<String>,
    alg: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

impl ClientKey {
    /// Whether its holder has made the signature by that algorithm.
    pub(super) fn has_signed(&self, algorithm: &str, message: &[u8], signature: &[u8]) -> bool {
        let Some((algorithm, key)) = self.key_of(algorithm) else {
            return false;
        };
        // The provider is named: what else the program installs decides nothing here.
        let verifier = (DEFAULT_PROVIDER.verifier_factory)(&algorithm, &key);
        verifier.is_ok_and(|verifier| verifier.verify(message, &signature.to_vec()).is_ok())
    }

    /// A key of nobody's by which that signature takes as long to check as by any client's: one of RSA is as long as the
    /// signature, and larger than it.
    pub(super) fn nobodys(algorithm: &str, signature: &[u8]) -> Option<Self> {
        let mut key = NOBODYS.key_for(algorithm, None)?.clone();
        if key.n.is_some() && RSA_BYTES.contains(&signature.len()) {
            key.n = Some(URL_SAFE_NO_PAD.encode(vec![0xff; signature.len()]));
        }
        Some(key)
    }

    /// Whether the check of that signature would take the time of a check. One of RSA ends at once where the signature is not as
    /// long as the modulus, or not below it (RFC 8017, section 8.2.2): by that, whoever tries would learn of the key.
    pub(super) fn may_have_made(&self, signature: &[u8]) -> bool {
        let Some(modulus) = &self.n else { return true };
        let modulus = URL_SAFE_NO_PAD.decode(modulus).unwrap_or_default();
        let first = modulus.iter().position(|byte| *byte != 0).unwrap_or_default();
        let modulus = modulus.get(first..).unwrap_or_default();
        modulus.len() == signature.len() && signature < modulus
    }

    /// Whether it can check a signature: whether the members are those of a key of its kind, and it signs by an algorithm that
    /// is known.
    pub(super) fn is_usable(&self) -> bool {
        let bytes = |text: Option<&String>| URL_SAFE_NO_PAD.decode(text?).ok();
        let point = || bytes(self.x.as_ref())?.try_into().ok();
        let checked = || match (self.kty.as_str(), self.crv.as_deref()) {
            ("RSA", _) => {
                let (modulus, exponent) = (bytes(self.n.as_ref())?, bytes(self.e.as_ref())?);
                VerificationKey::rs256(String::new(), &modulus, &exponent).ok()
            }
            ("EC", Some("P-256")) => {
                let y = bytes(self.y.as_ref())?.try_into().ok()?;
                VerificationKey::es256(String::new(), &point()?, &y).ok()
            }
            ("OKP", Some("Ed25519")) => VerificationKey::ed25519(String::new(), &point()?).ok(),
            _ => None,
        };
        let is_known = |own: &String| {
            ALGORITHMS
                .iter()
                .any(|known| known == own && self.algorithm(known).is_some())
        };
        self.alg.as_ref().is_none_or(is_known) && checked().is_some()
    }

    /// Whether that algorithm is one that its kind of key has and, where the key names one, that one.
    fn signs_by(&self, algorithm: &str) -> bool {
        let is_its_own = self.alg.as_deref().is_none_or(|own| own == algorithm);
        is_its_own && self.algorithm(algorithm).is_some()
    }

    fn algorithm(&self, name: &str) -> Option<Algorithm> {
        match (name, self.kty.as_str(), self.crv.as_deref()) {
            ("RS256", "RSA", _) => Some(Algorithm::RS256),
            ("PS256", "RSA", _) => Some(Algorithm::PS256),
            ("ES256", "EC", Some("P-256")) => Some(Algorithm::ES256),
            ("EdDSA" | "Ed25519", "OKP", Some("Ed25519")) => Some(Algorithm::EdDSA),
            _ => None,
        }
    }

    fn key_of(&self, algorithm: &str) -> Option<(Algorithm, DecodingKey)> {
        let algorithm = self.algorithm(algorithm)?;
        let key = match algorithm {
            Algorithm::ES256 => DecodingKey::from_ec_components(self.x.as_deref()?, self.y.as_deref()?).ok()?,
            Algorithm::EdDSA => DecodingKey::from_ed_components(self.x.as_deref()?).ok()?,
            _ => {
                let part = |text: Option<&String>| URL_SAFE_NO_PAD.decode(text?).ok();
                DecodingKey::from_rsa_raw_components(&part(self.n.as_ref())?, &part(self.e.as_ref())?)
            }
        };
        Some((algorithm, key))
    }
}

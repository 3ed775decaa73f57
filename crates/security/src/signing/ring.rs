//! The keys that are ready: the one that signs, and those whose signatures are accepted.

use super::claims::access_claims;
use super::key_pair::KeyPair;
use super::signer::SharedSigner;
use super::verified_tokens::{TokenDigest, VerifiedTokens};
use anyhow::ensure;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use portcullis_application::ports::{AccessClaims, KeyRingError, PublicKey};
use portcullis_domain::{KeyId, SigningAlgorithm, SigningKey, SigningKeyStage};
use portcullis_verifier::{Claims, MEDIA_TYPE, Refusal, VerificationKey, check};
use std::slice;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// How long after its retirement a key may still have signed: another server learns of it later, and may have another
/// clock.
const RETIREMENT_TOLERANCE: Duration = Duration::from_mins(1);

/// The longest signature, that of RS256, in base64url with the points before it, and some to round up.
const MAX_SIGNATURE_BYTES: usize = 352;

/// The longest token whose check is remembered. Those that the server issues are shorter, unless its issuer's name is
/// very long; whoever sends a longer one does not make it be hashed.
const MAX_REMEMBERED_BYTES: usize = 2048;

/// A key that is ready. It is made once; rings that come later share it.
pub(super) struct ReadyKey {
    id: KeyId,
    algorithm: SigningAlgorithm,
    /// The first part of its tokens, encoded.
    header: String,
    signer: Arc<SharedSigner>,
    /// What checks its signatures; one for each `SECRET_KEY` with HS256.
    verification: Vec<VerificationKey>,
    published: Option<PublicKey>,
}

/// What signs and checks by `SECRET_KEY` itself.
pub(super) struct SharedSecret {
    pub(super) signing: Arc<SharedSigner>,
    pub(super) verification: Vec<VerificationKey>,
}

impl ReadyKey {
    /// A key of HS256. Its tokens name none: whoever shares `SECRET_KEY` knows no other.
    pub(super) fn shared(id: KeyId, secret: &SharedSecret) -> Self {
        let algorithm = SigningAlgorithm::Hs256;
        Self {
            id,
            algorithm,
            header: URL_SAFE_NO_PAD.encode(format!(r#"{{"typ":"{MEDIA_TYPE}","alg":"{algorithm}"}}"#)),
            signer: Arc::clone(&secret.signing),
            verification: secret.verification.clone(),
            published: None,
        }
    }

    /// A key pair, if `id` is its name.
    pub(super) fn pair(id: KeyId, algorithm: SigningAlgorithm, pair: KeyPair) -> anyhow::Result<Self> {
        let public = pair.public_part()?;
        ensure!(public.thumbprint() == id, "it is the key of another name");
        let header = format!(r#"{{"typ":"{MEDIA_TYPE}","alg":"{algorithm}","kid":"{id}"}}"#);
        Ok(Self {
            id,
            algorithm,
            header: URL_SAFE_NO_PAD.encode(header),
            signer: pair.into_signer()?.into(),
            verification: vec![public.verification_key()?],
            published: Some(public.jwk()),
        })
    }

    /// The text of a token that says `payload`: a JWS in the compact form (RFC 7515, section 7.1).
    pub(super) fn sign(&self, payload: &[u8]) -> anyhow::Result<String> {
        let mut text = String::with_capacity(self.header.len() + payload.len() * 4 / 3 + MAX_SIGNATURE_BYTES);
        text.push_str(&self.header);
        text.push('.');
        URL_SAFE_NO_PAD.encode_string(payload, &mut text);
        let signature = self.signer.try_sign(text.as_bytes())?;
        text.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut text);
        Ok(text)
    }
}

/// The keys that are ready, by what each is good for. Empty before the first load: then nothing is signed or accepted.
#[derive(Default)]
pub(super) struct Ring {
    keys: Vec<Arc<ReadyKey>>,
    current: Option<Arc<ReadyKey>>,
    /// Those of the keys that sign now or next. The next one is among them because another server may have begun to
    /// sign by it already.
    unretired: Vec<VerificationKey>,
    retired: Vec<RetiredKey>,
    /// What these keys were found to have signed. It is forgotten with the ring, so no key that is gone lives on in it.
    verified: VerifiedTokens,
}

struct RetiredKey {
    key: VerificationKey,
    signed_until: SystemTime,
}

impl Ring {
    /// The ring of the keys of the store, each with its ready form.
    pub(super) fn new(keys: &[(&SigningKey, Arc<ReadyKey>)]) -> Result<Self, KeyRingError> {
        let is_current = |(key, _): &&(&SigningKey, Arc<ReadyKey>)| key.stage() == SigningKeyStage::Current;
        // There is one; were there two, all servers would take the same.
        let current = keys.iter().filter(is_current).max_by_key(|(key, _)| key.activated_at);
        let (_, current) = current.ok_or(KeyRingError::NoneSigns)?;
        let mut ring = Self {
            current: Some(Arc::clone(current)),
            ..Self::default()
        };
        for (key, ready) in keys {
            match key.retired_at {
                Some(retired_at) => ring.retire(ready, retired_at),
                None => ring.accept(ready),
            }
            ring.keys.push(Arc::clone(ready));
        }
        Ok(ring)
    }

    fn accept(&mut self, ready: &ReadyKey) {
        self.unretired.extend(ready.verification.iter().cloned());
    }

    fn retire(&mut self, ready: &ReadyKey, retired_at: DateTime<Utc>) {
        let signed_until = SystemTime::from(retired_at) + RETIREMENT_TOLERANCE;
        self.retired.extend(ready.verification.iter().map(|key| RetiredKey {
            key: key.clone(),
            signed_until,
        }));
    }

    /// The key of that name and algorithm, if it is ready already.
    pub(super) fn find(&self, key: &SigningKey) -> Option<Arc<ReadyKey>> {
        let is_it = |ready: &&Arc<ReadyKey>| ready.id == key.id && ready.algorithm == key.algorithm;
        self.keys.iter().find(is_it).map(Arc::clone)
    }

    /// The key that signs.
    pub(super) fn current(&self) -> Result<&ReadyKey, KeyRingError> {
        self.current.as_deref().ok_or(KeyRingError::NoneSigns)
    }

    /// What `raw` says, if one of the keys signed it while it might and `issuer`, always the same, issued it. A token that
    /// was accepted once is remembered.
    pub(super) fn access_claims(&self, raw: &str, issuer: &str, now: DateTime<Utc>) -> Result<AccessClaims, Refusal> {
        let check = || access_claims(&self.check(raw, issuer, now.into())?).ok_or(Refusal::Invalid);
        let is_short = raw.len() <= MAX_REMEMBERED_BYTES;
        let Some(token) = is_short.then(|| TokenDigest::of(raw)).flatten() else {
            return check();
        };
        if let Some(claims) = self.verified.find(&token, now) {
            return Ok(claims);
        }
        let claims = check()?;
        self.verified.note(token, claims.clone(), now);
        Ok(claims)
    }

    /// The key is unknown if it is to each check.
    fn check(&self, raw: &str, issuer: &str, now: SystemTime) -> Result<Claims, Refusal> {
        let mut refusal = match check(raw, issuer, &self.unretired, now) {
            Ok(claims) => return Ok(claims),
            Err(refusal) => refusal,
        };
        for retired in &self.retired {
            match retired.check(raw, issuer, now) {
                Err(Refusal::UnknownKey) => {}
                Err(Refusal::Invalid) => refusal = Refusal::Invalid,
                accepted @ Ok(_) => return accepted,
            }
        }
        Err(refusal)
    }

    /// The published forms.
    pub(super) fn published(&self) -> Vec<PublicKey> {
        self.keys.iter().filter_map(|key| key.published.clone()).collect()
    }
}

impl RetiredKey {
    fn check(&self, raw: &str, issuer: &str, now: SystemTime) -> Result<Claims, Refusal> {
        let claims = check(raw, issuer, slice::from_ref(&self.key), now)?;
        if claims.issued_at <= self.signed_until {
            Ok(claims)
        } else {
            Err(Refusal::Invalid)
        }
    }
}

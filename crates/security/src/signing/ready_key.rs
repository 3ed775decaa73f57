//! Keys that are ready to sign.

use super::key_pair::KeyPair;
use super::public_part::PublicPart;
use super::signer::{PairSigner, SecretSigner, SharedSigner};
use crate::keys::Keys;
use anyhow::{Context as _, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::EncodingKey;
use portcullis_application::ports::PublicKey;
use portcullis_domain::{KeyId, SigningAlgorithm};
use portcullis_verifier::VerificationKey;
use std::sync::Arc;

/// The longest header and the longest signature, that of RS256, in base64url with the points between them, and some to
/// round up.
const MAX_FRAME_BYTES: usize = 512;

/// A key that is ready. It is made once; rings that come later share it.
pub(crate) struct ReadyKey {
    pub(super) id: KeyId,
    pub(super) algorithm: SigningAlgorithm,
    /// `None` for one whose private part is gone.
    signer: Option<Arc<SharedSigner>>,
    /// What checks its signatures; one for each `SECRET_KEY` with HS256.
    pub(super) verification: Vec<VerificationKey>,
    pub(super) published: Option<PublicKey>,
}

/// What signs and checks by `SECRET_KEY` itself.
pub(super) struct SharedSecret {
    signing: Arc<SharedSigner>,
    pub(super) verification: Vec<VerificationKey>,
}

impl SharedSecret {
    pub(super) fn new(keys: &Keys) -> Self {
        let of = |key: &crate::SecretKey| VerificationKey::hs256(None, key.expose());
        Self {
            signing: Arc::new(SecretSigner(EncodingKey::from_secret(keys.current.expose()))),
            verification: std::iter::once(&keys.current).chain(&keys.previous).map(of).collect(),
        }
    }
}

impl ReadyKey {
    /// A key of HS256. Its texts name no key: a service that shares `SECRET_KEY` knows no other key.
    pub(super) fn shared(id: KeyId, secret: &SharedSecret) -> Self {
        Self {
            id,
            algorithm: SigningAlgorithm::Hs256,
            signer: Some(Arc::clone(&secret.signing)),
            verification: secret.verification.clone(),
            published: None,
        }
    }

    /// A key pair, if `id` is its name.
    pub(super) fn pair(id: KeyId, algorithm: SigningAlgorithm, pair: KeyPair) -> anyhow::Result<Self> {
        let public = pair.public_part()?;
        ensure!(public.thumbprint() == id, "it is the key of another name");
        Ok(Self {
            id,
            algorithm,
            signer: Some(Arc::new(PairSigner(pair))),
            verification: vec![public.verification_key()?],
            published: Some(public.jwk()),
        })
    }

    /// A key whose private part is gone, if `id` is its name. It is not published, and signs nothing.
    pub(super) fn remembered(id: KeyId, algorithm: SigningAlgorithm, public: &PublicPart) -> anyhow::Result<Self> {
        ensure!(public.thumbprint() == id, "it is the key of another name");
        Ok(Self {
            id,
            algorithm,
            signer: None,
            verification: vec![public.verification_key()?],
            published: None,
        })
    }

    /// A JWS of `payload` in the compact form (RFC 7515, section 7.1).
    pub(crate) fn sign(&self, media_type: &str, payload: &[u8]) -> anyhow::Result<String> {
        let mut text = String::with_capacity(payload.len() * 4 / 3 + MAX_FRAME_BYTES);
        URL_SAFE_NO_PAD.encode_string(self.header(media_type), &mut text);
        text.push('.');
        URL_SAFE_NO_PAD.encode_string(payload, &mut text);
        let signer = self.signer.as_ref().context("the key has no private part")?;
        let signature = signer.try_sign(text.as_bytes())?;
        text.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut text);
        Ok(text)
    }

    /// Whether it can sign.
    pub(super) fn signs(&self) -> bool {
        self.signer.is_some()
    }

    /// The first part. None of its values has a character that JSON escapes.
    fn header(&self, media_type: &str) -> String {
        let (id, algorithm) = (&self.id, self.algorithm);
        if algorithm.has_key_pair() {
            format!(r#"{{"typ":"{media_type}","alg":"{algorithm}","kid":"{id}"}}"#)
        } else {
            format!(r#"{{"typ":"{media_type}","alg":"{algorithm}"}}"#)
        }
    }
}

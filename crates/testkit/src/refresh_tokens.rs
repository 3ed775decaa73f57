//! Refresh tokens that a test can read.

use portcullis_application::ports::RefreshTokens;
use portcullis_domain::{Carrier, Generation, RefreshToken, SecretText, Seed, SessionId, TokenProof};
use shaku::Component;
use std::hash::{DefaultHasher, Hash, Hasher};
use uuid::Uuid;

const PREFIX: &str = "fake_refresh";

/// Writes session and generation plainly, with a checksum of them, the seed and the carrier behind: who has not the seed makes
/// no token by accident.
#[derive(Clone, Copy, Default, Component)]
#[shaku(interface = RefreshTokens)]
pub struct FakeRefreshTokens;

impl RefreshTokens for FakeRefreshTokens {
    fn issue(&self, session: SessionId, generation: Generation, seed: &Seed, carrier: Carrier) -> SecretText {
        let proof = proof(session, generation, seed, carrier);
        let mut text = format!("{PREFIX}:{session}:{}:", generation.number());
        for byte in proof.expose() {
            text.extend([byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16).unwrap()));
        }
        SecretText::new(text)
    }

    fn read(&self, raw: &str, carrier: Carrier) -> Option<RefreshToken> {
        let mut parts = raw.split(':');
        if parts.next()? != PREFIX {
            return None;
        }
        let session_id = Uuid::parse_str(parts.next()?).ok()?.into();
        let generation = Generation::new(parts.next()?.parse().ok()?);
        let proof = read_proof(parts.next()?)?;
        parts.next().is_none().then_some(RefreshToken {
            session_id,
            generation,
            carrier,
            proof,
        })
    }

    fn is_genuine(&self, token: &RefreshToken, seed: &Seed) -> bool {
        token.proof.expose() == proof(token.session_id, token.generation, seed, token.carrier).expose()
    }
}

fn proof(session: SessionId, generation: Generation, seed: &Seed, carrier: Carrier) -> TokenProof {
    let mut bytes = [0; TokenProof::BYTES];
    for (part, chunk) in bytes.chunks_mut(8).enumerate() {
        let mut hasher = DefaultHasher::new();
        (PREFIX, part, session, generation, seed.expose(), carrier).hash(&mut hasher);
        chunk.copy_from_slice(&hasher.finish().to_be_bytes());
    }
    TokenProof::new(bytes)
}

fn read_proof(hexadecimal: &str) -> Option<TokenProof> {
    if hexadecimal.len() != 2 * TokenProof::BYTES {
        return None;
    }
    let mut bytes = [0; TokenProof::BYTES];
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(hexadecimal.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(TokenProof::new(bytes))
}

//! Cookies of browsers' sessions that a test can read.

use portcullis_application::ports::SessionCookies;
use portcullis_domain::{Generation, SecretText, Seed, SessionCookie, SessionId, TokenProof};
use shaku::Component;
use std::hash::{DefaultHasher, Hash, Hasher};
use uuid::Uuid;

const PREFIX: &str = "fake_cookie";

/// Writes session and generation plainly, with a checksum of them and the seed behind: who has not the seed makes no cookie
/// by accident.
#[derive(Clone, Copy, Default, Component)]
#[shaku(interface = SessionCookies)]
pub struct FakeSessionCookies;

impl SessionCookies for FakeSessionCookies {
    fn issue(&self, session: SessionId, generation: Generation, seed: &Seed) -> SecretText {
        let checksum = checksum(session, generation, seed);
        SecretText::new(format!("{PREFIX}:{session}:{}:{checksum}", generation.number()))
    }

    fn read(&self, raw: &str) -> Option<SessionCookie> {
        let mut parts = raw.strip_prefix(PREFIX)?.strip_prefix(':')?.split(':');
        let session_id = Uuid::parse_str(parts.next()?).ok()?.into();
        let generation = Generation::new(parts.next()?.parse().ok()?);
        let proof = proof_of(parts.next()?.parse().ok()?);
        parts.next().is_none().then_some(SessionCookie {
            session_id,
            generation,
            proof,
        })
    }

    fn is_genuine(&self, cookie: &SessionCookie, seed: &Seed) -> bool {
        let expected = proof_of(checksum(cookie.session_id, cookie.generation, seed));
        cookie.proof.expose() == expected.expose()
    }
}

fn checksum(session: SessionId, generation: Generation, seed: &Seed) -> u64 {
    let mut hasher = DefaultHasher::new();
    (PREFIX, session, generation, seed.expose()).hash(&mut hasher);
    hasher.finish()
}

fn proof_of(checksum: u64) -> TokenProof {
    let mut bytes = [0; TokenProof::BYTES];
    bytes[..8].copy_from_slice(&checksum.to_be_bytes());
    TokenProof::new(bytes)
}

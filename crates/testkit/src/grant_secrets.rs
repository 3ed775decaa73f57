//! Codes and refresh tokens of clients that a test can read.

use portcullis_application::ports::GrantSecrets;
use portcullis_domain::{Generation, GrantId, GrantSecret, GrantSecretKind, SecretText, Seed, TokenProof};
use shaku::Component;
use std::hash::{DefaultHasher, Hash, Hasher};
use uuid::Uuid;

/// Writes kind, grant and generation plainly, with a checksum of them and the seed behind.
#[derive(Clone, Copy, Default, Component)]
#[shaku(interface = GrantSecrets)]
pub struct FakeGrantSecrets;

const fn prefix_of(kind: GrantSecretKind) -> &'static str {
    match kind {
        GrantSecretKind::Code => "fake_code:",
        GrantSecretKind::RefreshToken => "fake_grant_refresh:",
    }
}

impl GrantSecrets for FakeGrantSecrets {
    fn issue(&self, kind: GrantSecretKind, grant: GrantId, generation: Generation, seed: &Seed) -> SecretText {
        let checksum = checksum(kind, grant, generation, seed);
        let prefix = prefix_of(kind);
        SecretText::new(format!("{prefix}{grant}:{}:{checksum}", generation.number()))
    }

    fn read(&self, kind: GrantSecretKind, raw: &str) -> Option<GrantSecret> {
        let mut parts = raw.strip_prefix(prefix_of(kind))?.split(':');
        let grant = Uuid::parse_str(parts.next()?).ok()?.into();
        let generation = Generation::new(parts.next()?.parse().ok()?);
        let proof = proof_of(parts.next()?.parse().ok()?);
        parts.next().is_none().then_some(GrantSecret {
            kind,
            grant,
            generation,
            proof,
        })
    }

    fn is_genuine(&self, secret: &GrantSecret, seed: &Seed) -> bool {
        let expected = proof_of(checksum(secret.kind, secret.grant, secret.generation, seed));
        secret.proof.expose() == expected.expose()
    }
}

fn checksum(kind: GrantSecretKind, grant: GrantId, generation: Generation, seed: &Seed) -> u64 {
    let mut hasher = DefaultHasher::new();
    (kind, grant, generation, seed.expose()).hash(&mut hasher);
    hasher.finish()
}

fn proof_of(checksum: u64) -> TokenProof {
    let mut bytes = [0; TokenProof::BYTES];
    bytes[..8].copy_from_slice(&checksum.to_be_bytes());
    TokenProof::new(bytes)
}

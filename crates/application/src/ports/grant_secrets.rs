//! Makes and recognizes the codes and refresh tokens of clients.

use portcullis_domain::{Generation, GrantId, GrantSecret, GrantSecretKind, SecretText, Seed};
use shaku::Interface;

/// The codes and refresh tokens of clients. A text of one kind is none of the other, nor one of a session.
pub trait GrantSecrets: Interface {
    /// The text of that kind, grant and generation. It is always the same.
    fn issue(&self, kind: GrantSecretKind, grant: GrantId, generation: Generation, seed: &Seed) -> SecretText;

    /// Takes a text of that kind apart; `None` where it has not the form of one.
    fn read(&self, kind: GrantSecretKind, raw: &str) -> Option<GrantSecret>;

    /// Whether it was made of that seed. Takes constant time.
    fn is_genuine(&self, secret: &GrantSecret, seed: &Seed) -> bool;
}

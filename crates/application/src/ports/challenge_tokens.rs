//! The secret texts of half sign-ins.

use portcullis_domain::{Digest32, SecretText};
use shaku::Interface;

/// Makes and recognizes the secret text that goes on with a sign-in whose second factor is asked for. It says nothing, and is
/// good for nothing else.
pub trait ChallengeTokens: Interface {
    /// A text of so much chance, and its digest, which is what a store keeps.
    fn issue(&self, random: [u8; 32]) -> (SecretText, Digest32);

    /// The digest of a text; `None` where it has not the exact form of one.
    fn digest(&self, raw: &str) -> Option<Digest32>;
}

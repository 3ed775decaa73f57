//! The secrets of clients.

use portcullis_domain::{Digest32, SecretText};
use shaku::Interface;

/// Makes secrets of clients, and compares what clients show.
pub trait ClientSecrets: Interface {
    /// The secret of those random bytes, and its digest.
    fn issue(&self, random: [u8; 32]) -> (SecretText, Digest32);

    /// The digest of a text that somebody else chose.
    fn digest(&self, text: &SecretText) -> Digest32;

    /// Which of these digests the text has, if any. It takes the same time whichever that is and whether there are any.
    fn find(&self, shown: &SecretText, digests: &[Digest32]) -> Option<usize>;
}

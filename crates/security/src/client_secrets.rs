//! The secrets of clients: random, so that a plain digest of one tells nothing of it.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis_application::ports::ClientSecrets;
use portcullis_domain::{ClientSecret, Digest32, SecretText};
use shaku::Component;

/// Lets scanners for leaked secrets find one.
const PREFIX: &str = "pcs_";

/// Compared with where a client has fewer secrets than it may have: the digest of no text that anybody knows.
const NOBODYS: Digest32 = Digest32::ZERO;

/// [`ClientSecrets`] by SHA-256. A secret is `pcs_` and 32 bytes in base64url.
#[derive(Component)]
#[shaku(interface = ClientSecrets)]
pub struct DigestedClientSecrets;

impl ClientSecrets for DigestedClientSecrets {
    fn issue(&self, random: [u8; 32]) -> (SecretText, Digest32) {
        let mut text = PREFIX.to_owned();
        URL_SAFE_NO_PAD.encode_string(random, &mut text);
        let text = SecretText::new(text);
        let digest = self.digest(&text);
        (text, digest)
    }

    fn digest(&self, text: &SecretText) -> Digest32 {
        let mut bytes = [0; 32];
        let digest = digest::digest(&digest::SHA256, text.expose().as_bytes());
        bytes.iter_mut().zip(digest.as_ref()).for_each(|(to, from)| *to = *from);
        Digest32::new(bytes)
    }

    fn find(&self, shown: &SecretText, digests: &[Digest32]) -> Option<usize> {
        let shown = self.digest(shown);
        let slots = digests.len().max(ClientSecret::MOST);
        (0..slots).fold(None, |found, slot| {
            let own = digests.get(slot).unwrap_or(&NOBODYS);
            let is_equal = verify_slices_are_equal(own.as_bytes(), shown.as_bytes()).is_ok();
            if is_equal && slot < digests.len() {
                Some(slot)
            } else {
                found
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_by_its_digest_alone() {
        let secrets = DigestedClientSecrets;
        let (first, first_digest) = secrets.issue([1; 32]);
        let (second, second_digest) = secrets.issue([2; 32]);
        assert!(
            first.expose().starts_with("pcs_") && first.expose().len() == 47,
            "{}",
            first.expose()
        );
        let both = [first_digest, second_digest];
        assert_eq!(secrets.find(&first, &both), Some(0));
        assert_eq!(secrets.find(&second, &both), Some(1));
        assert_eq!(secrets.find(&second, &both[..1]), None);
        assert_eq!(secrets.find(&first, &[]), None);
        assert_eq!(secrets.find(&SecretText::new(String::new()), &both), None);
    }
}

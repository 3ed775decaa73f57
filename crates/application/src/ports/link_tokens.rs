//! The secret texts of one-time links, and the codes beside them.

use portcullis_domain::{Digest32, LinkId, SecretText};
use shaku::Interface;

/// Makes and recognizes the secret texts of one-time links.
///
/// The text of a link is always the same, so it need not be kept to be sent once more. It takes a key that the store has
/// not. After a change of that key a link has another text; which one fits is said by the digest that the store keeps.
pub trait LinkTokens: Interface {
    /// The text of that link.
    fn issue(&self, link: LinkId) -> SecretText;

    /// The digest of a text; `None` where it has not the exact form of one.
    fn digest(&self, raw: &str) -> Option<Digest32>;

    /// The six digits beside that link.
    fn code(&self, link: LinkId) -> SecretText;

    /// Whether what was typed is the code beside that link. White space in it does not count. Takes constant time.
    fn is_code(&self, link: LinkId, typed: &SecretText) -> bool;

    /// The digest of what binds a code to a browser.
    fn browser(&self, secret: &SecretText) -> Digest32;
}

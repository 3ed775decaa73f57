//! Proofs that a browser hands back what it was given.

use portcullis_domain::SecretText;
use shaku::Interface;

/// What a proof stands beside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HandedOut {
    /// A form: whoever sends it was shown it.
    Form,
    /// What a page tells after another one has acted.
    Notice,
    /// The address that a page waits for a mail of.
    Address,
    /// When the browser first sent an app's request.
    Stamp,
}

/// Makes and recognizes the proof that a text was given to a browser, which is known by a secret of its own.
pub trait BrowserProofs: Interface {
    /// The proof. It is always the same, and of characters that stand in a cookie and in a page as they are.
    fn issue(&self, what: HandedOut, browser: &SecretText, text: &str) -> String;

    /// Whether the proof is of that very text, given to that very browser. Takes constant time to compare.
    fn is_genuine(&self, what: HandedOut, browser: &SecretText, text: &str, proof: &str) -> bool;
}

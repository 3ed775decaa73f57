//! The text of the cookie by which a browser stays signed in.

use portcullis_domain::{Generation, SecretText, Seed, SessionCookie, SessionId};
use shaku::Interface;

/// Makes and recognizes the opaque text of the cookie of a browser's session.
///
/// The text of one generation is always the same, so it need not be kept. It takes the session's seed, which only the store
/// has, and a key, which the store has not. No text is a refresh token, too.
pub trait SessionCookies: Interface {
    /// The text of that generation of the session.
    fn issue(&self, session: SessionId, generation: Generation, seed: &Seed) -> SecretText;

    /// Takes a text apart; `None` where it has not the exact form of such a cookie.
    fn read(&self, raw: &str) -> Option<SessionCookie>;

    /// Whether the cookie was made with that seed, by this key or the one before it. Takes constant time.
    fn is_genuine(&self, cookie: &SessionCookie, seed: &Seed) -> bool;
}

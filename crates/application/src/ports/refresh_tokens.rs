//! The text of refresh tokens.

use portcullis_domain::{Carrier, Generation, RefreshToken, SecretText, Seed, SessionId};
use shaku::Interface;

/// Makes and recognizes the opaque text of a session's refresh tokens.
///
/// The text of one generation is always the same for one carrier, so it need not be kept to be given again. It takes the
/// session's seed, which only the store has, and a key, which the store has not.
pub trait RefreshTokens: Interface {
    /// The text of that generation of the session, for that carrier.
    fn issue(&self, session: SessionId, generation: Generation, seed: &Seed, carrier: Carrier) -> SecretText;

    /// Takes a text apart that came by that carrier; `None` where it has not the exact form of a refresh token.
    fn read(&self, raw: &str, carrier: Carrier) -> Option<RefreshToken>;

    /// Whether the token was made with that seed and for the carrier that it came by, by this key or the one before it.
    /// Takes constant time.
    fn is_genuine(&self, token: &RefreshToken, seed: &Seed) -> bool;
}

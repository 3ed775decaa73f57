//! The text of refresh tokens.

use portcullis_domain::{Generation, SecretText, Seed, SessionId};
use shaku::Interface;

/// A text of the form of a refresh token, taken apart. Whether it is genuine is not known yet.
#[derive(Debug, Clone)]
pub struct PresentedRefreshToken {
    /// The session that it claims to be of.
    pub session_id: SessionId,
    /// The generation that it claims to be.
    pub generation: Generation,
    /// What only the maker of the token can compute.
    pub proof: Seed,
}

/// Makes and recognizes the opaque text of a session's refresh tokens.
///
/// The text of one generation is always the same, so it need not be kept to be given again. It takes the
/// session's seed, which only the store has, and a key, which the store has not.
pub trait RefreshTokenSecrets: Interface {
    /// The text of that generation of the session.
    fn issue(&self, session: SessionId, generation: Generation, seed: &Seed) -> SecretText;

    /// Takes a text apart; `None` where it has not the exact form of a refresh token.
    fn read(&self, raw: &str) -> Option<PresentedRefreshToken>;

    /// Whether the token was made with that seed, by this key or the one before it. Takes constant time.
    fn is_genuine(&self, presented: &PresentedRefreshToken, seed: &Seed) -> bool;
}

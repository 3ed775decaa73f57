//! The secrets that authenticator apps share with the server.

use chrono::{DateTime, Utc};
use portcullis_domain::{Email, EncryptedSecret, SecretText, UserId};
use shaku::Interface;
use std::fmt::Write as _;

/// What an authenticator app is given.
#[derive(Debug)]
pub struct Enrolment {
    /// The secret as people type it, in base32.
    pub secret: SecretText,
    /// The same with all that belongs to it: an `otpauth://` URI.
    pub uri: SecretText,
    /// The URI as a picture.
    pub qr: QrCode,
}

/// A QR code.
pub struct QrCode {
    /// Modules of a side.
    pub side: usize,
    /// The dark modules, as the data of an SVG path in units of a module.
    pub path: SecretText,
}

impl QrCode {
    /// Modules of light around the code that readers need (ISO/IEC 18004).
    pub const MARGIN: usize = 4;

    /// The picture as SVG, dark on light whatever stands around it.
    #[must_use]
    pub fn svg(&self) -> SecretText {
        let (side, path) = (self.side + 2 * Self::MARGIN, self.path.expose());
        let margin = Self::MARGIN;
        let mut svg = String::with_capacity(path.len() + 256);
        // Writing to a text does not fail.
        let _ = write!(
            svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-{margin} -{margin} {side} {side}\" width=\"240\" height=\"240\" \
             shape-rendering=\"crispEdges\"><rect x=\"-{margin}\" y=\"-{margin}\" width=\"{side}\" height=\"{side}\" \
             fill=\"#fff\"/><path fill=\"#000\" d=\"{path}\"/></svg>"
        );
        svg.into()
    }
}

impl std::fmt::Debug for QrCode {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("QrCode(…)")
    }
}

/// A secret that no key of this server decrypts, or not for that user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "no key of this server decrypts the secret of the authenticator app; was SECRET_KEY changed without SECRET_KEY_PREVIOUS?"
)]
pub struct UnreadableSecret;

/// Secrets of authenticator apps (TOTP, RFC 6238): six digits, a step of 30 seconds, HMAC-SHA-1, which is what all apps know.
///
/// A secret is encrypted under a key that the store has not, and bound to its user: what was encrypted for another is
/// unreadable.
pub trait TotpSecrets: Interface {
    /// A new secret of so much chance, encrypted.
    fn encrypt(&self, user: UserId, secret: [u8; 20]) -> anyhow::Result<EncryptedSecret>;

    /// Whether there are secrets, perhaps, that the key before the present one encrypted.
    fn has_former_key(&self) -> bool;

    /// The same secret encrypted by the present key, where it was encrypted by the one before; `None` where there is nothing to
    /// do, or nothing that can be done.
    fn encrypt_anew(&self, user: UserId, secret: &EncryptedSecret) -> Option<EncryptedSecret>;

    /// What the app of somebody of that address is given.
    fn enrolment(&self, user: UserId, secret: &EncryptedSecret, account: &Email)
    -> Result<Enrolment, UnreadableSecret>;

    /// The time step that a code belongs to, where it is that of `at` or one beside it; `None` where the code is another. Takes
    /// constant time.
    fn step_of(
        &self,
        user: UserId,
        secret: &EncryptedSecret,
        code: &SecretText,
        at: DateTime<Utc>,
    ) -> Result<Option<u64>, UnreadableSecret>;
}

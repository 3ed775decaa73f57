//! The secrets that authenticator apps share with the server (TOTP, RFC 6238), encrypted for their users.

use crate::key_wrapping::{SecretKeyAge, WrappingKeys};
use crate::keys::Keys;
use anyhow::anyhow;
use chrono::{DateTime, Utc};
use portcullis_application::ports::{Enrolment, Entropy, QrCode, TotpSecrets, UnreadableSecret};
use portcullis_domain::{Email, EncryptedSecret, SecretText, UserId};
use qrcode::{Color, EcLevel};
use shaku::Component;
use std::fmt::Write as _;
use std::sync::Arc;
use totp_rs::{Builder, Secret, Totp};
use zeroize::Zeroizing;

/// HKDF's `info`: what the derived key is for. Another form of what is encrypted needs another one.
const KEY_PURPOSE: &[u8] = b"portcullis authenticator secret v1";

/// Steps before and after the present one whose codes are taken: clocks differ.
const SKEW: u16 = 1;

/// The keys that encrypt secrets of authenticator apps, derived once. Prints nothing.
#[derive(Debug, Clone)]
pub struct TotpSecretKeys(WrappingKeys);

impl TotpSecretKeys {
    /// Derives them by HKDF-SHA-256 (RFC 5869) from `SECRET_KEY` and the store's `salt`, so that neither the store alone nor
    /// who shares `SECRET_KEY` can read a secret.
    #[must_use]
    pub fn derive(keys: &Keys, salt: &[u8; 32]) -> Self {
        Self(WrappingKeys::derive(keys, salt, KEY_PURPOSE))
    }
}

/// [`TotpSecrets`] by AES-256-GCM, bound to the user's id.
#[derive(Component)]
#[shaku(interface = TotpSecrets)]
pub struct EncryptedTotpSecrets {
    #[shaku(inject)]
    entropy: Arc<dyn Entropy>,
    /// Encrypt the secrets.
    keys: TotpSecretKeys,
    /// What the server is called: apps show it.
    app: String,
}

impl TotpSecrets for EncryptedTotpSecrets {
    fn encrypt(&self, user: UserId, secret: [u8; 20]) -> anyhow::Result<EncryptedSecret> {
        let secret = Zeroizing::new(secret);
        let encrypted = self
            .keys
            .0
            .encrypt(&*secret, user.as_uuid().as_bytes(), &*self.entropy)?;
        Ok(EncryptedSecret::new(encrypted))
    }

    fn has_former_key(&self) -> bool {
        self.keys.0.has_previous()
    }

    fn encrypt_anew(&self, user: UserId, secret: &EncryptedSecret) -> Option<EncryptedSecret> {
        let context = user.as_uuid();
        let decrypted = self.keys.0.decrypt(secret.as_bytes(), context.as_bytes())?;
        match decrypted.by {
            SecretKeyAge::Current => None,
            SecretKeyAge::Previous => {
                let encrypted = self
                    .keys
                    .0
                    .encrypt(&decrypted.plaintext, context.as_bytes(), &*self.entropy);
                encrypted.ok().map(EncryptedSecret::new)
            }
        }
    }

    fn enrolment(
        &self,
        user: UserId,
        secret: &EncryptedSecret,
        account: &Email,
    ) -> Result<Enrolment, UnreadableSecret> {
        let totp = self.totp(user, secret, Some(account))?;
        let uri = totp.to_url().map_err(|_| UnreadableSecret)?;
        let qr = qr_code(&uri).map_err(|_| UnreadableSecret)?;
        Ok(Enrolment {
            secret: totp.secret().to_base32().into(),
            uri: uri.into(),
            qr,
        })
    }

    fn step_of(
        &self,
        user: UserId,
        secret: &EncryptedSecret,
        code: &SecretText,
        at: DateTime<Utc>,
    ) -> Result<Option<u64>, UnreadableSecret> {
        let totp = self.totp(user, secret, None)?;
        let Ok(seconds) = u64::try_from(at.timestamp()) else {
            return Ok(None);
        };
        Ok(totp.check(code.expose(), seconds))
    }
}

impl EncryptedTotpSecrets {
    fn totp(&self, user: UserId, secret: &EncryptedSecret, account: Option<&Email>) -> Result<Totp, UnreadableSecret> {
        let context = user.as_uuid();
        let decrypted = self.keys.0.decrypt(secret.as_bytes(), context.as_bytes());
        let plaintext = decrypted.ok_or(UnreadableSecret)?.plaintext;
        // Both parts of a label are parted by a colon, so neither has one.
        let label = |text: &str| text.replace(':', " ");
        let builder = Builder::new()
            .with_skew(SKEW)
            .with_secret(Secret::new(plaintext.as_slice().into()))
            .with_account_name(account.map_or_else(String::new, |account| label(account.as_str())))
            .with_issuer(Some(label(&self.app)));
        builder.build().map_err(|_| UnreadableSecret)
    }
}

/// A code that phones read from a screen: of the lowest grade of correction, so that its modules are large.
fn qr_code(text: &str) -> anyhow::Result<QrCode> {
    let code = qrcode::QrCode::with_error_correction_level(text, EcLevel::L);
    let code = code.map_err(|error| anyhow!("a QR code was not made: {error}"))?;
    let (side, modules) = (code.width(), code.to_colors());
    let mut path = Zeroizing::new(String::with_capacity(side * side * 4));
    for (row, modules) in modules.chunks(side).enumerate() {
        let mut column = 0;
        for run in modules.chunk_by(|one, other| one == other) {
            if run.first() == Some(&Color::Dark) {
                write!(path, "M{column} {row}h{0}v1h-{0}z", run.len())?;
            }
            column += run.len();
        }
    }
    Ok(QrCode {
        side,
        path: path.into(),
    })
}

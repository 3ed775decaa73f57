//! Secrets of authenticator apps that take no key.

use chrono::{DateTime, Utc};
use portcullis_application::ports::{Enrolment, QrCode, TotpSecrets, UnreadableSecret};
use portcullis_domain::{Email, EncryptedSecret, SecretText, UserId};
use shaku::Component;
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};

const STEP_SECONDS: i64 = 30;
const ID_BYTES: usize = 16;

/// Keeps the user's id before the secret, and makes codes by a hash that is none.
#[derive(Clone, Copy, Default, Component)]
#[shaku(interface = TotpSecrets)]
pub struct FakeTotpSecrets;

impl FakeTotpSecrets {
    /// The code that an app shows at that time which was given this secret.
    #[must_use]
    pub fn code(secret: &SecretText, at: DateTime<Utc>) -> SecretText {
        code_of(secret.expose(), step(at)).into()
    }
}

impl TotpSecrets for FakeTotpSecrets {
    fn encrypt(&self, user: UserId, secret: [u8; 20]) -> anyhow::Result<EncryptedSecret> {
        Ok(EncryptedSecret::new([&user.as_uuid().as_bytes()[..], &secret].concat()))
    }

    fn has_former_key(&self) -> bool {
        false
    }

    fn encrypt_anew(&self, _: UserId, _: &EncryptedSecret) -> Option<EncryptedSecret> {
        None
    }

    fn enrolment(
        &self,
        user: UserId,
        secret: &EncryptedSecret,
        account: &Email,
    ) -> Result<Enrolment, UnreadableSecret> {
        let secret = text_of(user, secret)?;
        Ok(Enrolment {
            uri: format!("otpauth://totp/Test:{}?secret={secret}", account.as_str()).into(),
            secret: secret.into(),
            qr: QrCode {
                side: 1,
                path: "M0 0h1v1h-1z".to_owned().into(),
            },
        })
    }

    fn step_of(
        &self,
        user: UserId,
        secret: &EncryptedSecret,
        code: &SecretText,
        at: DateTime<Utc>,
    ) -> Result<Option<u64>, UnreadableSecret> {
        let secret = text_of(user, secret)?;
        let now = step(at);
        let mut near = now - 1..=now + 1;
        Ok(near.find(|step| code_of(&secret, *step) == code.expose()))
    }
}

fn text_of(user: UserId, secret: &EncryptedSecret) -> Result<String, UnreadableSecret> {
    let (id, secret) = secret.as_bytes().split_at_checked(ID_BYTES).ok_or(UnreadableSecret)?;
    if id != user.as_uuid().as_bytes() {
        return Err(UnreadableSecret);
    }
    let mut text = String::new();
    for byte in secret {
        write!(text, "{byte:02x}").unwrap();
    }
    Ok(text)
}

fn step(at: DateTime<Utc>) -> u64 {
    u64::try_from(at.timestamp() / STEP_SECONDS).unwrap()
}

fn code_of(secret: &str, step: u64) -> String {
    let mut hasher = DefaultHasher::new();
    (secret, step).hash(&mut hasher);
    format!("{:06}", hasher.finish() % 1_000_000)
}

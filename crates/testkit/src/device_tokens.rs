//! Device tokens that take no key.

use chrono::{DateTime, Utc};
use portcullis_application::ports::DeviceTokens;
use portcullis_domain::{DeviceId, DeviceToken, KnownDevice, PasswordHash, UserId};
use shaku::Component;
use uuid::Uuid;

const PREFIX: &str = "fake_device";

/// Writes the device and those who signed in there plainly: who, the minute, and the bytes of the password's hash.
#[derive(Component)]
#[shaku(interface = DeviceTokens)]
pub struct FakeDeviceTokens;

impl DeviceTokens for FakeDeviceTokens {
    fn known(
        &self,
        token: &DeviceToken,
        user: UserId,
        password: &PasswordHash,
        now: DateTime<Utc>,
    ) -> Option<KnownDevice> {
        let (device, proofs) = read(token)?;
        let life = i64::try_from(DeviceToken::LIFE.as_secs()).ok()?;
        let stands = |proof: &&Proof| {
            let age = now.timestamp().saturating_sub(proof.minute.saturating_mul(MINUTE));
            proof.user == user && proof.password == hex(password) && age <= life
        };
        let proof = proofs.iter().find(stands)?;
        Some(KnownDevice {
            id: device,
            since: DateTime::from_timestamp(proof.minute.saturating_mul(MINUTE), 0)?,
        })
    }

    fn named(&self, token: &DeviceToken) -> Option<DeviceId> {
        read(token).map(|(device, _)| device)
    }

    fn after_sign_in(
        &self,
        shown: Option<&DeviceToken>,
        user: UserId,
        password: &PasswordHash,
        fresh: DeviceId,
        now: DateTime<Utc>,
    ) -> DeviceToken {
        let (device, mut proofs) = shown.and_then(read).unwrap_or((fresh, Vec::new()));
        proofs.retain(|other| other.user != user);
        let own = Proof {
            user,
            minute: now.timestamp() / MINUTE,
            password: hex(password),
        };
        proofs.insert(0, own);
        proofs.truncate(4);
        let device = Uuid::from_bytes(*device.as_bytes());
        let start = format!("{PREFIX}.{device}");
        DeviceToken::new(proofs.iter().fold(start, |text, proof| {
            format!("{text}.{}_{}_{}", proof.user, proof.minute, proof.password)
        }))
    }
}

const MINUTE: i64 = 60;

struct Proof {
    user: UserId,
    minute: i64,
    password: String,
}

fn hex(password: &PasswordHash) -> String {
    let bytes = password.expose().bytes();
    bytes.fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

fn read(token: &DeviceToken) -> Option<(DeviceId, Vec<Proof>)> {
    let mut parts = token.expose().split('.');
    if parts.next() != Some(PREFIX) {
        return None;
    }
    let device = Uuid::parse_str(parts.next()?).ok()?;
    let proofs = parts.map(proof).collect::<Option<_>>()?;
    Some((DeviceId::new(device.into_bytes()), proofs))
}

fn proof(text: &str) -> Option<Proof> {
    let mut parts = text.split('_');
    Some(Proof {
        user: parts.next()?.parse().ok()?,
        minute: parts.next()?.parse().ok()?,
        password: parts.next()?.to_owned(),
    })
}

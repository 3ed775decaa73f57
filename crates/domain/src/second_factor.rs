//! Second factors: an authenticator app, and the codes for the day when it is gone.

use crate::{AuthenticationMethods, DeviceId, Digest32, KnownDevice, SessionId, UserId};
use chrono::{DateTime, TimeDelta, Utc};
use std::fmt;

/// The secret that an authenticator app shares with the server, encrypted under a key that the store has not. Prints nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct EncryptedSecret(Vec<u8>);

impl EncryptedSecret {
    /// Takes the encrypted bytes in.
    #[must_use]
    pub const fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The encrypted bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for EncryptedSecret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("EncryptedSecret(…)")
    }
}

/// An authenticator app (TOTP, RFC 6238) of a user: the one that counts, and one that waits to be confirmed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totp {
    /// The one that counts, since when.
    pub active: Option<ActiveTotp>,
    /// The one that waits. It changes nothing until a code of it was typed.
    pub pending: Option<PendingTotp>,
}

/// An authenticator app that waits to be confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingTotp {
    /// The secret.
    pub secret: EncryptedSecret,
    /// Since when it waits.
    pub since: DateTime<Utc>,
    /// The session that asked for it. No other one is shown it or confirms it: it would know the owner's secret, or the owner
    /// would take its own for theirs.
    pub session: SessionId,
}

/// An authenticator app that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActiveTotp {
    /// The secret.
    pub secret: EncryptedSecret,
    /// When a code of it was typed first.
    pub confirmed_at: DateTime<Utc>,
    /// The time step of the newest code that was taken. No code of it or of an earlier one is taken again.
    pub last_step: u64,
}

impl Totp {
    /// How long a secret waits to be confirmed.
    pub const PENDING_LIFE: TimeDelta = TimeDelta::hours(1);

    /// The secret that waits at `now` for that session.
    #[must_use]
    pub fn pending_at(&self, now: DateTime<Utc>, session: SessionId) -> Option<&EncryptedSecret> {
        let pending = self.pending.as_ref().filter(|pending| pending.session == session)?;
        (now < pending.since + Self::PENDING_LIFE).then_some(&pending.secret)
    }
}

impl ActiveTotp {
    /// The device, where it is known by a sign-in that took a code of this app: one that is known by a password alone is as a
    /// stranger's.
    #[must_use]
    pub fn known(&self, device: Option<KnownDevice>) -> Option<DeviceId> {
        let device = device.filter(|device| device.since > self.confirmed_at)?;
        Some(device.id)
    }
}

/// By which counter of an account a wrong code of its second factor counts. Whoever knows the password uses up no other one than
/// that of strangers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeCounter {
    /// That of all devices which are not known.
    Strangers,
    /// That of a device on which the user signed in by two factors.
    Device(DeviceId),
    /// That of a session, whose user proves something more.
    Session(SessionId),
}

impl CodeCounter {
    /// Its name among those of the account.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Strangers => Vec::new(),
            Self::Device(device) => [b"d".as_slice(), device.as_bytes()].concat(),
            Self::Session(session) => [b"s".as_slice(), session.as_uuid().as_bytes()].concat(),
        }
    }
}

impl From<Option<DeviceId>> for CodeCounter {
    fn from(device: Option<DeviceId>) -> Self {
        device.map_or(Self::Strangers, Self::Device)
    }
}

/// What stands between a first factor that was right and a session: the second factor is still asked for. It is known by the
/// digest of its secret text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInChallenge {
    /// The digest of its secret text.
    pub digest: Digest32,
    /// Who proved something.
    pub user_id: UserId,
    /// The known device that it was begun on; `None` for any other.
    pub device: Option<DeviceId>,
    /// What was proved so far.
    pub methods: AuthenticationMethods,
    /// When that was.
    pub created_at: DateTime<Utc>,
    /// Until when the rest may follow.
    pub expires_at: DateTime<Utc>,
}

impl SignInChallenge {
    /// How long the rest may take.
    pub const LIFE: TimeDelta = TimeDelta::minutes(5);

    /// How often a code may be tried.
    pub const TRIES: u32 = 5;

    /// How many wrong codes of one counter tell the user that somebody knows the password, once for each time that it counts.
    pub const ALARMING: u32 = 5;

    /// How many of a user's may be open at once on one known device, and on all others together. One more takes the place of the
    /// oldest.
    pub const OPEN_AT_ONCE: usize = 20;
}

/// What may be asked for as a second factor, as clients are told it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FactorMethod {
    /// A code of the authenticator app.
    Totp,
    /// A recovery code.
    RecoveryCode,
    /// A passkey.
    Passkey,
}

impl FactorMethod {
    /// All of them, in order.
    pub const ALL: [Self; 3] = [Self::Totp, Self::RecoveryCode, Self::Passkey];

    /// The name as it is written everywhere.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::RecoveryCode => "recovery_code",
            Self::Passkey => "passkey",
        }
    }
}

//! The text that a device is known by.

use chrono::{DateTime, Utc};
use portcullis_domain::{DeviceId, DeviceToken, KnownDevice, PasswordHash, UserId};
use shaku::Interface;

/// Makes and reads what a device keeps to be known by. The store knows nothing of it.
pub trait DeviceTokens: Interface {
    /// The device, where the token says that this user signed in on it by the password that has this hash, no longer ago
    /// than [`DeviceToken::LIFE`]. Any text may come.
    fn known(
        &self,
        token: &DeviceToken,
        user: UserId,
        password: &PasswordHash,
        now: DateTime<Utc>,
    ) -> Option<KnownDevice>;

    /// The device, where somebody signed in on it, whoever it was. Any text may come.
    fn named(&self, token: &DeviceToken) -> Option<DeviceId>;

    /// The token of a device on which this user signs in just now by that password, and on which the users of the token that it shows signed
    /// in before, of whom it keeps the newest few. `fresh` names the device where it shows none that can be read.
    fn after_sign_in(
        &self,
        shown: Option<&DeviceToken>,
        user: UserId,
        password: &PasswordHash,
        fresh: DeviceId,
        now: DateTime<Utc>,
    ) -> DeviceToken;
}

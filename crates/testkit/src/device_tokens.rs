//! Device tokens that take no key.

use portcullis_application::ports::DeviceTokens;
use portcullis_domain::{DeviceId, DeviceToken, UserId};
use shaku::Component;
use uuid::Uuid;

const PREFIX: &str = "fake_device";

/// Writes the device and those who signed in there plainly.
#[derive(Component)]
#[shaku(interface = DeviceTokens)]
pub struct FakeDeviceTokens;

impl DeviceTokens for FakeDeviceTokens {
    fn known(&self, token: &DeviceToken, user: UserId) -> Option<DeviceId> {
        let (device, users) = read(token)?;
        users.contains(&user).then_some(device)
    }

    fn after_sign_in(&self, shown: Option<&DeviceToken>, user: UserId, fresh: DeviceId) -> DeviceToken {
        let (device, mut users) = shown.and_then(read).unwrap_or((fresh, Vec::new()));
        users.retain(|other| *other != user);
        users.insert(0, user);
        users.truncate(4);
        let users: Vec<String> = users.iter().map(ToString::to_string).collect();
        DeviceToken::new(format!(
            "{PREFIX}.{}.{}",
            Uuid::from_bytes(*device.as_bytes()),
            users.join(".")
        ))
    }
}

fn read(token: &DeviceToken) -> Option<(DeviceId, Vec<UserId>)> {
    let mut parts = token.expose().split('.');
    if parts.next() != Some(PREFIX) {
        return None;
    }
    let device = Uuid::parse_str(parts.next()?).ok()?;
    let users = parts.map(str::parse).collect::<Result<_, _>>().ok()?;
    Some((DeviceId::new(device.into_bytes()), users))
}

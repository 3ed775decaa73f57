//! Bodies of the apps that people let use their account.

use crate::json::timestamp;
use portcullis_application::provider::connected_apps::ConnectedApp;
use portcullis_domain::Device;
use serde::Serialize;
use utoipa::ToSchema;

/// An app that a user lets use the account.
#[derive(Serialize, ToSchema)]
#[schema(as = Application)]
pub(crate) struct ApplicationBody {
    /// What it calls itself.
    #[schema(examples("shop"))]
    client_id: String,
    /// What people call it.
    #[schema(examples("The Shop"))]
    name: String,
    /// What it may ask for.
    #[schema(examples(json!(["openid", "profile", "email"])))]
    scopes: Vec<String>,
    /// Since when, in UTC.
    #[schema(format = DateTime, examples("2026-11-22T09:30:00.000000Z"))]
    since: String,
    /// When it last made use of that, in UTC; to the day where it holds no token.
    #[schema(format = DateTime, examples("2026-11-22T10:45:00.000000Z"))]
    last_used_at: String,
    /// From where it does so at present.
    devices: Vec<ApplicationDeviceBody>,
}

/// From where an app uses an account.
#[derive(Serialize, ToSchema)]
#[schema(as = ApplicationDevice)]
pub(crate) struct ApplicationDeviceBody {
    /// The browser and what it runs on, in plain words, or how a program names itself.
    #[schema(required = true, examples("Firefox on Linux"))]
    name: Option<String>,
    /// The address.
    #[schema(required = true, examples("203.0.113.7"))]
    ip: Option<String>,
}

/// The apps, by name.
#[derive(Serialize, ToSchema)]
#[schema(as = ApplicationList)]
pub(crate) struct ApplicationListBody {
    /// All of them.
    items: Vec<ApplicationBody>,
}

impl ApplicationListBody {
    pub(crate) fn new(apps: &[ConnectedApp]) -> Self {
        Self {
            items: apps.iter().map(ApplicationBody::from).collect(),
        }
    }
}

impl From<&ConnectedApp> for ApplicationBody {
    fn from(app: &ConnectedApp) -> Self {
        Self {
            client_id: app.client_id.to_string(),
            name: app.name.as_str().to_owned(),
            scopes: app.scopes.iter().map(ToString::to_string).collect(),
            since: timestamp(app.since),
            last_used_at: timestamp(app.last_used_at),
            devices: app.devices.iter().map(ApplicationDeviceBody::from).collect(),
        }
    }
}

impl From<&Device> for ApplicationDeviceBody {
    fn from(device: &Device) -> Self {
        Self {
            name: device.name().map(|name| name.to_string()),
            ip: device.address.map(|address| address.to_string()),
        }
    }
}

//! What mails are written with, and who carries them on, as the settings say.

use crate::config::{Config, Delivery, SettingError, TEMPLATES_DIR};
use portcullis_mail::{Carrier, Letters, LinkAddresses};
use portcullis_web::OwnAddress;
use std::path::Path;

/// What letters are written with. Their links start with `PUBLIC_URL`, or lead to that port of this machine.
pub(crate) fn letters(config: &Config, port: u16) -> Result<Letters, SettingError> {
    load(config, port, config.mail.templates.as_deref())
}

/// The same without the operator's own templates.
pub(crate) fn letters_of_ours(config: &Config, port: u16) -> Result<Letters, SettingError> {
    load(config, port, None)
}

fn load(config: &Config, port: u16, own: Option<&Path>) -> Result<Letters, SettingError> {
    let base = match &config.http.address {
        OwnAddress::Public(url) => url.link_to(""),
        OwnAddress::Loopback => format!("http://127.0.0.1:{port}"),
    };
    let addresses = LinkAddresses::new(&base, config.mail.links.clone());
    let loaded = Letters::load(config.theme.name.as_str(), addresses, own);
    loaded.map_err(|error| TEMPLATES_DIR.refused_with_advice(error.to_string()))
}

/// Who carries mails on.
pub(crate) fn carrier(config: &Config, letters: &Letters) -> Carrier {
    match &config.mail.delivery {
        Delivery::Off => Carrier::Nobody,
        Delivery::Inside { .. } => Carrier::Inside,
        Delivery::Smtp { server, from } => Carrier::smtp(server, from.clone(), letters.host()),
    }
}

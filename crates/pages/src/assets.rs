//! What a page loads: its style sheet, the theme's colors, its icon and the operator's logo. The digest of a file is in its
//! path, so that browsers keep it for good.

use crate::theme::{Accent, Logo, Theme};
use portcullis_web::{OwnAddress, StaticFile};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

const STYLE: &str = include_str!("../assets/style.css");
const ICON: &str = include_str!("../assets/icon.svg");
const PASSWORD_SCRIPT: &str = include_str!("../assets/password.js");
const PASSKEY_SCRIPT: &str = include_str!("../assets/passkey.js");

/// The colors in the icon that a theme replaces.
const OWN_COLOR: &str = "#1d6b62";
const OWN_BARS: &str = "#fff";

/// How many bytes of a digest name a file.
const NAMED_BY: usize = 8;

/// The files, and their paths for clients.
pub(crate) struct Assets {
    style: Asset,
    theme: Option<Asset>,
    icon: Asset,
    password_script: Asset,
    passkey_script: Asset,
    logo: Option<Asset>,
}

struct Asset {
    /// `digest/name`.
    key: String,
    /// As clients ask for it.
    path: String,
    file: StaticFile,
}

impl Assets {
    /// Those of a theme, on a server at that address.
    pub(crate) fn of(theme: &Theme, address: &OwnAddress) -> Self {
        let make = |name: &str, media_type, bytes: Vec<u8>| Asset::new(name, media_type, bytes, address);
        let icon = theme.accent.map_or(ICON.to_owned(), icon_of);
        let logo = |logo: &Logo| make(logo.file_name(), logo.media_type(), logo.bytes().to_vec());
        Self {
            style: make("style.css", "text/css; charset=utf-8", STYLE.into()),
            theme: theme.accent.map(|accent| {
                let sheet = format!(":root {{ --brand: {accent}; }}\n");
                make("theme.css", "text/css; charset=utf-8", sheet.into())
            }),
            icon: make("icon.svg", "image/svg+xml", icon.into()),
            password_script: make("password.js", "text/javascript; charset=utf-8", PASSWORD_SCRIPT.into()),
            passkey_script: make("passkey.js", "text/javascript; charset=utf-8", PASSKEY_SCRIPT.into()),
            logo: theme.logo.as_ref().map(logo),
        }
    }

    pub(crate) fn style(&self) -> &str {
        &self.style.path
    }

    pub(crate) fn theme(&self) -> Option<&str> {
        self.theme.as_ref().map(|asset| asset.path.as_str())
    }

    /// What shows the passwords that people type.
    pub(crate) fn password_script(&self) -> &str {
        &self.password_script.path
    }

    /// What asks the device for a passkey.
    pub(crate) fn passkey_script(&self) -> &str {
        &self.passkey_script.path
    }

    /// The operator's logo, or the mark.
    pub(crate) fn icon(&self) -> &str {
        &self.logo.as_ref().unwrap_or(&self.icon).path
    }

    pub(crate) fn logo(&self) -> Option<&str> {
        self.logo.as_ref().map(|asset| asset.path.as_str())
    }

    /// The file of that digest and name.
    pub(crate) fn find(&self, digest: &str, name: &str) -> Option<&StaticFile> {
        let key = format!("{digest}/{name}");
        let all = [
            Some(&self.style),
            self.theme.as_ref(),
            Some(&self.icon),
            Some(&self.password_script),
            Some(&self.passkey_script),
            self.logo.as_ref(),
        ];
        let found = all.into_iter().flatten().find(|asset| asset.key == key)?;
        Some(&found.file)
    }
}

impl Asset {
    fn new(name: &str, media_type: &'static str, bytes: Vec<u8>, address: &OwnAddress) -> Self {
        let digest = Sha256::digest(&bytes);
        let mut key = digest.iter().take(NAMED_BY).fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        key.push('/');
        key.push_str(name);
        Self {
            path: address.path_to(&format!("/assets/{key}")),
            key,
            file: StaticFile::for_good(media_type, bytes),
        }
    }
}

/// The mark in another color, with bars that can be seen on it.
fn icon_of(accent: Accent) -> String {
    let bars = if accent.is_light() { "#000" } else { OWN_BARS };
    ICON.replace(OWN_COLOR, &accent.to_string()).replace(OWN_BARS, bars)
}

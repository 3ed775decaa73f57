//! Where the server listens and what it is called.

use super::{Environment, SettingError};
use portcullis_api::Docs;
use url::Url;

/// Settings of the HTTP side.
#[derive(Debug)]
pub struct HttpConfig {
    /// The address or name to listen on.
    pub host: String,
    /// The port to listen on; 0 takes a free one.
    pub port: u16,
    /// `iss` of access tokens: `PUBLIC_URL` byte for byte, or `portcullis`.
    pub issuer: String,
    /// Whether the interactive page and the OpenAPI document are served.
    pub docs: Docs,
}

impl HttpConfig {
    pub(super) fn load(environment: &Environment) -> Result<Self, SettingError> {
        Ok(Self {
            host: environment.text_or("HOST", "127.0.0.1")?.to_owned(),
            port: environment.number("PORT", 8000, 0..=u16::MAX, "8000")?,
            issuer: public_url(environment)?.unwrap_or_else(|| "portcullis".to_owned()),
            docs: docs(environment)?,
        })
    }
}

fn docs(environment: &Environment) -> Result<Docs, SettingError> {
    match environment.text_or("DOCS", "on")? {
        "on" => Ok(Docs::On),
        "off" => Ok(Docs::Off),
        other => Err(SettingError {
            setting: "DOCS",
            problem: format!("{other:?} is neither on nor off"),
            example: "off",
        }),
    }
}

fn public_url(environment: &Environment) -> Result<Option<String>, SettingError> {
    const EXAMPLE: &str = "https://auth.example.org";
    let Some(text) = environment.text("PUBLIC_URL", EXAMPLE)? else {
        return Ok(None);
    };
    let is_base = Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    });
    if is_base {
        Ok(Some(text.to_owned()))
    } else {
        // A URL may hold a password by mistake, so it is not shown.
        let problem = "is not an http or https address without user, query and fragment".to_owned();
        Err(SettingError {
            setting: "PUBLIC_URL",
            problem,
            example: EXAMPLE,
        })
    }
}

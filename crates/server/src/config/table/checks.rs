//! What is wrong with the text of a setting, if anything.

use super::super::observation::{Collector, MetricsAddress};
use portcullis_domain::{Email, Rate, SecretText, TimeZone};
use portcullis_mail::{LinkPlace, Sender, SmtpServer};
use portcullis_outbound::AllowedHosts;
use portcullis_pages::{Accent, OwnersPage, ThemeName};
use portcullis_security::SecretKey;
use portcullis_shared_limits::RedisUrl;
use portcullis_storage::DatabaseUrl;
use portcullis_web::{AllowedOrigins, AppRedirects, PublicUrl, TrustedProxies};
use std::net::SocketAddr;
use std::path::Path;

/// What people write who think of a URL, or of an address with its port, gets a better reason than that there is no such
/// name.
pub(super) fn host(text: &str) -> Result<(), String> {
    if text.contains('/') || text.parse::<SocketAddr>().is_ok() || text.starts_with("localhost:") {
        Err(format!("{text:?} is more than an address; the port is set by PORT"))
    } else if text == "*" {
        Err("* is no address; every IPv4 address is 0.0.0.0, and every address is ::".to_owned())
    } else {
        Ok(())
    }
}

/// A shell puts the home folder in the place of `~`, but only at the beginning of a word; nobody else does.
pub(crate) fn refuse_tilde(path: &str) -> Result<(), String> {
    if path.starts_with('~') {
        Err(format!(
            "{path:?} begins with ~, which no shell has replaced; write the whole path, or $HOME where a shell or .env reads it"
        ))
    } else {
        Ok(())
    }
}

pub(super) fn theme_name(text: &str) -> Result<(), String> {
    judged(text.parse::<ThemeName>())
}

pub(super) fn accent(text: &str) -> Result<(), String> {
    judged(text.parse::<Accent>())
}

pub(super) fn owners_page(text: &str) -> Result<(), String> {
    judged(text.parse::<OwnersPage>())
}

pub(super) fn metrics_address(text: &str) -> Result<(), String> {
    judged(text.parse::<MetricsAddress>())
}

pub(super) fn collector(text: &str) -> Result<(), String> {
    judged(text.parse::<Collector>())
}

pub(super) fn public_url(text: &str) -> Result<(), String> {
    judged(text.parse::<PublicUrl>())
}

pub(super) fn trusted_proxies(text: &str) -> Result<(), String> {
    judged(text.parse::<TrustedProxies>())
}

pub(super) fn rate(text: &str) -> Result<(), String> {
    judged(text.parse::<Rate>()).map_err(|problem| format!("{text:?} {problem}"))
}

pub(super) fn redis_url(text: &str) -> Result<(), String> {
    judged(text.parse::<RedisUrl>())
}

pub(super) fn allowed_origins(text: &str) -> Result<(), String> {
    judged(text.parse::<AllowedOrigins>())
}

pub(super) fn app_redirects(text: &str) -> Result<(), String> {
    judged(text.parse::<AppRedirects>())
}

pub(super) fn allowed_hosts(text: &str) -> Result<(), String> {
    judged(text.parse::<AllowedHosts>())
}

pub(super) fn database_url(text: &str) -> Result<(), String> {
    let url = DatabaseUrl::parse(text).map_err(|error| error.to_string())?;
    url.sqlite_path().and_then(Path::to_str).map_or(Ok(()), refuse_tilde)
}

pub(super) fn secret_key(text: &str) -> Result<(), String> {
    judged(SecretKey::parse(SecretText::new(text.to_owned())))
}

pub(super) fn email(text: &str) -> Result<(), String> {
    judged(Email::parse(text)).map_err(|problem| format!("{text:?}: {problem}"))
}

pub(super) fn smtp_url(text: &str) -> Result<(), String> {
    judged(text.parse::<SmtpServer>())
}

pub(super) fn sender(text: &str) -> Result<(), String> {
    judged(text.parse::<Sender>()).map_err(|problem| format!("{text:?} {problem}"))
}

pub(super) fn link_place(text: &str) -> Result<(), String> {
    judged(text.parse::<LinkPlace>())
}

pub(super) fn time_zone(text: &str) -> Result<(), String> {
    judged(text.parse::<TimeZone>()).map_err(|problem| format!("{text:?}: {problem}"))
}

fn judged<T, E: ToString>(parsed: Result<T, E>) -> Result<(), String> {
    parsed.map(drop).map_err(|error| error.to_string())
}

//! Settings: read from the environment and from `.env`, judged by one table, handed on as values.

mod database;
mod dotenv;
mod environment;
mod first_admin;
mod keys;
mod later;
mod limits;
mod mail;
mod names;
mod observation;
mod pages;
mod passkeys;
mod printed;
mod setting;
mod social;
mod source;
mod table;
mod values;

pub use database::DatabaseConfig;
pub(crate) use database::obstacle;
pub use environment::Environment;
pub use first_admin::FirstAdminConfig;
pub use keys::KeysConfig;
pub(crate) use keys::{another_secret_key, lost_secret_key};
pub use limits::LimitsConfig;
pub use mail::{Delivery, MailConfig};
pub(crate) use names::strays;
pub use observation::{Collector, CollectorError, MetricsAddress, MetricsAddressError};
pub(crate) use printed::{env_file, explained, markdown};
pub(crate) use setting::Setting;
pub use setting::{SettingError, SettingErrors};
pub use social::SocialConfig;
pub(crate) use table::{
    ADMIN_EMAIL, DATA_DIR, DATABASE_URL, HOST, LOG_FORMAT, LOG_LEVEL, METRICS_ADDRESS, PORT, PUBLIC_URL, SECRET_KEY,
    TEMPLATES_DIR,
};

use chrono::TimeDelta;
use portcullis_api::Docs;
use portcullis_domain::{FactorDemand, Issuer, PasswordPolicy, TokenPolicy};
use portcullis_pages::{PlaceFile, Theme};
use portcullis_security::{BcryptCost, Blocklist};
use portcullis_web::{
    AllowedOrigins, Cookies, NoIssuer, NoPasskeys, OwnAddress, PublicUrl, RelyingParty, TrustedProxies, is_loopback,
};
use std::path::PathBuf;
use table::{
    ACCESS_TOKEN_EXPIRE_MINUTES, AUDIT_RETENTION_DAYS, BCRYPT_COST, CLIENTS_FILE, CORS_ALLOWED_ORIGINS, DOCS,
    MAX_SESSIONS_PER_USER, MFA_REQUIRED_FOR, OTEL_EXPORTER_OTLP_ENDPOINT, PASSWORD_BLOCKLIST, PASSWORD_MIN_LENGTH,
    REFRESH_TOKEN_EXPIRE_DAYS, REFRESH_TOKEN_GRACE_SECONDS, SESSION_MAX_DAYS, TRUSTED_PROXIES,
};
use tracing::Level;
use values::Values;

/// All settings of a server.
#[derive(Debug)]
pub struct Config {
    /// Where to listen and how the server is called from outside.
    pub http: HttpConfig,
    /// Where the data is.
    pub database: DatabaseConfig,
    /// The keys that were given, and which keys sign.
    pub keys: KeysConfig,
    /// How long tokens and sessions live.
    pub tokens: TokenPolicy,
    /// What passwords must meet and cost.
    pub passwords: PasswordsConfig,
    /// Which accounts must have a second factor.
    pub factors: FactorDemand,
    /// Mail, and who may sign up.
    pub mail: MailConfig,
    /// The other providers that people may sign in by.
    pub social: SocialConfig,
    /// The domain that passkeys are made for, or why there are none.
    pub passkeys: Result<RelyingParty, NoPasskeys>,
    /// How often things may happen.
    pub limits: LimitsConfig,
    /// How long events of the audit trail are kept; `None` for ever.
    pub audit_retention: Option<TimeDelta>,
    /// The administrator to make where there is none.
    pub first_admin: Option<FirstAdminConfig>,
    /// The file of OAuth clients.
    pub clients_file: Option<PathBuf>,
    /// How pages look, and where they lead.
    pub theme: Theme,
    /// Where addresses are, where a file tells of that.
    pub places: Option<PlaceFile>,
    /// What is logged, and how.
    pub logging: LoggingConfig,
    /// Where the figures are read; `None` nowhere.
    pub metrics: Option<MetricsAddress>,
    /// Where traces go; `None` nowhere.
    pub traces: Option<Collector>,
}

/// Settings of the HTTP side.
#[derive(Debug)]
pub struct HttpConfig {
    /// The address or name to listen on.
    pub host: String,
    /// The port to listen on; 0 takes a free one.
    pub port: u16,
    /// Where clients reach the server.
    pub address: OwnAddress,
    /// `iss` of access tokens: `PUBLIC_URL` byte for byte, or `portcullis`.
    pub issuer: String,
    /// Whose word on the addresses of clients counts.
    pub trusted_proxies: TrustedProxies,
    /// The origins of other servers' pages whose scripts may call.
    pub allowed_origins: AllowedOrigins,
    /// Whether the interactive page and the OpenAPI document are served.
    pub docs: Docs,
}

/// Settings of passwords.
#[derive(Debug)]
pub struct PasswordsConfig {
    /// What a new password must meet.
    pub policy: PasswordPolicy,
    /// Whether those are refused that everybody tries.
    pub blocklist: Blocklist,
    /// bcrypt's cost: each step doubles the work.
    pub cost: BcryptCost,
}

/// Settings of logging.
#[derive(Debug)]
pub struct LoggingConfig {
    /// The lowest level that is logged.
    pub level: Level,
    /// How they are written.
    pub format: LogFormat,
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// One JSON object a line.
    Json,
}

impl Config {
    /// Reads and judges all settings. Unknown names are ignored, since others share the environment. In `.env` a
    /// misspelling of one of ours is not.
    ///
    /// # Errors
    /// Every setting that is not right.
    pub fn load(environment: &Environment) -> Result<Self, SettingErrors> {
        let mut values = Values::of(environment)?;
        let config = Self::of(&mut values)?;
        values.end()?;
        Ok(config)
    }

    fn of(values: &mut Values) -> Result<Self, SettingError> {
        let passwords = PasswordsConfig::of(values)?;
        let http = HttpConfig::of(values)?;
        let mail = MailConfig::of(values, &http)?;
        Ok(Self {
            theme: pages::theme(values, http.cookies().as_ref(), &mail)?,
            places: pages::places(values, http.cookies().as_ref())?,
            social: SocialConfig::of(values, &http)?,
            mail,
            metrics: metrics_address(values, &http)?,
            traces: values.find(&OTEL_EXPORTER_OTLP_ENDPOINT)?,
            passkeys: passkeys::relying_party(values, &http.address)?,
            http,
            database: DatabaseConfig::of(values)?,
            keys: KeysConfig::of(values)?,
            tokens: TokenPolicy {
                access_token_life: TimeDelta::minutes(values.get(&ACCESS_TOKEN_EXPIRE_MINUTES)?),
                refresh_token_life: TimeDelta::days(values.get(&REFRESH_TOKEN_EXPIRE_DAYS)?),
                session_life: TimeDelta::days(values.get(&SESSION_MAX_DAYS)?),
                reuse_grace: TimeDelta::seconds(values.get(&REFRESH_TOKEN_GRACE_SECONDS)?),
                sessions_per_user: values.get(&MAX_SESSIONS_PER_USER)?,
            },
            factors: values.find(&MFA_REQUIRED_FOR)?.unwrap_or_default(),
            limits: LimitsConfig::of(values)?,
            audit_retention: values.days(&AUDIT_RETENTION_DAYS)?,
            first_admin: FirstAdminConfig::of(values, passwords.policy)?,
            clients_file: values.find(&CLIENTS_FILE)?,
            passwords,
            logging: LoggingConfig {
                level: values.get(&LOG_LEVEL)?,
                format: if values.is(&LOG_FORMAT, "json")? {
                    LogFormat::Json
                } else {
                    LogFormat::Pretty
                },
            },
        })
    }
}

/// It is another port than that of calls, at whatever address.
fn metrics_address(values: &mut Values, http: &HttpConfig) -> Result<Option<MetricsAddress>, SettingError> {
    let address: Option<MetricsAddress> = values.find(&METRICS_ADDRESS)?;
    match address {
        Some(address) if address.port == http.port && http.port != 0 => {
            Err(METRICS_ADDRESS.refused(format!("{address} has the port that calls come to (PORT)")))
        }
        address => Ok(address),
    }
}

impl HttpConfig {
    fn of(values: &mut Values) -> Result<Self, SettingError> {
        let public_url: Option<PublicUrl> = values.find(&PUBLIC_URL)?;
        let issuer = public_url.as_ref().map_or("portcullis", PublicUrl::as_written);
        let issuer = issuer.to_owned();
        let address = public_url.map_or(OwnAddress::Loopback, OwnAddress::Public);
        let port = values.get(&PORT)?;
        Ok(Self {
            host: values.get(&HOST)?,
            port,
            issuer,
            allowed_origins: allowed_origins(values, &address, port)?,
            address,
            trusted_proxies: values.find(&TRUSTED_PROXIES)?.unwrap_or_default(),
            docs: if values.is(&DOCS, "on")? { Docs::On } else { Docs::Off },
        })
    }

    /// Whether clients of this machine alone reach the server, as far as settings say it.
    pub(crate) fn is_of_this_machine(&self) -> bool {
        is_loopback(&self.host)
            && match &self.address {
                OwnAddress::Public(url) => is_loopback(url.host()),
                OwnAddress::Loopback => true,
            }
    }

    /// The name of the provider that OAuth clients find, where the server listens on that port.
    pub(crate) fn provider_issuer(&self, port: u16) -> Result<Issuer, NoIssuer> {
        self.address.issuer(&self.host, port)
    }

    /// Where our own addresses begin, as browsers reach a server that listens on that port.
    pub(crate) fn base(&self, port: u16) -> String {
        match &self.address {
            OwnAddress::Public(url) => url.link_to(""),
            OwnAddress::Loopback => format!("http://127.0.0.1:{port}"),
        }
    }

    /// The cookies that browsers are given; `None` where they would travel without TLS.
    pub(crate) fn cookies(&self) -> Option<Cookies> {
        Cookies::at(&self.address, &self.host)
    }

    /// The allowed origins whose pages never send the cookie that holds a refresh token, where there is such a cookie.
    pub(crate) fn origins_without_the_cookie(&self) -> Vec<String> {
        let own = self.address.origins(self.port);
        let others = self.allowed_origins.of_another_site(&own).map(str::to_owned);
        others.filter(|_| self.cookies().is_some()).collect()
    }
}

/// The origins that are allowed beside our own.
fn allowed_origins(values: &mut Values, address: &OwnAddress, port: u16) -> Result<AllowedOrigins, SettingError> {
    let allowed: AllowedOrigins = values.find(&CORS_ALLOWED_ORIGINS)?.unwrap_or_default();
    if address.is_https()
        && let Some(plain) = allowed.in_clear().next()
    {
        return Err(CORS_ALLOWED_ORIGINS.refused(format!(
            "{plain} is not https, so whoever is on the way could change its pages and call as whoever looks at them; have it \
             served by https"
        )));
    }
    let own = address.origins(port);
    match own.iter().find(|own| allowed.hold(own)) {
        Some(own) => Err(CORS_ALLOWED_ORIGINS.refused(format!(
            "{own} is the server's own origin, whose pages may call anyway; leave it out"
        ))),
        None => Ok(allowed),
    }
}

impl PasswordsConfig {
    fn of(values: &mut Values) -> Result<Self, SettingError> {
        let least = values.get(&PASSWORD_MIN_LENGTH)?;
        Ok(Self {
            policy: PasswordPolicy::new(least).map_err(|error| PASSWORD_MIN_LENGTH.refused(error.to_string()))?,
            blocklist: if values.is(&PASSWORD_BLOCKLIST, "on")? {
                Blocklist::On
            } else {
                Blocklist::Off
            },
            cost: values.get(&BCRYPT_COST)?,
        })
    }
}

#[cfg(test)]
mod tests;

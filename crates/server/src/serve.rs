//! Serving: from a port that was taken to a graceful stop.

use crate::background::Background;
use crate::config::{Config, HttpConfig, LogFormat};
use crate::container::{self, Container};
use crate::foundation::{Foundation, unready_keys};
use crate::metrics::{self, Endpoint};
use crate::signals::Hangup;
use crate::{clients_file, first_admin, hashing_speed, open_doors, open_files, pages, signals, traces};
use actix_web::dev::ServerHandle;
use actix_web::rt::System;
use anyhow::Context;
use portcullis_api::{ApiSettings, Docs, KeptMails};
use portcullis_application::ports::Store;
use portcullis_application::{FirstAdmin, LimitPolicy, Rotation, Upkeep};
use portcullis_security::BcryptCost;
use portcullis_storage::DatabaseKind;
use portcullis_web::{OwnAddress, Ports, TrustedPages, WebSettings};
use shaku::HasComponent as _;
use std::io::{self, IsTerminal as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

/// How long requests that run may take at a stop. After that come the work that the store has begun and the last rounds
/// of the jobs. The whole stop takes 30 s at the most.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(21);

/// Serves until SIGTERM, SIGINT or, unless it means to read a file again, SIGHUP, then finishes what runs, within 30 s.
///
/// # Errors
/// A first administrator who can't be made, keys in the store that `SECRET_KEY` does not open, a port that somebody else
/// opened meanwhile, and what the operating system refuses.
pub fn serve(config: &Config, foundation: Foundation, container: &Container) -> anyhow::Result<()> {
    serve_beside(config, foundation, container, std::future::ready(()))
}

/// [`serve`], and soon after the start says in the log how fast the stock hasher is on this machine.
pub(crate) fn serve_with_stock_hasher(
    config: &Config,
    foundation: Foundation,
    container: &Container,
) -> anyhow::Result<()> {
    let hashing = foundation.parts().hashing;
    serve_beside(config, foundation, container, hashing_speed::tell_soon(hashing))
}

/// Serves, and does `aside` from when the server listens. It ends with the server.
fn serve_beside(
    config: &Config,
    foundation: Foundation,
    container: &Container,
    aside: impl Future<Output = ()> + 'static,
) -> anyhow::Result<()> {
    let settings = WebSettings {
        shutdown_timeout: SHUTDOWN_TIMEOUT,
        trusted_proxies: config.http.trusted_proxies.clone(),
        ..WebSettings::default()
    };
    let connections = u64::try_from(settings.workers.saturating_mul(settings.max_connections)).unwrap_or(u64::MAX);
    let open_files = open_files::make_room_for(connections);
    tracing::debug!(open_files, connections, "so many files and connections may be open");
    let Foundation {
        parts,
        port,
        metrics_port,
        is_first_start,
        claim: _claim,
    } = foundation;
    System::new().block_on(async {
        actix_web::rt::spawn(signals::without_meaning()?);
        let upkeep: Arc<dyn Upkeep> = container.resolve();
        // This comes first, because it may be refused for its settings: then nothing else is in the log.
        if let Some(named) = &config.first_admin {
            let (first_admin, store): (Arc<dyn FirstAdmin>, Arc<dyn Store>) =
                (container.resolve(), container.resolve());
            first_admin::make(&*first_admin, &*store, named).await?;
        }
        if is_first_start {
            tracing::info!(database = %config.database.place(), "made a new database");
        }
        while let Rotation::Published { signs_in } = upkeep.begin().await.map_err(unready_keys)? {
            tracing::info!(
                ?signs_in,
                "the key of another algorithm is published, and signs once every server has it"
            );
            sleep(signs_in).await;
        }
        if let Some(file) = &config.clients_file {
            let hangups = signals::hangups()?;
            clients_file::make_so(file, container.resolve()).await?;
            actix_web::rt::spawn(clients_file::reread(hangups, file.clone(), container.resolve()));
        }
        let listeners = port.open(&config.http)?;
        let addresses: Vec<SocketAddr> = listeners
            .iter()
            .map(TcpListener::local_addr)
            .collect::<Result<_, _>>()?;
        let calls = calls(config, &addresses);
        let services = container::services(container);
        let origins = addresses
            .iter()
            .flat_map(|address| config.http.address.origins(address.port()));
        let pages = pages::beside_the_calls(config, container, origins.collect());
        let ports = Ports {
            requests: parts.metrics.requests(),
            traces: config.traces.is_some().then_some(traces::OF_REQUESTS),
            ..container::ports(container)
        };
        let metrics_server = match (metrics_port, &config.metrics) {
            (Some(port), Some(address)) => {
                let endpoint = Endpoint {
                    metrics: parts.metrics.clone(),
                    hashing: parts.hashing.clone(),
                    database: parts.database.clone(),
                };
                Some(metrics::start(port.open(address)?, ports.clone(), endpoint)?)
            }
            (None, _) | (_, None) => None,
        };
        let server = portcullis_web::server(listeners, ports, settings, |stop| {
            portcullis_api::site(services, calls, stop).beside(pages)
        })
        .context("the server can't be started")?;
        stop_on_signal(server.handle(), config)?;
        announce(&addresses, config);
        if config.logging.format == LogFormat::Pretty && (is_first_start || io::stderr().is_terminal()) {
            let addresses: Vec<SocketAddr> = addresses.iter().copied().map(reachable).collect();
            eprintln!("\n{}", greeting(&addresses, &config.http));
            if config.mail.is_kept_inside()
                && let Some(mailbox) = page_at("/dev/mailbox", &addresses, &config.http)
            {
                eprintln!("Mails are kept inside, and none is sent: {mailbox}\n");
            }
            if is_first_start {
                eprintln!("{}", first_session(&addresses));
            }
        }
        actix_web::rt::spawn(aside);
        let background = Background::start(&upkeep, &container.resolve(), &parts.metrics);
        let ended = server.await;
        if let Some(metrics_server) = metrics_server {
            metrics_server.stop(true).await;
        }
        background.end().await;
        ended.context("the server failed")
    })?;
    parts.database.close();
    tracing::info!("stopped");
    Ok(())
}

/// What programs call, on a server that listens at those addresses.
fn calls(config: &Config, addresses: &[SocketAddr]) -> ApiSettings {
    if let Err(none) = &config.passkeys {
        tracing::info!("there are no passkeys: {none}");
    }
    // The port is the same at each of them.
    let port = addresses.first().map_or(config.http.port, SocketAddr::port);
    ApiSettings {
        address: config.http.address.clone(),
        cookies: config.http.cookies(),
        pages: TrustedPages {
            own: config.http.address.origins(port),
            allowed: config.http.allowed_origins.clone(),
        },
        redirects: config.social.redirects.clone(),
        password_policy: config.passwords.policy,
        docs: config.http.docs,
        mailbox: if config.mail.is_kept_inside() {
            KeptMails::Shown {
                from: config.mail.sender().map(ToString::to_string),
            }
        } else {
            KeptMails::Hidden
        },
        ..ApiSettings::default()
    }
}

fn stop_on_signal(server: ServerHandle, config: &Config) -> anyhow::Result<()> {
    let asked = signals::of_a_stop(match config.clients_file {
        Some(_) => Hangup::Rereads,
        None => Hangup::Stops,
    })?;
    actix_web::rt::spawn(async move {
        asked.await;
        tracing::info!("stopping: running requests are finished first");
        server.stop(true).await;
    });
    Ok(())
}

/// Says where the server listens, and what its owner should know.
fn announce(addresses: &[SocketAddr], config: &Config) {
    for address in addresses {
        tracing::info!(%address, version = env!("CARGO_PKG_VERSION"), "listening");
    }
    announce_limits(config);
    if config.http.cookies().is_none() {
        tracing::warn!(
            "browsers are given no cookies and no pages, since cookies would come without TLS from other machines, so no device is known \
             by one and guesses of strangers count for everybody; set PUBLIC_URL to the \
             https address that clients use, or on this machine to http://localhost and the port"
        );
    }
    for origin in config.http.origins_without_the_cookie() {
        tracing::warn!(
            origin,
            "pages of this origin are of another site than the server, so browsers keep the cookie with the refresh token \
             from them; they can take the token in the body, or move to the server's site"
        );
    }
    if config.passwords.cost < BcryptCost::LEAST_FOR_REAL_PASSWORDS {
        tracing::warn!(
            cost = config.passwords.cost.number(),
            "BCRYPT_COST is too low for real passwords"
        );
    }
    for door in open_doors::of(config) {
        tracing::warn!("{door}");
    }
    // The port is the same at each of them.
    announce_provider(config, addresses.first().map_or(config.http.port, SocketAddr::port));
}

fn announce_provider(config: &Config, port: u16) {
    match config.http.provider_issuer(port) {
        Ok(issuer) if issuer.ends_with_a_slash() => tracing::warn!(
            %issuer,
            "PUBLIC_URL ends with a slash, which half of the OAuth clients take away before they compare; write it without"
        ),
        Ok(_) => {}
        Err(why) => tracing::info!("OAuth clients find no provider here: {why}"),
    }
}

fn announce_limits(config: &Config) {
    let (policy, shared) = (&config.limits.policy, &config.limits.shared);
    if *policy == LimitPolicy::Off {
        if !config.http.is_of_this_machine() {
            tracing::warn!(
                "RATE_LIMIT is off, so anybody who reaches the server may guess passwords without end; set it to on, or limit \
                 guessing in the proxy"
            );
        }
    } else if config.http.address.is_https() && config.http.trusted_proxies.is_empty() {
        tracing::warn!(
            "TRUSTED_PROXIES is not set, so all clients seem to come from the proxy that speaks https, and limits count them as \
             one; set it to the proxy's address"
        );
    }
    if *policy != LimitPolicy::Off && shared.is_none() && config.database.url.kind() == DatabaseKind::Postgres {
        tracing::info!(
            "this server counts limits for itself; if several use this database, REDIS_URL lets them count together"
        );
    }
}

/// An address that a client on this machine can use where the server listens on all of them.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// The address of a page of ours, as people open it.
fn page_at(path: &str, addresses: &[SocketAddr], http: &HttpConfig) -> Option<String> {
    match &http.address {
        OwnAddress::Public(url) => Some(url.link_to(path)),
        OwnAddress::Loopback => addresses.first().map(|address| format!("http://{address}{path}")),
    }
}

/// Where people reach the server: by the address that was set first, where there is one.
fn greeting(addresses: &[SocketAddr], http: &HttpConfig) -> String {
    let all: Vec<_> = addresses.iter().map(|address| format!("http://{address}")).collect();
    let page = match (http.docs, page_at("/docs", addresses, http)) {
        (Docs::On, Some(page)) => format!(" - interactive page: {page}"),
        (Docs::On, None) | (Docs::Off, _) => String::new(),
    };
    let public = match &http.address {
        OwnAddress::Public(url) => format!(" is {} and", url.as_written()),
        OwnAddress::Loopback => String::new(),
    };
    format!(
        "Portcullis {version}{public} listens on {all}{page}",
        version = env!("CARGO_PKG_VERSION"),
        all = all.join(" and ")
    )
}

/// How to get a first token.
fn first_session(addresses: &[SocketAddr]) -> String {
    let Some(address) = addresses.first() else {
        return String::new();
    };
    format!(
        r#"A first session, line by line:

  curl -s http://{address}/auth/register -H 'content-type: application/json' -d '{{"email":"grace@example.org","password":"correct horse battery","full_name":"Grace Hopper"}}'
  TOKEN=$(curl -s http://{address}/auth/login -H 'content-type: application/json' -d '{{"email":"grace@example.org","password":"correct horse battery"}}' | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
  curl -s http://{address}/users/me -H "authorization: Bearer $TOKEN"
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Environment;

    fn http(settings: &[(&str, &str)]) -> HttpConfig {
        Config::load(&Environment::of(settings)).unwrap().http
    }

    #[test]
    fn a_server_on_all_addresses_is_reached_by_loopback() {
        assert_eq!(
            reachable("0.0.0.0:80".parse().unwrap()),
            "127.0.0.1:80".parse().unwrap()
        );
        assert_eq!(reachable("[::]:80".parse().unwrap()), "[::1]:80".parse().unwrap());
        assert_eq!(
            reachable("10.1.2.3:80".parse().unwrap()),
            "10.1.2.3:80".parse().unwrap()
        );
    }

    #[test]
    fn the_first_session_holds_three_lines_of_curl() {
        let addresses = ["127.0.0.1:8000", "[::1]:8000"].map(|address| address.parse().unwrap());
        let greeting = greeting(&addresses, &http(&[]));
        assert!(
            greeting.contains(" listens on http://127.0.0.1:8000 and http://[::1]:8000 - "),
            "{greeting}"
        );
        assert_eq!(
            first_session(&addresses)
                .lines()
                .filter(|line| line.contains("curl -s http://127.0.0.1:8000/"))
                .count(),
            3
        );
    }

    #[test]
    fn the_greeting_names_the_interactive_page_where_there_is_one() {
        let address = ["127.0.0.1:8000".parse().unwrap()];
        assert!(greeting(&address, &http(&[])).ends_with(" http://127.0.0.1:8000/docs"));
        let public = http(&[("PUBLIC_URL", "https://example.org/sso")]);
        assert!(greeting(&address, &public).ends_with(" https://example.org/sso/docs"));
        let named = greeting(&address, &public);
        assert!(
            named.contains(" is https://example.org/sso and listens on http://127.0.0.1:8000 - "),
            "{named}"
        );
        let mailbox = |http| page_at("/dev/mailbox", &address, &http).unwrap();
        assert_eq!(mailbox(public), "https://example.org/sso/dev/mailbox");
        assert_eq!(mailbox(http(&[])), "http://127.0.0.1:8000/dev/mailbox");
        assert!(!greeting(&address, &http(&[("DOCS", "off")])).contains("docs"));
    }
}

//! Where the figures are read: a server of its own, on an address of its own.

use super::Metrics;
use actix_web::dev::ServerHandle;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use anyhow::Context as _;
use portcullis_security::BcryptPool;
use portcullis_storage::Database;
use portcullis_web::{ClientPaths, OpenPaths, OwnAddress, Ports, Refusal, Site, Surface, WebSettings, kind, server};
use prometheus_client::encoding::prometheus_text::CONTENT_TYPE;
use std::net::TcpListener;
use std::time::Duration;

/// What is read.
const PATH: &str = "/metrics";

/// Whoever reads is one program or a few. Others must not take what calls need.
const CONNECTIONS: usize = 256;

/// Whoever reads says at once what they want. Who holds connections open without a word keeps nobody out for long.
const HEAD: Duration = Duration::from_secs(1);

/// Nobody loses much whose reading is cut at a stop.
const SHUTDOWN: Duration = Duration::from_secs(1);

/// The figures, and what else is asked when they are read.
#[derive(Clone)]
pub(crate) struct Endpoint {
    pub(crate) metrics: Metrics,
    pub(crate) hashing: BcryptPool,
    pub(crate) database: Database,
}

impl Endpoint {
    fn text(&self) -> String {
        self.metrics.text(self.hashing.load(), self.database.load())
    }
}

/// Serves the figures until it is stopped, and warns where others than this machine may reach them. The server has the timers
/// and bounds of the server of calls, on one thread. Runs on a runtime of actix.
///
/// # Errors
/// A listener can't be used.
pub(crate) fn start(listeners: Vec<TcpListener>, ports: Ports, endpoint: Endpoint) -> anyhow::Result<ServerHandle> {
    for listener in &listeners {
        let address = listener.local_addr()?;
        tracing::info!(%address, "metrics are served");
        if !address.ip().is_loopback() {
            tracing::warn!(
                %address,
                "METRICS_ADDRESS can be reached from other machines: whoever does reads how many people sign in, fail to and sign \
                 up, and how busy the server is; let a firewall admit Prometheus alone"
            );
        }
    }
    let settings = WebSettings {
        workers: 1,
        max_connections: CONNECTIONS,
        shutdown_timeout: SHUTDOWN,
        head_timeout: HEAD,
        keep_alive: HEAD,
        ..WebSettings::default()
    };
    // Whoever reads the figures would count themselves.
    let unobserved = Ports {
        requests: None,
        traces: None,
        ..ports
    };
    let server = server(listeners, unobserved, settings, |_| site(endpoint));
    let server = server.context("the server of metrics can't be started")?;
    let handle = server.handle();
    actix_web::rt::spawn(server);
    Ok(handle)
}

fn site(endpoint: Endpoint) -> Site<impl Fn(&mut ServiceConfig) + Clone + Send + 'static> {
    Site {
        surface: Surface {
            media_type: "text/plain; charset=utf-8",
            headers: &[],
            write: told,
        },
        surfaces_below: &[],
        address: OwnAddress::Loopback,
        open: OpenPaths::default(),
        open_to_clients: ClientPaths::default(),
        asked_all_the_time: &[PATH],
        mount: move |config: &mut ServiceConfig| {
            config
                .app_data(Data::new(endpoint.clone()))
                .route(PATH, web::get().to(read))
                .default_service(web::to(elsewhere));
        },
    }
}

async fn read(endpoint: Data<Endpoint>) -> HttpResponse {
    HttpResponse::Ok().content_type(CONTENT_TYPE).body(endpoint.text())
}

async fn elsewhere() -> Result<HttpResponse, Refusal> {
    Err(kind::NOT_FOUND.into())
}

fn told(refusal: &Refusal, _: &HttpRequest, _: &OwnAddress) -> String {
    format!("{}\n", refusal.detail())
}

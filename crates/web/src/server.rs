//! The server: a site behind the middleware, on a listener.

use crate::body_allowance::BodyAllowance;
use crate::client_address::ClientAddresses;
use crate::gate::Gated;
use crate::incoming::BodyLimits;
use crate::middleware;
use crate::middleware::request_id::Identification;
use crate::ports::Ports;
use crate::settings::WebSettings;
use crate::site::Site;
use actix_http::{HttpService, Protocol};
use actix_server::GracefulShutdownSignal;
use actix_service::{ServiceFactoryExt as _, fn_service, map_config};
use actix_web::body::MessageBody;
use actix_web::dev::{AppConfig, Server, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::rt::net::TcpStream;
use actix_web::web::{Data, ServiceConfig};
use actix_web::{App, Error};
#[cfg(target_os = "linux")]
use socket2::SockRef;
use std::future::ready;
use std::net::TcpListener;
use std::rc::Rc;
use std::time::Duration;

/// How long a connection that is to be closed may go on sending before it is cut. A client that sends a large body
/// reads the answer only after it has sent, so cutting at once would hide the answer from it.
const LINGER: Duration = Duration::from_secs(2);

/// The server on those listeners, of the site that is made with the signal that the server stops. It serves from its first
/// poll on, handles no signals, and stops by its handle ([`Server::handle`]): gracefully, which waits for running requests up
/// to `shutdown_timeout`, or at once.
///
/// # Errors
/// A listener can't be used.
pub fn server<M>(
    listeners: impl IntoIterator<Item = TcpListener>,
    ports: Ports,
    settings: WebSettings,
    site: impl FnOnce(GracefulShutdownSignal) -> Site<M>,
) -> std::io::Result<Server>
where
    M: Fn(&mut ServiceConfig) + Clone + Send + 'static,
{
    let builder = Server::build()
        .workers(settings.workers)
        .max_concurrent_connections(settings.max_connections)
        .shutdown_timeout(settings.shutdown_timeout.as_secs())
        .disable_signals();
    let stop = builder.graceful_shutdown_signal();
    let site = site(stop.clone());
    let addresses = ClientAddresses::behind(settings.trusted_proxies);
    let bodies = BodyLimits {
        bytes: settings.body_limit,
        time: settings.body_timeout,
        together: BodyAllowance::of(settings.bodies_limit),
    };
    let service = move || {
        let stop = stop.clone();
        let stall_timeout = settings.stall_timeout;
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let stop = stop.clone();
                async move { stop.notified().await }
            })
            .client_request_timeout(settings.head_timeout)
            .keep_alive(settings.keep_alive)
            .client_disconnect_timeout(LINGER)
            .on_connect_ext(|connection: &Gated, data| {
                data.insert(connection.gate());
            })
            .finish(map_config(
                app(&site, ports.clone(), addresses.clone(), bodies.clone()),
                |()| AppConfig::default(),
            ));
        fn_service(move |socket: TcpStream| {
            cut_when_stalled(&socket, stall_timeout);
            let peer = socket.peer_addr().ok();
            ready(Ok((Gated::new(socket), Protocol::Http1, peer)))
        })
        .and_then(http)
    };
    let builder = listeners.into_iter().try_fold(builder, |builder, listener| {
        builder.listen("http", listener, service.clone())
    })?;
    Ok(builder.run())
}

/// Has the operating system cut a connection whose client has not read, or not acknowledged, what was sent to it for
/// that long (RFC 5482). actix-web has no such timer.
#[cfg(target_os = "linux")]
fn cut_when_stalled(socket: &TcpStream, after: Duration) {
    if let Err(error) = SockRef::from(socket).set_tcp_user_timeout(Some(after)) {
        tracing::debug!(%error, "a connection has no bound on unread answers");
    }
}

/// Elsewhere the operating system's own bound stands.
#[cfg(not(target_os = "linux"))]
fn cut_when_stalled(_: &TcpStream, _: Duration) {}

/// Middleware runs from the last to the first.
fn app<M: Fn(&mut ServiceConfig)>(
    site: &Site<M>,
    ports: Ports,
    addresses: ClientAddresses,
    bodies: BodyLimits,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody + use<M>>,
        Error = Error,
        InitError = (),
    > + use<M>,
> {
    let identification = Rc::new(Identification::new(ports, addresses, site.asked_all_the_time));
    let preflights = (site.open.clone(), site.open_to_clients.clone());
    let open = preflights.clone();
    App::new()
        .app_data(site.surfaces())
        .app_data(Data::new(site.address.clone()))
        .app_data(bodies)
        .configure(&site.mount)
        .wrap_fn(middleware::plain_path::refuse_encoded_paths)
        .wrap_fn(move |request, next| middleware::cors::answer_preflights(&preflights, request, next))
        .wrap_fn(middleware::host::refuse_what_names_no_host)
        .wrap_fn(middleware::head::answer_as_get)
        .wrap_fn(middleware::refusals::write_refusals)
        .wrap_fn(move |request, next| middleware::cors::show_to_allowed_origins(&open, request, next))
        .wrap(middleware::security_headers::security_headers(&site.address))
        .wrap_fn(move |request, next| middleware::request_id::identify(&identification, request, next))
        .wrap_fn(middleware::protocol::tell_that_none_is_taken)
        .wrap_fn(middleware::turn::take)
}

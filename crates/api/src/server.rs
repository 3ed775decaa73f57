//! The server: the routes behind their middleware, on a listener.

use crate::gate::Gated;
use crate::incoming::BodyLimits;
use crate::middleware::request_id::Identification;
use crate::openapi::DocumentText;
use crate::publication::feed::RevocationFeed;
use crate::routes::{self, AllowedMethods};
use crate::{HttpSettings, Services, middleware};
use actix_http::{HttpService, Protocol};
use actix_service::{ServiceFactoryExt as _, fn_service, map_config};
use actix_web::body::MessageBody;
use actix_web::dev::{AppConfig, Server, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::rt::net::TcpStream;
use actix_web::web::{self, Data};
use actix_web::{App, Error};
#[cfg(target_os = "linux")]
use socket2::SockRef;
use std::future::ready;
use std::net::TcpListener;
use std::rc::Rc;
use std::time::Duration;
use utoipa_actix_web::service_config::ServiceConfig;

/// How long a connection that is to be closed may go on sending before it is cut. A client that sends a large body
/// reads the answer only after it has sent, so cutting at once would hide the answer from it.
const LINGER: Duration = Duration::from_secs(2);

/// The server on that listener. It serves from its first poll on, handles no signals, and stops by its handle
/// ([`Server::handle`]): gracefully, which waits for running requests up to `shutdown_timeout`, or at once.
///
/// # Errors
/// The listener can't be used.
pub fn server(listener: TcpListener, services: Services, settings: HttpSettings) -> std::io::Result<Server> {
    let document = routes::document(settings.docs);
    let allowed = Data::new(AllowedMethods::of(&document));
    let text = Data::new(DocumentText::of(&document));
    let builder = Server::build()
        .workers(settings.workers)
        .max_concurrent_connections(settings.max_connections)
        .shutdown_timeout(settings.shutdown_timeout.as_secs())
        .disable_signals();
    let stop = builder.graceful_shutdown_signal();
    let feed = RevocationFeed::new(settings.longest_wait, settings.max_waiting, stop.clone());
    let feed = Data::new(feed);
    let server = builder
        .listen("http", listener, move || {
            let app = app(services.clone(), settings, allowed.clone(), text.clone(), feed.clone());
            let stop = stop.clone();
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
                .finish(map_config(app, |()| AppConfig::default()));
            fn_service(move |socket: TcpStream| {
                cut_when_stalled(&socket, settings.stall_timeout);
                let peer = socket.peer_addr().ok();
                ready(Ok((Gated::new(socket), Protocol::Http1, peer)))
            })
            .and_then(http)
        })?
        .run();
    Ok(server)
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
fn app(
    services: Services,
    settings: HttpSettings,
    allowed: Data<AllowedMethods>,
    text: Data<DocumentText>,
    feed: Data<RevocationFeed>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    let identification = Rc::new(Identification::new(services.clock, services.entropy));
    App::new()
        .app_data(Data::from(services.auth))
        .app_data(Data::from(services.account))
        .app_data(Data::from(services.admin))
        .app_data(Data::from(services.publication))
        .app_data(Data::from(services.health))
        .app_data(Data::from(services.cursors))
        .app_data(Data::new(settings.password_policy))
        .app_data(Data::new(settings.docs))
        .app_data(BodyLimits {
            bytes: settings.body_limit,
            time: settings.body_timeout,
        })
        .app_data(allowed)
        .app_data(text)
        .app_data(feed)
        .configure(|config| routes::mount(&mut ServiceConfig::new(config), settings.docs))
        .default_service(web::to(routes::unmatched))
        .wrap_fn(middleware::plain_path::refuse_encoded_paths)
        .wrap_fn(middleware::head::answer_as_get)
        .wrap_fn(middleware::problems::render_problems)
        .wrap(middleware::security_headers::security_headers())
        .wrap_fn(move |request, next| middleware::request_id::identify(&identification, request, next))
        .wrap_fn(middleware::turn::take)
}

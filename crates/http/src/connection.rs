//! What stands between a socket and actix-http: it hands requests over one by one, and refuses what is none.
//!
//! actix-http remains the one parser of heads and bodies. Here it is only found where a head ends, which must be
//! beyond doubt; where its body ends is taken from the request that actix-http makes of it. The next head is handed
//! over when the answer is sent. So a refusal never gets in front of an answer, and requests that are sent ahead wait
//! in the client's system.

mod answer_head;
mod body;
mod exchange;
mod farewell;
mod head;
mod patience;
mod reading;
mod refusal;
mod transport;

use crate::{HttpSettings, Services};
use actix_http::body::{BoxBody, MessageBody};
use actix_http::error::DispatchError;
use actix_http::{HttpService, KeepAlive, Protocol, Request, Response, ServiceConfig};
use actix_server::GracefulShutdownSignal;
use actix_service::{Service, ServiceFactory, ServiceFactoryExt, fn_service};
use actix_web::rt::net::TcpStream;
use refusal::Refusals;
use std::fmt;
use std::future::ready;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use transport::Connection;

/// How long a connection that is to be closed may go on sending before it is cut. A client that sends a large body
/// reads the answer only after it has sent, so cutting at once would hide the answer from it.
const LINGER: Duration = Duration::from_secs(2);

/// Serves connections by the service, over HTTP/1.1 alone. `prepare` sees each connection first.
pub(crate) fn serve<F, B, P>(
    service: F,
    services: &Services,
    settings: HttpSettings,
    stop: GracefulShutdownSignal,
    prepare: P,
) -> impl ServiceFactory<TcpStream, Config = (), Response = (), Error = DispatchError, InitError = ()> + use<F, B, P>
where
    P: Fn(&TcpStream) + Clone + 'static,
    F: ServiceFactory<Request, Config = ()> + 'static,
    F::Response: Into<Response<B>> + 'static,
    F::Error: Into<Response<BoxBody>> + 'static,
    F::InitError: fmt::Debug,
    F::Service: 'static,
    <F::Service as Service<Request>>::Future: 'static,
    B: MessageBody + 'static,
{
    let rules = Rc::new(Rules {
        head_timeout: settings.head_timeout,
        keep_alive: settings.keep_alive,
        refusals: Refusals {
            clock: Arc::clone(&services.clock),
            entropy: Arc::clone(&services.entropy),
            codec: ServiceConfig::default(),
        },
    });
    // The two timers of actix-http would not know what is held back here, so they are kept here too.
    let keep_alive = if settings.keep_alive.is_zero() {
        KeepAlive::Disabled
    } else {
        KeepAlive::Os
    };
    let http = HttpService::build()
        .graceful_shutdown_signal(move || {
            let stop = stop.clone();
            async move { stop.notified().await }
        })
        .keep_alive(keep_alive)
        .client_request_timeout(Duration::ZERO)
        .client_disconnect_timeout(LINGER)
        .h1_allow_half_closed(true)
        .on_connect_ext(|connection: &Connection, data| {
            data.insert(Rc::clone(&connection.exchange));
        })
        .finish(exchange::observed(service));
    fn_service(move |socket: TcpStream| {
        prepare(&socket);
        let peer = socket.peer_addr().ok();
        ready(Ok((Connection::new(socket, Rc::clone(&rules)), Protocol::Http1, peer)))
    })
    .and_then(http)
}

/// What holds for all connections.
struct Rules {
    head_timeout: Duration,
    keep_alive: Duration,
    refusals: Refusals,
}

//! Where a request comes from.

use actix_web::dev::Payload;
use actix_web::http::header::USER_AGENT;
use actix_web::{FromRequest, HttpRequest};
use portcullis_domain::{Device, UserAgent};
use std::convert::Infallible;
use std::future::{Ready, ready};

/// The device as the connection and the `User-Agent` header show it. Headers that proxies set are not looked at:
/// without a list of trusted proxies anybody could set them.
pub(crate) struct ClientDevice(pub(crate) Device);

impl FromRequest for ClientDevice {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let user_agent = request
            .headers()
            .get(USER_AGENT)
            .and_then(|value| UserAgent::from_text(&String::from_utf8_lossy(value.as_bytes())));
        ready(Ok(Self(Device {
            address: request.peer_addr().map(|peer| peer.ip().to_canonical()),
            user_agent,
        })))
    }
}

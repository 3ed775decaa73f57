//! Where a request comes from, and what it is called.

use actix_web::dev::Payload;
use actix_web::http::header::USER_AGENT;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use portcullis_domain::{Device, Origin, RequestId, UserAgent};
use std::convert::Infallible;
use std::future::{Ready, ready};

/// The device as the connection and the `User-Agent` header show it, and the request's id. Headers that proxies set are
/// not looked at: without a list of trusted proxies anybody could set them.
pub struct RequestOrigin(pub Origin);

impl RequestOrigin {
    /// The origin of that request.
    #[must_use]
    pub fn of(request: &HttpRequest) -> Self {
        let user_agent = request
            .headers()
            .get(USER_AGENT)
            .and_then(|value| UserAgent::from_text(&String::from_utf8_lossy(value.as_bytes())));
        Self(Origin {
            device: Device {
                address: request.peer_addr().map(|peer| peer.ip().to_canonical()),
                user_agent,
            },
            request_id: request.extensions().get::<RequestId>().cloned(),
        })
    }
}

impl FromRequest for RequestOrigin {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request)))
    }
}

//! Where a request comes from, and what it is called.

use crate::client_address::ClientAddress;
use crate::device_cookie::DeviceCookie;
use actix_web::dev::Payload;
use actix_web::http::header::USER_AGENT;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use portcullis_domain::{Device, Origin, RequestId, UserAgent};
use std::convert::Infallible;
use std::future::{Ready, ready};

/// The device by the client's address, the `User-Agent` header and its cookie, and the request's id.
pub struct RequestOrigin(pub Origin);

impl RequestOrigin {
    /// The origin of that request.
    #[must_use]
    pub fn of(request: &HttpRequest) -> Self {
        let user_agent = request
            .headers()
            .get(USER_AGENT)
            .and_then(|value| UserAgent::from_text(&String::from_utf8_lossy(value.as_bytes())));
        let extensions = request.extensions();
        let address = extensions.get::<ClientAddress>().and_then(|client| client.0);
        Self(Origin {
            device: Device { address, user_agent },
            request_id: extensions.get::<RequestId>().cloned(),
            device_token: DeviceCookie::shown(request),
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

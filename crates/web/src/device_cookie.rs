//! The cookie by which a device is known on which somebody signed in.

use crate::cookies::{Cookies, OwnCookie, SameSite};
use actix_web::dev::Payload;
use actix_web::http::header::SET_COOKIE;
use actix_web::web::Data;
use actix_web::{CustomizeResponder, FromRequest, HttpRequest, Responder};
use portcullis_domain::{DeviceToken, SecretText};
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::time::Duration;

const DEVICE: OwnCookie = OwnCookie {
    name: "portcullis-device",
    same_site: SameSite::Lax,
};

/// As long as browsers keep a cookie at the most (RFC 6265bis, section 5.5).
const LIFE: Duration = Duration::from_hours(400 * 24);

/// Gives a device the cookie. There is none where the server sets no cookies.
pub struct DeviceCookie(Option<Cookies>);

impl DeviceCookie {
    /// What the device shows, if it shows one such cookie.
    pub(crate) fn shown(request: &HttpRequest) -> Option<DeviceToken> {
        let value = rule(request)?.find(&DEVICE, request.headers())?;
        Some(DeviceToken::new(value.expose().to_owned()))
    }

    /// The answer of a sign-in, which has the device known by the token from now on.
    pub fn with_answer<R: Responder>(&self, answer: R, token: Option<DeviceToken>) -> CustomizeResponder<R> {
        let value = self.0.as_ref().zip(token).and_then(|(cookies, token)| {
            let value = SecretText::new(token.expose().to_owned());
            cookies.set(&DEVICE, &value, LIFE).ok()
        });
        let answer = answer.customize();
        match value {
            Some(value) => answer.append_header((SET_COOKIE, value)),
            None => answer,
        }
    }
}

impl FromRequest for DeviceCookie {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(rule(request).cloned())))
    }
}

/// How the site's cookies are called, if it has any.
fn rule(request: &HttpRequest) -> Option<&Cookies> {
    let rule = request.app_data::<Data<Option<Cookies>>>()?;
    rule.as_ref().as_ref()
}

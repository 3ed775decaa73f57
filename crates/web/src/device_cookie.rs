//! The cookie by which a device is known on which somebody signed in.

use crate::cookies::{Cookies, OwnCookie, SameSite};
use actix_web::dev::Payload;
use actix_web::http::header::SET_COOKIE;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use portcullis_domain::{DeviceToken, SecretText};
use std::convert::Infallible;
use std::future::{Ready, ready};

const DEVICE: OwnCookie = OwnCookie {
    name: "portcullis-device",
    same_site: SameSite::Lax,
};

/// Gives a device the cookie. There is none where the server sets no cookies.
pub struct DeviceCookie(Option<Cookies>);

impl DeviceCookie {
    /// What the device shows, if it shows one such cookie.
    pub(crate) fn shown(request: &HttpRequest) -> Option<DeviceToken> {
        let value = rule(request)?.find(&DEVICE, request.headers())?;
        Some(DeviceToken::new(value.expose().to_owned()))
    }

    /// The answer of a sign-in, which has the device known by the token from now on.
    #[must_use]
    pub fn with_answer(&self, mut answer: HttpResponse, token: Option<DeviceToken>) -> HttpResponse {
        let value = self.0.as_ref().zip(token).and_then(|(cookies, token)| {
            let value = SecretText::new(token.expose().to_owned());
            cookies.set(&DEVICE, &value, DeviceToken::LIFE).ok()
        });
        if let Some(value) = value {
            answer.headers_mut().append(SET_COOKIE, value);
        }
        answer
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

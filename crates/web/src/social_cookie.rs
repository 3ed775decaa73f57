//! What binds a sign-in at another provider to the browser that began it.

use crate::cookies::{Cookies, OwnCookie, SameSite};
use actix_web::http::header::{HeaderMap, HeaderValue};
use portcullis_domain::SecretText;
use std::time::Duration;

/// A provider sends the browser back by a link, so the cookie has to come along with what is followed from elsewhere.
const SOCIAL: &OwnCookie = &OwnCookie {
    name: "portcullis-social",
    same_site: SameSite::Lax,
};

impl Cookies {
    /// What the browser was given when it began to sign in at another provider.
    #[must_use]
    pub fn social(&self, headers: &HeaderMap) -> Option<SecretText> {
        self.find(SOCIAL, headers)
    }

    /// The value of `Set-Cookie` that gives it to a browser for that long.
    #[must_use]
    pub fn set_social(&self, secret: &SecretText, life: Duration) -> Option<HeaderValue> {
        self.set(SOCIAL, secret, life).ok()
    }
}

//! The address that a page waits for a mail of. It stays in the browser, with a proof, so that the way on from "check your
//! mail" needs no row and no address in a link.

use crate::visit::Visit;
use actix_web::http::header::HeaderValue;
use portcullis_application::ports::HandedOut;
use portcullis_domain::{Email, LinkPurpose};
use portcullis_web::{OwnCookie, SameSite};
use std::time::Duration;

const COOKIE: &OwnCookie = &OwnCookie {
    name: "portcullis-address",
    same_site: SameSite::Lax,
};

/// As long as the links are good.
const LIFE: Duration = Duration::from_mins(30);

/// The value of `Set-Cookie` that keeps what was typed, whether it is an account's address or not.
pub(crate) fn set_cookie(email: &Email, visit: &Visit) -> Option<HeaderValue> {
    let sealed = visit.browser.seal(HandedOut::Address, email.as_str(), &visit.pages);
    visit.pages.settings.cookies.set(COOKIE, &sealed, LIFE).ok()
}

/// The address that this browser waits for.
pub(crate) fn find(visit: &Visit) -> Option<Email> {
    let sealed = visit.pages.settings.cookies.find(COOKIE, visit.headers())?;
    let address = visit.browser.open(HandedOut::Address, &sealed, &visit.pages)?;
    Email::parse(&address).ok()
}

/// Where a mail with a link for that is asked for.
pub(crate) const fn asked_at(purpose: LinkPurpose) -> &'static str {
    match purpose {
        LinkPurpose::VerifyEmail => "/verify-email/again",
        LinkPurpose::ResetPassword | LinkPurpose::UndoEmail | LinkPurpose::NotMe | LinkPurpose::Join => {
            "/forgot-password"
        }
    }
}

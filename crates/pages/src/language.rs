//! Which language a page is in: the one that was chosen on a page, else the browser's, else the operator's.

use crate::catalogue;
use crate::markup::Markup;
use crate::pages::Pages;
use actix_web::HttpRequest;
use actix_web::http::header::{AcceptLanguage, Header as _, HeaderValue, Preference, Quality};
use portcullis_domain::{Language, SecretText};
use portcullis_web::{OwnCookie, SameSite};
use std::time::Duration;

const COOKIE: &OwnCookie = &OwnCookie {
    name: "portcullis-language",
    same_site: SameSite::Lax,
};

const LIFE: Duration = Duration::from_hours(400 * 24);

/// The language that was chosen on a page.
pub(crate) fn chosen(request: &HttpRequest, pages: &Pages) -> Option<Language> {
    let value = pages.settings.cookies.find(COOKIE, request.headers())?;
    value.expose().parse().ok()
}

/// The first that the browser would rather have and that there is (RFC 9110, section 12.5.4).
pub(crate) fn accepted(request: &HttpRequest) -> Option<Language> {
    let AcceptLanguage(preferences) = AcceptLanguage::parse(request).ok()?;
    let wanted = preferences.into_iter().filter(|item| item.quality > Quality::ZERO);
    let ranked = AcceptLanguage(wanted.collect()).ranked();
    ranked.iter().find_map(|preference| match preference {
        Preference::Any => None,
        Preference::Specific(tag) => Language::ALL
            .into_iter()
            .find(|language| tag.primary_language() == language.as_str()),
    })
}

/// What those who read a language call it.
pub(crate) fn own_name(language: Language) -> Markup {
    catalogue::text(language, "common.language", &[])
}

/// The value of `Set-Cookie` that keeps a choice.
pub(crate) fn set_cookie(language: Language, pages: &Pages) -> Option<HeaderValue> {
    let value = SecretText::new(language.as_str().to_owned());
    pages.settings.cookies.set(COOKIE, &value, LIFE).ok()
}

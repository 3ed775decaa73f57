//! A browser's request for a page, and how it is answered.

use crate::browser::Browser;
use crate::catalogue::{self, Slot};
use crate::frame::{Frame, Gate};
use crate::language;
use crate::markup::Markup;
use crate::notice::Notice;
use crate::pages::Pages;
use crate::way_on::{self, WayBack};
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{ContentType, HeaderMap, HeaderValue, LOCATION, SET_COOKIE};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, HttpResponse, HttpResponseBuilder, ResponseError as _};
use askama::Template;
use portcullis_application::ports::Exhausted;
use portcullis_domain::{Language, Locale, RequestId, SecretText};
use portcullis_web::{Fields, Refusal};
use std::future::{Ready, ready};

/// What a page may load and where its forms may lead.
pub(crate) const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
                                 connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What every page tells browsers. The style sheet is the one thing that most of them load.
pub(crate) const HEADERS: &[(&str, &str)] = &[
    ("content-security-policy", POLICY),
    // With `no-referrer` browsers send `Origin: null` with our own forms.
    ("referrer-policy", "strict-origin"),
    ("x-robots-tag", "noindex"),
];

/// A request for a page. Handlers take it, and answer by what it offers.
pub struct Visit {
    pub(crate) pages: Data<Pages>,
    pub(crate) language: Language,
    /// Whether it was chosen on a page.
    is_language_chosen: bool,
    pub(crate) browser: Browser,
    /// The way back to this page, for clients.
    here: String,
    request: HttpRequest,
}

impl FromRequest for Visit {
    type Error = Refusal;
    type Future = Ready<Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let missing = || Refusal::internal(&std::io::Error::other("what pages need is not set"));
        ready(Self::of(request).ok_or_else(missing))
    }
}

impl Visit {
    /// The request as one for a page; `None` where no pages are mounted.
    pub(crate) fn of(request: &HttpRequest) -> Option<Self> {
        let pages = request.app_data::<Data<Pages>>()?.clone();
        let chosen = language::chosen(request, &pages);
        let default = pages.settings.language;
        let here = request.extensions().get().map_or_else(
            || pages.settings.address.path_to(&way_on::target(request)),
            |WayBack(path)| path.clone(),
        );
        Some(Self {
            language: chosen.or_else(|| language::accepted(request)).unwrap_or(default),
            is_language_chosen: chosen.is_some(),
            browser: Browser::of(request.headers(), &pages),
            here,
            request: request.clone(),
            pages,
        })
    }

    /// Writes in that language, where there is one, unless another was chosen on a page.
    pub(crate) fn write_in(&mut self, language: Option<Language>) {
        if let Some(language) = language.filter(|_| !self.is_language_chosen) {
            self.language = language;
        }
    }

    /// Writes in the language of the person that the page is for, unless another was chosen on a page.
    pub(crate) fn write_for(&mut self, locale: Option<&Locale>) {
        if let Some(language) = locale.and_then(Locale::language).filter(|_| !self.is_language_chosen) {
            self.language = language;
        }
    }

    /// The path of ours as clients ask for it.
    pub(crate) fn path(&self, path: &str) -> String {
        self.pages.settings.address.path_to(path)
    }

    /// That this page is reached by that path and token, also where it answers a form. A failure leads back there.
    pub(crate) fn is_at(&mut self, path: &str, token: Option<&SecretText>) {
        self.here = self.path(&way_on::with_token(path, token));
        self.fails_back_to(&self.here);
    }

    /// That this page is reached by that path, with a query where it has one.
    pub(crate) fn is_reached_by(&mut self, path: &str) {
        self.here = self.path(path);
        self.fails_back_to(&self.here);
    }

    /// A parameter of the query, where there is one that can be read.
    pub(crate) fn parameter(&self, name: &'static str) -> Option<String> {
        let mut fields = Fields::of_query(self.request.query_string()).ok()?;
        fields.optional_text(name)
    }

    /// The same, also where it is there without a value.
    pub(crate) fn parameter_that_guards(&self, name: &'static str) -> Option<String> {
        let mut fields = Fields::of_guarding_query(self.request.query_string()).ok()?;
        fields.optional_text(name)
    }

    /// That a failure leads there, to a path as clients ask for it.
    pub(crate) fn fails_back_to(&self, path: &str) {
        self.request.extensions_mut().insert(WayBack(path.to_owned()));
    }

    /// Whether a page of another site led here (Fetch Metadata Request Headers, section 2.3). Browsers that don't say are let in.
    pub(crate) fn is_from_elsewhere(&self) -> bool {
        let site = self.headers().get("sec-fetch-site");
        site.is_some_and(|site| site == "cross-site" || site == "same-site")
    }

    /// The way back to this page, for clients.
    pub(crate) fn here(&self) -> &str {
        &self.here
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        self.request.headers()
    }

    pub(crate) fn request(&self) -> &HttpRequest {
        &self.request
    }

    pub(crate) fn request_id(&self) -> String {
        let extensions = self.request.extensions();
        let id = extensions.get().map(RequestId::as_str);
        id.unwrap_or_default().to_owned()
    }

    /// The language as accounts keep it.
    pub(crate) fn locale(&self) -> Option<Locale> {
        Locale::parse(self.language.as_str()).ok()
    }

    /// A text without anything to put in.
    pub(crate) fn text(&self, key: &str) -> Markup {
        catalogue::text(self.language, key, &[])
    }

    /// A text with something put in.
    pub(crate) fn text_with(&self, key: &str, slots: &[(&'static str, Slot<'_>)]) -> Markup {
        catalogue::text(self.language, key, slots)
    }

    /// Whom to write to, else whom to ask.
    pub(crate) fn whom_to_ask(&self, by_mail: &str, otherwise: &str) -> Markup {
        let theme = &self.pages.settings.theme;
        match &theme.contact {
            Some(contact) => {
                let contact = Markup::write_to(contact.as_str());
                self.text_with(by_mail, &[("contact", Slot::Markup(&contact))])
            }
            None => self.text_with(otherwise, &[("name", Slot::Markup(&theme.name.markup()))]),
        }
    }

    /// What stands around a page.
    pub(crate) fn frame(&self, gate: Gate, title: Markup) -> Frame<'_> {
        Frame::of(self, gate, title)
    }

    /// What was done just now, if this request was sent to read it.
    pub(crate) fn notice(&self) -> Option<Notice> {
        Notice::find(self.headers(), &self.browser, &self.pages)
    }

    /// Whether that was done by this very link just now.
    pub(crate) fn has_done(&self, notice: Notice, token: &SecretText) -> bool {
        notice.is_of(token, self.headers(), &self.browser, &self.pages)
    }

    /// The page as an answer.
    pub(crate) fn answer(&self, status: StatusCode, page: &impl Template) -> Result<HttpResponse, Refusal> {
        let mut html = String::with_capacity(8 * 1024);
        page.render_into(&mut html).map_err(|error| Refusal::internal(&error))?;
        Ok(self.start(status).insert_header(ContentType::html()).body(html))
    }

    /// The page that tells of too many attempts, with what programs are told of it.
    pub(crate) fn answer_exhausted(&self, exhausted: Exhausted, page: &impl Template) -> Result<HttpResponse, Refusal> {
        let told = Refusal::from(exhausted).error_response();
        let mut answer = self.answer(told.status(), page)?;
        for (name, value) in told.headers() {
            answer.headers_mut().insert(name.clone(), value.clone());
        }
        Ok(answer)
    }

    /// The page of what was done, which is told once.
    pub(crate) fn answer_once(&self, page: &impl Template) -> Result<HttpResponse, Refusal> {
        let mut answer = self.answer(StatusCode::OK, page)?;
        answer.headers_mut().append(SET_COOKIE, Notice::clear(&self.pages));
        Ok(answer)
    }

    /// Sends the browser on to a path as clients ask for it.
    pub(crate) fn see_other(&self, path: &str) -> HttpResponseBuilder {
        let mut answer = self.start(StatusCode::SEE_OTHER);
        answer.insert_header((LOCATION, path));
        answer
    }

    /// Sends the browser on to read what was done.
    pub(crate) fn done(&self, path: &str, notice: Notice) -> HttpResponse {
        self.go_on(path, Some(notice)).finish()
    }

    /// Sends the browser on to read what was done by a link.
    pub(crate) fn done_by(&self, token: &SecretText, path: &str, notice: Notice) -> HttpResponse {
        let cookie = notice.set_cookie(Some(token), &self.browser, &self.pages);
        self.go_on_with(path, cookie).finish()
    }

    /// Sends the browser on, with a notice where there is one.
    pub(crate) fn go_on(&self, path: &str, notice: Option<Notice>) -> HttpResponseBuilder {
        let cookie = notice.and_then(|notice| notice.set_cookie(None, &self.browser, &self.pages));
        self.go_on_with(path, cookie)
    }

    fn go_on_with(&self, path: &str, cookie: Option<HeaderValue>) -> HttpResponseBuilder {
        let mut answer = self.see_other(&self.path(path));
        if let Some(cookie) = cookie {
            answer.append_header((SET_COOKIE, cookie));
        }
        answer
    }

    /// The head of an answer that is no page, with what every page tells browsers.
    pub(crate) fn answer_start(&self, status: StatusCode) -> HttpResponseBuilder {
        self.start(status)
    }

    fn start(&self, status: StatusCode) -> HttpResponseBuilder {
        let mut answer = HttpResponse::build(status);
        for header in HEADERS {
            answer.insert_header(*header);
        }
        if let Some(cookie) = self.browser.set_cookie(&self.pages) {
            answer.append_header((SET_COOKIE, cookie));
        }
        answer
    }
}

//! A visit of somebody who is signed in on the browser.

use crate::account::hall::{Hall, Place};
use crate::browser::SESSION;
use crate::continuation::Continuation;
use crate::markup::Markup;
use crate::notice::Notice;
use crate::visit::Visit;
use crate::way_on;
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, SET_COOKIE};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use askama::Template;
use chrono::TimeDelta;
use portcullis_application::authentication::AuthenticateError;
use portcullis_application::{Actor, Authentication, SignedInBrowser};
use portcullis_domain::{SecretText, TimeZone, User};
use portcullis_web::{Refusal, RequestOrigin};
use std::future::{Ready, ready};

/// A visit of a page that is for those who are signed in. Whether somebody is, is asked by [`enter`](Self::enter).
pub(crate) struct Arrival {
    visit: Visit,
    authentication: Data<dyn Authentication>,
}

/// A visit of somebody who is signed in on the browser.
pub(crate) struct Inside {
    pub(crate) visit: Visit,
    pub(crate) actor: Actor,
    /// Whether the account must have a second factor.
    pub(crate) must_have_factor: bool,
    cookie: SecretText,
    stays_for: TimeDelta,
}

impl FromRequest for Arrival {
    type Error = Refusal;
    type Future = Ready<Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let missing = || Refusal::internal(&std::io::Error::other("what pages of accounts need is not set"));
        let authentication = request.app_data::<Data<dyn Authentication>>().cloned();
        let found = Visit::of(request).zip(authentication);
        let arrival = found.map(|(visit, authentication)| Self { visit, authentication });
        ready(arrival.ok_or_else(missing))
    }
}

impl Arrival {
    /// The visit, or the answer that sends the browser to sign in and back; or to set up a second factor and back, where the
    /// account lacks one that it must have.
    pub(crate) async fn enter(self) -> Result<Result<Inside, HttpResponse>, Refusal> {
        match self.enter_to_enrol().await? {
            Ok(inside) if inside.owes_factor() => Ok(Err(enrol_first(&inside.visit))),
            entered => Ok(entered),
        }
    }

    /// The same of a page that serves to set a second factor up.
    pub(crate) async fn enter_to_enrol(self) -> Result<Result<Inside, HttpResponse>, Refusal> {
        let Self {
            mut visit,
            authentication,
        } = self;
        let Some(cookie) = visit.browser.session().cloned() else {
            return Ok(Err(sign_in_first(&visit)));
        };
        let origin = RequestOrigin::of(visit.request()).0;
        match authentication.authenticate_browser(&cookie, origin).await {
            Ok(SignedInBrowser {
                actor,
                must_have_factor,
                stays_for,
            }) => {
                visit.write_for(actor.user().locale.as_ref());
                Ok(Ok(Inside {
                    visit,
                    actor,
                    must_have_factor,
                    cookie,
                    stays_for,
                }))
            }
            Err(AuthenticateError::Invalid | AuthenticateError::AccountDisabled | AuthenticateError::FactorOwed) => {
                Ok(Err(sign_in_first(&visit)))
            }
            Err(AuthenticateError::Store(error)) => Err(error.into()),
        }
    }
}

impl Inside {
    pub(crate) fn user(&self) -> &User {
        self.actor.user()
    }

    /// Whether the account lacks a second factor that it must have.
    pub(crate) fn owes_factor(&self) -> bool {
        self.must_have_factor && !self.user().has_factor()
    }

    /// The zone that times are shown in.
    pub(crate) fn time_zone(&self) -> TimeZone {
        self.user().time_zone.unwrap_or(self.visit.pages.settings.time_zone)
    }

    /// What stands around a page of the account.
    pub(crate) fn hall(&self, place: Place, title: Markup) -> Hall<'_> {
        Hall::of(&self.visit, place, title)
    }

    /// The page as an answer. The browser stays signed in for longer by it.
    pub(crate) fn answer(&self, status: StatusCode, page: &impl Template) -> Result<HttpResponse, Refusal> {
        Ok(self.staying(self.visit.answer(status, page)?))
    }

    /// The page of what was done, which is told once.
    pub(crate) fn answer_once(&self, page: &impl Template) -> Result<HttpResponse, Refusal> {
        Ok(self.staying(self.visit.answer_once(page)?))
    }

    /// Sends the browser on to read what was done.
    pub(crate) fn done(&self, path: &str, notice: Notice) -> HttpResponse {
        self.staying(self.visit.done(path, notice))
    }

    /// The session is over: sends the browser to sign in and back.
    pub(crate) fn signed_out(&self) -> HttpResponse {
        sign_in_first(&self.visit)
    }

    fn staying(&self, mut answer: HttpResponse) -> HttpResponse {
        if let Some(cookie) = session_cookie(&self.visit, &self.cookie, self.stays_for) {
            answer.headers_mut().append(SET_COOKIE, cookie);
        }
        answer
    }
}

/// The value of `Set-Cookie` by which a browser is signed in for that long.
pub(crate) fn session_cookie(visit: &Visit, cookie: &SecretText, stays_for: TimeDelta) -> Option<HeaderValue> {
    let life = stays_for.to_std().unwrap_or_default();
    visit.pages.settings.cookies.set(SESSION, cookie, life).ok()
}

fn enrol_first(visit: &Visit) -> HttpResponse {
    let goes_on = Continuation::parse(&way_on::target(visit.request()));
    visit.go_on(&goes_on.behind(Place::SecondFactor.path()), None).finish()
}

fn sign_in_first(visit: &Visit) -> HttpResponse {
    let goes_on = Continuation::parse(&way_on::target(visit.request()));
    let mut answer = visit.see_other(&visit.path(&goes_on.named_behind("/sign-in")));
    if visit.browser.session().is_some() {
        answer.append_header((SET_COOKIE, visit.pages.settings.cookies.clear(SESSION)));
    }
    answer.finish()
}

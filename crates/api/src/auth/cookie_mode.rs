//! Cookie mode: the refresh token goes by a cookie that no script reads.
//!
//! A browser sends the cookie by itself, so anybody's page could call by it for whoever looks at that page. What browsers
//! say of where a request comes from decides, and a request that says nothing of it is refused.

use crate::auth::bodies::{RefreshTokenBody, TokensBody};
use crate::auth::problems::{COOKIES_OFF, CROSS_SITE_REQUEST, TWO_REFRESH_TOKENS};
use crate::json::boolean_parameter;
use crate::problem::Problem;
use actix_web::dev::Payload;
use actix_web::http::header::SET_COOKIE;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use futures_util::future::LocalBoxFuture;
use portcullis_application::refresh::Exchange;
use portcullis_application::tokens::Tokens;
use portcullis_domain::{Carrier, SecretText};
use portcullis_web::{Cookies, Fields, OwnCookie, Refusal, SameSite, TrustedPages};
use std::time::Duration;
use utoipa::IntoParams;

/// Holds the refresh token.
const REFRESH: &OwnCookie = &OwnCookie {
    name: "portcullis-refresh",
    same_site: SameSite::Strict,
};

/// Where the refresh token goes.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CookieQuery {
    /// `true` sends the refresh token in a cookie that no script reads, and leaves it out of the body.
    #[param(value_type = Option<bool>, default = false)]
    cookie: Option<bool>,
}

impl CookieQuery {
    /// The name of its one parameter.
    pub(crate) const NAME: &str = "cookie";

    /// Takes the parameter.
    pub(crate) fn read(query: &mut Fields) -> Self {
        let cookie = query.optional(Self::NAME, |text| boolean_parameter(&text));
        Self { cookie }
    }
}

/// What there is to know of a request for cookie mode.
pub(crate) struct CookieMode {
    request: HttpRequest,
    cookies: Data<Option<Cookies>>,
    pages: Data<TrustedPages>,
}

impl FromRequest for CookieMode {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, actix_web::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let cookies = Data::from_request(request, payload);
        let pages = Data::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move {
            Ok(Self {
                request,
                cookies: cookies.await?,
                pages: pages.await?,
            })
        })
    }
}

impl CookieMode {
    /// How the tokens go that the request asks for.
    pub(crate) fn delivery(&self, query: &CookieQuery) -> Result<Delivery, Problem> {
        if query.cookie != Some(true) {
            return Ok(Delivery::Body);
        }
        let cookies = (**self.cookies).as_ref().ok_or(COOKIES_OFF)?;
        self.require_trusted_page()?;
        Ok(Delivery::Cookie(cookies.clone()))
    }

    /// The refresh token of a request, in its body or in its cookie.
    pub(crate) fn refresh_token(&self, body: Option<Fields>) -> Result<PresentedToken, Problem> {
        let cookies = (**self.cookies).as_ref();
        let in_cookie = cookies.and_then(|cookies| Some((cookies, cookies.find(REFRESH, self.request.headers())?)));
        let several = cookies.filter(|cookies| cookies.are_several(REFRESH, self.request.headers()));
        if let (None, Some(cookies)) = (&body, several) {
            self.require_trusted_page()?;
            // Nobody knows which of them is ours. The next sign-in sets one.
            return Err(Refusal::from(TWO_REFRESH_TOKENS)
                .with_cookies(cookies.clear_all(REFRESH))
                .into());
        }
        match (body, in_cookie) {
            (Some(_), Some(_)) => Err(TWO_REFRESH_TOKENS.into()),
            (None, Some((cookies, token))) => {
                self.require_trusted_page()?;
                Ok(PresentedToken::Cookie(token, cookies.clone()))
            }
            (Some(body), None) => Ok(PresentedToken::Body(RefreshTokenBody::read(body)?.into())),
            (None, None) => {
                let empty = Fields::of_json(b"{}")?;
                Ok(PresentedToken::Body(RefreshTokenBody::read(empty)?.into()))
            }
        }
    }

    /// That no page from elsewhere sends a form. Browsers send forms anywhere without asking, and a sign-in by one would give
    /// the browser the cookie of another device.
    pub(crate) fn refuse_forms_from_elsewhere(&self) -> Result<(), Problem> {
        if self.pages.are_not_where_it_comes_from(self.request.headers()) {
            Err(CROSS_SITE_REQUEST.into())
        } else {
            Ok(())
        }
    }

    fn require_trusted_page(&self) -> Result<(), Problem> {
        if self.pages.made(self.request.headers()) {
            Ok(())
        } else {
            Err(CROSS_SITE_REQUEST.into())
        }
    }
}

/// How tokens go to the client.
pub(crate) enum Delivery {
    /// All of them in the body.
    Body,
    /// The refresh token in a cookie.
    Cookie(Cookies),
}

impl Delivery {
    /// What the refresh token goes by.
    pub(crate) const fn carrier(&self) -> Carrier {
        match self {
            Self::Body => Carrier::Body,
            Self::Cookie(_) => Carrier::Cookie,
        }
    }

    /// The answer that holds the tokens.
    pub(crate) fn answer(&self, tokens: Tokens) -> Result<HttpResponse, Problem> {
        let cookies = match self {
            Self::Body => return Ok(HttpResponse::Ok().json(TokensBody::from(tokens))),
            Self::Cookie(cookies) => cookies,
        };
        let life = tokens.refresh_expires_in.to_std().unwrap_or(Duration::ZERO);
        let cookie = cookies.set(REFRESH, &tokens.refresh_token, life);
        let cookie = cookie.map_err(|error| Problem::internal(&error))?;
        let mut answer = HttpResponse::Ok();
        answer.append_header((SET_COOKIE, cookie));
        Ok(answer.json(TokensBody::without_refresh_token(&tokens)))
    }
}

/// A refresh token that somebody shows, and what it came by.
pub(crate) enum PresentedToken {
    /// In the body.
    Body(SecretText),
    /// In the cookie, of which that is the rule.
    Cookie(SecretText, Cookies),
}

impl PresentedToken {
    /// The token.
    pub(crate) const fn text(&self) -> &SecretText {
        match self {
            Self::Body(token) | Self::Cookie(token, _) => token,
        }
    }

    /// What it came by.
    pub(crate) const fn carrier(&self) -> Carrier {
        match self {
            Self::Body(_) => Carrier::Body,
            Self::Cookie(..) => Carrier::Cookie,
        }
    }

    /// How the next one goes: by the cookie that this one came by, or as the request asks.
    pub(crate) fn next_delivery(&self, mode: &CookieMode, query: &CookieQuery) -> Result<Delivery, Problem> {
        match self {
            Self::Body(_) => mode.delivery(query),
            Self::Cookie(_, cookies) => Ok(Delivery::Cookie(cookies.clone())),
        }
    }

    /// How it is exchanged for one that goes in that way.
    pub(crate) const fn exchange(&self, next: &Delivery) -> Exchange {
        match (self, next) {
            (Self::Body(_), Delivery::Body) => Exchange::Bodies,
            (Self::Body(_), Delivery::Cookie(_)) => Exchange::BodyForCookie,
            (Self::Cookie(..), Delivery::Body | Delivery::Cookie(_)) => Exchange::Cookies,
        }
    }

    /// Takes the cookie away that the token came by, with that answer.
    pub(crate) fn clear_with(&self, mut answer: HttpResponse) -> HttpResponse {
        if let Self::Cookie(_, cookies) = self {
            answer.headers_mut().append(SET_COOKIE, cookies.clear(REFRESH));
        }
        answer
    }
}

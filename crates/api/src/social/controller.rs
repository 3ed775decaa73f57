//! Signing in by another provider, for apps with a front end of their own, and the way back from a provider for all.

use crate::accept::prefers_a_page;
use crate::auth::bodies::TokensBody;
use crate::auth::cookie_mode::{CookieMode, CookieQuery};
use crate::auth::problems::COOKIES_OFF;
use crate::problem::Problem;
use crate::social::bodies::{CallbackQuery, ExchangeBody, IdTokenBody, ProviderListBody, StartQuery};
use crate::social::problems::{
    CallbackProblems, ExchangeProblems, INVALID_STATE, IdTokenProblems, ProvidersProblems, StartProblems, code_of,
};
use actix_web::http::header::{CACHE_CONTROL, ContentType, LOCATION, SET_COOKIE};
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, Responder, get, post};
use portcullis_application::social::{Answer, AppAnswer, AppRequest, IdTokenShown, Purpose};
use portcullis_application::{LinkedIdentities, SocialSignIn};
use portcullis_domain::ProviderName;
use portcullis_web::{
    AppRedirects, Cookies, DeviceCookie, Fields, HeadAlone, Incoming, OwnAddress, Refusal, RequestLocale,
    RequestOrigin, kind,
};

/// List the providers to sign in by
///
/// In the order in which to show them. `authorize_url` begins a sign-in.
#[utoipa::path(
    tag = "auth",
    operation_id = "list_social_providers",
    responses((status = 200, description = "The providers.", body = ProviderListBody), ProvidersProblems),
)]
#[get("/auth/social")]
pub(crate) async fn list(social: Data<dyn SocialSignIn>, request: HttpRequest) -> Result<impl Responder, Problem> {
    Fields::refuse_any(request.query_string())?;
    Ok(Json(ProviderListBody::new(social.providers())))
}

/// Begin to sign in by another provider
///
/// A browser goes here; no script calls it. It comes back to `redirect_to` with `code`, for `/auth/social/exchange`, or with
/// `error`. What it was begun with is in `state`, sealed, and bound to the browser by a cookie.
#[utoipa::path(
    tag = "auth",
    operation_id = "begin_social_sign_in",
    params(("provider" = String, Path, description = "The provider.", example = "github"), StartQuery),
    responses(
        (status = 302, description = "To the provider; where it does not answer, to `redirect_to` with `error`.", headers(
            ("location" = String, description = "The address at the provider."),
            ("set-cookie" = String, description = "Binds the sign-in to the browser, for ten minutes."),
        )),
        (status = 200, description = "To a browser, where `redirect_to` is not https and the provider does not answer: a page that \
            leads there with `error`.", body = String, content_type = "text/html"),
        StartProblems,
    ),
)]
#[get("/auth/social/{provider}")]
pub(crate) async fn start(
    social: Data<dyn SocialSignIn>,
    cookies: Data<Option<Cookies>>,
    allowed: Data<AppRedirects>,
    provider: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    if *provider == "exchange" {
        // That path is another call's, and no provider has the name.
        return Err(Refusal::method_not_allowed("POST").into());
    }
    let provider = named(&provider)?;
    if !social.providers().iter().any(|offered| offered.name == provider) {
        return Err(kind::NOT_FOUND.into());
    }
    let query = StartQuery::read(request.query_string(), &allowed)?;
    let cookies = (**cookies).as_ref().ok_or(COOKIES_OFF)?;
    let purpose = Purpose::App(AppRequest {
        redirect_to: query.redirect_to.clone(),
        code_challenge: query.code_challenge.to_string(),
    });
    let begun = social
        .begin(&provider, purpose, cookies.social(request.headers()))
        .await;
    let begun = match begun {
        Ok(begun) => begun,
        // A person is in front of it, whom the app tells.
        Err(error) => {
            return Ok(to_app(
                &query.redirect_to,
                ("error", code_of(&error.into()).to_owned()),
                &request,
            ));
        }
    };
    let mut answer = HttpResponse::Found();
    answer.insert_header((LOCATION, begun.url.expose()));
    answer.insert_header((CACHE_CONTROL, "no-store"));
    if let Some(cookie) = cookies.set_social(&begun.browser, begun.life.to_std().unwrap_or_default()) {
        answer.append_header((SET_COOKIE, cookie));
    }
    Ok(answer.finish())
}

/// Come back from another provider
///
/// A provider sends the browser here. Where a page began it, the browser goes on to that page.
#[utoipa::path(
    tag = "auth",
    operation_id = "finish_social_sign_in",
    params(("provider" = String, Path, description = "The provider.", example = "github"), CallbackQuery),
    responses(
        (status = 302, description = "To `redirect_to` with `code` or `error`, or with `linked`.", headers(
            ("location" = String, description = "The address that the app named."),
        )),
        (status = 200, description = "The same for a browser, where `redirect_to` is not https: a page that leads there.",
            body = String, content_type = "text/html"),
        (status = 303, description = "To the page that began it.", headers(
            ("location" = String, description = "The path of the page."),
        )),
        CallbackProblems,
    ),
)]
#[get("/auth/social/{provider}/callback")]
#[expect(clippy::too_many_arguments, reason = "the framework hands each of them in by itself")]
pub(crate) async fn callback(
    social: Data<dyn SocialSignIn>,
    identities: Data<dyn LinkedIdentities>,
    cookies: Data<Option<Cookies>>,
    address: Data<OwnAddress>,
    provider: Path<String>,
    origin: RequestOrigin,
    locale: RequestLocale,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    if request.extensions().contains::<HeadAlone>() {
        // It signs somebody in: to look is not to do.
        return Err(Refusal::method_not_allowed("GET").into());
    }
    let provider = named(&provider)?;
    let query = CallbackQuery::read(request.query_string())?;
    let browser = (**cookies)
        .as_ref()
        .and_then(|cookies| cookies.social(request.headers()));
    let answer = Answer {
        provider,
        state: query.state,
        code: query.code,
        issuer: query.iss,
        error: query.error,
        browser,
        origin: origin.0,
    };
    match social.purpose_of(&answer) {
        Some(Purpose::App(_)) => {
            let AppAnswer { redirect_to, said } = social.answer_app(answer, locale.0).await?;
            let said = match said {
                Ok(code) => ("code", code.expose().to_owned()),
                Err(error) => ("error", code_of(&error.into()).to_owned()),
            };
            Ok(to_app(&redirect_to, said, &request))
        }
        Some(Purpose::Link {
            redirect_to: Some(redirect_to),
            ..
        }) => {
            let provider = answer.provider.to_string();
            let said = match identities.finish_link(answer).await {
                Ok(()) => ("linked", provider),
                Err(error) => ("error", code_of(&error.into()).to_owned()),
            };
            Ok(to_app(&redirect_to, said, &request))
        }
        Some(Purpose::Page(_) | Purpose::Anew(_) | Purpose::Again(_) | Purpose::Link { .. }) => {
            Ok(to_page(&answer, &address, &request))
        }
        // A person is told by a page, a program by a problem.
        None if cookies.is_some() && prefers_a_page(&request) => Ok(to_page(&answer, &address, &request)),
        None => Err(INVALID_STATE.into()),
    }
}

/// Redeem the code of a sign-in at another provider
///
/// The app that began it shows the verifier of its challenge. Where the account has a second factor, it is asked for here, too.
#[utoipa::path(
    tag = "auth",
    operation_id = "exchange_social_code",
    params(CookieQuery),
    request_body = ExchangeBody,
    responses(
        (status = 200, description = "The tokens of a new session.", body = TokensBody, headers(
            ("set-cookie" = String, description = "With `cookie=true`: the refresh token."),
        )),
        ExchangeProblems,
    ),
)]
#[post("/auth/social/exchange")]
pub(crate) async fn exchange(
    social: Data<dyn SocialSignIn>,
    origin: RequestOrigin,
    device: DeviceCookie,
    mode: CookieMode,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let (fields, query) = incoming.json_and_query(CookieQuery::read).await?;
    let body = ExchangeBody::read(fields)?;
    let delivery = mode.delivery(&query)?;
    let mut tokens = social
        .exchange(&body.code, &body.code_verifier, delivery.carrier(), origin.0)
        .await?;
    let known_by = tokens.device_token.take();
    Ok(device.with_answer(delivery.answer(tokens)?, known_by))
}

/// Sign in by an ID token
///
/// For apps that signed the person in by the provider's own library. The token has to be for one of the apps that are set up
/// (`SOCIAL_<NAME>_AUDIENCES`), at most ten minutes old, and is taken once.
#[utoipa::path(
    tag = "auth",
    operation_id = "log_in_by_id_token",
    params(("provider" = String, Path, description = "The provider.", example = "google"), CookieQuery),
    request_body = IdTokenBody,
    responses(
        (status = 200, description = "The tokens of a new session.", body = TokensBody, headers(
            ("set-cookie" = String, description = "With `cookie=true`: the refresh token."),
        )),
        IdTokenProblems,
    ),
)]
#[post("/auth/social/{provider}/id-token")]
pub(crate) async fn id_token(
    social: Data<dyn SocialSignIn>,
    provider: Path<String>,
    origin: RequestOrigin,
    locale: RequestLocale,
    device: DeviceCookie,
    mode: CookieMode,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let provider = named(&provider)?;
    if !social.providers().iter().any(|offered| offered.name == provider) {
        return Err(kind::NOT_FOUND.into());
    }
    let (fields, query) = incoming.json_and_query(CookieQuery::read).await?;
    let IdTokenBody { id_token, nonce } = IdTokenBody::read(fields)?;
    let delivery = mode.delivery(&query)?;
    let shown = IdTokenShown {
        provider,
        id_token,
        nonce,
        locale: locale.0,
        origin: origin.0,
    };
    let mut tokens = social.log_in_by_id_token(shown, delivery.carrier()).await?;
    let known_by = tokens.device_token.take();
    Ok(device.with_answer(delivery.answer(tokens)?, known_by))
}

/// The provider that a path names.
pub(crate) fn named(text: &str) -> Result<ProviderName, Problem> {
    Ok(text.parse().map_err(|_| kind::NOT_FOUND)?)
}

/// Sends the browser to an app's address, with one thing said. Codes and names stand in a query as they are.
///
/// A browser that comes here by a form of the provider's follows redirects only as far as the policy of the provider's page lets
/// forms end (Content Security Policy Level 3, `form-action`), which seldom names apps at `http` on the same machine or with
/// a scheme of their own. So a page ends the chain, and leads on from here.
fn to_app(redirect_to: &str, (name, value): (&str, String), request: &HttpRequest) -> HttpResponse {
    let mark = if redirect_to.contains('?') { '&' } else { '?' };
    let address = format!("{redirect_to}{mark}{name}={value}");
    if redirect_to.starts_with("https:") || !prefers_a_page(request) {
        return HttpResponse::Found()
            .insert_header((LOCATION, address))
            .insert_header((CACHE_CONTROL, "no-store"))
            .finish();
    }
    let (address, shown) = (escaped(&address), escaped(redirect_to));
    HttpResponse::Ok()
        .insert_header(ContentType::html())
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(format!(
            "<!doctype html><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"0;url={address}\">\
             <title>{shown}</title><p><a href=\"{address}\">{shown}</a></p>\n"
        ))
}

/// A text as it may stand in HTML, in an attribute too.
fn escaped(text: &str) -> String {
    text.chars()
        .fold(String::with_capacity(text.len()), |mut out, character| {
            match character {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '"' => out.push_str("&quot;"),
                '\'' => out.push_str("&#39;"),
                plain => out.push(plain),
            }
            out
        })
}

/// Sends the browser on to the page that takes the answer.
fn to_page(answer: &Answer, address: &OwnAddress, request: &HttpRequest) -> HttpResponse {
    let path = address.path_to(&format!("/sign-in/with/{}/callback", answer.provider));
    HttpResponse::SeeOther()
        .insert_header((LOCATION, format!("{path}?{}", request.query_string())))
        .insert_header((CACHE_CONTROL, "no-store"))
        .finish()
}

//! Signing up, in and out, and staying signed in.

use crate::auth::bodies::{LogInBody, LogInForm, RefreshTokenBody, RegisterBody, TokensBody};
use crate::auth::cookie_mode::{CookieMode, CookieQuery};
use crate::auth::oauth::{self, TokenProblems};
use crate::auth::problems::{LogInProblems, LogOutProblems, RefreshProblems, RegisterProblems};
use crate::problem::Problem;
use crate::users::bodies::UserBody;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Json};
use actix_web::{HttpResponse, Responder, post};
use portcullis_application::refresh::RefreshAttempt;
use portcullis_application::{Refresh, Registration, SignIn, SignOut};
use portcullis_domain::PasswordPolicy;
use portcullis_web::{DeviceCookie, Incoming, RequestLocale, RequestOrigin};

/// Sign up
///
/// Makes an account with the role `USER`. An address is taken whatever the case of its letters. With mail, a link is mailed
/// that verifies the address.
#[utoipa::path(
    tag = "auth",
    operation_id = "register_account",
    request_body = RegisterBody,
    responses((status = 201, description = "The new account.", body = UserBody), RegisterProblems),
)]
#[post("/auth/register")]
pub(crate) async fn register(
    registration: Data<dyn Registration>,
    policy: Data<PasswordPolicy>,
    origin: RequestOrigin,
    locale: RequestLocale,
    incoming: Incoming,
) -> Result<impl Responder, Problem> {
    let body = RegisterBody::read(incoming.json().await?, **policy)?;
    let user = registration.register(body.sign_up(locale.0), origin.0).await?;
    Ok((Json(UserBody::from(&user)), StatusCode::CREATED))
}

/// Sign in
///
/// Begins a session. An unknown address and a wrong password are answered alike. The form of `/auth/token` is taken here,
/// too, and answered as there.
#[utoipa::path(
    tag = "auth",
    operation_id = "log_in",
    params(CookieQuery),
    request_body = LogInBody,
    responses(
        (status = 200, description = "The tokens of a new session.", body = TokensBody, headers(
            ("set-cookie" = String, description = "With `cookie=true`: the refresh token."),
        )),
        LogInProblems,
    ),
)]
#[post("/auth/login")]
pub(crate) async fn log_in(
    sign_in: Data<dyn SignIn>,
    origin: RequestOrigin,
    device: DeviceCookie,
    mode: CookieMode,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let begin = Begin {
        sign_in: &**sign_in,
        origin,
        device: &device,
        mode: &mode,
    };
    if incoming.is_form() {
        return begin.by_form(incoming).await;
    }
    let (fields, query) = incoming.json_and_query(CookieQuery::read).await?;
    begin.session(LogInBody::read(fields)?, &query).await
}

/// Sign in by a form
///
/// Begins a session by OAuth2's password grant (RFC 6749, section 4.3.2). What goes wrong carries `error` and
/// `error_description` besides, as OAuth has them (section 5.2).
#[utoipa::path(
    tag = "auth",
    operation_id = "log_in_by_form",
    params(CookieQuery),
    request_body(content = LogInForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The tokens of a new session.", body = TokensBody, headers(
            ("set-cookie" = String, description = "With `cookie=true`: the refresh token."),
        )),
        TokenProblems,
    ),
)]
#[post("/auth/token")]
pub(crate) async fn token(
    sign_in: Data<dyn SignIn>,
    origin: RequestOrigin,
    device: DeviceCookie,
    mode: CookieMode,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let begin = Begin {
        sign_in: &**sign_in,
        origin,
        device: &device,
        mode: &mode,
    };
    begin.by_form(incoming).await
}

/// A sign-in by one of the calls that take a password.
struct Begin<'a> {
    sign_in: &'a dyn SignIn,
    origin: RequestOrigin,
    device: &'a DeviceCookie,
    mode: &'a CookieMode,
}

impl Begin<'_> {
    /// What goes wrong is told as OAuth has it.
    async fn by_form(self, incoming: Incoming) -> Result<HttpResponse, Problem> {
        self.mode.refuse_forms_from_elsewhere()?;
        let read = incoming.form_and_query(CookieQuery::NAME, CookieQuery::read).await;
        let read = read.and_then(|(fields, query)| Ok((LogInForm::read(fields)?, query)));
        let (form, query) = read.map_err(|refusal| oauth::told(refusal.into()))?;
        self.session(form.into(), &query).await.map_err(oauth::told)
    }

    /// The device keeps its cookie from now on.
    async fn session(self, body: LogInBody, query: &CookieQuery) -> Result<HttpResponse, Problem> {
        let delivery = self.mode.delivery(query)?;
        let mut tokens = self
            .sign_in
            .log_in(body.attempt(delivery.carrier(), self.origin.0))
            .await?;
        let known_by = tokens.device_token.take();
        Ok(self.device.with_answer(delivery.answer(tokens)?, known_by))
    }
}

/// Refresh
///
/// Gives the next tokens of a session and spends the refresh token. For a short time after its use a spent token
/// gives the same tokens again, as long as they are unused; later, its use ends the session. One that comes in the cookie,
/// without a body, gives them as long as they are unused, since browsers bring older cookies back; the next token goes
/// into the cookie, and a 401 takes it away.
#[utoipa::path(
    tag = "auth",
    operation_id = "refresh_tokens",
    params(CookieQuery),
    request_body = RefreshTokenBody,
    responses(
        (status = 200, description = "The next tokens of the session.", body = TokensBody, headers(
            ("set-cookie" = String, description = "With `cookie=true`, or where the token came in the cookie: the next one."),
        )),
        RefreshProblems,
    ),
)]
#[post("/auth/refresh")]
pub(crate) async fn refresh(
    refresh: Data<dyn Refresh>,
    origin: RequestOrigin,
    mode: CookieMode,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let (body, query) = incoming.json_if_any_and_query(CookieQuery::read).await?;
    let presented = mode.refresh_token(body)?;
    let delivery = presented.next_delivery(&mode, &query)?;
    let attempt = RefreshAttempt {
        refresh_token: presented.text().clone(),
        exchange: presented.exchange(&delivery),
        origin: origin.0,
    };
    match refresh.refresh(attempt).await {
        Ok(tokens) => delivery.answer(tokens),
        Err(error) => {
            let problem = Problem::from(error);
            if problem.0.status() == StatusCode::UNAUTHORIZED {
                return Ok(presented.clear_with(HttpResponse::from_error(problem.0)));
            }
            Err(problem)
        }
    }
}

/// Sign out
///
/// Ends the session of a genuine refresh token, spent or not. Any other text, also an empty one, ends nothing and is
/// answered alike: send the refresh token that the last login or refresh answered. The token comes in the body, or in the
/// cookie, without a body: then the cookie is taken away.
#[utoipa::path(
    tag = "auth",
    operation_id = "log_out",
    request_body = RefreshTokenBody,
    responses(
        (status = 204, description = "The token is of no use any more.", headers(
            ("set-cookie" = String, description = "Where the token came in the cookie: takes it away."),
        )),
        LogOutProblems,
    ),
)]
#[post("/auth/logout")]
pub(crate) async fn log_out(
    sign_out: Data<dyn SignOut>,
    origin: RequestOrigin,
    mode: CookieMode,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let (body, ()) = incoming.json_if_any_and_query(|_| ()).await?;
    let presented = mode.refresh_token(body)?;
    sign_out
        .log_out(presented.text(), presented.carrier(), origin.0)
        .await?;
    Ok(presented.clear_with(HttpResponse::NoContent().finish()))
}

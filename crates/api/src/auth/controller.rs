//! Signing up, in and out, and staying signed in.

use crate::auth::bodies::{LogInBody, LogInForm, RefreshTokenBody, RegisterBody, TokensBody};
use crate::auth::oauth::{self, TokenProblems};
use crate::auth::problems::{LogInProblems, LogOutProblems, RefreshProblems, RegisterProblems};
use crate::problem::Problem;
use crate::users::bodies::UserBody;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Json};
use actix_web::{HttpResponse, Responder, post};
use portcullis_application::{Refresh, Registration, SignIn, SignOut};
use portcullis_domain::PasswordPolicy;
use portcullis_web::{Incoming, RequestOrigin};

/// Sign up
///
/// Makes an account with the role `USER`. An address is taken whatever the case of its letters.
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
    incoming: Incoming,
) -> Result<impl Responder, Problem> {
    let body = RegisterBody::read(incoming.json().await?, **policy)?;
    let user = registration.register(body.into(), origin.0).await?;
    Ok((Json(UserBody::from(&user)), StatusCode::CREATED))
}

/// Sign in
///
/// Begins a session. An unknown address and a wrong password are answered alike. The form of `/auth/token` is taken here,
/// too, and answered as there.
#[utoipa::path(
    tag = "auth",
    operation_id = "log_in",
    request_body = LogInBody,
    responses((status = 200, description = "The tokens of a new session.", body = TokensBody), LogInProblems),
)]
#[post("/auth/login")]
pub(crate) async fn log_in(
    sign_in: Data<dyn SignIn>,
    origin: RequestOrigin,
    incoming: Incoming,
) -> Result<Json<TokensBody>, Problem> {
    if incoming.is_form() {
        return log_in_by_form(&**sign_in, origin, incoming).await;
    }
    let body = LogInBody::read(incoming.json().await?)?;
    let tokens = sign_in.log_in(body.attempt(origin.0)).await?;
    Ok(Json(TokensBody::from(tokens)))
}

/// Sign in by a form
///
/// Begins a session by OAuth2's password grant (RFC 6749, section 4.3.2). What goes wrong carries `error` and
/// `error_description` besides, as OAuth has them (section 5.2).
#[utoipa::path(
    tag = "auth",
    operation_id = "log_in_by_form",
    request_body(content = LogInForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "The tokens of a new session.", body = TokensBody), TokenProblems),
)]
#[post("/auth/token")]
pub(crate) async fn token(
    sign_in: Data<dyn SignIn>,
    origin: RequestOrigin,
    incoming: Incoming,
) -> Result<Json<TokensBody>, Problem> {
    log_in_by_form(&**sign_in, origin, incoming).await
}

async fn log_in_by_form(
    sign_in: &dyn SignIn,
    origin: RequestOrigin,
    incoming: Incoming,
) -> Result<Json<TokensBody>, Problem> {
    let form = incoming.form().await.and_then(LogInForm::read);
    let attempt = LogInBody::from(form.map_err(|refusal| oauth::told(refusal.into()))?).attempt(origin.0);
    let tokens = sign_in.log_in(attempt).await;
    Ok(Json(TokensBody::from(
        tokens.map_err(|error| oauth::told(error.into()))?,
    )))
}

/// Refresh
///
/// Gives the next tokens of a session and spends the refresh token. For a short time after its use a spent token
/// gives the same tokens again, as long as they are unused; later, its use ends the session.
#[utoipa::path(
    tag = "auth",
    operation_id = "refresh_tokens",
    request_body = RefreshTokenBody,
    responses((status = 200, description = "The next tokens of the session.", body = TokensBody), RefreshProblems),
)]
#[post("/auth/refresh")]
pub(crate) async fn refresh(
    refresh: Data<dyn Refresh>,
    origin: RequestOrigin,
    incoming: Incoming,
) -> Result<impl Responder, Problem> {
    let body = RefreshTokenBody::read(incoming.json().await?)?;
    let tokens = refresh.refresh(body.refresh_token(), origin.0).await?;
    Ok(Json(TokensBody::from(tokens)))
}

/// Sign out
///
/// Ends the session of a genuine refresh token, spent or not. Any other text does nothing.
#[utoipa::path(
    tag = "auth",
    operation_id = "log_out",
    request_body = RefreshTokenBody,
    responses((status = 204, description = "The token is of no use any more."), LogOutProblems),
)]
#[post("/auth/logout")]
pub(crate) async fn log_out(
    sign_out: Data<dyn SignOut>,
    origin: RequestOrigin,
    incoming: Incoming,
) -> Result<impl Responder, Problem> {
    let body = RefreshTokenBody::read(incoming.json().await?)?;
    sign_out.log_out(body.refresh_token(), origin.0).await?;
    Ok(HttpResponse::NoContent().finish())
}

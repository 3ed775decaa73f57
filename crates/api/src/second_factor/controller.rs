//! The second half of signing in, proving once more who one is, and taking somebody's second factor away.

use crate::auth::bodies::TokensBody;
use crate::auth::cookie_mode::{CookieMode, CookieQuery};
use crate::caller::signed_in::{ProvenAdmin, SignedIn};
use crate::path_id::path_id;
use crate::problem::Problem;
use crate::second_factor::bodies::{LogInByCodeBody, ReauthenticateBody};
use crate::second_factor::problems::{LogInByCodeProblems, ReauthenticateProblems, ResetFactorsProblems};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, Responder, delete, post};
use portcullis_application::sign_in_by_code::CodeAttempt;
use portcullis_application::{Reauthentication, SecondFactors, SignInByCode};
use portcullis_web::{DeviceCookie, Fields, Incoming, RequestOrigin};

/// Sign in by a second factor
///
/// Goes on where signing in answered `mfa_required`, by a code or by a passkey. Each code works once.
#[utoipa::path(
    tag = "auth",
    operation_id = "log_in_by_code",
    params(CookieQuery),
    request_body = LogInByCodeBody,
    responses(
        (status = 200, description = "The tokens of a new session.", body = TokensBody, headers(
            ("set-cookie" = String, description = "With `cookie=true`: the refresh token."),
        )),
        LogInByCodeProblems,
    ),
)]
#[post("/auth/login/mfa")]
pub(crate) async fn log_in_by_code(
    sign_in: Data<dyn SignInByCode>,
    origin: RequestOrigin,
    device: DeviceCookie,
    mode: CookieMode,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let (fields, query) = incoming.json_and_query(CookieQuery::read).await?;
    let (token, shown) = LogInByCodeBody::read(fields)?.into_parts();
    let delivery = mode.delivery(&query)?;
    let attempt = CodeAttempt {
        token,
        shown,
        origin: origin.0,
    };
    let mut tokens = sign_in.log_in_by_code(attempt, delivery.carrier()).await?;
    let known_by = tokens.device_token.take();
    Ok(device.with_answer(delivery.answer(tokens)?, known_by))
}

/// Prove once more who you are
///
/// The session goes on with the tokens that this answers. Their `acr` says what was proved in this call: `1fa` by the password,
/// `2fa` with a code besides, `phr` by a passkey. For ten minutes it serves what asks for a fresh proof.
#[utoipa::path(
    tag = "auth",
    operation_id = "verify_identity",
    security(("password" = []), ("bearer" = [])),
    params(CookieQuery),
    request_body = ReauthenticateBody,
    responses(
        (status = 200, description = "The next tokens of the session.", body = TokensBody, headers(
            ("set-cookie" = String, description = "With `cookie=true`: the refresh token."),
        )),
        ReauthenticateProblems,
    ),
)]
#[post("/auth/reauthenticate")]
pub(crate) async fn reauthenticate(
    caller: SignedIn,
    reauthentication: Data<dyn Reauthentication>,
    mode: CookieMode,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let (fields, query) = incoming.json_and_query(CookieQuery::read).await?;
    let body = ReauthenticateBody::read(fields)?;
    let delivery = mode.delivery(&query)?;
    let tokens = reauthentication
        .reauthenticate(&caller.0, body.into(), delivery.carrier())
        .await?;
    delivery.answer(tokens)
}

/// Turn a user's second factor off
///
/// For whoever lost the authenticator app and the recovery codes, or a passkey. Passkeys are removed, too. Their sessions end,
/// and they are told by mail. Where there is neither, nothing happens. Administrators turn their own off as everybody does.
#[utoipa::path(
    tag = "admin",
    operation_id = "reset_second_factor",
    security(("password" = []), ("bearer" = [])),
    params(("id" = String, Path, format = Uuid, description = "The user.",
        example = "019338a1-7c00-7a3b-8d52-6f1e0c9b4a27")),
    responses((status = 204, description = "The second factor is off."), ResetFactorsProblems),
)]
#[delete("/admin/users/{id}/mfa")]
pub(crate) async fn reset(
    caller: ProvenAdmin,
    factors: Data<dyn SecondFactors>,
    id: Path<String>,
    request: HttpRequest,
) -> Result<impl Responder, Problem> {
    let id = path_id(&id)?;
    Fields::refuse_any(request.query_string())?;
    factors.reset(caller.0.authority(), id).await?;
    Ok(HttpResponse::NoContent().finish())
}

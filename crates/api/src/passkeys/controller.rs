//! Signing in by a passkey, and which pages may.

use crate::auth::bodies::TokensBody;
use crate::auth::cookie_mode::{CookieMode, CookieQuery};
use crate::caller::signed_in::PerhapsSignedIn;
use crate::passkeys::bodies::{AskBody, AskedBody, OriginsBody, ShownBody};
use crate::passkeys::problems::{AskProblems, LogInByPasskeyProblems, OriginsProblems};
use crate::problem::Problem;
use actix_web::web::{Data, Json};
use actix_web::{HttpResponse, Responder, get, post};
use portcullis_application::sign_in_by_passkey::{Occasion, PasskeyAttempt};
use portcullis_application::{Passkeys, SignInByPasskey};
use portcullis_web::{DeviceCookie, Incoming, RequestOrigin, kind};

/// Ask for a passkey
///
/// Gives what `navigator.credentials.get` is called with on a page of this server. Any passkey of the server answers it. The
/// answer serves what was asked for alone: to sign in; with an `mfa_token`, to go on with that sign-in; with an access token, to
/// prove once more who the caller is, in that session.
#[utoipa::path(
    tag = "auth",
    operation_id = "create_passkey_challenge",
    security((), ("password" = []), ("bearer" = [])),
    request_body = AskBody,
    responses((status = 200, description = "What the browser is asked.", body = AskedBody), AskProblems),
)]
#[post("/auth/passkeys/options")]
pub(crate) async fn ask(
    caller: PerhapsSignedIn,
    sign_in: Data<dyn SignInByPasskey>,
    incoming: Incoming,
) -> Result<impl Responder, Problem> {
    let body = AskBody::read(incoming.json().await?, caller.0.is_some())?;
    let occasion = match (&caller.0, &body.mfa_token) {
        (Some(actor), _) => Occasion::StepUp(actor),
        (None, Some(token)) => Occasion::SecondStep(token),
        (None, None) => Occasion::SignIn,
    };
    Ok(Json(AskedBody::from(sign_in.ask(occasion, None)?)))
}

/// Sign in by a passkey
///
/// It takes neither an address nor a password, and no second step follows: a passkey is two factors in one. Each challenge is
/// answered once.
#[utoipa::path(
    tag = "auth",
    operation_id = "log_in_by_passkey",
    params(CookieQuery),
    request_body = ShownBody,
    responses(
        (status = 200, description = "The tokens of a new session.", body = TokensBody, headers(
            ("set-cookie" = String, description = "With `cookie=true`: the refresh token."),
        )),
        LogInByPasskeyProblems,
    ),
)]
#[post("/auth/passkeys")]
pub(crate) async fn log_in(
    sign_in: Data<dyn SignInByPasskey>,
    origin: RequestOrigin,
    device: DeviceCookie,
    mode: CookieMode,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let (fields, query) = incoming.json_and_query(CookieQuery::read).await?;
    let shown = ShownBody::read(fields)?.into();
    let delivery = mode.delivery(&query)?;
    let attempt = PasskeyAttempt {
        shown,
        origin: origin.0,
    };
    let mut tokens = sign_in.log_in_by_passkey(attempt, delivery.carrier()).await?;
    let known_by = tokens.device_token.take();
    Ok(device.with_answer(delivery.answer(tokens)?, known_by))
}

/// Get the origins of passkeys
///
/// Browsers ask for this where a page of one origin uses a passkey of another domain (`WebAuthn` level 3, section 5.11).
#[utoipa::path(
    tag = "service",
    operation_id = "get_passkey_origins",
    responses((status = 200, description = "The origins.", body = OriginsBody), OriginsProblems),
)]
#[get("/.well-known/webauthn")]
pub(crate) async fn origins(passkeys: Data<dyn Passkeys>) -> Result<impl Responder, Problem> {
    let origins = passkeys.origins();
    if origins.is_empty() {
        return Err(kind::NOT_FOUND.into());
    }
    Ok(Json(OriginsBody { origins }))
}

//! The caller's own passkeys.

use crate::caller::signed_in::Enrolling;
use crate::passkeys::bodies::{AddPasskeyBody, AskForNewBody, AskedBody, PasskeyBody, PasskeyListBody, RenameBody};
use crate::passkeys::problems::{
    AddPasskeyProblems, AskForNewProblems, ListPasskeysProblems, RemovePasskeyProblems, RenamePasskeyProblems,
};
use crate::path_id::path_id;
use crate::problem::Problem;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse, Responder, delete, get, patch, post};
use portcullis_application::Passkeys;
use portcullis_web::{Fields, Incoming};

/// List your passkeys
///
/// The oldest first.
#[utoipa::path(
    tag = "account",
    operation_id = "list_passkeys",
    security(("password" = []), ("bearer" = [])),
    responses((status = 200, description = "The passkeys.", body = PasskeyListBody), ListPasskeysProblems),
)]
#[get("/users/me/passkeys")]
pub(crate) async fn list(
    caller: Enrolling,
    passkeys: Data<dyn Passkeys>,
    request: HttpRequest,
) -> Result<impl Responder, Problem> {
    Fields::refuse_any(request.query_string())?;
    Ok(Json(PasskeyListBody::new(&passkeys.list(&caller.0).await?)))
}

/// Ask for a new passkey
///
/// Gives what `navigator.credentials.create` is called with on a page of this server.
#[utoipa::path(
    tag = "account",
    operation_id = "create_passkey_registration",
    security(("password" = []), ("bearer" = [])),
    request_body = AskForNewBody,
    responses((status = 200, description = "What the browser is asked.", body = AskedBody), AskForNewProblems),
)]
#[post("/users/me/passkeys/options")]
pub(crate) async fn ask(
    caller: Enrolling,
    passkeys: Data<dyn Passkeys>,
    incoming: Incoming,
) -> Result<impl Responder, Problem> {
    AskForNewBody::read(incoming.json().await?)?;
    Ok(Json(AskedBody::from(passkeys.ask_for_new(&caller.0).await?)))
}

/// Add a passkey
///
/// In the session that the options were asked for in. The caller is told by mail.
#[utoipa::path(
    tag = "account",
    operation_id = "create_passkey",
    security(("password" = []), ("bearer" = [])),
    request_body = AddPasskeyBody,
    responses((status = 201, description = "The passkey.", body = PasskeyBody), AddPasskeyProblems),
)]
#[post("/users/me/passkeys")]
pub(crate) async fn add(
    caller: Enrolling,
    passkeys: Data<dyn Passkeys>,
    incoming: Incoming,
) -> Result<impl Responder, Problem> {
    let (shown, name) = AddPasskeyBody::read(incoming.json().await?)?.into_parts();
    let passkey = passkeys.add(&caller.0, shown, name).await?;
    Ok((Json(PasskeyBody::from(&passkey)), StatusCode::CREATED))
}

/// Rename a passkey
#[utoipa::path(
    tag = "account",
    operation_id = "change_passkey",
    security(("password" = []), ("bearer" = [])),
    params(("id" = String, Path, format = Uuid, description = "The passkey.",
        example = "019338a1-7c00-7a3b-8d52-6f1e0c9b4a27")),
    request_body = RenameBody,
    responses((status = 200, description = "The passkey.", body = PasskeyBody), RenamePasskeyProblems),
)]
#[patch("/users/me/passkeys/{id}")]
pub(crate) async fn rename(
    caller: Enrolling,
    passkeys: Data<dyn Passkeys>,
    id: Path<String>,
    incoming: Incoming,
) -> Result<impl Responder, Problem> {
    let id = path_id(&id)?;
    let body = RenameBody::read(incoming.json().await?)?;
    let passkey = passkeys.rename(&caller.0, id, body.name).await?;
    Ok(Json(PasskeyBody::from(&passkey)))
}

/// Remove a passkey
///
/// The caller's other sessions end, and they are told by mail.
#[utoipa::path(
    tag = "account",
    operation_id = "delete_passkey",
    security(("password" = []), ("bearer" = [])),
    params(("id" = String, Path, format = Uuid, description = "The passkey.",
        example = "019338a1-7c00-7a3b-8d52-6f1e0c9b4a27")),
    responses((status = 204, description = "The passkey is gone."), RemovePasskeyProblems),
)]
#[delete("/users/me/passkeys/{id}")]
pub(crate) async fn remove(
    caller: Enrolling,
    passkeys: Data<dyn Passkeys>,
    id: Path<String>,
    request: HttpRequest,
) -> Result<impl Responder, Problem> {
    let id = path_id(&id)?;
    Fields::refuse_any(request.query_string())?;
    passkeys.remove(&caller.0, id).await?;
    Ok(HttpResponse::NoContent().finish())
}

//! The apps that people let use their account.

use crate::applications::bodies::ApplicationListBody;
use crate::applications::problems::{
    DisconnectProblems, DisconnectUserApplicationProblems, ListApplicationsProblems, UserApplicationsProblems,
};
use crate::caller::signed_in::{ProvenAdmin, SignedIn, SignedInAdmin};
use crate::path_id::path_id;
use crate::problem::Problem;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse, Responder, delete, get};
use portcullis_application::ConnectedApps;
use portcullis_oauth2::ClientId;
use portcullis_web::{Fields, kind};

/// List the apps that use your account
///
/// By name.
#[utoipa::path(
    tag = "account",
    operation_id = "list_applications",
    security(("password" = []), ("bearer" = [])),
    responses((status = 200, description = "The apps.", body = ApplicationListBody), ListApplicationsProblems),
)]
#[get("/users/me/applications")]
pub(crate) async fn list_own(
    caller: SignedIn,
    apps: Data<dyn ConnectedApps>,
    request: HttpRequest,
) -> Result<impl Responder, Problem> {
    Fields::refuse_any(request.query_string())?;
    Ok(Json(ApplicationListBody::new(&apps.list_own(&caller.0).await?)))
}

/// Disconnect an app from your account
///
/// What you agreed to is taken back, and its tokens stop working within a second. It can ask you again.
#[utoipa::path(
    tag = "account",
    operation_id = "disconnect_application",
    security(("password" = []), ("bearer" = [])),
    params(("client_id" = String, Path, description = "The app.", example = "shop")),
    responses((status = 204, description = "The app is disconnected."), DisconnectProblems),
)]
#[delete("/users/me/applications/{client_id}")]
pub(crate) async fn disconnect_own(
    caller: SignedIn,
    apps: Data<dyn ConnectedApps>,
    client_id: Path<String>,
    request: HttpRequest,
) -> Result<impl Responder, Problem> {
    let client_id = ClientId::parse(&client_id).map_err(|_| kind::NOT_FOUND)?;
    Fields::refuse_any(request.query_string())?;
    apps.disconnect_own(&caller.0, client_id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// List the apps that use a user's account
///
/// By name.
#[utoipa::path(
    tag = "admin",
    operation_id = "list_user_applications",
    security(("password" = []), ("bearer" = [])),
    params(("id" = String, Path, format = Uuid, description = "The user.",
        example = "019338a1-7c00-7a3b-8d52-6f1e0c9b4a27")),
    responses((status = 200, description = "The apps.", body = ApplicationListBody), UserApplicationsProblems),
)]
#[get("/admin/users/{id}/applications")]
pub(crate) async fn list_of_user(
    caller: SignedInAdmin,
    apps: Data<dyn ConnectedApps>,
    id: Path<String>,
    request: HttpRequest,
) -> Result<impl Responder, Problem> {
    let id = path_id(&id)?;
    Fields::refuse_any(request.query_string())?;
    let listed = apps.list(caller.0.authority(), id).await?;
    Ok(Json(ApplicationListBody::new(&listed.ok_or(kind::NOT_FOUND)?)))
}

/// Disconnect an app from a user's account
///
/// What the user agreed to is taken back, and its tokens stop working within a second.
#[utoipa::path(
    tag = "admin",
    operation_id = "disconnect_user_application",
    security(("password" = []), ("bearer" = [])),
    params(
        ("id" = String, Path, format = Uuid, description = "The user.",
            example = "019338a1-7c00-7a3b-8d52-6f1e0c9b4a27"),
        ("client_id" = String, Path, description = "The app.", example = "shop"),
    ),
    responses((status = 204, description = "The app is disconnected."), DisconnectUserApplicationProblems),
)]
#[delete("/admin/users/{id}/applications/{client_id}")]
pub(crate) async fn disconnect_of_user(
    caller: ProvenAdmin,
    apps: Data<dyn ConnectedApps>,
    path: Path<(String, String)>,
    request: HttpRequest,
) -> Result<impl Responder, Problem> {
    let (id, client_id) = path.into_inner();
    let id = path_id(&id)?;
    let client_id = ClientId::parse(&client_id).map_err(|_| kind::NOT_FOUND)?;
    Fields::refuse_any(request.query_string())?;
    apps.disconnect(caller.0.authority(), id, client_id).await?;
    Ok(HttpResponse::NoContent().finish())
}

//! The secrets and members of clients, for administrators.

use crate::caller::signed_in::{ProvenAdmin, SignedInAdmin};
use crate::clients::bodies::{ClientMemberBody, ClientMemberListBody, ClientSecretBody};
use crate::clients::controller::client_id;
use crate::clients::problems::{
    AddSecretProblems, FindClientProblems, PutMemberProblems, RemoveClientProblems, RevokeClientProblems,
};
use crate::clients::sent::{MemberBody, NewSecretBody, roles};
use crate::lists::{ListCall, PageQuery};
use crate::path_id::path_id;
use crate::problem::Problem;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse, Responder, delete, get, post, put};
use portcullis_application::Clients;
use portcullis_application::ports::ListName;
use portcullis_web::{Fields, Incoming, kind};

/// Give a client a secret
///
/// Beside the one that it has: two live at once, so that one can take the place of the other while both work. The secret is
/// told this once.
#[utoipa::path(
    tag = "admin",
    operation_id = "create_client_secret",
    security(("password" = []), ("bearer" = [])),
    params(("client_id" = String, Path, description = "The client.", example = "shop")),
    request_body = NewSecretBody,
    responses((status = 201, description = "The secret.", body = ClientSecretBody), AddSecretProblems),
)]
#[post("/admin/clients/{client_id}/secrets")]
pub(crate) async fn add_secret(
    caller: ProvenAdmin,
    clients: Data<dyn Clients>,
    id: Path<String>,
    incoming: Incoming,
) -> Result<impl Responder, Problem> {
    let id = client_id(&id)?;
    let asked = NewSecretBody::read(incoming.json().await?)?;
    let added = clients.add_secret(caller.0.authority(), id, asked.label, asked.expires_at);
    Ok((Json(ClientSecretBody::from(&added.await?)), StatusCode::CREATED))
}

/// Remove a secret of a client
///
/// It counts no more within a second. What the client was given by it stays good: revoke that by itself.
#[utoipa::path(
    tag = "admin",
    operation_id = "delete_client_secret",
    security(("password" = []), ("bearer" = [])),
    params(
        ("client_id" = String, Path, description = "The client.", example = "shop"),
        ("secret_id" = String, Path, format = Uuid, description = "The secret.",
            example = "019338a1-7c00-7a3b-8d52-6f1e0c9b4a27"),
    ),
    responses((status = 204, description = "The secret counts no more."), RemoveClientProblems),
)]
#[delete("/admin/clients/{client_id}/secrets/{secret_id}")]
pub(crate) async fn remove_secret(
    caller: ProvenAdmin,
    clients: Data<dyn Clients>,
    ids: Path<(String, String)>,
    request: HttpRequest,
) -> Result<impl Responder, Problem> {
    let (id, secret) = (client_id(&ids.0)?, path_id(&ids.1)?);
    Fields::refuse_any(request.query_string())?;
    clients.remove_secret(caller.0.authority(), id, secret).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// List the members of a client
///
/// Newest first.
#[utoipa::path(
    tag = "admin",
    operation_id = "list_client_members",
    security(("password" = []), ("bearer" = [])),
    params(("client_id" = String, Path, description = "The client.", example = "shop"), PageQuery),
    responses((status = 200, description = "A page of members.", body = ClientMemberListBody), FindClientProblems),
)]
#[get("/admin/clients/{client_id}/members")]
pub(crate) async fn list_members(
    caller: SignedInAdmin,
    clients: Data<dyn Clients>,
    id: Path<String>,
    asked: ListCall,
) -> Result<impl Responder, Problem> {
    let id = client_id(&id)?;
    let found = clients.find(caller.0.authority(), id.clone()).await?;
    let cursors = asked.cursors(ListName::ClientMembers(found.ok_or(kind::NOT_FOUND)?.client.id));
    let page = PageQuery::read(asked.query(), cursors)?;
    let page = clients.list_members(caller.0.authority(), id, page).await?;
    Ok(Json(ClientMemberListBody::new(&page.ok_or(kind::NOT_FOUND)?, cursors)))
}

/// Make a user a member of a client
///
/// Or give a member other roles. Who is no member may not use a client whose `access` is `members`.
#[utoipa::path(
    tag = "admin",
    operation_id = "set_client_member",
    security(("password" = []), ("bearer" = [])),
    params(
        ("client_id" = String, Path, description = "The client.", example = "shop"),
        ("user_id" = String, Path, format = Uuid, description = "The user.",
            example = "019338a1-7c00-7a3b-8d52-6f1e0c9b4a27"),
    ),
    request_body = MemberBody,
    responses((status = 200, description = "The member.", body = ClientMemberBody), PutMemberProblems),
)]
#[put("/admin/clients/{client_id}/members/{user_id}")]
pub(crate) async fn put_member(
    caller: ProvenAdmin,
    clients: Data<dyn Clients>,
    ids: Path<(String, String)>,
    incoming: Incoming,
) -> Result<impl Responder, Problem> {
    let (id, user) = (client_id(&ids.0)?, path_id(&ids.1)?);
    let roles = roles(incoming.json().await?)?;
    let member = clients.put_member(caller.0.authority(), id, user, roles).await?;
    Ok(Json(ClientMemberBody::from(&member)))
}

/// Take a member of a client away
#[utoipa::path(
    tag = "admin",
    operation_id = "delete_client_member",
    security(("password" = []), ("bearer" = [])),
    params(
        ("client_id" = String, Path, description = "The client.", example = "shop"),
        ("user_id" = String, Path, format = Uuid, description = "The user.",
            example = "019338a1-7c00-7a3b-8d52-6f1e0c9b4a27"),
    ),
    responses((status = 204, description = "The user is no member."), RevokeClientProblems),
)]
#[delete("/admin/clients/{client_id}/members/{user_id}")]
pub(crate) async fn remove_member(
    caller: ProvenAdmin,
    clients: Data<dyn Clients>,
    ids: Path<(String, String)>,
    request: HttpRequest,
) -> Result<impl Responder, Problem> {
    let (id, user) = (client_id(&ids.0)?, path_id(&ids.1)?);
    Fields::refuse_any(request.query_string())?;
    clients.remove_member(caller.0.authority(), id, user).await?;
    Ok(HttpResponse::NoContent().finish())
}

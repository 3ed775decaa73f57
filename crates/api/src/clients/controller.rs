//! Clients, for administrators.

use crate::caller::signed_in::{ProvenAdmin, SignedInAdmin};
use crate::clients::bodies::{ClientBody, ClientListBody};
use crate::clients::problems::{
    ChangeClientProblems, CreateClientProblems, FindClientProblems, ListClientsProblems, RemoveClientProblems,
    RevokeClientProblems, not_changed, not_created,
};
use crate::clients::sent::{ChangeClientBody, NewClientBody, change, new_client};
use crate::etag::{etag, if_match};
use crate::lists::{ListCall, PageQuery};
use crate::problem::Problem;
use actix_web::http::header::LOCATION;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse, Responder, delete, get, patch, post};
use portcullis_application::Clients;
use portcullis_application::ports::ListName;
use portcullis_domain::RegisteredClient;
use portcullis_oauth2::ClientId;
use portcullis_web::{Fields, Incoming, OwnAddress, kind};

/// List clients
///
/// Newest first.
#[utoipa::path(
    tag = "admin",
    operation_id = "list_clients",
    security(("password" = []), ("bearer" = [])),
    params(PageQuery),
    responses((status = 200, description = "A page of clients.", body = ClientListBody), ListClientsProblems),
)]
#[get("/admin/clients")]
pub(crate) async fn list(
    caller: SignedInAdmin,
    clients: Data<dyn Clients>,
    asked: ListCall,
) -> Result<impl Responder, Problem> {
    let cursors = asked.cursors(ListName::Clients);
    let page = PageQuery::read(asked.query(), cursors)?;
    let page = clients.list(caller.0.authority(), page).await?;
    Ok(Json(ClientListBody::new(&page, cursors)))
}

/// Register a client
///
/// One that shows who it is by a secret is given its first: `client_secret` of the answer, which is told this once.
#[utoipa::path(
    tag = "admin",
    operation_id = "create_client",
    security(("password" = []), ("bearer" = [])),
    request_body = NewClientBody,
    responses((status = 201, description = "The client.", body = ClientBody), CreateClientProblems),
)]
#[post("/admin/clients")]
pub(crate) async fn create(
    caller: ProvenAdmin,
    clients: Data<dyn Clients>,
    address: Data<OwnAddress>,
    incoming: Incoming,
) -> Result<impl Responder, Problem> {
    let new = new_client(incoming.json().await?)?;
    let sent = new.written.clone();
    let created = clients.create(caller.0.authority(), new).await;
    let created = created.map_err(|error| not_created(error, &sent))?;
    let client = &created.registered.client;
    Ok(HttpResponse::Created()
        .insert_header((
            LOCATION,
            address.path_to(&format!("/admin/clients/{}", client.client_id)),
        ))
        .insert_header(etag(client.version))
        .json(ClientBody::from(&created)))
}

/// Read a client
#[utoipa::path(
    tag = "admin",
    operation_id = "get_client",
    security(("password" = []), ("bearer" = [])),
    params(("client_id" = String, Path, description = "The client.", example = "shop")),
    responses((status = 200, description = "The client.", body = ClientBody), FindClientProblems),
)]
#[get("/admin/clients/{client_id}")]
pub(crate) async fn find(
    caller: SignedInAdmin,
    clients: Data<dyn Clients>,
    id: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let id = client_id(&id)?;
    Fields::refuse_any(request.query_string())?;
    let found = clients.find(caller.0.authority(), id).await?;
    let found = found.ok_or(kind::NOT_FOUND)?;
    let warnings = clients.warnings(caller.0.authority(), &found);
    Ok(HttpResponse::Ok()
        .insert_header(etag(found.client.version))
        .json(ClientBody::warned_of(&found, warnings)))
}

/// Change a client
///
/// What is left out stays as it is. With `If-Match`, only the version that the header names is changed. Every server knows it
/// within a second.
#[utoipa::path(
    tag = "admin",
    operation_id = "change_client",
    security(("password" = []), ("bearer" = [])),
    params(
        ("client_id" = String, Path, description = "The client.", example = "shop"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version that was seen."),
    ),
    request_body = ChangeClientBody,
    responses((status = 200, description = "The client after the change.", body = ClientBody), ChangeClientProblems),
)]
#[patch("/admin/clients/{client_id}")]
pub(crate) async fn change_one(
    caller: ProvenAdmin,
    clients: Data<dyn Clients>,
    id: Path<String>,
    request: HttpRequest,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let id = client_id(&id)?;
    let sent = change(incoming.json().await?)?;
    let changed = clients.change(caller.0.authority(), id, if_match(&request), sent.clone());
    let changed = changed.await.map_err(|error| not_changed(error, &sent))?;
    Ok(answer(&changed))
}

/// Remove a client
///
/// For good, with its secrets and members. What it was given is worthless within a second.
#[utoipa::path(
    tag = "admin",
    operation_id = "delete_client",
    security(("password" = []), ("bearer" = [])),
    params(
        ("client_id" = String, Path, description = "The client.", example = "shop"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version that was seen."),
    ),
    responses((status = 204, description = "The client is gone."), RemoveClientProblems),
)]
#[delete("/admin/clients/{client_id}")]
pub(crate) async fn remove(
    caller: ProvenAdmin,
    clients: Data<dyn Clients>,
    id: Path<String>,
    request: HttpRequest,
) -> Result<impl Responder, Problem> {
    let id = client_id(&id)?;
    Fields::refuse_any(request.query_string())?;
    clients.delete(caller.0.authority(), id, if_match(&request)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Revoke what a client was given
///
/// All of it is worthless within a second. The client itself stays, and may ask anew.
#[utoipa::path(
    tag = "admin",
    operation_id = "revoke_client",
    security(("password" = []), ("bearer" = [])),
    params(("client_id" = String, Path, description = "The client.", example = "shop")),
    responses((status = 204, description = "What it was given is worthless."), RevokeClientProblems),
)]
#[post("/admin/clients/{client_id}/revoke")]
pub(crate) async fn revoke(
    caller: ProvenAdmin,
    clients: Data<dyn Clients>,
    id: Path<String>,
    request: HttpRequest,
) -> Result<impl Responder, Problem> {
    let id = client_id(&id)?;
    Fields::refuse_any(request.query_string())?;
    clients.revoke(caller.0.authority(), id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The client id that stands in a path. Where none can stand, there is nothing.
pub(crate) fn client_id(text: &str) -> Result<ClientId, Problem> {
    Ok(ClientId::parse(text).map_err(|_| kind::NOT_FOUND)?)
}

fn answer(registered: &RegisteredClient) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(etag(registered.client.version))
        .json(ClientBody::from(registered))
}

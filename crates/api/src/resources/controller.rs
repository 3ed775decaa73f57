//! Resources, for administrators.

use crate::caller::signed_in::{ProvenAdmin, SignedInAdmin};
use crate::etag::{etag, if_match};
use crate::lists::{ListCall, PageQuery};
use crate::path_id::path_id;
use crate::problem::Problem;
use crate::resources::bodies::{ChangeResourceBody, NewResourceBody, ResourceBody, ResourceListBody};
use crate::resources::problems::{
    ChangeResourceProblems, CreateResourceProblems, DeleteResourceProblems, FindResourceProblems,
    ListResourcesProblems, not_changed, not_created,
};
use actix_web::http::header::LOCATION;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse, Responder, delete, get, patch, post};
use portcullis_application::Resources;
use portcullis_application::ports::ListName;
use portcullis_application::provider::written_resource::RESOURCE_MEMBERS;
use portcullis_domain::Resource;
use portcullis_web::{Fields, Incoming, OwnAddress, kind};

/// List resources
///
/// Newest first.
#[utoipa::path(
    tag = "admin",
    operation_id = "list_resources",
    security(("password" = []), ("bearer" = [])),
    params(PageQuery),
    responses((status = 200, description = "A page of resources.", body = ResourceListBody), ListResourcesProblems),
)]
#[get("/admin/resources")]
pub(crate) async fn list(
    caller: SignedInAdmin,
    resources: Data<dyn Resources>,
    asked: ListCall,
) -> Result<impl Responder, Problem> {
    let cursors = asked.cursors(ListName::Resources);
    let page = PageQuery::read(asked.query(), cursors)?;
    let page = resources.list(caller.0.authority(), page).await?;
    Ok(Json(ResourceListBody::new(&page, cursors)))
}

/// Register a resource
///
/// What access tokens of clients are for, and the scopes that clients may ask for.
#[utoipa::path(
    tag = "admin",
    operation_id = "create_resource",
    security(("password" = []), ("bearer" = [])),
    request_body = NewResourceBody,
    responses((status = 201, description = "The resource.", body = ResourceBody), CreateResourceProblems),
)]
#[post("/admin/resources")]
pub(crate) async fn create(
    caller: ProvenAdmin,
    resources: Data<dyn Resources>,
    address: Data<OwnAddress>,
    incoming: Incoming,
) -> Result<impl Responder, Problem> {
    let sent = incoming.json().await?.members(&["uri"], RESOURCE_MEMBERS)?;
    let created = resources.create(caller.0.authority(), sent.clone()).await;
    let resource = created.map_err(|error| not_created(error, &sent))?;
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, address.path_to(&format!("/admin/resources/{}", resource.id))))
        .insert_header(etag(resource.version))
        .json(ResourceBody::from(&resource)))
}

/// Read a resource
#[utoipa::path(
    tag = "admin",
    operation_id = "get_resource",
    security(("password" = []), ("bearer" = [])),
    params(("id" = String, Path, format = Uuid, description = "The resource.",
        example = "019338a1-7c00-7a3b-8d52-6f1e0c9b4a27")),
    responses((status = 200, description = "The resource.", body = ResourceBody), FindResourceProblems),
)]
#[get("/admin/resources/{id}")]
pub(crate) async fn find(
    caller: SignedInAdmin,
    resources: Data<dyn Resources>,
    id: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let id = path_id(&id)?;
    Fields::refuse_any(request.query_string())?;
    let found = resources.find(caller.0.authority(), id).await?;
    Ok(answer(&found.ok_or(kind::NOT_FOUND)?))
}

/// Change a resource
///
/// What is left out stays as it is. With `If-Match`, only the version that the header names is changed. A scope that clients
/// have stays.
#[utoipa::path(
    tag = "admin",
    operation_id = "change_resource",
    security(("password" = []), ("bearer" = [])),
    params(
        ("id" = String, Path, format = Uuid, description = "The resource.",
            example = "019338a1-7c00-7a3b-8d52-6f1e0c9b4a27"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version that was seen."),
    ),
    request_body = ChangeResourceBody,
    responses((status = 200, description = "The resource after the change.", body = ResourceBody), ChangeResourceProblems),
)]
#[patch("/admin/resources/{id}")]
pub(crate) async fn change(
    caller: ProvenAdmin,
    resources: Data<dyn Resources>,
    id: Path<String>,
    request: HttpRequest,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let id = path_id(&id)?;
    let sent = incoming.json().await?.members(&[], RESOURCE_MEMBERS)?;
    let changed = resources.change(caller.0.authority(), id, if_match(&request), sent.clone());
    let changed = changed.await.map_err(|error| not_changed(error, &sent))?;
    Ok(answer(&changed))
}

/// Remove a resource
///
/// One whose scopes no client has.
#[utoipa::path(
    tag = "admin",
    operation_id = "delete_resource",
    security(("password" = []), ("bearer" = [])),
    params(
        ("id" = String, Path, format = Uuid, description = "The resource.",
            example = "019338a1-7c00-7a3b-8d52-6f1e0c9b4a27"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version that was seen."),
    ),
    responses((status = 204, description = "The resource is gone."), DeleteResourceProblems),
)]
#[delete("/admin/resources/{id}")]
pub(crate) async fn remove(
    caller: ProvenAdmin,
    resources: Data<dyn Resources>,
    id: Path<String>,
    request: HttpRequest,
) -> Result<impl Responder, Problem> {
    let id = path_id(&id)?;
    Fields::refuse_any(request.query_string())?;
    resources.delete(caller.0.authority(), id, if_match(&request)).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn answer(resource: &Resource) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(etag(resource.version))
        .json(ResourceBody::from(resource))
}

//! The outbox, for administrators.

use crate::caller::signed_in::{ProvenAdmin, SignedInAdmin};
use crate::lists::{ListCall, PageQuery};
use crate::outbox::bodies::{MailListBody, OutboxQuery};
use crate::outbox::problems::{DiscardMailProblems, ListMailsProblems, RetryMailProblems};
use crate::path_id::path_id;
use crate::problem::Problem;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse, Responder, delete, get, post};
use portcullis_application::Outbox;
use portcullis_application::ports::ListName;
use portcullis_web::Fields;

/// List mails
///
/// Those that wait, that were sent in the last week, and that were given up. Newest first. What a mail says is not told,
/// since whoever has its link can use it.
#[utoipa::path(
    tag = "admin",
    operation_id = "list_mails",
    security(("password" = []), ("bearer" = [])),
    params(OutboxQuery, PageQuery),
    responses((status = 200, description = "A page of mails.", body = MailListBody), ListMailsProblems),
)]
#[get("/admin/outbox")]
pub(crate) async fn list(
    caller: SignedInAdmin,
    outbox: Data<dyn Outbox>,
    call: ListCall,
) -> Result<impl Responder, Problem> {
    let cursors = call.cursors(ListName::Mails);
    let (state, page) = OutboxQuery::read(call.query(), cursors)?;
    let page = outbox.list(caller.0.authority(), state, page).await?;
    Ok(Json(MailListBody::new(&page, cursors)))
}

/// Send a mail again
///
/// One that waits or was given up is tried at once, and then for another day. One that was sent stays sent: 409 `already_sent`.
#[utoipa::path(
    tag = "admin",
    operation_id = "retry_mail",
    security(("password" = []), ("bearer" = [])),
    params(("id" = String, Path, format = Uuid, description = "The mail.",
        example = "019338a1-7c00-7a3b-8d52-6f1e0c9b4a27")),
    responses((status = 202, description = "The mail is on its way."), RetryMailProblems),
)]
#[post("/admin/outbox/{id}/retry")]
pub(crate) async fn retry(
    caller: ProvenAdmin,
    outbox: Data<dyn Outbox>,
    id: Path<String>,
    request: HttpRequest,
) -> Result<impl Responder, Problem> {
    let id = path_id(&id)?;
    Fields::refuse_any(request.query_string())?;
    outbox.retry(caller.0.authority(), id).await?;
    Ok(HttpResponse::Accepted().finish())
}

/// Discard a mail
///
/// Whatever became of it. One that waits is not sent.
#[utoipa::path(
    tag = "admin",
    operation_id = "discard_mail",
    security(("password" = []), ("bearer" = [])),
    params(("id" = String, Path, format = Uuid, description = "The mail.",
        example = "019338a1-7c00-7a3b-8d52-6f1e0c9b4a27")),
    responses((status = 204, description = "The mail is gone."), DiscardMailProblems),
)]
#[delete("/admin/outbox/{id}")]
pub(crate) async fn discard(
    caller: ProvenAdmin,
    outbox: Data<dyn Outbox>,
    id: Path<String>,
    request: HttpRequest,
) -> Result<impl Responder, Problem> {
    let id = path_id(&id)?;
    Fields::refuse_any(request.query_string())?;
    outbox.discard(caller.0.authority(), id).await?;
    Ok(HttpResponse::NoContent().finish())
}

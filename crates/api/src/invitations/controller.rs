//! Invitations, for administrators.

use crate::caller::signed_in::{ProvenAdmin, SignedInAdmin};
use crate::invitations::bodies::{InvitationBody, InvitationListBody, InviteBody};
use crate::invitations::problems::{InviteProblems, ListInvitationsProblems, WithdrawProblems};
use crate::lists::{ListCall, PageQuery};
use crate::path_id::path_id;
use crate::problem::Problem;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse, Responder, delete, get, post};
use portcullis_application::Invitations;
use portcullis_application::ports::ListName;
use portcullis_web::{Fields, Incoming};

/// Invite somebody
///
/// Mails a link that is good for 7 days. An older invitation of that address is taken back.
#[utoipa::path(
    tag = "admin",
    operation_id = "create_invitation",
    security(("password" = []), ("bearer" = [])),
    request_body = InviteBody,
    responses((status = 201, description = "The invitation.", body = InvitationBody), InviteProblems),
)]
#[post("/admin/invitations")]
pub(crate) async fn invite(
    caller: ProvenAdmin,
    invitations: Data<dyn Invitations>,
    incoming: Incoming,
) -> Result<impl Responder, Problem> {
    let body = InviteBody::read(incoming.json().await?)?;
    let invitation = invitations.invite(caller.0.authority(), body.into()).await?;
    Ok((Json(InvitationBody::from(&invitation)), StatusCode::CREATED))
}

/// List invitations
///
/// Those that are open, newest first.
#[utoipa::path(
    tag = "admin",
    operation_id = "list_invitations",
    security(("password" = []), ("bearer" = [])),
    params(PageQuery),
    responses((status = 200, description = "A page of invitations.", body = InvitationListBody), ListInvitationsProblems),
)]
#[get("/admin/invitations")]
pub(crate) async fn list(
    caller: SignedInAdmin,
    invitations: Data<dyn Invitations>,
    call: ListCall,
) -> Result<impl Responder, Problem> {
    let cursors = call.cursors(ListName::Invitations);
    let page = PageQuery::read(call.query(), cursors)?;
    let page = invitations.list(caller.0.authority(), page).await?;
    Ok(Json(InvitationListBody::new(&page, cursors)))
}

/// Take an invitation back
///
/// Its link stops working.
#[utoipa::path(
    tag = "admin",
    operation_id = "withdraw_invitation",
    security(("password" = []), ("bearer" = [])),
    params(("id" = String, Path, format = Uuid, description = "The invitation.",
        example = "019338a1-7c00-7a3b-8d52-6f1e0c9b4a27")),
    responses((status = 204, description = "The invitation is taken back."), WithdrawProblems),
)]
#[delete("/admin/invitations/{id}")]
pub(crate) async fn withdraw(
    caller: ProvenAdmin,
    invitations: Data<dyn Invitations>,
    id: Path<String>,
    request: HttpRequest,
) -> Result<impl Responder, Problem> {
    let id = path_id(&id)?;
    Fields::refuse_any(request.query_string())?;
    invitations.withdraw(caller.0.authority(), id).await?;
    Ok(HttpResponse::NoContent().finish())
}

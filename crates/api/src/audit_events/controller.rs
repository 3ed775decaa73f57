//! The audit trail: one's own part of it, and all of it for administrators.

use crate::audit_events::bodies::{AuditEventListBody, AuditEventsQuery, OwnAuditEventsQuery};
use crate::audit_events::problems::{ListAuditEventsProblems, ListOwnAuditEventsProblems};
use crate::caller::signed_in::{SignedIn, SignedInAdmin};
use crate::lists::{ListCall, PageQuery};
use crate::problem::Problem;
use actix_web::web::{Data, Json};
use actix_web::{Responder, get};
use portcullis_application::AuditTrail;
use portcullis_application::ports::ListName;

/// List what happened to your account
///
/// What the audit trail says of the caller, newest first.
#[utoipa::path(
    tag = "account",
    operation_id = "list_own_audit_events",
    security(("password" = []), ("bearer" = [])),
    params(OwnAuditEventsQuery, PageQuery),
    responses(
        (status = 200, description = "A page of events.", body = AuditEventListBody),
        ListOwnAuditEventsProblems,
    ),
)]
#[get("/users/me/audit-events")]
pub(crate) async fn list_own(
    caller: SignedIn,
    trail: Data<dyn AuditTrail>,
    call: ListCall,
) -> Result<impl Responder, Problem> {
    let cursors = call.cursors(ListName::OwnAuditEvents(caller.0.user().id));
    let (filter, page) = OwnAuditEventsQuery::read(call.query(), cursors)?;
    let page = trail.list_own(&caller.0, filter, page).await?;
    Ok(Json(AuditEventListBody::new(&page, cursors)))
}

/// List what happened
///
/// The audit trail, newest first. One call looks at a bounded number of events, so a page may come short and still name
/// the next one.
#[utoipa::path(
    tag = "admin",
    operation_id = "list_audit_events",
    security(("password" = []), ("bearer" = [])),
    params(AuditEventsQuery, OwnAuditEventsQuery, PageQuery),
    responses((status = 200, description = "A page of events.", body = AuditEventListBody), ListAuditEventsProblems),
)]
#[get("/admin/audit-events")]
pub(crate) async fn list(
    caller: SignedInAdmin,
    trail: Data<dyn AuditTrail>,
    call: ListCall,
) -> Result<impl Responder, Problem> {
    let cursors = call.cursors(ListName::AuditEvents);
    let (filter, page) = AuditEventsQuery::read(call.query(), cursors)?;
    let page = trail.list(caller.0.authority(), filter, page).await?;
    Ok(Json(AuditEventListBody::new(&page, cursors)))
}

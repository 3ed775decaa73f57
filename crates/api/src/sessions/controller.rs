//! The caller's sessions, device by device.

use crate::caller::signed_in::SignedIn;
use crate::lists::{ListCall, PageQuery};
use crate::path_id::path_id;
use crate::problem::Problem;
use crate::sessions::bodies::{EndSessionsQuery, SessionListBody};
use crate::sessions::problems::{EndSessionProblems, EndSessionsProblems, ListSessionsProblems};
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse, Responder, delete, get};
use portcullis_application::Sessions;
use portcullis_application::ports::ListName;
use portcullis_web::Fields;

/// List your sessions
///
/// Those that are live, newest sign-in first.
#[utoipa::path(
    tag = "account",
    operation_id = "list_sessions",
    security(("password" = []), ("bearer" = [])),
    params(PageQuery),
    responses((status = 200, description = "A page of sessions.", body = SessionListBody), ListSessionsProblems),
)]
#[get("/users/me/sessions")]
pub(crate) async fn list(
    caller: SignedIn,
    sessions: Data<dyn Sessions>,
    call: ListCall,
) -> Result<impl Responder, Problem> {
    let cursors = call.cursors(ListName::OwnSessions(caller.0.user().id));
    let page = PageQuery::read(call.query(), cursors)?;
    let page = sessions.list_own(&caller.0, page).await?;
    Ok(Json(SessionListBody::new(&page, &caller.0, cursors)))
}

/// End one of your sessions
///
/// Its refresh token and its access tokens stop working at once.
#[utoipa::path(
    tag = "account",
    operation_id = "end_session",
    security(("password" = []), ("bearer" = [])),
    params(("id" = String, Path, format = Uuid, description = "The session.",
        example = "019338a1-7c00-7a3b-8d52-6f1e0c9b4a27")),
    responses((status = 204, description = "The session is over."), EndSessionProblems),
)]
#[delete("/users/me/sessions/{id}")]
pub(crate) async fn end(
    caller: SignedIn,
    sessions: Data<dyn Sessions>,
    id: Path<String>,
    request: HttpRequest,
) -> Result<impl Responder, Problem> {
    let id = path_id(&id)?;
    Fields::refuse_any(request.query_string())?;
    sessions.end_own(&caller.0, id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// End your other sessions
///
/// All but the one that asks, or all.
#[utoipa::path(
    tag = "account",
    operation_id = "end_other_sessions",
    security(("password" = []), ("bearer" = [])),
    params(EndSessionsQuery),
    responses((status = 204, description = "The sessions are over."), EndSessionsProblems),
)]
#[delete("/users/me/sessions")]
pub(crate) async fn end_many(
    caller: SignedIn,
    sessions: Data<dyn Sessions>,
    request: HttpRequest,
) -> Result<impl Responder, Problem> {
    if EndSessionsQuery::read(request.query_string())?.include_current {
        sessions.end_all_own(&caller.0).await?;
    } else {
        sessions.end_own_others(&caller.0).await?;
    }
    Ok(HttpResponse::NoContent().finish())
}

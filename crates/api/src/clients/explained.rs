//! Why the provider refused a request, for administrators.

use crate::caller::signed_in::SignedInAdmin;
use crate::clients::problems::FindClientProblems;
use crate::json::timestamp;
use crate::problem::Problem;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, Responder, get};
use portcullis_application::Explained;
use portcullis_application::replica::Explanation;
use portcullis_domain::RequestId;
use portcullis_web::{Fields, kind};
use serde::Serialize;
use utoipa::ToSchema;

/// Why the provider refused a request. It holds no secret, no code and no token.
#[derive(Serialize, ToSchema)]
#[schema(as = Explanation)]
pub(crate) struct ExplanationBody {
    /// What the request was called.
    #[schema(examples("019338a1-7c00-7a3b-8d52-6f1e0c9b4a27"))]
    request_id: String,
    /// When it was refused, in UTC.
    #[schema(format = DateTime, examples("2026-11-22T09:30:00.000000Z"))]
    at: String,
    /// The client that it named, where it named one.
    #[schema(required = true, examples("shop"))]
    client_id: Option<String>,
    /// What was answered: the error of OAuth.
    #[schema(examples("invalid_grant"))]
    error: String,
    /// Why, in more words than the client was told.
    #[schema(examples("the code is older than a minute"))]
    reason: String,
}

impl From<Explanation> for ExplanationBody {
    fn from(explanation: Explanation) -> Self {
        Self {
            request_id: explanation.request_id.to_string(),
            at: timestamp(explanation.at),
            client_id: explanation.client_id.map(|client| client.to_string()),
            error: explanation.error,
            reason: explanation.reason,
        }
    }
}

/// Explain a refusal
///
/// Why the provider refused a request: the id is the one of the error page, of the header `X-Request-Id`, and of the log. Each
/// server knows its own last 1,000 refusals, for an hour.
#[utoipa::path(
    tag = "admin",
    operation_id = "explain_refusal",
    security(("password" = []), ("bearer" = [])),
    params((
        "request_id" = String, Path, description = "What the request is called.",
        example = "019338a1-7c00-7a3b-8d52-6f1e0c9b4a27"
    )),
    responses((status = 200, description = "Why it was refused.", body = ExplanationBody), FindClientProblems),
)]
#[get("/admin/explain/{request_id}")]
pub(crate) async fn find(
    caller: SignedInAdmin,
    explained: Data<dyn Explained>,
    id: Path<String>,
    request: HttpRequest,
) -> Result<impl Responder, Problem> {
    let id = RequestId::parse(&id).ok_or(kind::NOT_FOUND)?;
    Fields::refuse_any(request.query_string())?;
    let found = explained.find(caller.0.authority(), &id);
    Ok(Json(ExplanationBody::from(found.ok_or(kind::NOT_FOUND)?)))
}

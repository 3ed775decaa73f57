//! Where the `type` of a problem leads.

use crate::accept::prefers_a_page;
use crate::problem::Problem;
use crate::problem_types::bodies::ProblemTypeBody;
use crate::problem_types::kinds;
use crate::problem_types::problems::ExplainProblemProblems;
use actix_web::http::header::{ACCEPT, ContentType, VARY};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get};
use portcullis_web::{OwnAddress, kind};

/// Explain a kind of problem
///
/// The `type` of a problem is the path of this. A browser is sent a page, everybody else JSON.
#[utoipa::path(
    tag = "service",
    operation_id = "explain_problem",
    params(("code" = String, Path, description = "The `code` of the problem.", example = "validation_failed")),
    responses(
        (status = 200, description = "What the problem is.", content(
            (ProblemTypeBody = "application/json"),
            (String = "text/html"),
        ), headers(("vary" = String, description = "`accept`."))),
        ExplainProblemProblems,
    ),
)]
#[get("/problems/{code}")]
pub(crate) async fn explain(
    code: Path<String>,
    address: Data<OwnAddress>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let kind = kinds::find(&code).ok_or(kind::NOT_FOUND)?;
    let body = ProblemTypeBody::new(kind, &address);
    let mut response = HttpResponse::Ok();
    response.insert_header((VARY, ACCEPT.as_str()));
    Ok(if prefers_a_page(&request) {
        response.content_type(ContentType::html()).body(body.page())
    } else {
        response.json(body)
    })
}

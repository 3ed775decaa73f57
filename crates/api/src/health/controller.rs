//! What an orchestrator asks.

use crate::health::bodies::HealthBody;
use crate::health::problems::ReadyProblems;
use crate::problem::Problem;
use actix_web::web::{Data, Json};
use actix_web::{Responder, get};
use portcullis_application::Health;

/// Where orchestrators ask whether to restart the server.
pub(crate) const LIVE: &str = "/health/live";

/// Where they ask whether to send it requests.
pub(crate) const READY: &str = "/health/ready";

/// Ask whether the server runs
#[utoipa::path(
    tag = "service",
    operation_id = "check_liveness",
    responses((status = 200, description = "It runs.", body = HealthBody)),
)]
#[get("/health/live")]
pub(crate) async fn live() -> impl Responder {
    Json(HealthBody::OK)
}

/// Ask whether the server can serve
///
/// It can if its store answers and has the schema that it needs. What is not quite as it should be is in `warnings`.
#[utoipa::path(
    tag = "service",
    operation_id = "check_readiness",
    responses((status = 200, description = "It can serve.", body = HealthBody), ReadyProblems),
)]
#[get("/health/ready")]
pub(crate) async fn ready(health: Data<dyn Health>) -> Result<impl Responder, Problem> {
    let readiness = health.ready().await?;
    Ok(Json(HealthBody::from(readiness)))
}

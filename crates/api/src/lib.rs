//! HTTP delivery on actix-web: controllers, bodies, problems and the OpenAPI document.
//!
//! A controller parses what was sent into the domain's types, calls a driving port and answers. What may be done is
//! decided behind the ports; here is decided only how it is said in HTTP.

mod authentication;
mod bodies;
mod controllers;
mod fields;
mod gate;
mod incoming;
mod middleware;
mod openapi;
mod path_id;
mod pieces;
mod problem;
mod request_origin;
mod revocation_feed;
mod routes;
mod server;
mod services;
mod settings;

pub use bodies::account::user_json;
pub use bodies::audit_events::audit_event_json;
pub use bodies::timestamp;
pub use openapi::openapi_json;
pub use server::server;
pub use services::Services;
pub use settings::{Docs, HttpSettings};

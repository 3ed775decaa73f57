//! HTTP delivery on actix-web: controllers, bodies, problems and the OpenAPI document.
//!
//! A controller parses what was sent into the domain's types, calls a driving port and answers. What may be done is
//! decided behind the ports; here is decided only how it is said in HTTP.

mod caller;
mod fields;
mod gate;
mod incoming;
mod json;
mod lists;
mod middleware;
mod openapi;
mod path_id;
mod pieces;
mod problem;
mod request_origin;
mod routes;
mod schemas;
mod server;
mod services;
mod settings;

/// One's own account.
mod account {
    pub(crate) mod bodies;
    pub(crate) mod controller;
}

/// Other people's accounts, for administrators.
mod admin {
    pub(crate) mod bodies;
    pub(crate) mod controller;
}

/// The audit trail.
mod audit_events {
    pub(crate) mod bodies;
    pub(crate) mod controller;
}

/// Signing up, in and out.
mod auth {
    pub(crate) mod bodies;
    pub(crate) mod controller;
}

/// The interactive page.
mod docs {
    pub(crate) mod controller;
}

/// Who calls, for a proxy.
mod forward_auth {
    pub(crate) mod controller;
}

/// What an orchestrator asks.
mod health {
    pub(crate) mod controller;
}

/// What other services need to check access tokens.
mod publication {
    pub(crate) mod bodies;
    pub(crate) mod controller;
    pub(crate) mod feed;
}

/// The front door.
mod service {
    pub(crate) mod bodies;
    pub(crate) mod controller;
}

/// One's sessions.
mod sessions {
    pub(crate) mod bodies;
    pub(crate) mod controller;
}

pub use account::bodies::user_json;
pub use audit_events::bodies::audit_event_json;
pub use json::timestamp;
pub use openapi::openapi_json;
pub use server::server;
pub use services::Services;
pub use settings::{Docs, HttpSettings};

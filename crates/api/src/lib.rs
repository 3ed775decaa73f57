//! What programs call, on actix-web: controllers, bodies, problems and the OpenAPI document. Each subject has a folder.
//!
//! A controller parses what was sent into the domain's types, calls a driving port and answers. The use cases behind
//! the ports decide what may be done; this crate decides only how programs are told.

mod accept;
mod etag;
mod json;
mod lists;
mod openapi;
mod path_id;
mod problem;
mod responses;
mod routes;
mod schemas;
mod services;
mod settings;
mod site;
mod twin_bodies;

/// One's own account.
mod account {
    pub(crate) mod bodies;
    pub(crate) mod controller;
    pub(crate) mod problems;
}

/// Other people's accounts, for administrators.
mod admin {
    pub(crate) mod bodies;
    pub(crate) mod controller;
    pub(crate) mod problems;
}

/// The apps that people let use their account.
mod applications {
    pub(crate) mod bodies;
    pub(crate) mod controller;
    pub(crate) mod problems;
}

/// The audit trail.
mod audit_events {
    pub(crate) mod bodies;
    pub(crate) mod controller;
    pub(crate) mod problems;
}

/// Signing up, in and out.
mod auth {
    pub(crate) mod bodies;
    pub(crate) mod controller;
    pub(crate) mod cookie_mode;
    pub(crate) mod oauth;
    pub(crate) mod problems;
}

/// Who calls.
mod caller {
    pub(crate) mod problems;
    pub(crate) mod signed_in;
}

/// OAuth clients, for administrators.
mod clients {
    pub(crate) mod belongings;
    pub(crate) mod bodies;
    pub(crate) mod controller;
    pub(crate) mod explained;
    pub(crate) mod problems;
    pub(crate) mod sent;
    pub(crate) mod warnings;
}

/// The interactive page.
mod docs {
    pub(crate) mod controller;
    pub(crate) mod page;
    pub(crate) mod problems;
    pub(crate) mod scalar;
}

/// Who calls, for a proxy.
mod forward_auth {
    pub(crate) mod bodies;
    pub(crate) mod controller;
    pub(crate) mod problems;
}

/// The front door.
mod greeting {
    pub(crate) mod bodies;
    pub(crate) mod controller;
}

/// What an orchestrator asks.
mod health {
    pub(crate) mod bodies;
    pub(crate) mod controller;
    pub(crate) mod problems;
}

/// Passkeys.
mod passkeys {
    pub(crate) mod bodies;
    pub(crate) mod controller;
    pub(crate) mod own;
    pub(crate) mod problems;
}

/// What the kinds of problems are.
mod problem_types {
    pub(crate) mod bodies;
    pub(crate) mod controller;
    pub(crate) mod kinds;
    pub(crate) mod problems;
}

/// What other services need to check access tokens.
mod publication {
    pub(crate) mod bodies;
    pub(crate) mod controller;
    pub(crate) mod feed;
    pub(crate) mod problems;
}

/// What clients of the provider call.
mod oauth2 {
    pub(crate) mod bodies;
    pub(crate) mod client_call;
    pub(crate) mod controller;
    pub(crate) mod discovery;
    pub(crate) mod discovery_problems;
    pub(crate) mod forms;
    pub(crate) mod problems;
    pub(crate) mod user_info;
}

/// Invitations, for administrators.
mod invitations {
    pub(crate) mod bodies;
    pub(crate) mod controller;
    pub(crate) mod problems;
}

/// What mails ask for.
mod mailed_links {
    pub(crate) mod bodies;
    pub(crate) mod controller;
    pub(crate) mod problems;
}

/// The mailbox inside.
mod mailbox {
    pub(crate) mod bodies;
    pub(crate) mod controller;
    mod page;
}

/// The outbox, for administrators.
mod outbox {
    pub(crate) mod bodies;
    pub(crate) mod controller;
    pub(crate) mod problems;
}

/// Resources, for administrators.
mod resources {
    pub(crate) mod bodies;
    pub(crate) mod controller;
    pub(crate) mod problems;
}

/// Second factors, and proving once more who one is.
mod second_factor {
    pub(crate) mod bodies;
    pub(crate) mod controller;
    pub(crate) mod own;
    pub(crate) mod problems;
}

/// One's sessions.
mod sessions {
    pub(crate) mod bodies;
    pub(crate) mod controller;
    pub(crate) mod problems;
}

/// Signing in by another provider.
mod social {
    pub(crate) mod bodies;
    pub(crate) mod controller;
    pub(crate) mod own;
    pub(crate) mod problems;
}

/// What several calls tell of an account.
mod users {
    pub(crate) mod bodies;
    pub(crate) mod problems;
}

pub use audit_events::bodies::audit_event_json;
pub use clients::bodies::{client_json, client_member_json, created_client_json, new_secret_json};
pub use json::{moment, timestamp};
pub use mailbox::bodies::kept_mail_json;
pub use outbox::bodies::mail_json;
pub use resources::bodies::resource_json;
pub use routes::openapi_json;
pub use services::Services;
pub use sessions::bodies::session_json;
pub use settings::{ApiSettings, Docs, KeptMails};
pub use site::{ASKED_ALL_THE_TIME, site};
pub use users::bodies::user_json;

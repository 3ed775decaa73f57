//! Pages over real connections, on services that change nothing.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a panic is how a test says that something is wrong"
)]

mod account;
mod apps;
mod client;
mod flow_pages;
#[path = "../../examples/gallery/flows.rs"]
mod flows;
mod forms;
mod languages;
mod links;
mod looks;
#[path = "../../examples/gallery/people.rs"]
mod people;
mod refusals;
#[path = "../../examples/gallery/services.rs"]
mod services;
#[path = "../../examples/gallery/serving.rs"]
mod serving;
mod sign_in;
mod sign_up;
mod social;

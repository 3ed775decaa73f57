//! Pages over real connections, on services that change nothing.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a panic is how a test says that something is wrong"
)]

mod client;
mod forms;
mod languages;
mod links;
mod looks;
mod refusals;
#[path = "../../examples/gallery/services.rs"]
mod services;
#[path = "../../examples/gallery/serving.rs"]
mod serving;

//! The greeting.

use crate::settings::Docs;
use serde::Serialize;
use utoipa::ToSchema;

/// Where a visitor goes on from here.
#[derive(Serialize, ToSchema)]
#[schema(as = Greeting)]
pub(crate) struct GreetingBody {
    /// Says who answers.
    #[schema(examples("Portcullis is running"))]
    message: &'static str,
    /// The way to the interactive page, where there is one.
    #[schema(required = true, examples("/docs"))]
    docs: Option<&'static str>,
    /// The server's version.
    #[schema(examples("1.2.3"))]
    version: &'static str,
}

impl GreetingBody {
    /// The greeting of this version.
    pub(crate) const fn with(docs: Docs) -> Self {
        Self {
            message: "Portcullis is running",
            docs: match docs {
                Docs::On => Some("/docs"),
                Docs::Off => None,
            },
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}

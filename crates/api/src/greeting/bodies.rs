//! The greeting.

use crate::settings::Docs;
use portcullis_web::OwnAddress;
use serde::Serialize;
use utoipa::ToSchema;

/// Where a visitor goes on from here.
#[derive(Serialize, ToSchema)]
#[schema(as = Greeting)]
pub(crate) struct GreetingBody {
    /// Says who answers.
    #[schema(examples("Portcullis is running"))]
    message: &'static str,
    /// The path of the interactive page, where there is one.
    #[schema(required = true, examples("/docs"))]
    docs: Option<String>,
    /// The server's version.
    #[schema(examples("1.2.3"))]
    version: &'static str,
}

impl GreetingBody {
    /// The greeting of this version.
    pub(crate) fn with(docs: Docs, address: &OwnAddress) -> Self {
        Self {
            message: "Portcullis is running",
            docs: match docs {
                Docs::On => Some(address.path_to("/docs")),
                Docs::Off => None,
            },
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}

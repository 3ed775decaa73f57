//! Problems of asking what the provider does.

use crate::problem::Problem;
use crate::responses::problems;
use actix_web::http::StatusCode;
use portcullis_application::provider::discovery::NoProvider;
use portcullis_web::{Kind, Refusal, kind};

/// The provider has no name that clients could compare.
pub(crate) const NO_ISSUER: &Kind = &Kind::new(
    "no_issuer",
    StatusCode::NOT_FOUND,
    "There is no provider here",
    "Whoever runs the server has to set PUBLIC_URL to its https address.",
);

/// Nobody could use it.
pub(crate) const NO_CLIENT: &Kind = &Kind::new(
    "no_client",
    StatusCode::NOT_FOUND,
    "There is no client yet",
    "The provider is there as soon as an administrator has registered a client.",
);

problems! {
    /// Of asking what the provider does.
    DiscoveryProblems: &[NO_ISSUER, NO_CLIENT, kind::UNAVAILABLE];
}

impl From<NoProvider> for Problem {
    fn from(error: NoProvider) -> Self {
        match error {
            NoProvider::NoIssuer => NO_ISSUER.into(),
            NoProvider::NoClient => NO_CLIENT.into(),
            NoProvider::OutOfTouch => Refusal::caused(kind::UNAVAILABLE, &error).into(),
        }
    }
}

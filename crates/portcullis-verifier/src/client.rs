//! Keeps the keys and revocations of a server at hand, and checks tokens against both.

mod backoff;
mod builder;
mod clock;
mod endpoint;
mod feed;
mod provider_verifier;
mod published_keys;
mod revocations;
mod verifier;
mod verify_error;

pub use builder::{BuildError, VerifierBuilder};
pub use clock::{Clock, Sleep, SystemClock};
pub use feed::StaleFeed;
pub use provider_verifier::ProviderVerifier;
pub use verifier::Verifier;
pub use verify_error::VerifyError;

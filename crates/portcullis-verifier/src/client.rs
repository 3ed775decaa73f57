//! Keeps the keys and revocations of a server at hand, and checks tokens against both.

mod backoff;
mod builder;
mod clock;
mod endpoint;
mod feed;
mod published_keys;
mod revocations;
mod verifier;
mod verify_error;

pub use builder::{BuildError, VerifierBuilder};
pub use clock::{Clock, Sleep, SystemClock};
pub use feed::StaleFeed;
pub use verifier::Verifier;
pub use verify_error::VerifyError;

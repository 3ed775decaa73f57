//! Checks access tokens of a Portcullis server in other services.
//!
//! - The core is pure computation: [`check`] decides by a token, keys and a time, and does no I/O. The server itself
//!   checks its tokens by it, so there is one answer to what a valid token is.
//! - The feature `client`, which is on by default, brings `Verifier`: it keeps the server's published keys and its
//!   feed of revocations at hand, so that a token is checked without asking anybody.
//! - The feature `actix` brings extractors for actix-web, in the module `actix`.
//!
//! ```no_run
//! # #[cfg(feature = "client")]
//! # async fn serve(token: &str) -> Result<(), Box<dyn std::error::Error>> {
//! use portcullis_verifier::{Verifier, VerifyError};
//!
//! let verifier = Verifier::builder("https://auth.example.org").build()?;
//! verifier.ready().await;
//! match verifier.verify(token).await {
//!     Ok(claims) => println!("called by {}", claims.user_id),
//!     Err(VerifyError::Invalid | VerifyError::Revoked) => println!("answer 401"),
//!     // `Unavailable`, and what a later version may add.
//!     Err(_) => println!("answer 503"),
//! }
//! # Ok(())
//! # }
//! ```

#[cfg(feature = "actix")]
pub mod actix;
mod claims;
#[cfg(feature = "client")]
mod client;
mod json;
mod jwk;
mod jws;
mod key;
mod provider_claims;
mod refusal;
#[cfg(feature = "client")]
mod standing;

pub use claims::{AUDIENCE, Claims, KIND, MEDIA_TYPE, Role, check};
#[cfg(feature = "client")]
pub use client::{
    BuildError, Clock, ProviderVerifier, Sleep, StaleFeed, SystemClock, Verifier, VerifierBuilder, VerifyError,
};
pub use jwk::{UnreadableKeySet, keys_of_set};
pub use jws::verified_payload;
pub use key::{RejectedKey, VerificationKey};
pub use provider_claims::{CLIENT_SUBJECT, ProviderClaims, check_provider_token, client_family};
pub use refusal::Refusal;

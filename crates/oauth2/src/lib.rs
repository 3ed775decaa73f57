//! The grammar of OAuth 2.0 and OpenID Connect as values: what an authorization server reads and says.
//!
//! Each text that a client sends is taken once into a type that can't be wrong: [`ClientId`], [`RedirectUri`], [`ScopeSet`],
//! [`ResourceUri`], [`CodeChallenge`] and the like. What is no such value is refused with a reason. Nothing here does I/O, asks
//! a clock, draws chance or holds a key: whether there is a client of that name is for the server to know.
//!
//! What is left out on purpose: the implicit, hybrid and password grants (RFC 9700, sections 2.1.2 and 2.4), `plain` code
//! challenges, answers in fragments.
//!
//! ```
//! use portcullis_oauth2::{AuthorizationErrorCode, AuthorizationRequest, LoopbackPort, Parameters, RedirectUri};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let query = "response_type=code&client_id=shop&redirect_uri=https%3A%2F%2Fshop.example%2Fcb&scope=openid&prompt=none+login";
//! let request = AuthorizationRequest::read(&Parameters::parse(query.as_bytes(), AuthorizationRequest::MOST))?;
//!
//! // First: is the client known, and is the address of the answer one of its? If not, only the user may be told.
//! let registered = RedirectUri::parse("https://shop.example/cb")?;
//! assert_eq!(request.client_id.as_str(), "shop");
//! assert!(registered.matches(&request.redirect_uri, LoopbackPort::Registered));
//!
//! // Then: what is asked, or what is wrong with it. The client may be told that.
//! let fault = request.asked.unwrap_err();
//! assert_eq!(fault.code, AuthorizationErrorCode::InvalidRequest);
//! assert_eq!(
//!     request.redirect_uri.with_query(&[("error", fault.code.as_str()), ("iss", "https://id.example")]),
//!     "https://shop.example/cb?error=invalid_request&iss=https%3A%2F%2Fid.example",
//! );
//! # Ok(())
//! # }
//! ```

pub mod authorization_request;
pub mod basic;
pub mod claims_request;
pub mod client_id;
pub mod error_code;
mod form;
pub mod logout_request;
pub mod metadata;
pub mod names;
pub mod parameters;
pub mod pkce;
pub mod prompt;
pub mod redirect_uri;
pub mod resource;
pub mod scope;

pub use authorization_request::{Asked, AuthorizationRequest, IdTokenHint, RequestFault, UntrustedRequest};
pub use basic::{BasicCredentials, NotBasic};
pub use claims_request::{ClaimRequest, ClaimsRequest, ClaimsRequestError};
pub use client_id::{ClientId, ClientIdError};
pub use error_code::{AuthorizationErrorCode, BearerErrorCode, TokenErrorCode};
pub use logout_request::{LogoutRequest, UnreadableLogout};
pub use metadata::ProviderMetadata;
pub use names::{AuthMethod, CodeChallengeMethod, GrantType, ResponseMode, ResponseType, UnknownName};
pub use parameters::{FaultyParameters, ParameterFault, Parameters};
pub use pkce::{CodeChallenge, CodeVerifier, NoCodeChallenge, NoCodeVerifier};
pub use prompt::{AcrValues, ContradictoryPrompt, MaxAge, NoMaxAge, Prompt, Step};
pub use redirect_uri::{LoopbackPort, RedirectKind, RedirectUri, RedirectUriError};
pub use resource::{ResourceUri, ResourceUriError, WebPlace};
pub use scope::{ScopeError, ScopeName, ScopeSet};

/// Runs the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

//! What a client signs to show who it is (RFC 7523, section 2.2).

use chrono::{DateTime, Utc};
use portcullis_domain::{ClientKeys, SecretText};
use portcullis_oauth2::ClientId;
use shaku::Interface;

/// What an assertion says (RFC 7523, section 3). That it is signed says nothing of whether it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// `iss`.
    pub issuer: String,
    /// `sub`.
    pub subject: String,
    /// `aud`, where it is one text.
    pub audience: Option<String>,
    /// `jti`.
    pub id: Option<String>,
    /// `exp`.
    pub expires_at: Option<DateTime<Utc>>,
    /// `iat`.
    pub issued_at: Option<DateTime<Utc>>,
    /// `nbf`.
    pub not_before: Option<DateTime<Utc>>,
}

/// Reads what clients sign. It knows no policy: what may be said is judged elsewhere. Nothing that a text names is fetched.
pub trait ClientProofs: Interface {
    /// Whose assertion it says to be. Nobody may have signed it.
    fn claimed_client(&self, assertion: &SecretText) -> Option<ClientId>;

    /// What it says, if the one of those keys has signed it that its header names; `None` for anything else. It takes as long
    /// where there are no keys, or none that the header names: nobody learns by that which clients there are.
    fn assertion(&self, assertion: &SecretText, keys: Option<&ClientKeys>) -> Option<Assertion>;

    /// Whether each of the keys can check a signature. One that is no key of its kind would only find each signature wrong.
    fn are_usable(&self, keys: &ClientKeys) -> bool;
}

//! What is known when a request is judged.

use crate::{Acr, Client, Consent, Resource, Stamp, User};
use chrono::{DateTime, Utc};
use portcullis_oauth2::{AuthorizationRequest, ResourceUri, ScopeName, ScopeSet};

/// Which resources there are, and which scopes.
pub trait Catalogue {
    /// The resource of that URI.
    fn resource(&self, uri: &ResourceUri) -> Option<&Resource>;

    /// The one resource that has a scope of that name.
    fn resource_of(&self, scope: &ScopeName) -> Option<&Resource>;
}

/// All that decides what becomes of a request.
#[derive(Clone)]
pub struct Question<'q> {
    /// The request.
    pub request: &'q AuthorizationRequest,
    /// The client that it names, if there is one.
    pub client: Option<&'q Client>,
    /// What may be asked for.
    pub catalogue: &'q dyn Catalogue,
    /// Who is signed in in this browser.
    pub signed_in: Option<SignedIn<'q>>,
    /// Whom the request's hint names.
    pub hint: Hint,
    /// What is remembered of earlier visits; nothing where the request is new, or its stamp does not count.
    pub stamp: Option<Stamp>,
    /// What the user has agreed to.
    pub agreement: Agreement<'q>,
    /// Whether anybody may make an account.
    pub is_registration_open: bool,
    /// Whether people can have passkeys at this server.
    pub takes_passkeys: bool,
    /// Now.
    pub now: DateTime<Utc>,
}

/// Whoever is signed in in a browser.
#[derive(Debug, Clone)]
pub struct SignedIn<'q> {
    /// The user.
    pub user: &'q User,
    /// What the client calls the user.
    pub subject: String,
    /// When the user last proved who they are in this session.
    pub authenticated_at: DateTime<Utc>,
    /// How well.
    pub acr: Acr,
    /// How well the user could.
    pub reachable_acr: Acr,
    /// Whether the account must have a second factor and has none.
    pub owes_factor: bool,
    /// Whether the user is a member of the client.
    pub is_member: bool,
}

/// Whom an `id_token_hint` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// There is none.
    Absent,
    /// It is no ID token of ours for this client.
    Forged,
    /// The client's name of a user.
    Of(String),
}

/// What the user has agreed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreement<'q> {
    /// This, at an earlier time.
    Before(Option<&'q Consent>),
    /// Just now, by the button of a page that showed these.
    Now(&'q ScopeSet),
}

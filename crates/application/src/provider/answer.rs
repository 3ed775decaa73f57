//! What a visit of the authorization endpoint comes to.

use chrono::TimeDelta;
use portcullis_domain::{Acr, Asking, ClientPage, NoAccess, SignInAs, Stamp, User};
use portcullis_oauth2::{AuthorizationErrorCode, ClientId, RedirectUri, ResponseMode};
use std::sync::Arc;

/// A visit that was judged.
#[derive(Debug)]
pub struct Judged {
    /// What is to be answered.
    pub answer: Answer,
    /// Life of the cookie of whoever is signed in, from now on; `None` where nobody was asked for, or nobody is.
    pub stays_for: Option<TimeDelta>,
}

/// What is to be answered.
#[derive(Debug)]
pub enum Answer {
    /// A page of ours, and nothing to the client: whose the request is, or where its answer goes, is in doubt.
    Untrusted {
        /// For the page.
        code: AuthorizationErrorCode,
        /// What is wrong, for whoever made the client.
        cause: String,
        /// The client that the request names.
        client_id: Option<ClientId>,
        /// What is wrong, for the log and administrators alone: it may name what is registered.
        reason: String,
    },
    /// The client is answered: with a code, or with what is wrong.
    Client(ClientAnswer),
    /// A page of ours, before the client is answered.
    Page(Box<PageOf>),
}

/// A page that is shown for a client.
#[derive(Debug)]
pub struct PageOf {
    /// The client, as people call it.
    pub client: String,
    /// The client's pages about itself.
    pub about: PagesOfClient,
    /// Where the client will be answered.
    pub redirect_uri: RedirectUri,
    /// What the next visit has to bring; `None` where the request is as new.
    pub stamp: Option<Stamp>,
    /// Which page.
    pub page: Page,
}

/// The client's pages about itself, for people who are asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PagesOfClient {
    /// What it is.
    pub client: Option<ClientPage>,
    /// What it does with what it learns.
    pub policy: Option<ClientPage>,
    /// The terms of its use.
    pub terms: Option<ClientPage>,
}

/// Which page.
#[derive(Debug)]
pub enum Page {
    /// Signing in.
    SignIn(SignInAs),
    /// Making an account.
    Register,
    /// Choosing an account.
    ChooseAccount(User),
    /// Proving more of who the user is.
    StepUp(Acr),
    /// Setting up a second factor.
    Enrol(Acr),
    /// Why the user can't use the client. The client is answered so, once the user has read it.
    NoAccess(NoAccess, ClientAnswer),
    /// Whether the client may have what it asks for.
    Consent(User, Asking, Arc<[String]>),
}

/// An answer to a client, which goes by the browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientAnswer {
    /// The client.
    pub client_id: ClientId,
    /// The client, as people call it.
    pub client: String,
    /// Where it goes: checked to be the client's.
    pub redirect_uri: RedirectUri,
    /// How it travels.
    pub mode: ResponseMode,
    /// The parameters, in their order.
    pub parameters: Vec<(&'static str, String)>,
}

impl ClientAnswer {
    /// The address with the answer in its query.
    #[must_use]
    pub fn location(&self) -> String {
        let parameters: Vec<_> = self
            .parameters
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        self.redirect_uri.with_query(&parameters)
    }

    /// The value of a parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(parameter, _)| *parameter == name);
        found.map(|(_, value)| value.as_str())
    }
}

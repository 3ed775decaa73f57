//! What becomes of an authorization request: the one place of this policy.
//!
//! A request is not stored. Each visit judges it from scratch, by [`decide`], which asks neither clock nor store: whoever calls it
//! says what is known.

mod asked;
mod question;
mod visit;

pub use asked::Asking;
pub use question::{Agreement, Catalogue, Hint, Question, SignedIn};

use crate::{Acr, Client, Email};
use portcullis_oauth2::{AuthorizationErrorCode as Code, Prompt, RequestFault};
use visit::Visit;

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Nobody but the user is told: whose the request is, or where its answer goes, is in doubt.
    Page(Untrusted),
    /// The client is told.
    Refuse(RequestFault),
    /// The user signs in.
    SignIn(SignInAs),
    /// The user makes an account.
    Register,
    /// The user says whether it shall be the account that is signed in.
    ChooseAccount,
    /// The user proves more of who they are.
    StepUp(Acr),
    /// The user sets up what proves so much: the account must have a second factor, or the client demands more than the user can
    /// prove.
    Enrol(Acr),
    /// The user is told why they can't use the client, and who can help.
    NoAccess(NoAccess),
    /// The user is asked.
    Consent(Box<Asking>),
    /// The client gets its code.
    Issue(Box<Issue>),
}

/// Why nobody but the user is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Untrusted {
    /// There is no such client, or it is disabled.
    Client,
    /// The client has no such redirect URI.
    RedirectUri,
}

/// As whom the user signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignInAs {
    /// As anybody; the address is what the client guesses.
    Anybody(Option<Email>),
    /// As the one who is signed in, once more.
    Again,
}

/// Why a user can't use a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoAccess {
    /// It is for those whose address is verified.
    AddressNotVerified,
    /// It is for its members.
    NotMember,
    /// It is for administrators.
    NotAdministrator,
}

/// What the code stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// What is granted.
    pub asking: Asking,
    /// Whether the visit's stamp is used up: what the user proved for this request serves no second one.
    pub spends_stamp: bool,
}

/// Judges a request.
#[must_use]
pub fn decide(question: &Question<'_>) -> Decision {
    match judge(question) {
        Ok(decision) | Err(decision) => decision,
    }
}

/// The steps in their order. The first that does not let the request pass is the decision.
fn judge(question: &Question<'_>) -> Result<Decision, Decision> {
    let client = trusted_client(question)?;
    let asked = question
        .request
        .asked
        .as_ref()
        .map_err(|fault| Decision::Refuse(fault.clone()))?;
    let asking = asked::judge(asked, client, question.catalogue).map_err(Decision::Refuse)?;
    if question.hint == Hint::Forged {
        return Err(refuse(
            Code::InvalidRequest,
            "id_token_hint is no ID token of this issuer for this client",
        ));
    }
    let visit = Visit {
        question,
        client,
        asked,
    };
    let signed_in = visit.signed_in()?;
    visit.is_the_right_user(signed_in)?;
    visit.is_proved_lately(signed_in)?;
    visit.has_enrolled(signed_in)?;
    visit.may_use_the_client(signed_in)?;
    visit.is_proved_well(signed_in)?;
    visit.has_agreed(&asking)?;
    let asks_for_more = asked.max_age.is_some() || asked.prompt != Prompt::default();
    let spends_stamp = question.stamp.is_some() && asks_for_more;
    Ok(Decision::Issue(Box::new(Issue { asking, spends_stamp })))
}

/// The client, where the request names one and an address of its.
fn trusted_client<'q>(question: &Question<'q>) -> Result<&'q Client, Decision> {
    let client = question.client.filter(|client| client.settings.enabled);
    let client = client.ok_or(Decision::Page(Untrusted::Client))?;
    let is_registered = client.settings.takes_answers_at(&question.request.redirect_uri);
    is_registered
        .then_some(client)
        .ok_or(Decision::Page(Untrusted::RedirectUri))
}

fn refuse(code: Code, description: &str) -> Decision {
    Decision::Refuse(fault(code, description))
}

fn fault(code: Code, description: &str) -> RequestFault {
    RequestFault {
        code,
        description: description.to_owned(),
    }
}

#[cfg(test)]
mod tests;

//! The page that asks whether an app may use the account.

use crate::catalogue::Slot;
use crate::continuation::Continuation;
use crate::flow::{DECISION, FlowForm, FormTarget, Showing, in_window};
use crate::frame::{Frame, Gate};
use crate::markup::Markup;
use crate::trouble::Trouble;
use crate::visit::Visit;
use actix_web::HttpResponse;
use askama::Template;
use portcullis_domain::{Email, StandardScope};
use portcullis_oauth2::ScopeSet;
use portcullis_web::Refusal;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Consent<'a> {
    /// What people know the app by.
    pub app: &'a str,
    /// Where the app is answered.
    pub goes_to: &'a FormTarget,
    /// Who is signed in.
    pub user: &'a Email,
    /// What the app will be able to do.
    pub abilities: &'a [Ability<'a>],
    /// The scopes that allow it.
    pub scopes: &'a ScopeSet,
    /// What the app tells of itself elsewhere.
    pub about: AboutApp<'a>,
    /// What the app asked for: the path and query of `/oauth2/authorize`.
    pub goes_on: &'a str,
}

/// The addresses of an app's pages about itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct AboutApp<'a> {
    /// What it is.
    pub app: Option<&'a str>,
    /// What it does with what it learns.
    pub policy: Option<&'a str>,
    /// The terms of its use.
    pub terms: Option<&'a str>,
}

/// Something that an app will be able to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ability<'a> {
    /// See the name.
    SeeName,
    /// See the email address.
    SeeAddress,
    /// See both.
    SeeNameAndAddress,
    /// See what the user is in the app.
    SeeRoles,
    /// Know that the user signed in, and when.
    KnowSignIn,
    /// Go on while the user is away.
    StayConnected,
    /// What the operator wrote about it.
    Other(&'a str),
}

#[derive(Template)]
#[template(path = "consent.html")]
struct ConsentPage<'v> {
    frame: Frame<'v>,
    trouble: Trouble,
    signed_in_as: Markup,
    able: Markup,
    abilities: Vec<Markup>,
    action: String,
    proof: String,
    goes_on: String,
    goes_to: Markup,
    another: String,
    about: Vec<(&'v str, Markup)>,
}

/// Shows it. Its buttons are called `decision`: `allow` and `deny`. Without one nothing is agreed to.
///
/// # Errors
/// A page that can't be written.
pub fn consent(visit: &Visit, asked: &Consent<'_>, showing: Showing) -> Result<HttpResponse, Refusal> {
    let trouble = showing.trouble(visit);
    let name = Markup::plain_name(asked.app);
    let client = [("client", Slot::Markup(&name))];
    let goes_on = Continuation::parse(asked.goes_on);
    let frame = visit
        .frame(Gate::Half, visit.text_with("consent.title", &client))
        .in_window(in_window(visit, "consent.title", asked.app))
        .telling(&trouble);
    let status = trouble.status_of_a_button();
    let page = ConsentPage {
        signed_in_as: frame.slot("consent.signed-in-as", "email", &Markup::address(asked.user.as_str())),
        able: visit.text_with("consent.able", &client),
        abilities: asked.abilities.iter().map(|ability| ability.told(visit)).collect(),
        action: frame.path(DECISION),
        proof: FlowForm::Consent(asked.scopes.clone()).proof(visit, &goes_on),
        goes_to: frame.slot("consent.goes-to", "host", &Markup::name(&asked.goes_to.to_string())),
        another: frame.sign_in_path(&goes_on),
        about: asked.about.links(visit, &name),
        goes_on: goes_on.path(),
        trouble,
        frame,
    };
    Ok(asked.goes_to.allowed_by(visit.answer(status, &page)?))
}

impl<'a> AboutApp<'a> {
    /// Each address with what it is called.
    fn links(self, visit: &Visit, name: &Markup) -> Vec<(&'a str, Markup)> {
        let pages = [
            (self.app, "consent.about"),
            (self.policy, "consent.policy"),
            (self.terms, "consent.terms"),
        ];
        let named = |key| visit.text_with(key, &[("client", Slot::Markup(name))]);
        let links = pages.into_iter().filter_map(|(page, key)| Some((page?, named(key))));
        links.collect()
    }
}

impl<'a> Ability<'a> {
    /// What those scopes allow, in the order in which people care; `described` is what those of resources do.
    #[must_use]
    pub fn of_scopes(scopes: &ScopeSet, described: &'a [String]) -> Vec<Self> {
        let has = |scope: StandardScope| scopes.contains(scope.as_str());
        let mut abilities = Vec::new();
        abilities.extend(match (has(StandardScope::Profile), has(StandardScope::Email)) {
            (true, true) => Some(Self::SeeNameAndAddress),
            (true, false) => Some(Self::SeeName),
            (false, true) => Some(Self::SeeAddress),
            (false, false) => None,
        });
        abilities.extend(has(StandardScope::Roles).then_some(Self::SeeRoles));
        abilities.extend(described.iter().map(|text| Self::Other(text)));
        abilities.extend(has(StandardScope::OpenId).then_some(Self::KnowSignIn));
        abilities.extend(has(StandardScope::OfflineAccess).then_some(Self::StayConnected));
        abilities
    }

    /// In the words of the page.
    pub(crate) fn told(self, visit: &Visit) -> Markup {
        let key = match self {
            Self::SeeName => "consent.see-name",
            Self::SeeAddress => "consent.see-address",
            Self::SeeNameAndAddress => "consent.see-name-and-address",
            Self::SeeRoles => "consent.see-roles",
            Self::KnowSignIn => "consent.know-sign-in",
            Self::StayConnected => "consent.stay-connected",
            Self::Other(text) => return Markup::plain_name(text),
        };
        visit.text(key)
    }
}

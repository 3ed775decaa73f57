//! A request that was read: what is decided of it, and what is answered.

use super::{AuthorizationVisit, Known};
use crate::browser_session::ShownSession;
use crate::provider::answer::{Answer, ClientAnswer, Page, PageOf, PagesOfClient};
use crate::provider::subjects::subject_of;
use crate::provider::unregistered::Unregistered;
use crate::replica::Registry;
use crate::unit_of_work::Units;
use chrono::{DateTime, Utc};
use portcullis_domain::{
    Agreement, Asking, Catalogue, Decision, FactorDemand, Hint, Issuer, Question, RegisteredClient, Resource, SignedIn,
    Stamp, Untrusted, decide,
};
use portcullis_oauth2::{AuthorizationErrorCode as Code, AuthorizationRequest, ResourceUri, ScopeName, ScopeSet};
use std::sync::Arc;

/// A request that was read, what is known of its client, and what the visit brings besides.
pub(super) struct Visited {
    pub(super) request: AuthorizationRequest,
    pub(super) registry: Arc<Registry>,
    pub(super) registered: Option<Arc<RegisteredClient>>,
    pub(super) hint: Hint,
    pub(super) issuer: Issuer,
    pub(super) visit: AuthorizationVisit,
    /// Which accounts must have a second factor.
    pub(super) factors: FactorDemand,
    /// Whether people can have passkeys.
    pub(super) takes_passkeys: bool,
    /// Whether anybody may make an account.
    pub(super) may_register: bool,
    pub(super) now: DateTime<Utc>,
}

impl Visited {
    /// The stamp, where it counts still.
    pub(super) fn brought(&self) -> Option<Stamp> {
        let brought = self.visit.stamp.as_ref().map(|brought| brought.stamp);
        brought.filter(|stamp| stamp.counts(self.now))
    }

    /// The session that the browser shows.
    pub(super) fn shown(&self, units: &Units) -> Option<ShownSession> {
        units.shown_session(self.visit.cookie.as_ref()?)
    }

    pub(super) fn decide(&self, known: Option<&Known>, stamp: Option<Stamp>, agreed: Option<&ScopeSet>) -> Decision {
        decide(&Question {
            request: &self.request,
            client: self.registered.as_ref().map(|registered| &registered.client),
            catalogue: &*self.registry,
            signed_in: known.map(|known| SignedIn {
                user: &known.user,
                subject: subject_of(&known.user),
                authenticated_at: known.session.authenticated_at,
                acr: known.session.acr(),
                reachable_acr: known.reachable_acr(),
                owes_factor: self.factors.standing(&known.user).is_owing(),
                is_member: known.is_member,
            }),
            hint: self.hint.clone(),
            stamp,
            agreement: match agreed {
                Some(shown) => Agreement::Now(shown),
                None => Agreement::Before(known.and_then(|known| known.consent.as_ref())),
            },
            is_registration_open: self.may_register,
            takes_passkeys: self.takes_passkeys,
            now: self.now,
        })
    }

    /// What is answered for a decision that issues nothing, made with that stamp.
    pub(super) fn told(&self, decision: Decision, known: Option<&Known>, stamp: Option<Stamp>) -> Answer {
        let page = match (decision, known) {
            (Decision::Page(untrusted), _) => return self.untrusted(untrusted),
            (Decision::Refuse(fault), _) => return Answer::Client(self.error(fault.code, &fault.description)),
            (Decision::SignIn(as_whom), _) => Page::SignIn(as_whom),
            (Decision::Register, _) => Page::Register,
            (Decision::ChooseAccount, Some(known)) => Page::ChooseAccount(known.user.clone()),
            (Decision::NoAccess(reason), _) => Page::NoAccess(
                reason,
                self.error(Code::AccessDenied, "the user may not use this client"),
            ),
            (Decision::Consent(asking), Some(known)) => {
                let described = self.descriptions(&asking);
                Page::Consent(known.user.clone(), *asking, described)
            }
            (Decision::StepUp(acr), Some(_)) => Page::StepUp(acr),
            (Decision::Enrol(acr), Some(_)) => Page::Enrol(acr),
            // Nothing leads there.
            (
                Decision::StepUp(_)
                | Decision::Enrol(_)
                | Decision::Issue(_)
                | Decision::ChooseAccount
                | Decision::Consent(_),
                _,
            ) => {
                let description = "the user can't sign in in the way that is demanded";
                return Answer::Client(self.error(Code::UnmetAuthenticationRequirements, description));
            }
        };
        Answer::Page(Box::new(PageOf {
            client: self.client(),
            about: self.about(),
            redirect_uri: self.request.redirect_uri.clone(),
            stamp,
            page,
        }))
    }

    pub(super) fn error(&self, code: Code, description: &str) -> ClientAnswer {
        self.answer(vec![
            ("error", code.as_str().to_owned()),
            ("error_description", description.to_owned()),
        ])
    }

    /// With `state` as it was sent, and with the provider's name (RFC 9207, section 2).
    pub(super) fn answer(&self, mut parameters: Vec<(&'static str, String)>) -> ClientAnswer {
        parameters.extend(self.request.state.clone().map(|state| ("state", state)));
        parameters.push(("iss", self.issuer.as_str().to_owned()));
        ClientAnswer {
            client_id: self.request.client_id.clone(),
            client: self.client(),
            redirect_uri: self.request.redirect_uri.clone(),
            mode: self.request.response_mode,
            parameters,
        }
    }

    /// The page of a request that nobody but the user is told of.
    pub(super) fn untrusted(&self, untrusted: Untrusted) -> Answer {
        let (code, cause) = match untrusted {
            Untrusted::Client => (Code::UnauthorizedClient, NO_CLIENT),
            Untrusted::RedirectUri => (
                Code::InvalidRequest,
                "redirect_uri is none of those that the client has registered",
            ),
        };
        let registered = self.registered.as_deref();
        let differs = registered.and_then(|registered| Unregistered::of(registered, &self.request.redirect_uri));
        Answer::Untrusted {
            code,
            cause: cause.to_owned(),
            client_id: Some(self.request.client_id.clone()),
            reason: differs.map_or_else(|| cause.to_owned(), |differs| differs.to_string()),
        }
    }

    fn about(&self) -> PagesOfClient {
        let registered = self.registered.as_ref();
        registered.map_or_else(PagesOfClient::default, |registered| {
            let settings = &registered.client.settings;
            PagesOfClient {
                client: settings.client_uri.clone(),
                policy: settings.policy_uri.clone(),
                terms: settings.tos_uri.clone(),
            }
        })
    }

    fn client(&self) -> String {
        let registered = self.registered.as_ref();
        registered.map_or_else(String::new, |registered| {
            registered.client.settings.name.as_str().to_owned()
        })
    }

    /// What the scopes of resources allow, as those who look after them wrote it.
    fn descriptions(&self, asking: &Asking) -> Arc<[String]> {
        let described = asking.agreed_to.iter().filter_map(|name| {
            let resource = self.registry.resource_of(name)?;
            let scope = resource.settings.scopes.iter().find(|scope| scope.name == *name)?;
            let text = scope.description.as_str();
            Some(if text.is_empty() {
                name.to_string()
            } else {
                text.to_owned()
            })
        });
        described.collect()
    }
}

impl Catalogue for Registry {
    fn resource(&self, uri: &ResourceUri) -> Option<&Resource> {
        Self::resource(self, uri.as_str()).map(|resource| &**resource)
    }

    fn resource_of(&self, scope: &ScopeName) -> Option<&Resource> {
        Self::resource_of(self, scope).map(|resource| &**resource)
    }
}

const NO_CLIENT: &str = "there is no such client, or it is disabled";

/// What is answered where there is no provider, and so no client.
pub(super) fn no_client() -> Answer {
    Answer::Untrusted {
        code: Code::UnauthorizedClient,
        cause: NO_CLIENT.to_owned(),
        client_id: None,
        reason: "there is no provider here: see PUBLIC_URL".to_owned(),
    }
}

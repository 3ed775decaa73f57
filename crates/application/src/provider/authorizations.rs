//! The authorization endpoint (RFC 6749, section 3.1): each visit is judged from scratch, and nothing of a stranger's is read
//! or written.

mod issue;
mod visited;

use super::answer::{Answer, Judged, Page};
use crate::browser_session::ShownSession;
use crate::mail_policy::SignUpPolicy;
use crate::ports::{GrantSecrets, ProviderTokens, StoreError};
use crate::replica::ClientWarning;
use crate::unit_of_work::UnitsOfWork;
use anyhow::anyhow;
use async_trait::async_trait;
use chrono::TimeDelta;
use issue::Issued;
use portcullis_domain::{
    Acr, Client, ClientAccess, Consent, Decision, Hint, NoAccess, Origin, SecretText, Session, Stamp, User,
};
use portcullis_oauth2::{
    AuthorizationErrorCode as Code, AuthorizationRequest, ClientId, FaultyParameters, GrantType, Parameters, ScopeName,
    ScopeSet,
};
use shaku::{Component, Interface};
use std::fmt::Display;
use std::sync::Arc;
use visited::{Visited, no_client};

/// Judges what clients ask of people.
#[async_trait]
pub trait Authorizations: Interface {
    /// What a visit comes to. Only a code is written, and only for who is signed in and agrees.
    async fn look(&self, visit: AuthorizationVisit) -> Result<Judged, StoreError>;

    /// What a visit comes to whose user has just agreed to the scopes that they were shown. What they agreed to is remembered,
    /// in the unit that issues the code.
    async fn allow(&self, visit: AuthorizationVisit, shown: &ScopeSet) -> Result<Judged, StoreError>;

    /// What the client is told whose user said no; a page of ours where nobody can be told.
    async fn deny(&self, visit: AuthorizationVisit) -> Result<Answer, StoreError>;
}

/// A visit of the authorization endpoint.
#[derive(Debug, Clone)]
pub struct AuthorizationVisit {
    /// What was sent.
    pub parameters: Result<Parameters, FaultyParameters>,
    /// What the browser shows to be signed in.
    pub cookie: Option<SecretText>,
    /// What the browser brings of its earlier visits with this request.
    pub stamp: Option<BroughtStamp>,
    /// Where it comes from.
    pub origin: Origin,
}

/// What a browser brings of its earlier visits with a request. Whoever read it knows that it is genuine, of this browser and of
/// this request.
#[derive(Debug, Clone)]
pub struct BroughtStamp {
    /// What is remembered.
    pub stamp: Stamp,
    /// Tells it from those of all other browsers, requests and times, whatever was chosen since.
    pub identity: String,
}

/// [`Authorizations`] by this server's memory and one read.
#[derive(Component)]
#[shaku(interface = Authorizations)]
pub struct AuthorizationsService {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
    #[shaku(inject)]
    tokens: Arc<dyn ProviderTokens>,
    #[shaku(inject)]
    secrets: Arc<dyn GrantSecrets>,
}

/// Whoever is signed in, and what they have agreed to.
struct Known {
    user: User,
    session: Session,
    consent: Option<Consent>,
    is_member: bool,
    has_passkey: bool,
}

impl Known {
    /// How well the user could prove who they are. A passkey does so best, whatever else there is.
    fn reachable_acr(&self) -> Acr {
        if self.has_passkey {
            Acr::PhishingResistant
        } else {
            self.user.strongest_acr()
        }
    }
}

#[async_trait]
impl Authorizations for AuthorizationsService {
    async fn look(&self, visit: AuthorizationVisit) -> Result<Judged, StoreError> {
        let origin = visit.origin.clone();
        let judged = self.judge(visit, None).await?;
        self.explain_refusal(&judged.answer, &origin);
        Ok(judged)
    }

    async fn allow(&self, visit: AuthorizationVisit, shown: &ScopeSet) -> Result<Judged, StoreError> {
        let origin = visit.origin.clone();
        let judged = self.judge(visit, Some(shown)).await?;
        self.explain_refusal(&judged.answer, &origin);
        Ok(judged)
    }

    async fn deny(&self, visit: AuthorizationVisit) -> Result<Answer, StoreError> {
        let visited = match self.read(visit)? {
            Ok(visited) => visited,
            Err(answer) => return Ok(answer),
        };
        Ok(match visited.decide(None, None, None) {
            Decision::Page(untrusted) => visited.untrusted(untrusted),
            Decision::Refuse(fault) if visited.request.asked.is_err() => {
                Answer::Client(visited.error(fault.code, &fault.description))
            }
            _ => Answer::Client(visited.error(Code::AccessDenied, "the user did not agree")),
        })
    }
}

impl AuthorizationsService {
    /// Tells the log and administrators why there is no code, and no page on the way to one. Who asks in the name of a page of
    /// ours has no request of its own, and nothing is told.
    fn explain_refusal(&self, answer: &Answer, origin: &Origin) {
        if origin.request_id.is_none() {
            return;
        }
        let (client, error, reason): (_, _, &dyn Display) = match answer {
            Answer::Untrusted {
                client_id,
                code,
                reason,
                ..
            } => (client_id.as_ref(), code.as_str(), reason),
            Answer::Client(answer) => match (answer.get("error"), answer.get("error_description")) {
                (Some(error), description) => {
                    let description = description.unwrap_or_default().to_owned();
                    return self.units.explain(origin, Some(&answer.client_id), error, &description);
                }
                (None, _) => return,
            },
            Answer::Page(page) => match &page.page {
                Page::NoAccess(reason, answer) => (
                    Some(&answer.client_id),
                    Code::AccessDenied.as_str(),
                    match reason {
                        NoAccess::AddressNotVerified => &"the address of the user is not verified",
                        NoAccess::NotMember => &"the user is no member of the client",
                        NoAccess::NotAdministrator => &"the user is no administrator",
                    },
                ),
                Page::SignIn(_)
                | Page::Register
                | Page::ChooseAccount(_)
                | Page::StepUp(_)
                | Page::Enrol(_)
                | Page::Consent(..) => return,
            },
        };
        self.units.explain(origin, client, error, reason);
    }

    async fn judge(&self, visit: AuthorizationVisit, agreed: Option<&ScopeSet>) -> Result<Judged, StoreError> {
        let visited = match self.read(visit)? {
            Ok(visited) => visited,
            Err(answer) => return Ok(of_nobody(answer)),
        };
        let brought = visited.brought();
        // As a stranger's first: whoever is signed in changes nothing of a request that is refused for its form.
        let for_a_stranger = visited.decide(None, brought, agreed);
        if let Decision::Refuse(_) = &for_a_stranger {
            self.warn_of_refused(&visited);
        }
        let depends_on_the_user = match &for_a_stranger {
            Decision::SignIn(_) | Decision::Register => true,
            Decision::Refuse(fault) => fault.code == Code::LoginRequired,
            Decision::Page(_)
            | Decision::ChooseAccount
            | Decision::StepUp(_)
            | Decision::Enrol(_)
            | Decision::NoAccess(_)
            | Decision::Consent(_)
            | Decision::Issue(_) => false,
        };
        let known = match (&visited.registered, visited.shown(&self.units)) {
            (Some(registered), Some(shown)) if depends_on_the_user => self.known(shown, &registered.client).await?,
            _ => None,
        };
        let Some(known) = known else {
            return Ok(of_nobody(visited.told(for_a_stranger, None, brought)));
        };
        let stays_for = Some(self.stays_for(&known));
        for (stamp, agreed) in [(brought, agreed), (None, None)] {
            let issue = match visited.decide(Some(&known), stamp, agreed) {
                Decision::Issue(issue) => issue,
                decision => {
                    let answer = visited.told(decision, Some(&known), stamp);
                    return Ok(Judged { answer, stays_for });
                }
            };
            match self.issue(&visited, &known, &issue, agreed.is_some()).await? {
                Issued::Code(code) => {
                    self.warn_of_request(&visited);
                    let answer = Answer::Client(visited.answer(vec![("code", code.expose().to_owned())]));
                    return Ok(Judged { answer, stays_for });
                }
                // What was proved for the request served an earlier visit of it: the request is as new.
                Issued::StampIsSpent => {}
                Issued::SignedOut => break,
            }
        }
        Ok(of_nobody(visited.told(for_a_stranger, None, brought)))
    }

    /// Counts what the client better did otherwise, of a request that gets its code.
    fn warn_of_request(&self, visited: &Visited) {
        let Some(registered) = &visited.registered else { return };
        let (client, request) = (&registered.client, &visited.request);
        if request.state.is_none() {
            self.units.warn_of(client.id, ClientWarning::NoState, None);
        }
    }

    /// The same of a request that is refused.
    fn warn_of_refused(&self, visited: &Visited) {
        let Some(registered) = &visited.registered else { return };
        let client = &registered.client;
        let asked = visited.request.asked.as_ref().ok();
        let scopes = asked.and_then(|asked| asked.scope.as_ref());
        let asks_for_offline = scopes.is_some_and(|scopes| scopes.contains(ScopeName::OFFLINE_ACCESS));
        if asks_for_offline && !client.settings.may_use(GrantType::RefreshToken) {
            self.units
                .warn_of(client.id, ClientWarning::OfflineWithoutRefresh, None);
        }
    }

    /// Reads the request, by the registry of the moment.
    fn read(&self, visit: AuthorizationVisit) -> Result<Result<Visited, Answer>, StoreError> {
        let Some(issuer) = self.units.provider.issuer().cloned() else {
            // There are no clients where there is no provider.
            return Ok(Err(no_client()));
        };
        let registry = self.units.replica.clients.registry(self.units.moment());
        let registry = registry.ok_or_else(|| {
            StoreError::Unavailable(anyhow!(
                "this server has not heard from the store for more than a second"
            ))
        })?;
        let request = match AuthorizationRequest::read(&visit.parameters) {
            Ok(request) => request,
            Err(untrusted) => {
                return Ok(Err(Answer::Untrusted {
                    code: Code::InvalidRequest,
                    cause: untrusted.to_string(),
                    client_id: client_named_in(&visit.parameters),
                    reason: untrusted.to_string(),
                }));
            }
        };
        let registered = registry.enabled_client(&request.client_id).map(Arc::clone);
        let hint = match &registered {
            Some(_) => self.hint(&request),
            None => Hint::Absent,
        };
        Ok(Ok(Visited {
            registered,
            hint,
            request,
            registry,
            issuer,
            visit,
            factors: self.units.factors,
            takes_passkeys: self.units.passkey_proofs.are_on(),
            may_register: self.units.mail.sign_up == SignUpPolicy::Open,
            now: self.units.now(),
        }))
    }

    /// Whom the request's hint names. That of another client says nothing to this one.
    fn hint(&self, request: &AuthorizationRequest) -> Hint {
        let asked = request.asked.as_ref().ok();
        let Some(shown) = asked.and_then(|asked| asked.id_token_hint.as_ref()) else {
            return Hint::Absent;
        };
        match self.tokens.read_hint(shown.expose()) {
            Some(hint) if hint.client_id == request.client_id => Hint::Of(hint.subject),
            _ => Hint::Forged,
        }
    }

    /// Who is signed in, and what they have agreed to, in one read. That the session is used is noted.
    async fn known(&self, shown: ShownSession, client: &Client) -> Result<Option<Known>, StoreError> {
        let (id, client_id, access) = (shown.id(), client.id, client.settings.access);
        let takes_passkeys = self.units.passkey_proofs.are_on();
        let found = self.units.look_up(move |repositories| {
            let Some((session, user, consent)) = repositories.sessions().find_with_consent(id, client_id)? else {
                return Ok(None);
            };
            let is_member = match access {
                ClientAccess::Members => repositories.clients().find_member(client_id, user.id)?.is_some(),
                ClientAccess::Everyone | ClientAccess::VerifiedEmail | ClientAccess::Admins => false,
            };
            let proves_best = session.acr() >= Acr::PhishingResistant;
            let has_passkey = takes_passkeys && !proves_best && repositories.passkeys().count(user.id)? > 0;
            Ok::<_, StoreError>(Some(Known {
                user,
                session,
                consent,
                is_member,
                has_passkey,
            }))
        });
        let now = self.units.now();
        let found = found
            .await?
            .map(|known| Known {
                user: self.units.as_served(known.user),
                ..known
            })
            .filter(|known| shown.is_present_of(&known.session) && known.session.is_live(now, &self.units.policy));
        if let Some(known) = &found {
            self.units.replica.activity.note(known.session.id, now);
        }
        Ok(found)
    }

    fn stays_for(&self, known: &Known) -> TimeDelta {
        let now = self.units.now();
        let session = known.session.clone().used(now, &self.units.policy);
        session.ends_at(&self.units.policy) - now
    }
}

/// The client that a request names which says nothing else that can be trusted.
fn client_named_in(parameters: &Result<Parameters, FaultyParameters>) -> Option<ClientId> {
    let (Ok(sound) | Err(FaultyParameters { sound, .. })) = parameters;
    ClientId::parse(sound.get("client_id")?).ok()
}

fn of_nobody(answer: Answer) -> Judged {
    Judged {
        answer,
        stays_for: None,
    }
}

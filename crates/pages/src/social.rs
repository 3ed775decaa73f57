//! `/sign-in/with/{provider}`: leaving for another provider, and coming back. What it is about travels with the browser; the
//! address that a provider sends it to is one of the calls, which hands it on to here.

use crate::account::confirm_identity;
use crate::account::hall::Place;
use crate::authorize::{first_seen, language_of};
use crate::catalogue::Slot;
use crate::continuation::Continuation;
use crate::flow::waiting::WaitingApps;
use crate::forms::too_many;
use crate::inside::Inside;
use crate::markup::Markup;
use crate::notice::Notice;
use crate::sign_in::{self, go_on};
use crate::sign_in_code;
use crate::trouble::{Notice as Told, Trouble};
use crate::visit::Visit;
use actix_web::http::StatusCode;
use actix_web::http::header::SET_COOKIE;
use actix_web::web::{Data, Path};
use actix_web::{HttpMessage as _, HttpResponse};
use portcullis_application::social::linked::LinkError;
use portcullis_application::social::{Answer, BegunAttempt, BrowserShown, Purpose, SocialError};
use portcullis_application::{LinkedIdentities, SignUpPolicy, SocialSignIn};
use portcullis_domain::{Email, LinkedIdentity, ProviderName, SecretText};
use portcullis_web::{DeviceCookie, HeadAlone, Refusal, RequestOrigin, kind};
use url::form_urlencoded;

/// Behind [`sign_in::PATH`].
pub(crate) const BEGIN: &str = "/with/{provider}";
/// The same.
pub(crate) const FINISH: &str = "/with/{provider}/callback";

/// The parameter that asks for a new proof.
const AGAIN: &str = "again";
/// The parameter by which the page that asks for a proof knows which provider gave none.
const PROVIDER: &str = "provider";

/// The way to another provider.
pub(crate) struct ProviderLink {
    pub(crate) id: String,
    pub(crate) label: Markup,
    pub(crate) path: String,
}

/// The ways to all of them, which go on to where the page goes on to.
pub(crate) fn links(visit: &Visit, goes_on: &Continuation) -> Vec<ProviderLink> {
    links_with(visit, |path| goes_on.behind(path))
}

/// The same, by which somebody who is signed in proves once more who they are: those that their account is linked with.
pub(crate) fn links_to_prove(visit: &Visit, goes_on: &Continuation, linked: &[LinkedIdentity]) -> Vec<ProviderLink> {
    let mut links = links_with(visit, |path| format!("{}&{AGAIN}=1", goes_on.named_behind(path)));
    links.retain(|link| linked.iter().any(|identity| identity.provider.as_str() == link.id));
    links
}

fn links_with(visit: &Visit, on: impl Fn(&str) -> String) -> Vec<ProviderLink> {
    let providers = visit.pages.settings.providers.iter();
    let links = providers.map(|provider| ProviderLink {
        id: provider.name.to_string(),
        label: Markup::plain_name(&provider.label),
        path: visit.path(&on(&format!("{}/with/{}", sign_in::PATH, provider.name))),
    });
    links.collect()
}

/// Leaves for a provider.
pub(crate) async fn begin(
    mut visit: Visit,
    provider: Path<String>,
    social: Data<dyn SocialSignIn>,
    apps: Data<dyn WaitingApps>,
) -> Result<HttpResponse, Refusal> {
    let provider = named(&provider)?;
    let goes_on = Continuation::parse(&visit.parameter("continue").unwrap_or_default());
    visit.write_in(language_of(&goes_on));
    visit.is_reached_by(&goes_on.behind(sign_in::PATH));
    let is_proof = visit.parameter(AGAIN).is_some();
    if visit.is_from_elsewhere() {
        // A page elsewhere must not sign anybody in, or out of what they are signed in to: the person presses the button.
        let page = if is_proof {
            confirm_identity::PATH
        } else {
            sign_in::PATH
        };
        return Ok(visit.go_on(&goes_on.behind(page), None).finish());
    }
    let purpose = if is_proof {
        Purpose::Again(goes_on.path())
    } else if asks_anew(&goes_on) {
        Purpose::Anew(goes_on.path())
    } else {
        Purpose::Page(goes_on.path())
    };
    let given = visit.pages.settings.cookies.social(visit.headers());
    match social.begin(&provider, purpose, given).await {
        Ok(begun) => Ok(leave(&visit, &begun)),
        Err(SocialError::UnknownProvider) => Err(kind::NOT_FOUND.into()),
        Err(error) if is_proof => prove_again(&visit, &goes_on, &provider, error),
        Err(error) => tell(&visit, &**apps, &goes_on, &provider, error).await,
    }
}

/// Whether an app asks for a sign-in that is newer than its request (OpenID Connect Core, section 3.1.2.1).
fn asks_anew(goes_on: &Continuation) -> bool {
    let request = goes_on.request_of_app().unwrap_or_default();
    form_urlencoded::parse(request.as_bytes()).any(|(name, value)| match &*name {
        "prompt" => value.split(' ').any(|prompt| prompt == "login"),
        "max_age" => true,
        _ => false,
    })
}

/// Leads back to where somebody proves who they are, and tells there why they did not. They stay signed in as they were.
fn prove_again(
    visit: &Visit,
    goes_on: &Continuation,
    provider: &ProviderName,
    error: SocialError,
) -> Result<HttpResponse, Refusal> {
    let notice = match error {
        SocialError::Store(error) => return Err(error.into()),
        SocialError::Token(error) => return Err(error.into()),
        SocialError::AnotherPerson => Notice::ProofOfAnother,
        SocialError::NotFresh => Notice::ProofNotFresh,
        SocialError::Unreachable(_) | SocialError::Busy => Notice::ProofUnreachable,
        _ => Notice::ProofRefused,
    };
    let path = about(&goes_on.named_behind(confirm_identity::PATH), provider);
    Ok(visit.done(&path, notice))
}

/// Why a provider proved nothing, on the page that asks for a proof.
pub(crate) fn proof_trouble(inside: &Inside) -> Option<Trouble> {
    let visit = &inside.visit;
    let (code, heading, text) = match visit.notice()? {
        Notice::ProofOfAnother => ("access_denied", "social.another", "social.another-lead"),
        Notice::ProofNotFresh => ("access_denied", "social.not-fresh", not_fresh_lead(inside)),
        Notice::ProofRefused => ("access_denied", "social.refused", "social.try-again"),
        Notice::ProofUnreachable => ("provider_unavailable", "social.unreachable", "social.try-later"),
        _ => return None,
    };
    let label = label_of(visit, &named_by(visit)?);
    let email = Markup::escaped(inside.user().email.as_str());
    let path = Markup::escaped(&visit.path(Place::Password.path()));
    let slots = [
        ("provider", Slot::Markup(&label)),
        ("email", Slot::Markup(&email)),
        ("path", Slot::Markup(&path)),
    ];
    Some(Trouble {
        notice: Some(Told {
            tone: "danger",
            heading: visit.text_with(heading, &slots),
            text: Some(visit.text_with(text, &slots)),
            code,
        }),
        faults: Vec::new(),
    })
}

/// What somebody does whose provider proves nothing: they use another way, or get one by mail.
fn not_fresh_lead(inside: &Inside) -> &'static str {
    let has_another = inside.user().has_password || inside.user().has_passkey;
    if has_another || !inside.visit.pages.has_mail {
        "social.not-fresh-lead"
    } else {
        "social.not-fresh-set-password"
    }
}

/// The provider that a page is told of by its address.
pub(crate) fn named_by(visit: &Visit) -> Option<ProviderName> {
    visit.parameter(PROVIDER)?.parse().ok()
}

/// Sends the browser to the provider.
pub(crate) fn leave(visit: &Visit, begun: &BegunAttempt) -> HttpResponse {
    let mut answer = visit.see_other(begun.url.expose());
    let life = begun.life.to_std().unwrap_or_default();
    if let Some(cookie) = visit.pages.settings.cookies.set_social(&begun.browser, life) {
        answer.append_header((SET_COOKIE, cookie));
    }
    answer.finish()
}

/// Comes back from a provider.
pub(crate) async fn finish(
    mut visit: Visit,
    provider: Path<String>,
    origin: RequestOrigin,
    device: DeviceCookie,
    social: Data<dyn SocialSignIn>,
    identities: Data<dyn LinkedIdentities>,
    apps: Data<dyn WaitingApps>,
) -> Result<HttpResponse, Refusal> {
    if visit.request().extensions().contains::<HeadAlone>() {
        // It signs somebody in: to look is not to do.
        return Err(Refusal::method_not_allowed("GET"));
    }
    let provider = named(&provider)?;
    let secret = |text: Option<String>| text.map(SecretText::new);
    let answer = Answer {
        provider: provider.clone(),
        state: secret(visit.parameter("state")),
        code: secret(visit.parameter("code")),
        // It is compared where it is there (RFC 9207, section 2.4), also where it is empty.
        issuer: visit.parameter_that_guards("iss"),
        error: visit.parameter("error"),
        browser: visit.pages.settings.cookies.social(visit.headers()),
        origin: origin.0,
    };
    let (path, is_proof) = match social.purpose_of(&answer) {
        Some(Purpose::Page(path) | Purpose::Anew(path)) => (path, false),
        Some(Purpose::Again(path)) => (path, true),
        Some(Purpose::Link { redirect_to: None, .. }) => return finish_link(visit, answer, &**identities).await,
        Some(Purpose::Link { .. } | Purpose::App(_)) | None => {
            let goes_on = Continuation::default();
            visit.is_reached_by(sign_in::PATH);
            return tell(&visit, &**apps, &goes_on, &provider, SocialError::InvalidState).await;
        }
    };
    let goes_on = Continuation::parse(&path);
    visit.write_in(language_of(&goes_on));
    visit.is_reached_by(&goes_on.behind(sign_in::PATH));
    let browser = BrowserShown {
        session: visit.browser.session().cloned(),
        asked_at: first_seen(&goes_on, &visit),
        locale: visit.locale(),
    };
    match social.sign_in_browser(answer, browser).await {
        Ok(begun) => Ok(go_on(visit, &device, begun, &goes_on, None)),
        Err(SocialError::SecondFactorRequired(step)) => Ok(sign_in_code::ask(&visit, &step, &goes_on)),
        Err(error) if is_proof => prove_again(&visit, &goes_on, &provider, error),
        Err(error) => tell(&visit, &**apps, &goes_on, &provider, error).await,
    }
}

/// Tells on the page of linked accounts what came of it, which this browser may read alone.
async fn finish_link(
    mut visit: Visit,
    answer: Answer,
    identities: &dyn LinkedIdentities,
) -> Result<HttpResponse, Refusal> {
    visit.is_reached_by(Place::Linked.path());
    let (provider, went_back) = (
        answer.provider.clone(),
        answer.error.as_deref() == Some("access_denied"),
    );
    let notice = match identities.finish_link(answer).await {
        Ok(()) => Notice::IdentityLinked,
        // What one did oneself is no error.
        Err(LinkError::Provider(SocialError::Refused(_))) if went_back => Notice::LinkLeft,
        Err(error) => not_linked(error)?,
    };
    Ok(visit.done(&about(Place::Linked.path(), &provider), notice))
}

/// What the page of linked accounts tells of an account that was not linked.
pub(crate) fn not_linked(error: LinkError) -> Result<Notice, Refusal> {
    match error {
        LinkError::LinkedElsewhere => Ok(Notice::IdentityTaken),
        LinkError::TooMany => Ok(Notice::TooManyIdentities),
        LinkError::Store(error) | LinkError::Provider(SocialError::Store(error)) => Err(error.into()),
        LinkError::Provider(SocialError::Unreachable(_) | SocialError::Busy) => Ok(Notice::LinkUnreachable),
        LinkError::Provider(SocialError::Untrusted(_)) => Ok(Notice::LinkUnusable),
        LinkError::Provider(SocialError::UnknownProvider) => Err(kind::NOT_FOUND.into()),
        LinkError::StepUp(_) | LinkError::SignedOut | LinkError::Provider(_) => Ok(Notice::LinkRefused),
    }
}

/// A path of ours that names a provider.
pub(crate) fn about(path: &str, provider: &ProviderName) -> String {
    let mark = if path.contains('?') { '&' } else { '?' };
    format!("{path}{mark}{PROVIDER}={provider}")
}

/// Why an account was not linked, as the page tells it; `None` where that is not what it has to tell.
pub(crate) fn link_trouble(visit: &Visit) -> Option<Trouble> {
    let (code, heading, text) = match visit.notice()? {
        Notice::IdentityTaken => ("identity_taken", "account-linked.taken", "account-linked.taken-lead"),
        Notice::TooManyIdentities => (
            "too_many_identities",
            "account-linked.too-many",
            "account-linked.too-many-lead",
        ),
        Notice::LinkRefused => ("access_denied", "account-linked.not-done", "social.try-again"),
        Notice::LinkUnreachable => ("provider_unavailable", "social.unreachable", "account-linked.try-later"),
        Notice::LinkUnusable => ("provider_error", "account-linked.unusable", "account-linked.try-later"),
        _ => return None,
    };
    Some(told(visit, &label_of(visit, &named_by(visit)?), code, heading, text))
}

/// Tells on the page of signing in why nobody was signed in.
async fn tell(
    visit: &Visit,
    apps: &dyn WaitingApps,
    goes_on: &Continuation,
    provider: &ProviderName,
    error: SocialError,
) -> Result<HttpResponse, Refusal> {
    let label = label_of(visit, provider);
    let said = |code, heading: &str, text: &str| told(visit, &label, code, heading, text);
    let (status, trouble) = match error {
        SocialError::UnknownProvider => return Err(kind::NOT_FOUND.into()),
        SocialError::Refused(_) | SocialError::AnotherPerson => (
            StatusCode::OK,
            said("access_denied", "social.refused", "social.refused-lead"),
        ),
        SocialError::NotFresh => (
            StatusCode::OK,
            said("access_denied", "social.not-fresh", "social.not-fresh-for-app"),
        ),
        SocialError::Untrusted(_) => (
            StatusCode::BAD_GATEWAY,
            said("provider_error", "social.unusable", "social.unusable-lead"),
        ),
        SocialError::Unreachable(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            said("provider_unavailable", "social.unreachable", "social.unreachable-lead"),
        ),
        SocialError::Busy => (
            StatusCode::SERVICE_UNAVAILABLE,
            said(kind::BUSY.code, "social.unreachable", "social.unreachable-lead"),
        ),
        SocialError::InvalidState => (
            StatusCode::BAD_REQUEST,
            said("invalid_state", "social.over", "social.over-lead"),
        ),
        SocialError::NoEmail => (
            StatusCode::CONFLICT,
            said("email_missing", "social.no-email", "social.no-email-lead"),
        ),
        SocialError::AccountExists(email) => return tell_of_account(visit, apps, goes_on, provider, &email).await,
        SocialError::RegistrationClosed => {
            let lead = match visit.pages.settings.sign_up {
                SignUpPolicy::Invited => "social.invited-lead",
                SignUpPolicy::Open | SignUpPolicy::Closed => "social.closed-lead",
            };
            (
                StatusCode::FORBIDDEN,
                said("registration_closed", "social.closed", lead),
            )
        }
        SocialError::TooMany(exhausted) => (
            StatusCode::TOO_MANY_REQUESTS,
            too_many(visit, &exhausted, "sign-in.not-locked"),
        ),
        SocialError::AccountDisabled => (StatusCode::FORBIDDEN, sign_in::disabled(visit)),
        SocialError::EmailNotVerified => (StatusCode::FORBIDDEN, sign_in::unverified(visit)),
        SocialError::SecondFactorRequired(step) => return Ok(sign_in_code::ask(visit, &step, goes_on)),
        SocialError::Store(error) => return Err(error.into()),
        SocialError::Token(error) => return Err(error.into()),
    };
    sign_in::again(visit, apps, goes_on, status, trouble).await
}

/// Tells that there is an account of the address, which the provider does not let anybody in to, and leads on to where it is
/// linked, unless an app waits.
async fn tell_of_account(
    visit: &Visit,
    apps: &dyn WaitingApps,
    goes_on: &Continuation,
    provider: &ProviderName,
    email: &Email,
) -> Result<HttpResponse, Refusal> {
    let (label, address) = (label_of(visit, provider), Markup::address(email.as_str()));
    let slots = [("provider", Slot::Markup(&label)), ("email", Slot::Markup(&address))];
    let trouble = Trouble {
        notice: Some(Told {
            tone: "danger",
            heading: visit.text_with("social.exists", &slots),
            text: Some(visit.text_with("social.exists-lead", &slots)),
            code: "account_exists",
        }),
        faults: Vec::new(),
    };
    let linking = Continuation::parse(Place::Linked.path());
    let goes_on = if goes_on.request_of_app().is_some() {
        goes_on
    } else {
        &linking
    };
    sign_in::ask_without(visit, apps, goes_on, trouble, (email, provider)).await
}

/// What a page tells that names the provider.
fn told(visit: &Visit, label: &Markup, code: &'static str, heading: &str, text: &str) -> Trouble {
    let slots = [("provider", Slot::Markup(label))];
    Trouble {
        notice: Some(Told {
            tone: "danger",
            heading: visit.text_with(heading, &slots),
            text: Some(visit.text_with(text, &slots)),
            code,
        }),
        faults: Vec::new(),
    }
}

/// What people call the provider.
pub(crate) fn label_of(visit: &Visit, name: &ProviderName) -> Markup {
    let providers = visit.pages.settings.providers.iter();
    let found = providers.clone().find(|provider| provider.name == *name);
    Markup::plain_name(found.map_or(name.as_str(), |provider| &provider.label))
}

pub(crate) fn named(text: &str) -> Result<ProviderName, Refusal> {
    text.parse().map_err(|_| kind::NOT_FOUND.into())
}

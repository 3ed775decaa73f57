//! The policy as a table, and what holds of every request.

mod people;
mod properties;
mod table;

use super::*;
use crate::{
    ClientAccess, ClientKind, ClientSettings, Consent, ConsentMode, FullName, Generation, Label, ManagedBy,
    RegistrationId, Resource, ResourceId, ResourceScope, ResourceSettings, Role, ScopeDescription, Stamp, User, UserId,
    Version,
};
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_oauth2::{AuthorizationRequest, ClientId, Parameters, RedirectUri, ResourceUri, ScopeName, ScopeSet};

const CHALLENGE: &str = "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
const ORDERS: &str = "https://orders.example";
const ADA: &str = "ada-at-shop";

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

/// Two APIs: orders, which has a usual scope, and stock.
struct Apis(Vec<Resource>);

impl Apis {
    fn new() -> Self {
        Self(vec![
            api(ORDERS, &[("orders:read", true), ("orders:write", false)]),
            api("https://stock.example", &[("stock:read", true)]),
        ])
    }
}

fn api(uri: &str, scopes: &[(&str, bool)]) -> Resource {
    let mut settings = ResourceSettings::new(ResourceUri::parse(uri).unwrap(), Label::parse("API").unwrap());
    settings.scopes = scopes
        .iter()
        .map(|(name, is_default)| ResourceScope {
            name: name.parse().unwrap(),
            description: ScopeDescription::default(),
            is_default: *is_default,
        })
        .collect();
    Resource {
        id: ResourceId::new(at(0), [9; 10]),
        managed_by: ManagedBy::Admin,
        settings,
        version: Version::FIRST,
        created_at: at(0),
        updated_at: at(0),
    }
}

impl Catalogue for Apis {
    fn resource(&self, uri: &ResourceUri) -> Option<&Resource> {
        self.0.iter().find(|resource| resource.settings.uri == *uri)
    }

    fn resource_of(&self, scope: &ScopeName) -> Option<&Resource> {
        let has = |resource: &&Resource| resource.settings.scopes.iter().any(|own| own.name == *scope);
        self.0.iter().find(has)
    }
}

/// Everything that a decision depends on. At first: a web client of a known kind, whose user signed in an hour ago and has
/// agreed to what it usually asks for.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
struct World {
    client: Client,
    is_known: bool,
    query: String,
    user: User,
    is_signed_in: bool,
    authenticated_at: DateTime<Utc>,
    acr: Acr,
    reachable_acr: Acr,
    takes_passkeys: bool,
    owes_factor: bool,
    is_member: bool,
    hint: Hint,
    stamp: Option<Stamp>,
    consent: Option<Consent>,
    agrees: bool,
    shown: ScopeSet,
    is_registration_open: bool,
    now: DateTime<Utc>,
}

impl World {
    fn new() -> Self {
        let (user_id, client_id) = (UserId::new(at(0), [1; 10]), RegistrationId::new(at(0), [2; 10]));
        let mut settings = ClientSettings::new(Label::parse("Shop").unwrap(), ClientKind::Web);
        settings.redirect_uris = [RedirectUri::parse("https://shop.example/cb").unwrap()].into();
        settings.scopes = "openid profile email offline_access orders:read orders:write"
            .parse()
            .unwrap();
        Self {
            client: Client {
                id: client_id,
                client_id: ClientId::parse("shop").unwrap(),
                managed_by: ManagedBy::Admin,
                settings,
                token_generation: Generation::FIRST,
                version: Version::FIRST,
                created_at: at(0),
                updated_at: at(0),
            },
            is_known: true,
            query: format!(
                "response_type=code&client_id=shop&redirect_uri=https%3A%2F%2Fshop.example%2Fcb&{CHALLENGE}"
            ),
            user: User {
                id: user_id,
                email: Email::parse("ada@example.org").unwrap(),
                email_verified: false,
                full_name: FullName::parse("Ada Lovelace").unwrap(),
                role: Role::User,
                is_active: true,
                created_at: at(0),
                locale: None,
                time_zone: None,
                pending_email: None,
                has_password: true,
                has_signed_in: true,
                has_second_factor: false,
                has_passkey: false,
            },
            is_signed_in: true,
            authenticated_at: at(0),
            acr: Acr::OneFactor,
            reachable_acr: Acr::OneFactor,
            takes_passkeys: false,
            owes_factor: false,
            is_member: false,
            hint: Hint::Absent,
            stamp: None,
            consent: Some(Consent::given(
                user_id,
                client_id,
                "openid profile email".parse().unwrap(),
                at(0),
            )),
            agrees: false,
            shown: "openid profile email offline_access orders:read orders:write"
                .parse()
                .unwrap(),
            is_registration_open: true,
            now: at(3600),
        }
    }

    fn asking(mut self, more: &str) -> Self {
        self.query = format!("{}&{more}", self.query);
        self
    }

    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn request(&self) -> AuthorizationRequest {
        AuthorizationRequest::read(&Parameters::parse(self.query.as_bytes(), AuthorizationRequest::MOST)).unwrap()
    }

    fn decide(&self) -> Decision {
        let (request, apis) = (self.request(), Apis::new());
        decide(&Question {
            request: &request,
            client: self.is_known.then_some(&self.client),
            catalogue: &apis,
            signed_in: self.is_signed_in.then(|| SignedIn {
                user: &self.user,
                subject: ADA.to_owned(),
                authenticated_at: self.authenticated_at,
                acr: self.acr,
                reachable_acr: self.reachable_acr,
                owes_factor: self.owes_factor,
                is_member: self.is_member,
            }),
            hint: self.hint.clone(),
            stamp: self.stamp.filter(|stamp| stamp.counts(self.now)),
            agreement: if self.agrees {
                Agreement::Now(&self.shown)
            } else {
                Agreement::Before(self.consent.as_ref())
            },
            is_registration_open: self.is_registration_open,
            takes_passkeys: self.takes_passkeys,
            now: self.now,
        })
    }

    /// The decision in a few words.
    fn told(&self) -> String {
        match self.decide() {
            Decision::Page(Untrusted::Client) => "page: client".to_owned(),
            Decision::Page(Untrusted::RedirectUri) => "page: redirect URI".to_owned(),
            Decision::Refuse(fault) => format!("-> {}", fault.code),
            Decision::SignIn(SignInAs::Anybody(None)) => "sign in".to_owned(),
            Decision::SignIn(SignInAs::Anybody(Some(email))) => format!("sign in as {email}"),
            Decision::SignIn(SignInAs::Again) => "sign in again".to_owned(),
            Decision::Register => "register".to_owned(),
            Decision::ChooseAccount => "choose".to_owned(),
            Decision::StepUp(acr) => format!("step up to {acr}"),
            Decision::Enrol(Acr::TwoFactors) => "enrol".to_owned(),
            Decision::Enrol(acr) => format!("enrol for {acr}"),
            Decision::NoAccess(reason) => format!("no access: {reason:?}"),
            Decision::Consent(asking) => format!("consent: {}", asking.agreed_to),
            Decision::Issue(issue) => format!("issue: {}", issue.asking.scopes),
        }
    }
}

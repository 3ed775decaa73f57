//! Builders: values and entities that are right unless a test says otherwise.
//!
//! The same arguments always build the same thing. A test changes what it is about by `User { role, ..user(…) }`.

use crate::audit_mac::FakeAuditMac;
use crate::clock::FakeClock;
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_application::SecondStep;
use portcullis_application::ports::{AuditEntry, AuditMac, AuditRecord, FoundAuditEntry};
use portcullis_application::refresh::{Exchange, RefreshAttempt};
use portcullis_application::registration::SignUp;
use portcullis_application::sign_in::{BrowserAttempt, LoginAttempt};
use portcullis_application::sign_in_by_code::{CodeAttempt, SecondShown};
use portcullis_domain::ids::ID_ENTROPY_BYTES;
use portcullis_domain::{
    AuditEvent, AuditEventId, AuditEventType, AuditResult, Authentication, AuthenticationMethod, Carrier, Client,
    ClientKind, ClientSecret, ClientSecretId, ClientSettings, Device, Digest32, Email, Ending, FullName, Generation,
    Grant, GrantId, GrantLife, GrantPolicy, Granted, IdentityId, IdentityKey, IdentityLabel, Invitation, InvitationId,
    Issuer, KeyId, Label, LinkBearer, LinkId, LinkPurpose, LinkedIdentity, Mail, MailId, MailKind, MailState,
    ManagedBy, OneTimeLink, Origin, Password, PasswordPolicy, PendingCode, PresentedPassword, RegistrationId, Resource,
    ResourceId, ResourceScope, ResourceSettings, Role, Rotation, ScopeDescription, SecretText, Seed, Session,
    SessionId, SessionKind, SigningAlgorithm, SigningKey, SigningKeyPurpose, TokenPolicy, User, UserId, Version,
};
use portcullis_oauth2::{ClaimsRequest, ClientId, RedirectUri, ResourceUri, ScopeName, ScopeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// The password of whoever was registered here.
pub const PASSWORD: &str = "correct horse battery staple";

/// What the provider is called.
#[must_use]
pub fn issuer() -> Issuer {
    Issuer::parse("http://127.0.0.1:8000", |host| host == "127.0.0.1").unwrap()
}

/// An address.
#[must_use]
pub fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

/// A name.
#[must_use]
pub fn full_name(text: &str) -> FullName {
    FullName::parse(text).unwrap()
}

/// A password to set.
#[must_use]
pub fn password(text: &str) -> Password {
    Password::parse(SecretText::new(text.to_owned()), PasswordPolicy::default()).unwrap()
}

/// A password as somebody presents it.
#[must_use]
pub fn presented(text: &str) -> PresentedPassword {
    PresentedPassword::new(SecretText::new(text.to_owned()))
}

/// An active user, registered at the start of the clock. The address tells users apart.
#[must_use]
pub fn user(address: &str) -> User {
    User {
        id: UserId::new(FakeClock::start(), chance(&("user", address))),
        email: email(address),
        email_verified: false,
        full_name: full_name("Ada Lovelace"),
        role: Role::User,
        is_active: true,
        created_at: FakeClock::start(),
        locale: None,
        time_zone: None,
        pending_email: None,
        has_password: false,
        has_second_factor: false,
        has_passkey: false,
        has_signed_in: false,
    }
}

/// A session of the user under the default policy. The number tells the user's sessions apart; each was begun one
/// second after the one before.
#[must_use]
pub fn session(user: &User, number: u8) -> Session {
    let signed_in_at = FakeClock::start() + TimeDelta::seconds(number.into());
    Session::begin(
        SessionId::new(signed_in_at, chance(&("session", user.id, number))),
        user.id,
        SessionKind::Token,
        AuthenticationMethod::Password.into(),
        Device::default(),
        Rotation::begin(Seed::new([number; Seed::BYTES]), signed_in_at, &TokenPolicy::default()),
    )
}

/// A client's registration. The number tells clients apart.
#[must_use]
pub fn registration_id(number: u8) -> RegistrationId {
    RegistrationId::new(FakeClock::start(), chance(&("client", number)))
}

/// A grant to the first client by the user of that session, whose code waits to be redeemed. The number tells grants apart;
/// each code was issued one second after the one before.
#[must_use]
pub fn grant(session: &Session, life: GrantLife, number: u8) -> Grant {
    let at = FakeClock::start() + TimeDelta::seconds(number.into());
    let granted = Granted {
        client: registration_id(1),
        client_generation: Generation::FIRST,
        user_id: session.user_id,
        session_id: session.id,
        life,
        scopes: ScopeSet::parse("openid email").unwrap(),
        resources: Vec::new(),
        claims: ClaimsRequest::default(),
        authentication: Authentication {
            at: session.authenticated_at,
            methods: session.methods.clone(),
        },
        is_refreshable: true,
    };
    let code = PendingCode {
        redirect_uri: "https://shop.example/cb".to_owned(),
        code_challenge: None,
        nonce: None,
        until: GrantPolicy::code_end(at),
    };
    let id = GrantId::new(at, chance(&("grant", session.id, number)));
    let policy = GrantPolicy::of(TokenPolicy::default());
    Grant::issue(
        id,
        granted,
        code,
        Seed::new([number; Seed::BYTES]),
        Device::default(),
        &policy,
    )
}

/// That grant, its code redeemed in the moment of its issue for an access token of ten minutes.
#[must_use]
pub fn redeemed(grant: &Grant) -> Grant {
    let policy = GrantPolicy::of(TokenPolicy::default());
    let tokens = policy.tokens(grant.granted.life, TimeDelta::minutes(10));
    grant.redeemed(grant.rotation.created_at, Device::default(), &tokens)
}

/// The session of a browser in the place of that one.
#[must_use]
pub fn browser_session(user: &User, number: u8) -> Session {
    Session {
        kind: SessionKind::Browser,
        ..session(user, number)
    }
}

/// That session with another rotation.
#[must_use]
pub fn session_with(user: &User, number: u8, change: impl FnOnce(&mut Rotation)) -> Session {
    let mut session = session(user, number);
    change(&mut session.rotation);
    session
}

/// A link of that purpose to a user, made at the start of the clock. The number tells links apart.
#[must_use]
pub fn link(user: &User, purpose: LinkPurpose, number: u8) -> OneTimeLink {
    let at = FakeClock::start() + TimeDelta::seconds(number.into());
    OneTimeLink {
        id: LinkId::new(at, chance(&("link", user.id, number))),
        purpose,
        bearer: LinkBearer::User(user.id),
        address: user.email.clone(),
        session_id: None,
        digest: None,
        browser: None,
        created_at: at,
        expires_at: at + purpose.life(),
        used_at: None,
        replaced_at: None,
    }
}

/// An invitation of that address, made at the start of the clock.
#[must_use]
pub fn invitation(address: &str) -> Invitation {
    let at = FakeClock::start();
    Invitation {
        id: InvitationId::new(at, chance(&("invitation", address))),
        email: email(address),
        full_name: None,
        role: Role::User,
        invited_by: None,
        created_at: at,
        expires_at: at + LinkPurpose::Join.life(),
    }
}

/// A client of that kind, registered at the start of the clock, with one redirect URI where it needs one.
#[must_use]
pub fn client(client_id: &str, kind: ClientKind) -> Client {
    let mut settings = ClientSettings::new(Label::parse(client_id).unwrap(), kind);
    if kind != ClientKind::Service {
        let uri = format!("https://{client_id}.example.com/callback");
        settings.redirect_uris.insert(RedirectUri::parse(&uri).unwrap());
    }
    Client {
        id: RegistrationId::new(FakeClock::start(), chance(&("client", client_id))),
        client_id: ClientId::parse(client_id).unwrap(),
        managed_by: ManagedBy::Admin,
        settings,
        token_generation: Generation::FIRST,
        version: Version::FIRST,
        created_at: FakeClock::start(),
        updated_at: FakeClock::start(),
    }
}

/// A secret of a client. The number tells secrets apart; each was made one second after the one before.
#[must_use]
pub fn client_secret(number: u8) -> ClientSecret {
    let at = FakeClock::start() + TimeDelta::seconds(number.into());
    ClientSecret {
        id: ClientSecretId::new(at, chance(&("client secret", number))),
        digest: Digest32::new([number; 32]),
        label: None,
        created_at: at,
        expires_at: None,
        last_used_at: None,
    }
}

/// A resource with those scopes, registered at the start of the clock.
#[must_use]
pub fn resource(uri: &str, scopes: &[&str]) -> Resource {
    let (parsed, name) = (ResourceUri::parse(uri).unwrap(), Label::parse("API").unwrap());
    let mut settings = ResourceSettings::new(parsed, name);
    let scope = |name: &&str| ResourceScope {
        name: ScopeName::parse(name).unwrap(),
        description: ScopeDescription::default(),
        is_default: false,
    };
    settings.scopes = scopes.iter().map(scope).collect();
    settings.scopes.sort_unstable();
    Resource {
        id: ResourceId::new(FakeClock::start(), chance(&("resource", uri))),
        managed_by: ManagedBy::Admin,
        settings,
        version: Version::FIRST,
        created_at: FakeClock::start(),
        updated_at: FakeClock::start(),
    }
}

/// A mail to nobody in particular. The number tells mails apart; each was written one second after the one before.
#[must_use]
pub fn mail(number: u8) -> Mail {
    let at = FakeClock::start() + TimeDelta::seconds(number.into());
    Mail {
        id: MailId::new(at, chance(&("mail", number))),
        kind: MailKind::Test,
        to: email("ada@x.test"),
        user_id: None,
        link_id: None,
        locale: None,
        device: Device::default(),
        other_address: None,
        about: None,
        browser: None,
        created_at: at,
        state: MailState::Waiting,
        attempts: 0,
        next_at: at,
        ended_at: None,
        failure: None,
        tried_since: at,
    }
}

/// What somebody of that address sends to sign up with [`PASSWORD`].
#[must_use]
pub fn registration(address: &str) -> SignUp {
    SignUp {
        email: email(address),
        password: password(PASSWORD),
        full_name: full_name("Ada Lovelace"),
        locale: None,
    }
}

/// An attempt to sign in.
#[must_use]
pub fn log_in(address: &str, password: &str) -> LoginAttempt {
    LoginAttempt {
        email: Some(email(address)),
        password: presented(password),
        carrier: Carrier::Body,
        origin: Origin::default(),
    }
}

/// The second half of a sign-in, from no particular device.
#[must_use]
pub fn code_attempt(step: &SecondStep, code: &SecretText) -> CodeAttempt {
    CodeAttempt {
        token: step.token.clone(),
        shown: SecondShown::Code(code.clone()),
        origin: Origin::default(),
    }
}

/// An attempt to sign in on a browser that shows that cookie, or none.
#[must_use]
pub fn sign_in(address: &str, password: &str, shown: Option<&SecretText>) -> BrowserAttempt {
    BrowserAttempt {
        email: Some(email(address)),
        password: presented(password),
        shown: shown.cloned(),
        browser: SecretText::new("the secret of a browser".to_owned()),
        asked_at: None,
        origin: Origin::default(),
    }
}

/// An attempt to stay signed in.
#[must_use]
pub fn refresh(refresh_token: &SecretText, exchange: Exchange) -> RefreshAttempt {
    RefreshAttempt {
        refresh_token: refresh_token.clone(),
        exchange,
        origin: Origin::default(),
    }
}

/// What ends at that time under the default policy.
#[must_use]
pub fn ending(at: DateTime<Utc>) -> Ending {
    TokenPolicy::default().ending(at)
}

/// A sign-in of nobody in particular. The number tells events apart; each happened one second after the one before.
#[must_use]
pub fn event(number: u32) -> AuditEvent {
    let at = FakeClock::start() + TimeDelta::seconds(number.into());
    AuditEvent {
        id: AuditEventId::new(at, chance(&("event", number))),
        kind: AuditEventType::Login,
        at,
        actor_id: None,
        user_id: None,
        session_id: None,
        origin: Origin::default(),
        result: AuditResult::Success,
        reason: None,
        before: None,
        after: None,
        count: None,
        client_id: None,
        resource: None,
        provider: None,
    }
}

/// The event with its authentication code.
#[must_use]
pub fn entry(event: &AuditEvent) -> AuditEntry {
    signed(event.clone().into())
}

/// The record with its authentication code.
#[must_use]
pub fn signed(record: AuditRecord) -> AuditEntry {
    AuditEntry {
        mac: FakeAuditMac.sign(&record.canonical_bytes()),
        record,
    }
}

/// The entry as a store finds it.
#[must_use]
pub fn found(AuditEntry { record, mac }: AuditEntry, seal: Option<u64>) -> FoundAuditEntry {
    FoundAuditEntry {
        record,
        mac: Some(mac),
        seal,
    }
}

/// A key that is to sign next, made at the start of the clock.
#[must_use]
pub fn signing_key(name: &str) -> SigningKey {
    SigningKey {
        id: KeyId::new(name.to_owned()),
        purpose: SigningKeyPurpose::Session,
        algorithm: SigningAlgorithm::EdDsa,
        encrypted: b"sealed by 0".to_vec(),
        public_part: None,
        created_at: FakeClock::start(),
        activated_at: None,
        retired_at: None,
    }
}

/// Bytes for an id that belong to `what`, so that tests need no source of chance.
fn chance(what: &impl Hash) -> [u8; ID_ENTROPY_BYTES] {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    let mut bytes = [0; ID_ENTROPY_BYTES];
    bytes
        .iter_mut()
        .zip(hasher.finish().to_be_bytes())
        .for_each(|(to, from)| *to = from);
    bytes
}

/// An identity of the user at a provider. The number tells identities apart; each was linked one second after the one before.
#[must_use]
pub fn identity(user: &User, number: u32) -> LinkedIdentity {
    let linked_at = FakeClock::start() + TimeDelta::seconds(number.into());
    LinkedIdentity {
        id: IdentityId::new(linked_at, chance(&("identity", user.email.as_str(), number))),
        user_id: user.id,
        key: IdentityKey::new("https://id.example", &format!("{}-{number}", user.email)).unwrap(),
        provider: "example".parse().unwrap(),
        label: IdentityLabel::of(user.email.as_str()),
        linked_at,
        last_used_at: None,
    }
}

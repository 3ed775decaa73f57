//! The use cases on a store and on fakes.

use crate::build::{self, PASSWORD};
use crate::container::Parts;
use crate::{
    FakeAccessTokens, FakeClientProofs, FakeClientSecrets, FakeClock, FakeHasher, FakeKeyRing, FakeMailTransport,
    FakeMeter, FakePasskey, FakePasskeyProofs, FakeProviderTokens, FakeRefreshTokens, FakeTotpSecrets, FakeUpstream,
    SeededEntropy, TemporaryStore,
};
use chrono::TimeDelta;
use portcullis_application::ports::{
    AccessClaims, AccessTokens, ClientSecrets as _, Clock, Limits, RefreshTokens, ShownPasskey, Store, StoreResult,
    WrittenMail,
};
use portcullis_application::refresh::{Exchange, RefreshError};
use portcullis_application::sign_in::LogInError;
use portcullis_application::sign_in_by_code::SecondStepError;
use portcullis_application::sign_in_by_passkey::{Occasion, PasskeyAttempt, PasskeySignInError};
use portcullis_application::tokens::Tokens;
use portcullis_application::{
    Actor, Admin, AppSignOuts, AuditTrail, Authentication, Authorizations, ClientAuthentication, ClientCalls,
    ClientTokens, Clients, ClientsFile, ConnectedApps, Discovery, EmailVerification, Explained, FirstAdmin,
    GrantTokens, Health, Invitations, LimitPolicy, LinkedIdentities, Links, MailPolicy, Mailbox, MailedCodes, Mailing,
    MemoryLimits, NotMe, Operator, Outbox, Passkeys, PasswordReset, Passwords, Profile, Publication, Reauthentication,
    Refresh, Registration, Replica, Resources, SecondFactors, SecondStep, Sessions, SignIn, SignInByCode,
    SignInByPasskey, SignOut, SigningKeys, SocialSignIn, Upkeep, UpkeepPolicy, UserInfo, Users,
};
use portcullis_domain::{
    AuditEvent, Carrier, Client, ClientProof, ClientSecret, ClientSecretId, Credentials, FactorDemand, Origin,
    PasswordHash, RefreshToken, Resource, Role, SecretText, Session, SessionId, TokenPolicy, User, UserId,
};
use shaku::HasComponent;
use std::sync::Arc;

/// The services of one server, wired as the server wires them, and handles to the fakes beneath.
#[derive(Clone)]
pub struct TestApp {
    /// Signing up.
    pub registration: Arc<dyn Registration>,
    /// Signing in.
    pub sign_in: Arc<dyn SignIn>,
    /// The second half of signing in.
    pub sign_in_by_code: Arc<dyn SignInByCode>,
    /// Signing in by another provider.
    pub social: Arc<dyn SocialSignIn>,
    /// The identities that one's account is linked with.
    pub identities: Arc<dyn LinkedIdentities>,
    /// One's own second factor.
    pub second_factors: Arc<dyn SecondFactors>,
    /// One's own passkeys.
    pub passkeys: Arc<dyn Passkeys>,
    /// Signing in by a passkey.
    pub sign_in_by_passkey: Arc<dyn SignInByPasskey>,
    /// Proving once more who one is.
    pub reauthentication: Arc<dyn Reauthentication>,
    /// Staying signed in.
    pub refresh: Arc<dyn Refresh>,
    /// Signing out.
    pub sign_out: Arc<dyn SignOut>,
    /// Who shows an access token.
    pub authentication: Arc<dyn Authentication>,
    /// One's own profile.
    pub profile: Arc<dyn Profile>,
    /// Passwords.
    pub passwords: Arc<dyn Passwords>,
    /// Sessions, device by device.
    pub sessions: Arc<dyn Sessions>,
    /// Other people's accounts.
    pub users: Arc<dyn Users>,
    /// The first administrator.
    pub first_admin: Arc<dyn FirstAdmin>,
    /// The audit trail.
    pub audit_trail: Arc<dyn AuditTrail>,
    /// The keys that sign.
    pub signing_keys: Arc<dyn SigningKeys>,
    /// What the server does by itself; a test calls it when it is due.
    pub upkeep: Arc<dyn Upkeep>,
    /// Showing that an address is one's own.
    pub email_verification: Arc<dyn EmailVerification>,
    /// A new password by a mailed link.
    pub password_reset: Arc<dyn PasswordReset>,
    /// Taking an account back.
    pub not_me: Arc<dyn NotMe>,
    /// Invitations.
    pub invitations: Arc<dyn Invitations>,
    /// A look at links.
    pub links: Arc<dyn Links>,
    /// The codes beside links.
    pub mailed_codes: Arc<dyn MailedCodes>,
    /// The mailbox inside.
    pub mailbox: Arc<dyn Mailbox>,
    /// The outbox.
    pub outbox: Arc<dyn Outbox>,
    /// What other services are told.
    pub publication: Arc<dyn Publication>,
    /// Readiness.
    pub health: Arc<dyn Health>,
    /// The registry of clients.
    pub clients: Arc<dyn Clients>,
    /// The file of clients.
    pub clients_file: Arc<dyn ClientsFile>,
    /// The registry of resources.
    pub resources: Arc<dyn Resources>,
    /// Who a client is.
    pub client_authentication: Arc<dyn ClientAuthentication>,
    /// Which client calls.
    pub client_calls: Arc<dyn ClientCalls>,
    /// Tokens of clients.
    pub client_tokens: Arc<dyn ClientTokens>,
    /// What the provider does.
    pub discovery: Arc<dyn Discovery>,
    /// What clients ask of people.
    pub authorizations: Arc<dyn Authorizations>,
    /// What apps ask for that sign somebody out.
    pub app_sign_outs: Arc<dyn AppSignOuts>,
    /// The apps that people let use their account.
    pub connected_apps: Arc<dyn ConnectedApps>,
    /// Tokens of grants.
    pub grant_tokens: Arc<dyn GrantTokens>,
    /// What clients learn of users.
    pub user_info: Arc<dyn UserInfo>,
    /// Why the provider refused requests.
    pub explained: Arc<dyn Explained>,
    /// What the services keep things in.
    pub store: Arc<dyn Store>,
    /// What this server keeps in memory.
    pub replica: Arc<Replica>,
    /// What the services read the time from.
    pub clock: FakeClock,
    /// What the services draw chance from.
    pub entropy: SeededEntropy,
    /// What the services hash with.
    pub hasher: FakeHasher,
    /// The keys that this server has ready.
    pub ring: FakeKeyRing,
    /// What clients were given.
    pub provider_tokens: FakeProviderTokens,
    /// What clients signed.
    pub client_proofs: FakeClientProofs,
    /// Where mails go.
    pub postbox: FakeMailTransport,
    /// What other providers say.
    pub upstream: FakeUpstream,
    /// What was counted.
    pub meter: FakeMeter,
    /// How long tokens and sessions live.
    pub policy: TokenPolicy,
    /// What was set about mail.
    pub mail: MailPolicy,
    /// What was set about what the server does by itself.
    pub upkeep_policy: UpkeepPolicy,
    /// What counts what has a limit.
    pub limits: Arc<dyn Limits>,
    /// How often things may happen.
    pub limit_policy: LimitPolicy,
    /// Which accounts must have a second factor.
    pub factors: FactorDemand,
    /// What the services ask for passkeys with.
    pub passkey_proofs: FakePasskeyProofs,
}

impl TestApp {
    /// On a new [`TemporaryStore`] under the default policy.
    #[must_use]
    pub fn new() -> Self {
        Self::on(Arc::new(TemporaryStore::new()))
    }

    /// On a store of the test's choice under the default policy.
    #[must_use]
    pub fn on(store: Arc<dyn Store>) -> Self {
        Self::under(store, TokenPolicy::default())
    }

    /// On a store and under a policy of the test's choice.
    #[must_use]
    pub fn under(store: Arc<dyn Store>, policy: TokenPolicy) -> Self {
        let clock = FakeClock::new();
        Self::of(Parts {
            store,
            entropy: SeededEntropy::default(),
            hasher: FakeHasher::new(),
            ring: FakeKeyRing::new(),
            provider_tokens: FakeProviderTokens::default(),
            client_proofs: FakeClientProofs::default(),
            postbox: FakeMailTransport::default(),
            upstream: FakeUpstream::default(),
            meter: FakeMeter::default(),
            policy,
            mail: MailPolicy::default(),
            limits: Arc::new(MemoryLimits::new(Arc::new(clock.clone()))),
            limit_policy: LimitPolicy::default(),
            factors: FactorDemand::Nobody,
            passkey_proofs: FakePasskeyProofs::default(),
            upkeep_policy: UpkeepPolicy::default(),
            clock,
        })
    }

    /// This server with other limits. It forgets what was counted.
    #[must_use]
    pub fn limited_by(&self, limit_policy: LimitPolicy) -> Self {
        Self::of(Parts {
            limit_policy,
            ..self.parts_beside(self.policy, self.upkeep_policy)
        })
    }

    /// A server in the place of this one that demands a second factor of those accounts.
    #[must_use]
    pub fn demanding(&self, factors: FactorDemand) -> Self {
        Self::of(Parts {
            factors,
            ..self.parts_beside(self.policy, self.upkeep_policy)
        })
    }

    /// A server in the place of this one that takes no passkeys.
    #[must_use]
    pub fn without_passkeys(&self) -> Self {
        Self::of(Parts {
            passkey_proofs: FakePasskeyProofs::off(),
            ..self.parts_beside(self.policy, self.upkeep_policy)
        })
    }

    /// On a new [`TemporaryStore`], with mail.
    #[must_use]
    pub fn with_mail() -> Self {
        Self::new().under_mail(MailPolicy {
            mailing: Mailing::On,
            ..MailPolicy::default()
        })
    }

    /// A server in the place of this one, with settings of mail of the test's choice.
    #[must_use]
    pub fn under_mail(&self, mail: MailPolicy) -> Self {
        Self::of(Parts {
            mail,
            ..self.parts_beside(self.policy, self.upkeep_policy)
        })
    }

    /// Sends what is due, and gives the mails that came since the last time.
    pub async fn mails(&self) -> Vec<WrittenMail> {
        self.upkeep.send_mails().await.unwrap();
        self.postbox.take()
    }

    /// Another server beside this one: on the same store, by the same clock and settings, with a memory of its own.
    #[must_use]
    pub fn beside(&self) -> Self {
        self.beside_under(self.policy, self.upkeep_policy)
    }

    /// Another server beside this one, with settings of the test's choice. It has a key ring of its own, which opens
    /// what this one's encrypts.
    #[must_use]
    pub fn beside_under(&self, policy: TokenPolicy, upkeep_policy: UpkeepPolicy) -> Self {
        Self::of(self.parts_beside(policy, upkeep_policy))
    }

    fn parts_beside(&self, policy: TokenPolicy, upkeep_policy: UpkeepPolicy) -> Parts {
        Parts {
            store: Arc::clone(&self.store),
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
            hasher: self.hasher.clone(),
            ring: self.ring.beside(),
            provider_tokens: self.provider_tokens.clone(),
            client_proofs: self.client_proofs.clone(),
            postbox: self.postbox.clone(),
            upstream: self.upstream.clone(),
            meter: FakeMeter::default(),
            policy,
            mail: self.mail,
            limits: Arc::new(MemoryLimits::new(Arc::new(self.clock.clone()))),
            limit_policy: self.limit_policy,
            factors: self.factors,
            passkey_proofs: self.passkey_proofs.clone(),
            upkeep_policy,
        }
    }

    /// Signs somebody up with [`PASSWORD`].
    pub async fn register(&self, address: &str) -> User {
        let registration = build::registration(address);
        self.registration
            .register(registration, Origin::default())
            .await
            .unwrap()
    }

    /// Signs an administrator up with [`PASSWORD`].
    pub async fn register_admin(&self, address: &str) -> User {
        let user = self.register(address).await;
        self.change_user(user.id, |user| user.role = Role::Admin).await;
        self.user(user.id).await.unwrap()
    }

    /// Signs somebody in with [`PASSWORD`].
    pub async fn log_in(&self, address: &str) -> Tokens {
        self.sign_in.log_in(build::log_in(address, PASSWORD)).await.unwrap()
    }

    /// Turns that user's second factor on in the session of these tokens, and gives the secret of the app and the recovery
    /// codes. The app's next code is one of the next step.
    pub async fn turn_on_second_factor(&self, tokens: &Tokens) -> (SecretText, Vec<SecretText>) {
        let password = Some(build::presented(PASSWORD));
        let actor = self.enrolling(tokens).await;
        let enrolment = self.second_factors.enrol(&actor, password).await.unwrap();
        let code = self.app_code(&enrolment.secret);
        let codes = self.second_factors.confirm(&actor, code).await.unwrap();
        self.clock.advance(TimeDelta::seconds(30));
        (enrolment.secret, codes)
    }

    /// What the app shows now that was given this secret.
    #[must_use]
    pub fn app_code(&self, secret: &SecretText) -> SecretText {
        FakeTotpSecrets::code(secret, self.clock.now())
    }

    /// Signs somebody in halfway with [`PASSWORD`], whose second factor is on.
    pub async fn log_in_halfway(&self, address: &str) -> SecondStep {
        match self.sign_in.log_in(build::log_in(address, PASSWORD)).await {
            Err(LogInError::SecondFactorRequired(step)) => step,
            other => panic!("{other:?}"),
        }
    }

    /// Goes on with a sign-in by a code.
    pub async fn log_in_by_code(&self, step: &SecondStep, code: &SecretText) -> Result<Tokens, SecondStepError> {
        let attempt = build::code_attempt(step, code);
        self.sign_in_by_code.log_in_by_code(attempt, Carrier::Body).await
    }

    /// Adds a passkey in the session of these tokens, on a device that calls it so.
    pub async fn add_passkey(&self, tokens: &Tokens, id: u8) -> FakePasskey {
        let actor = self.actor(tokens).await;
        let made = FakePasskey::of(actor.user().id, id);
        let asked = self.passkeys.ask_for_new(&actor).await.unwrap();
        let shown = made.answer(&asked.challenge);
        self.passkeys.add(&actor, shown, None).await.unwrap();
        made
    }

    /// What that device answers to a challenge for whoever signs in.
    #[must_use]
    pub fn shown(&self, passkey: &FakePasskey) -> ShownPasskey {
        self.shown_for(passkey, Occasion::SignIn)
    }

    /// What that device answers to a challenge for something else.
    #[must_use]
    pub fn shown_for(&self, passkey: &FakePasskey, occasion: Occasion<'_>) -> ShownPasskey {
        passkey.answer(&self.sign_in_by_passkey.ask(occasion, None).unwrap().challenge)
    }

    /// Signs somebody in by what a device answered.
    pub async fn log_in_by_passkey(&self, shown: ShownPasskey) -> Result<Tokens, PasskeySignInError> {
        let attempt = PasskeyAttempt {
            shown,
            origin: Origin::default(),
        };
        self.sign_in_by_passkey.log_in_by_passkey(attempt, Carrier::Body).await
    }

    /// Refreshes from no particular device.
    pub async fn refresh(&self, refresh_token: &SecretText) -> Result<Tokens, RefreshError> {
        let attempt = build::refresh(refresh_token, Exchange::Bodies);
        self.refresh.refresh(attempt).await
    }

    /// Whose access token this is.
    pub async fn actor(&self, tokens: &Tokens) -> Actor {
        let raw = tokens.access_token.expose();
        self.authentication.authenticate(raw, Origin::default()).await.unwrap()
    }

    /// The same, also where the account lacks a second factor that it must have.
    pub async fn enrolling(&self, tokens: &Tokens) -> Actor {
        let raw = tokens.access_token.expose();
        let found = self.authentication.authenticate_to_enrol(raw, Origin::default());
        found.await.unwrap()
    }

    /// Which administrator's access token this is.
    pub async fn admin(&self, tokens: &Tokens) -> Admin {
        let raw = tokens.access_token.expose();
        self.authentication
            .authorize_admin(raw, Origin::default())
            .await
            .unwrap()
    }

    /// Whoever runs the server.
    #[must_use]
    pub fn operator(&self) -> Operator {
        Operator::holding(&*self.store)
    }

    /// Whether the store holds the tokens' session for live: whether their access token is accepted.
    pub async fn accepts(&self, tokens: &Tokens) -> bool {
        let raw = tokens.access_token.expose();
        self.authentication.authenticate(raw, Origin::default()).await.is_ok()
    }

    /// Whether this server accepts the access token by what it has in memory.
    pub async fn verifies(&self, tokens: &Tokens) -> bool {
        self.authentication.verify(tokens.access_token.expose()).await.is_ok()
    }

    /// What the tokens' access token says, whether its session is over or not.
    #[must_use]
    pub fn claims(&self, tokens: &Tokens) -> AccessClaims {
        let raw = tokens.access_token.expose();
        FakeAccessTokens.verify(raw, self.clock.now()).unwrap()
    }

    /// The refresh token taken apart.
    #[must_use]
    pub fn refresh_token(&self, tokens: &Tokens) -> RefreshToken {
        FakeRefreshTokens
            .read(tokens.refresh_token.expose(), Carrier::Body)
            .unwrap()
    }

    /// The user as the store has it.
    pub async fn user(&self, id: UserId) -> Option<User> {
        let found = self.store.look_up(move |repositories| repositories.users().find(id));
        found.await.unwrap()
    }

    /// The session as the store has it.
    pub async fn session(&self, id: SessionId) -> Option<Session> {
        let found = self.store.look_up(move |repositories| repositories.sessions().find(id));
        found.await.unwrap()
    }

    /// Changes a user behind the services' backs, as an administrator would.
    pub async fn change_user(&self, id: UserId, change: impl FnOnce(&mut User) + Send + 'static) {
        let changed = self.store.write(move |repositories| {
            let mut user = repositories.users().lock(id)?.unwrap();
            change(&mut user);
            repositories.users().update(&user)
        });
        assert!(changed.await.unwrap());
    }

    /// Adds a user who did not sign up.
    pub async fn add_user(&self, user: &User) {
        let user = user.clone();
        let added = self.store.write(move |repositories| repositories.users().insert(&user));
        added.await.unwrap();
    }

    /// Sets a password behind the services' backs.
    pub async fn set_password(&self, id: UserId, password: &str) {
        let hash = self.hasher.hash_of(password);
        let set: StoreResult<()> = self
            .store
            .write(move |repositories| {
                repositories.users().lock(id)?;
                repositories.credentials().set_password(id, &hash)
            })
            .await;
        set.unwrap();
    }

    /// Takes a password away behind the services' backs.
    pub async fn remove_password(&self, id: UserId) {
        let removed: StoreResult<()> = self
            .store
            .write(move |repositories| {
                repositories.users().lock(id)?;
                repositories.credentials().remove_password(id)
            })
            .await;
        removed.unwrap();
    }

    /// The hash of the user's password as the store has it.
    pub async fn password_hash(&self, id: UserId) -> Option<PasswordHash> {
        let found = self
            .store
            .look_up(move |repositories| repositories.credentials().find(id));
        let found: StoreResult<Option<Credentials>> = found.await;
        found.unwrap()?.password
    }

    /// Deletes a user behind the services' backs, and with the user the user's sessions.
    pub async fn delete_user(&self, id: UserId) {
        let deleted = self.store.write(move |repositories| repositories.users().delete(id));
        assert!(deleted.await.unwrap());
    }

    /// Ends a session behind the services' backs.
    pub async fn revoke(&self, id: SessionId) {
        let ending = self.policy.ending(self.clock.now());
        let revoked = self
            .store
            .write(move |repositories| repositories.endings().revoke(id, &ending));
        assert!(revoked.await.unwrap().is_some());
    }

    /// The audit trail, oldest first.
    pub async fn events(&self) -> Vec<AuditEvent> {
        let found = self
            .store
            .read(|repositories| repositories.audit().list_oldest(None, usize::MAX));
        let found = found.await.unwrap().into_iter();
        found.map(|found| found.record.event().unwrap()).collect()
    }

    fn of(parts: Parts) -> Self {
        let replica = Arc::new(Replica::default());
        let module = parts.module(&replica);
        Self {
            registration: module.resolve(),
            sign_in: module.resolve(),
            sign_in_by_code: module.resolve(),
            social: module.resolve(),
            identities: module.resolve(),
            second_factors: module.resolve(),
            passkeys: module.resolve(),
            sign_in_by_passkey: module.resolve(),
            reauthentication: module.resolve(),
            refresh: module.resolve(),
            sign_out: module.resolve(),
            authentication: module.resolve(),
            profile: module.resolve(),
            passwords: module.resolve(),
            sessions: module.resolve(),
            users: module.resolve(),
            first_admin: module.resolve(),
            audit_trail: module.resolve(),
            signing_keys: module.resolve(),
            upkeep: module.resolve(),
            email_verification: module.resolve(),
            password_reset: module.resolve(),
            not_me: module.resolve(),
            invitations: module.resolve(),
            links: module.resolve(),
            mailed_codes: module.resolve(),
            mailbox: module.resolve(),
            outbox: module.resolve(),
            publication: module.resolve(),
            health: module.resolve(),
            clients: module.resolve(),
            clients_file: module.resolve(),
            resources: module.resolve(),
            client_authentication: module.resolve(),
            client_calls: module.resolve(),
            client_tokens: module.resolve(),
            authorizations: module.resolve(),
            app_sign_outs: module.resolve(),
            connected_apps: module.resolve(),
            grant_tokens: module.resolve(),
            user_info: module.resolve(),
            explained: module.resolve(),
            discovery: module.resolve(),
            store: parts.store,
            replica,
            clock: parts.clock,
            entropy: parts.entropy,
            hasher: parts.hasher,
            ring: parts.ring,
            provider_tokens: parts.provider_tokens,
            client_proofs: parts.client_proofs,
            postbox: parts.postbox,
            upstream: parts.upstream,
            meter: parts.meter,
            policy: parts.policy,
            mail: parts.mail,
            upkeep_policy: parts.upkeep_policy,
            limits: parts.limits,
            limit_policy: parts.limit_policy,
            factors: parts.factors,
            passkey_proofs: parts.passkey_proofs,
        }
    }
}

impl Default for TestApp {
    fn default() -> Self {
        Self::new()
    }
}

/// The registry of clients, filled without the rules of whoever fills it.
impl TestApp {
    /// The text whose digest [`add_client`](Self::add_client) keeps.
    pub const CLIENT_SECRET: &str = "a secret of a client";

    /// Registers a client, with [`CLIENT_SECRET`](Self::CLIENT_SECRET) where it shows one, and has this server hear of it.
    pub async fn add_client(&self, client: Client) {
        let digest = FakeClientSecrets.digest(&SecretText::new(Self::CLIENT_SECRET.to_owned()));
        let secret = ClientSecret {
            digest,
            ..build::client_secret(1)
        };
        let secret = ClientSecret {
            id: ClientSecretId::from(client.id.as_uuid()),
            ..secret
        };
        let added = self.store.write(move |repositories| {
            let stamp = repositories.clients().begin_change()?;
            repositories.clients().insert(&client, stamp)?;
            if client.settings.proof == ClientProof::Secret {
                repositories.clients().insert_secret(client.id, &secret)?;
            }
            StoreResult::Ok(())
        });
        added.await.unwrap();
        self.upkeep.catch_up().await.unwrap();
    }

    /// Registers a resource, and has this server hear of it.
    pub async fn add_resource(&self, resource: Resource) {
        let added = self.store.write(move |repositories| {
            let stamp = repositories.clients().begin_change()?;
            repositories.resources().insert(&resource, stamp)
        });
        added.await.unwrap();
        self.upkeep.catch_up().await.unwrap();
    }
}

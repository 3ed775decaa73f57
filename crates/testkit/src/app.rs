//! The use cases on a store and on fakes.

mod people;
mod stored;

use crate::container::Parts;
use crate::{
    FakeClientProofs, FakeClock, FakeHasher, FakeKeyRing, FakeMailTransport, FakeMeter, FakePasskeyProofs,
    FakeProviderTokens, FakeUpstream, SeededEntropy, TemporaryStore,
};
use portcullis_application::ports::{Limits, Store, WrittenMail};
use portcullis_application::{
    AppSignOuts, AuditTrail, Authentication, Authorizations, ClientAuthentication, ClientCalls, ClientTokens, Clients,
    ClientsFile, ConnectedApps, Discovery, EmailVerification, Explained, FirstAdmin, GrantTokens, Health, Invitations,
    LimitPolicy, LinkedIdentities, Links, MailPolicy, Mailbox, MailedCodes, Mailing, MemoryLimits, NotMe, Outbox,
    Passkeys, PasswordReset, Passwords, Profile, Publication, Reauthentication, Refresh, Registration, Replica,
    Resources, SecondFactors, Sessions, SignIn, SignInByCode, SignInByPasskey, SignOut, SigningKeys, SocialSignIn,
    Upkeep, UpkeepPolicy, UserInfo, Users,
};
use portcullis_domain::{FactorDemand, TokenPolicy};
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

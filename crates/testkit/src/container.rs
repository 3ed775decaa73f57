//! The container that wires the services on fakes.
#![expect(clippy::struct_field_names, reason = "the macro names the fields of the container")]

use crate::{
    FakeAccessTokens, FakeAuditMac, FakeChallengeTokens, FakeClientProofs, FakeClientSecrets, FakeClock,
    FakeCommonPasswords, FakeDeviceTokens, FakeGrantSecrets, FakeHasher, FakeKeyRing, FakeLetterWriter, FakeLinkTokens,
    FakeMailTransport, FakeMeter, FakePasskeyProofs, FakeProviderTokens, FakeRefreshTokens, FakeSealedTexts,
    FakeSessionCookies, FakeTotpSecrets, FakeUpstream, SeededEntropy, build,
};
use async_trait::async_trait;
use portcullis_application::ports::{
    Access, ClientProofs, Clock, Counted, Draw, Entropy, Exhausted, Judge, KeyRing, Limits, MailTransport, Meter,
    PasskeyProofs, PasswordHasher, ProviderTokens, Sharing, Store, StoreError, StoreResult, UpstreamProviders, Work,
};
use portcullis_application::{
    AppSignOutsService, AuditTrailService, AuthenticationService, AuthorizationsService, ClientAuthenticationService,
    ClientCallsService, ClientTokensService, ClientsFileService, ClientsService, ConnectedAppsService,
    DiscoveryService, EmailVerificationService, ExplainedService, FirstAdminService, GrantTokensService, HealthService,
    InvitationsService, LimitPolicy, LinkedIdentitiesService, LinksService, MailPolicy, MailboxService,
    MailedCodesService, NotMeService, OutboxService, PasskeysService, PasswordResetService, PasswordsService,
    ProfileService, ProviderPolicy, PublicationService, ReauthenticationService, RefreshService, RegistrationService,
    Replica, ResourcesService, SecondFactorsService, SessionsService, SignInByCodeService, SignInByPasskeyService,
    SignInService, SignOutService, SigningKeysService, SigningKeysServiceParameters, SocialSignInService, Units,
    UnitsParameters, UpkeepPolicy, UpkeepService, UpkeepServiceParameters, UserInfoService, UsersService,
};
use portcullis_domain::{FactorDemand, SessionId, TokenPolicy};
use shaku::{Component, module};
use std::sync::Arc;

module! {
    pub(crate) TestModule {
        components = [
            RegistrationService, SignInService, RefreshService, SignOutService, AuthenticationService, ProfileService,
            PasswordsService, SessionsService, UsersService, FirstAdminService, AuditTrailService, SigningKeysService,
            EmailVerificationService, PasswordResetService, NotMeService, InvitationsService, LinksService,
            MailboxService, MailedCodesService, OutboxService, FakeLinkTokens, FakeLetterWriter, FakeMailTransport,
            PublicationService, HealthService, UpkeepService, Units, SharedStore, FakeHasher, FakeCommonPasswords, FakeAccessTokens, FakeAuditMac,
        ClientsService, ResourcesService, ClientAuthenticationService, FakeClientSecrets, ClientCallsService, ClientTokensService, DiscoveryService, FakeClientProofs, FakeProviderTokens, FakeKeyRing, FakeRefreshTokens, FakeDeviceTokens, FakeClock, FakeMeter, SeededEntropy, SharedCounters, FakeSessionCookies, ClientsFileService, SignInByCodeService, SecondFactorsService, ReauthenticationService, FakeChallengeTokens, FakeTotpSecrets, AppSignOutsService, ConnectedAppsService, AuthorizationsService, GrantTokensService, UserInfoService, ExplainedService, FakeGrantSecrets, SocialSignInService, LinkedIdentitiesService, FakeSealedTexts, FakeUpstream, PasskeysService, SignInByPasskeyService, FakePasskeyProofs,
        ],
        providers = [],
    }
}

/// What a server is made of.
pub(crate) struct Parts {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: FakeClock,
    pub(crate) entropy: SeededEntropy,
    pub(crate) hasher: FakeHasher,
    pub(crate) ring: FakeKeyRing,
    pub(crate) provider_tokens: FakeProviderTokens,
    pub(crate) client_proofs: FakeClientProofs,
    pub(crate) postbox: FakeMailTransport,
    pub(crate) upstream: FakeUpstream,
    pub(crate) meter: FakeMeter,
    pub(crate) policy: TokenPolicy,
    pub(crate) mail: MailPolicy,
    pub(crate) limits: Arc<dyn Limits>,
    pub(crate) limit_policy: LimitPolicy,
    pub(crate) factors: FactorDemand,
    pub(crate) passkey_proofs: FakePasskeyProofs,
    pub(crate) upkeep_policy: UpkeepPolicy,
}

impl Parts {
    pub(crate) fn module(&self, replica: &Arc<Replica>) -> TestModule {
        TestModule::builder()
            .with_component_override::<dyn PasswordHasher>(Box::new(self.hasher.clone()))
            .with_component_override::<dyn KeyRing>(Box::new(self.ring.clone()))
            .with_component_override::<dyn ProviderTokens>(Box::new(self.provider_tokens.clone()))
            .with_component_override::<dyn ClientProofs>(Box::new(self.client_proofs.clone()))
            .with_component_override::<dyn MailTransport>(Box::new(self.postbox.clone()))
            .with_component_override::<dyn UpstreamProviders>(Box::new(self.upstream.clone()))
            .with_component_override::<dyn PasskeyProofs>(Box::new(self.passkey_proofs.clone()))
            .with_component_override::<dyn Meter>(Box::new(self.meter.clone()))
            .with_component_override::<dyn Clock>(Box::new(self.clock.clone()))
            .with_component_override::<dyn Entropy>(Box::new(self.entropy.clone()))
            .with_component_parameters::<SharedStore>(SharedStoreParameters {
                store: Arc::clone(&self.store),
            })
            .with_component_parameters::<Units>(UnitsParameters {
                replica: Arc::clone(replica),
                policy: self.policy,
                mail: self.mail,
                limit_policy: self.limit_policy,
                provider: ProviderPolicy::On(build::issuer()),
                factors: self.factors,
            })
            .with_component_parameters::<SharedCounters>(SharedCountersParameters {
                limits: Arc::clone(&self.limits),
            })
            .with_component_parameters::<SigningKeysService>(SigningKeysServiceParameters {
                signing: self.upkeep_policy.signing,
            })
            .with_component_parameters::<UpkeepService>(UpkeepServiceParameters {
                upkeep: self.upkeep_policy,
            })
            .build()
    }
}

/// Lets a container own a store that a test owns, too.
#[derive(Component)]
#[shaku(interface = Store)]
pub(crate) struct SharedStore {
    store: Arc<dyn Store>,
}

#[async_trait]
impl Store for SharedStore {
    async fn run(&self, access: Access, work: Work) -> StoreResult<()> {
        self.store.run(access, work).await
    }

    async fn run_rotation(&self, id: SessionId, judge: Judge) -> Result<bool, StoreError> {
        self.store.run_rotation(id, judge).await
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.store.check().await
    }

    async fn version(&self) -> Result<Option<u64>, StoreError> {
        self.store.version().await
    }

    async fn probe(&self) -> Result<(), StoreError> {
        self.store.probe().await
    }
}

/// Lets a container own limits that a test owns, too.
#[derive(Component)]
#[shaku(interface = Limits)]
pub(crate) struct SharedCounters {
    limits: Arc<dyn Limits>,
}

#[async_trait]
impl Limits for SharedCounters {
    async fn draw(&self, draws: &[Draw]) -> Result<Counted, Exhausted> {
        self.limits.draw(draws).await
    }

    async fn give_back(&self, draws: &[Draw], counted: Counted) {
        self.limits.give_back(draws, counted).await;
    }

    fn look(&self, draws: &[Draw]) -> Result<(), Exhausted> {
        self.limits.look(draws)
    }

    fn sharing(&self) -> Sharing {
        self.limits.sharing()
    }
}

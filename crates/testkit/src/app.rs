//! The use cases on a store and on fakes.

use crate::build::{self, PASSWORD};
use crate::container::TestModule;
use crate::{FakeAccessTokens, FakeClock, FakeHasher, FakeRefreshTokenSecrets, MemoryStore};
use async_trait::async_trait;
use portcullis_application::auth::{RefreshError, Tokens};
use portcullis_application::ports::{
    Access, AccessClaims, AccessTokens, Clock, PasswordHasher, PresentedRefreshToken, RefreshTokenSecrets, Store,
    StoreError, StoreResult, Work,
};
use portcullis_application::{
    AccountService, AccountServiceImpl, AccountServiceImplParameters, Actor, AuthService, AuthServiceImpl,
    AuthServiceImplParameters, HealthService,
};
use portcullis_domain::{Device, RefreshToken, SecretText, SessionId, TokenPolicy, User, UserId};
use shaku::HasComponent;
use std::sync::Arc;

/// The services, wired as the server wires them, and handles to the fakes beneath.
#[derive(Clone)]
pub struct TestApp {
    /// Signing up, in and out.
    pub auth: Arc<dyn AuthService>,
    /// One's own account.
    pub account: Arc<dyn AccountService>,
    /// Readiness.
    pub health: Arc<dyn HealthService>,
    /// What the services keep things in.
    pub store: Arc<dyn Store>,
    /// What the services read the time from.
    pub clock: FakeClock,
    /// What the services hash with.
    pub hasher: FakeHasher,
    /// How long tokens and sessions live.
    pub policy: TokenPolicy,
}

impl TestApp {
    /// On a new [`MemoryStore`] under the default policy.
    #[must_use]
    pub fn new() -> Self {
        Self::on(Arc::new(MemoryStore::new()))
    }

    /// On a store of the test's choice under the default policy.
    #[must_use]
    pub fn on(store: Arc<dyn Store>) -> Self {
        Self::under(store, TokenPolicy::default())
    }

    /// On a store and under a policy of the test's choice.
    #[must_use]
    pub fn under(store: Arc<dyn Store>, policy: TokenPolicy) -> Self {
        let (clock, hasher) = (FakeClock::new(), FakeHasher::new());
        let module = TestModule::builder()
            .with_component_override::<dyn Store>(Box::new(SharedStore(Arc::clone(&store))))
            .with_component_override::<dyn PasswordHasher>(Box::new(hasher.clone()))
            .with_component_override::<dyn Clock>(Box::new(clock.clone()))
            .with_component_parameters::<AuthServiceImpl>(AuthServiceImplParameters { policy })
            .with_component_parameters::<AccountServiceImpl>(AccountServiceImplParameters { policy })
            .build();
        Self {
            auth: module.resolve(),
            account: module.resolve(),
            health: module.resolve(),
            store,
            clock,
            hasher,
            policy,
        }
    }

    /// Signs somebody up with [`PASSWORD`].
    pub async fn register(&self, address: &str) -> User {
        self.auth.register(build::registration(address)).await.unwrap()
    }

    /// Signs somebody in with [`PASSWORD`].
    pub async fn log_in(&self, address: &str) -> Tokens {
        self.auth.log_in(build::log_in(address, PASSWORD)).await.unwrap()
    }

    /// Refreshes from no particular device.
    pub async fn refresh(&self, refresh_token: &SecretText) -> Result<Tokens, RefreshError> {
        self.auth.refresh(refresh_token, Device::default()).await
    }

    /// Whose access token this is.
    pub async fn actor(&self, tokens: &Tokens) -> Actor {
        self.auth.authenticate(tokens.access_token.expose()).await.unwrap()
    }

    /// Whether the store holds the tokens' session for live: whether their access token is accepted.
    pub async fn accepts(&self, tokens: &Tokens) -> bool {
        self.auth.authenticate(tokens.access_token.expose()).await.is_ok()
    }

    /// What the tokens' access token says, whether its session is over or not.
    #[must_use]
    pub fn claims(&self, tokens: &Tokens) -> AccessClaims {
        let raw = tokens.access_token.expose();
        FakeAccessTokens.verify(raw, self.clock.now()).unwrap()
    }

    /// The refresh token taken apart.
    #[must_use]
    pub fn refresh_token(&self, tokens: &Tokens) -> PresentedRefreshToken {
        FakeRefreshTokenSecrets.read(tokens.refresh_token.expose()).unwrap()
    }

    /// The user as the store has it.
    pub async fn user(&self, id: UserId) -> Option<User> {
        let found = self.store.look_up(move |repositories| repositories.users().find(id));
        found.await.unwrap()
    }

    /// The session as the store has it.
    pub async fn session(&self, id: SessionId) -> Option<RefreshToken> {
        let found = self
            .store
            .look_up(move |repositories| repositories.refresh_tokens().find(id));
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

    /// Ends a session behind the services' backs.
    pub async fn revoke(&self, id: SessionId) {
        let now = self.clock.now();
        let revoked = self
            .store
            .write(move |repositories| repositories.refresh_tokens().revoke(id, now));
        assert!(revoked.await.unwrap());
    }
}

impl Default for TestApp {
    fn default() -> Self {
        Self::new()
    }
}

/// Lets a container own a store that a test owns, too.
struct SharedStore(Arc<dyn Store>);

#[async_trait]
impl Store for SharedStore {
    async fn run(&self, access: Access, work: Work) -> StoreResult<()> {
        self.0.run(access, work).await
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.0.check().await
    }
}

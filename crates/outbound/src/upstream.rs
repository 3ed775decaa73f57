//! The providers that people sign in by, as settings name them.

use crate::allowance::AllowedHosts;
use crate::client::GuardedClient;
use crate::github;
use crate::oidc::{Asked, OpenIdProvider, untrusted};
use async_trait::async_trait;
use portcullis_application::ports::{
    Clock, OfferedProvider, Redemption, ShownIdToken, UpstreamError, UpstreamProviders, UpstreamRequest,
};
use portcullis_domain::{AssertedIdentity, ProviderName, SecretText};
use shaku::Component;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// How many wait for one provider at once. One more is told that too many do.
const AT_ONCE: usize = 32;
/// Of them, how many who come back from the provider: nobody else takes their places.
const COMING_BACK: usize = 8;
/// The longest that anybody waits for a provider, however many calls it takes.
const TIME: Duration = Duration::from_secs(9);

/// How a provider is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderKind {
    /// OpenID Connect, found by discovery.
    OpenId,
    /// GitHub's calls.
    GitHub,
}

impl ProviderKind {
    /// What is asked for where nothing else is set.
    #[must_use]
    pub const fn scopes(self) -> &'static str {
        match self {
            Self::OpenId => "openid email profile",
            Self::GitHub => "read:user user:email",
        }
    }

    /// Whether it gives ID tokens out.
    #[must_use]
    pub const fn gives_id_tokens(self) -> bool {
        matches!(self, Self::OpenId)
    }
}

/// A provider as settings name it.
#[derive(Debug, Clone)]
pub struct ProviderSettings {
    /// What it is called here.
    pub name: ProviderName,
    /// What people call it.
    pub label: String,
    /// How it is spoken to.
    pub kind: ProviderKind,
    /// Its own name of itself, byte for byte.
    pub issuer: String,
    /// What we are called there.
    pub client_id: String,
    /// What we show there; `None` where we are a public client.
    pub client_secret: Option<SecretText>,
    /// What is asked for.
    pub scopes: String,
    /// Whether its word on addresses counts; `None` where that follows from what it is.
    pub trusts_email: Option<bool>,
    /// The other clients of ours there whose ID tokens are taken: those of apps.
    pub audiences: Vec<String>,
}

/// The providers that people sign in by.
#[derive(Clone)]
pub struct Upstream(Arc<Providers>);

struct Providers {
    offered: Vec<OfferedProvider>,
    known: Vec<Provider>,
    /// `None` where there is no provider: nothing leaves the house.
    client: Option<GuardedClient>,
    /// Where our own addresses begin.
    base: String,
}

struct Provider {
    settings: ProviderSettings,
    openid: OpenIdProvider,
    /// Places for all.
    waiting: Semaphore,
    /// Further ones, for those who come back from the provider.
    coming_back: Semaphore,
}

/// Who waits for a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    /// Whoever comes: it costs them nothing.
    Anybody,
    /// Somebody who was at the provider, and comes back.
    ComingBack,
}

impl fmt::Debug for Upstream {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.offered.iter().map(|offered| offered.name.as_str());
        out.debug_list().entries(names).finish()
    }
}

impl Upstream {
    /// Those, called where `allowed` lets them be. Answers come back below `base`, our address.
    ///
    /// # Errors
    /// TLS can't be set up.
    pub fn new(settings: Vec<ProviderSettings>, allowed: AllowedHosts, base: &str) -> anyhow::Result<Self> {
        let client = if settings.is_empty() {
            None
        } else {
            Some(GuardedClient::new(allowed)?)
        };
        let base = base.trim_end_matches('/').to_owned();
        let offered = settings.iter().map(|settings| OfferedProvider {
            name: settings.name.clone(),
            label: settings.label.clone(),
            issuer: settings.issuer.clone(),
            begins_at: format!("{base}/auth/social/{}", settings.name),
        });
        Ok(Self(Arc::new(Providers {
            offered: offered.collect(),
            base,
            known: settings
                .into_iter()
                .map(|settings| Provider {
                    settings,
                    openid: OpenIdProvider::default(),
                    waiting: Semaphore::new(AT_ONCE - COMING_BACK),
                    coming_back: Semaphore::new(COMING_BACK),
                })
                .collect(),
            client,
        })))
    }

    /// None.
    #[must_use]
    pub fn none() -> Self {
        Self(Arc::new(Providers {
            offered: Vec::new(),
            known: Vec::new(),
            client: None,
            base: String::new(),
        }))
    }

    /// Their names, in order.
    pub fn names(&self) -> impl Iterator<Item = &ProviderName> {
        self.0.offered.iter().map(|offered| &offered.name)
    }

    /// The address that has to be set at the provider.
    #[must_use]
    pub fn redirect_uri(&self, name: &ProviderName) -> String {
        format!("{}/auth/social/{name}/callback", self.0.base)
    }

    /// Asks a provider what it says of itself, now.
    ///
    /// # Errors
    /// Why people could not sign in by it.
    pub async fn look(&self, name: &ProviderName, clock: &dyn Clock) -> Result<(), UpstreamError> {
        let look = async |provider: &Provider, asked: Asked<'_>| match asked.settings.kind {
            ProviderKind::OpenId => provider.openid.look(asked).await,
            ProviderKind::GitHub => github::look(asked).await,
        };
        self.ask(name, clock, Who::Anybody, look).await
    }

    /// Lets one more wait for a provider, in the time that anybody may.
    async fn ask<T>(
        &self,
        name: &ProviderName,
        clock: &dyn Clock,
        who: Who,
        work: impl AsyncFnOnce(&Provider, Asked<'_>) -> Result<T, UpstreamError>,
    ) -> Result<T, UpstreamError> {
        let provider = self
            .0
            .known
            .iter()
            .find(|provider| provider.settings.name == *name)
            .ok_or(UpstreamError::Unknown)?;
        let client = self.0.client.as_ref().ok_or(UpstreamError::Unknown)?;
        let place = match who {
            Who::Anybody => provider.waiting.try_acquire(),
            Who::ComingBack => provider
                .coming_back
                .try_acquire()
                .or_else(|_| provider.waiting.try_acquire()),
        };
        let _place = place.map_err(|_| UpstreamError::Busy)?;
        let asked = Asked {
            client,
            settings: &provider.settings,
            clock,
        };
        let late = || UpstreamError::Unreachable(format!("no answer within {} seconds", TIME.as_secs()));
        let done = tokio::time::timeout(TIME, work(provider, asked)).await;
        done.unwrap_or_else(|_| Err(late()))
    }
}

/// [`UpstreamProviders`] by the guarded client.
#[derive(Component)]
#[shaku(interface = UpstreamProviders)]
pub struct UpstreamClients {
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    /// The providers.
    upstream: Upstream,
}

impl UpstreamClients {
    /// Those, by that clock.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, upstream: Upstream) -> Self {
        Self { clock, upstream }
    }
}

#[async_trait]
impl UpstreamProviders for UpstreamClients {
    fn offered(&self) -> &[OfferedProvider] {
        &self.upstream.0.offered
    }

    async fn authorization_url(
        &self,
        provider: &ProviderName,
        request: &UpstreamRequest,
    ) -> Result<SecretText, UpstreamError> {
        let redirect_uri = self.upstream.redirect_uri(provider);
        let work = async |provider: &Provider, asked: Asked<'_>| match asked.settings.kind {
            ProviderKind::OpenId => provider.openid.authorization_url(asked, &redirect_uri, request).await,
            ProviderKind::GitHub => github::authorization_url(asked, &redirect_uri, request),
        };
        let url = self.upstream.ask(provider, &*self.clock, Who::Anybody, work).await?;
        Ok(SecretText::new(url.into()))
    }

    async fn redeem(
        &self,
        provider: &ProviderName,
        redemption: &Redemption,
    ) -> Result<AssertedIdentity, UpstreamError> {
        let redirect_uri = self.upstream.redirect_uri(provider);
        let work = async |provider: &Provider, asked: Asked<'_>| match asked.settings.kind {
            ProviderKind::OpenId => provider.openid.redeem(asked, &redirect_uri, redemption).await,
            ProviderKind::GitHub => github::redeem(asked, &redirect_uri, redemption).await,
        };
        self.upstream.ask(provider, &*self.clock, Who::ComingBack, work).await
    }

    async fn check_id_token(
        &self,
        provider: &ProviderName,
        id_token: &SecretText,
        nonce: &SecretText,
    ) -> Result<ShownIdToken, UpstreamError> {
        let work = async |provider: &Provider, asked: Asked<'_>| {
            if !asked.settings.kind.gives_id_tokens() {
                return Err(untrusted("this provider gives no ID tokens out"));
            }
            provider.openid.check_id_token(asked, id_token, nonce).await
        };
        self.upstream.ask(provider, &*self.clock, Who::Anybody, work).await
    }
}

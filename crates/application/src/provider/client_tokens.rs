//! Tokens of clients: given to them for themselves, asked about, and ended by them.

use super::client_calls::KnownClient;
use super::target::{Target, TargetError, named_resource};
use crate::actor::By;
use crate::ports::{
    ClientAccessClaims, ClientTokenOutcome, ProviderTokens, SignatureError, StoreError, Subject, TokenError,
};
use crate::replica::Registry;
use crate::unit_of_work::UnitsOfWork;
use anyhow::anyhow;
use async_trait::async_trait;
use chrono::{SubsecRound as _, TimeDelta};
use portcullis_domain::{FamilyId, Generation, Origin, ResourceSettings, Revocation, SecretText, TokenId};
use portcullis_oauth2::{GrantType, ScopeSet};
use shaku::{Component, Interface};
use std::sync::Arc;
use std::time::Duration;

/// How far the clocks of two servers may be apart: one may have registered a resource, and another signed the first token for it.
const CLOCK_TOLERANCE: TimeDelta = TimeDelta::minutes(1);

/// Tokens of clients.
#[async_trait]
pub trait ClientTokens: Interface {
    /// A token for the client itself (RFC 6749, section 4.4). Nothing of it is stored.
    async fn client_credentials(
        &self,
        client: &KnownClient,
        asked: AskedTarget,
        origin: &Origin,
    ) -> Result<ClientToken, ClientCredentialsError>;

    /// What an access token says that counts and is this client's business: it was given to it, or is for its resource
    /// (RFC 7662, section 2). `None` for anything else, whatever it is.
    async fn introspect(
        &self,
        client: &KnownClient,
        token: &SecretText,
        origin: &Origin,
    ) -> Result<Option<ClientAccessClaims>, IntrospectionError>;

    /// Ends an access token of this client, with all that go with it (RFC 7009, section 2.1). Anything else is of no use to it
    /// already.
    async fn revoke(&self, client: &KnownClient, token: &SecretText, origin: Origin) -> Result<(), StoreError>;
}

/// What a token is asked for.
#[derive(Debug, Clone, Default)]
pub struct AskedTarget {
    /// `scope`; `None` where it is left out.
    pub scopes: Option<ScopeSet>,
    /// `resource`, each time that it stands there.
    pub resources: Vec<String>,
}

/// What a client is given.
#[derive(Debug)]
pub struct ClientToken {
    /// The access token.
    pub access_token: SecretText,
    /// How long it lives.
    pub expires_in: Duration,
    /// What it allows, which may be less than was asked for (RFC 6749, section 3.3).
    pub scopes: ScopeSet,
}

/// Why a client is given no token for itself.
#[derive(Debug, thiserror::Error)]
pub enum ClientCredentialsError {
    /// It may not ask for itself, or did not show who it is.
    #[error("the client may not ask for itself: it is public, or client_credentials is none of its grant types")]
    Unauthorized,
    /// What it asks for can't be granted.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The token was not signed.
    #[error(transparent)]
    Signature(#[from] SignatureError),
}

/// Why nobody tells what a token says.
#[derive(Debug, thiserror::Error)]
pub enum IntrospectionError {
    /// A public client asks, which anybody could be.
    #[error("only a client that shows who it is may ask")]
    Public,
    /// Nobody can tell at present.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// [`ClientTokens`] by this server's memory.
#[derive(Component)]
#[shaku(interface = ClientTokens)]
pub struct ClientTokensService {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
    #[shaku(inject)]
    tokens: Arc<dyn ProviderTokens>,
}

#[async_trait]
impl ClientTokens for ClientTokensService {
    async fn client_credentials(
        &self,
        client: &KnownClient,
        asked: AskedTarget,
        origin: &Origin,
    ) -> Result<ClientToken, ClientCredentialsError> {
        let given = self.give(client, asked).await;
        let outcome = match &given {
            Ok(_) => ClientTokenOutcome::Success,
            Err(ClientCredentialsError::Unauthorized | ClientCredentialsError::Target(_)) => {
                ClientTokenOutcome::Refused
            }
            Err(ClientCredentialsError::Signature(SignatureError::NotReady | SignatureError::Busy)) => {
                ClientTokenOutcome::Busy
            }
            Err(ClientCredentialsError::Signature(SignatureError::Unexpected(_))) => ClientTokenOutcome::Failed,
        };
        self.units
            .meter
            .client_token_ended(GrantType::ClientCredentials, outcome);
        if let Err(error) = &given {
            self.explain_refusal(client, error, origin);
        }
        given
    }

    async fn introspect(
        &self,
        client: &KnownClient,
        token: &SecretText,
        origin: &Origin,
    ) -> Result<Option<ClientAccessClaims>, IntrospectionError> {
        if !client.has_shown_who_it_is() {
            let error = IntrospectionError::Public;
            self.units.explain(origin, Some(client.id()), "invalid_client", &error);
            return Err(error);
        }
        let Some(claims) = self.genuine_claims(token)? else {
            return Ok(None);
        };
        let is_business_of = claims.client_id == *client.id() || is_owner(client, &claims);
        Ok(if is_business_of && self.counts(client, &claims)? {
            Some(claims)
        } else {
            None
        })
    }

    async fn revoke(&self, client: &KnownClient, token: &SecretText, origin: Origin) -> Result<(), StoreError> {
        let claims = self.genuine_claims(token)?;
        let Some(claims) = claims.filter(|claims| claims.client_id == *client.id()) else {
            return Ok(());
        };
        let (family, generation) = family_of(&claims);
        let revocation = Revocation {
            family,
            generation,
            until: match claims.grant {
                // Another one of its grant may have been issued just now.
                Some(_) => self.units.now() + ResourceSettings::LONGEST_ACCESS_LIFE,
                None => claims.expires_at,
            },
        };
        self.units
            .write(By::Anybody(origin), move |unit| unit.revoke(revocation))
            .await
    }
}

impl ClientTokensService {
    /// Tells the log and administrators why there is no token, where the client did something wrong.
    fn explain_refusal(&self, client: &KnownClient, error: &ClientCredentialsError, origin: &Origin) {
        let name = match error {
            ClientCredentialsError::Unauthorized => "unauthorized_client",
            ClientCredentialsError::Target(error) => error.name(),
            ClientCredentialsError::Signature(_) => return,
        };
        self.units.explain(origin, Some(client.id()), name, error);
    }

    async fn give(&self, client: &KnownClient, asked: AskedTarget) -> Result<ClientToken, ClientCredentialsError> {
        let settings = client.settings();
        if !client.has_shown_who_it_is() || !settings.may_use(GrantType::ClientCredentials) {
            return Err(ClientCredentialsError::Unauthorized);
        }
        let named = named_resource(&asked.resources)?;
        let target = Target::of_client(client.registry(), settings, named.as_ref(), asked.scopes.as_ref())?;
        let (now, resource) = (self.units.now().trunc_subsecs(0), &target.resource.settings);
        let claims = ClientAccessClaims {
            token_id: TokenId::new(now, self.units.random()),
            subject: Subject::Client,
            audience: resource.uri.to_string(),
            client_id: client.id().clone(),
            scopes: target.scopes,
            grant: None,
            client_generation: client.registered().client.token_generation,
            proven: None,
            issued_at: now,
            expires_at: now + resource.access_life,
        };
        Ok(ClientToken {
            access_token: self.tokens.issue(resource.alg, &claims).await?,
            expires_in: resource.access_life.to_std().unwrap_or_default(),
            scopes: claims.scopes,
        })
    }

    /// What the token says, if it is one of a client, is genuine and has not expired.
    fn genuine_claims(&self, token: &SecretText) -> Result<Option<ClientAccessClaims>, StoreError> {
        match self.tokens.verify(token.expose(), self.units.now()) {
            Ok(claims) => Ok(Some(claims)),
            Err(TokenError::Invalid) => Ok(None),
            // The keys are read before the memory is trusted again, so a trusted memory knows every key that signs.
            Err(TokenError::UnknownKey) if self.units.replica.revocations.is_trusted(self.units.moment()) => {
                Ok(self.tokens.verify(token.expose(), self.units.now()).ok())
            }
            Err(TokenError::UnknownKey) => Err(out_of_touch()),
            Err(TokenError::Unexpected(error)) => Err(StoreError::Unexpected(error)),
        }
    }

    /// Whether nothing has ended it: neither a revocation nor what became of its client or of its resource, by the registry of the
    /// caller.
    fn counts(&self, caller: &KnownClient, claims: &ClientAccessClaims) -> Result<bool, StoreError> {
        if !self.is_for_something(caller.registry(), claims) {
            return Ok(false);
        }
        let holder = caller.registry().enabled_client(&claims.client_id);
        let is_of_client = holder.is_some_and(|holder| holder.client.token_generation <= claims.client_generation);
        let client = (FamilyId::of_client(claims.client_id.as_str()), claims.client_generation);
        let is_revoked =
            self.units
                .replica
                .revocations
                .judge(self.units.moment(), &[family_of(claims), client], claims.issued_at);
        Ok(is_of_client && !is_revoked.ok_or_else(out_of_touch)?)
    }
}

impl ClientTokensService {
    /// Whether what the token is for is there, and has been since before the token: the URI of a resource that was removed may be
    /// somebody else's by now.
    fn is_for_something(&self, registry: &Registry, claims: &ClientAccessClaims) -> bool {
        let resource = registry.resource(&claims.audience);
        if resource.is_some_and(|resource| resource.created_at - CLOCK_TOLERANCE <= claims.issued_at) {
            return true;
        }
        let issuer = self.units.provider.issuer();
        issuer.is_some_and(|issuer| issuer.link_to("/oauth2/userinfo") == claims.audience)
    }
}

/// The family that a token ends with: its grant's; of one that a client was given for itself, its own.
fn family_of(claims: &ClientAccessClaims) -> (FamilyId, Generation) {
    claims
        .grant
        .unwrap_or_else(|| (claims.token_id.into(), Generation::FIRST))
}

/// Whether the token is for a resource of that client.
fn is_owner(client: &KnownClient, claims: &ClientAccessClaims) -> bool {
    let resource = client.registry().resource(&claims.audience);
    resource.is_some_and(|resource| resource.settings.owner.as_ref() == Some(client.id()))
}

fn out_of_touch() -> StoreError {
    StoreError::Unavailable(anyhow!(
        "this server has not heard from the store for more than a second"
    ))
}

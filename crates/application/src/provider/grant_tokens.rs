//! Tokens of grants: a code is redeemed (RFC 6749, section 4.1.3), and refreshed (section 6); and what becomes of refresh tokens
//! that are asked about (RFC 7662) and given back (RFC 7009).

mod invalid_grant;
mod issue;
mod redeem;
mod refresh;
mod still_granted;

pub use invalid_grant::InvalidGrant;
pub use issue::GrantedTokens;

use super::client_calls::KnownClient;
use super::client_tokens::IntrospectionError;
use super::subjects::subject_of;
use super::target::TargetError;
use crate::actor::By;
use crate::ports::{ClientTokenOutcome, GrantInUse, GrantSecrets, ProviderTokens, SignatureError, StoreError};
use crate::replica::ClientWarning;
use crate::unit_of_work::UnitsOfWork;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use issue::USERINFO_LIFE;
use portcullis_domain::{
    AuditReason, Grant, GrantPolicy, GrantSecret, GrantSecretKind, Origin, Presented, SecretText, TokenPolicy,
};
use portcullis_oauth2::{GrantType, ScopeSet};
use shaku::{Component, Interface};
use std::sync::Arc;

/// Tokens of grants.
#[async_trait]
pub trait GrantTokens: Interface {
    /// Redeems a code.
    async fn redeem(
        &self,
        client: &KnownClient,
        attempt: Redemption,
        origin: Origin,
    ) -> Result<GrantedTokens, GrantTokensError>;

    /// Refreshes.
    async fn refresh(
        &self,
        client: &KnownClient,
        attempt: GrantRefresh,
        origin: Origin,
    ) -> Result<GrantedTokens, GrantTokensError>;

    /// What a refresh token of this client is good for (RFC 7662, section 2). `None` for anything else, whatever it is.
    async fn introspect(
        &self,
        client: &KnownClient,
        token: &SecretText,
    ) -> Result<Option<RefreshableGrant>, IntrospectionError>;

    /// Ends the grant of a refresh token of this client, with all that it gave out (RFC 7009, section 2.1). Anything else is of
    /// no use to it already.
    async fn revoke(&self, client: &KnownClient, token: &SecretText, origin: Origin) -> Result<(), StoreError>;
}

/// What is shown to redeem a code.
#[derive(Debug)]
pub struct Redemption {
    /// The code.
    pub code: SecretText,
    /// Where it was sent.
    pub redirect_uri: Option<String>,
    /// Its verifier.
    pub verifier: Option<SecretText>,
    /// `resource`, each time that it stands there.
    pub resources: Vec<String>,
}

/// What is shown to refresh.
#[derive(Debug)]
pub struct GrantRefresh {
    /// The refresh token.
    pub token: SecretText,
    /// The scopes that the access token shall have; all where it is left out.
    pub scopes: Option<ScopeSet>,
    /// `resource`, each time that it stands there.
    pub resources: Vec<String>,
}

/// What a refresh token is good for.
#[derive(Debug)]
pub struct RefreshableGrant {
    /// The scopes.
    pub scopes: ScopeSet,
    /// The client's name of the user.
    pub subject: String,
    /// When the code was redeemed.
    pub issued_at: DateTime<Utc>,
    /// When it ends, unless it is refreshed.
    pub expires_at: DateTime<Utc>,
}

/// Why no tokens are given.
#[derive(Debug, thiserror::Error)]
pub enum GrantTokensError {
    /// The client may not use this grant type.
    #[error("the client may not use this grant type")]
    Unauthorized,
    /// The code or token is unknown, another client's, used or over, or what it came from has ended. Nobody is told which.
    #[error("the code or token is not valid for this client: {0}")]
    InvalidGrant(#[from] InvalidGrant),
    /// What is asked for was not granted.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// Nobody can tell at present.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The tokens were not signed.
    #[error(transparent)]
    Signature(#[from] SignatureError),
}

/// [`GrantTokens`] in units of work.
#[derive(Component)]
#[shaku(interface = GrantTokens)]
pub struct GrantTokensService {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
    #[shaku(inject)]
    tokens: Arc<dyn ProviderTokens>,
    #[shaku(inject)]
    secrets: Arc<dyn GrantSecrets>,
}

#[async_trait]
impl GrantTokens for GrantTokensService {
    async fn redeem(
        &self,
        client: &KnownClient,
        attempt: Redemption,
        origin: Origin,
    ) -> Result<GrantedTokens, GrantTokensError> {
        let given = self.try_to_redeem(client, attempt, origin.clone()).await;
        self.count(GrantType::AuthorizationCode, &given);
        self.explain_refusal(client, &given, &origin);
        given
    }

    async fn refresh(
        &self,
        client: &KnownClient,
        attempt: GrantRefresh,
        origin: Origin,
    ) -> Result<GrantedTokens, GrantTokensError> {
        let given = self.try_to_refresh(client, attempt, origin.clone()).await;
        self.count(GrantType::RefreshToken, &given);
        self.explain_refusal(client, &given, &origin);
        given
    }

    async fn introspect(
        &self,
        client: &KnownClient,
        token: &SecretText,
    ) -> Result<Option<RefreshableGrant>, IntrospectionError> {
        if !client.has_shown_who_it_is() {
            return Err(IntrospectionError::Public);
        }
        let Some((shown, held)) = self.find_own(client, token).await? else {
            return Ok(None);
        };
        let (grant, now, lives) = (&held.grant, self.units.now(), self.lives(&held.grant));
        let counts = match grant.present(shown.generation, now, &lives) {
            Presented::Current | Presented::JustRotated => true,
            Presented::BroughtBack | Presented::Over | Presented::Reused => false,
        };
        let still = still_granted::is_live_at_refresh(&held, now, &self.units.policy)
            .and_then(|()| still_granted::has_enrolled(&held, &self.units))
            .and_then(|()| still_granted::scopes(client, &held, now));
        Ok(still.ok().filter(|_| counts).map(|scopes| RefreshableGrant {
            scopes,
            subject: subject_of(&held.user),
            issued_at: grant.redeemed_at.unwrap_or(grant.rotation.created_at),
            expires_at: grant.rotation.ends_at(&lives),
        }))
    }

    async fn revoke(&self, client: &KnownClient, token: &SecretText, origin: Origin) -> Result<(), StoreError> {
        if let Some((_, held)) = self.find_own(client, token).await? {
            self.end(client, &held.grant, AuditReason::ClientRequest, origin)
                .await?;
        }
        Ok(())
    }
}

impl GrantTokensService {
    fn allow(&self, client: &KnownClient, grant: GrantType) -> Result<(), GrantTokensError> {
        if !client.settings().may_use(grant) {
            return Err(GrantTokensError::Unauthorized);
        }
        if self.tokens.are_ready() {
            Ok(())
        } else {
            Err(SignatureError::NotReady.into())
        }
    }

    /// How long the grant's refresh tokens live.
    fn lives(&self, grant: &Grant) -> TokenPolicy {
        GrantPolicy::of(self.units.policy).tokens(grant.granted.life, USERINFO_LIFE)
    }

    /// The grant of a genuine code or token, and what it hangs on, in one read.
    async fn find(
        &self,
        kind: GrantSecretKind,
        text: &SecretText,
    ) -> Result<Option<(GrantSecret, GrantInUse)>, StoreError> {
        let Some(shown) = self.secrets.read(kind, text.expose()) else {
            return Ok(None);
        };
        let id = shown.grant;
        let found = self
            .units
            .look_up(move |repositories| repositories.grants().find_in_use(id));
        let found: Result<_, StoreError> = found.await;
        let genuine = found?.filter(|held| self.secrets.is_genuine(&shown, &held.grant.rotation.seed));
        Ok(genuine.map(|held| (shown, held)))
    }

    /// The same of a refresh token that this client was given.
    async fn find_own(
        &self,
        client: &KnownClient,
        token: &SecretText,
    ) -> Result<Option<(GrantSecret, GrantInUse)>, StoreError> {
        let found = self.find(GrantSecretKind::RefreshToken, token).await?;
        Ok(found.filter(|(_, held)| held.grant.granted.client == client.registered().client.id))
    }

    /// Ends a grant that this client, or who says to be, showed something of; unless it was ended before.
    async fn end(
        &self,
        client: &KnownClient,
        grant: &Grant,
        reason: AuditReason,
        origin: Origin,
    ) -> Result<(), StoreError> {
        let (id, redeemed_at) = (grant.id, grant.redeemed_at);
        let is_own = client.registered().client.id == grant.granted.client;
        let client_id = is_own.then(|| client.id().clone());
        let ended = self.units.write(By::Anybody(origin), move |unit| {
            Ok::<_, StoreError>(match unit.grants().find(id)? {
                Some(grant) => unit.end_grant(&grant, client_id, reason)?,
                None => false,
            })
        });
        let ended = ended.await?;
        // Callbacks that run twice in a browser redeem a code twice within a moment: this tells who looks after the client.
        let milliseconds_since_redemption = redeemed_at.map(|at| (self.units.now() - at).num_milliseconds());
        if is_own && reason == AuditReason::CodeReused {
            let own = client.registered().client.id;
            self.units
                .warn_of(own, ClientWarning::CodeRedeemedTwice, milliseconds_since_redemption);
        }
        tracing::warn!(grant_id = %id, %reason, ended, milliseconds_since_redemption, "a grant ends for what was shown");
        Ok(())
    }

    /// Tells the log and administrators why there are no tokens, where the client did something wrong.
    fn explain_refusal(&self, client: &KnownClient, given: &Result<GrantedTokens, GrantTokensError>, origin: &Origin) {
        let Err(error) = given else { return };
        let name = match error {
            GrantTokensError::Unauthorized => "unauthorized_client",
            GrantTokensError::InvalidGrant(_) => "invalid_grant",
            GrantTokensError::Target(error) => error.name(),
            GrantTokensError::Store(_) | GrantTokensError::Signature(_) => return,
        };
        self.units.explain(origin, Some(client.id()), name, error);
    }

    fn count(&self, grant: GrantType, given: &Result<GrantedTokens, GrantTokensError>) {
        let outcome = match given {
            Ok(_) => ClientTokenOutcome::Success,
            Err(GrantTokensError::Unauthorized | GrantTokensError::InvalidGrant(_) | GrantTokensError::Target(_)) => {
                ClientTokenOutcome::Refused
            }
            Err(
                GrantTokensError::Signature(SignatureError::NotReady | SignatureError::Busy)
                | GrantTokensError::Store(StoreError::Busy),
            ) => ClientTokenOutcome::Busy,
            Err(GrantTokensError::Signature(SignatureError::Unexpected(_)) | GrantTokensError::Store(_)) => {
                ClientTokenOutcome::Failed
            }
        };
        self.units.meter.client_token_ended(grant, outcome);
    }
}

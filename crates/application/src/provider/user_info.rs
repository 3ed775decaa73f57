//! What a client learns of a user who let it (OpenID Connect Core, section 5.3).

use super::subjects::subject_of;
use super::told_claims::claims_of;
use crate::ports::{ClientAccessClaims, ProviderTokens, StoreError, Subject, TokenError};
use crate::unit_of_work::UnitsOfWork;
use anyhow::anyhow;
use async_trait::async_trait;
use portcullis_domain::{ClientRoles, FamilyId, GrantId, SecretText};
use portcullis_oauth2::ScopeName;
use serde_json::{Map, Value};
use shaku::{Component, Interface};
use std::sync::Arc;

/// What a client learns of a user.
#[async_trait]
pub trait UserInfo: Interface {
    /// The claims of the token's scopes, as they are now, and `sub`.
    async fn claims(&self, token: &SecretText) -> Result<Map<String, Value>, UserInfoError>;
}

/// Why it learns nothing.
#[derive(Debug, thiserror::Error)]
pub enum UserInfoError {
    /// The token is none, has ended, or is for something else.
    #[error("the access token is not valid here")]
    Invalid,
    /// The token does not say who the user is.
    #[error("the access token lacks the scope openid")]
    InsufficientScope,
    /// Nobody can tell at present.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// [`UserInfo`] by this server's memory and one read.
#[derive(Component)]
#[shaku(interface = UserInfo)]
pub struct UserInfoService {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
    #[shaku(inject)]
    tokens: Arc<dyn ProviderTokens>,
}

#[async_trait]
impl UserInfo for UserInfoService {
    async fn claims(&self, token: &SecretText) -> Result<Map<String, Value>, UserInfoError> {
        let claims = self.genuine(token)?;
        let registry = self.units.replica.clients.registry(self.units.moment());
        let registry = registry.ok_or_else(out_of_touch)?;
        let client = registry
            .enabled_client(&claims.client_id)
            .ok_or(UserInfoError::Invalid)?;
        let (family, generation) = claims.grant.ok_or(UserInfoError::Invalid)?;
        let of_client = (FamilyId::of_client(claims.client_id.as_str()), claims.client_generation);
        let families = [(family, generation), of_client];
        let is_revoked = self
            .units
            .replica
            .revocations
            .judge(self.units.moment(), &families, claims.issued_at);
        if is_revoked.ok_or_else(out_of_touch)? || claims.client_generation < client.client.token_generation {
            return Err(UserInfoError::Invalid);
        }
        if !claims.scopes.contains(ScopeName::OPENID) {
            return Err(UserInfoError::InsufficientScope);
        }
        let id = GrantId::from(family.as_uuid());
        let found = self
            .units
            .look_up(move |repositories| repositories.grants().find_in_use(id));
        let found: Result<_, StoreError> = found.await;
        let in_use = found?.ok_or(UserInfoError::Invalid)?;
        let owes_factor = self.units.standing(&in_use.user).is_owing();
        if in_use.grant.ended.is_some() || !in_use.user.is_active || owes_factor {
            return Err(UserInfoError::Invalid);
        }
        let roles = in_use.member.map_or_else(ClientRoles::default, |member| member.roles);
        let asked = in_use.grant.granted.claims.of_userinfo();
        let settings = &client.client.settings;
        let scopes = claims.scopes.filtered(|name| settings.scopes.contains(name.as_str()));
        let mut told = claims_of(&in_use.user, &roles, settings, &scopes, asked);
        told.insert("sub".to_owned(), Value::String(subject_of(&in_use.user)));
        Ok(told)
    }
}

impl UserInfoService {
    /// What a genuine token says that is for this endpoint and about a user.
    fn genuine(&self, token: &SecretText) -> Result<ClientAccessClaims, UserInfoError> {
        let now = self.units.now();
        let claims = match self.tokens.verify(token.expose(), now) {
            Ok(claims) => claims,
            Err(TokenError::Invalid) => return Err(UserInfoError::Invalid),
            Err(TokenError::UnknownKey) if self.units.replica.revocations.is_trusted(self.units.moment()) => {
                // The keys are read before the memory is trusted again.
                let read_since = self.tokens.verify(token.expose(), now);
                read_since.map_err(|_| UserInfoError::Invalid)?
            }
            Err(TokenError::UnknownKey) => return Err(out_of_touch().into()),
            Err(TokenError::Unexpected(error)) => return Err(StoreError::Unexpected(error).into()),
        };
        let here = self
            .units
            .provider
            .issuer()
            .map(|issuer| issuer.link_to("/oauth2/userinfo"));
        match claims.subject {
            Subject::User(_) if here.as_deref() == Some(claims.audience.as_str()) => Ok(claims),
            Subject::User(_) | Subject::Client => Err(UserInfoError::Invalid),
        }
    }
}

fn out_of_touch() -> StoreError {
    StoreError::Unavailable(anyhow!(
        "this server has not heard from the store for more than a second"
    ))
}

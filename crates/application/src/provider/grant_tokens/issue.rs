//! The tokens of one answer: for which resource, what they say, signed.

use super::{GrantTokensError, GrantTokensService};
use crate::ports::{ClientAccessClaims, GrantInUse, IdClaims, Subject};
use crate::provider::client_calls::KnownClient;
use crate::provider::subjects::{session_name, subject_of};
use crate::provider::target::{TargetError, named_resource, only_resource_of};
use crate::provider::told_claims::{claims_of, proven};
use crate::replica::Registry;
use chrono::{SubsecRound as _, TimeDelta};
use portcullis_domain::{
    ClientRoles, Grant, GrantPolicy, GrantSecretKind, Resource, SecretText, SigningAlgorithm, StandardScope, TokenId,
    TokenPolicy,
};
use portcullis_oauth2::{ResourceUri, ScopeName, ScopeSet};
use std::sync::Arc;
use std::time::Duration;

/// How long an access token lives that asks who the user is.
pub(super) const USERINFO_LIFE: TimeDelta = TimeDelta::minutes(10);

/// What a client is given (RFC 6749, section 5.1).
#[derive(Debug)]
pub struct GrantedTokens {
    /// The access token.
    pub access_token: SecretText,
    /// How long it lives.
    pub expires_in: Duration,
    /// What it allows.
    pub scopes: ScopeSet,
    /// What is shown for the next one.
    pub refresh_token: Option<SecretText>,
    /// Who signed in (OpenID Connect Core, section 2).
    pub id_token: Option<SecretText>,
}

/// What is to be issued, known before anything is written.
pub(super) struct Planned {
    resource: Option<Arc<Resource>>,
    scopes: ScopeSet,
    /// Whether the user's name at this client is told.
    has_openid: bool,
    granted: ScopeSet,
    pub(super) lives: TokenPolicy,
}

impl GrantTokensService {
    /// One token is for one resource: the one that is named, else the one of the scopes, else userinfo.
    pub(super) fn plan(
        &self,
        client: &KnownClient,
        held: &GrantInUse,
        granted: &ScopeSet,
        asked: Option<&ScopeSet>,
        named: &[String],
    ) -> Result<Planned, GrantTokensError> {
        let registry = client.registry();
        if asked.is_some_and(|asked| !asked.is_subset(granted)) {
            return Err(TargetError::MoreThanGranted.into());
        }
        let wanted = asked.unwrap_or(granted);
        let of_grant = &held.grant.granted;
        let resource = match named_resource(named)? {
            Some(uri) if self.is_userinfo(&uri) => None,
            Some(uri) if of_grant.resources.contains(&uri) => {
                Some(registry.resource(uri.as_str()).ok_or(TargetError::UnknownResource)?)
            }
            Some(_) => return Err(TargetError::ResourceNotGranted.into()),
            None => match (of_grant.resources.as_slice(), asked) {
                ([], _) => None,
                ([uri], None) => Some(registry.resource(uri.as_str()).ok_or(TargetError::UnknownResource)?),
                _ => only_resource_of(registry, wanted)?,
            },
        };
        let resource = resource.map(Arc::clone);
        let scopes = wanted.filtered(|name| belongs_to(registry, resource.as_deref(), name));
        if scopes.is_empty() && !wanted.is_empty() {
            // A token that allows nothing would still name its audience.
            return Err(TargetError::InvalidScope.into());
        }
        let access = resource
            .as_ref()
            .map_or(USERINFO_LIFE, |resource| resource.settings.access_life);
        Ok(Planned {
            scopes,
            has_openid: granted.contains(ScopeName::OPENID),
            granted: granted.clone(),
            lives: GrantPolicy::of(self.units.policy).tokens(of_grant.life, access),
            resource,
        })
    }

    /// Signs what was planned, for a grant as it was written.
    pub(super) async fn issue(
        &self,
        client: &KnownClient,
        held: &GrantInUse,
        grant: &Grant,
        planned: Planned,
        nonce: Option<String>,
    ) -> Result<GrantedTokens, GrantTokensError> {
        let now = self.units.now().trunc_subsecs(0);
        // Never beyond what the grant was written with: where it ends, its access tokens are remembered as long as that. A
        // successor that is given once more is not written anew.
        let expires_at = (now + planned.lives.access_token_life).min(grant.rotation.access_until.trunc_subsecs(0));
        let userinfo = self.userinfo();
        let audience = planned
            .resource
            .as_ref()
            .map_or(userinfo, |resource| resource.settings.uri.to_string());
        let algorithm = planned
            .resource
            .as_ref()
            .map_or(SigningAlgorithm::Es256, |resource| resource.settings.alg);
        let granted = &grant.granted;
        let claims = ClientAccessClaims {
            token_id: TokenId::new(now, self.units.random()),
            subject: Subject::User(subject_of(&held.user)),
            audience,
            client_id: client.id().clone(),
            scopes: planned.scopes.clone(),
            grant: Some((grant.family(), grant.rotation.generation)),
            client_generation: client.registered().client.token_generation,
            proven: Some(proven(&granted.authentication)),
            issued_at: now,
            expires_at,
        };
        let access_token = self.tokens.issue(algorithm, &claims).await?;
        let id_token = if planned.has_openid {
            let claims = self.id_claims(client, held, grant, &planned, nonce);
            let algorithm = client.settings().id_token_alg;
            Some(self.tokens.issue_id_token(algorithm, &claims, &access_token).await?)
        } else {
            None
        };
        let refresh_token = granted.is_refreshable.then(|| {
            let rotation = &grant.rotation;
            self.secrets.issue(
                GrantSecretKind::RefreshToken,
                grant.id,
                rotation.generation,
                &rotation.seed,
            )
        });
        Ok(GrantedTokens {
            access_token,
            expires_in: (expires_at - now).to_std().unwrap_or_default(),
            scopes: planned.scopes,
            refresh_token,
            id_token,
        })
    }

    fn id_claims(
        &self,
        client: &KnownClient,
        held: &GrantInUse,
        grant: &Grant,
        planned: &Planned,
        nonce: Option<String>,
    ) -> IdClaims {
        let (settings, now) = (client.settings(), self.units.now().trunc_subsecs(0));
        // A client that takes an API's token can't ask with it who the user is.
        let is_told_here = settings.claims_in_id_token || planned.resource.is_some();
        let scopes = if is_told_here {
            planned.granted.clone()
        } else {
            ScopeSet::default()
        };
        let roles = held
            .member
            .as_ref()
            .map_or_else(ClientRoles::default, |member| member.roles.clone());
        let asked = grant.granted.claims.of_id_token();
        IdClaims {
            subject: subject_of(&held.user),
            client_id: client.id().clone(),
            nonce,
            proven: proven(&grant.granted.authentication),
            session: held.session.as_ref().map(|session| session_name(session, client.id())),
            of_user: claims_of(&held.user, &roles, settings, &scopes, asked),
            issued_at: now,
            expires_at: now + settings.id_token_life,
        }
    }

    fn is_userinfo(&self, uri: &ResourceUri) -> bool {
        uri.as_str() == self.userinfo()
    }

    fn userinfo(&self) -> String {
        let issuer = self.units.provider.issuer();
        issuer.map_or_else(String::new, |issuer| issuer.link_to("/oauth2/userinfo"))
    }
}

/// Whether a token for that resource, or for userinfo, has that scope.
fn belongs_to(registry: &Registry, resource: Option<&Resource>, name: &ScopeName) -> bool {
    match resource {
        Some(resource) => registry.resource_of(name).is_some_and(|of| of.id == resource.id),
        None => StandardScope::named(name).is_some(),
    }
}

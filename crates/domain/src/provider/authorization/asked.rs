//! What a request comes to, for a client that may ask for this and not for that.

use super::{Catalogue, fault};
use crate::{Client, Pkce, StandardScope};
use portcullis_oauth2::{
    Asked, AuthorizationErrorCode as Code, ClaimsRequest, GrantType, RequestFault, ResourceUri, ScopeName, ScopeSet,
};

/// What a request comes to: what the user is asked for, and what the client is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asking {
    /// The scopes.
    pub scopes: ScopeSet,
    /// What the user must agree to: the scopes, and those that carry the claims asked for one by one.
    pub agreed_to: ScopeSet,
    /// The resources.
    pub resources: Vec<ResourceUri>,
    /// Single claims, without those that the client may not have.
    pub claims: ClaimsRequest,
}

impl Asking {
    /// Whether the client gets access while the user is away.
    #[must_use]
    pub fn is_offline(&self) -> bool {
        self.scopes.contains(ScopeName::OFFLINE_ACCESS)
    }
}

/// Judges what is asked by what the client may have.
pub(super) fn judge(asked: &Asked, client: &Client, catalogue: &dyn Catalogue) -> Result<Asking, RequestFault> {
    if !client.settings.may_use(GrantType::AuthorizationCode) {
        return Err(fault(
            Code::UnauthorizedClient,
            "this client may not use the authorization code",
        ));
    }
    let is_challenge_needed = client.settings.pkce == Pkce::Required || !client.settings.is_confidential();
    if is_challenge_needed && asked.code_challenge.is_none() {
        return Err(fault(
            Code::InvalidRequest,
            "code_challenge is missing; this client must use PKCE with S256",
        ));
    }
    if asked.resources.iter().any(|uri| catalogue.resource(uri).is_none()) {
        return Err(fault(Code::InvalidTarget, "there is no such resource"));
    }
    let scopes = scopes(asked, client, catalogue)?;
    let claims = asked
        .claims
        .clone()
        .filtered(|name| StandardScope::carrying(name).is_none_or(|scope| client_may(client, scope)));
    let names = claims.of_userinfo().chain(claims.of_id_token());
    let carriers = names
        .filter_map(StandardScope::carrying)
        .filter_map(|scope| scope.as_str().parse().ok());
    let agreed_to = scopes.union(&carriers.collect());
    let resources = if asked.resources.is_empty() {
        implied(&scopes, catalogue)
    } else {
        asked.resources.clone()
    };
    Ok(Asking {
        scopes,
        agreed_to,
        resources,
        claims,
    })
}

fn scopes(asked: &Asked, client: &Client, catalogue: &dyn Catalogue) -> Result<ScopeSet, RequestFault> {
    let is_known = |name: &ScopeName| StandardScope::named(name).is_some() || catalogue.resource_of(name).is_some();
    let wanted = match &asked.scope {
        // Unknown names are dropped, and the answer says what was granted (RFC 6749, section 3.3).
        Some(scopes) => scopes.filtered(is_known),
        None => defaults(asked, client, catalogue),
    };
    if !wanted.is_subset(&client.settings.scopes) {
        return Err(fault(Code::InvalidScope, "this client may not have one of the scopes"));
    }
    let may_be_refreshed = client.settings.may_use(GrantType::RefreshToken);
    let is_of_a_named_resource = |name: &ScopeName| {
        asked.resources.is_empty()
            || catalogue
                .resource_of(name)
                .is_none_or(|resource| asked.resources.contains(&resource.settings.uri))
    };
    let granted = wanted.filtered(|name| {
        is_of_a_named_resource(name) && (may_be_refreshed || name.as_str() != ScopeName::OFFLINE_ACCESS)
    });
    if granted.is_empty() {
        return Err(fault(Code::InvalidScope, "scope names none that there is"));
    }
    Ok(granted)
}

/// What is meant where no scope is named: the usual ones of the resources that are.
fn defaults(asked: &Asked, client: &Client, catalogue: &dyn Catalogue) -> ScopeSet {
    let resources = asked.resources.iter().filter_map(|uri| catalogue.resource(uri));
    let scopes = resources.flat_map(|resource| &resource.settings.scopes);
    let defaults = scopes.filter(|scope| scope.is_default && client.settings.scopes.contains(scope.name.as_str()));
    defaults.map(|scope| scope.name.clone()).collect()
}

/// The resources that have these scopes, each once.
fn implied(scopes: &ScopeSet, catalogue: &dyn Catalogue) -> Vec<ResourceUri> {
    let mut uris: Vec<ResourceUri> = scopes
        .iter()
        .filter_map(|name| Some(catalogue.resource_of(name)?.settings.uri.clone()))
        .collect();
    uris.sort();
    uris.dedup();
    uris
}

fn client_may(client: &Client, scope: StandardScope) -> bool {
    client.settings.scopes.contains(scope.as_str())
}

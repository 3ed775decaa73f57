//! What a token is for: one resource and its scopes (RFC 8707; RFC 6749, section 3.3).

use crate::replica::Registry;
use portcullis_domain::{ClientSettings, Resource, StandardScope};
use portcullis_oauth2::{ResourceUri, ScopeName, ScopeSet};
use std::sync::Arc;

/// A resource and those of its scopes that a token allows.
#[derive(Debug, Clone)]
pub struct Target {
    /// The resource.
    pub resource: Arc<Resource>,
    /// Its scopes.
    pub scopes: ScopeSet,
}

/// Why nothing is granted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// No such resource, or no URI of one (RFC 8707, section 2).
    #[error("no resource has that URI")]
    UnknownResource,
    /// A token is for one resource.
    #[error("a token is for one resource")]
    SeveralResources,
    /// The scopes belong to these resources, and none was named.
    #[error("the scopes belong to several resources")]
    ScopesOfSeveral(Vec<ResourceUri>),
    /// Nothing is left of what was asked for: there are no such scopes, or they are of another resource.
    #[error("nothing of that scope can be granted")]
    InvalidScope,
    /// There is such a scope, and this client may not have it.
    #[error("the client may not have one of the scopes")]
    ScopeOfOthers,
    /// There is such a scope, and it was not granted.
    #[error("the scope asks for more than was granted")]
    MoreThanGranted,
    /// There may be such a resource, and it was not granted.
    #[error("the resource is none of those that were granted")]
    ResourceNotGranted,
    /// It is about a user, and the client asks for itself.
    #[error("a scope is about a user, and there is none")]
    ScopeOfUsers,
    /// No scope was asked for, and none is given without being asked for.
    #[error("no scope was asked for, and none is given without being asked for")]
    NoScope,
}

impl TargetError {
    /// What OAuth calls it (RFC 6749, section 5.2; RFC 8707, section 2).
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::UnknownResource | Self::SeveralResources | Self::ScopesOfSeveral(_) | Self::ResourceNotGranted => {
                "invalid_target"
            }
            Self::InvalidScope | Self::ScopeOfOthers | Self::MoreThanGranted | Self::ScopeOfUsers | Self::NoScope => {
                "invalid_scope"
            }
        }
    }
}

/// The one resource that is named, if one is.
pub fn named_resource(named: &[String]) -> Result<Option<ResourceUri>, TargetError> {
    match named {
        [] => Ok(None),
        [uri] => match ResourceUri::parse(uri) {
            Ok(uri) => Ok(Some(uri)),
            Err(_) => Err(TargetError::UnknownResource),
        },
        _ => Err(TargetError::SeveralResources),
    }
}

/// Those of the scopes that there are. One that there is and that the client may not have is refused.
pub fn known_scopes(registry: &Registry, client: &ClientSettings, asked: &ScopeSet) -> Result<ScopeSet, TargetError> {
    let is_known = |name: &ScopeName| StandardScope::named(name).is_some() || registry.resource_of(name).is_some();
    let known = asked.filtered(is_known);
    if known.is_subset(&client.scopes) {
        Ok(known)
    } else {
        Err(TargetError::ScopeOfOthers)
    }
}

impl Target {
    /// What a token is for that a client asks for itself: a resource that it names or that its scopes imply, and of its scopes
    /// those of that resource. Where it names no scope, it is given the resource's default ones, as far as it may have them.
    pub fn of_client(
        registry: &Registry,
        client: &ClientSettings,
        named: Option<&ResourceUri>,
        asked: Option<&ScopeSet>,
    ) -> Result<Self, TargetError> {
        let resource = match named {
            Some(uri) => Some(registry.resource(uri.as_str()).ok_or(TargetError::UnknownResource)?),
            None => None,
        };
        let is_of_users = |asked: &ScopeSet| asked.iter().any(|name| StandardScope::named(name).is_some());
        if asked.is_some_and(is_of_users) {
            return Err(TargetError::ScopeOfUsers);
        }
        let scopes = match asked {
            Some(asked) => known_scopes(registry, client, asked)?,
            None => defaults_for(resource, client),
        };
        if asked.is_none() && scopes.is_empty() {
            return Err(TargetError::NoScope);
        }
        let resource = match resource {
            Some(resource) => resource,
            None => only_resource_of(registry, &scopes)?.ok_or(TargetError::InvalidScope)?,
        };
        let scopes = scopes.filtered(|name| has_scope(resource, name));
        if scopes.is_empty() {
            return Err(TargetError::InvalidScope);
        }
        Ok(Self {
            resource: Arc::clone(resource),
            scopes,
        })
    }
}

/// The resource that all of these scopes belong to that belong to any; `None` where none does.
pub fn only_resource_of<'r>(
    registry: &'r Registry,
    scopes: &ScopeSet,
) -> Result<Option<&'r Arc<Resource>>, TargetError> {
    let mut implied: Vec<&Arc<Resource>> = scopes.iter().filter_map(|name| registry.resource_of(name)).collect();
    implied.sort_by_key(|resource| resource.id);
    implied.dedup_by_key(|resource| resource.id);
    match implied.as_slice() {
        [] => Ok(None),
        [resource] => Ok(Some(resource)),
        several => {
            let uris = several.iter().map(|resource| resource.settings.uri.clone());
            Err(TargetError::ScopesOfSeveral(uris.collect()))
        }
    }
}

/// The default scopes of a resource, as far as the client may have them.
fn defaults_for(resource: Option<&Arc<Resource>>, client: &ClientSettings) -> ScopeSet {
    let scopes = resource.into_iter().flat_map(|resource| &resource.settings.scopes);
    let given = scopes.filter(|scope| scope.is_default && client.scopes.contains(scope.name.as_str()));
    given.map(|scope| scope.name.clone()).collect()
}

fn has_scope(resource: &Resource, name: &ScopeName) -> bool {
    resource.settings.scopes.iter().any(|scope| scope.name == *name)
}

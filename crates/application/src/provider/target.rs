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
    /// There is no such thing to be granted, or not to this client.
    #[error("nothing of that scope can be granted")]
    InvalidScope,
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
        Err(TargetError::InvalidScope)
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
            Some(uri) => Some(registry.resource(uri).ok_or(TargetError::UnknownResource)?),
            None => None,
        };
        let scopes = match asked {
            Some(asked) => known_scopes(registry, client, asked)?,
            None => resource.map(|resource| defaults_of(resource)).unwrap_or_default(),
        };
        if scopes.iter().any(|name| StandardScope::named(name).is_some()) {
            // They are all about a user, and there is none.
            return Err(TargetError::InvalidScope);
        }
        let scopes = scopes.filtered(|name| client.scopes.contains(name.as_str()));
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

fn defaults_of(resource: &Resource) -> ScopeSet {
    let scopes = resource.settings.scopes.iter().filter(|scope| scope.is_default);
    scopes.map(|scope| scope.name.clone()).collect()
}

fn has_scope(resource: &Resource, name: &ScopeName) -> bool {
    resource.settings.scopes.iter().any(|scope| scope.name == *name)
}

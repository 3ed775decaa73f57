//! Problems of resources.

use crate::caller::problems::{FORBIDDEN, OF_ADMIN, OF_PROVEN_ADMIN};
use crate::clients::problems::{MANAGED_BY_FILE, PRECONDITION_FAILED, PROVIDER_OFF, invalid, off};
use crate::problem::Problem;
use crate::responses::{OF_BODY, OF_QUERY, OF_STORE, problems};
use actix_web::http::StatusCode;
use portcullis_application::provider::reading::Written;
use portcullis_application::provider::resources::{ChangeResourceError, CreateResourceError, ResourceOutOfReach};
use portcullis_web::{Kind, Refusal, kind};

/// There is a resource of that URI.
pub(crate) const RESOURCE_TAKEN: &Kind = &Kind::new(
    "resource_taken",
    StatusCode::CONFLICT,
    "The resource is taken",
    "There is a resource of this URI. Change that one, or choose another URI.",
);

/// Clients have a scope that would be gone.
pub(crate) const RESOURCE_IN_USE: &Kind = &Kind::new(
    "resource_in_use",
    StatusCode::CONFLICT,
    "Clients have a scope of the resource",
    "A scope that would be gone is one that clients have. Take it from them first.",
);

const OF_CHANGE: &[&Kind] = &[kind::NOT_FOUND, MANAGED_BY_FILE, RESOURCE_IN_USE, PRECONDITION_FAILED];

problems! {
    /// Of listing resources.
    ListResourcesProblems: OF_ADMIN, OF_QUERY, OF_STORE;
    /// Of registering one.
    CreateResourceProblems: OF_PROVEN_ADMIN, OF_BODY, &[RESOURCE_TAKEN, PROVIDER_OFF], OF_STORE;
    /// Of reading one.
    FindResourceProblems: OF_ADMIN, OF_QUERY, &[kind::NOT_FOUND], OF_STORE;
    /// Of changing one.
    ChangeResourceProblems: OF_PROVEN_ADMIN, OF_BODY, OF_CHANGE, &[RESOURCE_TAKEN, PROVIDER_OFF], OF_STORE;
    /// Of removing one.
    DeleteResourceProblems: OF_PROVEN_ADMIN, OF_QUERY, OF_CHANGE, OF_STORE;
}

/// Why a resource was not registered, of which that was sent.
pub(crate) fn not_created(error: CreateResourceError, sent: &Written) -> Problem {
    match error {
        CreateResourceError::ProviderOff(why) => off(why),
        CreateResourceError::Invalid(faults) => invalid(faults, sent),
        CreateResourceError::UriTaken => RESOURCE_TAKEN.into(),
        CreateResourceError::NoLongerAllowed => FORBIDDEN.into(),
        CreateResourceError::Store(error) => error.into(),
    }
}

/// Why a resource was not changed, of which that was sent.
pub(crate) fn not_changed(error: ChangeResourceError, sent: &Written) -> Problem {
    match error {
        ChangeResourceError::ProviderOff(why) => off(why),
        ChangeResourceError::Invalid(faults) => invalid(faults, sent),
        ChangeResourceError::UriTaken => RESOURCE_TAKEN.into(),
        ChangeResourceError::OutOfReach(error) => error.into(),
        ChangeResourceError::Store(error) => error.into(),
    }
}

impl From<ResourceOutOfReach> for Problem {
    fn from(error: ResourceOutOfReach) -> Self {
        match error {
            ResourceOutOfReach::NotFound => kind::NOT_FOUND.into(),
            ResourceOutOfReach::NoLongerAllowed => FORBIDDEN.into(),
            ResourceOutOfReach::ManagedByFile => MANAGED_BY_FILE.into(),
            ResourceOutOfReach::Stale => PRECONDITION_FAILED.into(),
            ResourceOutOfReach::InUse(_) => Refusal::detailed(RESOURCE_IN_USE, format!("{error}.")).into(),
            ResourceOutOfReach::Store(error) => error.into(),
        }
    }
}

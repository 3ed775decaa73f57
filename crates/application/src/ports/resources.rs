//! Resources in the store.

use super::clients::RegistryStamp;
use super::store_error::StoreResult;
use portcullis_domain::{Page, PageRequest, Resource, ResourceId, Version};
use portcullis_oauth2::{ClientId, ResourceUri, ScopeName};

/// Resources, inside a unit of work. What changes one holds the registry, by
/// [`begin_change`](super::ClientRepository::begin_change), and writes its stamp.
pub trait ResourceRepository {
    /// Adds a resource, whose owner is there. `Conflict` if its URI or a name of a scope is taken.
    fn insert(&mut self, resource: &Resource, stamp: RegistryStamp) -> StoreResult<()>;

    /// Writes a resource, if it still has the version `seen`; whether it had. `Conflict` as for
    /// [`insert`](Self::insert).
    fn update(&mut self, seen: Version, resource: &Resource, stamp: RegistryStamp) -> StoreResult<bool>;

    /// Removes a resource with its scopes; `false` if there is none.
    fn delete(&mut self, id: ResourceId) -> StoreResult<bool>;

    /// The resource of that id.
    fn find(&mut self, id: ResourceId) -> StoreResult<Option<Resource>>;

    /// The resource of that URI.
    fn find_by_uri(&mut self, uri: &ResourceUri) -> StoreResult<Option<Resource>>;

    /// The resources, newest first, after the position that the request names.
    fn list(&mut self, request: &PageRequest) -> StoreResult<Page<Resource>>;

    /// The resources that the file looks after, by URI.
    fn list_of_file(&mut self) -> StoreResult<Vec<Resource>>;

    /// All resources that were written after that change.
    fn list_changed(&mut self, after: RegistryStamp) -> StoreResult<Vec<Resource>>;

    /// The ids of the resources that there are.
    fn ids(&mut self) -> StoreResult<Vec<ResourceId>>;

    /// The names of all scopes, with the resource of each.
    fn scope_names(&mut self) -> StoreResult<Vec<(ScopeName, ResourceId)>>;

    /// Up to `limit` clients that have one of these scopes, by client id.
    fn clients_with(&mut self, scopes: &[ScopeName], limit: usize) -> StoreResult<Vec<ClientId>>;
}

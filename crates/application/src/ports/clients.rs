//! The registry of clients in the store.

use super::store_error::StoreResult;
use chrono::{DateTime, Utc};
use portcullis_domain::{
    Client, ClientMember, ClientSecret, ClientSecretId, Page, PageRequest, RegisteredClient, RegistrationId, UserId,
    Version,
};
use portcullis_oauth2::ClientId;

/// Counts the changes of the registry. They are committed in the order of their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct RegistryStamp(pub u64);

/// Clients, inside a unit of work. What changes a client, a secret or a resource begins with
/// [`begin_change`](Self::begin_change) and writes its stamp.
pub trait ClientRepository {
    /// Holds the registry until the unit ends, and counts one change more.
    fn begin_change(&mut self) -> StoreResult<RegistryStamp>;

    /// The last change.
    fn stamp(&mut self) -> StoreResult<RegistryStamp>;

    /// Adds a client. `Conflict` if its client id is taken.
    fn insert(&mut self, client: &Client, stamp: RegistryStamp) -> StoreResult<()>;

    /// Writes a client, if it still has the version `seen`; whether it had.
    fn update(&mut self, seen: Version, client: &Client, stamp: RegistryStamp) -> StoreResult<bool>;

    /// Removes a client with its secrets and members; `false` if there is none.
    fn delete(&mut self, id: RegistrationId) -> StoreResult<bool>;

    /// The client of that id, with its secrets.
    fn find(&mut self, client_id: &ClientId) -> StoreResult<Option<RegisteredClient>>;

    /// The clients, newest first, after the position that the request names.
    fn list(&mut self, request: &PageRequest) -> StoreResult<Page<RegisteredClient>>;

    /// The clients that the file looks after, by client id.
    fn list_of_file(&mut self) -> StoreResult<Vec<RegisteredClient>>;

    /// All clients that were written after that change.
    fn list_changed(&mut self, after: RegistryStamp) -> StoreResult<Vec<RegisteredClient>>;

    /// What the store calls the clients that there are.
    fn ids(&mut self) -> StoreResult<Vec<RegistrationId>>;

    /// Adds a secret to a client.
    fn insert_secret(&mut self, client: RegistrationId, secret: &ClientSecret) -> StoreResult<()>;

    /// Removes a secret of that client; `false` if it has none of that id.
    fn delete_secret(&mut self, client: RegistrationId, secret: ClientSecretId) -> StoreResult<bool>;

    /// Notes when secrets were used, where the note before is at least an hour older.
    fn note_secret_use(&mut self, used: &[(ClientSecretId, DateTime<Utc>)]) -> StoreResult<()>;

    /// The members of a client, newest first, after the position that the request names.
    fn list_members(&mut self, client: RegistrationId, request: &PageRequest) -> StoreResult<Page<ClientMember>>;

    /// A member of a client.
    fn find_member(&mut self, client: RegistrationId, user: UserId) -> StoreResult<Option<ClientMember>>;

    /// Adds a member, or gives one other roles. The user is there, and the unit holds the registry.
    fn put_member(&mut self, client: RegistrationId, member: &ClientMember) -> StoreResult<()>;

    /// Removes a member; `false` if the user is none.
    fn delete_member(&mut self, client: RegistrationId, user: UserId) -> StoreResult<bool>;
}

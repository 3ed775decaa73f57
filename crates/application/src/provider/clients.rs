//! The registry of clients. Administrators keep it over REST, and operators by the command line.

mod changes;
mod errors;
mod members;
mod secrets;

pub use errors::{AddMemberError, AddSecretError, ChangeClientError, ClientOutOfReach, CreateClientError};

use super::client_keys;
use super::reading::{Faults, Written};
use crate::actor::Authority;
use crate::ports::{ClientProofs, ClientSecrets, StoreError};
use crate::replica::CountedWarning;
use crate::unit_of_work::UnitsOfWork;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use portcullis_domain::{
    ClientMember, ClientProof, ClientRoles, ClientSecret, ClientSecretId, Label, ManagedBy, Page, PageRequest,
    RegisteredClient, SecretText, UserId, Version,
};
use portcullis_oauth2::ClientId;
use shaku::{Component, Interface};
use std::sync::Arc;

/// The registry of clients. Each call takes the [`Authority`] of an administrator or an operator.
///
/// A call that changes a client may say which version of it was seen; then it changes no other one.
#[async_trait]
pub trait Clients: Interface {
    /// The clients, newest first.
    async fn list(&self, by: Authority, request: PageRequest) -> Result<Page<RegisteredClient>, StoreError>;

    /// The client of that id.
    async fn find(&self, by: Authority, client: ClientId) -> Result<Option<RegisteredClient>, StoreError>;

    /// What this server saw the client do, since it was started, that it better did not.
    fn warnings(&self, by: Authority, client: &RegisteredClient) -> Vec<CountedWarning>;

    /// Registers a client. One that shows who it is by a secret is given its first.
    async fn create(&self, by: Authority, new: NewClient) -> Result<CreatedClient, CreateClientError>;

    /// Changes what was said of a client.
    async fn change(
        &self,
        by: Authority,
        client: ClientId,
        seen: Option<Version>,
        change: Written,
    ) -> Result<RegisteredClient, ChangeClientError>;

    /// Removes a client for good. What it was given is worthless.
    async fn delete(&self, by: Authority, client: ClientId, seen: Option<Version>) -> Result<(), ClientOutOfReach>;

    /// Makes all worthless that a client was given so far. It may ask anew.
    async fn revoke(&self, by: Authority, client: ClientId) -> Result<(), ClientOutOfReach>;

    /// Gives a client one more secret.
    async fn add_secret(
        &self,
        by: Authority,
        client: ClientId,
        label: Option<Label>,
        expires_at: Option<DateTime<Utc>>,
    ) -> Result<NewSecret, AddSecretError>;

    /// Removes a secret of a client, which counts no more.
    async fn remove_secret(
        &self,
        by: Authority,
        client: ClientId,
        secret: ClientSecretId,
    ) -> Result<(), ClientOutOfReach>;

    /// The members of a client, newest first; `None` where there is no such client.
    async fn list_members(
        &self,
        by: Authority,
        client: ClientId,
        request: PageRequest,
    ) -> Result<Option<Page<ClientMember>>, StoreError>;

    /// Makes a user a member of a client, or gives a member other roles.
    async fn put_member(
        &self,
        by: Authority,
        client: ClientId,
        user: UserId,
        roles: ClientRoles,
    ) -> Result<ClientMember, AddMemberError>;

    /// Takes a member away.
    async fn remove_member(&self, by: Authority, client: ClientId, user: UserId) -> Result<(), ClientOutOfReach>;
}

/// A client that is to be registered.
#[derive(Debug)]
pub struct NewClient {
    /// Its id; one is made where it is missing.
    pub client_id: Option<ClientId>,
    /// What was said of it.
    pub written: Written,
}

/// A client that was registered.
#[derive(Debug)]
pub struct CreatedClient {
    /// The client.
    pub registered: RegisteredClient,
    /// Its first secret, which is told this once.
    pub secret: Option<SecretText>,
}

/// A secret that a client was given.
#[derive(Debug)]
pub struct NewSecret {
    /// What is kept of it.
    pub secret: ClientSecret,
    /// Its text, which is told this once.
    pub text: SecretText,
}

/// [`Clients`] in units of work.
#[derive(Component)]
#[shaku(interface = Clients)]
pub struct ClientsService {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
    #[shaku(inject)]
    secrets: Arc<dyn ClientSecrets>,
    #[shaku(inject)]
    proofs: Arc<dyn ClientProofs>,
}

#[async_trait]
impl Clients for ClientsService {
    async fn list(&self, _: Authority, request: PageRequest) -> Result<Page<RegisteredClient>, StoreError> {
        self.units
            .read(move |repositories| repositories.clients().list(&request))
            .await
    }

    async fn find(&self, _: Authority, client: ClientId) -> Result<Option<RegisteredClient>, StoreError> {
        self.units
            .read(move |repositories| repositories.clients().find(&client))
            .await
    }

    fn warnings(&self, _: Authority, client: &RegisteredClient) -> Vec<CountedWarning> {
        self.units.replica.warnings.of(client.client.id)
    }

    async fn create(&self, by: Authority, new: NewClient) -> Result<CreatedClient, CreateClientError> {
        let issuer = self.units.issuer().map_err(CreateClientError::ProviderOff)?;
        let NewClient { client_id, written } = new;
        self.refuse_unusable_keys(&written)?;
        let client_id = match client_id {
            Some(client_id) => client_id,
            None => random_id(self.units.random())?,
        };
        let (text, digest) = self.secrets.issue(self.units.random());
        let created = self.units.write(by, move |unit| {
            changes::create(unit, &issuer, client_id, &written, digest)
        });
        let registered = created.await?;
        self.units.read_registry_soon().await;
        tracing::info!(client_id = %registered.client.client_id, kind = %registered.client.settings.kind, "client registered");
        let secret = (registered.client.settings.proof == ClientProof::Secret).then_some(text);
        Ok(CreatedClient { registered, secret })
    }

    async fn change(
        &self,
        by: Authority,
        client: ClientId,
        seen: Option<Version>,
        change: Written,
    ) -> Result<RegisteredClient, ChangeClientError> {
        let issuer = self.units.issuer().map_err(ChangeClientError::ProviderOff)?;
        self.refuse_unusable_keys(&change)?;
        let changed = self
            .units
            .write(by, move |unit| changes::change(unit, &issuer, &client, seen, &change));
        let registered = changed.await?;
        self.units.read_registry_soon().await;
        tracing::info!(client_id = %registered.client.client_id, "client changed");
        Ok(registered)
    }

    async fn delete(&self, by: Authority, client: ClientId, seen: Option<Version>) -> Result<(), ClientOutOfReach> {
        let client_id = client.clone();
        let deleted = self.units.write(by, move |unit| {
            let (_, registered) = unit.reach_client(&client, seen, ManagedBy::Admin)?;
            Ok::<_, ClientOutOfReach>(unit.delete_client(&registered.client)?)
        });
        deleted.await?;
        self.units.read_registry_soon().await;
        tracing::info!(%client_id, "client removed");
        Ok(())
    }

    async fn revoke(&self, by: Authority, client: ClientId) -> Result<(), ClientOutOfReach> {
        let client_id = client.clone();
        let revoked = self.units.write(by, move |unit| changes::revoke(unit, &client));
        revoked.await?;
        self.units.read_registry_soon().await;
        tracing::info!(%client_id, "all that a client was given is revoked");
        Ok(())
    }

    async fn add_secret(
        &self,
        by: Authority,
        client: ClientId,
        label: Option<Label>,
        expires_at: Option<DateTime<Utc>>,
    ) -> Result<NewSecret, AddSecretError> {
        let client_id = client.clone();
        let (text, digest) = self.secrets.issue(self.units.random());
        let asked = secrets::Asked {
            digest,
            label,
            expires_at,
        };
        let added = self.units.write(by, move |unit| secrets::add(unit, &client, asked));
        let secret = added.await?;
        self.units.read_registry_soon().await;
        tracing::info!(%client_id, secret_id = %secret.id, "client given a secret");
        Ok(NewSecret { secret, text })
    }

    async fn remove_secret(
        &self,
        by: Authority,
        client: ClientId,
        secret: ClientSecretId,
    ) -> Result<(), ClientOutOfReach> {
        let client_id = client.clone();
        let removed = self.units.write(by, move |unit| secrets::remove(unit, &client, secret));
        removed.await?;
        self.units.read_registry_soon().await;
        tracing::info!(%client_id, secret_id = %secret, "secret of a client removed");
        Ok(())
    }

    async fn list_members(
        &self,
        _: Authority,
        client: ClientId,
        request: PageRequest,
    ) -> Result<Option<Page<ClientMember>>, StoreError> {
        let listed = self.units.read(move |repositories| {
            let Some(registered) = repositories.clients().find(&client)? else {
                return Ok(None);
            };
            let members = repositories.clients().list_members(registered.client.id, &request);
            members.map(Some)
        });
        listed.await
    }

    async fn put_member(
        &self,
        by: Authority,
        client: ClientId,
        user: UserId,
        roles: ClientRoles,
    ) -> Result<ClientMember, AddMemberError> {
        let client_id = client.clone();
        let put = self
            .units
            .write(by, move |unit| members::put(unit, &client, user, roles));
        let member = put.await?;
        tracing::info!(%client_id, user_id = %user, "user is a member of a client");
        Ok(member)
    }

    async fn remove_member(&self, by: Authority, client: ClientId, user: UserId) -> Result<(), ClientOutOfReach> {
        let client_id = client.clone();
        let removed = self.units.write(by, move |unit| members::remove(unit, &client, user));
        removed.await?;
        tracing::info!(%client_id, user_id = %user, "user is no member of a client any more");
        Ok(())
    }
}

impl ClientsService {
    fn refuse_unusable_keys(&self, written: &Written) -> Result<(), Faults> {
        match client_keys::unusable(written, &*self.proofs) {
            Some(fault) => Err(Faults(vec![fault])),
            None => Ok(()),
        }
    }
}

/// An id of 80 random bits, in letters that nobody takes for others.
fn random_id(random: [u8; 16]) -> Result<ClientId, StoreError> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnopqrstuvwxyz0234567";
    let letter = |byte: &u8| LETTERS.get(usize::from(byte % 32)).copied().map(char::from);
    let id: String = random.iter().filter_map(letter).collect();
    ClientId::parse(&id).map_err(|error| StoreError::Unexpected(error.into()))
}

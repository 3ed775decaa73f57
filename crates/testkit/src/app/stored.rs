//! What the store has, read and changed behind the services' backs.

use super::TestApp;
use crate::{FakeClientSecrets, build};
use portcullis_application::ports::{ClientSecrets as _, Clock as _, StoreResult};
use portcullis_domain::{
    AuditEvent, Client, ClientProof, ClientSecret, ClientSecretId, Credentials, PasswordHash, Resource, SecretText,
    Session, SessionId, User, UserId,
};

impl TestApp {
    /// The user as the store has it.
    pub async fn user(&self, id: UserId) -> Option<User> {
        let found = self.store.look_up(move |repositories| repositories.users().find(id));
        found.await.unwrap()
    }

    /// The session as the store has it.
    pub async fn session(&self, id: SessionId) -> Option<Session> {
        let found = self.store.look_up(move |repositories| repositories.sessions().find(id));
        found.await.unwrap()
    }

    /// Changes a user behind the services' backs, as an administrator would.
    pub async fn change_user(&self, id: UserId, change: impl FnOnce(&mut User) + Send + 'static) {
        let changed = self.store.write(move |repositories| {
            let mut user = repositories.users().lock(id)?.unwrap();
            change(&mut user);
            repositories.users().update(&user)
        });
        assert!(changed.await.unwrap());
    }

    /// Adds a user who did not sign up.
    pub async fn add_user(&self, user: &User) {
        let user = user.clone();
        let added = self.store.write(move |repositories| repositories.users().insert(&user));
        added.await.unwrap();
    }

    /// Sets a password behind the services' backs.
    pub async fn set_password(&self, id: UserId, password: &str) {
        let hash = self.hasher.hash_of(password);
        let set: StoreResult<()> = self
            .store
            .write(move |repositories| {
                repositories.users().lock(id)?;
                repositories.credentials().set_password(id, &hash)
            })
            .await;
        set.unwrap();
    }

    /// Takes a password away behind the services' backs.
    pub async fn remove_password(&self, id: UserId) {
        let removed: StoreResult<()> = self
            .store
            .write(move |repositories| {
                repositories.users().lock(id)?;
                repositories.credentials().remove_password(id)
            })
            .await;
        removed.unwrap();
    }

    /// The hash of the user's password as the store has it.
    pub async fn password_hash(&self, id: UserId) -> Option<PasswordHash> {
        let found = self
            .store
            .look_up(move |repositories| repositories.credentials().find(id));
        let found: StoreResult<Option<Credentials>> = found.await;
        found.unwrap()?.password
    }

    /// Deletes a user behind the services' backs, and with the user the user's sessions.
    pub async fn delete_user(&self, id: UserId) {
        let deleted = self.store.write(move |repositories| repositories.users().delete(id));
        assert!(deleted.await.unwrap());
    }

    /// Ends a session behind the services' backs.
    pub async fn revoke(&self, id: SessionId) {
        let ending = self.policy.ending(self.clock.now());
        let revoked = self
            .store
            .write(move |repositories| repositories.endings().revoke(id, &ending));
        assert!(revoked.await.unwrap().is_some());
    }

    /// The audit trail, oldest first.
    pub async fn events(&self) -> Vec<AuditEvent> {
        let found = self
            .store
            .read(|repositories| repositories.audit().list_oldest(None, usize::MAX));
        let found = found.await.unwrap().into_iter();
        found.map(|found| found.record.event().unwrap()).collect()
    }
}

/// The registry of clients, filled without the rules of whoever fills it.
impl TestApp {
    /// The text whose digest [`add_client`](Self::add_client) keeps.
    pub const CLIENT_SECRET: &str = "a secret of a client";

    /// Registers a client, with [`CLIENT_SECRET`](Self::CLIENT_SECRET) where it shows one, and has this server hear of it.
    pub async fn add_client(&self, client: Client) {
        let digest = FakeClientSecrets.digest(&SecretText::new(Self::CLIENT_SECRET.to_owned()));
        let secret = ClientSecret {
            digest,
            ..build::client_secret(1)
        };
        let secret = ClientSecret {
            id: ClientSecretId::from(client.id.as_uuid()),
            ..secret
        };
        let added = self.store.write(move |repositories| {
            let stamp = repositories.clients().begin_change()?;
            repositories.clients().insert(&client, stamp)?;
            if client.settings.proof == ClientProof::Secret {
                repositories.clients().insert_secret(client.id, &secret)?;
            }
            StoreResult::Ok(())
        });
        added.await.unwrap();
        self.upkeep.catch_up().await.unwrap();
    }

    /// Registers a resource, and has this server hear of it.
    pub async fn add_resource(&self, resource: Resource) {
        let added = self.store.write(move |repositories| {
            let stamp = repositories.clients().begin_change()?;
            repositories.resources().insert(&resource, stamp)
        });
        added.await.unwrap();
        self.upkeep.catch_up().await.unwrap();
    }
}

//! Registering, changing and revoking clients, in a unit of work.

use super::errors::{ChangeClientError, ClientOutOfReach, CreateClientError};
use crate::ports::{RegistryStamp, StoreError, StoreResult};
use crate::provider::reading::Written;
use crate::provider::written_client::{Surroundings, changed, new_client};
use crate::unit_of_work::Unit;
use portcullis_domain::{
    AuditEvent, AuditEventType, Client, ClientProof, ClientSecret, ClientSecretId, ClientSettings, Digest32, FamilyId,
    Generation, Issuer, ManagedBy, RegisteredClient, RegistrationId, ResourceSettings, Revocation, Version,
};
use portcullis_oauth2::{ClientId, ScopeName};

pub(super) fn create(
    unit: &mut Unit<'_>,
    issuer: &Issuer,
    client_id: ClientId,
    written: &Written,
    digest: Digest32,
) -> Result<RegisteredClient, CreateClientError> {
    if !unit.is_still_allowed()? {
        return Err(CreateClientError::NoLongerAllowed);
    }
    let stamp = unit.clients().begin_change()?;
    let scopes = unit.known_scopes()?;
    let around = Surroundings {
        issuer,
        scopes: &scopes,
    };
    let settings = new_client(written, client_id.as_str(), &around)?;
    if unit.clients().find(&client_id)?.is_some() {
        return Err(CreateClientError::ClientIdTaken);
    }
    let client = unit.insert_client(client_id, ManagedBy::Admin, settings, stamp)?;
    let mut secrets = Vec::new();
    if client.settings.proof == ClientProof::Secret {
        secrets.push(unit.insert_client_secret(&client, digest, None, None)?);
    }
    Ok(RegisteredClient { client, secrets })
}

pub(super) fn change(
    unit: &mut Unit<'_>,
    issuer: &Issuer,
    client_id: &ClientId,
    seen: Option<Version>,
    written: &Written,
) -> Result<RegisteredClient, ChangeClientError> {
    let (stamp, registered) = unit.reach_client(client_id, seen, ManagedBy::Admin)?;
    let scopes = unit.known_scopes()?;
    let around = Surroundings {
        issuer,
        scopes: &scopes,
    };
    let settings = changed(&registered.client.settings, written, &around)?;
    Ok(unit.change_client(registered, settings, stamp)?)
}

pub(super) fn revoke(unit: &mut Unit<'_>, client_id: &ClientId) -> Result<(), ClientOutOfReach> {
    // Whoever looks after what is said of it: a leak is mended by whoever sees it.
    let (stamp, registered) = unit.reach_client_of_anybody(client_id, None)?;
    unit.revoke_client(&registered.client, stamp)?;
    Ok(())
}

impl Unit<'_> {
    /// Holds the registry, and finds a client of it that `by` may change.
    pub(crate) fn reach_client(
        &mut self,
        client_id: &ClientId,
        seen: Option<Version>,
        by: ManagedBy,
    ) -> Result<(RegistryStamp, RegisteredClient), ClientOutOfReach> {
        let (stamp, registered) = self.reach_client_of_anybody(client_id, seen)?;
        if registered.client.managed_by == ManagedBy::File && by == ManagedBy::Admin {
            return Err(ClientOutOfReach::ManagedByFile);
        }
        Ok((stamp, registered))
    }

    /// The same, whoever looks after it.
    pub(crate) fn reach_client_of_anybody(
        &mut self,
        client_id: &ClientId,
        seen: Option<Version>,
    ) -> Result<(RegistryStamp, RegisteredClient), ClientOutOfReach> {
        if !self.is_still_allowed()? {
            return Err(ClientOutOfReach::NoLongerAllowed);
        }
        let stamp = self.clients().begin_change()?;
        let registered = self.clients().find(client_id)?.ok_or(ClientOutOfReach::NotFound)?;
        if seen.is_some_and(|seen| seen != registered.client.version) {
            return Err(ClientOutOfReach::Stale);
        }
        Ok((stamp, registered))
    }

    /// The names of the scopes that resources have.
    pub(crate) fn known_scopes(&mut self) -> StoreResult<Vec<ScopeName>> {
        let names = self.resources().scope_names()?;
        Ok(names.into_iter().map(|(name, _)| name).collect())
    }

    pub(crate) fn insert_client(
        &mut self,
        client_id: ClientId,
        managed_by: ManagedBy,
        settings: ClientSettings,
        stamp: RegistryStamp,
    ) -> StoreResult<Client> {
        let now = self.now();
        let token_generation = self.first_generation_of(&client_id)?;
        let client = Client {
            id: RegistrationId::new(now, self.chance()),
            client_id,
            managed_by,
            settings,
            token_generation,
            version: Version::FIRST,
            created_at: now,
            updated_at: now,
        };
        self.clients().insert(&client, stamp)?;
        self.record_of_client(AuditEventType::ClientCreated, &client)?;
        Ok(client)
    }

    /// Writes other settings of a client, if they are others. What a client was given that is disabled is worthless, also
    /// once it is enabled again.
    pub(crate) fn change_client(
        &mut self,
        registered: RegisteredClient,
        settings: ClientSettings,
        stamp: RegistryStamp,
    ) -> StoreResult<RegisteredClient> {
        let RegisteredClient { client, secrets } = registered;
        if client.settings == settings {
            return Ok(RegisteredClient { client, secrets });
        }
        let is_disabled_now = client.settings.enabled && !settings.enabled;
        let generation = if is_disabled_now {
            self.end_tokens_of(&client)?;
            client.token_generation.next()
        } else {
            client.token_generation
        };
        let after = Client {
            settings,
            token_generation: generation,
            ..client.clone()
        };
        let client = self.write_client(&client, after, stamp)?;
        self.record_of_client(AuditEventType::ClientChanged, &client)?;
        Ok(RegisteredClient { client, secrets })
    }

    pub(crate) fn revoke_client(&mut self, client: &Client, stamp: RegistryStamp) -> StoreResult<Client> {
        self.end_tokens_of(client)?;
        let after = Client {
            token_generation: client.token_generation.next(),
            ..client.clone()
        };
        let client = self.write_client(client, after, stamp)?;
        self.record_of_client(AuditEventType::ClientRevoked, &client)?;
        Ok(client)
    }

    pub(crate) fn delete_client(&mut self, client: &Client) -> StoreResult<()> {
        self.end_tokens_of(client)?;
        self.clients().delete(client.id)?;
        self.record_of_client(AuditEventType::ClientDeleted, client)
    }

    /// Makes everything worthless that a client was given so far, on all servers and for whoever follows the revocations: by
    /// one of them, whatever there is.
    fn end_tokens_of(&mut self, client: &Client) -> StoreResult<()> {
        let until = self.now() + ResourceSettings::LONGEST_ACCESS_LIFE;
        self.revoke(Revocation {
            family: FamilyId::of_client(client.client_id.as_str()),
            generation: client.token_generation,
            until,
        })
    }

    /// The generation that the tokens of a new client have. One of the same id may have been removed a moment ago, whose
    /// tokens are worthless.
    fn first_generation_of(&mut self, client_id: &ClientId) -> StoreResult<Generation> {
        let family = FamilyId::of_client(client_id.as_str());
        let revoked = self.revocations().highest_of(family)?;
        Ok(revoked.map_or(Generation::FIRST, Generation::next))
    }

    /// Writes a client as one version further.
    pub(crate) fn write_client(&mut self, before: &Client, after: Client, stamp: RegistryStamp) -> StoreResult<Client> {
        let after = Client {
            version: before.version.next(),
            updated_at: self.now(),
            ..after
        };
        if self.clients().update(before.version, &after, stamp)? {
            Ok(after)
        } else {
            // The unit holds the registry, so nobody else can have written it.
            Err(StoreError::Busy)
        }
    }

    /// Gives a client a secret.
    pub(crate) fn insert_client_secret(
        &mut self,
        client: &Client,
        digest: Digest32,
        label: Option<portcullis_domain::Label>,
        expires_at: Option<chrono::DateTime<chrono::Utc>>,
    ) -> StoreResult<ClientSecret> {
        let now = self.now();
        let secret = ClientSecret {
            id: ClientSecretId::new(now, self.chance()),
            digest,
            label,
            created_at: now,
            expires_at,
            last_used_at: None,
        };
        self.clients().insert_secret(client.id, &secret)?;
        self.record_of_client(AuditEventType::ClientSecretAdded, client)?;
        Ok(secret)
    }

    /// Records what happened to a client.
    pub(crate) fn record_of_client(&mut self, kind: AuditEventType, client: &Client) -> StoreResult<()> {
        let event = AuditEvent {
            client_id: Some(client.client_id.clone()),
            ..self.success(kind, None)
        };
        self.record(event)
    }
}

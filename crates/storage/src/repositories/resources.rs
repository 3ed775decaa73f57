//! Resources and their scopes.

use super::change_counters::number_of;
use super::clients::SCOPE;
use super::paging::{Place, ROWS_AT_ONCE, at_most, to_read};
use crate::connection::AnyConnection;
use crate::error::{RefusedRow, StatementError};
use crate::schema::{client_values, clients, resource_scopes, resources};
use crate::types::{DbId, DbInstant};
use crate::unit::Unit;
use chrono::TimeDelta;
use diesel::prelude::*;
use portcullis_application::ports::{RegistryStamp, ResourceRepository, StoreResult};
use portcullis_domain::{
    Label, ManagedBy, Page, PageRequest, Position, Resource, ResourceId, ResourceScope, ResourceSettings,
    ScopeDescription, Version,
};
use portcullis_oauth2::{ClientId, ResourceUri, ScopeName};
use std::collections::HashMap;

const PLACE: Place = Place {
    at: "resources.created_at",
    id: "resources.id",
};

/// A row of `resources`.
#[derive(Queryable, Insertable, AsChangeset)]
#[diesel(table_name = resources)]
#[diesel(treat_none_as_null = true)]
struct ResourceRow {
    id: DbId,
    uri: String,
    name: String,
    managed_by: String,
    owner: Option<DbId>,
    alg: String,
    access_seconds: i64,
    version: i64,
    stamp: i64,
    created_at: DbInstant,
    updated_at: DbInstant,
}

impl ResourceRow {
    fn new(resource: &Resource, owner: Option<DbId>, stamp: RegistryStamp) -> Self {
        let settings = &resource.settings;
        Self {
            id: DbId(resource.id.as_uuid()),
            uri: settings.uri.as_str().to_owned(),
            name: settings.name.as_str().to_owned(),
            managed_by: resource.managed_by.to_string(),
            owner,
            alg: settings.alg.to_string(),
            access_seconds: settings.access_life.num_seconds(),
            version: i64::try_from(resource.version.number()).unwrap_or(i64::MAX),
            stamp: number_of(stamp),
            created_at: DbInstant(resource.created_at),
            updated_at: DbInstant(resource.updated_at),
        }
    }

    fn with(self, owner: Option<String>, mut scopes: Vec<ResourceScope>) -> Result<Resource, RefusedRow> {
        scopes.sort_unstable();
        let owner = owner.map(|owner| ClientId::parse(&owner)).transpose();
        let version = u64::try_from(self.version).map_err(|_| RefusedRow::new("resources.version", "below zero"))?;
        Ok(Resource {
            id: ResourceId::from(self.id.0),
            managed_by: self
                .managed_by
                .parse()
                .map_err(|error| RefusedRow::new("resources.managed_by", error))?,
            settings: ResourceSettings {
                uri: ResourceUri::parse(&self.uri).map_err(|error| RefusedRow::new("resources.uri", error))?,
                name: Label::parse(&self.name).map_err(|error| RefusedRow::new("resources.name", error))?,
                owner: owner.map_err(|error| RefusedRow::new("resources.owner", error))?,
                alg: self
                    .alg
                    .parse()
                    .map_err(|error| RefusedRow::new("resources.alg", error))?,
                access_life: TimeDelta::seconds(self.access_seconds),
                scopes,
            },
            version: Version::new(version),
            created_at: self.created_at.0,
            updated_at: self.updated_at.0,
        })
    }
}

/// Name, resource, description, and whether it is a default.
type ScopeRow = (String, DbId, String, bool);

fn scope((name, _, description, is_default): ScopeRow) -> Result<ResourceScope, RefusedRow> {
    let description = ScopeDescription::parse(&description);
    Ok(ResourceScope {
        name: ScopeName::parse(&name).map_err(|error| RefusedRow::new("resource_scopes.name", error))?,
        description: description.map_err(|error| RefusedRow::new("resource_scopes.description", error))?,
        is_default,
    })
}

impl ResourceRepository for Unit<'_> {
    fn insert(&mut self, resource: &Resource, stamp: RegistryStamp) -> StoreResult<()> {
        self.write(|connection| {
            let owner = owner_of(connection, resource)?;
            diesel::insert_into(resources::table)
                .values(&ResourceRow::new(resource, owner, stamp))
                .execute(connection)?;
            insert_scopes(connection, resource)
        })
    }

    fn update(&mut self, seen: Version, resource: &Resource, stamp: RegistryStamp) -> StoreResult<bool> {
        self.write(|connection| {
            let id = DbId(resource.id.as_uuid());
            let owner = owner_of(connection, resource)?;
            let seen = i64::try_from(seen.number()).unwrap_or(i64::MAX);
            let updated = diesel::update(resources::table.find(id).filter(resources::version.eq(seen)))
                .set(&ResourceRow::new(resource, owner, stamp))
                .execute(connection)?;
            if updated == 0 {
                return Ok(false);
            }
            diesel::delete(resource_scopes::table.filter(resource_scopes::resource.eq(id))).execute(connection)?;
            insert_scopes(connection, resource)?;
            Ok(true)
        })
    }

    fn delete(&mut self, id: ResourceId) -> StoreResult<bool> {
        self.write(|connection| {
            let deleted = diesel::delete(resources::table.find(DbId(id.as_uuid()))).execute(connection)?;
            Ok(deleted == 1)
        })
    }

    fn find(&mut self, id: ResourceId) -> StoreResult<Option<Resource>> {
        self.read(|connection| {
            let rows: Vec<ResourceRow> = resources::table
                .filter(resources::id.eq(DbId(id.as_uuid())))
                .load(connection)?;
            Ok(whole(connection, rows)?.pop())
        })
    }

    fn find_by_uri(&mut self, uri: &ResourceUri) -> StoreResult<Option<Resource>> {
        self.read(|connection| {
            let rows: Vec<ResourceRow> = resources::table
                .filter(resources::uri.eq(uri.as_str()))
                .load(connection)?;
            Ok(whole(connection, rows)?.pop())
        })
    }

    fn list(&mut self, request: &PageRequest) -> StoreResult<Page<Resource>> {
        self.read(|connection| {
            let mut listed = resources::table
                .order((resources::created_at.desc(), resources::id.desc()))
                .limit(to_read(request))
                .into_boxed();
            if let Some(after) = request.after {
                listed = listed.filter(PLACE.is_before(after));
            }
            let rows: Vec<ResourceRow> = listed.load(connection)?;
            Ok(request.page(whole(connection, rows)?, |resource| Position {
                at: resource.created_at,
                id: resource.id.as_uuid(),
            }))
        })
    }

    fn list_of_file(&mut self) -> StoreResult<Vec<Resource>> {
        self.read(|connection| {
            let rows: Vec<ResourceRow> = resources::table
                .filter(resources::managed_by.eq(ManagedBy::File.as_str()))
                .order(resources::uri)
                .load(connection)?;
            whole(connection, rows)
        })
    }

    fn list_changed(&mut self, after: RegistryStamp) -> StoreResult<Vec<Resource>> {
        self.read(|connection| {
            let rows: Vec<ResourceRow> = resources::table
                .filter(resources::stamp.gt(number_of(after)))
                .load(connection)?;
            whole(connection, rows)
        })
    }

    fn ids(&mut self) -> StoreResult<Vec<ResourceId>> {
        self.read(|connection| {
            let ids: Vec<DbId> = resources::table.select(resources::id).load(connection)?;
            Ok(ids.into_iter().map(|id| ResourceId::from(id.0)).collect())
        })
    }

    fn scope_names(&mut self) -> StoreResult<Vec<(ScopeName, ResourceId)>> {
        self.read(|connection| {
            let rows: Vec<(String, DbId)> = resource_scopes::table
                .select((resource_scopes::name, resource_scopes::resource))
                .order(resource_scopes::name)
                .load(connection)?;
            let names = rows.into_iter().map(|(name, resource)| {
                let name = ScopeName::parse(&name).map_err(|error| RefusedRow::new("resource_scopes.name", error))?;
                Ok((name, ResourceId::from(resource.0)))
            });
            names.collect()
        })
    }

    fn clients_with(&mut self, scopes: &[ScopeName], limit: usize) -> StoreResult<Vec<ClientId>> {
        self.read(|connection| {
            let names: Vec<&str> = scopes.iter().map(ScopeName::as_str).collect();
            let holders = client_values::table
                .filter(client_values::kind.eq(SCOPE))
                .filter(client_values::value.eq_any(names))
                .select(client_values::client);
            let ids: Vec<String> = clients::table
                .filter(clients::id.eq_any(holders))
                .order(clients::client_id)
                .select(clients::client_id)
                .limit(at_most(limit))
                .load(connection)?;
            let ids = ids.iter().map(|id| ClientId::parse(id));
            Ok(ids
                .collect::<Result<_, _>>()
                .map_err(|error| RefusedRow::new("clients.client_id", error))?)
        })
    }
}

/// What the store calls the owner, whom the unit has looked for.
fn owner_of(connection: &mut AnyConnection, resource: &Resource) -> Result<Option<DbId>, StatementError> {
    let Some(owner) = &resource.settings.owner else {
        return Ok(None);
    };
    Ok(clients::table
        .filter(clients::client_id.eq(owner.as_str()))
        .select(clients::id)
        .get_result(connection)
        .optional()?)
}

fn insert_scopes(connection: &mut AnyConnection, resource: &Resource) -> Result<(), StatementError> {
    for scope in &resource.settings.scopes {
        diesel::insert_into(resource_scopes::table)
            .values((
                resource_scopes::name.eq(scope.name.as_str()),
                resource_scopes::resource.eq(DbId(resource.id.as_uuid())),
                resource_scopes::description.eq(scope.description.as_str()),
                resource_scopes::is_default.eq(scope.is_default),
            ))
            .execute(connection)?;
    }
    Ok(())
}

/// The resources of those rows with their scopes and owners, in the order of the rows.
fn whole(connection: &mut AnyConnection, rows: Vec<ResourceRow>) -> Result<Vec<Resource>, StatementError> {
    let mut scopes: HashMap<uuid::Uuid, Vec<ResourceScope>> = HashMap::new();
    let mut owners: HashMap<uuid::Uuid, String> = HashMap::new();
    for part in rows.chunks(ROWS_AT_ONCE) {
        let ids = part.iter().map(|row| row.id);
        let of_part: Vec<ScopeRow> = resource_scopes::table
            .filter(resource_scopes::resource.eq_any(ids))
            .load(connection)?;
        for row in of_part {
            scopes.entry(row.1.0).or_default().push(scope(row)?);
        }
        let ids = part.iter().filter_map(|row| row.owner);
        let of_part: Vec<(DbId, String)> = clients::table
            .filter(clients::id.eq_any(ids))
            .select((clients::id, clients::client_id))
            .load(connection)?;
        owners.extend(of_part.into_iter().map(|(id, client_id)| (id.0, client_id)));
    }
    let whole = rows.into_iter().map(|row| {
        let owner = row.owner.and_then(|owner| owners.get(&owner.0).cloned());
        let scopes = scopes.remove(&row.id.0).unwrap_or_default();
        Ok(row.with(owner, scopes)?)
    });
    whole.collect()
}

//! Bodies of resources.

use crate::json::{json_line, timestamp};
use crate::lists::ListCursors;
use crate::twin_bodies::twin_bodies;
use portcullis_domain::{Page, Resource, ResourceScope};
use serde::Serialize;
use utoipa::ToSchema;

/// What access tokens of clients are for.
#[derive(Serialize, ToSchema)]
#[schema(as = Resource)]
pub(crate) struct ResourceBody {
    /// Names the resource.
    #[schema(format = Uuid, examples("019338a1-7c00-7a3b-8d52-6f1e0c9b4a27"))]
    id: String,
    /// Its URI, which tokens name as their audience.
    #[schema(examples("https://api.example.com"))]
    uri: String,
    /// What people call it.
    #[schema(examples("Orders"))]
    name: String,
    /// `admin`, or `file` where the file that `CLIENTS_FILE` names looks after it.
    #[schema(examples("admin"))]
    managed_by: String,
    /// The client that may ask whether a token for it counts.
    #[schema(required = true, examples("orders-api"))]
    owner: Option<String>,
    /// What tokens for it are signed by.
    #[schema(examples("ES256"))]
    alg: String,
    /// How long tokens for it live.
    #[schema(examples(600))]
    access_seconds: i64,
    /// Its scopes, by name.
    scopes: Vec<ResourceScopeBody>,
    /// How often it was changed. The header `ETag` tells it, too.
    #[schema(minimum = 1, examples(1))]
    version: u64,
    /// When it was registered, in UTC.
    #[schema(format = DateTime, examples("2026-11-22T09:30:00.000000Z"))]
    created_at: String,
    /// When it was last changed, in UTC.
    #[schema(format = DateTime, examples("2026-11-22T09:30:00.000000Z"))]
    updated_at: String,
}

/// A scope of a resource.
#[derive(Serialize, ToSchema)]
#[schema(as = ResourceScope)]
pub(crate) struct ResourceScopeBody {
    /// Its name, which no other resource has.
    #[schema(examples("orders:read"))]
    name: String,
    /// What it allows, as people are told who are asked for it.
    #[schema(examples("Read your orders"))]
    description: String,
    /// Whether a client that names the resource and no scope is given it.
    is_default: bool,
}

impl From<&ResourceScope> for ResourceScopeBody {
    fn from(scope: &ResourceScope) -> Self {
        Self {
            name: scope.name.to_string(),
            description: scope.description.as_str().to_owned(),
            is_default: scope.is_default,
        }
    }
}

impl From<&Resource> for ResourceBody {
    fn from(resource: &Resource) -> Self {
        let settings = &resource.settings;
        Self {
            id: resource.id.to_string(),
            uri: settings.uri.to_string(),
            name: settings.name.as_str().to_owned(),
            managed_by: resource.managed_by.to_string(),
            owner: settings.owner.as_ref().map(ToString::to_string),
            alg: settings.alg.to_string(),
            access_seconds: settings.access_life.num_seconds(),
            scopes: settings.scopes.iter().map(ResourceScopeBody::from).collect(),
            version: resource.version.number(),
            created_at: timestamp(resource.created_at),
            updated_at: timestamp(resource.updated_at),
        }
    }
}

/// A page of resources.
#[derive(Serialize, ToSchema)]
#[schema(as = ResourceList)]
pub(crate) struct ResourceListBody {
    /// Newest first.
    items: Vec<ResourceBody>,
    /// Leads to the next page; `null` where this is the last.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

impl ResourceListBody {
    pub(crate) fn new(page: &Page<Resource>, cursors: ListCursors<'_>) -> Self {
        Self {
            items: page.items.iter().map(ResourceBody::from).collect(),
            next_cursor: cursors.next(page),
        }
    }
}

/// A resource as the API answers it: one line of JSON, without a line end.
#[must_use]
pub fn resource_json(resource: &Resource) -> String {
    json_line(&ResourceBody::from(resource))
}

twin_bodies! {
    shared {
        /// What people call it: 1 to 100 characters. Of a new resource, its URI where this is left out.
        #[schema(required = false, nullable = false, max_length = 100)]
        name: String,
        /// The client that may ask whether a token for it counts.
        #[schema(required = false)]
        owner: Option<String>,
        /// What tokens for it are signed by: `ES256`, `EdDSA` or `RS256`.
        #[schema(required = false, nullable = false)]
        alg: String,
        /// How long tokens for it live.
        #[schema(required = false, nullable = false, minimum = 60, maximum = 3600)]
        access_seconds: u32,
        /// Its scopes: all of them. No two resources have one of the same name.
        #[schema(required = false, nullable = false, max_items = 50)]
        scopes: Vec<NewResourceScopeBody>,
    }

    /// A resource that is to be registered.
    NewResourceBody as NewResource {
        /// Its URI, which tokens name as their audience: absolute, without a fragment.
        #[schema(max_length = 512)]
        uri: String,
    }

    /// What to change of a resource. What is left out stays as it is.
    ChangeResourceBody as ChangeResource (filled with json!({})) {
        /// Its URI, which tokens name as their audience: absolute, without a fragment.
        #[schema(required = false, nullable = false, max_length = 512)]
        uri: String,
    }
}

/// A scope that is to be a resource's. The name alone may stand in its place.
#[derive(ToSchema)]
#[schema(as = NewResourceScope)]
#[expect(dead_code, reason = "documents what is read")]
pub(crate) struct NewResourceScopeBody {
    /// Its name: visible ASCII without quotes and backslashes.
    #[schema(max_length = 100)]
    name: String,
    /// What it allows, as people are told who are asked for it.
    #[schema(required = false, nullable = false, max_length = 200)]
    description: String,
    /// Whether a client that names the resource and no scope is given it.
    #[schema(required = false, nullable = false)]
    is_default: bool,
}

//! The file of clients: what it says is made so, in one unit of work.

mod apply;

use super::client_keys;
use super::reading::Written;
use crate::actor::{Authority, By};
use crate::ports::{ClientProofs, LiveGrants, StoreError};
use crate::unit_of_work::UnitsOfWork;
use async_trait::async_trait;
use portcullis_domain::{Digest32, Fault, RegisteredClient, Resource};
use portcullis_oauth2::{ClientId, ResourceUri};
use shaku::{Component, Interface};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Makes so what a file says of clients and resources. What it looks after is changed nowhere else.
#[async_trait]
pub trait ClientsFile: Interface {
    /// Makes it so, because a setting names the file.
    async fn apply_setting(&self, content: FileContent) -> Result<Vec<Applied>, ApplyError>;

    /// Makes it so, because whoever runs the server asks for it.
    async fn apply(&self, by: Authority, content: FileContent, gone: Gone) -> Result<Vec<Applied>, ApplyError>;

    /// What [`apply`](Self::apply) would do. Nothing is changed.
    async fn rehearse(&self, by: Authority, content: FileContent, gone: Gone) -> Result<Vec<Applied>, ApplyError>;
}

/// What is done with clients that the file looked after and says nothing of any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    /// They are disabled.
    Disabled,
    /// They are removed.
    Removed,
}

/// What a file says, in its order.
#[derive(Debug, Clone, Default)]
pub struct FileContent {
    /// Of clients.
    pub clients: Vec<FileClient>,
    /// Of resources.
    pub resources: Vec<FileResource>,
}

/// What a file says of one client.
#[derive(Debug, Clone)]
pub struct FileClient {
    /// Its id.
    pub client_id: ClientId,
    /// What was said of it. What is left out is as of a new client.
    pub written: Written,
    /// The digests of its secrets.
    pub secrets: Vec<Digest32>,
}

/// What a file says of one resource.
#[derive(Debug, Clone)]
pub struct FileResource {
    /// Its URI.
    pub uri: ResourceUri,
    /// What was said of it, with the URI. What is left out is as of a new resource.
    pub written: Written,
}

/// Which part of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// So many clients stand before it.
    Client(usize),
    /// So many resources stand before it.
    Resource(usize),
}

/// One difference that was made.
#[derive(Debug)]
pub enum Applied {
    /// A client.
    Client {
        /// As it was.
        before: Option<Box<RegisteredClient>>,
        /// As it is.
        after: Option<Box<RegisteredClient>>,
        /// What people let it do before: whom the change may touch.
        touched: LiveGrants,
    },
    /// A resource.
    Resource {
        /// As it was.
        before: Option<Box<Resource>>,
        /// As it is.
        after: Option<Box<Resource>>,
    },
}

impl Applied {
    fn resource(before: Option<Resource>, after: Option<Resource>) -> Self {
        Self::Resource {
            before: before.map(Box::new),
            after: after.map(Box::new),
        }
    }

    fn client(before: Option<RegisteredClient>, after: Option<RegisteredClient>, touched: LiveGrants) -> Self {
        Self::Client {
            before: before.map(Box::new),
            after: after.map(Box::new),
            touched,
        }
    }
}

/// Why nothing of the file was made so.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// There is no provider here. The text says why, and what to do.
    #[error("{0}")]
    ProviderOff(String),
    /// Something is wrong with a part of it.
    #[error("a part of the file is not right")]
    Invalid {
        /// Which.
        entry: Entry,
        /// What is wrong with it.
        faults: Vec<Fault>,
    },
    /// The one who asked may not.
    #[error("not allowed any more")]
    NoLongerAllowed,
    /// It was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// [`ClientsFile`] in one unit of work.
#[derive(Component)]
#[shaku(interface = ClientsFile)]
pub struct ClientsFileService {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
    #[shaku(inject)]
    proofs: Arc<dyn ClientProofs>,
}

#[async_trait]
impl ClientsFile for ClientsFileService {
    async fn apply_setting(&self, content: FileContent) -> Result<Vec<Applied>, ApplyError> {
        self.make_so(By::Setting, content, Gone::Disabled).await
    }

    async fn apply(&self, by: Authority, content: FileContent, gone: Gone) -> Result<Vec<Applied>, ApplyError> {
        self.make_so(by.into(), content, gone).await
    }

    async fn rehearse(&self, by: Authority, content: FileContent, gone: Gone) -> Result<Vec<Applied>, ApplyError> {
        let issuer = self.units.issuer().map_err(ApplyError::ProviderOff)?;
        self.judge(&content)?;
        let rehearsed: Result<(), Ended> = self
            .units
            .write(by, move |unit| {
                let applied = apply::apply(unit, &issuer, &content, gone)?;
                // What was tried is undone.
                Err(Ended::Rehearsed(applied))
            })
            .await;
        match rehearsed {
            Err(Ended::Rehearsed(applied)) => Ok(applied),
            Err(Ended::Refused(error)) => Err(error),
            Ok(()) => Ok(Vec::new()),
        }
    }
}

impl ClientsFileService {
    /// What can be judged without the store: keys that check nothing, and secrets that stand there twice.
    fn judge(&self, content: &FileContent) -> Result<(), ApplyError> {
        let mut known = BTreeMap::new();
        for (index, client) in content.clients.iter().enumerate() {
            let mut faults: Vec<Fault> = client_keys::unusable(&client.written, &*self.proofs)
                .into_iter()
                .collect();
            for digest in &client.secrets {
                let detail = match known.insert(digest.as_bytes(), index) {
                    None => continue,
                    Some(before) if before == index => "one secret stands here more than once; take one away",
                    Some(_) => "another client of the file has this secret; give each its own",
                };
                faults.push(Fault::new("secret_sha256", "repeated", detail));
            }
            if !faults.is_empty() {
                let entry = Entry::Client(index);
                return Err(ApplyError::Invalid { entry, faults });
            }
        }
        Ok(())
    }

    async fn make_so(&self, by: By, content: FileContent, gone: Gone) -> Result<Vec<Applied>, ApplyError> {
        let issuer = self.units.issuer().map_err(ApplyError::ProviderOff)?;
        self.judge(&content)?;
        let applied = self
            .units
            .write(by, move |unit| apply::apply(unit, &issuer, &content, gone));
        let applied = applied.await?;
        self.units.read_registry_soon().await;
        tracing::info!(changes = applied.len(), "the file of clients is in effect");
        Ok(applied)
    }
}

/// How a rehearsal ended.
#[derive(Debug)]
enum Ended {
    Rehearsed(Vec<Applied>),
    Refused(ApplyError),
}

impl From<ApplyError> for Ended {
    fn from(error: ApplyError) -> Self {
        Self::Refused(error)
    }
}

impl From<StoreError> for Ended {
    fn from(error: StoreError) -> Self {
        Self::Refused(error.into())
    }
}

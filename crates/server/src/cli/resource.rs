//! Resources: what access tokens of OAuth clients are for.

use super::operation;
use super::output::{Column, Form, Rows, after_the_work, moment, print};
use crate::config::Environment;
use crate::container::Container;
use anyhow::{Context as _, anyhow};
use clap::{Args, Subcommand};
use portcullis_api::resource_json;
use portcullis_application::provider::reading::Written;
use portcullis_application::provider::resources::{ChangeResourceError, CreateResourceError, ResourceOutOfReach};
use portcullis_application::{Operator, Resources};
use portcullis_domain::{PageRequest, PageSize, Resource};
use portcullis_oauth2::ResourceUri;
use serde_json::{Value, json};
use shaku::HasComponent as _;
use std::sync::Arc;

#[derive(Debug, Subcommand)]
pub(super) enum ResourceCommand {
    /// Register a resource and print it.
    #[command(
        after_help = "Example:\n  portcullis resource create https://api.example.com --scope 'orders:read=Read your orders' \
                            --scope orders:write"
    )]
    Create {
        /// Its URI, which tokens name as their audience.
        #[arg(value_parser = ResourceUri::parse)]
        uri: ResourceUri,
        #[command(flatten)]
        said: ResourceFlags,
        /// Print JSON also on a terminal.
        #[arg(long)]
        json: bool,
    },
    /// Print resources, newest first.
    List {
        /// Print JSON lines also on a terminal.
        #[arg(long)]
        json: bool,
    },
    /// Print a resource.
    Show {
        /// Its URI.
        #[arg(value_parser = ResourceUri::parse)]
        uri: ResourceUri,
        /// Print JSON also on a terminal.
        #[arg(long)]
        json: bool,
    },
    /// Change a resource. What is left out stays as it is; of the scopes, all of them are said.
    Change {
        /// Its URI.
        #[arg(value_parser = ResourceUri::parse)]
        uri: ResourceUri,
        #[command(flatten)]
        said: ResourceFlags,
        /// Print JSON also on a terminal.
        #[arg(long)]
        json: bool,
    },
    /// Delete a resource whose scopes no client has, and print what it was.
    Delete {
        /// Its URI.
        #[arg(value_parser = ResourceUri::parse)]
        uri: ResourceUri,
        /// Print JSON also on a terminal.
        #[arg(long)]
        json: bool,
    },
}

/// The members of a resource, as flags.
#[derive(Debug, Args)]
pub(super) struct ResourceFlags {
    /// What people call it [of a new one: its URI].
    #[arg(long)]
    name: Option<String>,
    /// The client that may ask whether a token for it counts. An empty text says none.
    #[arg(long, value_name = "CLIENT")]
    owner: Option<String>,
    /// What tokens for it are signed by: ES256, `EdDSA` or RS256 [of a new one: ES256].
    #[arg(long)]
    alg: Option<String>,
    /// How long tokens for it live: 60 to 3600 seconds [of a new one: 600].
    #[arg(long, value_name = "SECONDS")]
    access_seconds: Option<i64>,
    /// A scope, and behind `=` what it allows. May be repeated.
    #[arg(long = "scope", value_name = "NAME[=DESCRIPTION]")]
    scopes: Vec<String>,
    /// A scope, as `--scope` has it, that a client is given which names the resource and no scope. May be repeated.
    #[arg(long = "default-scope", value_name = "NAME[=DESCRIPTION]")]
    default_scopes: Vec<String>,
}

impl ResourceFlags {
    fn written(self) -> Written {
        let scope = |text: String, is_default: bool| {
            let (name, description) = text.split_once('=').unwrap_or((&text, ""));
            json!({"name": name, "description": description, "is_default": is_default})
        };
        let scopes: Vec<Value> = (self.scopes.into_iter().map(|text| scope(text, false)))
            .chain(self.default_scopes.into_iter().map(|text| scope(text, true)))
            .collect();
        let owner = self
            .owner
            .map(|owner| if owner.is_empty() { Value::Null } else { owner.into() });
        let members = [
            ("name", self.name.map(Value::from)),
            ("owner", owner),
            ("alg", self.alg.map(Value::from)),
            ("access_seconds", self.access_seconds.map(Value::from)),
            (
                "scopes",
                Some(scopes).filter(|scopes| !scopes.is_empty()).map(Value::from),
            ),
        ];
        let said = members
            .into_iter()
            .filter_map(|(member, value)| Some((member.to_owned(), value?)));
        said.collect()
    }
}

pub(super) fn run(environment: &Environment, command: ResourceCommand) -> anyhow::Result<()> {
    let config = operation::config(environment)?;
    operation::on_store(&config, async |container, operator| {
        let registry = |json| Registry::of(container, operator, Form::of(json));
        match command {
            ResourceCommand::Create { uri, said, json } => {
                registry(json).create(uri, said.written()).await?;
                operation::until_every_server_knows().await;
                Ok(())
            }
            ResourceCommand::List { json } => registry(json).list().await,
            ResourceCommand::Show { uri, json } => {
                let registry = registry(json);
                registry.print(&registry.find(&uri).await?)
            }
            ResourceCommand::Change { uri, said, json } => {
                registry(json).change(uri, said.written()).await?;
                operation::until_every_server_knows().await;
                Ok(())
            }
            ResourceCommand::Delete { uri, json } => {
                registry(json).delete(uri).await?;
                operation::until_every_server_knows().await;
                Ok(())
            }
        }
    })
}

struct Registry {
    resources: Arc<dyn Resources>,
    operator: Operator,
    form: Form,
}

impl Registry {
    fn of(container: &Container, operator: Operator, form: Form) -> Self {
        Self {
            resources: container.resolve(),
            operator,
            form,
        }
    }

    async fn find(&self, uri: &ResourceUri) -> anyhow::Result<Resource> {
        let found = self.resources.find_by_uri(self.operator.authority(), uri.clone()).await;
        let found = found.with_context(|| format!("the resource {uri} can't be read"))?;
        found.ok_or_else(|| anyhow!("there is no resource {uri}; see portcullis resource list"))
    }

    async fn create(&self, uri: ResourceUri, mut written: Written) -> anyhow::Result<()> {
        written.insert("uri".to_owned(), uri.as_str().into());
        let created = self.resources.create(self.operator.authority(), written).await;
        let resource = created.map_err(|error| match error {
            CreateResourceError::UriTaken => {
                anyhow!("there is a resource {uri} already; change it by portcullis resource change")
            }
            error @ (CreateResourceError::ProviderOff(_)
            | CreateResourceError::Invalid(_)
            | CreateResourceError::NoLongerAllowed
            | CreateResourceError::Store(_)) => anyhow::Error::new(error).context("no resource was made"),
        })?;
        after_the_work(self.print(&resource))
    }

    async fn list(&self) -> anyhow::Result<()> {
        let mut rows = self.rows();
        let mut request = PageRequest {
            size: PageSize::LARGEST,
            after: None,
        };
        loop {
            let page = self.resources.list(self.operator.authority(), request).await;
            let page = page.context("the resources can't be read")?;
            rows.add(&page.items)?;
            request.after = page.next;
            if request.after.is_none() {
                return rows.end();
            }
        }
    }

    async fn change(&self, uri: ResourceUri, change: Written) -> anyhow::Result<()> {
        let found = self.find(&uri).await?;
        let changed = self
            .resources
            .change(self.operator.authority(), found.id, None, change)
            .await;
        let untouched = || format!("the resource {uri} was not changed");
        let resource = changed.map_err(|error| match error {
            ChangeResourceError::OutOfReach(error) => out_of_reach(error, &uri),
            error @ (ChangeResourceError::ProviderOff(_)
            | ChangeResourceError::Invalid(_)
            | ChangeResourceError::UriTaken
            | ChangeResourceError::Store(_)) => anyhow::Error::new(error).context(untouched()),
        })?;
        after_the_work(self.print(&resource))
    }

    async fn delete(&self, uri: ResourceUri) -> anyhow::Result<()> {
        let found = self.find(&uri).await?;
        let deleted = self.resources.delete(self.operator.authority(), found.id, None).await;
        deleted.map_err(|error| out_of_reach(error, &uri))?;
        if self.form == Form::Table {
            after_the_work(print(&format!("deleted {uri}\n")))?;
        }
        after_the_work(self.print(&found))
    }

    fn print(&self, resource: &Resource) -> anyhow::Result<()> {
        let mut rows = self.rows();
        rows.add([resource])?;
        rows.end()
    }

    fn rows(&self) -> Rows<Resource> {
        Rows::new(self.form, COLUMNS, "no resources", |resource| {
            Ok(resource_json(resource))
        })
    }
}

const COLUMNS: &[Column<Resource>] = &[
    ("RESOURCE", |resource| resource.settings.uri.to_string()),
    ("NAME", |resource| resource.settings.name.as_str().to_owned()),
    ("OWNER", |resource| {
        resource
            .settings
            .owner
            .as_ref()
            .map_or_else(String::new, ToString::to_string)
    }),
    ("ALG", |resource| resource.settings.alg.to_string()),
    ("SECONDS", |resource| {
        resource.settings.access_life.num_seconds().to_string()
    }),
    ("BY", |resource| resource.managed_by.to_string()),
    ("SINCE", |resource| moment(resource.created_at)),
    ("SCOPES", |resource| {
        let names: Vec<String> = resource
            .settings
            .scopes
            .iter()
            .map(|scope| scope.name.to_string())
            .collect();
        names.join(" ")
    }),
];

fn out_of_reach(error: ResourceOutOfReach, uri: &ResourceUri) -> anyhow::Error {
    match error {
        ResourceOutOfReach::NotFound => anyhow!("there is no resource {uri}; see portcullis resource list"),
        error @ (ResourceOutOfReach::NoLongerAllowed
        | ResourceOutOfReach::ManagedByFile
        | ResourceOutOfReach::Stale
        | ResourceOutOfReach::InUse(_)
        | ResourceOutOfReach::Store(_)) => {
            anyhow::Error::new(error).context(format!("the resource {uri} was not changed"))
        }
    }
}

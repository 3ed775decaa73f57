//! What is done to clients.

use super::created;
use super::refusals::{missing, no_member, no_secret, not_changed, not_created, out_of_reach, untouched};
use super::snippets::{Framework, snippet};
use crate::cli::output::{Column, Form, Rows, after_the_work, moment, print, shown};
use crate::container::Container;
use crate::foundation::unready_keys;
use anyhow::{Context as _, anyhow, bail};
use chrono::{DateTime, Utc};
use portcullis_api::{client_json, client_member_json, created_client_json, new_secret_json};
use portcullis_application::provider::clients::{ClientOutOfReach, NewClient};
use portcullis_application::provider::reading::Written;
use portcullis_application::{Authority, Operator, SigningKeys, Users};
use portcullis_domain::{
    ClientKind, ClientMember, ClientRoles, ClientSecretId, Email, Issuer, Label, PageRequest, PageSize,
    RegisteredClient, User,
};
use portcullis_oauth2::{ClientId, GrantType};
use shaku::HasComponent as _;
use std::io::{self, BufRead as _, IsTerminal as _, Read as _};
use std::sync::Arc;
use tokio::time::sleep;

/// The clients of the store.
pub(super) struct Clients {
    service: Arc<dyn portcullis_application::Clients>,
    users: Arc<dyn Users>,
    keys: Arc<dyn SigningKeys>,
    operator: Operator,
    form: Form,
}

impl Clients {
    pub(super) fn of(container: &Container, operator: Operator, form: Form) -> Self {
        Self {
            service: container.resolve(),
            users: container.resolve(),
            keys: container.resolve(),
            operator,
            form,
        }
    }

    fn by(&self) -> Authority {
        self.operator.authority()
    }

    pub(super) async fn find(&self, id: &ClientId) -> anyhow::Result<RegisteredClient> {
        let found = self.service.find(self.by(), id.clone()).await;
        let found = found.with_context(|| format!("the client {id} can't be read"))?;
        found.ok_or_else(|| missing(id))
    }

    async fn find_user(&self, email: &Email) -> anyhow::Result<User> {
        let found = self.users.find_by_email(self.by(), email.clone()).await;
        let found = found.with_context(|| format!("the account of {email} can't be read"))?;
        found.ok_or_else(|| anyhow!("there is no account of {email}; see portcullis user list"))
    }

    /// Registers a client, and returns once its tokens can be signed.
    pub(super) async fn create(
        &self,
        client_id: Option<ClientId>,
        written: Written,
        framework: Option<Framework>,
        issuer: Option<&Issuer>,
    ) -> anyhow::Result<()> {
        let created = self.service.create(self.by(), NewClient { client_id, written }).await;
        let created = created.map_err(not_created)?;
        let text = if self.form == Form::JsonLines && framework.is_none() {
            format!("{}\n", created_client_json(&created))
        } else {
            created::text(&created, framework, issuer)
        };
        after_the_work(print(&text))?;
        if let Some(missing) = created::missing(&created).filter(|_| self.form == Form::Table) {
            eprintln!("{missing}");
        }
        self.make_provider_keys()
            .await
            .context("the client is registered, and the provider has no keys to sign its tokens with")
    }

    /// Makes the keys of the provider, if this is its first client.
    async fn make_provider_keys(&self) -> anyhow::Result<()> {
        let mut is_told = false;
        loop {
            let begun = self.keys.begin_the_providers(&self.operator).await;
            let Some(wait) = begun.map_err(unready_keys)? else {
                return Ok(());
            };
            if !is_told && self.form == Form::Table {
                eprintln!("This is the first client: the keys that its tokens are signed with are made now.");
                is_told = true;
            }
            sleep(wait).await;
        }
    }

    /// Prints a client, or its configuration for a framework.
    pub(super) async fn show(
        &self,
        id: ClientId,
        framework: Option<Framework>,
        issuer: Option<&Issuer>,
    ) -> anyhow::Result<()> {
        let found = self.find(&id).await?;
        if let Some((framework, issuer)) = framework.zip(issuer) {
            if found.client.settings.kind == ClientKind::Service {
                bail!(FOR_NOBODY);
            }
            return print(&snippet(framework, issuer, &found.client, None));
        }
        self.print(&found)?;
        if self.form == Form::Table {
            print(&details(&found))?;
        }
        Ok(())
    }

    pub(super) async fn list(&self) -> anyhow::Result<()> {
        let mut rows = self.rows();
        let mut request = everything();
        loop {
            let listed = self.service.list(self.by(), request).await;
            let page = listed.context("the clients can't be read")?;
            rows.add(&page.items)?;
            if page.next.is_none() {
                return rows.end();
            }
            request.after = page.next;
        }
    }

    pub(super) async fn change(&self, id: ClientId, change: Written) -> anyhow::Result<()> {
        let changed = self.service.change(self.by(), id.clone(), None, change).await;
        let changed = changed.map_err(|error| not_changed(error, &id))?;
        after_the_work(self.print(&changed))
    }

    pub(super) async fn delete(&self, id: ClientId, is_confirmed: bool) -> anyhow::Result<()> {
        let found = self.find(&id).await?;
        if !is_confirmed && !is_meant(&id)? {
            bail!("the client {id} was not deleted");
        }
        let deleted = self.service.delete(self.by(), id.clone(), None).await;
        deleted.map_err(|error| out_of_reach(error, &id))?;
        if self.form == Form::Table {
            after_the_work(print(&format!("deleted {id}\n")))?;
        }
        after_the_work(self.print(&found))
    }

    pub(super) async fn revoke(&self, id: ClientId) -> anyhow::Result<()> {
        let revoked = self.service.revoke(self.by(), id.clone()).await;
        revoked.map_err(|error| out_of_reach(error, &id))?;
        after_the_work(self.print(&self.find(&id).await?))
    }

    pub(super) async fn add_secret(
        &self,
        id: ClientId,
        label: Option<Label>,
        expires_at: Option<DateTime<Utc>>,
    ) -> anyhow::Result<()> {
        let added = self.service.add_secret(self.by(), id.clone(), label, expires_at).await;
        let new = added.map_err(|error| no_secret(error, &id))?;
        let text = match self.form {
            Form::JsonLines => new_secret_json(&new),
            Form::Table => format!(
                "secret         {}\nclient_secret  {}\n\nThe secret is told this once: keep it now.",
                new.secret.id,
                new.text.expose()
            ),
        };
        after_the_work(print(&format!("{text}\n")))
    }

    pub(super) async fn remove_secret(&self, id: ClientId, secret: ClientSecretId) -> anyhow::Result<()> {
        self.find(&id).await?;
        let removed = self.service.remove_secret(self.by(), id.clone(), secret).await;
        removed.map_err(|error| match error {
            ClientOutOfReach::NotFound => anyhow!("{id} has no secret {secret}; see portcullis client show {id}"),
            error @ (ClientOutOfReach::NoLongerAllowed
            | ClientOutOfReach::ManagedByFile
            | ClientOutOfReach::Stale
            | ClientOutOfReach::Store(_)) => out_of_reach(error, &id),
        })?;
        after_the_work(self.print(&self.find(&id).await?))
    }

    pub(super) async fn add_member(&self, id: ClientId, email: Email, roles: Vec<String>) -> anyhow::Result<()> {
        let user = self.find_user(&email).await?;
        let roles = ClientRoles::of(roles.iter().map(String::as_str)).map_err(|error| untouched(error, &id))?;
        let put = self.service.put_member(self.by(), id.clone(), user.id, roles).await;
        let member = put.map_err(|error| no_member(error, &id, &email))?;
        after_the_work(self.print_members(&[member]))
    }

    pub(super) async fn remove_member(&self, id: ClientId, email: Email) -> anyhow::Result<()> {
        let user = self.find_user(&email).await?;
        self.find(&id).await?;
        let removed = self.service.remove_member(self.by(), id.clone(), user.id).await;
        removed.map_err(|error| match error {
            ClientOutOfReach::NotFound => {
                anyhow!("{email} is no member of {id}; see portcullis client member list {id}")
            }
            error @ (ClientOutOfReach::NoLongerAllowed
            | ClientOutOfReach::ManagedByFile
            | ClientOutOfReach::Stale
            | ClientOutOfReach::Store(_)) => out_of_reach(error, &id),
        })?;
        after_the_work(self.print(&self.find(&id).await?))
    }

    pub(super) async fn list_members(&self, id: ClientId) -> anyhow::Result<()> {
        let mut rows = member_rows(self.form);
        let mut request = everything();
        loop {
            let listed = self.service.list_members(self.by(), id.clone(), request).await;
            let page = listed
                .context("the members can't be read")?
                .ok_or_else(|| missing(&id))?;
            rows.add(&page.items)?;
            if page.next.is_none() {
                return rows.end();
            }
            request.after = page.next;
        }
    }

    fn print_members(&self, members: &[ClientMember]) -> anyhow::Result<()> {
        let mut rows = member_rows(self.form);
        rows.add(members)?;
        rows.end()
    }

    fn print(&self, client: &RegisteredClient) -> anyhow::Result<()> {
        let mut rows = self.rows();
        rows.add([client])?;
        rows.end()
    }

    fn rows(&self) -> Rows<RegisteredClient> {
        Rows::new(self.form, COLUMNS, "no clients", |client| Ok(client_json(client)))
    }
}

/// What a framework would need of a client that nobody signs in to.
pub(super) const FOR_NOBODY: &str =
    "nobody signs in to a client of kind service, so no framework has a configuration for it; leave --framework out";

/// What of a client does not fit into a row.
fn details(found: &RegisteredClient) -> String {
    let settings = &found.client.settings;
    let mut text = String::new();
    let mut add = |line: String| text.extend([shown(&line).as_str(), "\n"]);
    for grant in &settings.grant_types {
        add(format!("grant type {grant}"));
    }
    for uri in &settings.redirect_uris {
        add(format!("redirect URI {uri}"));
    }
    for uri in &settings.logout_uris {
        add(format!("redirect URI after signing out {uri}"));
    }
    for origin in &settings.origins {
        add(format!("origin {}", origin.as_str()));
    }
    for secret in &found.secrets {
        let last = secret.last_used_at.map_or_else(|| "never".to_owned(), moment);
        add(format!(
            "secret {}, of {}, last used: {last}",
            secret.id,
            moment(secret.created_at)
        ));
    }
    text
}

const COLUMNS: &[Column<RegisteredClient>] = &[
    ("CLIENT", |it| it.client.client_id.to_string()),
    ("NAME", |it| it.client.settings.name.as_str().to_owned()),
    ("KIND", |it| it.client.settings.kind.to_string()),
    ("STATE", |it| {
        let state = if it.client.settings.enabled {
            "enabled"
        } else {
            "disabled"
        };
        state.to_owned()
    }),
    // Who has no codes binds none.
    ("PKCE", |it| {
        let settings = &it.client.settings;
        let has_codes = settings.may_use(GrantType::AuthorizationCode);
        if has_codes {
            settings.pkce.to_string()
        } else {
            String::new()
        }
    }),
    ("ACCESS", |it| it.client.settings.access.to_string()),
    ("BY", |it| it.client.managed_by.to_string()),
    ("SINCE", |it| moment(it.client.created_at)),
    ("SCOPES", |it| it.client.settings.scopes.to_string()),
];

const MEMBER_COLUMNS: &[Column<ClientMember>] = &[
    ("USER", |member| member.user_id.to_string()),
    ("ROLES", |member| member.roles.to_string()),
    ("SINCE", |member| moment(member.added_at)),
];

fn member_rows(form: Form) -> Rows<ClientMember> {
    Rows::new(form, MEMBER_COLUMNS, "no members", |member| {
        Ok(client_member_json(member))
    })
}

fn everything() -> PageRequest {
    PageRequest {
        size: PageSize::LARGEST,
        after: None,
    }
}

/// Whether the person at the terminal means it. Without a terminal nobody can be asked, and a script means it.
fn is_meant(id: &ClientId) -> anyhow::Result<bool> {
    let input = io::stdin();
    if !input.is_terminal() {
        return Ok(true);
    }
    eprint!("Delete {id} for good, with all that it was given? Type yes: ");
    let mut answer = String::new();
    input.lock().take(16).read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
}

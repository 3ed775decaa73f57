//! OAuth clients.

mod applied;
mod check;
mod created;
mod flags;
mod questions;
mod refusals;
mod registry;
mod snippets;

use super::operation;
use super::output::Form;
use crate::config::{Config, Environment};
use anyhow::{anyhow, bail};
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use flags::ClientFlags;
use portcullis_application::provider::clients_file::Gone;
use portcullis_domain::{ClientSecretId, Email, Issuer, Label};
use portcullis_oauth2::ClientId;
use portcullis_web::{NoIssuer, OwnAddress};
use registry::Clients;
use snippets::Framework;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(super) enum ClientCommand {
    /// Register a client, and print it with its secret, which is told this once. On a terminal it asks for what is missing, and
    /// prints the configuration to paste.
    #[command(
        after_help = "Example:\n  portcullis client create --id shop --kind web --redirect-uri \
                            https://shop.example.com/callback --framework authjs"
    )]
    Create {
        /// What the client calls itself. One is made where this is left out.
        #[arg(long, value_parser = ClientId::parse)]
        id: Option<ClientId>,
        #[command(flatten)]
        said: ClientFlags,
        /// Print the configuration of that framework.
        #[arg(long, value_enum)]
        framework: Option<Framework>,
        #[command(flatten)]
        output: OutputFlags,
    },
    /// Print clients, newest first.
    List {
        #[command(flatten)]
        output: OutputFlags,
    },
    /// Print a client.
    Show {
        /// The client's id.
        #[arg(value_parser = ClientId::parse)]
        id: ClientId,
        /// Print the configuration of that framework, without the secret.
        #[arg(long, value_enum)]
        framework: Option<Framework>,
        #[command(flatten)]
        output: OutputFlags,
    },
    /// Change a client. What is left out stays as it is; of a list, all of it is said. Every server
    /// knows it when the command returns.
    Change {
        /// The client's id.
        #[arg(value_parser = ClientId::parse)]
        id: ClientId,
        #[command(flatten)]
        said: ClientFlags,
        #[command(flatten)]
        output: OutputFlags,
    },
    /// Let a client be used again. What it was given before stays worthless.
    Enable {
        /// The client's id.
        #[arg(value_parser = ClientId::parse)]
        id: ClientId,
        #[command(flatten)]
        output: OutputFlags,
    },
    /// Keep a client out. What it was given is worthless on every server when the command returns.
    Disable {
        /// The client's id.
        #[arg(value_parser = ClientId::parse)]
        id: ClientId,
        #[command(flatten)]
        output: OutputFlags,
    },
    /// Delete a client for good, and print what it was. Asks first on a terminal; without a terminal it does not ask.
    Delete {
        /// The client's id.
        #[arg(value_parser = ClientId::parse)]
        id: ClientId,
        /// Don't ask.
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        output: OutputFlags,
    },
    /// Make all worthless that a client was given so far, on every server. It may ask anew.
    Revoke {
        /// The client's id.
        #[arg(value_parser = ClientId::parse)]
        id: ClientId,
        #[command(flatten)]
        output: OutputFlags,
    },
    /// Give a client another secret, and take one away. Two live at once.
    #[command(subcommand, arg_required_else_help = true)]
    Secret(SecretCommand),
    /// Say who may use a client whose access is for its members.
    #[command(subcommand, arg_required_else_help = true)]
    Member(MemberCommand),
    /// Say what the address that an app sends people to would come to, and why, as of somebody who is not signed in.
    #[command(
        after_help = "Example:\n  portcullis client check 'https://auth.example.org/oauth2/authorize?response_type=code&client_id=…'"
    )]
    Check {
        /// The whole address, in quotes: a shell takes & for the end of a command.
        url: String,
    },
    /// Make so what a file says of clients and resources, and print what changed.
    #[command(after_help = "Example, which changes nothing:\n  portcullis client apply clients.toml --dry-run")]
    Apply {
        /// The file. Where it is left out, the one that `CLIENTS_FILE` names.
        file: Option<PathBuf>,
        /// Print what would change, and change nothing.
        #[arg(long)]
        dry_run: bool,
        /// Remove clients that the file says nothing of any more. Without this they are disabled.
        #[arg(long)]
        prune: bool,
        #[command(flatten)]
        output: OutputFlags,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum SecretCommand {
    /// Give a client one more secret, and print it. It is told this once.
    Add {
        /// The client's id.
        #[arg(value_parser = ClientId::parse)]
        id: ClientId,
        /// What people call the secret.
        #[arg(long, value_parser = Label::parse)]
        label: Option<Label>,
        /// From when on it does not count, such as 2027-01-01T00:00:00Z.
        #[arg(long, value_name = "TIME", value_parser = moment)]
        expires_at: Option<DateTime<Utc>>,
        #[command(flatten)]
        output: OutputFlags,
    },
    /// Remove a secret, which counts no more, and print the client.
    Remove {
        /// The client's id.
        #[arg(value_parser = ClientId::parse)]
        id: ClientId,
        /// The secret's id, as `client show` prints it.
        #[arg(value_parser = secret_id)]
        secret: ClientSecretId,
        #[command(flatten)]
        output: OutputFlags,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum MemberCommand {
    /// Make a user a member, or give a member other roles.
    Add {
        /// The client's id.
        #[arg(value_parser = ClientId::parse)]
        id: ClientId,
        /// The user's address.
        #[arg(value_parser = Email::parse)]
        email: Email,
        /// A role that the user has at the client. May be repeated.
        #[arg(long = "role", value_name = "ROLE")]
        roles: Vec<String>,
        #[command(flatten)]
        output: OutputFlags,
    },
    /// Take a member away.
    Remove {
        /// The client's id.
        #[arg(value_parser = ClientId::parse)]
        id: ClientId,
        /// The user's address.
        #[arg(value_parser = Email::parse)]
        email: Email,
        #[command(flatten)]
        output: OutputFlags,
    },
    /// Print the members of a client, newest first.
    List {
        /// The client's id.
        #[arg(value_parser = ClientId::parse)]
        id: ClientId,
        #[command(flatten)]
        output: OutputFlags,
    },
}

/// How a result goes out.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct OutputFlags {
    /// Print JSON also on a terminal, and nothing else.
    #[arg(long)]
    json: bool,
}

fn secret_id(text: &str) -> Result<ClientSecretId, String> {
    let wrong = "this is the id of a secret, not the secret itself; portcullis client show prints the ids";
    text.parse().map_err(|_| wrong.to_owned())
}

fn moment(text: &str) -> Result<DateTime<Utc>, String> {
    portcullis_api::moment(text).ok_or_else(|| "this is no time as RFC 3339 writes it".to_owned())
}

pub(super) fn run(environment: &Environment, command: ClientCommand) -> anyhow::Result<()> {
    let config = operation::config(environment)?;
    match command {
        ClientCommand::Create {
            id,
            said,
            framework,
            output,
        } => create(&config, id, said, framework, output),
        ClientCommand::List { output } => on_clients(&config, output, async |clients| clients.list().await),
        ClientCommand::Show { id, framework, output } => {
            let issuer = framework.map(|_| issuer(&config)).transpose()?;
            on_clients(&config, output, async |clients| {
                clients.show(id, framework, issuer.as_ref()).await
            })
        }
        ClientCommand::Change { id, said, output } => {
            let written = said.written()?;
            change_clients(&config, output, async |clients| clients.change(id, written).await)
        }
        ClientCommand::Enable { id, output } => change_clients(&config, output, async |clients| {
            clients.change(id, flags::enabled(true)).await
        }),
        ClientCommand::Disable { id, output } => change_clients(&config, output, async |clients| {
            clients.change(id, flags::enabled(false)).await
        }),
        ClientCommand::Delete { id, yes, output } => {
            change_clients(&config, output, async |clients| clients.delete(id, yes).await)
        }
        ClientCommand::Revoke { id, output } => {
            change_clients(&config, output, async |clients| clients.revoke(id).await)
        }
        ClientCommand::Secret(SecretCommand::Add {
            id,
            label,
            expires_at,
            output,
        }) => change_clients(&config, output, async |clients| {
            clients.add_secret(id, label, expires_at).await
        }),
        ClientCommand::Secret(SecretCommand::Remove { id, secret, output }) => {
            change_clients(&config, output, async |clients| clients.remove_secret(id, secret).await)
        }
        ClientCommand::Member(MemberCommand::Add {
            id,
            email,
            roles,
            output,
        }) => on_clients(&config, output, async |clients| {
            clients.add_member(id, email, roles).await
        }),
        ClientCommand::Member(MemberCommand::Remove { id, email, output }) => {
            on_clients(&config, output, async |clients| clients.remove_member(id, email).await)
        }
        ClientCommand::Member(MemberCommand::List { id, output }) => {
            on_clients(&config, output, async |clients| clients.list_members(id).await)
        }
        ClientCommand::Check { url } => operation::on_store(&config, async |container, operator| {
            check::check(container, &Clients::of(container, operator, Form::JsonLines), &url).await
        }),
        ClientCommand::Apply {
            file,
            dry_run,
            prune,
            output,
        } => {
            let gone = if prune { Gone::Removed } else { Gone::Disabled };
            let file = file.or_else(|| config.clients_file.clone());
            let file = file.ok_or_else(|| anyhow!("no file is named; name one, or set CLIENTS_FILE"))?;
            applied::run(&config, &file, dry_run, gone, Form::of(output.json))
        }
    }
}

fn create(
    config: &Config,
    id: Option<ClientId>,
    mut said: ClientFlags,
    framework: Option<Framework>,
    output: OutputFlags,
) -> anyhow::Result<()> {
    let known = match config.http.provider_issuer(config.http.port) {
        Ok(issuer) => Some(issuer),
        Err(NoIssuer::AnyPort) => None,
        Err(why @ (NoIssuer::Unset | NoIssuer::Unfit(_))) => return Err(no_provider(why)),
    };
    let asks = Form::of(output.json) == Form::Table && questions::can_be_asked();
    let framework = if asks {
        questions::ask(&mut said, framework)?
    } else {
        framework
    };
    if said.kind.is_none() {
        bail!("--kind is missing: say web, spa, native or service");
    }
    if said.is_of_a_service() && framework.is_some() {
        bail!(registry::FOR_NOBODY);
    }
    let written = said.written()?;
    // Whoever asks for JSON is given nothing else.
    let framework = framework.filter(|_| !output.json);
    let issuer = match framework {
        Some(_) => Some(issuer(config)?),
        None => known,
    };
    change_clients(config, output, async |clients| {
        clients.create(id, written, framework, issuer.as_ref()).await
    })
}

/// What the provider is called by the settings that this command has, which may be others than those of the server.
fn issuer(config: &Config) -> anyhow::Result<Issuer> {
    let issuer = config.http.provider_issuer(config.http.port).map_err(no_provider)?;
    if config.http.address == OwnAddress::Loopback {
        eprintln!(
            "The issuer {issuer} is of the PORT that is set here; where the server was started with another one, say it to this \
             command, too."
        );
    }
    Ok(issuer)
}

fn no_provider(why: NoIssuer) -> anyhow::Error {
    anyhow!("OAuth clients find no provider here: {why}")
}

fn on_clients(
    config: &Config,
    output: OutputFlags,
    work: impl AsyncFnOnce(Clients) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    operation::on_store(config, async |container, operator| {
        work(Clients::of(container, operator, Form::of(output.json))).await
    })
}

/// The same for what servers keep in memory: it returns once they know.
fn change_clients(
    config: &Config,
    output: OutputFlags,
    work: impl AsyncFnOnce(Clients) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    on_clients(config, output, async |clients| {
        work(clients).await?;
        operation::until_every_server_knows().await;
        Ok(())
    })
}

//! Accounts.

mod accounts;
mod mailed;
mod refusals;

use super::operation;
use super::output::Form;
use super::password_input::PasswordFlags;
use crate::config::{Config, Environment};
use accounts::Accounts;
use clap::{Args, Subcommand};
use portcullis_application::ports::{Store, StoreResult, TooCommon, UserFilter, UserQuery};
use portcullis_application::users::UserChange;
use portcullis_application::{NewAccount, ProfileChange};
use portcullis_domain::{Email, FullName, Role, UnknownRole};
use portcullis_security::PasswordJudge;
use portcullis_storage::{Database, DatabaseOptions, DieselStore};
use refusals::{not_made, taken};
use std::sync::Arc;

#[derive(Debug, Subcommand)]
pub(super) enum UserCommand {
    /// Make an account and print it. Its address counts as verified, and nobody is mailed. The first one may come before the
    /// first start: it makes the store.
    #[command(
        after_help = "Example, which asks for the password:\n  portcullis user create --email ada@example.org \
                            --full-name 'Ada Lovelace' --role ADMIN"
    )]
    Create {
        /// The address to sign in with.
        #[arg(long, value_parser = Email::parse)]
        email: Email,
        /// What the user is called: 2 to 100 characters.
        #[arg(long, value_parser = FullName::parse)]
        full_name: FullName,
        /// What the user may do: USER or ADMIN.
        #[arg(long, default_value_t = Role::User, value_parser = role)]
        role: Role,
        #[command(flatten)]
        password: PasswordFlags,
        #[command(flatten)]
        output: OutputFlags,
    },
    /// Print a user.
    Show {
        /// The user's address.
        #[arg(value_parser = Email::parse)]
        email: Email,
        #[command(flatten)]
        output: OutputFlags,
    },
    /// Give a user another address to sign in with, and end the user's sessions. The address counts as not verified. With mail,
    /// both addresses are told, the new one with a link that verifies it.
    SetEmail {
        /// The user's address.
        #[arg(value_parser = Email::parse)]
        email: Email,
        /// The new address.
        #[arg(value_name = "NEW_EMAIL", value_parser = Email::parse)]
        new: Email,
        #[command(flatten)]
        output: OutputFlags,
    },
    /// Give a user another role. The last active administrator keeps theirs.
    SetRole {
        /// The user's address.
        #[arg(value_parser = Email::parse)]
        email: Email,
        /// USER or ADMIN.
        #[arg(value_parser = role)]
        role: Role,
        #[command(flatten)]
        output: OutputFlags,
    },
    /// Keep a user out: they can't sign in, and their sessions end. A server that runs knows it within a second.
    Disable {
        /// The user's address.
        #[arg(value_parser = Email::parse)]
        email: Email,
        #[command(flatten)]
        output: OutputFlags,
    },
    /// Let a user in again.
    Enable {
        /// The user's address.
        #[arg(value_parser = Email::parse)]
        email: Email,
        #[command(flatten)]
        output: OutputFlags,
    },
    /// Delete a user for good, and print who it was. Asks first on a terminal; without a terminal it does not ask.
    Delete {
        /// The user's address.
        #[arg(value_parser = Email::parse)]
        email: Email,
        /// Don't ask.
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        output: OutputFlags,
    },
    /// Print where a user is signed in: the sessions that have not ended, newest sign-in first.
    Sessions {
        /// The user's address.
        #[arg(value_parser = Email::parse)]
        email: Email,
        #[command(flatten)]
        output: OutputFlags,
    },
    /// End all of a user's sessions, and print how many there were.
    EndSessions {
        /// The user's address.
        #[arg(value_parser = Email::parse)]
        email: Email,
        #[command(flatten)]
        output: OutputFlags,
    },
    /// Set another password and end the user's sessions. With mail, the user is told.
    SetPassword {
        /// The user's address.
        #[arg(value_parser = Email::parse)]
        email: Email,
        #[command(flatten)]
        password: PasswordFlags,
        #[command(flatten)]
        output: OutputFlags,
    },
    /// Turn a user's second factor off, for whoever lost the app and the recovery codes, and end the user's sessions. With mail,
    /// the user is told. Check first that it is them.
    ResetMfa {
        /// The user's address.
        #[arg(value_parser = Email::parse)]
        email: Email,
        #[command(flatten)]
        output: OutputFlags,
    },
    /// Print users, newest first.
    #[command(after_help = "Example, the disabled administrators:\n  portcullis user list --role ADMIN --active false")]
    List {
        #[command(flatten)]
        filter: FilterFlags,
        #[command(flatten)]
        output: OutputFlags,
    },
}

/// How a result goes out.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct OutputFlags {
    /// Print JSON lines also on a terminal.
    #[arg(long)]
    json: bool,
}

/// Which users.
#[derive(Debug, Args)]
pub(super) struct FilterFlags {
    /// Those whose address or name has this text in it, in any letter case.
    #[arg(long, value_name = "TEXT", value_parser = UserQuery::parse)]
    query: Option<UserQuery>,
    /// Those of this role: USER or ADMIN.
    #[arg(long, value_parser = role)]
    role: Option<Role>,
    /// `true` for those who may sign in, `false` for the disabled ones.
    #[arg(long, value_name = "true|false")]
    active: Option<bool>,
}

pub(super) fn run(environment: &Environment, command: UserCommand) -> anyhow::Result<()> {
    let config = operation::config(environment)?;
    let policy = config.passwords.policy;
    match command {
        UserCommand::Create {
            email,
            full_name,
            role,
            password,
            output,
        } => {
            if PasswordFlags::is_typed() {
                refuse_taken(&config, &email)?;
            }
            let password = password.read(policy)?;
            // A refusal makes no store.
            if PasswordJudge::new(config.passwords.blocklist).judge(&password, &email, &full_name) {
                return Err(not_made(TooCommon, &email));
            }
            let account = NewAccount {
                email,
                full_name,
                role,
                password: Some(password),
            };
            operation::on_first_store(&config, async |container, operator| {
                let accounts = Accounts::of(container, operator, output.form(), config.mail.policy.mailing);
                accounts.create(account).await
            })
        }
        UserCommand::Show { email, output } => {
            on_accounts(&config, output, async |accounts| accounts.show(email).await)
        }
        UserCommand::SetEmail { email, new, output } => {
            let change = UserChange {
                profile: ProfileChange {
                    email: Some(new),
                    ..ProfileChange::default()
                },
                ..UserChange::default()
            };
            on_accounts(&config, output, async |accounts| accounts.change(email, change).await)
        }
        UserCommand::SetRole { email, role, output } => {
            let change = UserChange {
                role: Some(role),
                ..UserChange::default()
            };
            on_accounts(&config, output, async |accounts| accounts.change(email, change).await)
        }
        UserCommand::Disable { email, output } => on_accounts(&config, output, async |accounts| {
            accounts.change(email, active(false)).await
        }),
        UserCommand::Enable { email, output } => on_accounts(&config, output, async |accounts| {
            accounts.change(email, active(true)).await
        }),
        UserCommand::Delete { email, yes, output } => {
            on_accounts(&config, output, async |accounts| accounts.delete(email, yes).await)
        }
        UserCommand::Sessions { email, output } => {
            on_accounts(&config, output, async |accounts| accounts.list_sessions(email).await)
        }
        UserCommand::EndSessions { email, output } => {
            on_accounts(&config, output, async |accounts| accounts.end_sessions(email).await)
        }
        UserCommand::SetPassword {
            email,
            password,
            output,
        } => on_accounts(&config, output, async |accounts| {
            accounts.set_password(email, || password.read(policy)).await
        }),
        UserCommand::ResetMfa { email, output } => {
            on_accounts(&config, output, async |accounts| accounts.reset_mfa(email).await)
        }
        UserCommand::List { filter, output } => {
            on_accounts(&config, output, async |accounts| accounts.list(filter.into()).await)
        }
    }
}

/// Says that an address is taken before anybody thinks of a password. What else is wrong is said when the account is made.
fn refuse_taken(config: &Config, email: &Email) -> anyhow::Result<()> {
    let Ok(database) = Database::look_at(&config.database.url, &DatabaseOptions::default()) else {
        return Ok(());
    };
    let store: Arc<dyn Store> = Arc::new(DieselStore::new(database.clone()));
    let wanted = email.clone();
    let found: StoreResult<_> =
        operation::runtime()?.block_on(store.look_up(move |repositories| repositories.users().find_by_email(&wanted)));
    database.close();
    match found {
        Ok(Some(_)) => Err(taken(email)),
        Ok(None) | Err(_) => Ok(()),
    }
}

fn on_accounts(
    config: &Config,
    output: OutputFlags,
    work: impl AsyncFnOnce(Accounts) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    operation::on_store(config, async |container, operator| {
        work(Accounts::of(
            container,
            operator,
            output.form(),
            config.mail.policy.mailing,
        ))
        .await
    })
}

/// A role as a person types it, in any letter case.
fn role(text: &str) -> Result<Role, UnknownRole> {
    text.to_ascii_uppercase().parse()
}

fn active(is_active: bool) -> UserChange {
    UserChange {
        is_active: Some(is_active),
        ..UserChange::default()
    }
}

impl OutputFlags {
    fn form(self) -> Form {
        Form::of(self.json)
    }
}

impl From<FilterFlags> for UserFilter {
    fn from(flags: FilterFlags) -> Self {
        Self {
            query: flags.query,
            role: flags.role,
            is_active: flags.active,
        }
    }
}

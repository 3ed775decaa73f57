//! Accounts.

use super::output::{print, print_lines};
use super::{operation, password_input};
use crate::config::Config;
use crate::container::Container;
use anyhow::{Context as _, anyhow};
use clap::Subcommand;
use portcullis_api::user_json;
use portcullis_application::new_account::CreateAccountError;
use portcullis_application::passwords::SetPasswordError;
use portcullis_application::ports::UserFilter;
use portcullis_application::users::{ChangeUserError, DeleteUserError, UserChange};
use portcullis_application::{Authority, NewAccount, Operator, OutOfReach, Passwords, Sessions, Users};
use portcullis_domain::{Email, FullName, PageRequest, PageSize, Password, Role, User};
use shaku::HasComponent as _;
use std::sync::Arc;

/// As many as the store gives at once.
const USERS_AT_ONCE: usize = 100;

#[derive(Debug, Subcommand)]
pub(super) enum UserCommand {
    /// Make an account and print it as JSON.
    Create {
        /// The address to sign in with.
        #[arg(long, value_parser = Email::parse)]
        email: Email,
        /// What the user is called: 2 to 100 characters.
        #[arg(long, value_parser = FullName::parse)]
        full_name: FullName,
        /// What the user may do: USER or ADMIN.
        #[arg(long, default_value_t = Role::User)]
        role: Role,
        /// Read the password from standard input, less the line ends there.
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// Give a user another role. The last active administrator keeps theirs.
    SetRole {
        /// The user's address.
        #[arg(value_parser = Email::parse)]
        email: Email,
        /// USER or ADMIN.
        role: Role,
    },
    /// Keep a user out: their sessions end at once, and they can't sign in.
    Disable {
        /// The user's address.
        #[arg(value_parser = Email::parse)]
        email: Email,
    },
    /// Let a user in again.
    Enable {
        /// The user's address.
        #[arg(value_parser = Email::parse)]
        email: Email,
    },
    /// Delete a user for good, and print who it was.
    Delete {
        /// The user's address.
        #[arg(value_parser = Email::parse)]
        email: Email,
    },
    /// End all of a user's sessions, and print how many there were.
    EndSessions {
        /// The user's address.
        #[arg(value_parser = Email::parse)]
        email: Email,
    },
    /// Set another password and end the user's sessions.
    SetPassword {
        /// The user's address.
        #[arg(value_parser = Email::parse)]
        email: Email,
        /// Read the password from standard input, less the line ends there.
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// Print all users, newest first: one JSON object a line.
    List,
}

pub(super) fn run(command: UserCommand) -> anyhow::Result<()> {
    let config = operation::config()?;
    let policy = config.passwords.policy;
    match command {
        UserCommand::Create {
            email,
            full_name,
            role,
            password_stdin: _,
        } => {
            let account = NewAccount {
                email,
                full_name,
                role,
                password: Some(password_input::read(policy)?),
            };
            on_accounts(&config, async |accounts| accounts.create(account).await)
        }
        UserCommand::SetRole { email, role } => {
            let change = UserChange {
                role: Some(role),
                ..UserChange::default()
            };
            on_accounts(&config, async |accounts| accounts.change(email, change).await)
        }
        UserCommand::Disable { email } => {
            on_accounts(&config, async |accounts| accounts.change(email, disabled()).await)
        }
        UserCommand::Enable { email } => on_accounts(&config, async |accounts| accounts.change(email, enabled()).await),
        UserCommand::Delete { email } => on_accounts(&config, async |accounts| accounts.delete(email).await),
        UserCommand::EndSessions { email } => on_accounts(&config, async |accounts| accounts.end_sessions(email).await),
        UserCommand::SetPassword {
            email,
            password_stdin: _,
        } => {
            let password = password_input::read(policy)?;
            on_accounts(&config, async |accounts| accounts.set_password(email, password).await)
        }
        UserCommand::List => on_accounts(&config, async |accounts| accounts.list().await),
    }
}

fn on_accounts(config: &Config, work: impl AsyncFnOnce(Accounts) -> anyhow::Result<()>) -> anyhow::Result<()> {
    operation::on_store(config, async |container, operator| {
        work(Accounts::of(container, operator)).await
    })
}

/// The accounts of the store, as whoever runs the server names them: by their addresses.
struct Accounts {
    users: Arc<dyn Users>,
    sessions: Arc<dyn Sessions>,
    passwords: Arc<dyn Passwords>,
    operator: Operator,
}

impl Accounts {
    fn of(container: &Container, operator: Operator) -> Self {
        Self {
            users: container.resolve(),
            sessions: container.resolve(),
            passwords: container.resolve(),
            operator,
        }
    }

    fn by(&self) -> Authority {
        self.operator.authority()
    }

    async fn find(&self, email: &Email) -> anyhow::Result<User> {
        let found = self.users.find_by_email(self.by(), email.clone()).await;
        let found = found.map_err(|error| out_of_reach(error.into(), email))?;
        found.ok_or_else(|| out_of_reach(OutOfReach::NotFound, email))
    }

    async fn create(&self, account: NewAccount) -> anyhow::Result<()> {
        let email = account.email.clone();
        let created = self.users.create(self.by(), account).await;
        let user = created.map_err(|error| match error {
            CreateAccountError::EmailTaken => taken(&email),
            error @ (CreateAccountError::NoLongerAllowed
            | CreateAccountError::Hasher(_)
            | CreateAccountError::Store(_)) => anyhow!(error).context(format!("no account was made for {email}")),
        })?;
        print_user(&user)
    }

    async fn change(&self, email: Email, change: UserChange) -> anyhow::Result<()> {
        let user = self.find(&email).await?;
        let changed = self.users.change(self.by(), user.id, change).await;
        print_user(&changed.map_err(|error| unchanged(error, &email))?)
    }

    async fn delete(&self, email: Email) -> anyhow::Result<()> {
        let user = self.find(&email).await?;
        let deleted = self.users.delete(self.by(), user.id).await;
        deleted.map_err(|error| match error {
            DeleteUserError::OutOfReach(error) => out_of_reach(error, &email),
            DeleteUserError::LastAdmin => last_admin(&email),
            DeleteUserError::Store(error) => untouched(error, &email),
        })?;
        print_user(&user)
    }

    async fn end_sessions(&self, email: Email) -> anyhow::Result<()> {
        let user = self.find(&email).await?;
        let ended = self.sessions.end_all(self.by(), user.id).await;
        let ended = ended.map_err(|error| out_of_reach(error, &email))?;
        print(&format!("{{\"ended\":{ended}}}\n"))
    }

    async fn set_password(&self, email: Email, password: Password) -> anyhow::Result<()> {
        let user = self.find(&email).await?;
        let set = self.passwords.set(self.by(), user.id, password).await;
        set.map_err(|error| match error {
            SetPasswordError::OutOfReach(error) => out_of_reach(error, &email),
            error @ (SetPasswordError::Hasher(_) | SetPasswordError::Store(_)) => untouched(error, &email),
        })?;
        print_user(&user)
    }

    async fn list(&self) -> anyhow::Result<()> {
        let mut request = PageRequest {
            size: PageSize::new(USERS_AT_ONCE)?,
            after: None,
        };
        loop {
            let listed = self.users.list(self.by(), UserFilter::default(), request).await;
            let page = listed.context("the users can't be read")?;
            print_lines(page.items.iter().map(user_json))?;
            if page.next.is_none() {
                return Ok(());
            }
            request.after = page.next;
        }
    }
}

fn disabled() -> UserChange {
    UserChange {
        is_active: Some(false),
        ..UserChange::default()
    }
}

fn enabled() -> UserChange {
    UserChange {
        is_active: Some(true),
        ..UserChange::default()
    }
}

fn print_user(user: &User) -> anyhow::Result<()> {
    print_lines([user_json(user)])
}

fn taken(email: &Email) -> anyhow::Error {
    anyhow!("there is an account of {email} already; see portcullis user list, or choose another address")
}

fn last_admin(email: &Email) -> anyhow::Error {
    anyhow!(
        "{email} is the last active administrator and has to stay one; make another one first, by portcullis user \
         set-role EMAIL ADMIN"
    )
}

fn untouched(error: impl Into<anyhow::Error>, email: &Email) -> anyhow::Error {
    error.into().context(format!("{email} was not changed"))
}

fn out_of_reach(error: OutOfReach, email: &Email) -> anyhow::Error {
    match error {
        OutOfReach::NotFound => anyhow!("there is no account of {email}; see portcullis user list"),
        error @ (OutOfReach::NoLongerAllowed | OutOfReach::Store(_)) => untouched(error, email),
    }
}

fn unchanged(error: ChangeUserError, email: &Email) -> anyhow::Error {
    match error {
        ChangeUserError::OutOfReach(error) => out_of_reach(error, email),
        ChangeUserError::EmailTaken => taken(email),
        ChangeUserError::LastAdmin => last_admin(email),
        ChangeUserError::Store(error) => untouched(error, email),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_account_and_says_what_to_do() {
        let email = Email::parse("ada@example.org").unwrap();
        for (error, advice) in [
            (ChangeUserError::OutOfReach(OutOfReach::NotFound), "user list"),
            (ChangeUserError::LastAdmin, "set-role EMAIL ADMIN"),
            (ChangeUserError::EmailTaken, "another address"),
        ] {
            let line = unchanged(error, &email).to_string();
            assert!(line.contains("ada@example.org") && line.contains(advice), "{line}");
        }
    }
}

//! Accounts.

use super::output::{print, print_lines};
use super::{operation, password_input};
use anyhow::{Context as _, anyhow};
use clap::Subcommand;
use portcullis_api::user_json;
use portcullis_application::OperatorService;
use portcullis_application::administration::{AdministrationError, CreateAccountError, NewAccount, UserChange};
use portcullis_domain::{Email, FullName, PageRequest, PageSize, Role, User};

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
        /// Read the password from standard input, less one newline at its end.
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
        /// Read the password from standard input, less one newline at its end.
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
            operation::on_store(&config, async |operator| create(&*operator, account).await)
        }
        UserCommand::SetRole { email, role } => {
            let change = UserChange {
                role: Some(role),
                ..UserChange::default()
            };
            operation::on_store(&config, async |operator| change_user(&*operator, email, change).await)
        }
        UserCommand::Disable { email } => operation::on_store(&config, async |operator| {
            change_user(&*operator, email, disabled()).await
        }),
        UserCommand::Enable { email } => operation::on_store(&config, async |operator| {
            change_user(&*operator, email, enabled()).await
        }),
        UserCommand::Delete { email } => operation::on_store(&config, async |operator| {
            let deleted = operator.delete_user(email.clone()).await;
            print_user(&deleted.map_err(|error| explained(error, &email))?)
        }),
        UserCommand::EndSessions { email } => operation::on_store(&config, async |operator| {
            let ended = operator.end_sessions(email.clone()).await;
            let ended = ended.map_err(|error| explained(error, &email))?;
            print(&format!("{{\"ended\":{ended}}}\n"))
        }),
        UserCommand::SetPassword {
            email,
            password_stdin: _,
        } => {
            let password = password_input::read(policy)?;
            operation::on_store(&config, async |operator| {
                let changed = operator.set_password(email.clone(), password).await;
                print_user(&changed.map_err(|error| explained(error, &email))?)
            })
        }
        UserCommand::List => operation::on_store(&config, async |operator| list(&*operator).await),
    }
}

async fn create(operator: &dyn OperatorService, account: NewAccount) -> anyhow::Result<()> {
    let email = account.email.clone();
    let user = operator.create_user(account).await.map_err(|error| match error {
        CreateAccountError::EmailTaken => taken(&email),
        error
        @ (CreateAccountError::NoLongerAllowed | CreateAccountError::Hasher(_) | CreateAccountError::Store(_)) => {
            anyhow!(error).context(format!("no account was made for {email}"))
        }
    })?;
    print_user(&user)
}

async fn change_user(operator: &dyn OperatorService, email: Email, change: UserChange) -> anyhow::Result<()> {
    let changed = operator.change_user(email.clone(), change).await;
    print_user(&changed.map_err(|error| explained(error, &email))?)
}

async fn list(operator: &dyn OperatorService) -> anyhow::Result<()> {
    let mut request = PageRequest {
        size: PageSize::new(USERS_AT_ONCE)?,
        after: None,
    };
    loop {
        let page = operator.list_users(request).await.context("the users can't be read")?;
        print_lines(page.items.iter().map(user_json))?;
        if page.next.is_none() {
            return Ok(());
        }
        request.after = page.next;
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

fn explained(error: AdministrationError, email: &Email) -> anyhow::Error {
    match error {
        AdministrationError::NotFound => anyhow!("there is no account of {email}; see portcullis user list"),
        AdministrationError::EmailTaken => taken(email),
        AdministrationError::LastAdmin => anyhow!(
            "{email} is the last active administrator and has to stay one; make another one first, by portcullis \
             user set-role EMAIL ADMIN"
        ),
        error @ (AdministrationError::NoLongerAllowed
        | AdministrationError::Hasher(_)
        | AdministrationError::Store(_)) => anyhow!(error).context(format!("{email} was not changed")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_account_and_says_what_to_do() {
        let email = Email::parse("ada@example.org").unwrap();
        for (error, advice) in [
            (AdministrationError::NotFound, "user list"),
            (AdministrationError::LastAdmin, "set-role EMAIL ADMIN"),
            (AdministrationError::EmailTaken, "another address"),
        ] {
            let line = explained(error, &email).to_string();
            assert!(line.contains("ada@example.org") && line.contains(advice), "{line}");
        }
    }
}

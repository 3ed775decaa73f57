//! What is done to accounts.

use super::mailed;
use super::refusals::{last_admin, not_made, out_of_reach, taken, untouched};
use crate::cli::output::{Column, Form, Rows, after_the_work, moment, print};
use crate::container::Container;
use anyhow::{Context as _, bail};
use portcullis_api::{session_json, user_json};
use portcullis_application::new_account::CreateAccountError;
use portcullis_application::passwords::SetPasswordError;
use portcullis_application::ports::UserFilter;
use portcullis_application::second_factors::ResetFactorsError;
use portcullis_application::users::{ChangeUserError, DeleteUserError, UserChange};
use portcullis_application::{
    Authority, Mailing, NewAccount, Operator, OutOfReach, Passwords, SecondFactors, Sessions, Users,
};
use portcullis_domain::{Email, PageRequest, PageSize, Password, Session, User};
use shaku::HasComponent as _;
use std::io::{self, BufRead as _, IsTerminal as _, Read as _};
use std::sync::Arc;

/// The accounts of the store, as whoever runs the server names them: by their addresses.
pub(super) struct Accounts {
    users: Arc<dyn Users>,
    sessions: Arc<dyn Sessions>,
    passwords: Arc<dyn Passwords>,
    second_factors: Arc<dyn SecondFactors>,
    operator: Operator,
    form: Form,
    mailing: Mailing,
}

impl Accounts {
    pub(super) fn of(container: &Container, operator: Operator, form: Form, mailing: Mailing) -> Self {
        Self {
            users: container.resolve(),
            sessions: container.resolve(),
            passwords: container.resolve(),
            second_factors: container.resolve(),
            operator,
            form,
            mailing,
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

    pub(super) async fn show(&self, email: Email) -> anyhow::Result<()> {
        self.print(&self.find(&email).await?)
    }

    pub(super) async fn create(&self, account: NewAccount) -> anyhow::Result<()> {
        let email = account.email.clone();
        let created = self.users.create(self.by(), account).await;
        let user = created.map_err(|error| match error {
            CreateAccountError::EmailTaken => taken(&email),
            error @ (CreateAccountError::NoLongerAllowed
            | CreateAccountError::TooCommon(_)
            | CreateAccountError::Hasher(_)
            | CreateAccountError::Store(_)) => not_made(error, &email),
        })?;
        after_the_work(self.print(&user))
    }

    pub(super) async fn change(&self, email: Email, change: UserChange) -> anyhow::Result<()> {
        let before = self.find(&email).await?;
        let wanted = change.profile.email.clone().unwrap_or_else(|| email.clone());
        let user = before.clone();
        let changed = self.users.change(self.by(), user.id, change).await;
        let user = changed.map_err(|error| match error {
            ChangeUserError::EmailTaken => taken(&wanted),
            ChangeUserError::LastAdmin => last_admin(&email),
            ChangeUserError::OutOfReach(error) => out_of_reach(error, &email),
            ChangeUserError::Store(error) => untouched(error, &email),
        })?;
        if user.email != before.email {
            mailed::tell(
                self.mailing,
                &format!(
                    "{} is mailed a link that verifies the address, and {} that the address was changed",
                    user.email, before.email
                ),
            );
        }
        after_the_work(self.print(&user))
    }

    pub(super) async fn delete(&self, email: Email, is_confirmed: bool) -> anyhow::Result<()> {
        let user = self.find(&email).await?;
        if !is_confirmed && !is_meant(&email)? {
            bail!("{email} was not deleted");
        }
        let deleted = self.users.delete(self.by(), user.id).await;
        deleted.map_err(|error| match error {
            DeleteUserError::OutOfReach(error) => out_of_reach(error, &email),
            DeleteUserError::LastAdmin => last_admin(&email),
            DeleteUserError::Store(error) => untouched(error, &email),
        })?;
        if self.form == Form::Table {
            after_the_work(print(&format!("deleted {email}\n")))?;
        }
        after_the_work(self.print(&user))
    }

    pub(super) async fn end_sessions(&self, email: Email) -> anyhow::Result<()> {
        let user = self.find(&email).await?;
        let ended = self.sessions.end_all(self.by(), user.id).await;
        let ended = ended.map_err(|error| out_of_reach(error, &email))?;
        after_the_work(print(&format!("{{\"ended\":{ended}}}\n")))
    }

    /// Asks for the password once it is known that there is such an account.
    pub(super) async fn set_password(
        &self,
        email: Email,
        ask: impl FnOnce() -> anyhow::Result<Password>,
    ) -> anyhow::Result<()> {
        let user = self.find(&email).await?;
        let password = ask()?;
        let set = self.passwords.set(self.by(), user.id, password).await;
        set.map_err(|error| match error {
            SetPasswordError::OutOfReach(error) => out_of_reach(error, &email),
            error @ (SetPasswordError::TooCommon(_) | SetPasswordError::Hasher(_) | SetPasswordError::Store(_)) => {
                untouched(error, &email)
            }
        })?;
        mailed::tell(
            self.mailing,
            &format!("{email} is mailed that the password was changed"),
        );
        after_the_work(self.print(&user))
    }

    pub(super) async fn reset_mfa(&self, email: Email) -> anyhow::Result<()> {
        let user = self.find(&email).await?;
        let reset = self.second_factors.reset(self.by(), user.id).await;
        let had_any = reset.map_err(|error| match error {
            ResetFactorsError::OutOfReach(error) => out_of_reach(error, &email),
            // An operator has none of their own.
            error @ (ResetFactorsError::Own | ResetFactorsError::Store(_)) => untouched(error, &email),
        })?;
        if had_any {
            mailed::tell(
                self.mailing,
                &format!("{email} is mailed that the second factor was turned off and passkeys were removed"),
            );
        }
        after_the_work(self.print(&User {
            has_second_factor: false,
            has_passkey: false,
            ..user
        }))
    }

    pub(super) async fn list(&self, filter: UserFilter) -> anyhow::Result<()> {
        let mut rows = self.users_rows();
        let mut request = everything();
        loop {
            let listed = self.users.list(self.by(), filter.clone(), request).await;
            let page = listed.context("the users can't be read")?;
            rows.add(&page.items)?;
            if page.next.is_none() {
                return rows.end();
            }
            request.after = page.next;
        }
    }

    pub(super) async fn list_sessions(&self, email: Email) -> anyhow::Result<()> {
        let user = self.find(&email).await?;
        let mut rows = Rows::new(self.form, SESSION_COLUMNS, "no live sessions", |session| {
            Ok(session_json(session))
        });
        let mut request = everything();
        loop {
            let listed = self.sessions.list(self.by(), user.id, request).await;
            let page = listed.context("the sessions can't be read")?;
            let page = page.ok_or_else(|| out_of_reach(OutOfReach::NotFound, &email))?;
            rows.add(&page.items)?;
            if page.next.is_none() {
                return rows.end();
            }
            request.after = page.next;
        }
    }

    fn print(&self, user: &User) -> anyhow::Result<()> {
        let mut rows = self.users_rows();
        rows.add([user])?;
        rows.end()
    }

    fn users_rows(&self) -> Rows<User> {
        Rows::new(self.form, USER_COLUMNS, "no users", |user| Ok(user_json(user)))
    }
}

const USER_COLUMNS: &[Column<User>] = &[
    ("EMAIL", |user| user.email.as_str().to_owned()),
    ("NAME", |user| user.full_name.as_str().to_owned()),
    ("ROLE", |user| user.role.to_string()),
    ("STATE", |user| {
        if user.is_active { "active" } else { "disabled" }.to_owned()
    }),
    ("VERIFIED", |user| {
        if user.email_verified { "yes" } else { "no" }.to_owned()
    }),
    ("SINCE (UTC)", |user| moment(user.created_at)),
    ("ID", |user| user.id.to_string()),
];

const SESSION_COLUMNS: &[Column<Session>] = &[
    ("SIGNED IN (UTC)", |session| moment(session.rotation.created_at)),
    ("LAST USED (UTC)", |session| moment(session.last_used_at)),
    ("FROM", |session| {
        session
            .device
            .address
            .map_or_else(String::new, |address| address.to_string())
    }),
    ("ID", |session| session.id.to_string()),
    ("DEVICE", |session| {
        let agent = session.device.user_agent.as_ref();
        agent.map_or_else(String::new, |agent| cut(agent.as_str()))
    }),
];

/// The longest name of a device in a table. What comes after it rarely tells two devices apart.
const DEVICE_WIDTH: usize = 30;

fn cut(text: &str) -> String {
    if text.chars().count() <= DEVICE_WIDTH {
        return text.to_owned();
    }
    text.chars().take(DEVICE_WIDTH - 1).chain(['…']).collect()
}

fn everything() -> PageRequest {
    PageRequest {
        size: PageSize::LARGEST,
        after: None,
    }
}

/// Whether the person at the terminal means it. Without a terminal nobody can be asked, and a script means it.
fn is_meant(email: &Email) -> anyhow::Result<bool> {
    let input = io::stdin();
    if !input.is_terminal() {
        return Ok(true);
    }
    eprint!("Delete {email} for good, with all sessions? Type yes: ");
    let mut answer = String::new();
    input.lock().take(16).read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
}

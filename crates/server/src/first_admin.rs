//! The first administrator, as the settings name them.

use crate::config::{ADMIN_EMAIL, FirstAdminConfig, SettingError};
use anyhow::Context as _;
use portcullis_application::new_account::{CreateAccountError, NewAccount};
use portcullis_application::ports::{Store, StoreResult, TooCommon};
use portcullis_application::{FirstAdmin, Operator};
use portcullis_domain::{Email, FullName, FullNameError, Password, Role, User};
use portcullis_security::PasswordJudge;

const FAILED: &str = "the first administrator can't be made";

/// Makes the administrator, where there is none. Where there is one, the password is not even read.
///
/// # Errors
/// There is no administrator, and the password is not right, or somebody else has that address: they are not promoted.
pub(crate) async fn make(
    first_admin: &dyn FirstAdmin,
    store: &dyn Store,
    config: &FirstAdminConfig,
) -> anyhow::Result<()> {
    let operator = Operator::holding(store);
    if first_admin.is_there(&operator).await.context(FAILED)? {
        return Ok(());
    }
    let account = NewAccount {
        email: config.email.clone(),
        full_name: full_name()?,
        role: Role::Admin,
        password: Some(config.password()?),
    };
    match first_admin.create(&operator, account).await {
        Ok(Some(user)) => {
            tracing::info!(user_id = %user.id, "the first administrator was made; ADMIN_EMAIL and ADMIN_PASSWORD can go");
            Ok(())
        }
        Ok(None) => Ok(()),
        Err(CreateAccountError::TooCommon(error)) => Err(config.refused(error.to_string()).into()),
        Err(CreateAccountError::EmailTaken) => {
            let holder = find(store, &config.email).await.context(FAILED)?;
            Err(taken(&config.email, holder.as_ref()).into())
        }
        Err(
            error
            @ (CreateAccountError::NoLongerAllowed | CreateAccountError::Hasher(_) | CreateAccountError::Store(_)),
        ) => Err(error).context(FAILED),
    }
}

/// The password, if an account may be made by it. This is judged where there is no store yet, too.
///
/// # Errors
/// It can't be read, does not meet the rules, or is among the first that anybody would guess.
pub(crate) fn password(config: &FirstAdminConfig, judge: &PasswordJudge) -> Result<Password, SettingError> {
    let password = config.password()?;
    if full_name().is_ok_and(|name| judge.judge(&password, &config.email, &name)) {
        return Err(config.refused(TooCommon.to_string()));
    }
    Ok(password)
}

/// What the first administrator is called.
pub(crate) fn full_name() -> Result<FullName, FullNameError> {
    FullName::parse("Administrator")
}

/// Who has the address.
pub(crate) async fn find(store: &dyn Store, email: &Email) -> StoreResult<Option<User>> {
    let email = email.clone();
    store
        .look_up(move |repositories| repositories.users().find_by_email(&email))
        .await
}

/// That somebody has the address, and what makes an active administrator of them.
pub(crate) fn taken(email: &Email, holder: Option<&User>) -> SettingError {
    let set_role = format!("`portcullis user set-role {email} ADMIN`");
    let enable = format!("`portcullis user enable {email}`");
    let (state, advice) = match holder {
        Some(user) if user.is_active => ("", set_role),
        Some(user) if user.role == Role::Admin => (", which is disabled", enable),
        Some(_) => (", which is disabled", format!("{set_role} and {enable}")),
        // It was deleted meanwhile.
        None => ("", set_role),
    };
    ADMIN_EMAIL.refused(format!(
        "there is an account of {email} already{state}, and whoever signed up by it is not made an administrator; if it \
         is the right person, run {advice}"
    ))
}

//! The first administrator, as the settings name them.

use crate::config::{FirstAdminConfig, bad_admin_email};
use anyhow::Context as _;
use portcullis_application::OperatorService;
use portcullis_application::administration::{CreateAccountError, NewAccount};
use portcullis_domain::{FullName, Role};

const FULL_NAME: &str = "Administrator";

/// Makes the administrator, where there is none.
///
/// # Errors
/// There is no administrator, and somebody else has that address: they are not promoted.
pub(crate) async fn make(operator: &dyn OperatorService, config: FirstAdminConfig) -> anyhow::Result<()> {
    let email = config.email.clone();
    let account = NewAccount {
        email: config.email,
        full_name: FullName::parse(FULL_NAME)?,
        role: Role::Admin,
        password: Some(config.password),
    };
    match operator.create_first_admin(account).await {
        Ok(Some(user)) => {
            tracing::info!(user_id = %user.id, "the first administrator was made; ADMIN_EMAIL and ADMIN_PASSWORD can go");
            Ok(())
        }
        Ok(None) => Ok(()),
        Err(CreateAccountError::EmailTaken) => {
            let problem = format!(
                "there is an account of {email} already, and whoever signed up by it is not made an administrator; \
                 if it is the right person, run `portcullis user set-role {email} ADMIN`"
            );
            Err(bad_admin_email(problem).into())
        }
        Err(
            error
            @ (CreateAccountError::NoLongerAllowed | CreateAccountError::Hasher(_) | CreateAccountError::Store(_)),
        ) => Err(error).context("the first administrator can't be made"),
    }
}

//! Whether somebody administers, or will after the next start.

use super::finding::{Finding, told};
use crate::config::{Config, FirstAdminConfig};
use crate::first_admin;
use portcullis_application::ports::{Store, StoreResult, UserFilter};
use portcullis_domain::{PageRequest, PageSize, Role, User};
use portcullis_security::PasswordJudge;

const ADMINS: &str = "administrators";

/// Of a store that the first start has still to fill: what it will do there; nothing where the settings name nobody.
pub(super) fn to_be_made(config: &Config) -> Option<Finding> {
    config.first_admin.as_ref().map(|first| judged(config, first))
}

/// Of a store that is in use.
pub(super) async fn look_for(config: &Config, store: &dyn Store) -> Finding {
    let found = match find(store).await {
        Ok(Some(admin)) if admin.is_active => return Finding::ok(ADMINS, "there is an active one"),
        Ok(found) => found,
        Err(error) => return Finding::fail(ADMINS, told(error)),
    };
    let Some(first) = &config.first_admin else {
        return Finding::warn(ADMINS, advice(found.as_ref()));
    };
    match first_admin::find(store, &first.email).await {
        Ok(None) => judged(config, first),
        Ok(holder) => Finding::fail(ADMINS, first_admin::taken(&first.email, holder.as_ref()).to_string()),
        Err(error) => Finding::fail(ADMINS, told(error)),
    }
}

/// Whether the next start can make the administrator of the settings, as far as the settings go.
fn judged(config: &Config, first: &FirstAdminConfig) -> Finding {
    match first_admin::password(first, &PasswordJudge::new(config.passwords.blocklist)) {
        Ok(_) => Finding::ok(ADMINS, format!("the next start makes one of {}", first.email)),
        Err(error) => Finding::fail(ADMINS, error.to_string()),
    }
}

fn advice(disabled: Option<&User>) -> String {
    let make = "make one by portcullis user create --role ADMIN, or by user set-role";
    match disabled {
        None => format!("there is no active one; {make}"),
        Some(User { email, .. }) => {
            format!("there is no active one; let {email} in again by portcullis user enable {email}, or {make}")
        }
    }
}

/// An active administrator, or else a disabled one.
async fn find(store: &dyn Store) -> StoreResult<Option<User>> {
    let mut disabled = None;
    let mut request = PageRequest {
        size: PageSize::default(),
        after: None,
    };
    loop {
        let page = store
            .read(move |repositories| {
                let filter = UserFilter {
                    role: Some(Role::Admin),
                    ..UserFilter::default()
                };
                repositories.users().list(&filter, &request)
            })
            .await?;
        for admin in page.items {
            if admin.is_active {
                return Ok(Some(admin));
            }
            disabled.get_or_insert(admin);
        }
        if page.next.is_none() {
            return Ok(disabled);
        }
        request.after = page.next;
    }
}

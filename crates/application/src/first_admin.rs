//! The first administrator. The settings name them.

use crate::actor::{By, Operator};
use crate::new_account::{CreateAccountError, NewAccount};
use crate::ports::{CommonPasswords, PasswordHasher, StoreError};
use crate::unit_of_work::UnitsOfWork;
use async_trait::async_trait;
use portcullis_domain::User;
use shaku::{Component, Interface};
use std::sync::Arc;

/// The first administrator.
#[async_trait]
pub trait FirstAdmin: Interface {
    /// Whether there is an active administrator.
    async fn is_there(&self, operator: &Operator) -> Result<bool, StoreError>;

    /// Makes the first administrator, as the settings say; `None` where there is an administrator already. The account is
    /// a new one: somebody else may have signed up under that address.
    async fn create(&self, operator: &Operator, account: NewAccount) -> Result<Option<User>, CreateAccountError>;
}

/// [`FirstAdmin`] in units of work.
#[derive(Component)]
#[shaku(interface = FirstAdmin)]
pub struct FirstAdminService {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
    #[shaku(inject)]
    hasher: Arc<dyn PasswordHasher>,
    #[shaku(inject)]
    common: Arc<dyn CommonPasswords>,
}

#[async_trait]
impl FirstAdmin for FirstAdminService {
    async fn is_there(&self, _: &Operator) -> Result<bool, StoreError> {
        let admins = self.units.write(By::Setting, |unit| unit.users().lock_administrators());
        Ok(admins.await? > 0)
    }

    async fn create(&self, operator: &Operator, account: NewAccount) -> Result<Option<User>, CreateAccountError> {
        if self.is_there(operator).await? {
            return Ok(None);
        }
        let (user, hash) = account.made(&self.units, &*self.hasher, &*self.common).await?;
        let stored = self.units.write(By::Setting, move |unit| {
            // Of several servers that start at once, one makes the account.
            if unit.users().lock_administrators()? > 0 {
                return Ok(None);
            }
            unit.insert_account(user, hash.as_ref()).map(Some)
        });
        stored.await
    }
}

//! Common passwords that take no time.

use async_trait::async_trait;
use portcullis_application::ports::{CommonPasswords, HasherError};
use portcullis_domain::{Email, FullName, Password};
use shaku::Component;

/// A password that everybody tries.
pub const COMMON_PASSWORD: &str = "everybody tries this";

/// Knows [`COMMON_PASSWORD`], the account's address and the account's name.
#[derive(Component)]
#[shaku(interface = CommonPasswords)]
pub struct FakeCommonPasswords;

#[async_trait]
impl CommonPasswords for FakeCommonPasswords {
    async fn include(&self, password: &Password, email: &Email, full_name: &FullName) -> Result<bool, HasherError> {
        Ok([COMMON_PASSWORD, email.as_str(), full_name.as_str()].contains(&password.expose()))
    }
}

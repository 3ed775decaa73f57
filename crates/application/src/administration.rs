//! Changing other people's accounts: what administrators do over REST and operators by the command line, in one place.

mod accounts;
mod changes;

pub use accounts::{CreateAccountError, NewAccount};
pub use changes::{AdministrationError, UserChange};

use crate::ports::PasswordHasher;
use crate::unit_of_work::UnitsOfWork;
use std::sync::Arc;

/// What the use cases here work with.
#[derive(Clone)]
pub(crate) struct Administration {
    pub(crate) units: Arc<dyn UnitsOfWork>,
    pub(crate) hasher: Arc<dyn PasswordHasher>,
}

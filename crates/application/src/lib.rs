//! What can be done: the use cases of Portcullis and the ports that they need.
//!
//! The driving ports are [`AuthService`], [`AccountService`] and [`HealthService`], one an actor; delivery calls
//! them. The driven ports are in [`ports`]; adapters implement them. Nothing here does I/O of its own.

pub mod account;
pub mod actor;
pub mod auth;
pub mod health;
pub mod ports;

pub use account::{AccountService, AccountServiceImpl, AccountServiceImplParameters};
pub use actor::Actor;
pub use auth::{AuthService, AuthServiceImpl, AuthServiceImplParameters};
pub use health::{HealthService, HealthServiceImpl};

/// How often a password is checked at the most before a use case gives up. Each further time, somebody has written
/// another hash since: of another password, or of the same one at a higher cost, which only a check can tell apart.
const PASSWORD_CHECKS: usize = 3;

//! What can be done: the use cases of Portcullis and the ports that they need.
//!
//! The driving ports are [`AuthService`], [`AccountService`], [`AdminService`], [`OperatorService`], [`UpkeepService`],
//! [`PublicationService`] and [`HealthService`], one an actor; delivery calls them. The driven ports are in [`ports`];
//! adapters implement them. Nothing here does I/O of its own.

pub mod account;
pub mod actor;
pub mod admin;
pub mod administration;
mod audit_chain;
mod audit_pen;
pub mod auth;
mod consequences;
pub mod health;
pub mod operator;
pub mod ports;
pub mod profile_change;
pub mod publication;
pub mod replica;
pub mod signing;
pub mod still_allowed;
pub mod unit_of_work;
pub mod upkeep;

pub use account::{AccountService, AccountServiceImpl};
pub use actor::{Actor, Admin, Authority, Operator};
pub use admin::{AdminService, AdminServiceImpl};
pub use auth::{AuthService, AuthServiceImpl};
pub use health::{HealthService, HealthServiceImpl};
pub use operator::{OperatorService, OperatorServiceImpl, OperatorServiceImplParameters};
pub use profile_change::ProfileChange;
pub use publication::{PublicationService, PublicationServiceImpl, PublicationServiceImplParameters};
pub use replica::Replica;
pub use signing::{Rotation, RotationPlan, SigningError, SigningPolicy};
pub use unit_of_work::{Units, UnitsOfWork, UnitsParameters};
pub use upkeep::{UpkeepPolicy, UpkeepService, UpkeepServiceImpl, UpkeepServiceImplParameters};

/// How often a password is checked at the most before a use case gives up. Each further time, somebody has written
/// another hash since: of another password, or of the same one at a higher cost, which only a check can tell apart.
const PASSWORD_CHECKS: usize = 3;

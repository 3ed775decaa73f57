//! What can be done: the use cases of Portcullis and the ports that they need.
//!
//! The driving ports are one trait a capability, from [`Registration`] to [`Health`]; delivery calls them. Who may call
//! shows in what a call takes: nothing, an [`Actor`], an [`Authority`] or an [`Operator`]. The driven ports are in
//! [`ports`]; adapters implement them. Nothing here does I/O of its own.

pub mod actor;
mod audit_chain;
mod audit_pen;
pub mod audit_trail;
pub mod authentication;
mod begin_session;
mod consequences;
pub mod first_admin;
mod guess;
pub mod health;
pub mod limits;
pub mod new_account;
pub mod passwords;
pub mod ports;
pub mod profile;
pub mod profile_change;
mod proof;
pub mod publication;
pub mod refresh;
pub mod registration;
pub mod replica;
pub mod sessions;
pub mod sign_in;
pub mod sign_out;
pub mod signing;
pub mod signing_keys;
pub mod still_allowed;
pub mod tokens;
pub mod unit_of_work;
pub mod upkeep;
pub mod users;

pub use actor::{Actor, Admin, Authority, Operator};
pub use audit_trail::{AuditTrail, AuditTrailService};
pub use authentication::{Authentication, AuthenticationService};
pub use first_admin::{FirstAdmin, FirstAdminService};
pub use health::{Health, HealthService, Readiness};
pub use limits::{LimitPolicy, LimitRates, MemoryLimits};
pub use new_account::NewAccount;
pub use passwords::{Passwords, PasswordsService};
pub use profile::{Profile, ProfileService};
pub use profile_change::ProfileChange;
pub use proof::ProveAgainError;
pub use publication::{Publication, PublicationService};
pub use refresh::{Refresh, RefreshService};
pub use registration::{Registration, RegistrationService};
pub use replica::Replica;
pub use sessions::{Sessions, SessionsService};
pub use sign_in::{SignIn, SignInService};
pub use sign_out::{SignOut, SignOutService};
pub use signing::{Rotation, RotationPlan, SigningError, SigningPolicy};
pub use signing_keys::{SigningKeys, SigningKeysService, SigningKeysServiceParameters};
pub use still_allowed::OutOfReach;
pub use tokens::Tokens;
pub use unit_of_work::{Units, UnitsOfWork, UnitsParameters};
pub use upkeep::{Upkeep, UpkeepPolicy, UpkeepService, UpkeepServiceParameters};
pub use users::{Users, UsersService};

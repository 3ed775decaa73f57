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
pub mod email_verification;
pub mod first_admin;
pub mod health;
pub mod invitations;
pub mod links;
pub mod mail_policy;
pub mod mailed_codes;
pub mod new_account;
pub mod not_me;
pub mod password_reset;
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
pub use email_verification::EmailVerification;
pub use first_admin::{FirstAdmin, FirstAdminService};
pub use health::{Health, HealthService};
pub use invitations::Invitations;
pub use links::Links;
pub use mail_policy::{MailPolicy, Mailing, SignUpPolicy, Verification};
pub use mailed_codes::MailedCodes;
pub use new_account::NewAccount;
pub use not_me::NotMe;
pub use password_reset::PasswordReset;
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

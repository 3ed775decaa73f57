//! The driven ports: what the use cases need of the world.

pub mod access_tokens;
pub mod audit;
pub mod audit_record;
pub mod clock;
pub mod credentials;
pub mod entropy;
pub mod installation;
pub mod jobs;
pub mod page_cursors;
pub mod password_hasher;
pub mod refresh_tokens;
pub mod revocations;
pub mod sessions;
pub mod signing_keys;
pub mod store;
pub mod store_changes;
pub mod store_error;
pub mod users;

pub use access_tokens::{AccessClaims, AccessTokens, TokenError};
pub use audit::{AuditEntry, AuditFilter, AuditMac, AuditRepository, FoundAuditEntry, SignedPruning, SignedSeal};
pub use audit_record::{AUDIT_FORMAT, AuditDetails, AuditRecord, RecordedState};
pub use clock::{Clock, Moment};
pub use credentials::CredentialRepository;
pub use entropy::Entropy;
pub use installation::InstallationRepository;
pub use jobs::{JobRecord, JobRepository, JobRun, SharedJob};
pub use page_cursors::{ListName, PageCursors};
pub use password_hasher::{HasherError, PasswordHasher};
pub use refresh_tokens::RefreshTokens;
pub use revocations::{RevocationNumber, RevocationRepository};
pub use sessions::{SessionEndings, SessionRepository, Swept};
pub use signing_keys::{KeyRing, KeyRingError, PublicKey, SigningKeyRepository};
pub use store::{Access, Repositories, Store, Verdict, Work};
pub use store_changes::StoreChanges;
pub use store_error::{StoreError, StoreResult};
pub use users::{UserFilter, UserQuery, UserQueryError, UserRepository, search_text};

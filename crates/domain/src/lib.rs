//! What is true: the entities and value objects of Portcullis.
//!
//! Everything here is pure computation. Time and chance come in as arguments; nothing reads a clock, an
//! environment or a store, and no type knows how it is sent or kept.

pub mod address_block;
pub mod audit_event;
pub mod audit_seal;
pub mod authentication;
pub mod credentials;
pub mod device;
pub mod device_name;
pub mod email;
pub mod factor_policy;
pub mod folding;
pub mod full_name;
pub mod generation;
pub mod ids;
pub mod invitation;
pub mod known_device;
pub mod linked_identity;
pub mod locale;
pub mod mail;
pub mod one_time_link;
pub mod origin;
pub mod paging;
pub mod passkey;
pub mod password;
pub mod provider;
pub mod rate;
pub mod recovery_code;
pub mod refresh_token;
pub mod revocation;
pub mod role;
pub mod rotation;
pub mod second_factor;
pub mod secret;
pub mod session;
pub mod session_cookie;
pub mod signing_key;
pub mod step_up;
pub mod time_zone;
pub mod token_policy;
pub mod token_proof;
pub mod user;
mod visibility;

pub use address_block::AddressBlock;
pub use audit_event::{AccountState, AuditEvent, AuditEventType, AuditReason, AuditResult, UnknownAuditName};
pub use audit_seal::{AuditHead, AuditPruning, AuditSeal, Digest32};
pub use authentication::{AuthenticationMethod, AuthenticationMethods, NotMethods};
pub use credentials::Credentials;
pub use device::{Device, UserAgent};
pub use device_name::{Browser, DeviceName, System};
pub use email::{Email, EmailError};
pub use factor_policy::{FactorDemand, FactorStanding, UnknownFactorWord};
pub use full_name::{FullName, FullNameError};
pub use generation::Generation;
pub use ids::{
    AuditEventId, ClientSecretId, FamilyId, GrantId, IdentityId, InvitationId, LinkId, MailId, PasskeyId,
    RegistrationId, ResourceId, SessionId, TokenId, UserId,
};
pub use invitation::Invitation;
pub use known_device::{DeviceId, DeviceToken, KnownDevice};
pub use linked_identity::{
    AssertedIdentity, IdentityKey, IdentityLabel, LinkedIdentity, NoIdentityKey, NoProviderName, ProviderName,
};
pub use locale::{Language, Locale, LocaleError};
pub use mail::{Mail, MailKind, MailState, UnknownMailName};
pub use one_time_link::{LinkBearer, LinkPurpose, LinkState, OneTimeLink, UnknownPurposeOfLink};
pub use origin::{Origin, RequestId};
pub use paging::{Page, PageRequest, PageSize, Position};
pub use passkey::{CredentialId, KeyStorage, Passkey, PasskeyState, PasskeyUse, PublicHalf};
pub use password::{Password, PasswordError, PasswordHash, PasswordPolicy, PresentedPassword};
pub use provider::UnknownWord;
pub use provider::authorization::{
    Agreement, Asking, Catalogue, Decision, Hint, Issue, NoAccess, Question, SignInAs, SignedIn, Untrusted, decide,
};
pub use provider::client::{
    Acr, AssertionAudience, Client, ClientAccess, ClientKeys, ClientKind, ClientOrigin, ClientPage, ClientProof,
    ClientSettings, ConsentMode, ManagedBy, NotAPage, NotAnOrigin, Pkce, RegisteredClient, RolesClaim,
};
pub use provider::client_member::{ClientMember, ClientRoles, ClientRolesError};
pub use provider::client_secret::ClientSecret;
pub use provider::consent::Consent;
pub use provider::fault::Fault;
pub use provider::grant::{Authentication, Grant, GrantEnd, GrantLife, Granted, PendingCode, Redeemer, ShownCode};
pub use provider::grant_policy::GrantPolicy;
pub use provider::grant_secret::{GrantSecret, GrantSecretKind};
pub use provider::issuer::{Issuer, IssuerError};
pub use provider::label::{Label, LabelError};
pub use provider::resource::{Resource, ResourceScope, ResourceSettings, ScopeDescription, StandardScope};
pub use provider::stamp::Stamp;
pub use provider::version::Version;
pub use rate::{Rate, RateError};
pub use recovery_code::RecoveryCode;
pub use refresh_token::{Carrier, RefreshToken};
pub use revocation::{Ending, Revocation};
pub use role::{Role, UnknownRole};
pub use rotation::{Presented, Rotation, Seed};
pub use second_factor::{ActiveTotp, CodeCounter, EncryptedSecret, FactorMethod, PendingTotp, SignInChallenge, Totp};
pub use secret::SecretText;
pub use session::{Session, SessionKind, UnknownSessionKind};
pub use session_cookie::SessionCookie;
pub use signing_key::{
    KeyId, SigningAlgorithm, SigningKey, SigningKeyPurpose, SigningKeyStage, UnknownAlgorithm, UnknownPurpose,
};
pub use step_up::{PROOF_LIFE, StepUpNeeded};
pub use time_zone::{TimeZone, TimeZoneError};
pub use token_policy::TokenPolicy;
pub use token_proof::TokenProof;
pub use user::User;
pub use visibility::changes_other_text;

//! The driven ports: what the use cases need of the world.

pub mod access_tokens;
pub mod audit;
pub mod audit_record;
pub mod browser_proofs;
pub mod challenge_tokens;
pub mod challenges;
pub mod client_proofs;
pub mod client_secrets;
pub mod clients;
pub mod clock;
pub mod common_passwords;
pub mod consents;
pub mod credentials;
pub mod device_tokens;
pub mod entropy;
pub mod grant_secrets;
pub mod grants;
pub mod identities;
pub mod installation;
pub mod invitations;
pub mod jobs;
pub mod letters;
pub mod limits;
pub mod link_tokens;
pub mod links;
pub mod mails;
pub mod meter;
pub mod page_cursors;
pub mod passkey_proofs;
pub mod passkeys;
pub mod password_hasher;
pub mod provider_tokens;
pub mod refresh_tokens;
pub mod resources;
pub mod revocations;
pub mod sealed_texts;
pub mod second_factors;
pub mod session_cookies;
pub mod sessions;
pub mod signing_keys;
pub mod spent;
pub mod store;
pub mod store_changes;
pub mod store_error;
pub mod totp_secrets;
pub mod upstream;
pub mod users;

pub use access_tokens::{AccessClaims, AccessTokens, TokenError};
pub use audit::{AuditEntry, AuditFilter, AuditMac, AuditRepository, FoundAuditEntry, SignedPruning, SignedSeal};
pub use audit_record::{AUDIT_FORMAT, AuditDetails, AuditRecord, RecordedState};
pub use browser_proofs::{BrowserProofs, HandedOut};
pub use challenge_tokens::ChallengeTokens;
pub use challenges::ChallengeRepository;
pub use client_proofs::{Assertion, ClientProofs};
pub use client_secrets::ClientSecrets;
pub use clients::{ClientRepository, RegistryStamp};
pub use clock::{Clock, Moment};
pub use common_passwords::{CommonPasswords, TooCommon};
pub use consents::ConsentRepository;
pub use credentials::CredentialRepository;
pub use device_tokens::DeviceTokens;
pub use entropy::Entropy;
pub use grant_secrets::GrantSecrets;
pub use grants::{GrantEndings, GrantInUse, GrantRepository, GrantsToEnd, LiveGrants, SweepGrants};
pub use identities::IdentityRepository;
pub use installation::InstallationRepository;
pub use invitations::InvitationRepository;
pub use jobs::{JobRecord, JobRepository, JobRun, SharedJob};
pub use letters::{Letter, LetterLink, LetterWriter, MailTransport, SendError, UnwritableLetter, WrittenMail};
pub use limits::{Counted, Draw, Exhausted, Limit, LimitKey, Limits, Sharing};
pub use link_tokens::LinkTokens;
pub use links::LinkRepository;
pub use mails::{MailCounts, MailRepository};
pub use meter::{
    ClientAuthenticationOutcome, ClientTokenOutcome, MailOutcome, Meter, RefreshCause, RegistrationOutcome,
    SignInOutcome, Unmeasured, WaitingMails,
};
pub use page_cursors::{ListName, PageCursors};
pub use passkey_proofs::{
    AnsweredChallenge, AskedPasskey, Ceremony, ChallengeFor, NewPasskey, PasskeyFault, PasskeyProofs, ShownPasskey,
    UsedPasskey,
};
pub use passkeys::PasskeyRepository;
pub use password_hasher::{HasherError, PasswordHasher};
pub use provider_tokens::{
    ClientAccessClaims, IdClaims, IdTokenHint, ProvenIdentity, ProviderTokens, SignatureError, Subject,
};
pub use refresh_tokens::RefreshTokens;
pub use resources::ResourceRepository;
pub use revocations::{RevocationNumber, RevocationRepository};
pub use sealed_texts::{Sealed, SealedTexts};
pub use second_factors::{SecondFactorRepository, WrongCodes};
pub use session_cookies::SessionCookies;
pub use sessions::{SessionEndings, SessionRepository, Swept};
pub use signing_keys::{KeyRing, KeyRingError, PublicKey, SigningKeyRepository};
pub use spent::SpentRepository;
pub use store::{Access, Judge, Repositories, Store, Verdict, Work, rotate_alone};
pub use store_changes::StoreChanges;
pub use store_error::{StoreError, StoreResult};
pub use totp_secrets::{Enrolment, QrCode, TotpSecrets, UnreadableSecret};
pub use upstream::{
    OfferedProvider, Redemption, ShownIdToken, UpstreamError, UpstreamProviders, UpstreamRequest, short_line,
};
pub use users::{UserFilter, UserQuery, UserQueryError, UserRepository, search_text};

//! A store for one test, fakes, builders and the contract suite that every store passes. For tests alone.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a panic is how a test says that something is wrong"
)]

pub mod access_tokens;
pub mod app;
pub mod asking_store;
pub mod audit_mac;
pub mod browser_proofs;
pub mod build;
pub mod challenge_tokens;
pub mod client_proofs;
pub mod client_secrets;
pub mod clock;
pub mod common_passwords;
mod container;
pub mod contract;
pub mod device_tokens;
pub mod entropy;
pub mod grant_secrets;
pub mod hasher;
pub mod key_ring;
pub mod limits_contract;
pub mod link_tokens;
pub mod mail;
pub mod meter;
pub mod page_cursors;
pub mod passkey_proofs;
pub mod provider_tokens;
pub mod refresh_tokens;
pub mod sealed_texts;
pub mod session_cookies;
pub mod store_changes;
pub mod temporary_store;
pub mod totp_secrets;
pub mod upstream;

pub use access_tokens::FakeAccessTokens;
pub use app::TestApp;
pub use asking_store::AskingStore;
pub use audit_mac::FakeAuditMac;
pub use browser_proofs::FakeBrowserProofs;
pub use challenge_tokens::FakeChallengeTokens;
pub use client_proofs::FakeClientProofs;
pub use client_secrets::FakeClientSecrets;
pub use clock::FakeClock;
pub use common_passwords::{COMMON_PASSWORD, FakeCommonPasswords};
pub use device_tokens::FakeDeviceTokens;
pub use entropy::SeededEntropy;
pub use grant_secrets::FakeGrantSecrets;
pub use hasher::{Capacity, FakeHasher};
pub use key_ring::FakeKeyRing;
pub use link_tokens::FakeLinkTokens;
pub use mail::{FakeLetterWriter, FakeMailTransport};
pub use meter::FakeMeter;
pub use page_cursors::FakePageCursors;
pub use passkey_proofs::{FakePasskey, FakePasskeyProofs};
pub use provider_tokens::FakeProviderTokens;
pub use refresh_tokens::FakeRefreshTokens;
pub use sealed_texts::FakeSealedTexts;
pub use session_cookies::FakeSessionCookies;
pub use store_changes::FakeStoreChanges;
pub use temporary_store::TemporaryStore;
pub use totp_secrets::FakeTotpSecrets;
pub use upstream::FakeUpstream;

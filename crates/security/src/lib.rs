//! Passwords, tokens, clock and entropy behind the ports of the application.
//!
//! What can fail at the start (a weak key, threads that can't be had) is made first: [`SecretKey`], [`BcryptPool`].
//! The components take it in as it is and never fail to be built.

pub mod access_tokens;
pub mod audit_mac;
pub mod bcrypt_hasher;
pub mod browser_proofs;
pub mod challenge_tokens;
pub mod client_proofs;
pub mod client_secrets;
pub mod clock;
pub mod common_passwords;
mod derivation;
pub mod device_tokens;
pub mod entropy;
mod generation_text;
mod grant_secrets;
mod hmac_keys;
mod key_wrapping;
pub mod keys;
pub mod link_tokens;
pub mod page_cursors;
pub mod passkeys;
pub mod provider_tokens;
pub mod refresh_tokens;
pub mod sealed_texts;
pub mod session_cookies;
pub mod shared_limits;
pub mod signing;
pub mod totp_secrets;

pub use access_tokens::{JwtTokens, JwtTokensParameters, VerifiedTokens};
pub use audit_mac::{
    AuditKey, AuditKeyEncryption, AuditKeyError, DecryptedAuditKey, HmacAuditMac, HmacAuditMacParameters,
};
pub use bcrypt_hasher::{
    BcryptCost, BcryptCostOutOfRange, BcryptHasher, BcryptHasherParameters, BcryptOptions, BcryptPool, Capacity,
    HashingLoad,
};
pub use browser_proofs::{BrowserProofKeys, HmacBrowserProofs, HmacBrowserProofsParameters};
pub use challenge_tokens::DigestedChallengeTokens;
pub use client_proofs::JwtClientProofs;
pub use client_secrets::DigestedClientSecrets;
pub use clock::SystemClock;
pub use common_passwords::{Blocklist, PasswordJudge, ZxcvbnCommonPasswords, ZxcvbnCommonPasswordsParameters};
pub use device_tokens::{DeviceTokenKeys, HmacDeviceTokens, HmacDeviceTokensParameters};
pub use entropy::OsEntropy;
pub use grant_secrets::{GrantSecretKeys, HmacGrantSecrets, HmacGrantSecretsParameters};
pub use key_wrapping::SecretKeyAge;
pub use keys::{Keys, SecretKey, SecretKeyError, is_secret_command};
pub use link_tokens::{HmacLinkTokens, HmacLinkTokensParameters, LinkTokenKeys};
pub use page_cursors::{HmacPageCursors, HmacPageCursorsParameters, PageCursorKeys};
pub use passkeys::{PasskeyChallengeKeys, PasskeySite, WebauthnPasskeys, WebauthnPasskeysParameters};
pub use provider_tokens::{JwtProviderTokens, JwtProviderTokensParameters, RsaTurns};
pub use refresh_tokens::{HmacRefreshTokens, HmacRefreshTokensParameters, RefreshTokenKeys};
pub use sealed_texts::{EncryptedTexts, EncryptedTextsParameters, SealedTextKeys};
pub use session_cookies::{HmacSessionCookies, HmacSessionCookiesParameters, SessionCookieKeys};
pub use shared_limits::SharedLimitKey;
pub use signing::{
    ProviderKeys, SessionKeys, SigningKeyEncryption, SigningKeys, StoredKeyRing, StoredKeyRingParameters,
};
pub use totp_secrets::{EncryptedTotpSecrets, EncryptedTotpSecretsParameters, TotpSecretKeys};

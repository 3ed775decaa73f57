//! Keys and components that the tests share.

use chrono::DateTime;
use portcullis_application::ports::{
    AccessTokens, AuditMac, BrowserProofs, GrantSecrets, KeyRing, PageCursors, PasswordHasher, RefreshTokens,
    SessionCookies,
};
use portcullis_domain::{KeyId, SecretText, SigningAlgorithm, SigningKey, SigningKeyPurpose};
use portcullis_security::{
    AuditKey, BcryptCost, BcryptHasher, BcryptHasherParameters, BcryptOptions, BcryptPool, BrowserProofKeys,
    GrantSecretKeys, HmacAuditMac, HmacAuditMacParameters, HmacBrowserProofs, HmacBrowserProofsParameters,
    HmacGrantSecrets, HmacGrantSecretsParameters, HmacPageCursors, HmacPageCursorsParameters, HmacRefreshTokens,
    HmacRefreshTokensParameters, HmacSessionCookies, HmacSessionCookiesParameters, JwtTokens, JwtTokensParameters,
    Keys, OsEntropy, PageCursorKeys, RefreshTokenKeys, SecretKey, SessionCookieKeys, SigningKeyEncryption, SigningKeys,
    StoredKeyRing, StoredKeyRingParameters, VerifiedTokens,
};
use shaku::{HasComponent, module};
use std::sync::Arc;
use wiring::AccessTokenModule;

pub(crate) const CURRENT_KEY: &str = "kR7vQ2mXz9LtWb4YpN6cJ8fHs3gDd5eU";
pub(crate) const PREVIOUS_KEY: &str = "Zx8sT1nWq4RmVy6KjB3hF7dGp2cLa9eM";
pub(crate) const FOREIGN_KEY: &str = "Uo5bC9kEw1XiSz7DnH2gP4vMt6yQr8jA";
pub(crate) const ISSUER: &str = "https://auth.example.org";
pub(crate) const SALT: [u8; 32] = [7; 32];

pub(crate) fn key(text: &str) -> SecretKey {
    SecretKey::parse(SecretText::new(text.to_owned())).unwrap()
}

pub(crate) fn keys() -> Keys {
    Keys {
        current: key(CURRENT_KEY),
        previous: Some(key(PREVIOUS_KEY)),
    }
}

pub(crate) fn only(text: &str) -> Keys {
    Keys {
        current: key(text),
        previous: None,
    }
}

mod wiring {
    #![expect(clippy::struct_field_names, reason = "the macro names them")]

    use super::{JwtTokens, OsEntropy, StoredKeyRing};

    shaku::module! {
        pub(crate) AccessTokenModule { components = [JwtTokens, StoredKeyRing, OsEntropy], providers = [] }
    }
}
module! {
    AuditModule { components = [HmacAuditMac], providers = [] }
}
module! {
    GrantSecretModule { components = [HmacGrantSecrets], providers = [] }
}
module! {
    SessionCookieModule { components = [HmacSessionCookies], providers = [] }
}
module! {
    RefreshTokenModule { components = [HmacRefreshTokens], providers = [] }
}
module! {
    BrowserProofModule { components = [HmacBrowserProofs], providers = [] }
}
module! {
    CursorModule { components = [HmacPageCursors], providers = [] }
}
module! {
    PasswordModule { components = [BcryptHasher, OsEntropy], providers = [] }
}

/// What one server signs and checks access tokens by.
pub(crate) struct TokenServer {
    pub(crate) tokens: Arc<dyn AccessTokens>,
    pub(crate) ring: Arc<dyn KeyRing>,
}

/// A server that has loaded no keys yet, on a store of that salt.
pub(crate) fn token_server(keys: &Keys, salt: &[u8; 32]) -> TokenServer {
    let signing_keys = SigningKeys::new(keys);
    let module = AccessTokenModule::builder()
        .with_component_parameters::<JwtTokens>(JwtTokensParameters {
            keys: signing_keys.sessions(),
            issuer: ISSUER.to_owned(),
            verified: VerifiedTokens::default(),
        })
        .with_component_parameters::<StoredKeyRing>(StoredKeyRingParameters {
            keys: signing_keys,
            encryption: SigningKeyEncryption::derive(keys, salt),
        })
        .build();
    TokenServer {
        tokens: module.resolve(),
        ring: module.resolve(),
    }
}

/// What signs by HS256.
pub(crate) fn access_tokens(keys: &Keys) -> Arc<dyn AccessTokens> {
    let TokenServer { tokens, ring } = token_server(keys, &SALT);
    ring.load(&[shared_key()]).unwrap();
    tokens
}

/// A key of HS256 that signs.
pub(crate) fn shared_key() -> SigningKey {
    SigningKey {
        id: KeyId::new("shared".to_owned()),
        purpose: SigningKeyPurpose::Session,
        algorithm: SigningAlgorithm::Hs256,
        encrypted: vec![],
        public_part: None,
        created_at: DateTime::UNIX_EPOCH,
        activated_at: Some(DateTime::UNIX_EPOCH),
        retired_at: None,
    }
}

pub(crate) fn audit_mac(key: AuditKey) -> Arc<dyn AuditMac> {
    AuditModule::builder()
        .with_component_parameters::<HmacAuditMac>(HmacAuditMacParameters { key })
        .build()
        .resolve()
}

pub(crate) fn refresh_tokens(keys: &Keys, salt: &[u8; 32]) -> Arc<dyn RefreshTokens> {
    RefreshTokenModule::builder()
        .with_component_parameters::<HmacRefreshTokens>(HmacRefreshTokensParameters {
            keys: RefreshTokenKeys::derive(keys, salt),
        })
        .build()
        .resolve()
}

pub(crate) fn session_cookies(keys: &Keys, salt: &[u8; 32]) -> Arc<dyn SessionCookies> {
    SessionCookieModule::builder()
        .with_component_parameters::<HmacSessionCookies>(HmacSessionCookiesParameters {
            keys: SessionCookieKeys::derive(keys, salt),
        })
        .build()
        .resolve()
}

pub(crate) fn grant_secrets(keys: &Keys, salt: &[u8; 32]) -> Arc<dyn GrantSecrets> {
    GrantSecretModule::builder()
        .with_component_parameters::<HmacGrantSecrets>(HmacGrantSecretsParameters {
            keys: GrantSecretKeys::derive(keys, salt),
        })
        .build()
        .resolve()
}

pub(crate) fn browser_proofs(keys: &Keys, salt: &[u8; 32]) -> Arc<dyn BrowserProofs> {
    BrowserProofModule::builder()
        .with_component_parameters::<HmacBrowserProofs>(HmacBrowserProofsParameters {
            keys: BrowserProofKeys::derive(keys, salt),
        })
        .build()
        .resolve()
}

pub(crate) fn page_cursors(keys: &Keys, salt: &[u8; 32]) -> Arc<dyn PageCursors> {
    CursorModule::builder()
        .with_component_parameters::<HmacPageCursors>(HmacPageCursorsParameters {
            keys: PageCursorKeys::derive(keys, salt),
        })
        .build()
        .resolve()
}

pub(crate) fn hasher(cost: u32) -> Arc<dyn PasswordHasher> {
    let options = BcryptOptions {
        threads: 2,
        ..BcryptOptions::for_this_machine(BcryptCost::new(cost).unwrap())
    };
    PasswordModule::builder()
        .with_component_parameters::<BcryptHasher>(BcryptHasherParameters {
            pool: BcryptPool::start(options).unwrap(),
        })
        .build()
        .resolve()
}

//! Keys and components that the tests share.

use portcullis_application::ports::{AccessTokens, PasswordHasher, RefreshTokenSecrets};
use portcullis_domain::SecretText;
use portcullis_security::{
    BcryptCost, BcryptHasher, BcryptHasherParameters, BcryptOptions, BcryptPool, HmacRefreshTokenSecrets,
    HmacRefreshTokenSecretsParameters, JwtKeys, JwtTokens, JwtTokensParameters, Keys, OsEntropy, RefreshTokenKeys,
    SecretKey,
};
use shaku::{HasComponent, module};
use std::sync::Arc;

pub(crate) const CURRENT_KEY: &str = "kR7vQ2mXz9LtWb4YpN6cJ8fHs3gDd5eU";
pub(crate) const PREVIOUS_KEY: &str = "Zx8sT1nWq4RmVy6KjB3hF7dGp2cLa9eM";
pub(crate) const FOREIGN_KEY: &str = "Uo5bC9kEw1XiSz7DnH2gP4vMt6yQr8jA";
pub(crate) const ISSUER: &str = "https://auth.example.org";

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

module! {
    AccessTokenModule { components = [JwtTokens], providers = [] }
}
module! {
    RefreshTokenModule { components = [HmacRefreshTokenSecrets], providers = [] }
}
module! {
    PasswordModule { components = [BcryptHasher, OsEntropy], providers = [] }
}

pub(crate) fn access_tokens(keys: &Keys) -> Arc<dyn AccessTokens> {
    AccessTokenModule::builder()
        .with_component_parameters::<JwtTokens>(JwtTokensParameters {
            keys: JwtKeys::hs256(keys, ISSUER.to_owned()),
        })
        .build()
        .resolve()
}

pub(crate) fn refresh_token_secrets(keys: &Keys, salt: &[u8; 32]) -> Arc<dyn RefreshTokenSecrets> {
    RefreshTokenModule::builder()
        .with_component_parameters::<HmacRefreshTokenSecrets>(HmacRefreshTokenSecretsParameters {
            keys: RefreshTokenKeys::derive(keys, salt),
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

//! The container: which adapter stands behind which port. Nothing else knows it.

use portcullis_application::{
    AccountServiceImpl, AccountServiceImplParameters, AuthServiceImpl, AuthServiceImplParameters, HealthServiceImpl,
};
use portcullis_domain::TokenPolicy;
use portcullis_http::Services;
use portcullis_security::{
    BcryptHasher, BcryptHasherParameters, BcryptPool, HmacRefreshTokenSecrets, HmacRefreshTokenSecretsParameters,
    JwtKeys, JwtTokens, JwtTokensParameters, OsEntropy, RefreshTokenKeys, SystemClock,
};
use portcullis_storage::{Database, DieselStore, DieselStoreParameters};
use shaku::{HasComponent, ModuleBuilder};

pub use wiring::Container;

mod wiring {
    #![expect(
        missing_docs,
        reason = "the macro takes no doc comments: Container is every component of the stock server"
    )]
    #![expect(clippy::struct_field_names, reason = "the macro names them")]

    use super::{
        AccountServiceImpl, AuthServiceImpl, BcryptHasher, DieselStore, HealthServiceImpl, HmacRefreshTokenSecrets,
        JwtTokens, OsEntropy, SystemClock,
    };

    shaku::module! {
        pub Container {
            components = [
                AuthServiceImpl, AccountServiceImpl, HealthServiceImpl,
                DieselStore, BcryptHasher, JwtTokens, HmacRefreshTokenSecrets, SystemClock, OsEntropy
            ],
            providers = []
        }
    }
}

/// What components are made of, prepared where it can fail.
#[derive(Clone)]
pub struct Parts {
    /// The open store.
    pub database: Database,
    /// The threads that hash passwords.
    pub hashing: BcryptPool,
    /// Keys of access tokens.
    pub jwt_keys: JwtKeys,
    /// Keys of refresh tokens.
    pub refresh_token_keys: RefreshTokenKeys,
    /// How long tokens and sessions live.
    pub token_policy: TokenPolicy,
}

/// A builder with every parameter set. Replace an adapter by `with_component_override` before `build`.
#[must_use]
pub fn builder(parts: Parts) -> ModuleBuilder<Container> {
    let Parts {
        database,
        hashing,
        jwt_keys,
        refresh_token_keys,
        token_policy,
    } = parts;
    Container::builder()
        .with_component_parameters::<DieselStore>(DieselStoreParameters { database })
        .with_component_parameters::<BcryptHasher>(BcryptHasherParameters { pool: hashing })
        .with_component_parameters::<JwtTokens>(JwtTokensParameters { keys: jwt_keys })
        .with_component_parameters::<HmacRefreshTokenSecrets>(HmacRefreshTokenSecretsParameters {
            keys: refresh_token_keys,
        })
        .with_component_parameters::<AuthServiceImpl>(AuthServiceImplParameters { policy: token_policy })
        .with_component_parameters::<AccountServiceImpl>(AccountServiceImplParameters { policy: token_policy })
}

/// The services that delivery calls, resolved once.
#[must_use]
pub fn services(container: &Container) -> Services {
    Services {
        auth: container.resolve(),
        account: container.resolve(),
        health: container.resolve(),
        clock: container.resolve(),
        entropy: container.resolve(),
    }
}

//! Passwords, tokens, clock and entropy behind the ports of the application.
//!
//! What can fail at the start (a weak key, threads that can't be had) is made first: [`SecretKey`], [`BcryptPool`].
//! The components take it in as it is and never fail to be built.

pub mod bcrypt_hasher;
pub mod clock;
pub mod entropy;
mod json;
mod jws;
pub mod jwt;
pub mod keys;
pub mod refresh_tokens;

pub use bcrypt_hasher::{
    BcryptCost, BcryptCostOutOfRange, BcryptHasher, BcryptHasherParameters, BcryptOptions, BcryptPool, Capacity,
};
pub use clock::SystemClock;
pub use entropy::OsEntropy;
pub use jwt::{JwtKeys, JwtTokens, JwtTokensParameters};
pub use keys::{Keys, SecretKey, SecretKeyError};
pub use refresh_tokens::{HmacRefreshTokenSecrets, HmacRefreshTokenSecretsParameters, RefreshTokenKeys};

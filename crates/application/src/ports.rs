//! The driven ports: what the use cases need of the world.

pub mod access_tokens;
pub mod clock;
pub mod entropy;
pub mod password_hasher;
pub mod refresh_token_secrets;
pub mod refresh_tokens;
pub mod store;
pub mod users;

pub use access_tokens::{AccessClaims, AccessTokens, TokenError};
pub use clock::Clock;
pub use entropy::Entropy;
pub use password_hasher::{HasherError, PasswordHasher};
pub use refresh_token_secrets::{PresentedRefreshToken, RefreshTokenSecrets};
pub use refresh_tokens::RefreshTokenRepository;
pub use store::{Access, Repositories, Store, StoreError, StoreResult, Verdict, Work};
pub use users::UserRepository;

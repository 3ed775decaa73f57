//! What is true: the entities and value objects of Portcullis.
//!
//! Everything here is pure computation. Time and chance come in as arguments; nothing reads a clock, an
//! environment or a store, and no type knows how it is sent or kept.

pub mod device;
pub mod email;
pub mod full_name;
pub mod ids;
pub mod paging;
pub mod password;
pub mod refresh_token;
pub mod role;
pub mod secret;
pub mod token_policy;
pub mod user;

pub use device::{Device, UserAgent};
pub use email::{Email, EmailError};
pub use full_name::{FullName, FullNameError};
pub use ids::{SessionId, TokenId, UserId};
pub use paging::{Page, PageRequest, PageSize, Position};
pub use password::{Password, PasswordError, PasswordHash, PasswordPolicy, PresentedPassword};
pub use refresh_token::{Generation, Presented, RefreshToken, Seed};
pub use role::{Role, UnknownRole};
pub use secret::SecretText;
pub use token_policy::TokenPolicy;
pub use user::User;

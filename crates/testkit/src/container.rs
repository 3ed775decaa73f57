//! The container that wires the services on fakes.
#![expect(clippy::struct_field_names, reason = "the macro names the fields of the container")]

use crate::{FakeAccessTokens, FakeClock, FakeHasher, FakeRefreshTokenSecrets, MemoryStore, SeededEntropy};
use portcullis_application::{AccountServiceImpl, AuthServiceImpl, HealthServiceImpl};
use shaku::module;

module! {
    pub(crate) TestModule {
        components = [
            AuthServiceImpl, AccountServiceImpl, HealthServiceImpl, MemoryStore, FakeHasher, FakeAccessTokens,
            FakeRefreshTokenSecrets, FakeClock, SeededEntropy
        ],
        providers = [],
    }
}

//! A team's own binary: Portcullis with Argon2id in the place of bcrypt, and nothing else changed.
//!
//! `main` is what it takes to replace an adapter. `argon2_hasher.rs` is the adapter.

mod argon2_hasher;

use argon2_hasher::Argon2Hasher;
use portcullis_application::ports::PasswordHasher;
use portcullis_server::{Config, Environment, Foundation, Migration, container, serve, start_logging_and_traces};

fn main() -> anyhow::Result<()> {
    let config = Config::load(&Environment::of_the_process()?)?;
    let _telling = start_logging_and_traces(&config)?;
    let foundation = Foundation::prepare(&config, Migration::Run)?;
    let container = container::builder(foundation.parts())
        .with_component_override::<dyn PasswordHasher>(Box::new(Argon2Hasher::new()?))
        .build();
    serve(&config, foundation, &container)
}

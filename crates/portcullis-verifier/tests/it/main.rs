//! The verifier as a service uses it, and tokens that it must refuse.

// Within `cfg(test)` the lints know that functions beside the tests are for tests, too.
#[cfg(test)]
#[cfg(feature = "actix")]
mod actix;
#[cfg(test)]
#[cfg(feature = "client")]
mod building;
#[cfg(test)]
mod claims;
#[cfg(test)]
#[cfg(feature = "client")]
mod clock;
#[cfg(test)]
#[cfg(feature = "client")]
mod feed;
#[cfg(test)]
mod headers;
#[cfg(test)]
mod key_sets;
#[cfg(test)]
mod provider;
#[cfg(test)]
mod provider_tokens;
#[cfg(test)]
#[cfg(feature = "client")]
mod provider_verifier;
#[cfg(test)]
#[cfg(feature = "client")]
mod published_keys;
#[cfg(test)]
#[cfg(feature = "client")]
mod server;
#[cfg(test)]
mod texts;
#[cfg(test)]
mod tokens;

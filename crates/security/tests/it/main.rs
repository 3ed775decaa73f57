//! The adapters behind their ports, as the container builds them.

// Within `cfg(test)` the lints know that functions beside the tests are for tests, too.
#[cfg(test)]
mod access_tokens;
#[cfg(test)]
mod audit_mac;
#[cfg(test)]
mod bcrypt_hasher;
#[cfg(test)]
mod browser_proofs;
#[cfg(test)]
mod credentials;
#[cfg(test)]
mod fixtures;
mod grant_secrets;
#[cfg(test)]
mod link_tokens;
#[cfg(test)]
mod page_cursors;
#[cfg(test)]
mod passkeys;
#[cfg(test)]
mod provider_tokens;
#[cfg(test)]
mod refresh_tokens;
mod session_cookies;
#[cfg(test)]
mod signing_keys;
#[cfg(test)]
mod totp_secrets;

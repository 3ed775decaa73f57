//! What a verifier is built of.

use super::clock::{Clock, SystemClock};
use super::endpoint::Endpoint;
use super::feed::{StaleFeed, Trust, feed};
use super::provider_verifier::ProviderVerifier;
use super::published_keys::published_keys;
use super::verifier::{Shared, Verifier};
use crate::key::VerificationKey;
use reqwest::{Certificate, Client, Url, redirect};
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::task::JoinSet;

/// The `iss` of a server that was given no other.
const DEFAULT_ISSUER: &str = "portcullis";
/// The shortest shared secret, in bytes: the size of its hash (RFC 7518, section 3.2).
const MIN_SECRET_BYTES: usize = 32;
/// How long a feed is believed that is not confirmed, unless set.
const DEFAULT_BOUND: Duration = Duration::from_mins(1);
/// The least that can be set. Below, a single slow answer would make the feed stale.
const MIN_BOUND: Duration = Duration::from_secs(5);
/// The largest set of keys. One key has less than 1 KiB.
const MAX_KEYS_BYTES: usize = 256 * 1024;
/// The largest list of revocations, about 300,000 of them.
const MAX_FEED_BYTES: usize = 32 * 1024 * 1024;

/// Builds a [`Verifier`].
#[must_use = "nothing is verified until it is built"]
pub struct VerifierBuilder {
    address: String,
    issuer: Option<String>,
    secrets: Vec<Vec<u8>>,
    trust: Trust,
    root_certificates: Vec<u8>,
    clock: Arc<dyn Clock>,
}

/// Why there is no verifier.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The address is not an absolute URL, or it has credentials, a query or a fragment.
    #[error("the server's address is a URL such as https://auth.example.org")]
    Address,
    /// Keys that anybody on the way could change are worth nothing. Only this machine itself may be asked over http.
    #[error("the server's address must begin with https, unless it is this machine's own")]
    NotHttps,
    /// The shared secret is shorter than 32 bytes.
    #[error("a shared secret has at least {MIN_SECRET_BYTES} bytes")]
    ShortSecret,
    /// Tokens of clients are never signed by a shared secret.
    #[error("tokens of clients are not signed by a shared secret; leave it out")]
    SecretOfTheProvider,
    /// The bound of the feed is less than 5 seconds.
    #[error("the feed must be trusted for at least {MIN_BOUND:?}")]
    ShortBound,
    /// Not called within a tokio runtime, which the tasks need.
    #[error("a verifier is built within a tokio runtime")]
    NoRuntime,
    /// The root certificates can't be read, or TLS can't be set up.
    #[error("TLS can't be set up")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Verifier {
    /// Begins to build the verifier of the server at `address`, its base address such as `https://auth.example.org`.
    pub fn builder(address: impl Into<String>) -> VerifierBuilder {
        VerifierBuilder {
            address: address.into(),
            issuer: None,
            secrets: Vec::new(),
            trust: Trust {
                bound: DEFAULT_BOUND,
                when_stale: StaleFeed::default(),
            },
            root_certificates: Vec::new(),
            clock: Arc::new(SystemClock::start()),
        }
    }
}

impl VerifierBuilder {
    /// The `iss` of the server's tokens, compared byte by byte. Unless set, it is `portcullis`, and for tokens of clients the
    /// server's address as it was given.
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Accepts tokens that are signed by HS256 with this secret, the server's `SECRET_KEY`. Call it twice to accept
    /// the previous one, too. Whoever has the secret can make tokens: prefer a server that signs by another algorithm.
    pub fn shared_secret(mut self, secret: &[u8]) -> Self {
        self.secrets.push(secret.to_vec());
        self
    }

    /// How long the feed of revocations is believed without being confirmed; 60 seconds unless set.
    pub fn trust_feed_for(mut self, bound: Duration) -> Self {
        self.trust.bound = bound;
        self
    }

    /// What follows when the feed was not confirmed for longer.
    pub fn when_feed_is_stale(mut self, policy: StaleFeed) -> Self {
        self.trust.when_stale = policy;
        self
    }

    /// Trusts these certificates, in PEM, besides the system's: for a server behind a private authority.
    pub fn root_certificates(mut self, pem: &[u8]) -> Self {
        self.root_certificates.extend_from_slice(pem);
        self
    }

    /// Takes the time from `clock`.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Builds the verifier and starts to fetch keys and revocations on the current tokio runtime. Does not wait for
    /// them: see [`Verifier::ready`].
    ///
    /// # Errors
    /// See [`BuildError`]. That the server can't be reached is none of them.
    pub fn build(self) -> Result<Verifier, BuildError> {
        let issuer = self.issuer.clone().unwrap_or_else(|| DEFAULT_ISSUER.to_owned());
        let shared = Arc::new(self.start("/.well-known/jwks.json", issuer)?);
        Ok(Verifier { shared })
    }

    /// Builds the verifier of tokens that clients of the server were given for the resource `audience`: the URI that it is
    /// registered by at the server. Else as [`build`](Self::build).
    ///
    /// # Errors
    /// See [`BuildError`]. A shared secret is one: no such token is signed by one.
    pub fn build_for_resource(self, audience: impl Into<String>) -> Result<ProviderVerifier, BuildError> {
        if !self.secrets.is_empty() {
            return Err(BuildError::SecretOfTheProvider);
        }
        let issuer = self.issuer.clone().unwrap_or_else(|| self.address.clone());
        let shared = Arc::new(self.start("/oauth2/jwks.json", issuer)?);
        let audience = audience.into().into();
        Ok(ProviderVerifier { shared, audience })
    }

    fn start(self, keys_path: &str, issuer: String) -> Result<Shared, BuildError> {
        let base = base_url(&self.address)?;
        if self.secrets.iter().any(|secret| secret.len() < MIN_SECRET_BYTES) {
            return Err(BuildError::ShortSecret);
        }
        if self.trust.bound < MIN_BOUND {
            return Err(BuildError::ShortBound);
        }
        let runtime = Handle::try_current().map_err(|_| BuildError::NoRuntime)?;
        let client = self.client().map_err(|error| BuildError::Tls(error.into()))?;
        let endpoint = |path: &str, max_bytes: usize| Endpoint {
            client: client.clone(),
            url: below(&base, path),
            clock: Arc::clone(&self.clock),
            max_bytes,
        };
        let secrets = self.secrets.iter().map(|secret| VerificationKey::hs256(None, secret));
        let (keys, fetcher) = published_keys(endpoint(keys_path, MAX_KEYS_BYTES), secrets.collect());
        let (feed, follower) = feed(endpoint("/revocations", MAX_FEED_BYTES), self.trust);
        let mut tasks = JoinSet::new();
        tasks.spawn_on(fetcher.run(), &runtime);
        tasks.spawn_on(follower.run(), &runtime);
        Ok(Shared {
            issuer,
            clock: self.clock,
            keys,
            feed,
            _tasks: tasks,
        })
    }

    /// A client that goes where it is told and nowhere else. Time limits are [`Endpoint`]'s.
    fn client(&self) -> Result<Client, reqwest::Error> {
        let mut client = Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .user_agent(concat!("portcullis-verifier/", env!("CARGO_PKG_VERSION")));
        if !self.root_certificates.is_empty() {
            client = client.tls_certs_merge(Certificate::from_pem_bundle(&self.root_certificates)?);
        }
        client.build()
    }
}

impl fmt::Debug for VerifierBuilder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "VerifierBuilder({:?})", self.address)
    }
}

fn base_url(address: &str) -> Result<Url, BuildError> {
    let url = Url::parse(address).map_err(|_| BuildError::Address)?;
    let is_plain =
        url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    match url.scheme() {
        _ if !is_plain => Err(BuildError::Address),
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err(BuildError::NotHttps),
        _ => Err(BuildError::Address),
    }
}

/// RFC 6761, section 6.3 keeps the name `localhost` for this machine.
fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address: Result<IpAddr, _> = host.trim_matches(['[', ']']).parse();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_below_the_base_address() {
        for (address, url) in [
            ("https://auth.example.org", "https://auth.example.org/revocations"),
            ("https://auth.example.org/", "https://auth.example.org/revocations"),
            ("https://example.org/auth/", "https://example.org/auth/revocations"),
            ("http://127.0.0.1:8000", "http://127.0.0.1:8000/revocations"),
        ] {
            assert_eq!(below(&base_url(address).unwrap(), "/revocations").as_str(), url);
        }
    }

    #[test]
    fn only_this_machine_may_be_asked_without_tls() {
        for address in ["http://localhost:1", "http://127.9.9.9", "http://[::1]:8000"] {
            assert!(base_url(address).is_ok(), "{address}");
        }
        for address in [
            "http://auth.example.org",
            "http://10.0.0.1",
            "http://0.0.0.0",
            "http://localhost.example.org",
            "http://127.0.0.1.example.org",
            "http://[::2]",
        ] {
            assert!(matches!(base_url(address), Err(BuildError::NotHttps)), "{address}");
        }
    }

    #[test]
    fn what_is_no_base_address_is_refused() {
        for address in [
            "",
            "auth.example.org",
            "/auth",
            "ftp://auth.example.org",
            "file:///etc/passwd",
            "https://ada:secret@auth.example.org",
            "https://auth.example.org?x",
            "https://auth.example.org#x",
        ] {
            assert!(matches!(base_url(address), Err(BuildError::Address)), "{address}");
        }
    }
}

//! The guarded HTTP client.
//!
//! Where a host leads is known when it is resolved, and a second look could give another answer. So the resolver of the client
//! itself takes the addresses away that may not be called, and what is connected to is what was looked at.

use crate::addresses::is_public;
use crate::allowance::AllowedHosts;
use portcullis_domain::SecretText;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, RequestBuilder, Response};
use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use url::{Host, Url};

/// The longest time of a call, redirects and body included.
pub(crate) const TIME: Duration = Duration::from_secs(5);
/// Of it, the longest until there is a connection.
const TIME_TO_CONNECT: Duration = Duration::from_secs(3);
/// The most bytes of a body.
const MAX_BYTES: usize = 1024 * 1024;
/// How many redirects are followed, within one origin.
const MAX_REDIRECTS: usize = 3;

/// Calls servers outside.
#[derive(Debug, Clone)]
pub struct GuardedClient {
    /// For hosts that nobody named: addresses inside are taken away.
    guarded: Client,
    /// For hosts that the operator named.
    trusting: Client,
    allowed: AllowedHosts,
}

/// What a server answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// Whether it says that all went well.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }
}

/// Why a call came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// It would go without TLS, to an address inside, or where no URL leads.
    #[error("{0}")]
    NotAllowed(String),
    /// No answer came in time.
    #[error("no whole answer came within {} seconds", TIME.as_secs())]
    TimedOut,
    /// No connection, or none that TLS trusts, or it broke.
    #[error("{0}")]
    Failed(String),
    /// The answer has more bytes than are read.
    #[error("the answer has more than {MAX_BYTES} bytes")]
    TooLarge,
    /// The answer leads elsewhere.
    #[error("the answer leads to another server, or on and on")]
    Redirected,
}

impl GuardedClient {
    /// One that calls hosts of everybody, and those inside that are named.
    ///
    /// # Errors
    /// TLS can't be set up.
    pub fn new(allowed: AllowedHosts) -> anyhow::Result<Self> {
        let build = |guard: Guard| -> anyhow::Result<Client> {
            let builder = ClientBuilder::new()
                // What the environment says of proxies is for other programs: the address that is looked at is the one that
                // is called.
                .no_proxy()
                .redirect(Policy::none())
                .dns_resolver(Arc::new(guard))
                .connect_timeout(TIME_TO_CONNECT)
                .timeout(TIME)
                // A connection is looked at each time, and none outlives the thread that made it.
                .pool_max_idle_per_host(0)
                .referer(false)
                .user_agent(concat!("portcullis/", env!("CARGO_PKG_VERSION")));
            Ok(builder.build()?)
        };
        Ok(Self {
            guarded: build(Guard::Inside(allowed.clone()))?,
            trusting: build(Guard::Nothing)?,
            allowed,
        })
    }

    /// Whether a call of that URL would begin, as far as the URL itself says.
    ///
    /// # Errors
    /// [`CallError::NotAllowed`] says why not.
    pub fn may_call(&self, url: &Url) -> Result<(), CallError> {
        self.allowed.may_call(url)
    }

    /// Asks for what is at a URL, as JSON unless `accept` says otherwise.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn get(&self, url: &Url, accept: &str, bearer: Option<&SecretText>) -> Result<Answer, CallError> {
        in_time(async {
            let mut at = url.clone();
            for _ in 0..=MAX_REDIRECTS {
                let mut request = self.client_for(&at)?.get(at.clone()).header(ACCEPT, accept);
                if let Some(token) = bearer {
                    request = request.header(AUTHORIZATION, format!("Bearer {}", token.expose()));
                }
                let response = sent(request).await?;
                if !response.status().is_redirection() {
                    return read(response).await;
                }
                at = next(url, &at, &response).ok_or(CallError::Redirected)?;
            }
            Err(CallError::Redirected)
        })
        .await
    }

    /// Sends a form. No redirect is followed: what is sent is for that server.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn post_form(
        &self,
        url: &Url,
        form: &[(&str, &str)],
        basic: Option<&SecretText>,
    ) -> Result<Answer, CallError> {
        in_time(async {
            let body = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(form)
                .finish();
            let mut request = self
                .client_for(url)?
                .post(url.clone())
                .header(ACCEPT, "application/json")
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(body);
            if let Some(credentials) = basic {
                request = request.header(AUTHORIZATION, format!("Basic {}", credentials.expose()));
            }
            let response = sent(request).await?;
            if response.status().is_redirection() {
                return Err(CallError::Redirected);
            }
            read(response).await
        })
        .await
    }

    fn client_for(&self, url: &Url) -> Result<&Client, CallError> {
        Ok(match reach(url, &self.allowed)? {
            Reach::Everybody => &self.guarded,
            Reach::Named => &self.trusting,
        })
    }
}

/// Whose host a URL leads to.
enum Reach {
    /// Nobody named it: it has to be everybody's.
    Everybody,
    /// The operator named it.
    Named,
}

impl AllowedHosts {
    /// Whether a call of that URL would begin, as far as the URL itself says. Where a name leads is known when it is called.
    ///
    /// # Errors
    /// [`CallError::NotAllowed`] says why not.
    pub fn may_call(&self, url: &Url) -> Result<(), CallError> {
        reach(url, self).map(drop)
    }
}

fn reach(url: &Url, allowed: &AllowedHosts) -> Result<Reach, CallError> {
    let refuse = |why: String| Err(CallError::NotAllowed(why));
    let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
        return refuse("the address names no server".to_owned());
    };
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("the address has a user or a password in it".to_owned());
    }
    let is_named = allowed.name(&host, port);
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&host) && is_named => {}
        "http" if is_loopback(&host) => {
            return refuse(not_named(&host, port));
        }
        _ => return refuse(format!("{host} is to be called without TLS")),
    }
    if is_named {
        return Ok(Reach::Named);
    }
    // Of an address no resolver is asked.
    match literal(&host) {
        Some(address) if !is_public(address) && !allowed.hold(address) => refuse(format!(
            "{address} is an address inside, and OUTBOUND_ALLOW does not name it"
        )),
        None if is_loopback(&host) => refuse(not_named(&host, port)),
        _ => Ok(Reach::Everybody),
    }
}

/// Why this machine is not called, and the line that lets it be.
fn not_named(host: &Host<&str>, port: u16) -> String {
    format!("{host} is this machine, and OUTBOUND_ALLOW does not name it, as OUTBOUND_ALLOW={host}:{port} would")
}

async fn in_time<T>(call: impl Future<Output = Result<T, CallError>>) -> Result<T, CallError> {
    tokio::time::timeout(TIME, call)
        .await
        .unwrap_or(Err(CallError::TimedOut))
}

async fn sent(request: RequestBuilder) -> Result<Response, CallError> {
    request.send().await.map_err(failed)
}

async fn read(mut response: Response) -> Result<Answer, CallError> {
    let status = response.status().as_u16();
    if response
        .content_length()
        .is_some_and(|length| length > MAX_BYTES as u64)
    {
        return Err(CallError::TooLarge);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if body.len() + chunk.len() > MAX_BYTES {
            return Err(CallError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, body })
}

/// Where a redirect leads, if it stays within the origin that was asked.
fn next(asked: &Url, at: &Url, response: &Response) -> Option<Url> {
    let location = response.headers().get(LOCATION)?.to_str().ok()?;
    let next = at.join(location).ok()?;
    (next.origin() == asked.origin()).then_some(next)
}

fn failed(error: reqwest::Error) -> CallError {
    if error.is_timeout() {
        return CallError::TimedOut;
    }
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(guarded) = error.downcast_ref::<NoAddress>() {
            return CallError::NotAllowed(guarded.to_string());
        }
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    CallError::Failed(text)
}

fn literal(host: &Host<&str>) -> Option<IpAddr> {
    match host {
        Host::Ipv4(address) => Some(IpAddr::V4(*address)),
        Host::Ipv6(address) => Some(IpAddr::V6(*address)),
        Host::Domain(_) => None,
    }
}

/// Whether the host is this machine, by its name or its address (RFC 6761, section 6.3).
fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            name.eq_ignore_ascii_case("localhost") || name.to_ascii_lowercase().ends_with(".localhost")
        }
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.to_canonical().is_loopback(),
    }
}

/// What a resolver takes away.
enum Guard {
    /// Addresses inside, but of networks that are named.
    Inside(AllowedHosts),
    /// Nothing.
    Nothing,
}

/// A host that leads to nothing but addresses inside.
#[derive(Debug, thiserror::Error)]
#[error("{host} leads to an address inside, and OUTBOUND_ALLOW does not name it")]
struct NoAddress {
    host: String,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = match self {
            Self::Inside(allowed) => Some(allowed.clone()),
            Self::Nothing => None,
        };
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            let may_be_called = |address: &SocketAddr| {
                let ip = address.ip();
                allowed.as_ref().is_none_or(|allowed| is_public(ip) || allowed.hold(ip))
            };
            let kept: Vec<SocketAddr> = found.into_iter().filter(may_be_called).collect();
            if kept.is_empty() {
                return Err(Box::new(NoAddress { host }) as Box<dyn Error + Send + Sync>);
            }
            let addresses: Addrs = Box::new(kept.into_iter());
            Ok(addresses)
        })
    }
}

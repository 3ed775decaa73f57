//! What a provider of OpenID Connect says of itself (OpenID Connect Discovery 1.0).

use crate::client::{GuardedClient, TIME};
use crate::keys::unreachable;
use portcullis_application::ports::UpstreamError;
use serde::Deserialize;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use url::Url;

/// How long it is kept.
const KEPT: Duration = Duration::from_hours(1);
/// How long it is before a provider that failed is asked again.
const FLOOR: Duration = Duration::from_secs(5);
/// The same, where what it said of itself before is there.
const FLOOR_OF_KNOWN: Duration = Duration::from_mins(1);

/// What a provider says of itself, as far as it matters.
#[derive(Debug, Clone)]
pub(crate) struct Metadata {
    pub(crate) authorization_endpoint: Url,
    pub(crate) token_endpoint: Url,
    pub(crate) jwks_uri: Url,
    pub(crate) userinfo_endpoint: Option<Url>,
    /// Whether its answers name it (RFC 9207, section 3).
    pub(crate) names_itself: bool,
    /// How a client shows its secret: by Basic, else in the form.
    pub(crate) takes_basic: bool,
}

/// What is known of one provider.
#[derive(Debug, Default)]
pub(crate) struct DiscoveryCache(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    good: Option<(Arc<Metadata>, Instant)>,
    /// The last failure, and when it was.
    failed: Option<(String, Instant)>,
}

impl DiscoveryCache {
    /// What the provider says of itself. Whoever comes while it is asked waits for the same answer.
    pub(crate) async fn find(&self, client: &GuardedClient, issuer: &str) -> Result<Arc<Metadata>, UpstreamError> {
        let mut known = self.0.lock().await;
        let now = Instant::now();
        if let Some((metadata, at)) = &known.good
            && now.duration_since(*at) < KEPT
        {
            return Ok(Arc::clone(metadata));
        }
        let floor = if known.good.is_some() { FLOOR_OF_KNOWN } else { FLOOR };
        if let Some((why, at)) = &known.failed
            && now.duration_since(*at) < floor
        {
            let last = known.good.as_ref().map(|(metadata, _)| Arc::clone(metadata));
            return last.ok_or_else(|| UpstreamError::Unreachable(why.clone()));
        }
        // Whoever waits may give up in the middle: that counts as a failure, too.
        known.failed = Some(("it did not answer".to_owned(), now + TIME));
        let fetched = if known.good.is_some() {
            // Nobody waits for what is there.
            drop(known);
            let fetched = fetch(client, issuer).await;
            known = self.0.lock().await;
            fetched
        } else {
            fetch(client, issuer).await
        };
        let now = Instant::now();
        match fetched {
            Ok(metadata) => {
                let metadata = Arc::new(metadata);
                known.good = Some((Arc::clone(&metadata), now));
                known.failed = None;
                Ok(metadata)
            }
            Err(error) => {
                known.failed = Some((error.to_string(), now));
                // What it said of itself before is most likely true still.
                let last = known.good.as_ref().map(|(metadata, _)| Arc::clone(metadata));
                last.ok_or(error)
            }
        }
    }
}

/// The members as they stand there.
#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

/// Asks the provider now.
pub(crate) async fn fetch(client: &GuardedClient, issuer: &str) -> Result<Metadata, UpstreamError> {
    let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let url = Url::parse(&address).map_err(|_| UpstreamError::Untrusted("its issuer is no URL".to_owned()))?;
    let answer = client
        .get(&url, "application/json", None)
        .await
        .map_err(|error| unreachable("discovery", &error))?;
    if !answer.is_success() {
        return Err(UpstreamError::Unreachable(format!(
            "discovery: status {}",
            answer.status
        )));
    }
    metadata(client, issuer, &answer.body)
}

fn metadata(client: &GuardedClient, issuer: &str, json: &[u8]) -> Result<Metadata, UpstreamError> {
    let untrusted = |why: String| UpstreamError::Untrusted(why);
    let document: Document = serde_json::from_slice(json)
        .map_err(|error| untrusted(format!("its discovery document can't be read: {error}")))?;
    // Else one provider could speak for another (OpenID Connect Discovery, section 4.3).
    if document.issuer != issuer {
        return Err(untrusted(format!(
            "its discovery document names {:?} as its issuer, and not {issuer:?}",
            shown(&document.issuer)
        )));
    }
    let endpoint = |name: &str, text: &str| {
        let url = Url::parse(text).map_err(|_| untrusted(format!("its {name} is no URL")))?;
        client
            .may_call(&url)
            .map_err(|error| untrusted(format!("its {name} can't be used: {error}")))?;
        Ok::<_, UpstreamError>(url)
    };
    let methods = document.token_endpoint_auth_methods_supported;
    Ok(Metadata {
        authorization_endpoint: endpoint("authorization_endpoint", &document.authorization_endpoint)?,
        token_endpoint: endpoint("token_endpoint", &document.token_endpoint)?,
        jwks_uri: endpoint("jwks_uri", &document.jwks_uri)?,
        userinfo_endpoint: match document.userinfo_endpoint {
            Some(text) => Some(endpoint("userinfo_endpoint", &text)?),
            None => None,
        },
        names_itself: document.authorization_response_iss_parameter_supported,
        // Where it is left out, it is Basic (section 3).
        takes_basic: methods.is_none_or(|methods| {
            methods.iter().any(|method| method == "client_secret_basic")
                || !methods.iter().any(|method| method == "client_secret_post")
        }),
    })
}

/// What somebody else wrote, cut short.
fn shown(text: &str) -> String {
    text.chars().take(100).collect()
}

//! What a provider of OpenID Connect says of itself (OpenID Connect Discovery 1.0).

use crate::client::GuardedClient;
use crate::keys::unreachable;
use portcullis_application::ports::{UpstreamError, short_line};
use serde::Deserialize;
use std::borrow::Cow;
use url::Url;

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

/// What a request is asked with: it must not stand in the endpoint's own query.
const OUR_PARAMETERS: [&str; 10] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "prompt",
    "max_age",
];

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
            short_line(&document.issuer)
        )));
    }
    let endpoint = |name: &str, text: &str| {
        let url = Url::parse(text).map_err(|_| untrusted(format!("its {name} is no URL")))?;
        client
            .may_call(&url)
            .map_err(|error| untrusted(format!("its {name} can't be used: {error}")))?;
        Ok::<_, UpstreamError>(url)
    };
    let authorization_endpoint = endpoint("authorization_endpoint", &document.authorization_endpoint)?;
    // Of two parameters of one name each server takes the one that it likes (RFC 6749, section 3.1).
    let is_ours = |(name, _): (Cow<'_, str>, _)| OUR_PARAMETERS.contains(&&*name);
    if authorization_endpoint.fragment().is_some() || authorization_endpoint.query_pairs().any(is_ours) {
        return Err(untrusted(
            "its authorization_endpoint has a fragment, or a parameter that a request has".to_owned(),
        ));
    }
    let methods = document.token_endpoint_auth_methods_supported;
    Ok(Metadata {
        authorization_endpoint,
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

//! GitHub: OAuth 2.0 with calls of its own, and no ID token.
//!
//! Who somebody is, is fetched from GitHub by the access token that a code was redeemed for, over TLS: what comes is GitHub's
//! word. GitHub verifies addresses, but gives none out but those of `noreply`, so its word on an address counts only where the
//! operator says so.

use crate::client::GuardedClient;
use crate::keys::unreachable;
use crate::oidc::{Asked, read, refuse_where_set_up_wrong, untrusted};
use crate::upstream::ProviderSettings;
use portcullis_application::ports::{Redemption, UpstreamError, UpstreamRequest, short_line};
use portcullis_domain::{AssertedIdentity, Email, IdentityKey, IdentityLabel, SecretText};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

/// How GitHub names itself.
pub(crate) const GITHUB: &str = "https://github.com";

const API_JSON: &str = "application/vnd.github+json";

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: Option<String>,
    token_type: Option<String>,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Person {
    id: u64,
    login: Option<String>,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Address {
    email: String,
    primary: bool,
    #[serde(default)]
    verified: Value,
}

/// Where GitHub's calls are, or those of an own GitHub Enterprise Server.
struct Places {
    authorize: Url,
    token: Url,
    user: Url,
    emails: Url,
}

fn places(issuer: &str) -> Result<Places, UpstreamError> {
    let base = issuer.trim_end_matches('/');
    let api = if base == GITHUB {
        "https://api.github.com".to_owned()
    } else {
        format!("{base}/api/v3")
    };
    let parse = |text: String| Url::parse(&text).map_err(|_| untrusted("its address is no URL"));
    Ok(Places {
        authorize: parse(format!("{base}/login/oauth/authorize"))?,
        token: parse(format!("{base}/login/oauth/access_token"))?,
        user: parse(format!("{api}/user"))?,
        emails: parse(format!("{api}/user/emails"))?,
    })
}

/// Asks whether it answers: anything that says that it is there. Nothing of the settings can be tried without a person.
pub(crate) async fn look(Asked { client, settings, .. }: Asked<'_>) -> Result<(), UpstreamError> {
    let answer = client
        .get(&places(&settings.issuer)?.user, API_JSON, None)
        .await
        .map_err(|error| unreachable("its user call", &error))?;
    if answer.status >= 500 {
        return Err(UpstreamError::Unreachable(format!(
            "its user call: status {}",
            answer.status
        )));
    }
    Ok(())
}

pub(crate) fn authorization_url(
    Asked { client, settings, .. }: Asked<'_>,
    redirect_uri: &str,
    request: &UpstreamRequest,
) -> Result<Url, UpstreamError> {
    let mut url = places(&settings.issuer)?.authorize;
    client
        .may_call(&url)
        .map_err(|error| unreachable("its sign-in page", &error))?;
    url.query_pairs_mut()
        .append_pair("client_id", &settings.client_id)
        .append_pair("redirect_uri", redirect_uri)
        .append_pair("scope", &settings.scopes)
        .append_pair("state", request.state.expose())
        .append_pair("code_challenge", &request.code_challenge)
        .append_pair("code_challenge_method", "S256");
    if request.asks_again {
        url.query_pairs_mut().append_pair("prompt", "select_account");
    }
    Ok(url)
}

pub(crate) async fn redeem(
    Asked { client, settings, .. }: Asked<'_>,
    redirect_uri: &str,
    redemption: &Redemption,
) -> Result<AssertedIdentity, UpstreamError> {
    let is_own = |issuer: &String| {
        let base = settings.issuer.trim_end_matches('/');
        *issuer == base || *issuer == format!("{base}/login/oauth")
    };
    if !redemption.issuer.as_ref().is_none_or(is_own) {
        return Err(untrusted("the answer names another provider (RFC 9207)"));
    }
    let places = places(&settings.issuer)?;
    let access_token = access_token(client, settings, &places, redirect_uri, redemption).await?;
    let answer = client
        .get(&places.user, API_JSON, Some(&access_token))
        .await
        .map_err(|error| unreachable("its user call", &error))?;
    if matches!(answer.status, 400..=499) {
        return Err(UpstreamError::Refused(format!(
            "its user call: status {}",
            answer.status
        )));
    }
    let person: Person = read(&answer, "its user call")?;
    if person.id == 0 {
        return Err(untrusted("it vouches for nobody"));
    }
    let email = primary_address(client, &places, &access_token).await?;
    let key = IdentityKey::new(&settings.issuer, &person.id.to_string());
    Ok(AssertedIdentity {
        provider: settings.name.clone(),
        key: key.map_err(|_| untrusted("its subject can't be one"))?,
        is_email_verified: email.is_some(),
        is_authoritative: settings.trusts_email.unwrap_or(false),
        email,
        full_name: person
            .name
            .filter(|name| !name.trim().is_empty())
            .or_else(|| person.login.clone()),
        label: person.login.as_deref().and_then(IdentityLabel::of),
        // It never says.
        authenticated_at: None,
    })
}

async fn access_token(
    client: &GuardedClient,
    settings: &ProviderSettings,
    places: &Places,
    redirect_uri: &str,
    redemption: &Redemption,
) -> Result<SecretText, UpstreamError> {
    let secret = settings.client_secret.as_ref().map_or("", SecretText::expose);
    let form = [
        ("client_id", settings.client_id.as_str()),
        ("client_secret", secret),
        ("code", redemption.code.expose()),
        ("redirect_uri", redirect_uri),
        ("code_verifier", redemption.code_verifier.expose()),
    ];
    let answer = client
        .post_form(&places.token, &form, None)
        .await
        .map_err(|error| unreachable("its token call", &error))?;
    // A refusal comes with status 200.
    let token: TokenAnswer = read(&answer, "its token call")?;
    if let Some(error) = &token.error {
        refuse_where_set_up_wrong(&settings.name, error)?;
        return Err(UpstreamError::Refused(short_line(error)));
    }
    let is_bearer = token
        .token_type
        .as_deref()
        .is_some_and(|kind| kind.eq_ignore_ascii_case("bearer"));
    let access_token = token.access_token.filter(|text| is_bearer && !text.is_empty());
    let access_token = access_token.ok_or_else(|| untrusted("its answer has no token"))?;
    if !access_token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(untrusted("its token can't be one"));
    }
    Ok(SecretText::new(access_token))
}

/// The one address that is both the primary one and verified. Where people let us see none, there is none.
async fn primary_address(
    client: &GuardedClient,
    places: &Places,
    access_token: &SecretText,
) -> Result<Option<Email>, UpstreamError> {
    let answer = client
        .get(&places.emails, API_JSON, Some(access_token))
        .await
        .map_err(|error| unreachable("its email call", &error))?;
    if matches!(answer.status, 403 | 404) {
        return Ok(None);
    }
    if !answer.is_success() {
        return Err(UpstreamError::Unreachable(format!(
            "its email call: status {}",
            answer.status
        )));
    }
    let addresses: Vec<Address> =
        serde_json::from_slice(&answer.body).map_err(|_| untrusted("its email call can't be read"))?;
    let primary = addresses
        .iter()
        .find(|address| address.primary && address.verified == Value::Bool(true));
    Ok(primary.and_then(|address| Email::parse(&address.email).ok()))
}

//! Providers that speak OpenID Connect: Google, and any other.

use crate::client::{Answer, GuardedClient};
use crate::discovery::{self, Metadata};
use crate::id_token::{
    Expected, IdToken, MAX_BYTES, PersonClaims, digest_of, header, is_object, is_to_be_judged, judge,
};
use crate::kept::{Fit, Kept};
use crate::keys::{self, KeySet, unreachable};
use crate::upstream::ProviderSettings;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis_application::ports::{Clock, Redemption, ShownIdToken, UpstreamError, UpstreamRequest, short_line};
use portcullis_domain::{AssertedIdentity, Email, IdentityKey, IdentityLabel, ProviderName, SecretText};
use serde::Deserialize;
use std::sync::Arc;
use url::Url;
use url::form_urlencoded::byte_serialize;

/// How Google names itself.
pub(crate) const GOOGLE: &str = "https://accounts.google.com";

/// What is remembered of one provider.
#[derive(Debug, Default)]
pub(crate) struct OpenIdProvider {
    discovery: Kept<Metadata>,
    keys: Kept<KeySet>,
}

/// One provider, as it is asked.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) client: &'a GuardedClient,
    pub(crate) settings: &'a ProviderSettings,
    pub(crate) clock: &'a dyn Clock,
}

/// The answer of the token endpoint (OpenID Connect Core, section 3.1.3.3).
#[derive(Deserialize)]
struct TokenAnswer {
    id_token: Option<String>,
    access_token: Option<String>,
    token_type: Option<String>,
    error: Option<String>,
}

impl OpenIdProvider {
    pub(crate) async fn authorization_url(
        &self,
        asked: Asked<'_>,
        redirect_uri: &str,
        request: &UpstreamRequest,
    ) -> Result<Url, UpstreamError> {
        let settings = asked.settings;
        let metadata = self.metadata(asked).await?;
        let mut url = metadata.authorization_endpoint.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &settings.client_id)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("scope", &settings.scopes)
            .append_pair("state", request.state.expose())
            .append_pair("nonce", request.nonce.expose())
            .append_pair("code_challenge", &request.code_challenge)
            .append_pair("code_challenge_method", "S256");
        if request.asks_again {
            // With `max_age`, the provider has to say when the person signed in (OpenID Connect Core, section 3.1.2.1).
            url.query_pairs_mut()
                .append_pair("prompt", "login")
                .append_pair("max_age", "0");
        }
        Ok(url)
    }

    pub(crate) async fn redeem(
        &self,
        asked: Asked<'_>,
        redirect_uri: &str,
        redemption: &Redemption,
    ) -> Result<AssertedIdentity, UpstreamError> {
        let Asked {
            client,
            settings,
            clock,
        } = asked;
        let metadata = self.metadata(asked).await?;
        match &redemption.issuer {
            Some(issuer) if *issuer != settings.issuer => {
                return Err(untrusted("the answer names another provider (RFC 9207)"));
            }
            None if metadata.names_itself => {
                return Err(untrusted(
                    "the answer does not name the provider, which it says it does (RFC 9207)",
                ));
            }
            Some(_) | None => {}
        }
        let tokens = redeem_code(client, settings, &metadata, redirect_uri, redemption).await?;
        let raw = tokens
            .id_token
            .as_deref()
            .ok_or_else(|| untrusted("its answer has no ID token"))?;
        let expected = Expected {
            issuer: &settings.issuer,
            audiences: &[&settings.client_id],
            nonce: redemption.nonce.expose(),
            now: clock.now(),
        };
        let mut token = self.checked(asked, &metadata, raw, &expected).await?;
        if token.claims.email().is_none()
            && let (Some(endpoint), Some(access_token)) = (&metadata.userinfo_endpoint, &tokens.access_token)
            && tokens
                .token_type
                .as_deref()
                .is_some_and(|kind| kind.eq_ignore_ascii_case("bearer"))
        {
            let access_token = SecretText::new(access_token.clone());
            token.claims = user_info(client, endpoint, &access_token, &token.subject).await?;
        }
        asserted(settings, &token)
    }

    pub(crate) async fn check_id_token(
        &self,
        asked: Asked<'_>,
        raw: &SecretText,
        nonce: &SecretText,
    ) -> Result<ShownIdToken, UpstreamError> {
        let settings = asked.settings;
        let metadata = self.metadata(asked).await?;
        let mut audiences = vec![settings.client_id.as_str()];
        audiences.extend(settings.audiences.iter().map(String::as_str));
        let expected = Expected {
            issuer: &settings.issuer,
            audiences: &audiences,
            nonce: nonce.expose(),
            now: asked.clock.now(),
        };
        let token = self.checked(asked, &metadata, raw.expose(), &expected).await?;
        Ok(ShownIdToken {
            identity: asserted(settings, &token)?,
            issued_at: token.issued_at,
            digest: digest_of(raw.expose()),
        })
    }

    async fn checked(
        &self,
        asked: Asked<'_>,
        metadata: &Metadata,
        raw: &str,
        expected: &Expected<'_>,
    ) -> Result<IdToken, UpstreamError> {
        if raw.len() > MAX_BYTES {
            return Err(UpstreamError::Untrusted(format!(
                "its ID token has more than {MAX_BYTES} bytes; have it say less, of groups for example"
            )));
        }
        let refused = |why: &str| UpstreamError::Untrusted(format!("the ID token was refused: {why}"));
        let header = header(raw).ok_or_else(|| refused("it has no header that can be read"))?;
        // Anybody may write a token: the provider is not asked for keys because of one that is not for us.
        is_to_be_judged(raw, expected).map_err(refused)?;
        let (from, id) = (&metadata.jwks_uri, header.kid.as_deref());
        let keys = self.keys(asked, from, id).await?;
        judge(raw, &header, &keys.of(id), expected).map_err(refused)
    }

    /// What the provider says of itself.
    async fn metadata(
        &self,
        Asked {
            client,
            settings,
            clock,
        }: Asked<'_>,
    ) -> Result<Arc<Metadata>, UpstreamError> {
        let fetch = discovery::fetch(client, &settings.issuer);
        self.discovery.find(clock, |_| Fit::Whole, fetch).await
    }

    /// The provider's keys, with one of that name where there is one.
    async fn keys(
        &self,
        Asked { client, clock, .. }: Asked<'_>,
        from: &Url,
        id: Option<&str>,
    ) -> Result<Arc<KeySet>, UpstreamError> {
        let fetch = keys::fetch(client, from);
        self.keys.find(clock, |keys| keys.fits(from, id), fetch).await
    }

    /// What the provider says of itself and its keys, asked now.
    pub(crate) async fn look(&self, asked: Asked<'_>) -> Result<(), UpstreamError> {
        let metadata = self.metadata(asked).await?;
        let keys = self.keys(asked, &metadata.jwks_uri, None).await?;
        if keys.is_empty() {
            return Err(untrusted("it publishes no key of RS256, ES256 or EdDSA"));
        }
        Ok(())
    }
}

async fn redeem_code(
    client: &GuardedClient,
    settings: &ProviderSettings,
    metadata: &Metadata,
    redirect_uri: &str,
    redemption: &Redemption,
) -> Result<TokenAnswer, UpstreamError> {
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", redemption.code.expose()),
        ("redirect_uri", redirect_uri),
        ("code_verifier", redemption.code_verifier.expose()),
    ];
    let basic = match &settings.client_secret {
        Some(secret) if metadata.takes_basic => Some(basic(&settings.client_id, secret)),
        Some(secret) => {
            form.extend([
                ("client_id", settings.client_id.as_str()),
                ("client_secret", secret.expose()),
            ]);
            None
        }
        None => {
            form.push(("client_id", &settings.client_id));
            None
        }
    };
    let answer = client
        .post_form(&metadata.token_endpoint, &form, basic.as_ref())
        .await
        .map_err(|error| unreachable("its token endpoint", &error))?;
    let tokens: TokenAnswer = read(&answer, "its token endpoint")?;
    if let Some(error) = &tokens.error {
        refuse_where_set_up_wrong(&settings.name, error)?;
        return Err(UpstreamError::Refused(short_line(error)));
    }
    if !answer.is_success() {
        return Err(UpstreamError::Refused(format!("status {}", answer.status)));
    }
    Ok(tokens)
}

/// Tells a refusal of what we show (RFC 6749, section 5.2) from one of what the person brought.
pub(crate) fn refuse_where_set_up_wrong(provider: &ProviderName, error: &str) -> Result<(), UpstreamError> {
    if !matches!(
        error,
        "invalid_client" | "unauthorized_client" | "incorrect_client_credentials"
    ) {
        return Ok(());
    }
    let name = provider.as_str().to_ascii_uppercase().replace('-', "_");
    Err(UpstreamError::Untrusted(format!(
        "it refuses the client id or secret ({error}): check SOCIAL_{name}_CLIENT_ID and SOCIAL_{name}_CLIENT_SECRET"
    )))
}

/// What the userinfo endpoint says of that subject (OpenID Connect Core, section 5.3).
async fn user_info(
    client: &GuardedClient,
    endpoint: &Url,
    access_token: &SecretText,
    subject: &str,
) -> Result<PersonClaims, UpstreamError> {
    #[derive(Deserialize)]
    struct UserInfo {
        sub: String,
        #[serde(flatten)]
        person: PersonClaims,
    }
    let answer = client
        .get(endpoint, "application/json", Some(access_token))
        .await
        .map_err(|error| unreachable("its userinfo endpoint", &error))?;
    if !answer.is_success() {
        return Err(UpstreamError::Untrusted(format!(
            "its userinfo endpoint: status {}",
            answer.status
        )));
    }
    let told: UserInfo = read(&answer, "its userinfo endpoint")?;
    // Else the claims could be somebody else's (section 5.3.2).
    if told.sub != subject {
        return Err(untrusted("its userinfo endpoint tells of somebody else"));
    }
    Ok(told.person)
}

fn asserted(settings: &ProviderSettings, token: &IdToken) -> Result<AssertedIdentity, UpstreamError> {
    let key = IdentityKey::new(&settings.issuer, &token.subject).map_err(|_| untrusted("its subject can't be one"))?;
    let claims = &token.claims;
    let email = claims.email().and_then(|text| Email::parse(text).ok());
    let label = email
        .as_ref()
        .map(Email::as_str)
        .or(claims.username())
        .or(claims.name());
    Ok(AssertedIdentity {
        provider: settings.name.clone(),
        key,
        is_email_verified: claims.is_email_verified(),
        is_authoritative: match settings.trusts_email {
            Some(trusts) => trusts,
            None => settings.issuer == GOOGLE && email.as_ref().is_some_and(|email| is_of_google(email, claims)),
        },
        full_name: claims.name().map(str::to_owned),
        label: label.and_then(IdentityLabel::of),
        authenticated_at: token.authenticated_at,
        email,
    })
}

/// Whether Google gives the address out itself: it is one of Gmail, or of an organisation that Google keeps the accounts of.
fn is_of_google(email: &Email, claims: &PersonClaims) -> bool {
    email.as_str().ends_with("@gmail.com") || claims.hosted_domain().is_some()
}

/// How a client shows its secret by Basic (RFC 6749, section 2.3.1).
fn basic(client_id: &str, secret: &SecretText) -> SecretText {
    let encoded = |text: &str| -> String { byte_serialize(text.as_bytes()).collect() };
    let pair = format!("{}:{}", encoded(client_id), encoded(secret.expose()));
    SecretText::new(STANDARD.encode(pair))
}

/// A JSON object of an answer.
pub(crate) fn read<T: serde::de::DeserializeOwned>(answer: &Answer, of: &str) -> Result<T, UpstreamError> {
    if answer.status >= 500 {
        return Err(UpstreamError::Unreachable(format!("{of}: status {}", answer.status)));
    }
    let read = is_object(&answer.body).then(|| serde_json::from_slice(&answer.body).ok());
    read.flatten().ok_or_else(|| {
        UpstreamError::Untrusted(format!("{of}: status {}, and no JSON that can be read", answer.status))
    })
}

pub(crate) fn untrusted(why: &str) -> UpstreamError {
    UpstreamError::Untrusted(why.to_owned())
}

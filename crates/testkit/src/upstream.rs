//! Other providers that say what a test has them say.

use crate::TestApp;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use portcullis_application::Actor;
use portcullis_application::ports::{
    OfferedProvider, Redemption, ShownIdToken, UpstreamError, UpstreamProviders, UpstreamRequest,
};
use portcullis_application::social::linked::LinkError;
use portcullis_application::social::{Answer, BegunAttempt};
use portcullis_domain::{
    AssertedIdentity, Digest32, Email, IdentityKey, IdentityLabel, Origin, ProviderName, SecretText,
};
use shaku::Component;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What a code or an ID token stands for.
#[derive(Debug, Clone)]
pub enum Said {
    /// That somebody is that.
    Asserts(AssertedIdentity),
    /// Nobody: it refuses.
    Refuses,
    /// Nonsense.
    Lies,
    /// Nothing.
    Silent,
}

/// Between the provider's name and the state, in the address that browsers are sent to.
const AUTHORIZE: &str = ".example/authorize?state=";

/// Whom an ID token speaks of, and until when.
type TokenOf = (AssertedIdentity, DateTime<Utc>);

/// Google and GitHub, as tests need them. Clones are the same ones.
#[derive(Clone, Component)]
#[shaku(interface = UpstreamProviders)]
pub struct FakeUpstream {
    /// Who is offered.
    #[shaku(default = offered())]
    offered: Vec<OfferedProvider>,
    /// What each code stands for.
    #[shaku(default)]
    says: Arc<Mutex<HashMap<String, Said>>>,
    /// What each ID token stands for.
    #[shaku(default)]
    tokens: Arc<Mutex<HashMap<String, TokenOf>>>,
    /// With what the browser was sent away.
    #[shaku(default)]
    asked: Arc<Mutex<Vec<UpstreamRequest>>>,
}

impl Default for FakeUpstream {
    fn default() -> Self {
        Self {
            offered: offered(),
            says: Arc::default(),
            tokens: Arc::default(),
            asked: Arc::default(),
        }
    }
}

fn offered() -> Vec<OfferedProvider> {
    [
        ("google", "Google", "https://accounts.google.com"),
        ("github", "GitHub", "https://github.com"),
    ]
    .into_iter()
    .map(|(name, label, issuer)| OfferedProvider {
        name: name.parse().unwrap(),
        label: label.to_owned(),
        issuer: issuer.to_owned(),
        begins_at: format!("http://127.0.0.1:8000/auth/social/{name}"),
    })
    .collect()
}

impl FakeUpstream {
    /// What a code comes to from now on.
    pub fn says(&self, code: &str, said: Said) {
        let mut says = self.says.lock().unwrap_or_else(PoisonError::into_inner);
        says.insert(code.to_owned(), said);
    }

    /// What a browser comes back with that was sent there, where the provider says that. Its code is its state.
    #[must_use]
    pub fn answer(&self, begun: BegunAttempt, said: Said) -> Answer {
        let (provider, state) = begun.url.expose().split_once(AUTHORIZE).unwrap();
        let state = SecretText::new(state.to_owned());
        self.says(state.expose(), said);
        Answer {
            provider: provider.strip_prefix("https://").unwrap().parse().unwrap(),
            code: Some(state.clone()),
            state: Some(state),
            issuer: None,
            error: None,
            browser: Some(begun.browser),
            origin: Origin::default(),
        }
    }

    /// Gives an ID token out.
    pub fn gives(&self, id_token: &str, identity: AssertedIdentity, issued_at: DateTime<Utc>) {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.insert(id_token.to_owned(), (identity, issued_at));
    }

    /// What it was asked with last.
    #[must_use]
    pub fn last_asked(&self) -> UpstreamRequest {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.last().unwrap().clone()
    }

    /// These providers without that one.
    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        let mut fewer = self.clone();
        fewer.offered.retain(|offered| offered.name.as_str() != name);
        fewer
    }
}

impl TestApp {
    /// Links somebody's account with an identity at Google.
    ///
    /// # Errors
    /// It is refused.
    pub async fn link(&self, actor: &Actor, asserted: AssertedIdentity) -> Result<(), LinkError> {
        let google = "google".parse().unwrap();
        let begun = self.identities.begin_link(actor, &google, None, None).await?;
        let answer = self.upstream.answer(begun, Said::Asserts(asserted));
        self.identities.finish_link(answer).await
    }
}

/// Somebody at Google, whose address it gives out itself.
#[must_use]
pub fn asserted(subject: &str, address: &str) -> AssertedIdentity {
    AssertedIdentity {
        provider: "google".parse().unwrap(),
        key: IdentityKey::new("https://accounts.google.com", subject).unwrap(),
        email: Email::parse(address).ok(),
        is_email_verified: true,
        is_authoritative: true,
        full_name: Some("Ada King".to_owned()),
        label: IdentityLabel::of(address),
        authenticated_at: None,
    }
}

#[async_trait]
impl UpstreamProviders for FakeUpstream {
    fn offered(&self) -> &[OfferedProvider] {
        &self.offered
    }

    async fn authorization_url(
        &self,
        provider: &ProviderName,
        request: &UpstreamRequest,
    ) -> Result<SecretText, UpstreamError> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.push(request.clone());
        let state = request.state.expose();
        Ok(SecretText::new(format!("https://{provider}{AUTHORIZE}{state}")))
    }

    async fn redeem(&self, _: &ProviderName, redemption: &Redemption) -> Result<AssertedIdentity, UpstreamError> {
        let says = self.says.lock().unwrap_or_else(PoisonError::into_inner);
        match says.get(redemption.code.expose()) {
            Some(Said::Asserts(identity)) => Ok(identity.clone()),
            Some(Said::Lies) => Err(UpstreamError::Untrusted("a lie".to_owned())),
            Some(Said::Silent) => Err(UpstreamError::Unreachable("silence".to_owned())),
            Some(Said::Refuses) | None => Err(UpstreamError::Refused("invalid_grant".to_owned())),
        }
    }

    async fn check_id_token(
        &self,
        _: &ProviderName,
        id_token: &SecretText,
        nonce: &SecretText,
    ) -> Result<ShownIdToken, UpstreamError> {
        let tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        let found = tokens.get(id_token.expose()).filter(|_| nonce.expose() == "nonce");
        let (identity, issued_at) = found
            .cloned()
            .ok_or(UpstreamError::Untrusted("none of ours".to_owned()))?;
        let mut digest = [7; 32];
        for (to, from) in digest.iter_mut().zip(id_token.expose().bytes()) {
            *to = from;
        }
        Ok(ShownIdToken {
            identity,
            issued_at,
            digest: Digest32::new(digest),
        })
    }
}

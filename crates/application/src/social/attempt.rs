//! What a sign-in at another provider was begun with. It travels in `state`, sealed, and is stored nowhere.

use super::SocialError;
use crate::ports::{Redemption, Sealed, SealedTexts, UpstreamRequest};
use crate::unit_of_work::Units;
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_domain::{Digest32, Origin, ProviderName, SecretText};
use portcullis_oauth2::CodeVerifier;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// How long a person may take at the provider.
pub(super) const LIFE: TimeDelta = TimeDelta::minutes(10);

/// How far the clocks of two servers may differ.
pub(super) const CLOCKS_DIFFER_BY: TimeDelta = TimeDelta::seconds(5);

/// The longest place that a page goes on to, in bytes: it travels in the address of a provider.
const MAX_PLACE: usize = 3000;

/// What a sign-in at a provider is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Purpose {
    /// A page of ours signs a browser in, and goes on to that path.
    Page(String),
    /// The same, for an app that asks for a sign-in which is not older than its request: the person is asked anew.
    Anew(String),
    /// A page asks somebody who is signed in to prove once more who they are, and goes on to that path.
    Again(String),
    /// An app with a front end of its own.
    App(AppRequest),
    /// Somebody who is signed in links the identity.
    Link {
        /// Their session.
        session: String,
        /// Where to tell an app of it; `None` where it is a page of ours.
        redirect_to: Option<String>,
    },
}

/// What an app asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppRequest {
    /// Where the answer goes. The caller has found it among those that are allowed.
    pub redirect_to: String,
    /// The challenge of its own verifier, by S256.
    pub code_challenge: String,
}

/// What a provider's answer brings, and the browser that brings it.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Whose answer it says to be: the address that it came to.
    pub provider: ProviderName,
    /// `state`.
    pub state: Option<SecretText>,
    /// `code`.
    pub code: Option<SecretText>,
    /// `iss` (RFC 9207).
    pub issuer: Option<String>,
    /// `error`.
    pub error: Option<String>,
    /// What the browser was given when the sign-in was begun.
    pub browser: Option<SecretText>,
    /// Where it comes from.
    pub origin: Origin,
}

/// A sign-in at a provider that was begun.
#[derive(Debug)]
pub struct BegunAttempt {
    /// The address at the provider that the browser is sent to.
    pub url: SecretText,
    /// What the browser is given, and brings with the answer.
    pub browser: SecretText,
    /// How long it may take.
    pub life: TimeDelta,
}

/// Characters of what a browser is given.
const BROWSER_CHARACTERS: usize = 64;

/// What a browser was given before, if it has the form of it, else something new: several pages of one browser may begin at
/// once.
pub(super) fn browser_of(units: &Units, given: Option<SecretText>) -> SecretText {
    let is_ours = |text: &SecretText| {
        let text = text.expose();
        text.len() == BROWSER_CHARACTERS && text.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    given
        .filter(is_ours)
        .unwrap_or_else(|| hexadecimal(&units.random::<32>()).into())
}

/// What was begun.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Attempt {
    provider: String,
    pub(super) purpose: Purpose,
    nonce: String,
    verifier: String,
    /// Seconds since 1970.
    began: i64,
}

/// How far the clock of a provider may differ from ours.
const PROVIDERS_DIFFER_BY: TimeDelta = TimeDelta::seconds(5);

impl Attempt {
    /// Whether the person signed in at the provider after this began, where the provider says when they did.
    pub(super) fn is_answered_anew(&self, authenticated_at: DateTime<Utc>) -> bool {
        authenticated_at.timestamp() >= self.began - PROVIDERS_DIFFER_BY.num_seconds()
    }

    /// What the code of its answer is redeemed with.
    pub(super) fn redemption(self, code: SecretText, answer: &Answer) -> Redemption {
        Redemption {
            code,
            code_verifier: self.verifier.into(),
            nonce: self.nonce.into(),
            issuer: answer.issuer.clone(),
        }
    }

    /// One that begins now, and what the provider is asked with.
    pub(super) fn begin(
        units: &Units,
        seals: &dyn SealedTexts,
        provider: &ProviderName,
        purpose: Purpose,
        browser: &SecretText,
    ) -> Result<UpstreamRequest, SocialError> {
        if let Purpose::Page(place) | Purpose::Anew(place) | Purpose::Again(place) = &purpose
            && place.len() > MAX_PLACE
        {
            return Err(SocialError::InvalidState);
        }
        let asks_again = matches!(purpose, Purpose::Anew(_) | Purpose::Again(_));
        let attempt = Self {
            provider: provider.to_string(),
            purpose,
            nonce: hexadecimal(&units.random::<32>()),
            verifier: hexadecimal(&units.random::<32>()),
            began: units.now().timestamp(),
        };
        let verifier = CodeVerifier::parse(&attempt.verifier).map_err(|error| unexpected(error.into()))?;
        let text = serde_json::to_string(&attempt).map_err(|error| unexpected(error.into()))?;
        let state = seals
            .seal(Sealed::SocialAttempt, browser.expose(), &text)
            .map_err(unexpected)?;
        Ok(UpstreamRequest {
            state,
            nonce: attempt.nonce.into(),
            code_challenge: verifier.challenge().to_string(),
            asks_again,
        })
    }

    /// The one that an answer belongs to: begun in that browser, at that provider, and not too long ago.
    pub(super) fn find(answer: &Answer, seals: &dyn SealedTexts, now: DateTime<Utc>) -> Option<Self> {
        let (state, browser) = (answer.state.as_ref()?, answer.browser.as_ref()?);
        let text = seals.open(Sealed::SocialAttempt, browser.expose(), state.expose())?;
        let attempt: Self = serde_json::from_str(text.expose()).ok()?;
        let began = DateTime::from_timestamp(attempt.began, 0)?;
        let is_in_time = began <= now + CLOCKS_DIFFER_BY && now < began + LIFE;
        (is_in_time && attempt.provider == answer.provider.as_str()).then_some(attempt)
    }
}

pub(super) fn unexpected(error: anyhow::Error) -> SocialError {
    SocialError::Store(crate::ports::StoreError::Unexpected(error))
}

/// Tells a text from every other, for what may be shown once.
pub(super) fn digest_of(text: &SecretText) -> Digest32 {
    Digest32::new(Sha256::digest(text.expose()).into())
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

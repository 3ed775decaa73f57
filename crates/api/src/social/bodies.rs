//! Bodies of signing in by another provider.

use crate::json::timestamp;
use portcullis_application::ports::OfferedProvider;
use portcullis_domain::{LinkedIdentity, SecretText};
use portcullis_oauth2::{CodeChallenge, CodeVerifier};
use portcullis_web::{AppRedirects, Fields, Flaw, Refusal};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

/// An address that is not among those that were allowed.
const NOT_ALLOWED: Flaw = Flaw::fixed(
    "not_allowed",
    "this address is not in REDIRECT_ALLOWLIST, where it has to stand byte for byte",
);

/// A text that is no challenge.
const NO_CHALLENGE: Flaw = Flaw::fixed(
    "not_a_challenge",
    "a challenge is 43 characters of base64url without padding: the SHA-256 of the verifier (RFC 7636)",
);

/// A text that is no verifier.
const NO_VERIFIER: Flaw = Flaw::fixed(
    "not_a_verifier",
    "a verifier is 43 to 128 letters, digits and characters of -._~ (RFC 7636)",
);

/// A text that is longer than any that could be right.
const TOO_LONG: Flaw = Flaw::fixed("too_long", "this is longer than any that could be right");

/// The longest nonce that is taken, in bytes.
const MAX_NONCE: usize = 512;

/// What an app begins with.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct StartQuery {
    /// Where the answer goes: one of `REDIRECT_ALLOWLIST`, byte for byte.
    #[param(value_type = String)]
    pub(crate) redirect_to: String,
    /// The challenge of the app's verifier, by S256 (RFC 7636).
    #[param(value_type = String, min_length = 43, max_length = 43)]
    pub(crate) code_challenge: CodeChallenge,
}

impl StartQuery {
    /// Checks the parameters.
    pub(crate) fn read(query: &str, allowed: &AppRedirects) -> Result<Self, Refusal> {
        let mut fields = Fields::of_query(query)?;
        let redirect_to = fields.required("redirect_to", |text| redirect(text, allowed));
        let code_challenge = fields.required("code_challenge", |text| {
            CodeChallenge::parse(&text).map_err(|_| NO_CHALLENGE)
        });
        fields.finish(
            redirect_to
                .zip(code_challenge)
                .map(|(redirect_to, code_challenge)| Self {
                    redirect_to,
                    code_challenge,
                }),
        )
    }
}

fn redirect(text: String, allowed: &AppRedirects) -> Result<String, Flaw> {
    if allowed.hold(&text) {
        Ok(text)
    } else {
        Err(NOT_ALLOWED)
    }
}

/// What a provider answers. What else it says is ignored.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CallbackQuery {
    /// What the sign-in was begun with.
    #[param(value_type = Option<String>)]
    pub(crate) state: Option<SecretText>,
    /// The provider's code.
    #[param(value_type = Option<String>)]
    pub(crate) code: Option<SecretText>,
    /// The provider's own name of itself (RFC 9207).
    pub(crate) iss: Option<String>,
    /// Why there is no code.
    pub(crate) error: Option<String>,
}

impl CallbackQuery {
    /// Takes the parameters that count.
    pub(crate) fn read(query: &str) -> Result<Self, Refusal> {
        let mut fields = Fields::of_guarding_query(query)?;
        // What names the provider is compared where it is there (RFC 9207, section 2.4), also where it is empty.
        let iss = fields.optional_text("iss");
        let mut filled = |name| fields.optional_text(name).filter(|text| !text.is_empty());
        Ok(Self {
            state: filled("state").map(SecretText::new),
            code: filled("code").map(SecretText::new),
            iss,
            error: filled("error"),
        })
    }
}

/// The code of a sign-in at another provider, and what shows that who redeems it began it.
#[derive(ToSchema)]
pub(crate) struct ExchangeBody {
    /// The code that came to `redirect_to`. It is good for a minute and works once.
    #[schema(value_type = String)]
    pub(crate) code: SecretText,
    /// The verifier of the challenge that the sign-in was begun with (RFC 7636).
    #[schema(value_type = String, min_length = 43, max_length = 128)]
    pub(crate) code_verifier: CodeVerifier,
}

impl ExchangeBody {
    /// Checks the members.
    pub(crate) fn read(mut fields: Fields) -> Result<Self, Refusal> {
        let code = fields.required_text("code").map(SecretText::new);
        let code_verifier = fields.required("code_verifier", |text| {
            CodeVerifier::parse(&text).map_err(|_| NO_VERIFIER)
        });
        fields.finish(
            code.zip(code_verifier)
                .map(|(code, code_verifier)| Self { code, code_verifier }),
        )
    }
}

/// An ID token that the provider's own sign-in gave an app.
#[derive(ToSchema)]
pub(crate) struct IdTokenBody {
    /// The ID token, at most ten minutes old. It is taken once.
    #[schema(value_type = String)]
    pub(crate) id_token: SecretText,
    /// The nonce that the app had the token made with, as it stands in the token.
    #[schema(value_type = String, min_length = 1, max_length = 512)]
    pub(crate) nonce: SecretText,
}

impl IdTokenBody {
    /// Checks the members.
    pub(crate) fn read(mut fields: Fields) -> Result<Self, Refusal> {
        let id_token = fields.required_text("id_token").map(SecretText::new);
        let nonce = fields.required("nonce", |text| match text.len() {
            1..=MAX_NONCE => Ok(SecretText::new(text)),
            0 => Err(Flaw::fixed("required", "this member is required")),
            _ => Err(TOO_LONG),
        });
        fields.finish(id_token.zip(nonce).map(|(id_token, nonce)| Self { id_token, nonce }))
    }
}

/// Where to tell an app that an identity was linked.
#[derive(ToSchema)]
#[schema(examples(json!({})))]
pub(crate) struct LinkBody {
    /// One of `REDIRECT_ALLOWLIST`, byte for byte. Left out, the browser goes to the page of linked accounts.
    #[schema(value_type = String, required = false)]
    pub(crate) redirect_to: Option<String>,
}

impl LinkBody {
    /// Checks the members; there may be no body at all.
    pub(crate) fn read(fields: Option<Fields>, allowed: &AppRedirects) -> Result<Self, Refusal> {
        let Some(mut fields) = fields else {
            return Ok(Self { redirect_to: None });
        };
        let redirect_to = fields.optional("redirect_to", |text| redirect(text, allowed));
        fields.finish(Some(Self { redirect_to }))
    }
}

/// A provider that people may sign in by.
#[derive(Serialize, ToSchema)]
#[schema(as = SocialProvider)]
struct ProviderBody {
    /// Names it in paths.
    #[schema(examples("github"))]
    id: String,
    /// What people call it.
    #[schema(examples("GitHub"))]
    name: String,
    /// Where a sign-in begins.
    #[schema(examples("https://auth.example.org/auth/social/github"))]
    authorize_url: String,
}

/// The providers that people may sign in by.
#[derive(Serialize, ToSchema)]
#[schema(as = SocialProviderList)]
pub(crate) struct ProviderListBody {
    /// All of them, in the order in which to show them.
    providers: Vec<ProviderBody>,
}

impl ProviderListBody {
    pub(crate) fn new(offered: &[OfferedProvider]) -> Self {
        let providers = offered.iter().map(|provider| ProviderBody {
            id: provider.name.to_string(),
            name: provider.label.clone(),
            authorize_url: provider.begins_at.clone(),
        });
        Self {
            providers: providers.collect(),
        }
    }
}

/// Where the browser goes to link an identity.
#[derive(Serialize, ToSchema)]
#[schema(as = SocialLink)]
pub(crate) struct LinkStartBody {
    /// The address at the provider. The browser that goes there has to have the cookie of this answer.
    #[schema(examples("https://github.com/login/oauth/authorize?client_id=…"))]
    pub(crate) authorize_url: String,
}

/// An identity at another provider that an account is linked with.
#[derive(Serialize, ToSchema)]
#[schema(as = Identity)]
struct IdentityBody {
    /// Names the link.
    #[schema(format = Uuid, examples("019338a1-7c00-7a3b-8d52-6f1e0c9b4a27"))]
    id: String,
    /// What the provider is called here.
    #[schema(examples("github"))]
    provider: String,
    /// The provider's own name of itself.
    #[schema(examples("https://github.com"))]
    issuer: String,
    /// Who it is there.
    #[schema(examples("583231"))]
    subject: String,
    /// What the identity is called there, for people.
    #[schema(required = true, examples("ada"))]
    label: Option<String>,
    /// Since when, in UTC.
    #[schema(format = DateTime, examples("2026-11-22T09:30:00.000000Z"))]
    linked_at: String,
    /// When somebody last signed in by it, in UTC.
    #[schema(required = true, format = DateTime, examples("2026-11-22T10:45:00.000000Z"))]
    last_used_at: Option<String>,
}

/// The identities that the caller's account is linked with.
#[derive(Serialize, ToSchema)]
#[schema(as = IdentityList)]
pub(crate) struct IdentityListBody {
    /// All of them, the oldest first.
    items: Vec<IdentityBody>,
}

impl IdentityListBody {
    pub(crate) fn new(linked: &[LinkedIdentity]) -> Self {
        let items = linked.iter().map(|identity| IdentityBody {
            id: identity.id.to_string(),
            provider: identity.provider.to_string(),
            issuer: identity.key.issuer().to_owned(),
            subject: identity.key.subject().to_owned(),
            label: identity.label.as_ref().map(|label| label.as_str().to_owned()),
            linked_at: timestamp(identity.linked_at),
            last_used_at: identity.last_used_at.map(timestamp),
        });
        Self { items: items.collect() }
    }
}

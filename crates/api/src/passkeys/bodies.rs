//! Bodies of passkeys.

use crate::json::timestamp;
use portcullis_application::ports::{AskedPasskey, ShownPasskey};
use portcullis_domain::{Label, LabelError, Passkey, SecretText};
use portcullis_web::{Fields, Flaw, Refusal};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// What a passkey is asked for: to sign in, where nothing is said.
#[derive(ToSchema)]
#[schema(examples(json!({})))]
pub(crate) struct AskBody {
    /// To go on with a sign-in: what its first half answered. It begins with `pmc_`.
    #[schema(value_type = String, required = false)]
    pub(crate) mfa_token: Option<SecretText>,
}

impl AskBody {
    /// Checks the members of a body of whoever is signed in or not.
    pub(crate) fn read(mut fields: Fields, is_signed_in: bool) -> Result<Self, Refusal> {
        let mfa_token = if is_signed_in {
            fields.optional("mfa_token", |_| Err::<String, _>(NOT_BOTH))
        } else {
            fields.optional_text("mfa_token")
        };
        fields.finish(Some(Self {
            mfa_token: mfa_token.map(SecretText::new),
        }))
    }
}

/// Two tokens, of which each says what the passkey is for.
const NOT_BOTH: Flaw = Flaw::fixed("not_both", "this member is left out where there is an access token");

/// A passkey to be.
#[derive(ToSchema)]
#[schema(as = PasskeyRequest, examples(json!({})))]
pub(crate) struct AskForNewBody {
    /// What it will be called: 1 to 100 characters. It is looked at before a device makes the passkey, and sent again with it.
    #[schema(value_type = String, required = false)]
    #[expect(dead_code, reason = "it is looked at as it is read, and kept with the passkey")]
    name: Option<Label>,
}

impl AskForNewBody {
    /// Checks the members.
    pub(crate) fn read(mut fields: Fields) -> Result<Self, Refusal> {
        let name = fields.optional("name", name);
        fields.finish(Some(Self { name }))
    }
}

/// What a browser is asked.
#[derive(Serialize, ToSchema)]
#[schema(as = PasskeyOptions)]
pub(crate) struct AskedBody {
    /// Comes back with the answer, within five minutes. It begins with `ppc_`.
    #[schema(examples("the text to send back with the answer"))]
    challenge: String,
    /// For `navigator.credentials`, by `PublicKeyCredential.parseRequestOptionsFromJSON` or
    /// `PublicKeyCredential.parseCreationOptionsFromJSON` (`WebAuthn` level 3).
    #[serde(rename = "publicKey")]
    #[schema(value_type = Object)]
    public_key: Value,
}

impl From<AskedPasskey> for AskedBody {
    fn from(asked: AskedPasskey) -> Self {
        Self {
            challenge: asked.challenge.expose().to_owned(),
            public_key: serde_json::from_str(&asked.options).unwrap_or_default(),
        }
    }
}

/// What a browser answered.
#[derive(ToSchema)]
#[schema(as = PasskeyAnswer)]
pub(crate) struct ShownBody {
    /// What came with the options.
    #[schema(value_type = String)]
    challenge: SecretText,
    /// What `navigator.credentials` gave, by `toJSON()`.
    #[schema(value_type = Object)]
    credential: Map<String, Value>,
}

impl ShownBody {
    /// Checks the members of a body that has no others.
    pub(crate) fn read(mut fields: Fields) -> Result<Self, Refusal> {
        let shown = Self::take(&mut fields);
        fields.finish(shown)
    }

    /// Takes the members.
    pub(crate) fn take(fields: &mut Fields) -> Option<Self> {
        let challenge = fields.required_text("challenge").map(SecretText::new);
        let credential = fields.required_object("credential");
        let (challenge, credential) = challenge.zip(credential)?;
        Some(Self { challenge, credential })
    }
}

impl From<ShownBody> for ShownPasskey {
    fn from(body: ShownBody) -> Self {
        Self {
            challenge: body.challenge,
            credential: SecretText::new(Value::Object(body.credential).to_string()),
        }
    }
}

/// A new passkey.
#[derive(ToSchema)]
#[schema(as = NewPasskey)]
pub(crate) struct AddPasskeyBody {
    /// What came with the options.
    #[schema(value_type = String)]
    challenge: SecretText,
    /// What `navigator.credentials.create` gave, by `toJSON()`.
    #[schema(value_type = Object)]
    credential: Map<String, Value>,
    /// What to call it: 1 to 100 characters. Without it, it is called as the device is.
    #[schema(value_type = String, required = false)]
    name: Option<Label>,
}

impl AddPasskeyBody {
    /// Checks the members.
    pub(crate) fn read(mut fields: Fields) -> Result<Self, Refusal> {
        let shown = ShownBody::take(&mut fields);
        let name = fields.optional("name", name);
        fields.finish(shown.map(|shown| Self {
            challenge: shown.challenge,
            credential: shown.credential,
            name,
        }))
    }

    /// What was shown, and the name.
    pub(crate) fn into_parts(self) -> (ShownPasskey, Option<Label>) {
        let shown = ShownBody {
            challenge: self.challenge,
            credential: self.credential,
        };
        (shown.into(), self.name)
    }
}

/// What changes of a passkey.
#[derive(ToSchema)]
#[schema(as = PasskeyChange)]
pub(crate) struct RenameBody {
    /// What to call it: 1 to 100 characters.
    #[schema(value_type = String)]
    pub(crate) name: Label,
}

impl RenameBody {
    /// Checks the members.
    pub(crate) fn read(mut fields: Fields) -> Result<Self, Refusal> {
        let name = fields.required("name", name);
        fields.finish(name.map(|name| Self { name }))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "members are handed in so")]
fn name(text: String) -> Result<Label, Flaw> {
    let text = text.as_str();
    Label::parse(text).map_err(|error| match error {
        LabelError::Empty => Flaw::fixed("required", "this has at least one character that can be seen"),
        LabelError::TooLong => Flaw::fixed("too_long", "this has at most 100 characters"),
        LabelError::ControlCharacter => Flaw::fixed(
            "control_character",
            "this has no control characters, and no marks that turn the direction of text",
        ),
    })
}

/// A passkey.
#[derive(Serialize, ToSchema)]
#[schema(as = Passkey)]
pub(crate) struct PasskeyBody {
    /// Names the passkey here.
    #[schema(format = Uuid, examples("019338a1-7c00-7a3b-8d52-6f1e0c9b4a27"))]
    id: String,
    /// What its user calls it.
    #[schema(examples("Chrome on Android"))]
    name: String,
    /// Whether it is on more than one device, or in a password manager's cloud.
    #[schema(examples(true))]
    synced: bool,
    /// When it was added, in UTC.
    #[schema(format = DateTime, examples("2026-11-22T09:30:00.000000Z"))]
    created_at: String,
    /// Where it was added: the browser and what it runs on, in plain words, or how a program names itself.
    #[schema(required = true, examples("Chrome on Android"))]
    created_on: Option<String>,
    /// When it was last used, in UTC; null where it never was.
    #[schema(required = true, format = DateTime, examples("2026-11-22T10:45:00.000000Z"))]
    last_used_at: Option<String>,
    /// Where it was last used.
    #[schema(required = true, examples("Firefox on Linux"))]
    last_used_on: Option<String>,
}

impl From<&Passkey> for PasskeyBody {
    fn from(passkey: &Passkey) -> Self {
        let last_use = passkey.last_use.as_ref();
        Self {
            id: passkey.id.to_string(),
            name: passkey.name.as_str().to_owned(),
            synced: passkey.state.is_synced,
            created_at: timestamp(passkey.created_at),
            created_on: passkey.created_on.name().map(|name| name.to_string()),
            last_used_at: last_use.map(|used| timestamp(used.at)),
            last_used_on: last_use
                .and_then(|used| used.device.name())
                .map(|name| name.to_string()),
        }
    }
}

/// The passkeys, the oldest first.
#[derive(Serialize, ToSchema)]
#[schema(as = PasskeyList)]
pub(crate) struct PasskeyListBody {
    /// All of them: at most 20.
    items: Vec<PasskeyBody>,
}

impl PasskeyListBody {
    pub(crate) fn new(passkeys: &[Passkey]) -> Self {
        Self {
            items: passkeys.iter().map(PasskeyBody::from).collect(),
        }
    }
}

/// Which pages may use the passkeys of this server's domain.
#[derive(Serialize, ToSchema)]
#[schema(as = PasskeyOrigins)]
pub(crate) struct OriginsBody {
    /// The origins.
    #[schema(examples(json!(["https://auth.example.org"])))]
    pub(crate) origins: Vec<String>,
}

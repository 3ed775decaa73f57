//! Bodies of what other services need to check access tokens by themselves.

use crate::json::{json_line, timestamp};
use crate::schemas;
use portcullis_application::ports::PublicKey;
use portcullis_application::replica::RevocationSnapshot;
use portcullis_domain::Revocation;
use portcullis_web::{Fields, Flaw, Refusal};
use serde::{Serialize, Serializer};
use std::time::Duration;
use utoipa::{IntoParams, ToSchema};

/// The longest time that a call may ask to be held back, in seconds.
const LONGEST_WAIT: u64 = 30;

/// Too long to wait, or no number.
const NO_WAIT: Flaw = Flaw::fixed("out_of_range", "a call waits for 0 to 30 seconds");

/// The keys that access tokens are signed with: a JWK set (RFC 7517, section 5).
#[derive(Serialize, ToSchema)]
#[schema(as = JwkSet)]
pub(crate) struct JwkSetBody {
    /// The keys, the next one among them. Empty where the key is shared instead (HS256).
    #[schema(schema_with = schemas::keys)]
    keys: Vec<JwkBody>,
}

/// A public key (RFC 7517, section 4).
struct JwkBody(PublicKey);

impl Serialize for JwkBody {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.members.iter().map(|(name, value)| (name, value)))
    }
}

impl From<Vec<PublicKey>> for JwkSetBody {
    fn from(keys: Vec<PublicKey>) -> Self {
        Self {
            keys: keys.into_iter().map(JwkBody).collect(),
        }
    }
}

/// The access tokens that are worthless before they expire.
#[derive(Serialize, ToSchema)]
#[schema(as = Revocations)]
pub(crate) struct RevocationsBody {
    /// By session.
    revocations: Vec<RevocationBody>,
    /// Access tokens that were issued before this time are worthless, whatever their session. It is there after the
    /// store was restored from a backup.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false, format = DateTime, examples("2026-11-22T09:30:00.000000Z"))]
    not_before: Option<String>,
}

/// Access tokens of one session, up to one generation.
#[derive(Serialize, ToSchema)]
#[schema(as = Revocation)]
struct RevocationBody {
    /// The claim `sid` of those tokens.
    #[schema(format = Uuid, examples("019338a1-7c00-7a3b-8d52-6f1e0c9b4a27"))]
    session_id: String,
    /// The highest claim `gen` of those tokens: lower ones are worthless, too.
    #[schema(examples(3))]
    generation: u64,
    /// When the last of those tokens has expired, so that this can be forgotten.
    #[schema(format = DateTime, examples("2026-11-22T09:45:00.000000Z"))]
    until: String,
}

impl From<&Revocation> for RevocationBody {
    fn from(revocation: &Revocation) -> Self {
        Self {
            session_id: revocation.family.to_string(),
            generation: revocation.generation.number(),
            until: timestamp(revocation.until),
        }
    }
}

impl From<&RevocationSnapshot> for RevocationsBody {
    fn from(snapshot: &RevocationSnapshot) -> Self {
        Self {
            revocations: snapshot.revocations.iter().map(RevocationBody::from).collect(),
            not_before: snapshot.not_before.map(timestamp),
        }
    }
}

impl RevocationsBody {
    /// The text of the body.
    pub(crate) fn json(&self) -> String {
        json_line(self)
    }
}

/// How long to hold the answer back.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RevocationsQuery {
    /// Seconds in which to wait for a change of what `If-None-Match` names; the server may wait for less.
    #[param(value_type = Option<u64>, maximum = 30, default = 0)]
    pub(crate) wait: Duration,
}

impl RevocationsQuery {
    /// Checks the parameters.
    pub(crate) fn read(query: &str) -> Result<Self, Refusal> {
        let mut fields = Fields::of_query(query)?;
        let wait = fields.optional("wait", |text| match text.parse() {
            Ok(seconds @ 0..=LONGEST_WAIT) => Ok(Duration::from_secs(seconds)),
            _ => Err(NO_WAIT),
        });
        fields.finish(Some(Self {
            wait: wait.unwrap_or_default(),
        }))
    }
}

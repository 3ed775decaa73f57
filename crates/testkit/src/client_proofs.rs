//! What clients sign, without a signature.

use chrono::{DateTime, Utc};
use portcullis_application::ports::{Assertion, ClientProofs};
use portcullis_domain::{ClientKeys, SecretText};
use portcullis_oauth2::ClientId;
use shaku::Component;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Takes a text of this form for what a client has signed: its id, the audience, `jti` and the second of `exp`, with bars
/// between them. Clones share what was counted.
#[derive(Clone, Default, Component)]
#[shaku(interface = ClientProofs)]
pub struct FakeClientProofs {
    /// How many signatures were checked.
    #[shaku(default)]
    checked: Arc<AtomicUsize>,
}

impl FakeClientProofs {
    /// Such a text.
    #[must_use]
    pub fn signed(client_id: &str, audience: &str, id: &str, expires_at: DateTime<Utc>) -> SecretText {
        SecretText::new(format!("{client_id}|{audience}|{id}|{}", expires_at.timestamp()))
    }

    /// How many signatures were checked so far.
    #[must_use]
    pub fn checked(&self) -> usize {
        self.checked.load(Ordering::SeqCst)
    }
}

impl ClientProofs for FakeClientProofs {
    fn claimed_client(&self, assertion: &SecretText) -> Option<ClientId> {
        let (client_id, _) = assertion.expose().split_once('|')?;
        ClientId::parse(client_id).ok()
    }

    fn assertion(&self, assertion: &SecretText, keys: Option<&ClientKeys>) -> Option<Assertion> {
        self.checked.fetch_add(1, Ordering::SeqCst);
        keys?;
        let [client_id, audience, id, expires_at] = assertion.expose().split('|').collect::<Vec<_>>()[..] else {
            return None;
        };
        Some(Assertion {
            issuer: client_id.to_owned(),
            subject: client_id.to_owned(),
            audience: Some(audience.to_owned()),
            id: Some(id.to_owned()),
            expires_at: DateTime::from_timestamp(expires_at.parse().ok()?, 0),
            issued_at: None,
            not_before: None,
        })
    }

    /// Takes `AA` for what no key has.
    fn are_usable(&self, keys: &ClientKeys) -> bool {
        !keys.as_str().contains(r#""AA""#)
    }
}

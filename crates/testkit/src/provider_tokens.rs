//! Tokens of clients that a test can look up.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use portcullis_application::ports::{
    ClientAccessClaims, IdClaims, IdTokenHint, ProviderTokens, SignatureError, TokenError,
};
use portcullis_domain::{SecretText, SigningAlgorithm};
use shaku::Component;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Remembers what each token says. Clones share it, so that one server knows what another has issued.
#[derive(Clone, Default, Component)]
#[shaku(interface = ProviderTokens)]
pub struct FakeProviderTokens {
    /// What was issued.
    #[shaku(default)]
    issued: Arc<Mutex<Issued>>,
}

/// What the clones share.
#[derive(Default)]
pub struct Issued {
    access: HashMap<String, ClientAccessClaims>,
    id: HashMap<String, IdTokenHint>,
}

impl FakeProviderTokens {
    /// What stands for a token that names a key which nobody has loaded.
    pub const OF_AN_UNKNOWN_KEY: &str = "a token of an unknown key";

    fn with<T>(&self, change: impl FnOnce(&mut Issued) -> T) -> T {
        change(&mut self.issued.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl ProviderTokens for FakeProviderTokens {
    fn are_ready(&self) -> bool {
        true
    }

    async fn issue(&self, _: SigningAlgorithm, claims: &ClientAccessClaims) -> Result<SecretText, SignatureError> {
        let text = format!("access.{}", claims.token_id);
        self.with(|issued| issued.access.insert(text.clone(), claims.clone()));
        Ok(SecretText::new(text))
    }

    async fn issue_id_token(
        &self,
        _: SigningAlgorithm,
        claims: &IdClaims,
        access_token: &SecretText,
    ) -> Result<SecretText, SignatureError> {
        let text = format!("id.{}", access_token.expose());
        let hint = IdTokenHint {
            subject: claims.subject.clone(),
            client_id: claims.client_id.clone(),
            session: claims.session.clone(),
            issued_at: claims.issued_at,
            expires_at: claims.expires_at,
        };
        self.with(|issued| issued.id.insert(text.clone(), hint));
        Ok(SecretText::new(text))
    }

    fn verify(&self, raw: &str, now: DateTime<Utc>) -> Result<ClientAccessClaims, TokenError> {
        if raw == Self::OF_AN_UNKNOWN_KEY {
            return Err(TokenError::UnknownKey);
        }
        let claims = self.with(|issued| issued.access.get(raw).cloned());
        claims
            .filter(|claims| now < claims.expires_at)
            .ok_or(TokenError::Invalid)
    }

    fn read_hint(&self, raw: &str) -> Option<IdTokenHint> {
        self.with(|issued| issued.id.get(raw).cloned())
    }
}

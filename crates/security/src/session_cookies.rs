//! The text of the cookie by which a browser stays signed in, made as [refresh tokens](crate::refresh_tokens) are, by a key
//! of its own: neither is ever the other.
//!
//! A cookie has the prefix `pss_` and the form (`generation_text`) that it shares with refresh tokens.

use crate::generation_text::{proven, read, write};
use crate::hmac_keys::HmacKeys;
use crate::keys::Keys;
use aws_lc_rs::hmac;
use portcullis_application::ports::SessionCookies;
use portcullis_domain::{Generation, SecretText, Seed, SessionCookie, SessionId};
use shaku::Component;

/// Lets scanners for leaked secrets find a cookie.
const PREFIX: &str = "pss_";
/// HKDF's `info`: what the derived key is for. Another form of the text needs another one.
const KEY_PURPOSE: &[u8] = b"portcullis browser session v1";
/// The word in the proof.
const PURPOSE: &[u8] = b"browser-session";

/// The keys of cookies of sessions, derived once. Prints nothing.
#[derive(Debug, Clone)]
pub struct SessionCookieKeys(HmacKeys);

impl SessionCookieKeys {
    /// Derives them by HKDF-SHA-256 (RFC 5869) from `SECRET_KEY` and the store's `salt`, so that a service that shares
    /// `SECRET_KEY` can't make cookies.
    #[must_use]
    pub fn derive(keys: &Keys, salt: &[u8; 32]) -> Self {
        Self(HmacKeys::derive(keys, salt, KEY_PURPOSE))
    }
}

/// [`SessionCookies`] by HMAC-SHA-256.
#[derive(Component)]
#[shaku(interface = SessionCookies)]
pub struct HmacSessionCookies {
    /// Makes and recognizes the cookies.
    keys: SessionCookieKeys,
}

impl SessionCookies for HmacSessionCookies {
    fn issue(&self, session: SessionId, generation: Generation, seed: &Seed) -> SecretText {
        let proven = proven(PURPOSE, session.as_uuid(), generation, seed);
        write(
            PREFIX,
            session.as_uuid(),
            generation,
            &hmac::sign(self.keys.0.current(), &proven),
        )
    }

    fn read(&self, raw: &str) -> Option<SessionCookie> {
        let (id, generation, proof) = read(PREFIX, raw)?;
        Some(SessionCookie {
            session_id: id.into(),
            generation,
            proof,
        })
    }

    fn is_genuine(&self, cookie: &SessionCookie, seed: &Seed) -> bool {
        let proven = proven(PURPOSE, cookie.session_id.as_uuid(), cookie.generation, seed);
        self.keys
            .0
            .any(|key| hmac::verify(key, &proven, cookie.proof.expose()).is_ok())
    }
}

//! A browser, by the secret that it was given: what it hands back is bound to it.

use crate::pages::Pages;
use actix_web::http::header::{HeaderMap, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis_application::ports::HandedOut;
use portcullis_domain::SecretText;
use portcullis_web::{OwnCookie, SameSite};

const COOKIE: &OwnCookie = &OwnCookie {
    name: "portcullis-browser",
    same_site: SameSite::Lax,
};

/// Random bytes of a secret.
const BYTES: usize = 16;

/// The cookie by which a browser stays signed in.
pub(crate) const SESSION: &OwnCookie = &OwnCookie {
    name: "portcullis-session",
    same_site: SameSite::Lax,
};

/// A browser.
#[derive(Clone)]
pub(crate) struct Browser {
    secret: SecretText,
    is_new: bool,
    /// What it shows to be signed in; nobody has checked it.
    session: Option<SecretText>,
}

impl Browser {
    /// The one that sent those headers. One without a secret of ours gets one.
    pub(crate) fn of(headers: &HeaderMap, pages: &Pages) -> Self {
        let known = pages.settings.cookies.find(COOKIE, headers).filter(is_secret_of_ours);
        let is_new = known.is_none();
        let secret = known.unwrap_or_else(|| {
            let bytes: [u8; BYTES] = pages.ports.entropy.bytes();
            SecretText::new(URL_SAFE_NO_PAD.encode(bytes))
        });
        Self {
            secret,
            is_new,
            session: pages.settings.cookies.find(SESSION, headers),
        }
    }

    /// What it shows to be signed in; nobody has checked it.
    pub(crate) const fn session(&self) -> Option<&SecretText> {
        self.session.as_ref()
    }

    /// Gives it another secret: nothing from before a sign-in counts behind it.
    pub(crate) fn renew(&mut self, pages: &Pages) {
        let bytes: [u8; BYTES] = pages.ports.entropy.bytes();
        self.secret = SecretText::new(URL_SAFE_NO_PAD.encode(bytes));
        self.is_new = true;
    }

    /// The secret, which binds a code to the browser.
    pub(crate) const fn secret(&self) -> &SecretText {
        &self.secret
    }

    /// Whether it has no cookie of ours yet.
    pub(crate) const fn is_new(&self) -> bool {
        self.is_new
    }

    /// The value of `Set-Cookie`, for one that has no cookie yet. It ends with the browser: what is bound to it is of a
    /// visit.
    pub(crate) fn set_cookie(&self, pages: &Pages) -> Option<HeaderValue> {
        if !self.is_new {
            return None;
        }
        pages.settings.cookies.set_until_closed(COOKIE, &self.secret).ok()
    }

    /// What stands in a form that this browser is shown about `subject`. It is good while the same somebody, or nobody, is
    /// signed in.
    pub(crate) fn form_proof(&self, subject: &str, pages: &Pages) -> String {
        let bound = self.bound_to(subject);
        pages.ports.proofs.issue(HandedOut::Form, &self.secret, &bound)
    }

    /// Whether this browser was shown that form about `subject`, and is signed in as it was then.
    pub(crate) fn was_shown(&self, proof: &str, subject: &str, pages: &Pages) -> bool {
        let bound = self.bound_to(subject);
        !self.is_new
            && pages
                .ports
                .proofs
                .is_genuine(HandedOut::Form, &self.secret, &bound, proof)
    }

    /// No cookie has a line end in it.
    fn bound_to(&self, subject: &str) -> String {
        let session = self.session.as_ref().map_or("", |session| session.expose());
        format!("{session}\n{subject}")
    }

    /// A text and its proof, as a cookie may hold them.
    pub(crate) fn seal(&self, what: HandedOut, text: &str, pages: &Pages) -> SecretText {
        let proof = pages.ports.proofs.issue(what, &self.secret, text);
        SecretText::new(format!("{}.{proof}", URL_SAFE_NO_PAD.encode(text)))
    }

    /// The text that was sealed for this browser.
    pub(crate) fn open(&self, what: HandedOut, sealed: &SecretText, pages: &Pages) -> Option<String> {
        let (text, proof) = sealed.expose().split_once('.')?;
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let is_genuine = pages.ports.proofs.is_genuine(what, &self.secret, &text, proof);
        is_genuine.then_some(text)
    }
}

fn is_secret_of_ours(secret: &SecretText) -> bool {
    URL_SAFE_NO_PAD
        .decode(secret.expose())
        .is_ok_and(|bytes| bytes.len() == BYTES)
}

//! What a page tells after another one has acted. It travels in a cookie with a proof, never in an address: no link from
//! elsewhere makes a page say that something was done.

use crate::browser::Browser;
use crate::pages::Pages;
use actix_web::http::header::{HeaderMap, HeaderValue};
use portcullis_application::ports::HandedOut;
use portcullis_domain::SecretText;
use portcullis_web::{OwnCookie, SameSite};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::time::Duration;

const COOKIE: &OwnCookie = &OwnCookie {
    name: "portcullis-notice",
    same_site: SameSite::Lax,
};

const LIFE: Duration = Duration::from_mins(5);

/// Stands between what was done and by which link.
const BY: char = ' ';

/// So many bytes of a digest tell links apart.
const TOLD_APART_BY: usize = 8;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notice {
    EmailConfirmed,
    PasswordChanged,
    EmailRestored,
    AccountSecured,
    NothingChanged,
    Joined,
    /// With how many sessions the user has elsewhere.
    SignedOut(usize),
    OwnPasswordChanged,
    ProfileSaved,
    DeviceSignedOut,
    OthersSignedOut,
    SecondFactorOn,
    SecondFactorOff,
    /// The code of the second factor took too long.
    SignInOver,
    AppDisconnected,
    IdentityLinked,
    IdentityUnlinked,
    IdentityTaken,
    TooManyIdentities,
    /// A provider vouched for nobody who could be linked.
    LinkRefused,
    /// The person went back there.
    LinkLeft,
    /// It did not answer.
    LinkUnreachable,
    /// What it says can't be trusted.
    LinkUnusable,
    /// A provider vouched for somebody else than who is signed in.
    ProofOfAnother,
    /// It did not say that they signed in there just now.
    ProofNotFresh,
    /// It vouched for nobody.
    ProofRefused,
    /// It did not answer.
    ProofUnreachable,
    PasskeyAdded,
    PasskeyRenamed,
    PasskeyRemoved,
}

/// Parts a notice and its number.
const NUMBER: char = '-';

impl Notice {
    /// Those without a number.
    const PLAIN: [Self; 29] = [
        Self::EmailConfirmed,
        Self::PasswordChanged,
        Self::EmailRestored,
        Self::AccountSecured,
        Self::NothingChanged,
        Self::Joined,
        Self::OwnPasswordChanged,
        Self::ProfileSaved,
        Self::DeviceSignedOut,
        Self::OthersSignedOut,
        Self::SecondFactorOn,
        Self::SecondFactorOff,
        Self::SignInOver,
        Self::AppDisconnected,
        Self::IdentityLinked,
        Self::IdentityUnlinked,
        Self::IdentityTaken,
        Self::TooManyIdentities,
        Self::LinkRefused,
        Self::LinkLeft,
        Self::LinkUnreachable,
        Self::LinkUnusable,
        Self::ProofOfAnother,
        Self::ProofNotFresh,
        Self::ProofRefused,
        Self::ProofUnreachable,
        Self::PasskeyAdded,
        Self::PasskeyRenamed,
        Self::PasskeyRemoved,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::EmailConfirmed => "email-confirmed",
            Self::PasswordChanged => "password-changed",
            Self::EmailRestored => "email-restored",
            Self::AccountSecured => "account-secured",
            Self::NothingChanged => "nothing-changed",
            Self::Joined => "joined",
            Self::SignedOut(_) => "signed-out",
            Self::OwnPasswordChanged => "own-password-changed",
            Self::ProfileSaved => "profile-saved",
            Self::DeviceSignedOut => "device-signed-out",
            Self::OthersSignedOut => "others-signed-out",
            Self::SecondFactorOn => "second-factor-on",
            Self::SecondFactorOff => "second-factor-off",
            Self::SignInOver => "sign-in-over",
            Self::AppDisconnected => "app-disconnected",
            Self::IdentityLinked => "identity-linked",
            Self::IdentityUnlinked => "identity-unlinked",
            Self::IdentityTaken => "identity-taken",
            Self::TooManyIdentities => "too-many-identities",
            Self::LinkRefused => "link-refused",
            Self::LinkLeft => "link-left",
            Self::LinkUnreachable => "link-unreachable",
            Self::LinkUnusable => "link-unusable",
            Self::ProofOfAnother => "proof-of-another",
            Self::ProofNotFresh => "proof-not-fresh",
            Self::ProofRefused => "proof-refused",
            Self::ProofUnreachable => "proof-unreachable",
            Self::PasskeyAdded => "passkey-added",
            Self::PasskeyRenamed => "passkey-renamed",
            Self::PasskeyRemoved => "passkey-removed",
        }
    }

    fn code(self) -> String {
        match self {
            Self::SignedOut(elsewhere) => format!("{}{NUMBER}{elsewhere}", self.name()),
            plain => plain.name().to_owned(),
        }
    }

    fn of_code(code: &str) -> Option<Self> {
        let plain = Self::PLAIN.into_iter().find(|notice| notice.name() == code);
        plain.or_else(|| {
            let (name, number) = code.rsplit_once(NUMBER)?;
            let notice = Self::SignedOut(number.parse().ok()?);
            (notice.name() == name).then_some(notice)
        })
    }

    /// The value of `Set-Cookie` that carries it, of what was done by that link.
    pub(crate) fn set_cookie(
        self,
        token: Option<&SecretText>,
        browser: &Browser,
        pages: &Pages,
    ) -> Option<HeaderValue> {
        let said = token.map_or_else(|| self.code(), |token| self.of(token));
        let sealed = browser.seal(HandedOut::Notice, &said, pages);
        pages.settings.cookies.set(COOKIE, &sealed, LIFE).ok()
    }

    /// The one that came along.
    pub(crate) fn find(headers: &HeaderMap, browser: &Browser, pages: &Pages) -> Option<Self> {
        let sealed = pages.settings.cookies.find(COOKIE, headers)?;
        let said = browser.open(HandedOut::Notice, &sealed, pages)?;
        Self::of_code(said.split(BY).next()?)
    }

    /// Whether this one came along, of what was done by that very link.
    pub(crate) fn is_of(self, token: &SecretText, headers: &HeaderMap, browser: &Browser, pages: &Pages) -> bool {
        let sealed = pages.settings.cookies.find(COOKIE, headers);
        let said = sealed.and_then(|sealed| browser.open(HandedOut::Notice, &sealed, pages));
        said.is_some_and(|said| said == self.of(token))
    }

    /// With what tells the link from others, and opens nothing.
    fn of(self, token: &SecretText) -> String {
        let digest = Sha256::digest(token.expose());
        let mut said = format!("{}{BY}", self.code());
        for byte in digest.iter().take(TOLD_APART_BY) {
            let _ = write!(said, "{byte:02x}");
        }
        said
    }

    /// The value of `Set-Cookie` of one that was read.
    pub(crate) fn clear(pages: &Pages) -> HeaderValue {
        pages.settings.cookies.clear(COOKIE)
    }
}

//! Problems of passkeys.

use crate::account::problems::LAST_WAY_IN;
use crate::auth::problems::{COOKIES_OFF, CROSS_SITE_REQUEST, EMAIL_NOT_VERIFIED};
use crate::caller::problems::{ACCOUNT_DISABLED, CHALLENGE, INVALID_ACCESS_TOKEN, OF_CALLER, OF_ENROLLING};
use crate::problem::Problem;
use crate::responses::{OF_BODY, OF_LIMIT, OF_QUERY, OF_STORE, problems};
use crate::second_factor::problems::{INVALID_MFA_TOKEN, OF_STEP_UP};
use actix_web::http::StatusCode;
use portcullis_application::PasskeyError;
use portcullis_application::passkeys::{AddPasskeyError, RemovePasskeyError, RenamePasskeyError};
use portcullis_application::sign_in_by_passkey::{AskPasskeyError, PasskeySignInError};
use portcullis_web::{Kind, Refusal, kind};
use std::fmt::Display;

/// There are no passkeys at this server.
pub(crate) const PASSKEYS_OFF: &Kind = &Kind::new(
    "passkeys_off",
    StatusCode::CONFLICT,
    "This server takes no passkeys",
    "A passkey belongs to a name that is reached by https. Have PUBLIC_URL set to one.",
);

/// The challenge is of no use.
pub(crate) const INVALID_CHALLENGE: &Kind = &Kind::new(
    "invalid_challenge",
    StatusCode::BAD_REQUEST,
    "The challenge is not valid",
    "It was answered before, is older than five minutes, is for something else, or is none of ours. Ask for new options.",
);

/// The answer is of no use.
pub(crate) const INVALID_CREDENTIAL: &Kind = &Kind::new(
    "invalid_credential",
    StatusCode::BAD_REQUEST,
    "The answer of the browser is not valid",
    "Send what navigator.credentials gave for these options, on a page of this server.",
);

/// The passkey is of no use.
pub(crate) const INVALID_PASSKEY: &Kind = &Kind::unauthorized(
    "invalid_passkey",
    "The passkey is not valid",
    "It is not known here, is somebody else's, its device did not verify its user, or what the browser gave is of no use.",
    CHALLENGE,
);

/// It was added before.
pub(crate) const PASSKEY_KNOWN: &Kind = &Kind::new(
    "passkey_known",
    StatusCode::CONFLICT,
    "The passkey was added before",
    "Nothing was changed.",
);

/// There are enough.
pub(crate) const TOO_MANY_PASSKEYS: &Kind = &Kind::new(
    "too_many_passkeys",
    StatusCode::CONFLICT,
    "There are 20 passkeys already",
    "Remove one first.",
);

/// What showing a passkey may end in.
pub(crate) const OF_PASSKEY: &[&Kind] = &[PASSKEYS_OFF, INVALID_PASSKEY];

problems! {
    /// Of asking for any passkey.
    AskProblems: OF_CALLER, OF_BODY, &[INVALID_MFA_TOKEN, PASSKEYS_OFF], OF_STORE;
    /// Of signing in by a passkey.
    LogInByPasskeyProblems: OF_BODY, OF_LIMIT, OF_PASSKEY,
        &[ACCOUNT_DISABLED, EMAIL_NOT_VERIFIED, CROSS_SITE_REQUEST, COOKIES_OFF], OF_STORE;
    /// Of listing one's passkeys.
    ListPasskeysProblems: OF_ENROLLING, OF_QUERY, OF_STORE;
    /// Of asking for a new passkey.
    AskForNewProblems: OF_ENROLLING, OF_BODY, OF_STEP_UP, &[PASSKEYS_OFF, TOO_MANY_PASSKEYS], OF_STORE;
    /// Of adding a passkey.
    AddPasskeyProblems: OF_ENROLLING, OF_BODY, OF_STEP_UP,
        &[PASSKEYS_OFF, INVALID_CHALLENGE, INVALID_CREDENTIAL, PASSKEY_KNOWN, TOO_MANY_PASSKEYS], OF_STORE;
    /// Of giving a passkey another name.
    RenamePasskeyProblems: OF_ENROLLING, OF_BODY, &[kind::NOT_FOUND], OF_STORE;
    /// Of removing a passkey.
    RemovePasskeyProblems: OF_ENROLLING, OF_QUERY, OF_STEP_UP, &[kind::NOT_FOUND, LAST_WAY_IN], OF_STORE;
    /// Of asking which pages may use passkeys.
    OriginsProblems: &[kind::NOT_FOUND];
}

/// Of showing a passkey. Whatever is wrong with what was shown, nobody is known by it.
impl From<PasskeyError> for Problem {
    fn from(error: PasskeyError) -> Self {
        match error {
            PasskeyError::Off => PASSKEYS_OFF.into(),
            PasskeyError::InvalidChallenge => {
                Refusal::detailed(INVALID_PASSKEY, INVALID_CHALLENGE.detail.to_owned()).into()
            }
            PasskeyError::InvalidAnswer(why) => answer_refused(INVALID_PASSKEY, &why),
            PasskeyError::InvalidPasskey | PasskeyError::UserNotVerified => INVALID_PASSKEY.into(),
            PasskeyError::TooManyAttempts(exhausted) => exhausted.into(),
            PasskeyError::Store(error) => error.into(),
        }
    }
}

impl From<AskPasskeyError> for Problem {
    fn from(error: AskPasskeyError) -> Self {
        match error {
            AskPasskeyError::InvalidToken => INVALID_MFA_TOKEN.into(),
            AskPasskeyError::Refused(error) => error.into(),
        }
    }
}

impl From<PasskeySignInError> for Problem {
    fn from(error: PasskeySignInError) -> Self {
        match error {
            PasskeySignInError::NotProved(error) => error.into(),
            PasskeySignInError::AccountDisabled => ACCOUNT_DISABLED.into(),
            PasskeySignInError::EmailNotVerified => EMAIL_NOT_VERIFIED.into(),
            PasskeySignInError::Store(error) => error.into(),
            PasskeySignInError::Token(error) => error.into(),
        }
    }
}

impl From<AddPasskeyError> for Problem {
    fn from(error: AddPasskeyError) -> Self {
        match error {
            AddPasskeyError::StepUp(needed) => needed.into(),
            AddPasskeyError::TooMany => TOO_MANY_PASSKEYS.into(),
            AddPasskeyError::Known => PASSKEY_KNOWN.into(),
            AddPasskeyError::Refused(PasskeyError::InvalidPasskey | PasskeyError::UserNotVerified) => {
                INVALID_CREDENTIAL.into()
            }
            AddPasskeyError::Refused(PasskeyError::InvalidChallenge) => INVALID_CHALLENGE.into(),
            AddPasskeyError::Refused(PasskeyError::InvalidAnswer(why)) => answer_refused(INVALID_CREDENTIAL, &why),
            AddPasskeyError::Refused(error) => error.into(),
            AddPasskeyError::SignedOut => INVALID_ACCESS_TOKEN.into(),
            AddPasskeyError::Store(error) => error.into(),
        }
    }
}

impl From<RenamePasskeyError> for Problem {
    fn from(error: RenamePasskeyError) -> Self {
        match error {
            RenamePasskeyError::NotFound => kind::NOT_FOUND.into(),
            RenamePasskeyError::SignedOut => INVALID_ACCESS_TOKEN.into(),
            RenamePasskeyError::Store(error) => error.into(),
        }
    }
}

impl From<RemovePasskeyError> for Problem {
    fn from(error: RemovePasskeyError) -> Self {
        match error {
            RemovePasskeyError::StepUp(needed) => needed.into(),
            RemovePasskeyError::NotFound => kind::NOT_FOUND.into(),
            RemovePasskeyError::LastWayIn => LAST_WAY_IN.into(),
            RemovePasskeyError::SignedOut => INVALID_ACCESS_TOKEN.into(),
            RemovePasskeyError::Store(error) => error.into(),
        }
    }
}

fn answer_refused(kind: &'static Kind, why: &impl Display) -> Problem {
    Refusal::detailed(kind, format!("{} This one: {why}.", INVALID_CREDENTIAL.detail)).into()
}

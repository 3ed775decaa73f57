//! What is told of an answer that `webauthn-rs` refuses.

use portcullis_application::ports::PasskeyFault;
use webauthn_rs::prelude::WebauthnError;

/// The fault of an answer. What is not named here has not the form of one.
pub(super) fn fault_of(error: &WebauthnError) -> PasskeyFault {
    let why = match error {
        WebauthnError::UserNotVerified => return PasskeyFault::UserNotVerified,
        WebauthnError::CredentialPossibleCompromise => return PasskeyFault::Copied,
        WebauthnError::MismatchedChallenge => "it answers another challenge",
        WebauthnError::InvalidRPOrigin => "it was given to a page of another origin",
        WebauthnError::InvalidRPIDHash => "it is for another relying party",
        WebauthnError::InvalidClientDataType => "it is the answer to another question",
        WebauthnError::CredentialCrossOrigin => "it was given inside a page of another site",
        WebauthnError::UserNotPresent => "nobody was there",
        WebauthnError::CredentialAlteredAlgFromRequest => "its algorithm was not asked for",
        WebauthnError::AuthenticationFailure => "its signature is not right",
        _ => "it has not the form of an answer",
    };
    PasskeyFault::InvalidAnswer(why)
}

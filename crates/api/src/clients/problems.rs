//! Problems of clients.

use super::sent::refusal_of;
use crate::caller::problems::{FORBIDDEN, OF_ADMIN, OF_PROVEN_ADMIN};
use crate::problem::Problem;
use crate::responses::{OF_BODY, OF_QUERY, OF_STORE, problems};
use actix_web::http::StatusCode;
use portcullis_application::provider::clients::{
    AddMemberError, AddSecretError, ChangeClientError, ClientOutOfReach, CreateClientError,
};
use portcullis_application::provider::reading::{Faults, Written};
use portcullis_web::{Kind, Refusal, kind};

/// There is no provider.
pub(crate) const PROVIDER_OFF: &Kind = &Kind::new(
    "provider_off",
    StatusCode::CONFLICT,
    "There is no provider of OAuth here",
    "OAuth clients compare the server's address byte for byte: set PUBLIC_URL to the https address that they use.",
);

/// There is a client of that id.
pub(crate) const CLIENT_ID_TAKEN: &Kind = &Kind::new(
    "client_id_taken",
    StatusCode::CONFLICT,
    "The client id is taken",
    "There is a client of this id. Choose another.",
);

/// The file looks after it.
pub(crate) const MANAGED_BY_FILE: &Kind = &Kind::new(
    "managed_by_file",
    StatusCode::CONFLICT,
    "A file looks after it",
    "The file that CLIENTS_FILE names says what this is. Change it there, and send the server SIGHUP.",
);

/// Somebody else changed it meanwhile (RFC 9110, section 15.5.13).
pub(crate) const PRECONDITION_FAILED: &Kind = &Kind::new(
    "precondition_failed",
    StatusCode::PRECONDITION_FAILED,
    "It was changed meanwhile",
    "If-Match names another version than there is. Read it again, and send the ETag of that answer.",
);

/// Two secrets live.
pub(crate) const TOO_MANY_SECRETS: &Kind = &Kind::new(
    "too_many_secrets",
    StatusCode::CONFLICT,
    "The client has two secrets",
    "Two secrets of the client live already. Remove one first.",
);

/// It shows no secret.
pub(crate) const NO_CLIENT_SECRET: &Kind = &Kind::new(
    "no_client_secret",
    StatusCode::CONFLICT,
    "The client shows no secret",
    "The client's auth_method is not client_secret, so a secret would mean nothing.",
);

const OF_CHANGE: &[&Kind] = &[kind::NOT_FOUND, MANAGED_BY_FILE, PRECONDITION_FAILED];

problems! {
    /// Of listing clients.
    ListClientsProblems: OF_ADMIN, OF_QUERY, OF_STORE;
    /// Of registering one.
    CreateClientProblems: OF_PROVEN_ADMIN, OF_BODY, &[CLIENT_ID_TAKEN, PROVIDER_OFF], OF_STORE;
    /// Of reading one, and of listing its members.
    FindClientProblems: OF_ADMIN, OF_QUERY, &[kind::NOT_FOUND], OF_STORE;
    /// Of changing one.
    ChangeClientProblems: OF_PROVEN_ADMIN, OF_BODY, OF_CHANGE, &[PROVIDER_OFF], OF_STORE;
    /// Of removing one, or a secret of it.
    RemoveClientProblems: OF_PROVEN_ADMIN, OF_QUERY, OF_CHANGE, OF_STORE;
    /// Of revoking what it was given, and of taking a member away.
    RevokeClientProblems: OF_PROVEN_ADMIN, OF_QUERY, &[kind::NOT_FOUND], OF_STORE;
    /// Of giving it a secret.
    AddSecretProblems: OF_PROVEN_ADMIN, OF_BODY,
        &[kind::NOT_FOUND, MANAGED_BY_FILE, TOO_MANY_SECRETS, NO_CLIENT_SECRET], OF_STORE;
    /// Of making a user a member.
    PutMemberProblems: OF_PROVEN_ADMIN, OF_BODY, &[kind::NOT_FOUND], OF_STORE;
}

/// The faults of what was sent.
pub(crate) fn invalid(Faults(faults): Faults, sent: &Written) -> Problem {
    refusal_of(faults, sent).into()
}

/// That there is no provider, and what would change that.
pub(crate) fn off(why: String) -> Problem {
    Refusal::detailed(PROVIDER_OFF, why).into()
}

/// Why a client was not registered, of which that was sent.
pub(crate) fn not_created(error: CreateClientError, sent: &Written) -> Problem {
    match error {
        CreateClientError::ProviderOff(why) => off(why),
        CreateClientError::Invalid(faults) => invalid(faults, sent),
        CreateClientError::ClientIdTaken => CLIENT_ID_TAKEN.into(),
        CreateClientError::NoLongerAllowed => FORBIDDEN.into(),
        CreateClientError::Store(error) => error.into(),
    }
}

/// Why a client was not changed, of which that was sent.
pub(crate) fn not_changed(error: ChangeClientError, sent: &Written) -> Problem {
    match error {
        ChangeClientError::ProviderOff(why) => off(why),
        ChangeClientError::Invalid(faults) => invalid(faults, sent),
        ChangeClientError::OutOfReach(error) => error.into(),
        ChangeClientError::Store(error) => error.into(),
    }
}

impl From<ClientOutOfReach> for Problem {
    fn from(error: ClientOutOfReach) -> Self {
        match error {
            ClientOutOfReach::NotFound => kind::NOT_FOUND.into(),
            ClientOutOfReach::NoLongerAllowed => FORBIDDEN.into(),
            ClientOutOfReach::ManagedByFile => MANAGED_BY_FILE.into(),
            ClientOutOfReach::Stale => PRECONDITION_FAILED.into(),
            ClientOutOfReach::Store(error) => error.into(),
        }
    }
}

impl From<AddSecretError> for Problem {
    fn from(error: AddSecretError) -> Self {
        match error {
            AddSecretError::ShowsNone => NO_CLIENT_SECRET.into(),
            AddSecretError::TooMany => TOO_MANY_SECRETS.into(),
            AddSecretError::Over => Refusal::validation_failed(vec![portcullis_web::FieldError {
                pointer: "#/expires_at".to_owned(),
                parameter: None,
                code: "out_of_range",
                detail: "this is over already".to_owned(),
            }])
            .into(),
            AddSecretError::OutOfReach(error) => error.into(),
            AddSecretError::Store(error) => error.into(),
        }
    }
}

impl From<AddMemberError> for Problem {
    fn from(error: AddMemberError) -> Self {
        match error {
            AddMemberError::NoSuchUser => kind::NOT_FOUND.into(),
            AddMemberError::OutOfReach(error) => error.into(),
            AddMemberError::Store(error) => error.into(),
        }
    }
}

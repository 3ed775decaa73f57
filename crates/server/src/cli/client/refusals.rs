//! What is said of a client that stays as it is.

use anyhow::anyhow;
use portcullis_application::provider::clients::{
    AddMemberError, AddSecretError, ChangeClientError, ClientOutOfReach, CreateClientError,
};
use portcullis_domain::Email;
use portcullis_oauth2::ClientId;

pub(super) fn untouched(error: impl Into<anyhow::Error>, id: &ClientId) -> anyhow::Error {
    error.into().context(format!("the client {id} was not changed"))
}

pub(super) fn out_of_reach(error: ClientOutOfReach, id: &ClientId) -> anyhow::Error {
    match error {
        ClientOutOfReach::NotFound => missing(id),
        error @ (ClientOutOfReach::NoLongerAllowed
        | ClientOutOfReach::ManagedByFile
        | ClientOutOfReach::Stale
        | ClientOutOfReach::Store(_)) => untouched(error, id),
    }
}

pub(super) fn missing(id: &ClientId) -> anyhow::Error {
    anyhow!("there is no client {id}; see portcullis client list")
}

pub(super) fn not_created(error: CreateClientError) -> anyhow::Error {
    match error {
        CreateClientError::ClientIdTaken => {
            anyhow!("the client id is taken; see portcullis client list, or choose another --id")
        }
        error @ (CreateClientError::ProviderOff(_)
        | CreateClientError::Invalid(_)
        | CreateClientError::NoLongerAllowed
        | CreateClientError::Store(_)) => anyhow::Error::new(error).context("no client was made"),
    }
}

pub(super) fn not_changed(error: ChangeClientError, id: &ClientId) -> anyhow::Error {
    match error {
        ChangeClientError::OutOfReach(error) => out_of_reach(error, id),
        error @ (ChangeClientError::ProviderOff(_) | ChangeClientError::Invalid(_) | ChangeClientError::Store(_)) => {
            untouched(error, id)
        }
    }
}

pub(super) fn no_secret(error: AddSecretError, id: &ClientId) -> anyhow::Error {
    match error {
        AddSecretError::OutOfReach(error) => out_of_reach(error, id),
        AddSecretError::TooMany => anyhow!(
            "two secrets of {id} live already; see portcullis client show {id}, and remove one by portcullis client secret \
             remove {id} SECRET"
        ),
        error @ (AddSecretError::ShowsNone | AddSecretError::Over | AddSecretError::Store(_)) => untouched(error, id),
    }
}

pub(super) fn no_member(error: AddMemberError, id: &ClientId, email: &Email) -> anyhow::Error {
    match error {
        AddMemberError::NoSuchUser => anyhow!("there is no account of {email}; see portcullis user list"),
        AddMemberError::OutOfReach(error) => out_of_reach(error, id),
        AddMemberError::Store(error) => untouched(error, id),
    }
}

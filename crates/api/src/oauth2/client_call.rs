//! What a client of the provider sends: a form, and with it who it is.

use crate::oauth2::problems::{INVALID_REQUEST, OAuthProblem};
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use portcullis_application::provider::client_calls::PresentedClient;
use portcullis_domain::SecretText;
use portcullis_oauth2::{BasicCredentials, NotBasic, Parameters};
use portcullis_web::{Incoming, Refusal};

/// A form that was sent, and what its sender shows of who it is.
pub(crate) struct ClientCall {
    /// The parameters.
    pub(crate) form: Parameters,
    /// What it shows.
    pub(crate) presented: PresentedClient,
}

impl ClientCall {
    /// Reads it. No cookie counts.
    pub(crate) async fn read(headers: &HeaderMap, incoming: Incoming) -> Result<Self, OAuthProblem> {
        let text = incoming.form_text().await?;
        // How long it may be was judged while it was read.
        let form = Parameters::parse(&text, usize::MAX).map_err(|faulty| {
            Refusal::from(INVALID_REQUEST).in_words(format!("The request can't be read: {faulty}."))
        })?;
        let text_of = |name: &str| form.get(name).map(str::to_owned);
        let secret_of = |name: &str| text_of(name).map(SecretText::new);
        let presented = PresentedClient {
            client_id: text_of("client_id"),
            basic: basic(headers),
            secret: secret_of("client_secret"),
            assertion_type: text_of("client_assertion_type"),
            assertion: secret_of("client_assertion"),
        };
        Ok(Self { form, presented })
    }
}

/// A parameter that must be there.
pub(crate) fn required<'f>(form: &'f Parameters, name: &'static str) -> Result<&'f str, OAuthProblem> {
    let missing = || Refusal::from(INVALID_REQUEST).in_words(format!("Send the parameter {name}."));
    form.get(name).ok_or_else(|| missing().into())
}

/// The header, if there is one; several are none that anybody understands.
fn basic(headers: &HeaderMap) -> Option<Result<BasicCredentials, NotBasic>> {
    let mut values = headers.get_all(AUTHORIZATION);
    let value = values.next()?;
    Some(match values.next() {
        Some(_) => Err(NotBasic),
        None => BasicCredentials::parse(value.as_bytes()),
    })
}

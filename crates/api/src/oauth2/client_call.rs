//! What a client of the provider sends: a form, and with it who it is.

use crate::oauth2::problems::{INVALID_REQUEST, OAuthProblem};
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::web::Data;
use portcullis_application::Explained;
use portcullis_application::provider::client_calls::PresentedClient;
use portcullis_domain::{Origin, SecretText};
use portcullis_oauth2::{BasicCredentials, ClientId, NotBasic, Parameters};
use portcullis_web::{Incoming, Refusal, RequestOrigin};

/// Where a call comes from, and where it is kept why it was refused.
pub(crate) type Heard = (RequestOrigin, Data<dyn Explained>);

/// A form that was sent, and what its sender shows of who it is.
pub(crate) struct ClientCall {
    /// The parameters.
    pub(crate) form: Parameters,
    /// What it shows.
    pub(crate) presented: PresentedClient,
    /// What becomes of what is wrong with the form.
    pub(crate) faults: Faults,
}

/// Keeps why a form is refused, for whoever looks after the client. What use cases refuse they keep themselves.
pub(crate) struct Faults {
    /// Where the call comes from.
    pub(crate) origin: Origin,
    explained: Data<dyn Explained>,
    claimed: Option<ClientId>,
}

impl Faults {
    fn of((RequestOrigin(origin), explained): Heard) -> Self {
        Self {
            origin,
            explained,
            claimed: None,
        }
    }

    /// The same, kept where it is a refusal that the client can do something about.
    pub(crate) fn kept<T>(&self, read: Result<T, OAuthProblem>) -> Result<T, OAuthProblem> {
        read.inspect_err(|OAuthProblem(refusal)| {
            if refusal.status().is_client_error() {
                let (name, reason) = (OAuthProblem::name_of(refusal), refusal.detail());
                self.explained.keep(&self.origin, self.claimed.as_ref(), name, reason);
            }
        })
    }
}

impl ClientCall {
    /// Reads it. No cookie counts.
    pub(crate) async fn read(headers: &HeaderMap, incoming: Incoming, heard: Heard) -> Result<Self, OAuthProblem> {
        let mut faults = Faults::of(heard);
        let form = faults.kept(form_of(incoming).await)?;
        let text_of = |name: &str| form.get(name).map(str::to_owned);
        let secret_of = |name: &str| text_of(name).map(SecretText::new);
        let presented = PresentedClient {
            client_id: text_of("client_id"),
            basic: basic(headers),
            secret: secret_of("client_secret"),
            assertion_type: text_of("client_assertion_type"),
            assertion: secret_of("client_assertion"),
        };
        faults.claimed = claimed_by(&presented);
        Ok(Self {
            form,
            presented,
            faults,
        })
    }
}

async fn form_of(incoming: Incoming) -> Result<Parameters, OAuthProblem> {
    let text = incoming.form_text().await?;
    // How long it may be was judged while it was read.
    let form = Parameters::parse(&text, usize::MAX)
        .map_err(|faulty| Refusal::from(INVALID_REQUEST).in_words(format!("The request can't be read: {faulty}.")))?;
    Ok(form)
}

/// Who the sender says to be, unproven.
fn claimed_by(presented: &PresentedClient) -> Option<ClientId> {
    match &presented.basic {
        Some(basic) => basic.as_ref().ok().map(|basic| basic.client_id.clone()),
        None => ClientId::parse(presented.client_id.as_deref()?).ok(),
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

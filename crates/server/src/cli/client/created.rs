//! What is told of a client that was just registered.

use super::snippets::{Framework, get_token, snippet};
use portcullis_application::provider::clients::CreatedClient;
use portcullis_domain::{ClientKind, Issuer, Pkce, SecretText};

/// What a person is told.
pub(super) fn text(created: &CreatedClient, framework: Option<Framework>, issuer: Option<&Issuer>) -> String {
    let client = &created.registered.client;
    let secret = created.secret.as_ref().map(SecretText::expose);
    let mut text = format!("client_id      {}\n", client.client_id);
    if let Some(secret) = secret {
        let once = "\n\nThe secret is told this once: keep it now.\n";
        text.extend(["client_secret  ", secret, once]);
    }
    if client.settings.pkce == Pkce::Optional {
        text.push_str(
            "\nWithout a code challenge, a stolen code is as good as the client. Take pkce required where you can.\n",
        );
    }
    let pasted = match (framework, issuer) {
        (Some(framework), Some(issuer)) => Some(snippet(framework, issuer, client, secret)),
        (None, Some(issuer)) => get_token(issuer, client, secret),
        (_, None) => None,
    };
    text.extend(pasted.map(|pasted| format!("\n{pasted}")));
    text
}

/// What is missing for it to be of use.
pub(super) fn missing(created: &CreatedClient) -> Option<String> {
    let client = &created.registered.client;
    let gets_nothing = client.settings.kind == ClientKind::Service && client.settings.scopes.is_empty();
    gets_nothing.then(|| {
        let id = &client.client_id;
        format!(
            "{id} has no scope, so it gets no token and can only ask about tokens of others; to give it one of a resource: \
             portcullis client change {id} --scope SCOPES"
        )
    })
}

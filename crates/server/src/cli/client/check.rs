//! What the authorization endpoint would say to a request, and why, without a browser.

use super::registry::Clients;
use crate::cli::output::{print, shown};
use crate::container::Container;
use anyhow::{Context as _, bail};
use portcullis_application::provider::answer::{Answer, Page};
use portcullis_application::provider::authorizations::AuthorizationVisit;
use portcullis_application::provider::unregistered::Unregistered;
use portcullis_application::{Authorizations, Upkeep};
use portcullis_domain::{Acr, Origin, RegisteredClient, SignInAs};
use portcullis_oauth2::{AuthorizationRequest, Parameters, RedirectUri};
use shaku::HasComponent as _;
use std::sync::Arc;

/// Where requests go.
const PATH: &str = "/oauth2/authorize";

/// Judges the address that an app sends people to, as of somebody who is not signed in.
///
/// # Errors
/// The request would not lead to a sign-in: why, and what to do.
pub(super) async fn check(container: &Container, clients: &Clients, url: &str) -> anyhow::Result<()> {
    let (address, query) = url.split_once('?').unwrap_or((url, ""));
    if !address.ends_with(PATH) {
        bail!(
            "this is no authorization request: it goes to {}, and not to {PATH}",
            shown(address)
        );
    }
    let query = query.split('#').next().unwrap_or_default();
    let parameters = Parameters::parse(query.as_bytes(), AuthorizationRequest::MOST);
    let request = match AuthorizationRequest::read(&parameters) {
        Ok(request) => request,
        Err(untrusted) => bail!("people see an error page, and the app hears nothing: {untrusted}"),
    };
    let found = clients.find(&request.client_id).await?;
    if !found.client.settings.enabled {
        bail!(
            "people see an error page, and the app hears nothing: {id} is disabled; see portcullis client enable {id}",
            id = request.client_id
        );
    }
    if let Some(told) = unregistered(&found, &request.redirect_uri) {
        // Lines below one another: what goes wrong is one line.
        let (wrong, beside) = told.split_once('\n').unwrap_or((told.as_str(), ""));
        eprintln!("{beside}");
        bail!("{wrong}");
    }
    let upkeep: Arc<dyn Upkeep> = container.resolve();
    upkeep
        .catch_up()
        .await
        .context("the registry of clients can't be read")?;
    let service: Arc<dyn Authorizations> = container.resolve();
    let visit = AuthorizationVisit {
        parameters,
        cookie: None,
        stamp: None,
        origin: Origin::default(),
    };
    let judged = service.look(visit).await.context("the request can't be judged")?;
    match judged.answer {
        Answer::Untrusted { cause, .. } => bail!("people see an error page, and the app hears nothing: {cause}"),
        Answer::Client(answer) => bail!(
            "the app is answered at {} with {}: {}",
            shown(answer.redirect_uri.as_str()),
            answer.get("error").unwrap_or_default(),
            answer.get("error_description").unwrap_or_default()
        ),
        Answer::Page(page) => print(&format!(
            "the request is right: {}, and then go back to {}\n{}",
            match page.page {
                Page::SignIn(SignInAs::Anybody(Some(address))) => format!("people sign in, as {address} at first"),
                Page::SignIn(_) => "people sign in".to_owned(),
                Page::Register => "people make an account".to_owned(),
                Page::ChooseAccount(_) => "people choose an account".to_owned(),
                Page::StepUp(_) => "people prove more of who they are".to_owned(),
                Page::Enrol(Acr::PhishingResistant) => "people add a passkey".to_owned(),
                Page::Enrol(_) => "people set a second factor up".to_owned(),
                Page::NoAccess(..) => "people are told that they can't use it".to_owned(),
                Page::Consent(..) => "people are asked".to_owned(),
            },
            shown(page.redirect_uri.as_str()),
            demanded(&found)
        )),
    }
}

/// What people are told beforehand who can't prove as much as the client demands of all.
fn demanded(found: &RegisteredClient) -> String {
    match found.client.settings.min_acr {
        Some(Acr::TwoFactors) => {
            "the client has min_acr=2fa: whoever has no second factor is led to set one up before\n".to_owned()
        }
        Some(Acr::PhishingResistant) => {
            "the client has min_acr=phr: whoever has no passkey is led to add one before\n".to_owned()
        }
        Some(Acr::OneFactor) | None => String::new(),
    }
}

/// What is told of an address that the client has not registered: the one that is nearest, where the two part, and what would
/// register it.
fn unregistered(found: &RegisteredClient, sent: &RedirectUri) -> Option<String> {
    let settings = &found.client.settings;
    let Unregistered { nearest, in_common, .. } = Unregistered::of(found, sent)?;
    let mut told = "people see an error page, and the app hears nothing: redirect_uri is not registered\n".to_owned();
    told.extend(["  sent        ", &shown(sent.as_str()), "\n"]);
    if let Some(nearest) = nearest {
        told.extend(["  registered  ", &shown(nearest.as_str()), "\n              "]);
        told.extend([&" ".repeat(in_common), "^ from here on they differ\n"]);
    }
    told.extend([
        "to register it: portcullis client change ",
        found.client.client_id.as_str(),
    ]);
    for uri in settings.redirect_uris.iter().chain([sent]) {
        told.extend([" --redirect-uri '", &shown(uri.as_str()), "'"]);
    }
    Some(told)
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_domain::{Client, ClientKind};
    use portcullis_testkit::build::client;

    #[test]
    fn what_a_client_demands_of_all_is_told_beforehand() {
        let mut shop = client("shop", ClientKind::Web);
        let told = |shop: &Client| {
            demanded(&RegisteredClient {
                client: shop.clone(),
                secrets: Vec::new(),
            })
        };
        assert_eq!(told(&shop), "");
        shop.settings.min_acr = Some(Acr::TwoFactors);
        assert!(told(&shop).contains("min_acr=2fa"));
        shop.settings.min_acr = Some(Acr::PhishingResistant);
        assert!(told(&shop).contains("min_acr=phr"));
    }

    #[test]
    fn an_address_that_is_not_registered_is_shown_beside_the_nearest_one() {
        let mut shop = client("shop", ClientKind::Web);
        let uris = ["https://shop.example.com/cb", "https://other.example.com/"];
        shop.settings.redirect_uris = uris.map(|uri| RedirectUri::parse(uri).unwrap()).into();
        let found = RegisteredClient {
            client: shop,
            secrets: Vec::new(),
        };
        let told = |sent: &str| unregistered(&found, &RedirectUri::parse(sent).unwrap());
        assert_eq!(told("https://shop.example.com/cb"), None);
        let told = told("https://shop.example.com/CB").unwrap();
        let lines: Vec<&str> = told.lines().collect();
        assert_eq!(lines[1], "  sent        https://shop.example.com/CB");
        assert_eq!(lines[2], "  registered  https://shop.example.com/cb");
        assert_eq!(lines[3].find('^'), lines[1].find("CB"), "{told}");
        assert!(
            lines[4].ends_with("--redirect-uri 'https://shop.example.com/CB'"),
            "{told}"
        );
    }
}

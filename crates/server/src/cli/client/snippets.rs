//! The configuration of frameworks and programs, to paste.

mod callback;
mod templates;
#[cfg(test)]
mod tests;

use callback::Callback;
use clap::ValueEnum;
use portcullis_domain::{Client, ClientProof, Issuer, Pkce, StandardScope};
use portcullis_oauth2::{GrantType, RedirectUri, ScopeSet};

/// A framework, or a program that signs people in by OpenID Connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Framework {
    /// Auth.js, of Next.js and others.
    Authjs,
    /// Express with openid-client.
    Express,
    /// Spring Security.
    Spring,
    /// ASP.NET Core.
    Aspnet,
    /// Django, or another in Python, with Authlib.
    Django,
    /// Apache with `mod_auth_openidc`.
    #[value(name = "mod_auth_openidc")]
    ModAuthOpenidc,
    /// Grafana.
    Grafana,
    /// oauth2-proxy.
    Oauth2Proxy,
}

/// Stands where a secret belongs that was told before.
const SECRET: &str = "<the client's secret>";

/// What to paste, for that client of that provider.
pub(super) fn snippet(framework: Framework, issuer: &Issuer, client: &Client, secret: Option<&str>) -> String {
    let template = match framework {
        Framework::Authjs => templates::AUTHJS,
        Framework::Express => templates::EXPRESS,
        Framework::Spring => templates::SPRING,
        Framework::Aspnet => templates::ASPNET,
        Framework::Django => templates::DJANGO,
        Framework::ModAuthOpenidc => templates::MOD_AUTH_OPENIDC,
        Framework::Grafana => templates::GRAFANA,
        Framework::Oauth2Proxy => templates::OAUTH2_PROXY,
    };
    let settings = &client.settings;
    let callback = Callback::of(framework, settings);
    let is_public = settings.proof == ClientProof::None;
    let is_plain_issuer = issuer.as_str().starts_with("http:");
    let holds = |condition: &str| match condition {
        "secret" => !is_public,
        "public" => is_public,
        "proves" => !is_public && settings.pkce == Pkce::Required,
        "plain-issuer" => is_plain_issuer,
        "tls-issuer" => !is_plain_issuer,
        "plain" => callback.is_plain(),
        // And `tls`: the templates know no other.
        _ => !callback.is_plain(),
    };
    let lines = template.lines().filter_map(|line| {
        let Some((condition, line)) = line.strip_prefix("?[").and_then(|rest| rest.split_once(']')) else {
            return Some(line);
        };
        holds(condition).then_some(line)
    });
    let mut text = first_line_about(framework, client, &callback);
    for line in lines {
        text.extend([line, "\n"]);
    }
    let scopes = scopes_of_people(&settings.scopes).to_string();
    [
        ("{issuer}", issuer.as_str()),
        (
            "{discovery}",
            issuer.link_to("/.well-known/openid-configuration").as_str(),
        ),
        ("{authorize}", issuer.link_to("/oauth2/authorize").as_str()),
        ("{token}", issuer.link_to("/oauth2/token").as_str()),
        ("{userinfo}", issuer.link_to("/oauth2/userinfo").as_str()),
        ("{id}", client.client_id.as_str()),
        ("{secret}", secret.unwrap_or(SECRET)),
        ("{scopes}", &scopes),
        ("{scope list}", scopes.replace(' ', ", ").as_str()),
        ("{redirect}", &callback.uri),
        ("{path}", callback.path()),
        ("{bare path}", callback.path().trim_start_matches('/')),
        ("{origin}", &callback.origin),
        ("{port}", callback.port().unwrap_or("3000")),
        ("{before}", &callback.before),
        ("{name}", &callback.name),
    ]
    .into_iter()
    .fold(text, |text, (name, value)| text.replace(name, value))
}

/// What has to be done first, as a comment: nothing where the framework comes back to an address that is registered.
fn first_line_about(framework: Framework, client: &Client, callback: &Callback) -> String {
    let comment = match framework {
        Framework::Authjs | Framework::Express | Framework::Aspnet => "//",
        Framework::Spring
        | Framework::Django
        | Framework::ModAuthOpenidc
        | Framework::Grafana
        | Framework::Oauth2Proxy => "#",
    };
    let mut text = String::new();
    if !callback.is_registered {
        text.extend([
            comment,
            " The address that people come back to is not registered yet:\n",
            comment,
        ]);
        text.extend(["   portcullis client change ", client.client_id.as_str()]);
        // The command says the whole list, so those that are registered stand in it too.
        let registered = client.settings.redirect_uris.iter().map(RedirectUri::as_str);
        for uri in registered.chain([callback.uri.as_str()]) {
            text.extend([" --redirect-uri '", uri, "'"]);
        }
        text.push('\n');
    }
    if let ClientProof::Keys { .. } = client.settings.proof {
        let told = " The client signs with a key of its own: set that up where the secret stands here.\n";
        text.extend([comment, told]);
    }
    text
}

/// The scopes of a sign-in. With one of an API besides, the token would be for the API, and the userinfo endpoint would not
/// take it.
fn scopes_of_people(scopes: &ScopeSet) -> ScopeSet {
    let of_people = scopes.filtered(|name| StandardScope::named(name).is_some());
    if of_people.is_empty() {
        scopes.clone()
    } else {
        of_people
    }
}

/// How a service gets a token for the first of its scopes; `None` where it gets none, or has to sign for it.
pub(super) fn get_token(issuer: &Issuer, client: &Client, secret: Option<&str>) -> Option<String> {
    let settings = &client.settings;
    let scope = settings.scopes.iter().next()?;
    let is_asked_so = settings.proof == ClientProof::Secret && settings.may_use(GrantType::ClientCredentials);
    is_asked_so.then(|| {
        format!(
            "Get a token:\n  curl {} -u '{}:{}' -d grant_type=client_credentials -d 'scope={scope}'\n",
            issuer.link_to("/oauth2/token"),
            client.client_id,
            secret.unwrap_or(SECRET),
        )
    })
}

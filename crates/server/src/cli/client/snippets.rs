//! The configuration of frameworks and programs, to paste.

use clap::ValueEnum;
use portcullis_domain::{Client, ClientProof, Issuer};
use portcullis_oauth2::GrantType;

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
/// Stands where people come back to.
const CALLBACK: &str = "https://app.example.com/callback";

/// What to paste, for that client of that provider.
pub(super) fn snippet(framework: Framework, issuer: &Issuer, client: &Client, secret: Option<&str>) -> String {
    let template = match framework {
        Framework::Authjs => AUTHJS,
        Framework::Express => EXPRESS,
        Framework::Spring => SPRING,
        Framework::Aspnet => ASPNET,
        Framework::Django => DJANGO,
        Framework::ModAuthOpenidc => MOD_AUTH_OPENIDC,
        Framework::Grafana => GRAFANA,
        Framework::Oauth2Proxy => OAUTH2_PROXY,
    };
    let settings = &client.settings;
    let redirect = settings
        .redirect_uris
        .iter()
        .next()
        .map_or(CALLBACK, portcullis_oauth2::RedirectUri::as_str);
    let origin = settings
        .redirect_uris
        .iter()
        .next()
        .map_or_else(String::new, portcullis_oauth2::RedirectUri::origin);
    let secret = if settings.is_confidential() {
        secret.unwrap_or(SECRET)
    } else {
        ""
    };
    let path = redirect
        .strip_prefix(&origin)
        .filter(|path| !path.is_empty())
        .unwrap_or("/callback");
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
        ("{secret}", secret),
        ("{scopes}", settings.scopes.to_string().as_str()),
        ("{scope list}", settings.scopes.to_string().replace(' ', ", ").as_str()),
        ("{redirect}", redirect),
        ("{path}", path),
        ("{origin}", origin.as_str()),
    ]
    .into_iter()
    .fold(template.to_owned(), |text, (name, value)| text.replace(name, value))
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

const AUTHJS: &str = r#"// auth.ts, with next-auth 5; the redirect URI is {redirect}
import NextAuth from "next-auth";

export const { handlers, auth, signIn, signOut } = NextAuth({
  providers: [
    {
      id: "portcullis",
      name: "Portcullis",
      type: "oidc",
      issuer: "{issuer}",
      clientId: "{id}",
      clientSecret: "{secret}",
      checks: ["pkce", "state", "nonce"],
      authorization: { params: { scope: "{scopes}" } },
    },
  ],
});
"#;

const EXPRESS: &str = r#"// With openid-client 6; the redirect URI is {redirect}
import * as client from "openid-client";

const config = await client.discovery(new URL("{issuer}"), "{id}", "{secret}");
const verifier = client.randomPKCECodeVerifier(); // keep it in the session
const url = client.buildAuthorizationUrl(config, {
  redirect_uri: "{redirect}",
  scope: "{scopes}",
  code_challenge: await client.calculatePKCECodeChallenge(verifier),
  code_challenge_method: "S256",
});
// app.get("/login", (request, response) => response.redirect(url.href));
// At the redirect URI:
// const tokens = await client.authorizationCodeGrant(config, currentUrl, { pkceCodeVerifier: verifier });
"#;

const SPRING: &str = r#"# application.yml, with spring-boot-starter-oauth2-client; the redirect URI is {redirect}
spring:
  security:
    oauth2:
      client:
        registration:
          portcullis:
            client-id: "{id}"
            client-secret: "{secret}"
            scope: [{scope list}]
            redirect-uri: "{redirect}"
            authorization-grant-type: authorization_code
        provider:
          portcullis:
            issuer-uri: "{issuer}"
"#;

const ASPNET: &str = r#"// Program.cs, with Microsoft.AspNetCore.Authentication.OpenIdConnect; the redirect URI is {redirect}
builder.Services.AddAuthentication(options =>
{
    options.DefaultScheme = "Cookies";
    options.DefaultChallengeScheme = "oidc";
})
.AddCookie("Cookies")
.AddOpenIdConnect("oidc", options =>
{
    options.Authority = "{issuer}";
    options.ClientId = "{id}";
    options.ClientSecret = "{secret}";
    options.ResponseType = "code";
    options.UsePkce = true;
    options.CallbackPath = "{path}";
    options.GetClaimsFromUserInfoEndpoint = true;
    options.Scope.Clear();
    foreach (var scope in "{scopes}".Split(' ')) options.Scope.Add(scope);
});
"#;

const DJANGO: &str = r#"# settings.py, with Authlib; the redirect URI is {redirect}
AUTHLIB_OAUTH_CLIENTS = {
    "portcullis": {
        "client_id": "{id}",
        "client_secret": "{secret}",
        "server_metadata_url": "{discovery}",
        "client_kwargs": {"scope": "{scopes}", "code_challenge_method": "S256"},
    }
}
# views.py
# from authlib.integrations.django_client import OAuth
# oauth = OAuth(); oauth.register("portcullis")
# oauth.portcullis.authorize_redirect(request, "{redirect}")
# token = oauth.portcullis.authorize_access_token(request)
"#;

const MOD_AUTH_OPENIDC: &str = r#"# Of Apache's site; the redirect URI is {redirect}
OIDCProviderMetadataURL {discovery}
OIDCClientID {id}
OIDCClientSecret {secret}
OIDCRedirectURI {redirect}
OIDCScope "{scopes}"
OIDCPKCEMethod S256
OIDCCryptoPassphrase "<the output of: openssl rand -hex 32>"
<Location "/">
    AuthType openid-connect
    Require valid-user
</Location>
"#;

const GRAFANA: &str = r"# grafana.ini; the redirect URI of Grafana is <its address>/login/generic_oauth
[auth.generic_oauth]
enabled = true
name = Portcullis
client_id = {id}
client_secret = {secret}
scopes = {scopes}
auth_url = {authorize}
token_url = {token}
api_url = {userinfo}
use_pkce = true
use_refresh_token = true
";

const OAUTH2_PROXY: &str = r#"# oauth2-proxy.cfg; the redirect URI of oauth2-proxy is <its address>/oauth2/callback
provider = "oidc"
oidc_issuer_url = "{issuer}"
client_id = "{id}"
client_secret = "{secret}"
redirect_url = "{redirect}"
scope = "{scopes}"
code_challenge_method = "S256"
email_domains = ["*"]
cookie_secret = "<the output of: openssl rand -base64 32 | tr -- '+/' '-_'>"
"#;

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_domain::ClientKind;
    use portcullis_testkit::build::{client, issuer};

    #[test]
    fn every_snippet_names_the_issuer_the_client_and_its_secret() {
        let shop = client("shop", ClientKind::Web);
        for framework in Framework::value_variants() {
            let text = snippet(*framework, &issuer(), &shop, Some("pcs_secret"));
            assert!(text.contains("http://127.0.0.1:8000"), "{text}");
            assert!(text.contains("shop") && text.contains("pcs_secret"), "{text}");
            assert!(text.contains("openid"), "{text}");
            assert!(
                !text.contains("{issuer") && !text.contains("{scope") && !text.contains("{redirect"),
                "{text}"
            );
            assert!(snippet(*framework, &issuer(), &shop, None).contains(SECRET));
        }
    }

    #[test]
    fn a_service_is_told_how_it_gets_a_token_if_it_gets_one() {
        let mut worker = client("worker", ClientKind::Service);
        assert_eq!(get_token(&issuer(), &worker, None), None, "it has no scope");
        worker.settings.scopes = portcullis_oauth2::ScopeSet::parse("orders:read orders:write").unwrap();
        assert_eq!(
            get_token(&issuer(), &worker, Some("pcs_secret")).unwrap(),
            "Get a token:\n  curl http://127.0.0.1:8000/oauth2/token -u 'worker:pcs_secret' -d grant_type=client_credentials -d \
             'scope=orders:read'\n"
        );
        let shop = client("shop", ClientKind::Web);
        assert_eq!(get_token(&issuer(), &shop, Some("pcs_secret")), None);
    }

    #[test]
    fn a_client_without_a_secret_is_given_none() {
        let app = client("app", ClientKind::Spa);
        assert!(!snippet(Framework::Express, &issuer(), &app, None).contains(SECRET));
    }
}

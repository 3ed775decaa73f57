//! The texts. A name in braces is a value; a line that begins with one in `?` and brackets is there where that holds.

pub(super) const AUTHJS: &str = r#"// auth.ts, with next-auth 5; people come back to {redirect}
import NextAuth from "next-auth";

export const { handlers, auth, signIn, signOut } = NextAuth({
  basePath: "{before}",
  providers: [
    {
      id: "{name}",
      name: "Portcullis",
      type: "oidc",
      issuer: "{issuer}",
      clientId: "{id}",
?[secret]      clientSecret: "{secret}",
?[public]      client: { token_endpoint_auth_method: "none" },
      checks: ["pkce", "state", "nonce"],
      idToken: false, // name and address come from the userinfo endpoint
      authorization: { params: { scope: "{scopes}" } },
    },
  ],
});
"#;

pub(super) const EXPRESS: &str = r#"// app.mjs, with express, express-session and openid-client 6; people come back to {redirect}
import express from "express";
import session from "express-session";
import * as client from "openid-client";

?[plain-issuer]const options = { execute: [client.allowInsecureRequests] }; // the issuer is http
?[tls-issuer]const options = {};
?[secret]const proof = client.ClientSecretBasic("{secret}");
?[public]const proof = client.None();
const config = await client.discovery(new URL("{issuer}"), "{id}", undefined, proof, options);

const app = express();
?[tls]app.set("trust proxy", 1); // the proxy before it speaks TLS
?[tls]const cookie = { sameSite: "lax", secure: true };
?[plain]const cookie = { sameSite: "lax" };
app.use(session({ secret: "<the output of: openssl rand -hex 32>", resave: false, saveUninitialized: false, cookie }));

app.get("/login", async (request, response) => {
  const [pkceCodeVerifier, expectedState, expectedNonce] = [
    client.randomPKCECodeVerifier(),
    client.randomState(),
    client.randomNonce(),
  ];
  request.session.expected = { pkceCodeVerifier, expectedState, expectedNonce };
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: "{redirect}",
    scope: "{scopes}",
    state: expectedState,
    nonce: expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
  });
  response.redirect(url.href);
});

app.get("{path}", async (request, response) => {
  const url = new URL(request.originalUrl, "{origin}");
  const tokens = await client.authorizationCodeGrant(config, url, request.session.expected);
  request.session.user = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
  response.redirect("/");
});

app.get("/", (request, response) => response.json(request.session.user ?? "nobody is signed in"));
app.listen({port});
"#;

pub(super) const SPRING: &str = r#"# application.yml; people come back to {redirect}
# The starter is spring-boot-starter-security-oauth2-client. Before Spring Boot 4 it was spring-boot-starter-oauth2-client.
?[proves]# With a secret, Spring Security before 7 sends no code challenge unless it is told to: set
?[proves]# OAuth2AuthorizationRequestCustomizers.withPkce() as the customizer of the resolver of authorization requests.
spring:
  security:
    oauth2:
      client:
        registration:
          {name}:
            provider: portcullis
            client-id: "{id}"
?[secret]            client-secret: "{secret}"
?[secret]            client-authentication-method: client_secret_basic
?[public]            client-authentication-method: none
            authorization-grant-type: authorization_code
            redirect-uri: "{redirect}"
            scope: [{scope list}]
        provider:
          portcullis:
            issuer-uri: "{issuer}"
"#;

pub(super) const ASPNET: &str = r#"// Program.cs, with Microsoft.AspNetCore.Authentication.OpenIdConnect; people come back to {redirect}
builder.Services.AddAuthentication(options =>
{
    options.DefaultScheme = "Cookies";
    options.DefaultChallengeScheme = "oidc";
})
.AddCookie("Cookies")
.AddOpenIdConnect("oidc", options =>
{
    options.Authority = "{issuer}";
?[plain-issuer]    options.RequireHttpsMetadata = false; // the issuer is http
    options.ClientId = "{id}";
?[secret]    options.ClientSecret = "{secret}";
    options.ResponseType = "code";
    options.ResponseMode = "query";
    options.UsePkce = true;
    options.CallbackPath = "{path}";
?[plain]    // Without TLS, browsers drop the cookies of its defaults, which are for a form that another site sends.
?[plain]    foreach (var cookie in new[] { options.NonceCookie, options.CorrelationCookie })
?[plain]    {
?[plain]        cookie.SameSite = SameSiteMode.Lax;
?[plain]        cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
?[plain]    }
    options.MapInboundClaims = false;
    options.TokenValidationParameters.NameClaimType = "name";
    options.GetClaimsFromUserInfoEndpoint = true;
    options.Scope.Clear();
    foreach (var scope in "{scopes}".Split(' ')) options.Scope.Add(scope);
});
"#;

pub(super) const DJANGO: &str = r#"# settings.py, with Authlib; people come back to {redirect}
AUTHLIB_OAUTH_CLIENTS = {
    "portcullis": {
        "client_id": "{id}",
?[secret]        "client_secret": "{secret}",
        "server_metadata_url": "{discovery}",
        "client_kwargs": {
            "scope": "{scopes}",
            "code_challenge_method": "S256",
?[public]            "token_endpoint_auth_method": "none",
        },
    }
}

# views.py
from authlib.integrations.django_client import OAuth
from django.http import JsonResponse
from django.shortcuts import redirect

oauth = OAuth()
oauth.register("portcullis")


def login(request):
    return oauth.portcullis.authorize_redirect(request, "{redirect}")


def callback(request):
    token = oauth.portcullis.authorize_access_token(request)
    request.session["user"] = dict(oauth.portcullis.userinfo(token=token))
    return redirect("/")


def home(request):
    return JsonResponse(request.session.get("user", {}))


# urls.py
from django.urls import path

from . import views

urlpatterns = [
    path("", views.home),
    path("login", views.login),
    path("{bare path}", views.callback),
]
"#;

pub(super) const MOD_AUTH_OPENIDC: &str = r#"# Of Apache's site; people come back to {redirect}
OIDCProviderMetadataURL {discovery}
OIDCClientID {id}
?[secret]OIDCClientSecret {secret}
?[secret]OIDCProviderTokenEndpointAuth client_secret_basic
?[public]OIDCProviderTokenEndpointAuth none
OIDCRedirectURI {redirect}
OIDCScope "{scopes}"
OIDCPKCEMethod S256
OIDCCryptoPassphrase "<the output of: openssl rand -hex 32>"
<Location "/">
    AuthType openid-connect
    Require valid-user
</Location>
"#;

pub(super) const GRAFANA: &str = r"# grafana.ini; people come back to {redirect}
[server]
root_url = {origin}{before}/

[auth.generic_oauth]
enabled = true
name = Portcullis
client_id = {id}
?[secret]client_secret = {secret}
scopes = {scopes}
auth_url = {authorize}
token_url = {token}
api_url = {userinfo}
use_pkce = true
use_refresh_token = true
";

pub(super) const OAUTH2_PROXY: &str = r#"# oauth2-proxy.cfg; people come back to {redirect}
# It lets in nobody whose address is not confirmed.
?[public]# It does not start without a secret: register a client of kind web for it.
provider = "oidc"
oidc_issuer_url = "{issuer}"
client_id = "{id}"
?[secret]client_secret = "{secret}"
redirect_url = "{redirect}"
proxy_prefix = "{before}"
scope = "{scopes}"
code_challenge_method = "S256"
email_domains = ["*"]
cookie_secret = "<the output of: openssl rand -base64 32 | tr -- '+/' '-_'>"
?[plain]cookie_secure = false # it is reached by http
"#;

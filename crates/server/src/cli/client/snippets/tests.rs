use super::*;
use portcullis_domain::ClientKind;
use portcullis_oauth2::RedirectUri;
use portcullis_testkit::build::{client, issuer};

fn shop_at(redirect_uri: &str) -> Client {
    let mut shop = client("shop", ClientKind::Web);
    shop.settings.redirect_uris = [RedirectUri::parse(redirect_uri).unwrap()].into();
    shop.settings.scopes = ScopeSet::parse("openid profile email orders:read").unwrap();
    shop
}

#[test]
fn every_snippet_names_the_issuer_the_client_and_its_secret() {
    let shop = shop_at("https://shop.example.com/callback");
    for framework in Framework::value_variants() {
        let text = snippet(*framework, &issuer(), &shop, Some("pcs_secret"));
        assert!(text.contains("http://127.0.0.1:8000"), "{text}");
        assert!(text.contains("shop") && text.contains("pcs_secret"), "{text}");
        assert!(
            text.contains("openid") && !text.contains("orders:read"),
            "a token of the API would not tell who it is: {text}"
        );
        let left = [
            "{issuer",
            "{scope",
            "{redirect",
            "{id",
            "{path",
            "{before",
            "{name",
            "?[",
        ];
        assert!(!left.iter().any(|left| text.contains(left)), "{text}");
        assert!(snippet(*framework, &issuer(), &shop, None).contains(SECRET));
    }
}

#[test]
fn a_service_is_told_how_it_gets_a_token_if_it_gets_one() {
    let mut worker = client("worker", ClientKind::Service);
    assert_eq!(get_token(&issuer(), &worker, None), None, "it has no scope");
    worker.settings.scopes = ScopeSet::parse("orders:read orders:write").unwrap();
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
    for framework in Framework::value_variants() {
        let text = snippet(*framework, &issuer(), &app, None);
        assert!(
            !text.contains(SECRET) && !text.to_lowercase().contains("clientsecret"),
            "{text}"
        );
    }
    let text = snippet(Framework::Oauth2Proxy, &issuer(), &app, None);
    assert!(text.contains("does not start without a secret"), "{text}");
}

/// What stands there only where there is no TLS, which the programs would refuse or never send a cookie by.
#[test]
fn what_there_is_without_tls_is_told_there_alone() {
    let plain = issuer();
    let tls = Issuer::parse("https://auth.example.org", |_| false).unwrap();
    for (framework, told) in [
        (Framework::Express, "allowInsecureRequests"),
        (Framework::Aspnet, "RequireHttpsMetadata = false"),
        (Framework::Aspnet, "SameSiteMode.Lax"),
        (Framework::Oauth2Proxy, "cookie_secure = false"),
    ] {
        let here = snippet(
            framework,
            &plain,
            &shop_at("http://127.0.0.1:3000/oauth2/callback"),
            None,
        );
        assert!(here.contains(told), "{here}");
        let there = snippet(
            framework,
            &tls,
            &shop_at("https://shop.example.com/oauth2/callback"),
            None,
        );
        assert!(!there.contains(told), "{there}");
    }
}

#[test]
fn an_address_that_is_not_registered_is_told_with_the_command_that_registers_it() {
    let shop = shop_at("https://shop.example.com/callback");
    let text = snippet(Framework::Authjs, &issuer(), &shop, None);
    let command = "portcullis client change shop --redirect-uri 'https://shop.example.com/callback' --redirect-uri \
                   'https://shop.example.com/api/auth/callback/portcullis'\n";
    assert!(text.contains(command), "{text}");
    let text = snippet(Framework::Express, &issuer(), &shop, None);
    assert!(!text.contains("client change"), "{text}");
}

/// The names of settings that these programs know, each with the version and the source of theirs that it was read in. The other
/// programs are run with what is printed, by the tests of the whole server.
const KNOWN: &[(Framework, &str, &[&str])] = &[
    (
        Framework::Spring,
        "OAuth2ClientProperties of Spring Boot 4.1.1",
        &[
            "spring",
            "security",
            "oauth2",
            "client",
            "registration",
            "provider",
            "portcullis",
            "client-id",
            "client-secret",
            "client-authentication-method",
            "authorization-grant-type",
            "redirect-uri",
            "scope",
            "issuer-uri",
        ],
    ),
    (
        Framework::Aspnet,
        "OpenIdConnectOptions and RemoteAuthenticationOptions of ASP.NET Core 9",
        &[
            "DefaultScheme",
            "DefaultChallengeScheme",
            "Authority",
            "RequireHttpsMetadata",
            "ClientId",
            "ClientSecret",
            "ResponseType",
            "ResponseMode",
            "UsePkce",
            "CallbackPath",
            "NonceCookie",
            "CorrelationCookie",
            "MapInboundClaims",
            "TokenValidationParameters",
            "GetClaimsFromUserInfoEndpoint",
            "Scope",
        ],
    ),
    (
        Framework::Grafana,
        "the documents of Grafana 12, Configure generic OAuth authentication",
        &[
            "root_url",
            "enabled",
            "name",
            "client_id",
            "client_secret",
            "scopes",
            "auth_url",
            "token_url",
            "api_url",
            "use_pkce",
            "use_refresh_token",
        ],
    ),
    (
        Framework::Oauth2Proxy,
        "pkg/apis/options of oauth2-proxy 7.15.3",
        &[
            "provider",
            "oidc_issuer_url",
            "client_id",
            "client_secret",
            "redirect_url",
            "proxy_prefix",
            "scope",
            "code_challenge_method",
            "email_domains",
            "cookie_secret",
            "cookie_secure",
        ],
    ),
];

/// The names of settings in a text of that program.
fn names(framework: Framework, text: &str) -> Vec<&str> {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with(['#', '/']));
    lines
        .flat_map(|line| match framework {
            Framework::Aspnet => line.split("options.").skip(1).map(first_word).collect(),
            Framework::Spring => before(line, ":"),
            _ => before(line, " = "),
        })
        .collect()
}

fn first_word(text: &str) -> &str {
    let end = text.find(|letter: char| !letter.is_ascii_alphanumeric());
    &text[..end.unwrap_or(text.len())]
}

fn before<'a>(line: &'a str, sign: &str) -> Vec<&'a str> {
    line.split_once(sign).map(|(name, _)| name).into_iter().collect()
}

#[test]
fn what_can_t_be_run_here_is_told_in_names_that_it_knows() {
    for (framework, source, known) in KNOWN {
        let mut used = Vec::new();
        for redirect_uri in ["http://127.0.0.1:3000/oauth2/callback", "https://shop.example.com/cb"] {
            let text = snippet(*framework, &issuer(), &shop_at(redirect_uri), None);
            for name in names(*framework, &text) {
                assert!(known.contains(&name), "{name} is not in {source}\n{text}");
                used.push(name.to_owned());
            }
        }
        for name in *known {
            assert!(used.iter().any(|used| used == name), "{name} of {source} is not used");
        }
    }
}

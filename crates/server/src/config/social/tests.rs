//! Settings of providers that are taken, and those that are refused.

use super::*;
use crate::config::{Config, SettingErrors};

fn load(settings: &[(&str, &str)]) -> Result<SocialConfig, SettingErrors> {
    Config::load(&Environment::of(settings)).map(|config| config.social)
}

const GITHUB_CLIENT: [(&str, &str); 2] = [
    ("SOCIAL_GITHUB_CLIENT_ID", "Iv1.abc"),
    ("SOCIAL_GITHUB_CLIENT_SECRET", "hunter2"),
];

#[test]
fn providers_are_set_up_from_settings_alone() {
    let mut settings = vec![
        ("SOCIAL_MY_CORP_ISSUER", "https://id.corp.example/realms/a"),
        ("SOCIAL_MY_CORP_CLIENT_ID", "portcullis"),
        ("SOCIAL_MY_CORP_CLIENT_SECRET", "hunter2"),
        ("SOCIAL_MY_CORP_TRUST_EMAIL", "true"),
        ("SOCIAL_GOOGLE_CLIENT_ID", "1.apps.example"),
        ("SOCIAL_GOOGLE_CLIENT_SECRET", "hunter2"),
        ("SOCIAL_GOOGLE_AUDIENCES", "2.apps.example, 3.apps.example"),
        ("REDIRECT_ALLOWLIST", "https://app.example/cb"),
        ("OUTBOUND_ALLOW", "id.corp.example"),
    ];
    settings.extend(GITHUB_CLIENT);
    let social = load(&settings).unwrap();
    let told: Vec<(&str, &str, &str, &str, Option<bool>)> = social
        .providers
        .iter()
        .map(|provider| {
            (
                provider.name.as_str(),
                provider.label.as_str(),
                provider.issuer.as_str(),
                provider.scopes.as_str(),
                provider.trusts_email,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("google", "Google", GOOGLE, "openid email profile", None),
            ("github", "GitHub", GITHUB, "read:user user:email", None),
            (
                "my-corp",
                "My Corp",
                "https://id.corp.example/realms/a",
                "openid email profile",
                Some(true)
            ),
        ]
    );
    assert_eq!(social.providers[0].audiences, ["2.apps.example", "3.apps.example"]);
    assert!(social.redirects.hold("https://app.example/cb"));
    assert!(load(&[]).unwrap().providers.is_empty());
}

#[test]
#[expect(clippy::too_many_lines, reason = "a list, an entry a mistake")]
fn what_is_misspelt_or_incomplete_is_refused_by_name() {
    for (more, line) in [
        (
            &[("SOCIAL_GITHUB_CLIENTID", "a")][..],
            "SOCIAL_GITHUB_CLIENTID: no setting has this name; write SOCIAL_GITHUB_CLIENT_ID",
        ),
        (
            &[("SOCIAL_GITHUB_CLIENT_SECERT", "a")],
            "SOCIAL_GITHUB_CLIENT_SECERT: no setting has this name; write SOCIAL_GITHUB_CLIENT_SECRET",
        ),
        (
            &[("SOCIAL_GITHUB", "a")],
            "SOCIAL_GITHUB: no setting has this name; it ends with one of",
        ),
        (
            &[("SOCIAL_acme_CLIENT_ID", "a")],
            "SOCIAL_acme_CLIENT_ID: \"acme\" can't name a provider",
        ),
        (
            &[("SOCIAL_EXCHANGE_CLIENT_ID", "a")],
            "SOCIAL_EXCHANGE_CLIENT_ID: \"EXCHANGE\" can't name a provider",
        ),
        (&[("SOCIAL_ACME_CLIENT_ID", "a")], "SOCIAL_ACME_ISSUER: is needed"),
        (
            &[("SOCIAL_ACME_ISSUER", "https://id.example")],
            "SOCIAL_ACME_CLIENT_ID: is needed",
        ),
        (
            &[("SOCIAL_GOOGLE_CLIENT_ID", "a")],
            "SOCIAL_GOOGLE_CLIENT_SECRET: is needed",
        ),
        (
            &[("SOCIAL_GOGLE_CLIENT_ID", "a")],
            "SOCIAL_GOGLE_ISSUER: is needed to sign in by this provider; set it, or write SOCIAL_GOOGLE_",
        ),
        (
            &[("SOCIAL_GOOGLE_SCOPES", "openid profile")],
            "SOCIAL_GOOGLE_SCOPES: lacks email",
        ),
        (
            &[
                ("SOCIAL_ACME_ISSUER", "https://id.example"),
                ("SOCIAL_ACME_SCOPES", "openid"),
                ("SOCIAL_ACME_TRUST_EMAIL", "true"),
            ],
            "SOCIAL_ACME_TRUST_EMAIL: has no effect: SCOPES lacks email",
        ),
        (
            &[("SOCIAL_GITHUB_ISSUER", "https://localhost")],
            "SOCIAL_GITHUB_ISSUER: can't be called: localhost is this machine",
        ),
        (
            &[("REDIRECT_ALLOWLIST", "https://app.example/cb?code=1")],
            "REDIRECT_ALLOWLIST: ",
        ),
        (
            &[
                ("SOCIAL_ACME_ISSUER", "https://id.example"),
                ("SOCIAL_ACME_CLIENT_ID", "a"),
            ],
            "SOCIAL_ACME_CLIENT_SECRET: is needed",
        ),
        (
            &[("SOCIAL_GITHUB_SCOPES", "read:user")],
            "SOCIAL_GITHUB_SCOPES: lacks user:email",
        ),
        (
            &[("SOCIAL_GOOGLE_ISSUER", "https://accounts.google.com/")],
            "SOCIAL_GOOGLE_ISSUER: is not how Google names itself",
        ),
        (
            &[("SOCIAL_GITHUB_AUDIENCES", "a")],
            "SOCIAL_GITHUB_AUDIENCES: has no effect",
        ),
        (
            &[("SOCIAL_GITHUB_TRUST_EMAIL", "yes")],
            "SOCIAL_GITHUB_TRUST_EMAIL: is none of true, false",
        ),
        (&[("SOCIAL_GITHUB_SCOPES", "")], "SOCIAL_GITHUB_SCOPES: is empty"),
        (
            &[("SOCIAL_GITHUB_ISSUER", "http://ghe.example")],
            "SOCIAL_GITHUB_ISSUER: can't be called: ghe.example is to be called without TLS",
        ),
        (
            &[("SOCIAL_GITHUB_ISSUER", "http://127.0.0.1:9")],
            "SOCIAL_GITHUB_ISSUER: can't be called: 127.0.0.1 is this machine",
        ),
        (
            &[("SOCIAL_GITHUB_ISSUER", "https://10.0.0.1")],
            "SOCIAL_GITHUB_ISSUER: can't be called: 10.0.0.1 is an address inside",
        ),
        (
            &[("SOCIAL_GITHUB_ISSUER", "https://GHE.example")],
            "SOCIAL_GITHUB_ISSUER: is not written as it is read",
        ),
        (
            &[("PUBLIC_URL", "http://auth.example.org")],
            "SOCIAL_GITHUB_CLIENT_ID: has no effect",
        ),
        (&[("OUTBOUND_ALLOW", "https://a")], "OUTBOUND_ALLOW: "),
        (&[("REDIRECT_ALLOWLIST", "javascript:a")], "REDIRECT_ALLOWLIST: "),
    ] {
        let settings = [&GITHUB_CLIENT[..], more].concat();
        let refused = load(&settings).unwrap_err().to_string();
        assert!(refused.contains(line), "{line}: {refused}");
        assert!(!refused.contains("hunter2"), "{refused}");
    }
}

#[test]
fn what_no_provider_makes_use_of_is_refused() {
    for (setting, value) in [
        ("REDIRECT_ALLOWLIST", "https://app.example/cb"),
        ("OUTBOUND_ALLOW", "localhost"),
    ] {
        let refused = load(&[(setting, value)]).unwrap_err().to_string();
        assert!(
            refused.starts_with(&format!("{setting}: has no effect while no provider")),
            "{refused}"
        );
    }
}

#[test]
fn a_provider_is_set_up_once() {
    for issuer in ["https://id.example", "https://id.example/"] {
        let settings = [
            ("SOCIAL_ACME_ISSUER", "https://id.example"),
            ("SOCIAL_ACME_CLIENT_ID", "a"),
            ("SOCIAL_ACME_CLIENT_SECRET", "an-unguessable-secret"),
            ("SOCIAL_OTHER_ISSUER", issuer),
            ("SOCIAL_OTHER_CLIENT_ID", "b"),
            ("SOCIAL_OTHER_CLIENT_SECRET", "an-unguessable-secret"),
        ];
        let refused = load(&settings).unwrap_err().to_string();
        assert!(
            refused.starts_with("SOCIAL_OTHER_ISSUER: is that of acme, too"),
            "{refused}"
        );
    }
}

/// It is part of every identity of GitHub's people, who would all be others by a slash more.
#[test]
fn a_slash_at_the_end_of_githubs_own_server_is_left_out() {
    let settings = [&GITHUB_CLIENT[..], &[("SOCIAL_GITHUB_ISSUER", "https://ghe.example/")]].concat();
    assert_eq!(load(&settings).unwrap().providers[0].issuer, "https://ghe.example");
}

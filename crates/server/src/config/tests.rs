//! What settings may be, all together.

use super::*;
use portcullis_application::{LimitPolicy, LimitRates};
use portcullis_domain::SigningAlgorithm;

fn load(settings: &[(&str, &str)]) -> Result<Config, SettingErrors> {
    Config::load(&Environment::of(settings))
}

#[test]
fn every_setting_has_a_working_default() {
    let config = load(&[]).unwrap();
    assert_eq!((config.http.host.as_str(), config.http.port), ("127.0.0.1", 8000));
    assert_eq!(config.http.issuer, "portcullis");
    assert_eq!(config.http.docs, portcullis_api::Docs::On);
    assert!(config.http.trusted_proxies.is_empty());
    assert!(config.http.allowed_origins.is_empty());
    assert_eq!(config.tokens, portcullis_domain::TokenPolicy::default());
    assert_eq!(config.passwords.policy.min_characters(), 8);
    assert_eq!(config.passwords.blocklist, portcullis_security::Blocklist::On);
    assert_eq!(config.passwords.cost.number(), 12);
    assert_eq!(config.keys.signing.algorithm, None);
    assert_eq!(config.keys.signing.rotate_after, Some(TimeDelta::days(90)));
    assert_eq!(config.audit_retention, Some(TimeDelta::days(365)));
    assert!(config.first_admin.is_none());
}

#[test]
fn zero_days_are_never_and_for_ever() {
    let config = load(&[("KEY_ROTATION_DAYS", "0"), ("AUDIT_RETENTION_DAYS", "0")]).unwrap();
    assert_eq!((config.keys.signing.rotate_after, config.audit_retention), (None, None));
}

#[test]
fn an_algorithm_is_taken_by_its_name_in_tokens() {
    for algorithm in SigningAlgorithm::ALL {
        let config = load(&[("ALGORITHM", algorithm.as_str())]).unwrap();
        assert_eq!(config.keys.signing.algorithm, Some(algorithm));
    }
}

#[test]
fn what_is_no_setting_is_ignored() {
    assert!(load(&[("SMTP_PORT", "what?"), ("RATE_LIMITS", "maybe"), ("PATH", "/bin")]).is_ok());
}

#[test]
fn a_setting_of_a_later_version_is_refused_by_name() {
    for (setting, value) in [
        ("COOKIE_DOMAIN", "hunter2"),
        ("RATE_LIMIT_MAX", "100"),
        ("RATE_LIMIT_", ""),
        ("COOKIE_DOMAIN", "example.org"),
    ] {
        let line = load(&[(setting, value)]).unwrap_err().to_string();
        assert!(line.starts_with(&format!("{setting}: this version can't ")), "{line}");
        assert!(line.contains(" yet; remove the setting"), "{line}");
        assert!(!line.contains("hunter2") && !line.contains('\n'), "{line}");
    }
}

#[test]
fn a_name_of_a_family_is_refused_once_wherever_it_stands() {
    for name in ["RATE_LIMIT_MAX", "RATE_LIMIT_LOGNI"] {
        let file = vec![(name.to_owned(), "1".to_owned())];
        let lines = Config::load(&Environment::over(file, [])).unwrap_err().to_string();
        assert!(lines.starts_with(&format!("{name}: this version can't ")), "{lines}");
        assert_eq!(lines.lines().count(), 1, "{lines}");
    }
}

#[test]
fn no_setting_is_of_this_and_of_a_later_version() {
    for name in later::names() {
        assert!(table::names().all(|built| built != name), "{name}");
    }
}

#[test]
fn all_settings_that_are_not_right_are_told_at_once() {
    let file = vec![("RATE_LIMT".to_owned(), "on".to_owned())];
    let settings = [
        ("PORT", "http"),
        ("SECRET_KEY", "hunter2"),
        ("BCRYPT_COST", "99"),
        ("ADMIN_EMAIL", "root"),
        ("COOKIE_DOMAIN", "example.org"),
    ];
    let variables = settings.map(|(name, value)| (name.into(), value.into()));
    let errors = Config::load(&Environment::over(file, variables)).unwrap_err();
    let lines = errors.to_string();
    let named: Vec<&str> = lines
        .lines()
        .filter_map(|line| Some(line.split_once(": ")?.0))
        .collect();
    let expected = [
        "RATE_LIMT",
        "PORT",
        "SECRET_KEY",
        "BCRYPT_COST",
        "ADMIN_EMAIL",
        "ADMIN_PASSWORD",
        "COOKIE_DOMAIN",
    ];
    assert_eq!(named, expected, "{lines}");
    assert!(!lines.contains("hunter2"), "{lines}");
}

/// What one provider needs.
const SOCIAL_ISSUER: (&str, &str) = ("SOCIAL_ACME_ISSUER", "https://id.example");
const SOCIAL_ID: (&str, &str) = ("SOCIAL_ACME_CLIENT_ID", "a");
const SOCIAL_SECRET: (&str, &str) = ("SOCIAL_ACME_CLIENT_SECRET", "an-unguessable-secret");

/// What is set must do something: `Config::load` refuses what nobody takes.
#[test]
fn every_setting_has_a_use_and_a_right_example() {
    for setting in table::settings() {
        let example = setting.example();
        assert!(!example.is_empty() && !setting.help.is_empty(), "{}", setting.name);
        let example = match setting.name {
            "SECRET_KEY" | "SECRET_KEY_PREVIOUS" => "an-unguessable-key-of-forty-characters-x",
            // It has to be there.
            "THEME_LOGO" => concat!(env!("CARGO_MANIFEST_DIR"), "/../pages/assets/icon.svg"),
            "GEOIP_FILE" => concat!(env!("CARGO_MANIFEST_DIR"), "/../pages/tests/places.mmdb"),
            "SOCIAL_<NAME>_CLIENT_SECRET" => "an-unguessable-secret",
            _ => example,
        };
        // One that is the operator's own in part stands for as many as there are.
        let name = setting.name.replace("<NAME>", "ACME");
        let needed = setting.needs.iter().map(|name| match *name {
            "PUBLIC_URL" => ("PUBLIC_URL", "https://auth.example.org"),
            name => (name, "admin@example.org"),
        });
        let with_mail: &[(&str, &str)] = match setting.name {
            "MAIL_FROM" => &[
                ("SMTP_URL", "smtp://localhost"),
                ("PUBLIC_URL", "https://auth.example.org"),
            ],
            "TEMPLATES_DIR" | "TIME_ZONE" | "REQUIRE_VERIFIED_EMAIL" => &[("MAILBOX", "on")],
            name if name.starts_with("MAIL_LINK_") => &[("MAILBOX", "on")],
            "SOCIAL_<NAME>_ISSUER" => &[SOCIAL_ID, SOCIAL_SECRET],
            "SOCIAL_<NAME>_CLIENT_ID" => &[SOCIAL_ISSUER, SOCIAL_SECRET],
            "SOCIAL_<NAME>_CLIENT_SECRET" => &[SOCIAL_ISSUER, SOCIAL_ID],
            name if name.starts_with("SOCIAL_") || matches!(name, "REDIRECT_ALLOWLIST" | "OUTBOUND_ALLOW") => {
                &[SOCIAL_ISSUER, SOCIAL_ID, SOCIAL_SECRET]
            }
            _ => &[],
        };
        let beside = needed.chain(with_mail.iter().copied());
        let settings: Vec<_> = [(name.as_str(), example)].into_iter().chain(beside).collect();
        load(&settings).unwrap_or_else(|errors| panic!("{errors}"));
    }
}

/// Whoever copies it has put nothing of their own in its place.
#[test]
fn an_example_of_a_secret_key_is_no_key() {
    for setting in [&table::SECRET_KEY, &table::SECRET_KEY_PREVIOUS] {
        let line = load(&[(setting.name, setting.example())]).unwrap_err().to_string();
        assert!(line.starts_with(&format!("{}: this is a ", setting.name)), "{line}");
    }
}

#[test]
fn a_bad_value_is_refused_by_one_line_that_names_the_setting_and_a_right_value() {
    for (setting, value) in [
        ("HOST", ""),
        ("HOST", "*"),
        ("HOST", " 127.0.0.1"),
        ("HOST", "http://localhost"),
        ("HOST", "127.0.0.1:8000"),
        ("HOST", "[::1]:8000"),
        ("HOST", "localhost:8000"),
        ("PORT", " 8000"),
        ("PORT", "8000 "),
        ("PORT", "80000"),
        ("PORT", "http"),
        ("DATA_DIR", ""),
        ("DATA_DIR", "~"),
        ("DATA_DIR", "~/portcullis"),
        ("DATA_DIR", "~ada/portcullis"),
        ("DATABASE_URL", "sqlite:///~/portcullis.db"),
        ("DATABASE_URL", "mysql://root@localhost/x"),
        ("DATABASE_URL", ""),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", ""),
        ("SECRET_KEY", "                                        "),
        ("SECRET_KEY", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
        ("SECRET_KEY", " kR7vQ2mXz9LtWb4YpN6cJ8fHs3gDd5eU"),
        (
            "SECRET_KEY",
            "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
        ),
        ("SECRET_KEY_PREVIOUS", "<the SECRET_KEY before the present one>"),
        ("SECRET_KEY_PREVIOUS", "00000000000000000000000000000000"),
        ("SECRET_KEY_PREVIOUS", "short"),
        ("ALGORITHM", "none"),
        ("ALGORITHM", "HS512"),
        ("ALGORITHM", "hs256"),
        ("ALGORITHM", "EdDSA "),
        ("KEY_ROTATION_DAYS", "-1"),
        ("KEY_ROTATION_DAYS", "3651"),
        ("AUDIT_RETENTION_DAYS", "a year"),
        ("ACCESS_TOKEN_EXPIRE_MINUTES", "0"),
        ("ACCESS_TOKEN_EXPIRE_MINUTES", "15.5"),
        ("REFRESH_TOKEN_EXPIRE_DAYS", "-1"),
        ("SESSION_MAX_DAYS", "99999999999999999999"),
        ("MAX_SESSIONS_PER_USER", "0"),
        ("REFRESH_TOKEN_GRACE_SECONDS", "61"),
        ("PASSWORD_MIN_LENGTH", "7"),
        ("PASSWORD_BLOCKLIST", "yes"),
        ("PASSWORD_BLOCKLIST", "/etc/words"),
        ("BCRYPT_COST", "3"),
        ("BCRYPT_COST", "17"),
        ("PUBLIC_URL", "auth.example.org"),
        ("PUBLIC_URL", "https://auth.example.org/?a=b"),
        ("PUBLIC_URL", " https://auth.example.org"),
        ("PUBLIC_URL", "https:auth.example.org"),
        ("PUBLIC_URL", "https://auth.example.org\\sso"),
        ("TRUSTED_PROXIES", ""),
        ("TRUSTED_PROXIES", "proxy.internal"),
        ("TRUSTED_PROXIES", "10.0.0.0/8,"),
        ("TRUSTED_PROXIES", "10.0.0.0/33"),
        ("TRUSTED_PROXIES", "0.0.0.0/0"),
        ("CORS_ALLOWED_ORIGINS", ""),
        ("CORS_ALLOWED_ORIGINS", "*"),
        ("CORS_ALLOWED_ORIGINS", "null"),
        ("CORS_ALLOWED_ORIGINS", "https://app.example.org/"),
        ("CORS_ALLOWED_ORIGINS", "app.example.org"),
        ("CORS_ALLOWED_ORIGINS", "https://a.example,https://a.example"),
        ("CORS_ALLOWED_ORIGINS", "http://localhost:8000"),
        ("DOCS", "maybe"),
        ("DOCS", ""),
        ("LOG_LEVEL", "loud"),
        ("LOG_FORMAT", "xml"),
    ] {
        let line = load(&[(setting, value)]).expect_err(setting).to_string();
        assert!(line.starts_with(&format!("{setting}: ")), "{line}");
        assert!(
            line.contains(&format!("for example {setting}=")) && !line.contains('\n'),
            "{line}"
        );
    }
}

#[test]
fn a_line_end_that_came_along_is_no_part_of_a_value() {
    let config = load(&[
        ("PORT", "8001\r\n"),
        ("ALGORITHM", "EdDSA\n"),
        ("PUBLIC_URL", "\u{feff}http://a.example\n"),
    ]);
    let config = config.unwrap();
    assert_eq!(
        (config.http.port, config.http.issuer.as_str()),
        (8001, "http://a.example")
    );
    assert_eq!(config.keys.signing.algorithm, Some(SigningAlgorithm::EdDsa));
}

#[test]
fn a_word_in_another_letter_case_is_refused_with_the_right_one() {
    for (setting, value, word) in [
        ("ALGORITHM", "hs256", "HS256"),
        ("LOG_LEVEL", "INFO", "info"),
        ("DOCS", "Off", "off"),
    ] {
        let line = load(&[(setting, value)]).unwrap_err().to_string();
        assert!(line.contains(&format!("{value:?} is written {word};")), "{line}");
    }
}

#[test]
fn a_bad_secret_is_not_shown() {
    let key = "correct-horse";
    assert!(!load(&[("SECRET_KEY", key)]).unwrap_err().to_string().contains(key));
    let url = "postgres://u:correct-horse@host:notaport/db";
    assert!(!load(&[("DATABASE_URL", url)]).unwrap_err().to_string().contains(key));
}

#[test]
fn nothing_of_a_secret_is_printed_with_the_settings() {
    let key = "an-unguessable-key-of-forty-characters-x";
    let config = load(&[
        ("SECRET_KEY", key),
        ("SECRET_KEY_PREVIOUS", key),
        ("DATABASE_URL", "postgres://user:hunter2hunter2@localhost/db"),
        ("ADMIN_EMAIL", "root@example.org"),
        ("ADMIN_PASSWORD", "hunter2hunter2"),
    ]);
    let printed = format!("{:?}", config.unwrap());
    assert!(!printed.contains(key) && !printed.contains("hunter2"), "{printed}");
}

#[test]
fn the_servers_own_origin_needs_no_leave() {
    let (url, own) = (
        ("PUBLIC_URL", "https://auth.example.org/sso"),
        "https://auth.example.org",
    );
    let line = load(&[url, ("CORS_ALLOWED_ORIGINS", own)]).unwrap_err().to_string();
    assert!(line.contains("the server's own origin"), "{line}");
    assert!(load(&[url, ("CORS_ALLOWED_ORIGINS", "http://localhost:8000")]).is_ok());
    let plain = load(&[url, ("CORS_ALLOWED_ORIGINS", "http://app.example.org")]);
    assert!(plain.unwrap_err().to_string().contains("is not https"));
}

#[test]
fn the_interactive_page_can_be_switched_off() {
    assert_eq!(load(&[("DOCS", "off")]).unwrap().http.docs, portcullis_api::Docs::Off);
}

#[test]
fn the_issuer_is_the_public_url_byte_for_byte() {
    for url in [
        "https://auth.example.org",
        "https://auth.example.org/",
        "https://example.org/sso",
        "https://example.org/sso/",
    ] {
        let http = load(&[("PUBLIC_URL", url)]).unwrap().http;
        assert_eq!(
            (http.issuer.as_str(), http.address),
            (url, OwnAddress::Public(url.parse().unwrap()))
        );
    }
    let http = load(&[]).unwrap().http;
    assert_eq!(
        (http.issuer.as_str(), http.address),
        ("portcullis", OwnAddress::Loopback)
    );
}

#[test]
fn a_public_url_that_is_refused_is_told_as_it_should_be_and_shows_no_password() {
    let line = load(&[("PUBLIC_URL", "HTTPS:auth.example.org/sso")])
        .unwrap_err()
        .to_string();
    assert!(line.contains("write https://auth.example.org/sso;"), "{line}");
    let line = load(&[("PUBLIC_URL", "https:\\\\ada:hunter2@example.org")])
        .unwrap_err()
        .to_string();
    assert!(line.contains("password") && !line.contains("hunter2"), "{line}");
}

#[test]
fn limits_are_on_unless_they_are_switched_off() {
    let limits = |settings: &[(&str, &str)]| load(settings).unwrap().limits;
    assert_eq!(limits(&[]).policy, LimitPolicy::default());
    assert!(limits(&[]).shared.is_none());
    assert_eq!(limits(&[("RATE_LIMIT", "off")]).policy, LimitPolicy::Off);
    let set = limits(&[
        ("RATE_LIMIT", "on"),
        ("RATE_LIMIT_LOGIN", "5/1m"),
        ("RATE_LIMIT_REGISTER", "6/2h"),
        ("RATE_LIMIT_REFRESH", "7/30s"),
        ("RATE_LIMIT_MAIL", "8/1h"),
        ("REDIS_URL", "redis://:hunter2@redis.example.org/1"),
    ]);
    let expected = LimitRates {
        login: "5/1m".parse().unwrap(),
        registration: "6/2h".parse().unwrap(),
        refresh: "7/30s".parse().unwrap(),
        mail: "8/1h".parse().unwrap(),
    };
    assert_eq!(set.policy, LimitPolicy::On(expected));
    assert_eq!(set.shared.unwrap().to_string(), "redis.example.org:6379");
}

#[test]
fn a_bad_limit_is_refused_with_what_to_write() {
    for (setting, value) in [
        ("RATE_LIMIT", "yes"),
        ("RATE_LIMIT_LOGIN", "10"),
        ("RATE_LIMIT_LOGIN", "0/15m"),
        ("RATE_LIMIT_REGISTER", "20 per hour"),
        ("RATE_LIMIT_REFRESH", "60/25h"),
        ("REDIS_URL", "http://hunter2@localhost"),
    ] {
        let line = load(&[(setting, value)]).unwrap_err().to_string();
        assert!(line.starts_with(&format!("{setting}: ")), "{line}");
        assert!(line.contains(&format!("for example {setting}=")), "{line}");
        assert!(!line.contains("hunter2"), "{line}");
    }
}

#[test]
fn a_limit_beside_switched_off_limits_has_no_effect_and_is_refused() {
    for (setting, value) in [
        ("RATE_LIMIT_LOGIN", "10/15m"),
        ("RATE_LIMIT_REGISTER", "20/1h"),
        ("RATE_LIMIT_REFRESH", "60/1m"),
        ("REDIS_URL", "redis://localhost"),
    ] {
        let line = load(&[("RATE_LIMIT", "off"), (setting, value)])
            .unwrap_err()
            .to_string();
        assert_eq!(
            line,
            format!("{setting}: has no effect while RATE_LIMIT is off; remove one of the two")
        );
    }
}

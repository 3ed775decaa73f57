//! What browsers may do: which cookies they are given, and which web apps call.

use super::finding::Finding;
use crate::config::HttpConfig;

const SUBJECT: &str = "browsers";

/// Goes by the settings alone.
pub(super) fn look_at(http: &HttpConfig) -> Finding {
    let kept_away = http.origins_without_the_cookie();
    if !kept_away.is_empty() {
        return Finding::warn(
            SUBJECT,
            format!(
                "pages of {} are of another site than the server, so browsers keep the cookie with the refresh token from \
                 them; let them take the token in the body, or serve them below the server's domain",
                kept_away.join(", ")
            ),
        );
    }
    if http.cookies().is_none() {
        return Finding::warn(
            SUBJECT,
            "they are given no cookies, since those would come without TLS from other machines; set PUBLIC_URL to the https \
             address that clients use",
        );
    }
    if http.allowed_origins.is_empty() {
        return Finding::ok(
            SUBJECT,
            "CORS_ALLOWED_ORIGINS is not set, so no web app of another origin calls",
        );
    }
    Finding::ok(SUBJECT, format!("web apps of {} may call", http.allowed_origins))
}

#[cfg(test)]
mod tests {
    use super::super::finding::Grade;
    use super::*;
    use crate::config::{Config, Environment};

    fn look(settings: &[(&str, &str)]) -> Finding {
        look_at(&Config::load(&Environment::of(settings)).unwrap().http)
    }

    #[test]
    fn web_apps_of_another_site_are_told_where_there_is_a_cookie_to_miss() {
        let https = ("PUBLIC_URL", "https://auth.example.org");
        let apps = |origins| ("CORS_ALLOWED_ORIGINS", origins);
        let mixed = look(&[https, apps("https://app.example.org,https://app.example.com")]);
        assert_eq!(mixed.grade, Grade::Warn);
        assert!(
            mixed.text.starts_with("pages of https://app.example.com are "),
            "{mixed}"
        );
        for (settings, grade) in [
            (&[][..], Grade::Ok),
            (&[https], Grade::Ok),
            (&[https, apps("https://app.example.org")], Grade::Ok),
            (&[apps("http://localhost:5173")], Grade::Ok),
            (&[apps("https://localhost:5173")], Grade::Warn),
            (&[("HOST", "0.0.0.0")], Grade::Warn),
        ] {
            assert_eq!(look(settings).grade, grade, "{settings:?}");
        }
        let without_cookies = look(&[("HOST", "0.0.0.0"), apps("https://app.example.com")]);
        assert!(without_cookies.text.contains("no cookies"), "{without_cookies}");
    }
}

//! Which origins are taken, and which requests are theirs.

use super::*;

fn allowed(text: &str) -> AllowedOrigins {
    text.parse().unwrap()
}

fn headers(lines: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        let name = HeaderName::try_from(*name).unwrap();
        headers.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    headers
}

fn pages() -> TrustedPages {
    TrustedPages {
        own: vec!["https://auth.example.org".to_owned()],
        allowed: allowed("https://app.example.org,https://other.example:8443"),
    }
}

#[test]
fn origins_are_parted_by_commas() {
    let origins = allowed("https://app.example.org, http://localhost:5173,http://[::1]:3000");
    assert_eq!(
        origins.to_string(),
        "https://app.example.org, http://localhost:5173, http://[::1]:3000"
    );
    assert!(origins.hold("http://localhost:5173"));
}

#[test]
fn what_is_not_written_as_browsers_write_it_is_refused_with_the_right_text() {
    for (written, right) in [
        ("https://app.example.org/", "https://app.example.org"),
        ("https://app.example.org/app", "https://app.example.org"),
        ("https://app.example.org?a", "https://app.example.org"),
        ("https://App.Example.org", "https://app.example.org"),
        ("https://app.example.org:443", "https://app.example.org"),
        ("http://bücher.example", "http://xn--bcher-kva.example"),
        ("https:app.example.org", "https://app.example.org"),
    ] {
        let mended = AllowedOriginsError::Mended {
            written: written.to_owned(),
            right: right.to_owned(),
        };
        assert_eq!(written.parse::<AllowedOrigins>(), Err(mended), "{written}");
    }
    let secret = "https://ada:word@app.example.org"
        .parse::<AllowedOrigins>()
        .unwrap_err();
    assert!(!secret.to_string().contains("word"), "{secret}");
}

#[test]
fn what_is_no_origin_is_refused() {
    let star = |text: &str| AllowedOriginsError::Star(text.to_owned());
    let none = |text: &str| AllowedOriginsError::NoOrigin(text.to_owned());
    for (text, refusal) in [
        ("", AllowedOriginsError::Empty),
        ("https://a.example,", AllowedOriginsError::Empty),
        ("*", star("*")),
        ("https://*.example.org", star("https://*.example.org")),
        ("null", AllowedOriginsError::Null),
        ("app.example.org", none("app.example.org")),
        ("localhost:5173", none("localhost:5173")),
        ("ftp://example.org", none("ftp://example.org")),
        ("file:///index.html", none("file:///index.html")),
        (
            "https://a.example,https://b.example,https://a.example",
            AllowedOriginsError::Twice("https://a.example".to_owned()),
        ),
    ] {
        assert_eq!(text.parse::<AllowedOrigins>(), Err(refusal), "{text:?}");
    }
}

#[test]
fn the_origin_decides_whose_request_it_is() {
    for (origin, is_theirs) in [
        ("https://auth.example.org", true),
        ("https://app.example.org", true),
        ("https://other.example:8443", true),
        ("null", false),
        ("", false),
        ("https://app.example.org.evil.com", false),
        ("https://evil-app.example.org", false),
        ("https://app.example.org:8443", false),
        ("http://app.example.org", false),
        ("https://APP.example.org", false),
        ("https://app.example.org/", false),
        ("https://app.example.org https://evil.com", false),
        ("https://app.example.org, https://app.example.org", false),
        ("https://\u{e4}pp.example.org", false),
    ] {
        let alone = headers(&[("origin", origin)]);
        assert_eq!(pages().made(&alone), is_theirs, "{origin}");
        let beside = headers(&[("origin", origin), ("sec-fetch-site", "same-origin")]);
        assert_eq!(pages().made(&beside), is_theirs, "{origin} beside");
    }
    let twice = headers(&[
        ("origin", "https://app.example.org"),
        ("origin", "https://app.example.org"),
    ]);
    assert!(!pages().made(&twice));
    assert!(pages().allowed.caller(&twice).is_none());
}

#[test]
fn without_an_origin_only_what_stays_within_ours_is_taken() {
    for (site, is_ours) in [
        ("same-origin", true),
        ("same-site", false),
        ("cross-site", false),
        ("none", false),
        ("Same-Origin", false),
        ("", false),
    ] {
        assert_eq!(pages().made(&headers(&[("sec-fetch-site", site)])), is_ours, "{site}");
    }
    assert!(!pages().made(&headers(&[])));
    let twice = headers(&[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "same-origin")]);
    assert!(!pages().made(&twice));
}

#[test]
fn our_own_pages_need_no_leave_to_read() {
    let own = headers(&[("origin", "https://auth.example.org")]);
    assert!(pages().allowed.caller(&own).is_none());
    let other = headers(&[("origin", "https://app.example.org")]);
    assert_eq!(pages().allowed.caller(&other).unwrap(), "https://app.example.org");
}

#[test]
fn those_of_another_site_are_told_apart() {
    let own = ["https://auth.example.org".to_owned()];
    let origins = allowed(
        "https://app.example.org,https://example.org:8443,http://app.example.org,https://app.example.com,https://a.b.example.org",
    );
    let others: Vec<&str> = origins.of_another_site(&own).collect();
    assert_eq!(others, ["http://app.example.org", "https://app.example.com"]);
}

#[test]
fn a_page_from_elsewhere_is_told_from_a_program_and_from_a_page_of_the_host_itself() {
    for lines in [
        &[("origin", "https://evil.example")][..],
        &[("origin", "null")],
        &[("origin", "https://evil.example"), ("host", "auth.example.org")],
        &[
            ("origin", "https://app.example.org"),
            ("origin", "https://evil.example"),
        ],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
    ] {
        assert!(pages().are_not_where_it_comes_from(&headers(lines)), "{lines:?}");
    }
    for lines in [
        &[][..],
        &[("host", "auth.example.org")],
        &[("origin", "https://auth.example.org")],
        &[("origin", "https://app.example.org"), ("sec-fetch-site", "cross-site")],
        &[("origin", "http://192.168.0.2:8000"), ("host", "192.168.0.2:8000")],
        &[("sec-fetch-site", "same-origin")],
        &[("sec-fetch-site", "none")],
    ] {
        assert!(!pages().are_not_where_it_comes_from(&headers(lines)), "{lines:?}");
    }
}

//! Redirect URIs: which there are, and which is which.

use super::*;
use proptest::prelude::*;

fn uri(text: &str) -> RedirectUri {
    RedirectUri::parse(text).unwrap()
}

fn matches(registered: &str, sent: &str, port: LoopbackPort) -> bool {
    RedirectUri::parse(sent).is_ok_and(|sent| uri(registered).matches(&sent, port))
}

#[test]
fn a_redirect_uri_is_https_or_of_this_machine_or_of_an_app() {
    for (text, kind) in [
        ("https://shop.example.com/callback", RedirectKind::Https),
        ("https://shop.example.com", RedirectKind::Https),
        ("https://shop.example.com:8443/cb?tenant=1&x=%20", RedirectKind::Https),
        ("https://[2001:db8::1]/cb", RedirectKind::Https),
        ("http://127.0.0.1/cb", RedirectKind::Loopback),
        ("http://127.0.0.1:49152/cb", RedirectKind::Loopback),
        ("http://[::1]:80/cb", RedirectKind::Loopback),
        ("http://localhost", RedirectKind::Loopback),
        ("com.example.app:/oauth2redirect", RedirectKind::CustomScheme),
        ("com.example.app://callback", RedirectKind::CustomScheme),
    ] {
        assert_eq!(RedirectUri::parse(text).map(|uri| uri.kind()), Ok(kind), "{text}");
    }
}

#[test]
fn what_is_no_redirect_uri_is_refused_with_the_reason() {
    use RedirectUriError::{Character, Fragment, Host, Pattern, PlainHttp, Relative, Scheme, TooLong, UserInfo};
    let long = format!("https://shop.example.com/{}", "x".repeat(2000));
    for (text, error) in [
        ("", Relative),
        ("/callback", Relative),
        ("//shop.example.com/cb", Relative),
        ("1https://shop.example.com", Relative),
        ("https://shop.example.com/cb#frag", Fragment),
        ("https://shop.example.com/cb#", Fragment),
        ("javascript:alert(1)", Scheme),
        ("JavaScript://x/%0aalert(1)", Scheme),
        ("data:text/html,x", Scheme),
        ("vbscript:x", Scheme),
        ("file:///etc/passwd", Scheme),
        ("blob:https://shop.example.com/x", Scheme),
        ("about:blank", Scheme),
        ("intent://x", Scheme),
        ("myapp:/cb", Scheme),
        ("urn:ietf:wg:oauth:2.0:oob", Scheme),
        ("http://shop.example.com/cb", PlainHttp),
        ("http://127.0.0.2/cb", PlainHttp),
        ("http://0x7f.1/cb", PlainHttp),
        ("http://2130706433/cb", PlainHttp),
        ("http://LOCALHOST/cb", PlainHttp),
        ("http://localhost.evil.com/cb", PlainHttp),
        ("http://127.0.0.1:80@evil.com/cb", UserInfo),
        ("https://shop.example.com@evil.com/cb", UserInfo),
        ("https:shop.example.com/cb", Host),
        ("https:///cb", Host),
        ("https://shop.example.com:/cb", Host),
        ("https://shop.example.com:0/cb", Host),
        ("https://shop.example.com:0443/cb", Host),
        ("https://shop.example.com:65536/cb", Host),
        ("https://[::1/cb", Host),
        ("https://a%20b/cb", Host),
        ("https://*.example.com/cb", Pattern),
        ("https://evil.com\\@shop.example.com/cb", Character),
        ("https://shop.example.com/c\tb", Character),
        ("https://shop.example.com/cb\n", Character),
        ("https://shop.example.com/c b", Character),
        ("https://shop.example.com/%2", Character),
        ("https://bücher.example/cb", Character),
        (&long, TooLong),
    ] {
        assert_eq!(RedirectUri::parse(text), Err(error), "{text:?}");
    }
}

#[test]
fn a_sent_uri_is_the_registered_one_byte_for_byte() {
    let registered = "https://ok.example.com/cb";
    assert!(matches(registered, registered, LoopbackPort::Any));
    for sent in [
        "https://ok.example.com.evil.com/cb",
        "https://ok.example.com@evil.com/cb",
        "https://evil.com\\@ok.example.com/cb",
        "https://ok.example.com/cb/../x",
        "https://ok.example.com/%2f..%2fcb",
        "https://ok.example.com/%252fcb",
        "https://ok.example.com/cb..;/",
        "https://OK.example.com/cb",
        "HTTPS://ok.example.com/cb",
        "https://ok.example.com/CB",
        "https://ok.example.com:443/cb",
        "https://ok.example.com/cb/",
        "https://ok.example.com/cb?x=1",
        "https://ok.example.com/cb?",
        "https://ok.example.com/c%62",
        "http://ok.example.com/cb",
        "https://ok.example.com/c\tb",
        "https://ok.example.com/cb#",
    ] {
        for port in [LoopbackPort::Any, LoopbackPort::Registered] {
            assert!(!matches(registered, sent, port), "{sent:?}");
        }
    }
}

#[test]
fn the_port_of_this_machine_is_free_for_native_apps_alone() {
    for (registered, sent) in [
        ("http://127.0.0.1/cb", "http://127.0.0.1:49152/cb"),
        ("http://127.0.0.1:1234/cb", "http://127.0.0.1:49152/cb"),
        ("http://127.0.0.1:1234/cb", "http://127.0.0.1/cb"),
        ("http://[::1]/cb?a=b", "http://[::1]:49152/cb?a=b"),
        ("http://localhost/cb", "http://localhost:3118/cb"),
        ("http://localhost", "http://localhost:3118"),
    ] {
        assert!(matches(registered, sent, LoopbackPort::Any), "{sent}");
        assert!(!matches(registered, sent, LoopbackPort::Registered), "{sent}");
    }
}

#[test]
fn a_free_port_frees_nothing_else() {
    for sent in [
        "http://127.0.0.1:49152/cb2",
        "http://127.0.0.1:49152/cb?x=1",
        "http://127.0.0.1:49152",
        "http://127.0.0.2:49152/cb",
        "http://[::1]:49152/cb",
        "http://localhost:49152/cb",
        "http://0x7f.1:49152/cb",
        "http://2130706433:49152/cb",
        "http://127.0.0.1:49152@evil.com/cb",
        "http://127.0.0.1:049152/cb",
        "http://127.0.0.1:/cb",
        "https://127.0.0.1:49152/cb",
        "HTTP://127.0.0.1:49152/cb",
    ] {
        assert!(!matches("http://127.0.0.1/cb", sent, LoopbackPort::Any), "{sent}");
    }
    assert!(!matches(
        "https://ok.example.com/cb",
        "https://ok.example.com:8443/cb",
        LoopbackPort::Any
    ));
}

#[test]
fn an_answer_keeps_the_query_that_is_there() {
    for (registered, answered) in [
        ("https://a.example/cb", "https://a.example/cb?code=1&state=a%20b%26"),
        ("https://a.example/cb?", "https://a.example/cb?code=1&state=a%20b%26"),
        (
            "https://a.example/cb?dummy1=lorem&dummy2=ipsum",
            "https://a.example/cb?dummy1=lorem&dummy2=ipsum&code=1&state=a%20b%26",
        ),
        ("com.example.app:/cb", "com.example.app:/cb?code=1&state=a%20b%26"),
    ] {
        assert_eq!(
            uri(registered).with_query(&[("code", "1"), ("state", "a b&")]),
            answered
        );
    }
}

#[test]
fn the_origin_is_what_a_policy_names() {
    for (text, origin, host) in [
        (
            "https://Shop.example.com:443/cb",
            "https://shop.example.com",
            Some("Shop.example.com"),
        ),
        (
            "https://shop.example.com:8443/cb",
            "https://shop.example.com:8443",
            Some("shop.example.com"),
        ),
        ("http://[::1]:49152/cb", "http://[::1]:49152", Some("[::1]")),
        ("com.Example.app:/cb", "com.example.app:", None),
    ] {
        assert_eq!((uri(text).origin().as_str(), uri(text).host()), (origin, host));
    }
}

/// What the standard says, by another way of taking a URI apart: equal bytes, or this machine and all equal but the port.
fn oracle(registered: &str, sent: &str) -> bool {
    let (Ok(one), Ok(other)) = (Url::parse(registered), Url::parse(sent)) else {
        return false;
    };
    let is_loopback = |url: &Url| {
        url.scheme() == "http" && ["127.0.0.1", "[::1]", "localhost"].contains(&url.host_str().unwrap_or_default())
    };
    let without_port = |url: &Url, text: &str| {
        let authority_end = text.len() - text.splitn(4, '/').nth(3).map_or(0, |rest| rest.len() + 1);
        (
            url.host_str().map(str::to_owned),
            text.get(authority_end..).map(str::to_owned),
        )
    };
    registered == sent
        || (is_loopback(&one) && is_loopback(&other) && without_port(&one, registered) == without_port(&other, sent))
}

/// Redirect URIs of a few hosts, ports and paths, so that many of them are alike.
fn like_a_redirect_uri() -> impl Strategy<Value = String> {
    let scheme = prop::sample::select(vec!["http://", "https://"]);
    let host = prop::sample::select(vec!["127.0.0.1", "[::1]", "localhost", "a.example"]);
    let port = prop::sample::select(vec!["", ":80", ":443", ":8080", ":49152"]);
    let path = prop::sample::select(vec!["/", "/cb", "/cb?x=1", "/cb/"]);
    (scheme, host, port, path).prop_map(|(scheme, host, port, path)| format!("{scheme}{host}{port}{path}"))
}

proptest! {
    #[test]
    fn any_text_is_a_redirect_uri_or_refused(text: String) {
        let _ = RedirectUri::parse(&text);
    }

    #[test]
    fn what_is_read_is_the_same_text(text in "(https|http|a\\.b|x):(//)?[ -~]{0,20}") {
        if let Ok(uri) = RedirectUri::parse(&text) {
            prop_assert_eq!(uri.as_str(), text.as_str());
            let answer = uri.with_query(&[("code", "c")]);
            prop_assert!(RedirectUri::parse(&answer).is_ok_and(|answer| answer.kind() == uri.kind()), "{}", answer);
            prop_assert_eq!(RedirectUri::parse(&answer).map(|answer| answer.origin()), Ok(uri.origin()));
        }
    }

    #[test]
    fn two_uris_match_where_the_oracle_says_so(registered in like_a_redirect_uri(), sent in like_a_redirect_uri()) {
        if RedirectUri::parse(&registered).is_ok() {
            let expected = RedirectUri::parse(&sent).is_ok() && oracle(&registered, &sent);
            prop_assert_eq!(matches(&registered, &sent, LoopbackPort::Any), expected);
        }
    }
}

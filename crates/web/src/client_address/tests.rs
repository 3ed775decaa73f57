//! Whose address is found.

use super::*;
use actix_web::http::header::{HeaderName, HeaderValue};

const PROXIES: &str = "10.0.0.0/8,2001:db8:ffff::/48";

/// The address that is found for a peer and those header lines, and what is doubted.
fn found(peer: &str, lines: &[(HeaderName, &str)]) -> (String, Option<Doubt>) {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(name.clone(), HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    let addresses = ClientAddresses::behind(PROXIES.parse().unwrap());
    let (address, doubt) = addresses.judge(peer.parse().unwrap(), &headers);
    (address.to_string(), doubt)
}

#[track_caller]
fn assert_found(lines: &[(HeaderName, &str)], expected: &str) {
    assert_eq!(found("10.0.0.1", lines), (expected.to_owned(), None), "{lines:?}");
}

#[test]
fn the_first_address_from_the_right_that_is_not_trusted_is_the_clients() {
    for (usual, standard, expected) in [
        ("198.51.100.7", "for=198.51.100.7", "198.51.100.7"),
        ("6.6.6.6, 198.51.100.7", "for=6.6.6.6, for=198.51.100.7", "198.51.100.7"),
        (
            "6.6.6.6,198.51.100.7,10.0.0.2, 10.0.0.3",
            "for=6.6.6.6,for=198.51.100.7;by=10.0.0.2,for=10.0.0.2,for=\"10.0.0.3:80\"",
            "198.51.100.7",
        ),
        (
            "2001:db8::7, 2001:db8:ffff::1",
            r#"for="[2001:db8::7]",for="[2001:db8:ffff::1]:443""#,
            "2001:db8::7",
        ),
        ("::ffff:198.51.100.7", r#"for="[::ffff:198.51.100.7]""#, "198.51.100.7"),
        // They are all proxies: the farthest of them asks for itself.
        ("10.0.0.3, 10.0.0.2", "for=10.0.0.3, for=10.0.0.2", "10.0.0.3"),
    ] {
        assert_found(&[(X_FORWARDED_FOR, usual)], expected);
        assert_found(&[(FORWARDED, standard)], expected);
        assert_found(&[(X_FORWARDED_FOR, usual), (FORWARDED, standard)], expected);
    }
    assert_found(&[], "10.0.0.1");
}

#[test]
fn what_cant_be_read_ends_the_walk_at_the_last_trusted_address() {
    for rest in ["unknown", "_hidden", "", "1.2.3", "<script>", "\u{e9}", "\"", "x y"] {
        let usual = format!("6.6.6.6, {rest}, 10.0.0.2");
        assert_found(&[(X_FORWARDED_FOR, &usual)], "10.0.0.2");
        let standard = format!("for=6.6.6.6, for={rest}, for=10.0.0.2");
        assert_found(&[(FORWARDED, &standard)], "10.0.0.2");
        let last = format!("6.6.6.6, {rest}");
        assert_found(&[(X_FORWARDED_FOR, &last)], "10.0.0.1");
    }
    assert_found(&[(FORWARDED, "for=6.6.6.6, proto=https")], "10.0.0.1");
    assert_found(&[(FORWARDED, "for=6.6.6.6, for=7.7.7.7;for=8.8.8.8")], "10.0.0.1");
}

/// The client's part comes first, and in the proxy's part its `Host`.
#[test]
fn a_client_neither_chooses_its_address_nor_hides_it() {
    for sent in [
        "for=\"",
        "for=6.6.6.6;host=\"",
        "for=6.6.6.6;host=\"x\\",
        ",,,",
        "\u{e9}\"",
        "for=6.6.6.6",
    ] {
        for host in [
            "a",
            "a,for=6.6.6.6",
            ";for=6.6.6.6",
            "\\\",for=6.6.6.6;x=\\\"",
            "\\\\",
            "\\\\\\\"",
        ] {
            let line = format!("{sent}, for=198.51.100.7;host=\"{host}\"");
            assert_found(&[(FORWARDED, &line)], "198.51.100.7");
        }
        let usual = format!("{sent}, 198.51.100.7");
        assert_found(&[(X_FORWARDED_FOR, &usual)], "198.51.100.7");
    }
}

#[test]
fn several_lines_are_one_list() {
    let lines = ["6.6.6.6", "198.51.100.7, 10.0.0.3", "10.0.0.2"];
    assert_found(&lines.map(|line| (X_FORWARDED_FOR, line)), "198.51.100.7");
    let lines = ["for=6.6.6.6", "for=198.51.100.7, for=10.0.0.3", "for=10.0.0.2"];
    assert_found(&lines.map(|line| (FORWARDED, line)), "198.51.100.7");
}

#[test]
fn two_headers_that_differ_prove_nothing() {
    for (usual, standard) in [
        ("198.51.100.7", "for=6.6.6.6"),
        ("6.6.6.6", "for=198.51.100.7"),
        ("198.51.100.7", "garbage"),
        ("198.51.100.7", "for=unknown"),
        ("", "for=6.6.6.6"),
    ] {
        let lines = [(X_FORWARDED_FOR, usual), (FORWARDED, standard)];
        let expected = ("10.0.0.1".to_owned(), Some(Doubt::Contradiction));
        assert_eq!(found("10.0.0.1", &lines), expected, "{lines:?}");
    }
}

#[test]
fn a_stranger_is_who_it_is_whatever_it_says() {
    for peer in ["198.51.100.7", "::ffff:11.0.0.1", "2001:db8::1"] {
        let expected = peer.parse::<IpAddr>().unwrap().to_canonical().to_string();
        for lines in [
            &[(X_FORWARDED_FOR, "6.6.6.6")][..],
            &[(FORWARDED, "for=6.6.6.6")],
            &[(X_FORWARDED_FOR, "10.0.0.1"), (FORWARDED, "for=10.0.0.1")],
        ] {
            let found = {
                let mut headers = HeaderMap::new();
                for (name, value) in lines {
                    headers.append(name.clone(), HeaderValue::from_static(value));
                }
                let addresses = ClientAddresses::behind(PROXIES.parse().unwrap());
                let found = addresses.find(Some(peer.parse().unwrap()), &headers, DateTime::UNIX_EPOCH);
                found.0.map(|address| address.to_string())
            };
            assert_eq!(found.as_deref(), Some(expected.as_str()), "{lines:?}");
        }
        assert_eq!(found(peer, &[]).1, None);
    }
    let lines = [(X_FORWARDED_FOR, "6.6.6.6")];
    assert_eq!(found("198.51.100.7", &lines).1, Some(Doubt::Stranger));
}

#[test]
fn a_long_way_is_walked_and_an_endless_one_is_not() {
    for (hops, expected) in [
        (50, "198.51.100.7"),
        (MAX_HOPS - 1, "198.51.100.7"),
        (10_000, "10.0.0.2"),
    ] {
        let usual = format!("198.51.100.7{}", ", 10.0.0.2".repeat(hops));
        assert_found(&[(X_FORWARDED_FOR, &usual)], expected);
        let standard = format!("for=198.51.100.7{}", ",for=10.0.0.2".repeat(hops));
        assert_found(&[(FORWARDED, &standard)], expected);
    }
}

#[test]
fn a_warning_is_due_once_an_hour() {
    let hourly = Hourly::default();
    let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
    let due: Vec<bool> = [0, 1, 3599, 3600, 3601, 7200]
        .map(|seconds| hourly.is_due(at(seconds)))
        .to_vec();
    assert_eq!(due, [true, false, false, true, false, true]);
    // A clock that was set back does not silence it.
    assert!(hourly.is_due(at(0)));
}

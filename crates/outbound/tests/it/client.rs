//! The guarded client.

use portcullis_outbound::{CallError, GuardedClient};
use portcullis_tests::stand_in::{Reply, StandIn};
use std::time::{Duration, Instant};
use url::Url;

const JSON: &str = "application/json";

fn client(allowed: &str) -> GuardedClient {
    GuardedClient::new(allowed.parse().unwrap()).unwrap()
}

fn guarded() -> GuardedClient {
    GuardedClient::new(portcullis_outbound::AllowedHosts::default()).unwrap()
}

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

#[tokio::test]
async fn what_is_named_is_called_and_answers() {
    let server = StandIn::start();
    server.answer("/a", Reply::Body(418, "{}".to_owned()));
    let answer = client("127.0.0.1")
        .get(&url(&format!("{}/a", server.base)), JSON, None)
        .await
        .unwrap();
    assert_eq!(
        (answer.status, answer.body.as_slice(), answer.is_success()),
        (418, &b"{}"[..], false)
    );
    let answer = client("127.0.0.1")
        .post_form(&url(&format!("{}/a", server.base)), &[("a b", "c&d")], None)
        .await;
    assert_eq!(answer.unwrap().status, 418);
    assert!(server.requests().last().unwrap().ends_with("a+b=c%26d"));
}

#[tokio::test]
async fn nothing_inside_is_called_that_nobody_named() {
    let server = StandIn::start();
    let port = url(&server.base).port().unwrap();
    for address in [
        server.base.clone(),
        format!("https://127.0.0.1:{port}/"),
        format!("https://[::1]:{port}/"),
        format!("https://[::ffff:127.0.0.1]:{port}/"),
        // By its name: what it leads to is looked at when it is connected to.
        format!("https://localhost:{port}/"),
        "https://169.254.169.254/latest/meta-data".to_owned(),
        "https://10.0.0.1/".to_owned(),
        "https://0/".to_owned(),
        "https://2130706433/".to_owned(),
    ] {
        let refused = guarded().get(&url(&address), JSON, None).await;
        assert!(
            matches!(refused, Err(CallError::NotAllowed(_))),
            "{address}: {refused:?}"
        );
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn no_call_goes_without_tls_but_on_this_machine() {
    for (allowed, address) in [
        ("example.org", "http://example.org/"),
        ("10.0.0.0/8", "http://10.0.0.1/"),
        ("127.0.0.1", "ftp://127.0.0.1/"),
        ("127.0.0.1", "file:///etc/passwd"),
        ("127.0.0.1", "http://ada:word@127.0.0.1/"),
    ] {
        let refused = client(allowed).get(&url(address), JSON, None).await;
        assert!(
            matches!(refused, Err(CallError::NotAllowed(_))),
            "{address}: {refused:?}"
        );
    }
}

/// A host that is named on one port is not called on another.
#[tokio::test]
async fn a_port_that_nobody_named_is_not_called() {
    let server = StandIn::start();
    let refused = client("127.0.0.1:1").get(&url(&server.base), JSON, None).await;
    assert!(matches!(refused, Err(CallError::NotAllowed(_))), "{refused:?}");
}

#[tokio::test]
async fn redirects_are_followed_within_one_origin_and_no_further() {
    let (server, other) = (StandIn::start(), StandIn::start());
    other.answer("/secret", Reply::Body(200, "secret".to_owned()));
    server.answer("/end", Reply::Body(200, "end".to_owned()));
    server.answer("/one", Reply::Redirect("/end".to_owned()));
    server.answer("/away", Reply::Redirect(format!("{}/secret", other.base)));
    server.answer("/inside", Reply::Redirect("http://169.254.169.254/".to_owned()));
    server.answer("/loop", Reply::Redirect("/loop".to_owned()));
    let client = client("127.0.0.1");
    let get = async |path: &str| client.get(&url(&format!("{}{path}", server.base)), JSON, None).await;
    assert_eq!(get("/one").await.unwrap().body, b"end");
    for path in ["/away", "/inside", "/loop"] {
        assert_eq!(get(path).await.unwrap_err(), CallError::Redirected, "{path}");
    }
    assert!(other.requests().is_empty());
    // A form is for whom it was sent to.
    let sent = client
        .post_form(&url(&format!("{}/one", server.base)), &[("secret", "a")], None)
        .await;
    assert_eq!(sent.unwrap_err(), CallError::Redirected);
}

#[tokio::test]
async fn a_huge_body_is_not_read_and_a_slow_one_not_waited_for() {
    let server = StandIn::start();
    server.answer("/endless", Reply::Endless);
    server.answer("/huge", Reply::Body(200, "a".repeat(2 * 1024 * 1024)));
    server.answer("/drip", Reply::Drip);
    server.answer("/silence", Reply::Silence);
    let client = client("127.0.0.1");
    let get = async |path: &str| client.get(&url(&format!("{}{path}", server.base)), JSON, None).await;
    for path in ["/endless", "/huge"] {
        assert_eq!(get(path).await.unwrap_err(), CallError::TooLarge, "{path}");
    }
    for path in ["/drip", "/silence"] {
        let began = Instant::now();
        assert_eq!(get(path).await.unwrap_err(), CallError::TimedOut, "{path}");
        assert!(began.elapsed() < Duration::from_secs(7), "{path}");
    }
}

/// Nobody who sets a variable of the environment reads what is sent.
#[tokio::test]
async fn nothing_listens_and_the_call_fails() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let failed = client("127.0.0.1")
        .get(&url(&format!("http://127.0.0.1:{port}/")), JSON, None)
        .await;
    assert!(matches!(failed, Err(CallError::Failed(_))), "{failed:?}");
}

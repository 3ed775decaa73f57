//! What apps ask that is wrong, and what becomes of it. The numbers of the rows are those of the list of bad input.

use crate::app::TestApp;
use crate::relying_party::{Apps, REDIRECT, SharedApps, answer, authorize, come_back, decide, parameter, told};
use reqwest::Method;
use serde_json::json;

/// What of the usual request is changed, and what comes of it.
type Case<'t> = (&'t [(&'t str, &'t str)], &'t str);

/// Nobody agrees to anything on this server, so no test changes what another one sees.
pub(crate) static SHARED: SharedApps = SharedApps::new();

/// The server, with an app for each way to be wrong.
pub(crate) async fn apps() -> Apps {
    let mut apps = Apps::on(TestApp::on_sqlite(&[])).await;
    for client in [
        json!({"client_id": "off", "kind": "web", "redirect_uris": [REDIRECT], "scopes": ["openid"], "enabled": false}),
        json!({"client_id": "other", "kind": "web", "redirect_uris": ["https://other.example/cb"], "scopes": ["openid"]}),
        json!({"client_id": "page", "kind": "spa", "redirect_uris": ["http://127.0.0.1/cb"], "scopes": ["openid", "email"]}),
        json!({"client_id": "tool", "name": "<b>Tool</b>", "kind": "native", "scopes": ["openid", "email"],
            "redirect_uris": ["http://127.0.0.1/cb", "http://localhost/cb", "com.example.tool:/cb"]}),
        json!({"client_id": "tagged", "kind": "web", "scopes": ["openid"],
            "redirect_uris": ["https://tagged.example/cb?dummy1=lorem&dummy2=ipsum"]}),
        json!({"client_id": "old", "kind": "web", "pkce": "optional", "redirect_uris": [REDIRECT], "scopes": ["openid"]}),
    ] {
        let is_off = client["enabled"] == false;
        if is_off {
            let made = apps.root().post("/admin/clients", &client).await;
            assert_eq!(made.status, 201, "{made:?}");
        } else {
            apps.add(&client).await;
        }
    }
    apps.settle().await;
    apps
}

pub(crate) const TOOL: (&str, &str) = ("client_id", "tool");
pub(crate) const PAGE: (&str, &str) = ("client_id", "page");

const NONCE_OF_513: &str = match str::from_utf8(&[b'n'; 513]) {
    Ok(text) => text,
    Err(_) => "",
};
const CHALLENGE_OF_42: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c";

/// Checks what comes of each, and that an app is told in the way that it may be told.
pub(crate) async fn assert_told(apps: &Apps, row: u32, cases: &[Case<'_>]) {
    let mut browser = apps.browser();
    for (changes, expected) in cases {
        let shown = browser.open(&authorize(changes)).await;
        assert_eq!(
            told(&shown),
            *expected,
            "row {row} {changes:?}: {:?} {}",
            shown.location,
            shown.html
        );
        if expected.starts_with("->") {
            let answer = answer(&shown);
            let is_state_at_fault = changes.iter().any(|(name, _)| *name == "state");
            assert_eq!(
                answer.contains_key("state"),
                !is_state_at_fault,
                "row {row}: {answer:?}"
            );
            assert_eq!(answer["iss"], browser.origin(), "row {row}");
            assert!(shown.location.unwrap().starts_with(REDIRECT), "row {row}");
            assert_eq!(shown.headers["referrer-policy"], "no-referrer");
            assert_eq!(shown.headers["cache-control"], "no-store");
        } else if *expected == "page" {
            assert!(shown.html.contains("id=\"error-code\""), "row {row}: {}", shown.html);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_16_what_stands_twice_is_told_to_the_app() {
    let apps = &*SHARED.get(apps).await;
    assert_told(
        apps,
        16,
        &[
            (&[("state", "a"), ("state", "b")][..], "-> invalid_request"),
            (&[("scope", "openid"), ("scope", "openid")], "-> invalid_request"),
            (&[("prompt", "none"), ("prompt", "login")], "-> invalid_request"),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_17_what_stands_twice_or_in_the_query_gets_no_token() {
    let apps = &*SHARED.get(apps).await;
    let twice = [
        ("grant_type", "authorization_code"),
        ("grant_type", "authorization_code"),
    ];
    for answer in [
        apps.redeem("shop", "pac_x", &twice).await,
        apps.redeem("shop", "pac_x", &[("code", "a"), ("code", "b")]).await,
    ] {
        assert_eq!(
            (answer.status, answer.member("error").as_str()),
            (400, "invalid_request"),
            "{answer:?}"
        );
    }
    let in_query = apps
        .app
        .anonymous()
        .request(Method::POST, "/oauth2/token?code=x")
        .form(&[("a", "b")]);
    assert_eq!(crate::client::send(in_query).await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_18_a_request_says_what_it_is_for() {
    let apps = &*SHARED.get(apps).await;
    assert_told(apps, 18, &[(&[("response_type", "")], "-> invalid_request")]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_19_nothing_but_a_code_is_given() {
    let apps = &*SHARED.get(apps).await;
    assert_told(
        apps,
        19,
        &[
            (&[("response_type", "token")][..], "-> unsupported_response_type"),
            (&[("response_type", "id_token")], "-> unsupported_response_type"),
            (&[("response_type", "code id_token")], "-> unsupported_response_type"),
            (&[("response_type", "code token")], "-> unsupported_response_type"),
            (&[("response_type", "none")], "-> unsupported_response_type"),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_20_nothing_is_answered_in_a_fragment() {
    let apps = &*SHARED.get(apps).await;
    assert_told(
        apps,
        20,
        &[
            (&[("response_mode", "fragment")][..], "-> invalid_request"),
            (&[("response_mode", "web_message")], "-> invalid_request"),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_21_what_nobody_knows_is_passed_over() {
    let apps = &*SHARED.get(apps).await;
    assert_told(
        apps,
        21,
        &[(
            &[("unknown", "1"), ("display", "hologram"), ("claims_locales", "xx")],
            "sign in",
        )],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_22_a_state_comes_back_as_it_was() {
    let apps = &*SHARED.get(apps).await;
    let printable: String = (' '..='~').chain("é漢🦀".chars()).collect();
    for length in [128, 384, 2048] {
        let state: String = printable.chars().cycle().take(length).collect();
        let shown = apps
            .browser()
            .open(&authorize(&[("state", &state), ("prompt", "none")]))
            .await;
        assert_eq!(parameter(&shown, "state"), state);
        // It passes through the pages, too.
        let mut browser = apps.browser();
        let page = come_back(&mut browser, &[("state", &state)]).await;
        let denied = decide(&mut browser, &page, "deny").await;
        assert_eq!(told(&denied), "-> access_denied");
        assert_eq!(parameter(&denied, "state"), state);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_23_what_is_too_long_or_no_text_is_told_where_the_address_is_sure() {
    let apps = &*SHARED.get(apps).await;
    assert_told(apps, 23, &[(&[("nonce", NONCE_OF_513)], "-> invalid_request")]).await;
    let long = "x".repeat(2049);
    for (ending, expected) in [
        (format!("&state={long}"), "-> invalid_request"),
        (format!("&x={}", "x".repeat(8200)), "-> invalid_request"),
        (format!("&x={}", ":".repeat(5000)), "sign in"),
        (format!("&login_hint={}", ":".repeat(5000)), "-> invalid_request"),
        ("&x=%ff".to_owned(), "-> invalid_request"),
        ("&x=%00".to_owned(), "-> invalid_request"),
        ("&x=%".to_owned(), "-> invalid_request"),
    ] {
        let path = authorize(&[("state", "")]) + &ending;
        let shown = apps.browser().open(&path).await;
        assert_eq!(
            told(&shown),
            expected,
            "{ending:.20} {:?} {}",
            shown.location,
            shown.html
        );
        let unsure = path.replace("client_id=shop", "client_id=nobody");
        assert_eq!(told(&apps.browser().open(&unsure).await), "page", "{ending:.20}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_24_a_nonce_may_be_left_out() {
    let apps = &*SHARED.get(apps).await;
    assert_told(apps, 24, &[(&[("nonce", "")], "sign in")]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_25_what_was_sent_is_text_on_a_page() {
    let apps = &*SHARED.get(apps).await;
    let script = "<script>alert(1)</script>";
    for changes in [
        [("client_id", script), ("error_hint", script)],
        [("redirect_uri", script), ("error_description", script)],
    ] {
        let shown = apps.browser().open(&authorize(&changes)).await;
        assert!(
            shown.status == 400 && !shown.html.contains("<script>"),
            "{}",
            shown.html
        );
    }
    let changes = [TOOL, ("redirect_uri", "com.example.tool:/cb"), ("scope", "openid")];
    let mut browser = apps.browser();
    let page = come_back(&mut browser, &changes).await;
    assert!(
        told(&page) == "consent" && page.html.contains("&#60;b&#62;Tool"),
        "{}",
        page.html
    );
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.contains("form-action 'self' com.example.tool: https:;"),
        "{policy}"
    );
}

/// HEAD writes nothing, and scripts of other pages read nothing.
#[tokio::test(flavor = "multi_thread")]
async fn row_26_a_look_at_the_head_writes_nothing() {
    let apps = &apps().await;
    let mut browser = apps.agreed().await;
    let grants = "SELECT CAST(count(*) AS TEXT) FROM grants";
    let before = apps.app.column(grants).await;
    let shown = browser.ask(Method::HEAD, &authorize(&[])).await;
    assert!(shown.status == 303 && shown.html.is_empty());
    assert_eq!(apps.app.column(grants).await, before);
    let asked = browser.ask(Method::OPTIONS, &authorize(&[])).await;
    assert!(asked.headers.get("access-control-allow-origin").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn row_27_a_challenge_is_one_of_sha_256() {
    let apps = &*SHARED.get(apps).await;
    assert_told(
        apps,
        27,
        &[
            (
                &[("code_challenge", ""), ("code_challenge_method", "")][..],
                "-> invalid_request",
            ),
            (&[("code_challenge_method", "plain")], "-> invalid_request"),
            (&[("code_challenge_method", "")], "-> invalid_request"),
            (&[("code_challenge", CHALLENGE_OF_42)], "-> invalid_request"),
            (
                &[("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cMM")],
                "-> invalid_request",
            ),
            (
                &[("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c=")],
                "-> invalid_request",
            ),
            (
                &[
                    ("client_id", "old"),
                    ("scope", "openid"),
                    ("code_challenge", CHALLENGE_OF_42),
                ],
                "-> invalid_request",
            ),
        ],
    )
    .await;
    // An empty challenge is no absent one.
    let changes = [
        ("client_id", "old"),
        ("scope", "openid"),
        ("code_challenge", ""),
        ("code_challenge_method", ""),
    ];
    let path = authorize(&changes);
    assert_eq!(told(&apps.browser().open(&path).await), "sign in");
    let empty = apps.browser().open(&(path + "&code_challenge=")).await;
    assert_eq!(told(&empty), "-> invalid_request");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_28_an_app_that_may_goes_without_a_challenge() {
    let apps = &*SHARED.get(apps).await;
    assert_told(
        apps,
        28,
        &[(
            &[
                ("client_id", "old"),
                ("scope", "openid"),
                ("code_challenge", ""),
                ("code_challenge_method", ""),
            ],
            "sign in",
        )],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_46_no_page_and_a_page_exclude_each_other() {
    let apps = &*SHARED.get(apps).await;
    assert_told(apps, 46, &[(&[("prompt", "none login")], "-> invalid_request")]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_49_an_age_is_a_number_of_seconds() {
    let apps = &*SHARED.get(apps).await;
    assert_told(
        apps,
        49,
        &[
            (&[("max_age", "-1")][..], "-> invalid_request"),
            (&[("max_age", "1.5")], "-> invalid_request"),
            (&[("max_age", "12345678901234567890")], "-> invalid_request"),
            (&[("max_age", "999999999")], "sign in"),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_55_scopes_that_there_are_not_are_dropped_and_those_of_others_refused() {
    let apps = &*SHARED.get(apps).await;
    assert_told(
        apps,
        55,
        &[
            (&[("scope", "openid nothing:such")][..], "sign in"),
            (&[("client_id", "old"), ("scope", "openid email")], "-> invalid_scope"),
            (&[("scope", "openid \u{7}")], "-> invalid_scope"),
            (&[("scope", "nothing:such")], "-> invalid_scope"),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_58_a_resource_that_there_is_not_is_told() {
    let apps = &*SHARED.get(apps).await;
    assert_told(
        apps,
        58,
        &[(&[("resource", "https://nothing.example")], "-> invalid_target")],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_59_claims_are_asked_for_by_a_small_object() {
    let apps = &*SHARED.get(apps).await;
    assert_told(
        apps,
        59,
        &[
            (&[("claims", "[]")][..], "-> invalid_request"),
            (
                &[("claims", r#"{"userinfo":{"a":{"value":{"b":{"c":{"d":1}}}}}}"#)],
                "-> invalid_request",
            ),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_71_a_request_is_not_taken_from_elsewhere() {
    let apps = &*SHARED.get(apps).await;
    assert_told(
        apps,
        71,
        &[
            (
                &[("request", "eyJhbGciOiJub25lIn0.e30.")][..],
                "-> request_not_supported",
            ),
            (
                &[("request_uri", "https://shop.example/r")],
                "-> request_uri_not_supported",
            ),
        ],
    )
    .await;
}

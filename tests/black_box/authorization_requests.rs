//! What apps ask that is wrong, and what becomes of it: nothing goes to an address that is not the app's. The numbers of the rows
//! are those of the list of bad input.

use crate::app::TestApp;
use crate::relying_party::{ADA, Apps, REDIRECT, answer, authorize, come_back, decide, parameter, told};
use reqwest::Method;
use serde_json::json;

/// A row: what of the usual request is changed, and what comes of it.
type Row<'t> = (u32, &'t [(&'t str, &'t str)], &'t str);

async fn apps() -> Apps {
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
            let made = apps.root.post("/admin/clients", &client).await;
            assert_eq!(made.status, 201, "{made:?}");
        } else {
            apps.add(&client).await;
        }
    }
    apps.settle().await;
    apps
}

const TOOL: (&str, &str) = ("client_id", "tool");
const PAGE: (&str, &str) = ("client_id", "page");

/// Rows 1 to 4, 9 to 12 and 15: whose the request is, and where its answer goes.
const WHERE: &[Row<'_>] = &[
    (1, &[("client_id", "nobody")], "page"),
    (1, &[("client_id", "off")], "page"),
    (1, &[("client_id", "")], "page"),
    (2, &[("redirect_uri", "")], "page"),
    (3, &[("redirect_uri", "https://shop.example.evil.example/cb")], "page"),
    (3, &[("redirect_uri", "https://shop.example@evil.example/cb")], "page"),
    (3, &[("redirect_uri", "https://evil.example\\@shop.example/cb")], "page"),
    (3, &[("redirect_uri", "https://shop.example/\tcb")], "page"),
    (3, &[("redirect_uri", "https://shop.example/cb\n")], "page"),
    (4, &[("redirect_uri", "https://shop.example/cb/../x")], "page"),
    (4, &[("redirect_uri", "https://shop.example/cb%2f..%2fx")], "page"),
    (4, &[("redirect_uri", "https://shop.example/cb%252f")], "page"),
    (4, &[("redirect_uri", "https://shop.example/cb/..;/")], "page"),
    (4, &[("redirect_uri", "https://SHOP.example/cb")], "page"),
    (4, &[("redirect_uri", "https://shop.example/CB")], "page"),
    (4, &[("redirect_uri", "https://shop.example:443/cb")], "page"),
    (4, &[("redirect_uri", "https://shop.example/cb/")], "page"),
    (4, &[("redirect_uri", "https://shop.example/cb?x=1")], "page"),
    (4, &[("redirect_uri", "https://shop.example/cb?")], "page"),
    (5, &[("redirect_uri", "https://shop.example/cb#")], "page"),
    (5, &[("redirect_uri", "https://shop.example/cb#frag")], "page"),
    (6, &[("redirect_uri", "javascript:alert(1)")], "page"),
    (9, &[TOOL, ("redirect_uri", "http://127.0.0.1:49152/cb")], "sign in"),
    (10, &[TOOL, ("redirect_uri", "http://127.0.0.1:49152/cb2")], "page"),
    (10, &[TOOL, ("redirect_uri", "http://127.0.0.1:49152/cb?a=b")], "page"),
    (10, &[TOOL, ("redirect_uri", "http://127.0.0.2:49152/cb")], "page"),
    (10, &[TOOL, ("redirect_uri", "http://[::1]:49152/cb")], "page"),
    (10, &[TOOL, ("redirect_uri", "http://0x7f.1:49152/cb")], "page"),
    (10, &[TOOL, ("redirect_uri", "http://2130706433:49152/cb")], "page"),
    (11, &[TOOL, ("redirect_uri", "http://localhost:49152/cb")], "sign in"),
    (
        11,
        &[TOOL, ("redirect_uri", "http://localhost.evil.example:49152/cb")],
        "page",
    ),
    (12, &[PAGE, ("redirect_uri", "http://127.0.0.1:49152/cb")], "page"),
    (15, &[("client_id", "shop"), ("client_id", "shop")], "page"),
    (15, &[("redirect_uri", REDIRECT), ("redirect_uri", REDIRECT)], "page"),
];

/// Rows 16 to 21, 24 and 27, and those of other kinds of request.
const WHAT: &[Row<'_>] = &[
    (16, &[("state", "a"), ("state", "b")], "-> invalid_request"),
    (16, &[("scope", "openid"), ("scope", "openid")], "-> invalid_request"),
    (16, &[("prompt", "none"), ("prompt", "login")], "-> invalid_request"),
    (18, &[("response_type", "")], "-> invalid_request"),
    (19, &[("response_type", "token")], "-> unsupported_response_type"),
    (19, &[("response_type", "id_token")], "-> unsupported_response_type"),
    (
        19,
        &[("response_type", "code id_token")],
        "-> unsupported_response_type",
    ),
    (19, &[("response_type", "code token")], "-> unsupported_response_type"),
    (19, &[("response_type", "none")], "-> unsupported_response_type"),
    (20, &[("response_mode", "fragment")], "-> invalid_request"),
    (20, &[("response_mode", "web_message")], "-> invalid_request"),
    (
        21,
        &[("unknown", "1"), ("display", "hologram"), ("claims_locales", "xx")],
        "sign in",
    ),
    (23, &[("nonce", NONCE_OF_513)], "-> invalid_request"),
    (24, &[("nonce", "")], "sign in"),
    (
        27,
        &[("code_challenge", ""), ("code_challenge_method", "")],
        "-> invalid_request",
    ),
    (27, &[("code_challenge_method", "plain")], "-> invalid_request"),
    (27, &[("code_challenge_method", "")], "-> invalid_request"),
    (27, &[("code_challenge", CHALLENGE_OF_42)], "-> invalid_request"),
    (
        27,
        &[("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cMM")],
        "-> invalid_request",
    ),
    (
        27,
        &[("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c=")],
        "-> invalid_request",
    ),
    (
        27,
        &[
            ("client_id", "old"),
            ("scope", "openid"),
            ("code_challenge", CHALLENGE_OF_42),
        ],
        "-> invalid_request",
    ),
    (
        28,
        &[
            ("client_id", "old"),
            ("scope", "openid"),
            ("code_challenge", ""),
            ("code_challenge_method", ""),
        ],
        "sign in",
    ),
    (46, &[("prompt", "none login")], "-> invalid_request"),
    (49, &[("max_age", "-1")], "-> invalid_request"),
    (49, &[("max_age", "1.5")], "-> invalid_request"),
    (49, &[("max_age", "12345678901234567890")], "-> invalid_request"),
    (49, &[("max_age", "999999999")], "sign in"),
    (55, &[("scope", "openid nothing:such")], "sign in"),
    (
        55,
        &[("client_id", "old"), ("scope", "openid email")],
        "-> invalid_scope",
    ),
    (55, &[("scope", "openid \u{7}")], "-> invalid_scope"),
    (55, &[("scope", "nothing:such")], "-> invalid_scope"),
    (58, &[("resource", "https://nothing.example")], "-> invalid_target"),
    (59, &[("claims", "[]")], "-> invalid_request"),
    (
        59,
        &[("claims", r#"{"userinfo":{"a":{"value":{"b":{"c":{"d":1}}}}}}"#)],
        "-> invalid_request",
    ),
    (
        71,
        &[("request", "eyJhbGciOiJub25lIn0.e30.")],
        "-> request_not_supported",
    ),
    (
        71,
        &[("request_uri", "https://shop.example/r")],
        "-> request_uri_not_supported",
    ),
];

const NONCE_OF_513: &str = match str::from_utf8(&[b'n'; 513]) {
    Ok(text) => text,
    Err(_) => "",
};
const CHALLENGE_OF_42: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c";

#[tokio::test(flavor = "multi_thread")]
async fn rows_1_to_27_what_is_wrong_with_a_request_is_told_to_whom_it_may_be_told() {
    let apps = apps().await;
    let mut browser = apps.browser();
    for (row, changes, expected) in WHERE.iter().chain(WHAT) {
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
    rows_5_to_8(&apps).await;
    row_13(&apps).await;
    row_17(&apps).await;
    rows_22_and_23(&apps).await;
    row_25(&apps).await;
    row_27(&apps).await;
    row_26(&apps).await;
    a_posted_request(&apps).await;
    nothing_of_a_stranger_is_kept(&apps).await;
}

/// What can't be registered.
async fn rows_5_to_8(apps: &Apps) {
    for uri in [
        "https://ok.example/cb#frag",
        "https://ok.example/cb#",
        "javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "blob:https://ok.example/x",
        "about:blank",
        "intent:x",
        "myapp:/cb",
        "http://ok.example/cb",
    ] {
        let client = json!({"client_id": "bad", "kind": "native", "redirect_uris": [uri], "scopes": ["openid"]});
        let refused = apps.root.post("/admin/clients", &client).await;
        refused.assert_problem(422, "validation_failed");
        assert_eq!(refused.pointers(), ["#/redirect_uris/0"], "{uri}: {refused:?}");
    }
}

/// The app's own query is kept in its order.
async fn row_13(apps: &Apps) {
    let own = "https://tagged.example/cb?dummy1=lorem&dummy2=ipsum";
    let changes = [
        ("client_id", "tagged"),
        ("redirect_uri", own),
        ("scope", "openid"),
        ("prompt", "none"),
    ];
    let shown = apps.browser().open(&authorize(&changes)).await;
    let location = shown.location.unwrap();
    assert!(
        location.starts_with(&format!("{own}&error=login_required&")),
        "{location}"
    );
}

/// The same at the token endpoint.
async fn row_17(apps: &Apps) {
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

async fn rows_22_and_23(apps: &Apps) {
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

/// An empty challenge is no absent one.
async fn row_27(apps: &Apps) {
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

/// What was sent is text on a page.
async fn row_25(apps: &Apps) {
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
async fn row_26(apps: &Apps) {
    let mut browser = apps.agreed().await;
    let grants = "SELECT CAST(count(*) AS TEXT) FROM grants";
    let before = apps.app.column(grants).await;
    let shown = browser.ask(Method::HEAD, &authorize(&[])).await;
    assert!(shown.status == 303 && shown.html.is_empty());
    assert_eq!(apps.app.column(grants).await, before);
    let asked = browser.ask(Method::OPTIONS, &authorize(&[])).await;
    assert!(asked.headers.get("access-control-allow-origin").is_none());
}

/// A form of another site brings no cookie: the browser is sent to the address of the same request, which does.
async fn a_posted_request(apps: &Apps) {
    let mut browser = apps.agreed_before().await;
    let path = authorize(&[("unknown", "1")]);
    let query = path.split_once('?').unwrap().1;
    let fields: Vec<(String, String)> = reqwest::Url::parse(&format!("http://x/?{query}"))
        .unwrap()
        .query_pairs()
        .into_owned()
        .collect();
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let sent = browser
        .send_form("/oauth2/authorize", "https://shop.example", &fields)
        .await;
    assert!(
        sent.location.as_deref().unwrap().starts_with("/oauth2/authorize?"),
        "{:?}",
        sent.location
    );
    assert!(!sent.location.as_deref().unwrap().contains("unknown"));
    assert_eq!(told(&browser.follow(&sent).await), "code");
    let twice = [&fields[..], &[("scope", "openid\r\nx: y#")]].concat();
    let sent = browser
        .send_form("/oauth2/authorize", "https://shop.example", &twice)
        .await;
    assert_eq!(told(&browser.follow(&sent).await), "-> invalid_request");
    let long = "x".repeat(9000);
    let long = browser
        .send_form("/oauth2/authorize", "https://shop.example", &[("state", &long)])
        .await;
    assert_eq!(long.status, 413);
}

/// Neither a visit nor a page on the way writes a row.
async fn nothing_of_a_stranger_is_kept(apps: &Apps) {
    let counts = async || {
        let mut counts = Vec::new();
        for table in [
            "grants",
            "consents",
            "spent",
            "sessions",
            "audit_events",
            "users",
            "mails",
        ] {
            counts.push(
                apps.app
                    .column(&format!("SELECT CAST(count(*) AS TEXT) FROM {table}"))
                    .await,
            );
        }
        counts
    };
    let before = counts().await;
    for changes in [
        &[("prompt", "login")][..],
        &[("max_age", "1"), ("login_hint", ADA)],
        &[("prompt", "create")],
    ] {
        let mut browser = apps.browser();
        let sent = browser.open(&authorize(changes)).await;
        let page = browser.follow(&sent).await;
        assert_eq!(page.status, 200);
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.contains("form-action 'self' https://shop.example https:;"),
            "{policy}"
        );
    }
    let mut browser = apps.browser();
    let sent = browser.open(&authorize(&[("login_hint", ADA)])).await;
    let page = browser.follow(&sent).await;
    assert!(
        page.html.contains("value=\"ada@example.org\"") && page.html.contains("The Shop"),
        "{}",
        page.html
    );
    // Who cancels says no, and the app is told.
    let action = "/oauth2/authorize/decision";
    let (csrf, goes_on) = (page.field(action, "csrf"), page.field(action, "continue"));
    let origin = browser.origin().to_owned();
    let fields = [("csrf", csrf.as_str()), ("continue", &goes_on), ("decision", "deny")];
    let sent = browser.send_form(action, &origin, &fields).await;
    assert_eq!(told(&sent), "-> access_denied");
    assert_eq!(counts().await, before);
}

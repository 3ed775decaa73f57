//! Visits of the authorization endpoint, whatever is asked: how they come, and what stays of them.

use crate::app::TestApp;
use crate::relying_party::{ADA, Apps, REDIRECT, answer, authorize, come_back, told};
use serde_json::json;

async fn apps() -> Apps {
    let apps = Apps::on(TestApp::on_sqlite(&[])).await;
    apps.settle().await;
    apps
}

/// A form of another site brings no cookie: the browser is sent to the address of the same request, which does.
#[tokio::test(flavor = "multi_thread")]
async fn a_posted_request_is_the_same_request() {
    let apps = &apps().await;
    let mut browser = apps.agreed().await;
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
#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_stranger_is_kept() {
    let apps = &apps().await;
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

/// Apps beside the usual one, of whom more can be said.
async fn further_apps() -> Apps {
    let mut apps = Apps::on(TestApp::on_sqlite(&[])).await;
    for client in [
        json!({"client_id": "told", "name": "Told", "kind": "web", "redirect_uris": [REDIRECT], "scopes": ["openid", "email"],
            "client_uri": "https://shop.example/about", "policy_uri": "https://shop.example/privacy?a=1&b=2",
            "tos_uri": "https://shop.example/terms"}),
        json!({"client_id": "club", "name": "The Club", "kind": "web", "access": "members", "redirect_uris": [REDIRECT],
            "scopes": ["openid"]}),
        json!({"client_id": "brief", "kind": "web", "consent": "skip", "grant_types": ["authorization_code"],
            "redirect_uris": [REDIRECT], "scopes": ["openid"]}),
    ] {
        apps.add(&client).await;
    }
    apps.settle().await;
    apps
}

#[tokio::test(flavor = "multi_thread")]
async fn why_a_request_was_refused_is_told_to_administrators_and_to_the_log() {
    let apps = &further_apps().await;
    let mut browser = apps.agreed().await;
    let asked = [("client_id", "shop"), ("redirect_uri", "https://shop.example/CB")];
    let shown = browser.open(&authorize(&asked)).await;
    assert!(
        told(&shown) == "page" && !shown.html.contains(REDIRECT),
        "{}",
        shown.html
    );
    let id = shown.headers["x-request-id"].to_str().unwrap();
    assert!(shown.html.contains(id), "{}", shown.html);
    let explained = apps.root().get(&format!("/admin/explain/{id}")).await;
    assert_eq!(explained.status, 200, "{explained:?}");
    let reason = explained.member("reason");
    for text in ["https://shop.example/CB", "https://shop.example/cb", "character 22"] {
        assert!(reason.contains(text), "{reason}");
    }
    assert_eq!(explained.member("client_id"), "shop");
    let logged = apps.app.wait_for_log(|line| line["reason"] == json!(reason));
    assert_eq!(logged["message"], "the provider refused a request");
    assert_eq!(
        (&logged["client_id"], &logged["error"]),
        (&json!("shop"), &json!("invalid_request"))
    );

    // The app is told one thing, and whoever looks after it another.
    let code = apps.code(&mut browser, &[]).await;
    let refused = apps.redeem("shop", &code, &[("code_verifier", &"x".repeat(43))]).await;
    assert_eq!(refused.member("error"), "invalid_grant");
    assert!(!refused.member("error_description").contains("verifier"), "{refused:?}");
    let explained = apps
        .root()
        .get(&format!("/admin/explain/{}", refused.header("x-request-id")))
        .await;
    assert!(explained.member("reason").contains("code_verifier"), "{explained:?}");
    assert!(!explained.text.contains(&code), "{explained:?}");
    let wrong = apps.redeem("shop", &code, &[("client_secret", "pcs_wrong")]).await;
    let explained = apps
        .root()
        .get(&format!("/admin/explain/{}", wrong.header("x-request-id")))
        .await;
    assert!(
        explained.member("reason").contains("the secret is not one of"),
        "{explained:?}"
    );
    apps.root()
        .get("/admin/explain/nothing")
        .await
        .assert_problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_app_better_did_not_do_is_counted() {
    let apps = &further_apps().await;
    let warnings = async |id: &str| {
        let read = apps.root().get(&format!("/admin/clients/{id}")).await;
        let warnings = read.json()["warnings"].as_array().unwrap().clone();
        let counted = warnings.iter().map(|warning| {
            let detail = warning["detail"].as_str().unwrap();
            assert!(!detail.is_empty());
            format!("{} {}", warning["code"].as_str().unwrap(), warning["count"])
        });
        counted.collect::<Vec<_>>()
    };
    assert!(warnings("shop").await.is_empty());
    let mut browser = apps.agreed().await;
    let code = apps.code(&mut browser, &[("state", "")]).await;
    for status in [200, 400, 400] {
        assert_eq!(apps.redeem("shop", &code, &[]).await.status, status);
    }
    let first = apps.redeem("shop", &apps.code(&mut browser, &[]).await, &[]).await;
    let second = apps.refresh("shop", &first.member("refresh_token"), &[]).await;
    apps.refresh("shop", &second.member("refresh_token"), &[]).await;
    let spent = apps.refresh("shop", &first.member("refresh_token"), &[]).await;
    assert_eq!(spent.member("error"), "invalid_grant");
    let told = ["code_redeemed_twice 1", "refresh_token_reused 1", "no_state 1"];
    assert_eq!(warnings("shop").await, told);
    let offline = [("client_id", "brief"), ("scope", "openid offline_access")];
    let refused = browser.open(&authorize(&offline)).await;
    assert_eq!(answer(&refused)["error"], "invalid_scope");
    assert_eq!(warnings("brief").await, ["offline_without_refresh 1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_asked_can_read_what_the_app_tells_of_itself() {
    let apps = &further_apps().await;
    let mut browser = apps.browser();
    let page = come_back(&mut browser, &[("client_id", "told")]).await;
    assert_eq!(told(&page), "consent");
    for (address, label) in [
        ("https://shop.example/about", "About <bdi>Told</bdi>"),
        (
            "https://shop.example/privacy?a=1&#38;b=2",
            "What <bdi>Told</bdi> does with your data",
        ),
        ("https://shop.example/terms", "Terms of <bdi>Told</bdi>"),
    ] {
        let link = format!("<a href=\"{address}\" rel=\"noreferrer\"><span>{label}</span></a>");
        assert!(page.html.contains(&link), "{link}: {}", page.html);
    }
    let page = browser.open(&authorize(&[])).await;
    assert!(
        told(&page) == "consent" && !page.html.contains("noreferrer"),
        "{}",
        page.html
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_use_an_app_goes_back_to_it_as_the_app_wants_it() {
    let apps = &further_apps().await;
    let mut browser = apps.browser();
    let by_form = [
        ("client_id", "club"),
        ("scope", "openid"),
        ("response_mode", "form_post"),
    ];
    let page = come_back(&mut browser, &by_form).await;
    assert_eq!(page.status, 403, "{}", page.html);
    assert_eq!(page.field(REDIRECT, "error"), "access_denied");
    assert_eq!(page.field(REDIRECT, "state"), "s&t");
    assert!(!page.html.contains("error=access_denied"), "{}", page.html);
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("form-action 'self' https://shop.example"), "{policy}");
    let by_query = browser.open(&authorize(&by_form[..2])).await;
    assert!(by_query.html.contains("error=access_denied"), "{}", by_query.html);
}

/// It may be whoever is at the address now that shows the code.
#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_of_no_use_once_the_address_that_it_was_sent_to_is_taken_back() {
    let apps = &further_apps().await;
    let mut browser = apps.agreed().await;
    let code = apps.code(&mut browser, &[]).await;
    let elsewhere = json!({"redirect_uris": ["https://shop.example/new"]});
    assert_eq!(apps.root().patch("/admin/clients/shop", &elsewhere).await.status, 200);
    let refused = apps.redeem("shop", &code, &[]).await;
    assert_eq!(
        (refused.status, refused.member("error").as_str()),
        (400, "invalid_grant")
    );
    let back = json!({"redirect_uris": [REDIRECT]});
    assert_eq!(apps.root().patch("/admin/clients/shop", &back).await.status, 200);
    let redeemed = apps.redeem("shop", &code, &[]).await;
    assert_eq!(redeemed.status, 200, "it was not spent: {redeemed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_signs_nobody_out_is_told_of_as_that() {
    let apps = &further_apps().await;
    let mut browser = apps.agreed().await;
    let path = "/oauth2/logout?client_id=shop&post_logout_redirect_uri=https://evil.example/";
    let page = browser.open(path).await;
    page.assert_is(400, "This app can’t sign you out");
    assert_eq!(browser.open("/account").await.status, 200, "still signed in");
}

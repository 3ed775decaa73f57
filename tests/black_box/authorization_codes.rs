//! Codes and refresh tokens of apps, and what becomes of them. The numbers of the rows are those of the list of bad input.

use crate::app::TestApp;
use crate::browser::Browser;
use crate::client::{Answer, PASSWORD, Tokens, send};
use crate::on_both_databases;
use crate::relying_party::{ADA, Apps, REDIRECT, VERIFIER, answer, authorize, come_back, decide, told};
use reqwest::Method;
use serde_json::json;
use tokio::task::JoinSet;

on_both_databases!(
    a_person_signs_in_to_an_app,
    rows_28_to_36_of_codes,
    rows_56_to_66_of_refresh_tokens
);

async fn apps(app: TestApp) -> Apps {
    let mut apps = Apps::on(app).await;
    for id in ["other", "old"] {
        let pkce = if id == "old" { "optional" } else { "required" };
        apps.add(
            &json!({"client_id": id, "kind": "web", "pkce": pkce, "consent": "skip", "redirect_uris": [REDIRECT],
            "scopes": ["openid"]}),
        )
        .await;
    }
    apps.settle().await;
    apps
}

#[track_caller]
fn assert_error(answer: &Answer, row: u32, error: &str) {
    assert_eq!(
        (answer.status, answer.member("error").as_str()),
        (400, error),
        "row {row}: {answer:?}"
    );
}

async fn a_person_signs_in_to_an_app(app: TestApp) {
    let apps = apps(app).await;
    let mut browser = apps.browser();
    let page = come_back(&mut browser, &[]).await;
    assert!(
        told(&page) == "consent" && page.html.contains("The Shop"),
        "{}",
        page.html
    );
    let sent = decide(&mut browser, &page, "allow").await;
    let answer = answer(&sent);
    assert_eq!(
        (answer["state"].as_str(), answer["iss"].as_str()),
        ("s&t", browser.origin())
    );
    let code = &answer["code"];
    assert!(code.starts_with("pac_"), "{code}");
    let given = apps.redeem("shop", code, &[]).await;
    assert_eq!(given.status, 200, "{given:?}");
    assert_eq!(
        (given.header("cache-control"), given.header("pragma")),
        ("no-store", "no-cache")
    );
    assert_eq!(
        (given.member("token_type").as_str(), given.member("scope").as_str()),
        ("Bearer", "email openid")
    );
    let access = given.member("access_token");
    let told_of = apps.user_info(&access).await;
    assert_eq!(told_of.status, 200, "{told_of:?}");
    let tokens = Tokens::of(&apps.app.anonymous().log_in(ADA, PASSWORD).await);
    let me = apps.app.anonymous().with_token(&tokens.access).me().await.member("id");
    assert_eq!(
        told_of.json(),
        json!({"sub": me, "email": ADA, "email_verified": false})
    );
    let refreshed = apps.refresh("shop", &given.member("refresh_token"), &[]).await;
    assert_eq!(refreshed.status, 200, "{refreshed:?}");
    assert_eq!(apps.user_info(&refreshed.member("access_token")).await.status, 200);
    // The dump of a thief holds nothing that opens anything.
    let dump = apps.app.dump().await;
    assert!(!dump.contains("pac_") && !dump.contains("pgr_"));
    let events = apps.app.column("SELECT kind FROM audit_events").await;
    for kind in ["consent_given", "authorized"] {
        assert_eq!(events.iter().filter(|event| *event == kind).count(), 1, "{kind}");
    }
    // Agreed to once, it is not asked again; for more it is.
    assert_eq!(told(&browser.open(&authorize(&[])).await), "code");
    assert_eq!(
        told(&browser.open(&authorize(&[("scope", "openid profile")])).await),
        "consent"
    );
}

async fn rows_28_to_36_of_codes(app: TestApp) {
    let apps = apps(app).await;
    let mut browser = apps.agreed().await;
    let long = "a".repeat(129);
    for (row, changes) in [
        (14, &[("redirect_uri", "")][..]),
        (14, &[("redirect_uri", "https://shop.example/cb/")]),
        (28, &[("code_verifier", "")]),
        (30, &[("code_verifier", &VERIFIER[1..])]),
    ] {
        let code = apps.code(&mut browser, &[]).await;
        assert_error(&apps.redeem("shop", &code, changes).await, row, "invalid_grant");
        assert_eq!(
            apps.redeem("shop", &code, &[]).await.status,
            200,
            "row {row}: it is still good"
        );
    }
    for verifier in [long.as_str(), "a+b=c?d!e#f@g$h%i^j&k*l(m)n_o+p{q}r|s<t>u~v"] {
        let code = apps.code(&mut browser, &[]).await;
        assert_error(
            &apps.redeem("shop", &code, &[("code_verifier", verifier)]).await,
            30,
            "invalid_grant",
        );
    }
    let open = [
        ("client_id", "old"),
        ("scope", "openid"),
        ("code_challenge", ""),
        ("code_challenge_method", ""),
    ];
    let code = apps.code(&mut browser, &open).await;
    assert_error(&apps.redeem("old", &code, &[]).await, 29, "invalid_grant");
    assert_eq!(
        apps.redeem("old", &code, &[("code_verifier", "")]).await.status,
        200,
        "row 29"
    );

    row_31(&apps, &mut browser).await;
    let code = apps.code(&mut browser, &[]).await;
    assert_error(&apps.redeem("other", &code, &[]).await, 32, "invalid_grant");
    assert_eq!(
        apps.redeem("shop", &code, &[("client_secret", "pcs_wrong")])
            .await
            .status,
        401
    );
    assert_eq!(
        apps.redeem("shop", &code, &[]).await.status,
        200,
        "row 32: it is still good"
    );

    let mut changed = apps.code(&mut browser, &[]).await.into_bytes();
    let last = changed.len() - 3;
    changed[last] = if changed[last] == b'A' { b'B' } else { b'A' };
    let foreign = format!("pac_{}", "A".repeat(75));
    for code in [
        &String::from_utf8(changed).unwrap(),
        &foreign,
        &"a".repeat(60_000),
        "pac_",
    ] {
        assert_error(&apps.redeem("shop", code, &[]).await, 34, "invalid_grant");
    }
    let code = apps.code(&mut browser, &[]).await;
    for _ in 0..5 {
        assert_error(
            &apps.redeem("shop", &code, &[("redirect_uri", "x")]).await,
            35,
            "invalid_grant",
        );
    }
    assert_error(&apps.redeem("shop", &code, &[]).await, 35, "invalid_grant");
    rows_33_and_36(&apps).await;
}

/// One of many is first, and what it got is worthless once another came.
async fn row_31(apps: &Apps, browser: &mut Browser) {
    let code = apps.code(browser, &[]).await;
    let first = apps.redeem("shop", &code, &[]).await;
    assert_eq!(apps.user_info(&first.member("access_token")).await.status, 200);
    assert_error(
        &apps.redeem("shop", &code, &[("code_verifier", "")]).await,
        31,
        "invalid_grant",
    );
    assert_eq!(
        apps.user_info(&first.member("access_token")).await.status,
        401,
        "row 31"
    );
    assert_error(
        &apps.refresh("shop", &first.member("refresh_token"), &[]).await,
        31,
        "invalid_grant",
    );

    let code = apps.code(browser, &[]).await;
    let mut all = JoinSet::new();
    for _ in 0..20 {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
            ("client_id", "shop"),
            ("client_secret", apps.secret("shop")),
        ];
        all.spawn(send(
            apps.app.anonymous().request(Method::POST, "/oauth2/token").form(&form),
        ));
    }
    let answers = all.join_all().await;
    let good: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!(good.len(), 1, "row 31: {answers:?}");
    assert_eq!(
        apps.user_info(&good[0].member("access_token")).await.status,
        401,
        "row 31"
    );
}

/// A code goes with the session that it came from.
async fn rows_33_and_36(apps: &Apps) {
    let mut browser = apps.agreed_before().await;
    let late = apps.code(&mut browser, &[]).await;
    let minute_ago = apps.app.on(
        "UPDATE grants SET code_until = code_until - 61000000",
        "UPDATE grants SET code_until = code_until - interval '61 seconds'",
    );
    apps.app.execute(minute_ago).await;
    assert_error(&apps.redeem("shop", &late, &[]).await, 33, "invalid_grant");

    let code = apps.code(&mut browser, &[]).await;
    let page = browser.open("/account").await;
    browser.press("/sign-out", &page, &[]).await;
    assert_error(&apps.redeem("shop", &code, &[]).await, 33, "invalid_grant");

    let mut browser = apps.agreed_before().await;
    let code = apps.code(&mut browser, &[]).await;
    assert_eq!(apps.app.anonymous().register("grace@example.org").await.status, 201);
    let page = browser.open("/sign-in").await;
    let fields = [("username", "grace@example.org"), ("password", PASSWORD)];
    assert_eq!(browser.press("/sign-in", &page, &fields).await.status, 303);
    assert_error(&apps.redeem("shop", &code, &[]).await, 36, "invalid_grant");

    let mut browser = apps.agreed_before().await;
    for (ending, back) in [
        (
            "UPDATE users SET is_active = FALSE",
            "UPDATE users SET is_active = TRUE",
        ),
        ("DELETE FROM consents", "SELECT 1"),
    ] {
        let code = apps.code(&mut browser, &[]).await;
        apps.app.execute(ending).await;
        assert_error(&apps.redeem("shop", &code, &[]).await, 33, "invalid_grant");
        apps.app.execute(back).await;
    }
}

async fn rows_56_to_66_of_refresh_tokens(app: TestApp) {
    let apps = apps(app).await;
    let mut browser = apps.agreed().await;
    let code = apps.code(&mut browser, &[]).await;
    let given = apps.redeem("shop", &code, &[]).await;
    let first = given.member("refresh_token");
    assert_error(
        &apps.refresh("shop", &first, &[("scope", "openid profile")]).await,
        56,
        "invalid_scope",
    );
    let less = apps.refresh("shop", &first, &[("scope", "openid")]).await;
    assert_eq!(
        (less.status, less.member("scope").as_str()),
        (200, "openid"),
        "row 56: it was not spent"
    );
    // Within the grace the same successor is given.
    let again = apps.refresh("shop", &first, &[]).await;
    assert_eq!(
        again.member("refresh_token"),
        less.member("refresh_token"),
        "row 62: {again:?}"
    );
    assert_error(
        &apps.refresh("other", &again.member("refresh_token"), &[]).await,
        63,
        "invalid_grant",
    );
    assert_error(&apps.refresh("shop", &code, &[]).await, 61, "invalid_grant");
    let code_of_refresh = apps.redeem("shop", &again.member("refresh_token"), &[]).await;
    assert_error(&code_of_refresh, 61, "invalid_grant");

    let current = again.member("refresh_token");
    let about = |id: &'static str, path: &'static str, token: String| {
        let form = [
            ("token", token),
            ("client_id", id.to_owned()),
            ("client_secret", apps.secret(id).to_owned()),
        ];
        send(apps.app.anonymous().request(Method::POST, path).form(&form))
    };
    let said = about("shop", "/oauth2/introspect", current.clone()).await;
    assert_eq!(
        (said.json()["active"].clone(), said.member("client_id").as_str()),
        (json!(true), "shop"),
        "{said:?}"
    );
    assert_eq!(
        about("other", "/oauth2/introspect", current.clone()).await.json(),
        json!({"active": false}),
        "row 65"
    );
    assert_eq!(about("other", "/oauth2/revoke", current.clone()).await.status, 200);
    let third = apps.refresh("shop", &current, &[]).await;
    assert_eq!(third.status, 200, "row 66: nothing was ended by another client");
    assert_eq!(apps.user_info(&third.member("access_token")).await.status, 200);
    assert_eq!(
        about("shop", "/oauth2/revoke", third.member("refresh_token"))
            .await
            .status,
        200
    );
    assert_eq!(
        apps.user_info(&third.member("access_token")).await.status,
        401,
        "row 66"
    );
    assert_error(
        &apps.refresh("shop", &third.member("refresh_token"), &[]).await,
        66,
        "invalid_grant",
    );
    assert_eq!(
        about("shop", "/oauth2/introspect", third.member("refresh_token"))
            .await
            .json(),
        json!({"active": false})
    );

    rows_62_and_63(&apps).await;
}

/// What was spent longer ago ends the grant. A sign-out ends what hangs on the session, and not what was given for while one
/// is away.
async fn rows_62_and_63(apps: &Apps) {
    let mut browser = apps.agreed_before().await;
    let code = apps.code(&mut browser, &[]).await;
    let first = apps.redeem("shop", &code, &[]).await.member("refresh_token");
    let second = apps.refresh("shop", &first, &[]).await.member("refresh_token");
    let third = apps.refresh("shop", &second, &[]).await;
    assert_error(&apps.refresh("shop", &first, &[]).await, 62, "invalid_grant");
    assert_error(
        &apps.refresh("shop", &third.member("refresh_token"), &[]).await,
        62,
        "invalid_grant",
    );
    assert_eq!(
        apps.user_info(&third.member("access_token")).await.status,
        401,
        "row 62"
    );

    let bound = apps.redeem("shop", &apps.code(&mut browser, &[]).await, &[]).await;
    let asking = [("scope", "openid offline_access")];
    let page = browser.open(&authorize(&asking)).await;
    let sent = decide(&mut browser, &page, "allow").await;
    let offline = apps.redeem("shop", &answer(&sent)["code"], &[]).await;
    let page = browser.open("/account").await;
    browser.press("/sign-out", &page, &[]).await;
    assert_error(
        &apps.refresh("shop", &bound.member("refresh_token"), &[]).await,
        63,
        "invalid_grant",
    );
    assert_eq!(
        apps.user_info(&bound.member("access_token")).await.status,
        401,
        "row 63"
    );
    assert_eq!(
        apps.refresh("shop", &offline.member("refresh_token"), &[]).await.status,
        200
    );
}

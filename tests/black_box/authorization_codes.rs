//! Codes and refresh tokens of apps, and what becomes of them. The numbers of the rows are those of the list of bad input.

use crate::app::TestApp;
use crate::browser::Browser;
use crate::client::{Answer, PASSWORD, Tokens, send};
use crate::on_both_databases;
use crate::relying_party::{ADA, Apps, REDIRECT, SharedApps, VERIFIER, answer, authorize, come_back, decide, told};
use reqwest::Method;
use serde_json::json;
use tokio::task::JoinSet;

/// Stamps a test for each database out of a function that takes apps, which it shares with the other tests that run.
macro_rules! on_apps_of_both_databases {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread")]
            async fn on_sqlite() {
                let start = async || super::apps(crate::app::TestApp::on_sqlite(&[])).await;
                let apps = super::ON_SQLITE.get(start).await;
                super::$name(&apps).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn on_postgres() {
                let start = async || Some(super::apps(crate::app::TestApp::on_postgres(&[]).await?).await);
                if let Some(apps) = super::ON_POSTGRES.get_if(start).await {
                    super::$name(&apps).await;
                }
            }
        }
    )+};
}

static ON_SQLITE: SharedApps = SharedApps::new();
static ON_POSTGRES: SharedApps = SharedApps::new();

on_both_databases!(
    a_person_signs_in_to_an_app,
    row_33_a_code_ends_with_what_it_hangs_on,
    row_36_a_code_ends_where_somebody_else_signs_in,
);

on_apps_of_both_databases!(
    row_14_a_code_is_redeemed_for_the_address_that_it_was_sent_to,
    row_28_what_was_asked_with_a_challenge_is_redeemed_with_its_verifier,
    row_29_what_was_asked_without_a_challenge_is_redeemed_without_a_verifier,
    row_30_a_verifier_is_43_to_128_letters,
    row_31_a_code_that_comes_twice_ends_what_it_gave,
    row_32_a_code_is_of_no_use_to_another_app,
    row_34_what_is_no_code_of_ours_is_none,
    row_35_five_wrong_guesses_end_a_code,
    row_56_who_asks_for_more_than_was_granted_has_spent_nothing,
    row_61_a_code_refreshes_nothing_and_a_refresh_token_is_no_code,
    row_62_a_token_that_was_spent_longer_ago_ends_the_grant,
    row_63_a_refresh_ends_with_the_session_and_is_of_no_use_to_another_app,
    row_65_a_refresh_token_is_told_of_to_its_own_app,
    row_66_an_app_gives_back_what_is_its_own,
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

async fn row_14_a_code_is_redeemed_for_the_address_that_it_was_sent_to(apps: &Apps) {
    for redirect_uri in ["", "https://shop.example/cb/"] {
        misfits(apps, 14, &[("redirect_uri", redirect_uri)]).await;
    }
}

async fn row_28_what_was_asked_with_a_challenge_is_redeemed_with_its_verifier(apps: &Apps) {
    misfits(apps, 28, &[("code_verifier", "")]).await;
}

async fn row_29_what_was_asked_without_a_challenge_is_redeemed_without_a_verifier(apps: &Apps) {
    let mut browser = apps.agreed().await;
    let open = [
        ("client_id", "old"),
        ("scope", "openid"),
        ("code_challenge", ""),
        ("code_challenge_method", ""),
    ];
    let code = apps.code(&mut browser, &open).await;
    assert_error(&apps.redeem("old", &code, &[]).await, 29, "invalid_grant");
    let without = apps.redeem("old", &code, &[("code_verifier", "")]).await;
    assert_eq!(without.status, 200, "row 29");
}

async fn row_30_a_verifier_is_43_to_128_letters(apps: &Apps) {
    let long = "a".repeat(129);
    let other_letters = "a+b=c?d!e#f@g$h%i^j&k*l(m)n_o+p{q}r|s<t>u~v";
    for verifier in [&VERIFIER[1..], &long, other_letters] {
        misfits(apps, 30, &[("code_verifier", verifier)]).await;
    }
}

/// Checks that a code is not redeemed so, and is good all the same.
async fn misfits(apps: &Apps, row: u32, changes: &[(&str, &str)]) {
    let mut browser = apps.agreed().await;
    let code = apps.code(&mut browser, &[]).await;
    assert_error(&apps.redeem("shop", &code, changes).await, row, "invalid_grant");
    let right = apps.redeem("shop", &code, &[]).await;
    assert_eq!(right.status, 200, "row {row}: it is still good: {right:?}");
}

async fn row_32_a_code_is_of_no_use_to_another_app(apps: &Apps) {
    let mut browser = apps.agreed().await;
    let code = apps.code(&mut browser, &[]).await;
    assert_error(&apps.redeem("other", &code, &[]).await, 32, "invalid_grant");
    let unproven = apps.redeem("shop", &code, &[("client_secret", "pcs_wrong")]).await;
    assert_eq!(unproven.status, 401);
    let right = apps.redeem("shop", &code, &[]).await;
    assert_eq!(right.status, 200, "row 32: it is still good: {right:?}");
}

async fn row_34_what_is_no_code_of_ours_is_none(apps: &Apps) {
    let mut browser = apps.agreed().await;
    let mut changed = apps.code(&mut browser, &[]).await.into_bytes();
    let last = changed.len() - 3;
    changed[last] = if changed[last] == b'A' { b'B' } else { b'A' };
    let changed = String::from_utf8(changed).unwrap();
    let foreign = format!("pac_{}", "A".repeat(75));
    for code in [&changed, &foreign, &"a".repeat(60_000), "pac_"] {
        assert_error(&apps.redeem("shop", code, &[]).await, 34, "invalid_grant");
    }
}

async fn row_35_five_wrong_guesses_end_a_code(apps: &Apps) {
    let mut browser = apps.agreed().await;
    let code = apps.code(&mut browser, &[]).await;
    for _ in 0..5 {
        let guessed = apps.redeem("shop", &code, &[("redirect_uri", "x")]).await;
        assert_error(&guessed, 35, "invalid_grant");
    }
    assert_error(&apps.redeem("shop", &code, &[]).await, 35, "invalid_grant");
}

/// One of many is first, and what it got is worthless once another came.
async fn row_31_a_code_that_comes_twice_ends_what_it_gave(apps: &Apps) {
    let mut browser = apps.agreed().await;
    let code = apps.code(&mut browser, &[]).await;
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

    let code = apps.code(&mut browser, &[]).await;
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

async fn row_33_a_code_ends_with_what_it_hangs_on(app: TestApp) {
    let apps = apps(app).await;
    let mut browser = apps.agreed().await;
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

    let mut browser = apps.agreed().await;
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

async fn row_36_a_code_ends_where_somebody_else_signs_in(app: TestApp) {
    let apps = apps(app).await;
    let mut browser = apps.agreed().await;
    let code = apps.code(&mut browser, &[]).await;
    assert_eq!(apps.app.anonymous().register("grace@example.org").await.status, 201);
    let page = browser.open("/sign-in").await;
    let fields = [("username", "grace@example.org"), ("password", PASSWORD)];
    assert_eq!(browser.press("/sign-in", &page, &fields).await.status, 303);
    assert_error(&apps.redeem("shop", &code, &[]).await, 36, "invalid_grant");
}

/// What the app is given whom Ada lets in, in that browser.
async fn given(apps: &Apps, browser: &mut Browser) -> Answer {
    let code = apps.code(browser, &[]).await;
    let given = apps.redeem("shop", &code, &[]).await;
    assert_eq!(given.status, 200, "{given:?}");
    given
}

async fn row_56_who_asks_for_more_than_was_granted_has_spent_nothing(apps: &Apps) {
    let first = given(apps, &mut apps.agreed().await).await.member("refresh_token");
    let more = apps.refresh("shop", &first, &[("scope", "openid profile")]).await;
    assert_error(&more, 56, "invalid_scope");
    let less = apps.refresh("shop", &first, &[("scope", "openid")]).await;
    assert_eq!((less.status, less.member("scope").as_str()), (200, "openid"), "row 56");
}

async fn row_61_a_code_refreshes_nothing_and_a_refresh_token_is_no_code(apps: &Apps) {
    let mut browser = apps.agreed().await;
    let code = apps.code(&mut browser, &[]).await;
    assert_error(&apps.refresh("shop", &code, &[]).await, 61, "invalid_grant");
    let first = given(apps, &mut browser).await.member("refresh_token");
    assert_error(&apps.redeem("shop", &first, &[]).await, 61, "invalid_grant");
}

/// Within the grace, those who come at once are given the same successor.
async fn row_62_a_token_that_was_spent_longer_ago_ends_the_grant(apps: &Apps) {
    let first = given(apps, &mut apps.agreed().await).await.member("refresh_token");
    let mut all = JoinSet::new();
    for _ in 0..20 {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", &first),
            ("client_id", "shop"),
            ("client_secret", apps.secret("shop")),
        ];
        all.spawn(send(
            apps.app.anonymous().request(Method::POST, "/oauth2/token").form(&form),
        ));
    }
    let answers = all.join_all().await;
    let second = answers[0].member("refresh_token");
    for answer in &answers {
        assert_eq!(answer.member("refresh_token"), second, "row 62: {answer:?}");
    }
    let third = apps.refresh("shop", &second, &[]).await;
    assert_error(&apps.refresh("shop", &first, &[]).await, 62, "invalid_grant");
    let ended = apps.refresh("shop", &third.member("refresh_token"), &[]).await;
    assert_error(&ended, 62, "invalid_grant");
    let told = apps.user_info(&third.member("access_token")).await;
    assert_eq!(told.status, 401, "row 62");
}

/// A sign-out ends what hangs on the session, and not what was given for while one is away.
async fn row_63_a_refresh_ends_with_the_session_and_is_of_no_use_to_another_app(apps: &Apps) {
    let mut browser = apps.agreed().await;
    let bound = given(apps, &mut browser).await;
    let stolen = apps.refresh("other", &bound.member("refresh_token"), &[]).await;
    assert_error(&stolen, 63, "invalid_grant");
    let asking = [("scope", "openid offline_access"), ("prompt", "consent")];
    let page = browser.open(&authorize(&asking)).await;
    let sent = decide(&mut browser, &page, "allow").await;
    let offline = apps.redeem("shop", &answer(&sent)["code"], &[]).await;
    let page = browser.open("/account").await;
    browser.press("/sign-out", &page, &[]).await;
    let late = apps.refresh("shop", &bound.member("refresh_token"), &[]).await;
    assert_error(&late, 63, "invalid_grant");
    let told = apps.user_info(&bound.member("access_token")).await;
    assert_eq!(told.status, 401, "row 63");
    let offline = apps.refresh("shop", &offline.member("refresh_token"), &[]).await;
    assert_eq!(offline.status, 200, "row 63: {offline:?}");
}

/// What an app is told that asks about a token, or gives it back.
async fn about(apps: &Apps, id: &str, path: &str, token: &str) -> Answer {
    let form = [("token", token), ("client_id", id), ("client_secret", apps.secret(id))];
    send(apps.app.anonymous().request(Method::POST, path).form(&form)).await
}

async fn row_65_a_refresh_token_is_told_of_to_its_own_app(apps: &Apps) {
    let token = given(apps, &mut apps.agreed().await).await.member("refresh_token");
    let said = about(apps, "shop", "/oauth2/introspect", &token).await;
    assert_eq!(
        (said.json()["active"].clone(), said.member("client_id").as_str()),
        (json!(true), "shop"),
        "{said:?}"
    );
    let said = about(apps, "other", "/oauth2/introspect", &token).await;
    assert_eq!(said.json(), json!({"active": false}), "row 65");
}

async fn row_66_an_app_gives_back_what_is_its_own(apps: &Apps) {
    let tokens = given(apps, &mut apps.agreed().await).await;
    let (access, refresh) = (tokens.member("access_token"), tokens.member("refresh_token"));
    for (id, token) in [("other", refresh.as_str()), ("other", &access), ("shop", "pgr_unknown")] {
        assert_eq!(about(apps, id, "/oauth2/revoke", token).await.status, 200, "row 66");
    }
    assert_eq!(apps.user_info(&access).await.status, 200, "row 66: nothing was ended");
    assert_eq!(about(apps, "shop", "/oauth2/revoke", &refresh).await.status, 200);
    assert_eq!(apps.user_info(&access).await.status, 401, "row 66");
    assert_error(&apps.refresh("shop", &refresh, &[]).await, 66, "invalid_grant");
    let said = about(apps, "shop", "/oauth2/introspect", &refresh).await;
    assert_eq!(said.json(), json!({"active": false}));
}

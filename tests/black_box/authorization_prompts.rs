//! What apps ask of people, and what people do. The numbers of the rows are those of the list of bad input.

use crate::app::TestApp;
use crate::browser::{Browser, Shown};
use crate::client::PASSWORD;
use crate::relying_party::{
    ADA, Apps, REDIRECT, SharedApps, answer, authorize, come_back, decide, parameter, sign_in, told,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// All are as if signed in earlier.
const FIVE_SECONDS_AGO: &str = "UPDATE sessions SET authenticated_at = authenticated_at - 5000000";

const GRACE: &str = "grace@example.org";

/// For tests that change nothing of what others look at.
static SHARED: SharedApps = SharedApps::new();

async fn apps() -> Apps {
    let mut apps = Apps::on(TestApp::on_sqlite(&[])).await;
    for client in [
        json!({"client_id": "other", "kind": "web", "consent": "skip", "redirect_uris": [REDIRECT], "scopes": ["openid"]}),
        json!({"client_id": "tool", "kind": "native", "redirect_uris": ["com.example.tool:/cb"], "scopes": ["openid"]}),
        json!({"client_id": "club", "kind": "web", "access": "members", "redirect_uris": [REDIRECT], "scopes": ["openid"]}),
        json!({"client_id": "mails", "kind": "web", "access": "verified_email", "redirect_uris": [REDIRECT],
            "scopes": ["openid"]}),
    ] {
        apps.add(&client).await;
    }
    assert_eq!(apps.app.anonymous().register(GRACE).await.status, 201);
    apps.settle().await;
    apps
}

const OTHER: [(&str, &str); 2] = [("client_id", "other"), ("scope", "openid")];
const TOOL: [(&str, &str); 3] = [
    ("client_id", "tool"),
    ("scope", "openid"),
    ("redirect_uri", "com.example.tool:/cb"),
];

fn with<'t>(own: &[(&'t str, &'t str)], more: &[(&'t str, &'t str)]) -> Vec<(&'t str, &'t str)> {
    [own, more].concat()
}

/// The claims of the ID token that a code of the app `other` is redeemed for, and the token itself.
async fn identity(apps: &Apps, shown: &Shown) -> (Value, String) {
    let given = apps.redeem("other", &parameter(shown, "code"), &[]).await;
    let token = given.member("id_token");
    let claims = token.split('.').nth(1).unwrap();
    let claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    (claims, token)
}

async fn sign_in_as(browser: &mut Browser, sent: &Shown, email: &str) -> Shown {
    let page = browser.follow(sent).await;
    let goes_on = page.field("/sign-in", "continue");
    let fields = [
        ("continue", goes_on.as_str()),
        ("username", email),
        ("password", PASSWORD),
    ];
    let sent = browser.press("/sign-in", &page, &fields).await;
    browser.follow(&sent).await
}

#[tokio::test(flavor = "multi_thread")]
async fn row_45_who_wants_no_page_gets_none() {
    let apps = &apps().await;
    let silent = [("prompt", "none")];
    let mut browser = apps.browser();
    assert_eq!(told(&browser.open(&authorize(&silent)).await), "-> login_required");
    let page = come_back(&mut browser, &[]).await;
    assert_eq!(told(&browser.open(&authorize(&silent)).await), "-> consent_required");
    decide(&mut browser, &page, "allow").await;
    assert_eq!(told(&browser.open(&authorize(&silent)).await), "code");
    let tool = with(&TOOL, &silent);
    assert_eq!(told(&browser.open(&authorize(&tool)).await), "-> interaction_required");
    let page = browser.open(&authorize(&TOOL)).await;
    assert_eq!(told(&decide(&mut browser, &page, "allow").await), "code");
    let again = browser.open(&authorize(&TOOL)).await;
    assert_eq!(told(&again), "consent", "any program of the machine may have asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_47_a_new_proof_is_asked_for_each_time_and_serves_once() {
    let apps = &apps().await;
    let mut browser = apps.browser();
    come_back(&mut browser, &OTHER).await;
    apps.app.execute(FIVE_SECONDS_AGO).await;
    let (first, _) = identity(apps, &browser.open(&authorize(&OTHER)).await).await;
    let again = with(&OTHER, &[("prompt", "login")]);
    let asked = browser.open(&authorize(&again)).await;
    let signed_in = sign_in(&mut browser, &asked).await;
    let back = signed_in.location.clone().unwrap();
    let answered = browser.follow(&signed_in).await;
    let (second, _) = identity(apps, &answered).await;
    assert!(
        second["auth_time"].as_i64() > first["auth_time"].as_i64(),
        "{first} {second}"
    );
    assert_eq!(second["sub"], first["sub"]);
    let reloaded = browser.open(&back).await;
    assert_eq!(told(&reloaded), "sign in", "row 47: back, and reload");
    let signed_in = sign_in(&mut browser, &reloaded).await;
    assert_eq!(told(&browser.follow(&signed_in).await), "code");
    // The same time of a sign-in that was not asked anew.
    let (third, _) = identity(apps, &browser.open(&authorize(&OTHER)).await).await;
    let (fourth, _) = identity(apps, &browser.open(&authorize(&OTHER)).await).await;
    assert_eq!(third["auth_time"], fourth["auth_time"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_48_somebody_else_may_sign_in_where_nobody_is_named() {
    let apps = &*SHARED.get(apps).await;
    let mut browser = apps.browser();
    let first = come_back(&mut browser, &OTHER).await;
    let (_, hint) = identity(apps, &first).await;
    let login = with(&OTHER, &[("prompt", "login")]);
    let hinted = with(&login, &[("id_token_hint", &hint)]);
    let silent = with(&OTHER, &[("prompt", "none"), ("id_token_hint", &hint)]);
    assert_eq!(told(&browser.open(&authorize(&silent)).await), "code");
    let asked = browser.open(&authorize(&login)).await;
    assert_eq!(
        told(&sign_in_as(&mut browser, &asked, GRACE).await),
        "code",
        "row 48: without a hint"
    );
    assert_eq!(told(&browser.open(&authorize(&silent)).await), "-> login_required");
    let asked = browser.open(&authorize(&hinted)).await;
    assert_eq!(told(&asked), "choose");
    let mut fresh = apps.browser();
    let asked = fresh.open(&authorize(&hinted)).await;
    let as_another = sign_in_as(&mut fresh, &asked, GRACE).await;
    assert_eq!(told(&as_another), "-> login_required", "row 48");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_50_a_hint_is_an_id_token_of_this_app() {
    let apps = &*SHARED.get(apps).await;
    let mut browser = apps.browser();
    let first = come_back(&mut browser, &OTHER).await;
    let (_, hint) = identity(apps, &first).await;
    let code = apps.code(&mut browser, &OTHER).await;
    let access = apps.redeem("other", &code, &[]).await.member("access_token");
    let (header, rest) = hint.split_once('.').unwrap();
    let unsigned = format!(
        "{}.{}.",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#),
        rest.split('.').next().unwrap()
    );
    let forged = format!("{header}.{}x", &rest[..rest.len() - 1]);
    for hint in [access.as_str(), &unsigned, &forged, "x"] {
        let asking = with(&OTHER, &[("id_token_hint", hint)]);
        assert_eq!(
            told(&browser.open(&authorize(&asking)).await),
            "-> invalid_request",
            "row 50: {hint}"
        );
    }
    let of_another = [("id_token_hint", hint.as_str())];
    assert_eq!(
        told(&browser.open(&authorize(&of_another)).await),
        "-> invalid_request",
        "row 50"
    );
}

/// In its own browser, about its own request.
#[tokio::test(flavor = "multi_thread")]
async fn row_51_nothing_is_agreed_to_but_by_its_own_button() {
    let apps = &apps().await;
    let mut browser = apps.browser();
    let asking = [("scope", "openid profile")];
    let page = come_back(&mut browser, &asking).await;
    let action = "/oauth2/authorize/decision";
    let (csrf, goes_on) = (page.field(action, "csrf"), page.field(action, "continue"));
    let more = goes_on.replace("profile", "profile%20offline_access");
    let origin = browser.origin().to_owned();
    for fields in [
        &[("continue", goes_on.as_str()), ("decision", "allow")][..],
        &[("csrf", "x"), ("continue", &goes_on), ("decision", "allow")],
        &[("csrf", &csrf), ("continue", &more), ("decision", "allow")],
        &[("csrf", &csrf), ("continue", &goes_on)],
        &[("csrf", &csrf), ("continue", &goes_on), ("decision", "perhaps")],
    ] {
        let sent = browser.send_form(action, &origin, fields).await;
        assert_eq!(told(&sent), "consent 403", "row 51: {fields:?} {:?}", sent.location);
    }
    let fields = [("csrf", csrf.as_str()), ("continue", &goes_on), ("decision", "allow")];
    let foreign = browser.send_form(action, "https://evil.example", &fields).await;
    assert_eq!(foreign.status, 403);
    // Of another session: of somebody else, in a browser of their own.
    let mut other = apps.browser();
    let asked = other.open(&authorize(&asking)).await;
    sign_in_as(&mut other, &asked, GRACE).await;
    assert_eq!(
        told(&other.send_form(action, &origin, &fields).await),
        "consent 403",
        "row 51"
    );
    let consents = "SELECT scopes FROM consents WHERE scopes LIKE '%profile%'";
    assert!(apps.app.column(consents).await.is_empty());
    for _ in 0..2 {
        assert_eq!(
            told(&browser.send_form(action, &origin, &fields).await),
            "code",
            "row 51: twice"
        );
    }
}

/// One that is not does not count.
#[tokio::test(flavor = "multi_thread")]
async fn row_52_a_stamp_is_of_this_browser_and_of_this_request() {
    let apps = &*SHARED.get(apps).await;
    let mut browser = apps.browser();
    let login = with(&OTHER, &[("prompt", "login")]);
    let asked = browser.open(&authorize(&login)).await;
    let signed_in = sign_in(&mut browser, &asked).await;
    let stamped = signed_in.location.clone().unwrap();
    let stamp = stamped
        .split_once("portcullis_stamp=")
        .unwrap()
        .1
        .split('&')
        .next()
        .unwrap();
    let mut other = apps.browser();
    come_back(&mut other, &OTHER).await;
    assert_eq!(
        told(&other.open(&stamped).await),
        "sign in",
        "row 52: of another browser"
    );
    let another_request = format!(
        "{}&portcullis_stamp={stamp}",
        authorize(&with(&login, &[("nonce", "another")]))
    );
    assert_eq!(
        told(&browser.open(&another_request).await),
        "sign in",
        "row 52: of another request"
    );
    let (time, rest) = stamp.split_once('-').unwrap();
    let earlier = format!("{}-{rest}", time.parse::<i64>().unwrap() - 1);
    let changed = format!("{}&portcullis_stamp={earlier}", authorize(&login));
    assert_eq!(told(&browser.open(&changed).await), "sign in", "row 52: changed");
    assert_eq!(told(&browser.open(&stamped).await), "code");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_53_what_must_be_proved_and_can_t_be_is_told() {
    let apps = &*SHARED.get(apps).await;
    let mut browser = apps.browser();
    come_back(&mut browser, &OTHER).await;
    let must = r#"{"id_token":{"acr":{"essential":true,"values":["phr"]}}}"#;
    let asking = with(&OTHER, &[("claims", must)]);
    assert_eq!(
        told(&browser.open(&authorize(&asking)).await),
        "-> unmet_authentication_requirements",
        "row 53"
    );
    let silent = with(&asking, &[("prompt", "none")]);
    assert_eq!(
        told(&browser.open(&authorize(&silent)).await),
        "-> interaction_required",
        "row 53"
    );
    let wish = with(&OTHER, &[("acr_values", "phr 2fa")]);
    let (claims, _) = identity(apps, &browser.open(&authorize(&wish)).await).await;
    assert_eq!((&claims["acr"], &claims["amr"]), (&json!("1fa"), &json!(["pwd"])));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_54_who_may_not_use_an_app_is_told_before_the_app_is() {
    let apps = &*SHARED.get(apps).await;
    let mut browser = apps.browser();
    for client in ["club", "mails"] {
        let asking = [("client_id", client), ("scope", "openid")];
        let shown = if client == "club" {
            come_back(&mut browser, &asking).await
        } else {
            browser.open(&authorize(&asking)).await
        };
        assert_eq!(shown.status, 403, "row 54: {}", shown.html);
        assert!(
            shown.html.contains("access_denied") && shown.html.contains(REDIRECT),
            "{}",
            shown.html
        );
        let silent = with(&asking, &[("prompt", "none")]);
        assert_eq!(
            told(&browser.open(&authorize(&silent)).await),
            "-> access_denied",
            "row 54"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_chosen_where_the_app_says_so() {
    let apps = &*SHARED.get(apps).await;
    let mut browser = apps.browser();
    come_back(&mut browser, &OTHER).await;
    let select = with(&OTHER, &[("prompt", "select_account")]);
    let action = "/oauth2/authorize/account";
    let page = browser.open(&authorize(&select)).await;
    assert!(told(&page) == "choose" && page.html.contains("ada@"), "{}", page.html);
    let goes_on = page.field(action, "continue");
    let chosen = browser
        .press(action, &page, &[("continue", goes_on.as_str()), ("account", "current")])
        .await;
    assert_eq!(told(&browser.follow(&chosen).await), "code");
    let page = browser.open(&authorize(&select)).await;
    let goes_on = page.field(action, "continue");
    let chosen = browser
        .press(action, &page, &[("continue", goes_on.as_str()), ("account", "other")])
        .await;
    assert_eq!(told(&sign_in_as(&mut browser, &chosen, GRACE).await), "code");
    let hinted = with(&OTHER, &[("login_hint", ADA)]);
    assert_eq!(
        told(&browser.open(&authorize(&hinted)).await),
        "choose",
        "somebody else is signed in"
    );
    let silent = with(&hinted, &[("prompt", "none")]);
    assert_eq!(
        told(&browser.open(&authorize(&silent)).await),
        "-> account_selection_required"
    );
    let no_address = with(&OTHER, &[("login_hint", "ada")]);
    assert_eq!(
        told(&browser.open(&authorize(&no_address)).await),
        "code",
        "it asks for nothing"
    );
    let consent = with(&OTHER, &[("prompt", "consent")]);
    assert_eq!(told(&browser.open(&authorize(&consent)).await), "consent");
    let mut stranger = apps.browser();
    let create = with(&OTHER, &[("prompt", "create")]);
    assert_eq!(told(&stranger.open(&authorize(&create)).await), "sign up");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_is_as_young_as_the_app_wants_it() {
    let apps = &apps().await;
    let mut browser = apps.browser();
    come_back(&mut browser, &OTHER).await;
    apps.app.execute(FIVE_SECONDS_AGO).await;
    let young = with(&OTHER, &[("max_age", "1")]);
    let asked = browser.open(&authorize(&young)).await;
    let silent = with(&young, &[("prompt", "none")]);
    assert_eq!(told(&browser.open(&authorize(&silent)).await), "-> login_required");
    let signed_in = sign_in(&mut browser, &asked).await;
    assert_eq!(told(&browser.follow(&signed_in).await), "code");
    let zero = with(&OTHER, &[("max_age", "0")]);
    assert_eq!(told(&browser.open(&authorize(&zero)).await), "sign in");
    let old = with(&OTHER, &[("max_age", "10000")]);
    assert_eq!(told(&browser.open(&authorize(&old)).await), "code");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_goes_by_a_form_where_the_app_wants_that() {
    let apps = &*SHARED.get(apps).await;
    let mut browser = apps.browser();
    come_back(&mut browser, &OTHER).await;
    let by_form = with(&OTHER, &[("response_mode", "form_post")]);
    let page = browser.open(&authorize(&by_form)).await;
    assert_eq!(told(&page), "form");
    let code = page.field(REDIRECT, "code");
    assert_eq!(
        (
            page.field(REDIRECT, "state").as_str(),
            page.field(REDIRECT, "iss").as_str()
        ),
        ("s&t", browser.origin())
    );
    assert_eq!(apps.redeem("other", &code, &[]).await.status, 200);
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.contains("form-action 'self' https://shop.example https:;") && policy.contains("script-src 'sha256-"),
        "{policy}"
    );
    let refused = with(&by_form, &[("prompt", "none login")]);
    let page = browser.open(&authorize(&refused)).await;
    assert_eq!(page.field(REDIRECT, "error"), "invalid_request");
    assert!(answer(&browser.open(&authorize(&OTHER)).await).contains_key("code"));
}

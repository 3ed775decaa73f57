//! Pages of what an app asks for.

use crate::client::Running;

#[tokio::test]
async fn a_consent_says_what_the_app_will_do_and_where_one_goes() {
    let running = Running::start();
    let mut browser = running.browser();
    let page = browser.get("/oauth2/authorize?page=consent&state=a%26b").await;
    page.assert_shows(
        200,
        &[
            "Let <bdi>Paperless</bdi> use your account?",
            "grace@<wbr>example<wbr>.org",
            "see your name and email address",
            "stay connected until you take it back",
            "see your password or passkeys",
            "You will go to <b><bdi>localhost:",
            "id=\"allow\" name=\"decision\" value=\"allow\"",
            "id=\"deny\" name=\"decision\" value=\"deny\"",
            "value=\"/oauth2/authorize?page=consent&#38;state=a%26b\"",
            "class=\"door gate half\"",
        ],
    );
    assert_eq!(page.title(), "Let Paperless use your account? – Portcullis");
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("form-action 'self' http://localhost:"), "{policy}");
    assert_eq!(page.header("cross-origin-opener-policy"), Some("unsafe-none"));
}

/// Neither for another app, nor for more, nor by somebody else.
#[tokio::test]
async fn a_decision_is_good_for_the_request_that_was_shown() {
    let running = Running::start();
    let mut browser = running.browser();
    let page = browser.get("/oauth2/authorize?page=consent&scope=openid").await;
    let goes_on = page.hidden("continue");
    for (fields, pressed) in [
        (
            &[("continue", goes_on.as_str()), ("decision", "deny")][..],
            "pressed=deny",
        ),
        (&[("continue", goes_on.as_str())], "pressed=none"),
    ] {
        let sent = browser.post("/oauth2/authorize/decision", &page, fields).await;
        assert_eq!(sent.status, 303, "{}", sent.text());
        assert!(sent.header("location").unwrap().ends_with(pressed));
    }
    let more = [
        ("continue", "/oauth2/authorize?page=consent&scope=openid+email"),
        ("decision", "allow"),
    ];
    let sent = browser.post("/oauth2/authorize/decision", &page, &more).await;
    sent.assert_shows(
        403,
        &["This page was open too long", "scope=openid+email", "id=\"allow\""],
    );
    let mut other = running.browser();
    other.get("/oauth2/authorize?page=consent&scope=openid").await;
    let sent = other
        .post("/oauth2/authorize/decision", &page, &[("continue", goes_on.as_str())])
        .await;
    sent.assert_shows(403, &["This page was open too long"]);
}

#[tokio::test]
async fn an_account_is_chosen() {
    let running = Running::start();
    let mut browser = running.browser();
    let page = browser.get("/oauth2/authorize?page=chooser").await;
    page.assert_shows(
        200,
        &[
            "Choose an account",
            "to continue to <b><bdi>Paperless</bdi></b>",
            "id=\"account-current\" name=\"account\" value=\"current\"",
            "id=\"account-other\" name=\"account\" value=\"other\"",
        ],
    );
    let goes_on = page.hidden("continue");
    let fields = [("continue", goes_on.as_str()), ("account", "other")];
    let sent = browser.post("/oauth2/authorize/account", &page, &fields).await;
    assert!(sent.header("location").unwrap().ends_with("pressed=other"));
}

#[tokio::test]
async fn a_form_for_an_app_sends_itself_and_runs_nothing_else() {
    let running = Running::start();
    let page = running.browser().get("/oauth2/authorize?page=form-post").await;
    page.assert_shows(
        200,
        &[
            "<form method=\"post\" action=\"http://localhost:",
            "name=\"code\" value=\"pac_a&#38;b\"",
            "name=\"state\" value=\"&#34;&#60;x&#62;\"",
            "id=\"continue\"",
            "<script>document.forms[0].submit()</script>",
        ],
    );
    let policy = page.header("content-security-policy").unwrap();
    // Of Python's hashlib, over the text of the script.
    let digest = "script-src 'sha256-ePniVEkSivX/c7XWBGafqh8tSpiRrKiqYeqbG7N1TOE=';";
    assert!(policy.contains(digest) && !policy.contains("unsafe"), "{policy}");
}

#[tokio::test]
async fn an_app_that_gets_no_answer_is_told_of_and_gone_back_to_only_where_it_may() {
    let running = Running::start();
    let mut browser = running.browser();
    let page = browser.get("/oauth2/authorize?page=refused").await;
    page.assert_shows(
        400,
        &[
            "This app can’t sign you in",
            "No app of that client_id is known here.",
            ">invalid_client<",
        ],
    );
    assert!(!page.text().contains("class=\"button\""));
    let page = browser.get("/oauth2/authorize?page=no-access").await;
    page.assert_shows(
        403,
        &[
            "You can’t use <bdi>Paperless</bdi>",
            "Back to <bdi>Paperless</bdi>",
            ">access_denied<",
        ],
    );
}

#[tokio::test]
async fn an_app_signs_somebody_out_by_a_button_or_by_itself() {
    let running = Running::start();
    let mut browser = running.browser();
    let page = browser.get("/oauth2/logout?state=x").await;
    page.assert_shows(
        200,
        &[
            "Sign out?",
            "id=\"sign-out\" name=\"decision\" value=\"sign-out\"",
            "id=\"stay\"",
        ],
    );
    assert!(!page.text().contains("<script>"));
    let page = browser.get("/oauth2/logout?hint=x").await;
    page.assert_shows(200, &["<script>document.forms[0].submit()</script>", "id=\"stay\""]);
    assert!(
        page.header("content-security-policy")
            .unwrap()
            .contains("script-src 'sha256-")
    );
}

#[tokio::test]
async fn what_an_app_calls_itself_is_no_html() {
    let running = Running::start();
    let mut browser = running.browser();
    for page in ["consent", "chooser", "form-post", "no-access"] {
        let path = format!("/oauth2/authorize?page={page}&app=%3Cscript%3Ealert(1)%3C%2Fscript%3E");
        let page = browser.get(&path).await;
        assert!(page.text().contains("&#60;script&#62;alert(1)"), "{}", page.text());
        assert!(!page.text().contains("<script>alert"), "{}", page.text());
    }
}

//! Forms: what is wrong with what was typed, and whose form it is.

use crate::client::{Browser, Running};
use crate::services::{COMMON, GOOD, GRACE, RIGHT_CODE, USED};

#[tokio::test]
async fn asking_for_a_link_is_answered_alike_for_every_address() {
    let running = Running::start();
    let mut browser = running.browser();
    let page = browser.get("/forgot-password").await;
    let sent = browser
        .post("/forgot-password", &page, &[("username", " Grace@Example.org ")])
        .await;
    assert_eq!(sent.header("location"), Some("/forgot-password/check-mail"));
    let waiting = browser.follow(&sent).await;
    waiting.assert_shows(
        200,
        &[
            "Check your mail",
            "grace@<wbr>example",
            "no-reply@<wbr>orchard",
            "id=\"continue\"",
        ],
    );
    assert_eq!(running.mails.done(), [format!("ask for {GRACE} in en")]);
}

#[tokio::test]
async fn another_link_to_confirm_an_address_is_asked_for() {
    let running = Running::start();
    let mut browser = running.browser();
    let page = browser.get("/verify-email/again").await;
    let sent = browser.post("/verify-email/again", &page, &[("username", GRACE)]).await;
    assert_eq!(sent.header("location"), Some("/verify-email/code"));
    let waiting = browser.follow(&sent).await;
    let sent = browser
        .post("/verify-email/code", &waiting, &[("code", RIGHT_CODE)])
        .await;
    browser
        .follow(&sent)
        .await
        .assert_shows(200, &["Your email address is confirmed"]);
    assert_eq!(
        running.mails.done(),
        [format!("resend to {GRACE}"), "verify".to_owned()]
    );
}

#[tokio::test]
async fn a_right_code_gives_a_form_whose_token_stands_in_no_address() {
    let running = Running::start();
    let mut browser = running.browser();
    let waiting = wait_for_code(&mut browser).await;
    let form = browser
        .post("/forgot-password/check-mail", &waiting, &[("code", " 123 456 ")])
        .await;
    form.assert_shows(
        200,
        &["Choose a new password", "value=\"good\"", "name=\"by\" value=\"code\""],
    );
    assert!(!form.text().contains("token=good"), "{}", form.text());
    let short = [("token", GOOD), ("by", "code"), ("new-password", "short")];
    let again = browser.post("/new-password", &form, &short).await;
    again.assert_shows(422, &["Use at least 8 characters: this one has 5"]);
    assert!(!again.text().contains("token=good"), "{}", again.text());
}

#[tokio::test]
async fn a_wrong_code_is_told_at_its_field() {
    let running = Running::start();
    let mut browser = running.browser();
    let waiting = wait_for_code(&mut browser).await;
    let sent = browser
        .post("/forgot-password/check-mail", &waiting, &[("code", "000000")])
        .await;
    sent.assert_shows(401, &["That code is not right", "id=\"code-error\"", ">invalid_code<"]);
    assert_eq!(sent.title(), "Error: Check your mail – Portcullis");
}

#[tokio::test]
async fn a_browser_that_asked_for_no_mail_waits_for_none() {
    let running = Running::start();
    let mut browser = running.browser();
    for (path, ask) in [
        ("/forgot-password/check-mail", "/forgot-password"),
        ("/verify-email/code", "/verify-email/again"),
    ] {
        let page = browser.get(path).await;
        assert_eq!((page.status, page.header("location")), (303, Some(ask)));
    }
    let address = "portcullis-address";
    wait_for_code(&mut browser).await;
    let (known, proof) = browser.cookies[address].split_once('.').unwrap();
    let (known, proof) = (known.to_owned(), proof.to_owned());
    for forged in [format!("ZXZlQGV4YW1wbGUub3Jn.{proof}"), format!("{known}.x"), known] {
        browser.cookies.insert(address.to_owned(), forged);
        assert_eq!(browser.get("/forgot-password/check-mail").await.status, 303);
    }
}

#[tokio::test]
async fn what_is_wrong_stands_in_the_summary_and_at_the_field() {
    let running = Running::start();
    let mut browser = running.browser();
    let page = browser.get("/forgot-password").await;
    for typed in ["", "grace@example", "<script>"] {
        let sent = browser.post("/forgot-password", &page, &[("username", typed)]).await;
        let wrong = "Enter an email address, such as name@example.org";
        sent.assert_shows(
            422,
            &[
                &format!("<a href=\"#username\">{wrong}</a>"),
                "class=\"notice danger\" tabindex=\"-1\" autofocus",
                "aria-describedby=\"username-error\" aria-invalid=\"true\"",
                ">validation_failed<",
            ],
        );
        assert_eq!(sent.title(), "Error: Forgot your password? – Portcullis");
    }
    assert_eq!(running.mails.done(), [""; 0]);
}

#[tokio::test]
async fn a_password_that_is_refused_leaves_the_link_good_and_is_not_shown() {
    let running = Running::start();
    let mut browser = running.browser();
    let page = browser.get(&format!("/new-password?token={GOOD}")).await;
    let long = "l".repeat(129);
    for (password, told) in [
        ("", "Enter a new password"),
        ("short", "Use at least 8 characters: this one has 5"),
        (COMMON, "Choose another password: this one is easy to guess"),
        (&long, "Use at most 128 characters"),
    ] {
        let fields = [("token", GOOD), ("new-password", password)];
        let sent = browser.post("/new-password", &page, &fields).await;
        sent.assert_shows(422, &[told, "id=\"new-password-error\"", "value=\"grace@example.org\""]);
        assert!(password.is_empty() || !sent.text().contains(&format!("value=\"{password}")));
    }
    let fields = [("token", GOOD), ("new-password", "correct horse battery")];
    let sent = browser.post("/new-password", &page, &fields).await;
    browser
        .follow(&sent)
        .await
        .assert_shows(200, &["Your password was changed"]);
    assert_eq!(running.mails.done(), ["reset"]);
    let fields = [("token", USED), ("new-password", "correct horse battery")];
    let sent = browser.post("/new-password", &page, &fields).await;
    sent.assert_shows(400, &["This link no longer works"]);
}

#[tokio::test]
async fn an_invitation_is_accepted_once_everything_is_right() {
    let running = Running::start();
    let mut browser = running.browser();
    let page = browser.get(&format!("/join?token={GOOD}")).await;
    page.assert_shows(200, &["value=\"Grace Hopper\""]);
    let wrong = [("token", GOOD), ("name", ""), ("new-password", "short")];
    let sent = browser.post("/join", &page, &wrong).await;
    sent.assert_shows(
        422,
        &[
            "href=\"#name\">Enter your full name",
            "href=\"#new-password\">Use at least",
        ],
    );
    let common = [("token", GOOD), ("name", "Amazing Grace"), ("new-password", COMMON)];
    let sent = browser.post("/join", &page, &common).await;
    sent.assert_shows(422, &["value=\"Amazing Grace\"", "easy to guess"]);
    let right = [
        ("token", GOOD),
        ("name", "Amazing Grace"),
        ("new-password", "correct horse battery"),
    ];
    let sent = browser.post("/join", &page, &right).await;
    browser
        .follow(&sent)
        .await
        .assert_shows(200, &["Your account is ready"]);
    assert_eq!(running.mails.done(), ["join as Amazing Grace"]);
}

#[tokio::test]
async fn a_form_that_this_browser_was_not_shown_is_shown_again_filled_in() {
    let running = Running::start();
    let (mut browser, mut other) = (running.browser(), running.browser());
    let of_another = other.get("/forgot-password").await;
    browser.get("/forgot-password").await;
    let sent = browser
        .post("/forgot-password", &of_another, &[("username", GRACE)])
        .await;
    sent.assert_shows(
        403,
        &[
            "This page was open too long",
            "value=\"grace@example.org\"",
            ">form_expired<",
        ],
    );
    let again = browser.post("/forgot-password", &sent, &[("username", GRACE)]).await;
    assert_eq!(again.status, 303, "the button once more");
    for path in ["/verify-email", "/undo-email", "/was-it-you", "/new-password", "/join"] {
        let sent = browser.post(path, &of_another, &[("token", GOOD)]).await;
        sent.assert_shows(403, &["This page was open too long", "name=\"token\" value=\"good\""]);
    }
    assert_eq!(running.mails.done(), [format!("ask for {GRACE} in en")]);
}

#[tokio::test]
async fn a_form_of_another_site_is_refused() {
    let running = Running::start();
    let mut browser = running.browser();
    let page = browser.get(&format!("/verify-email?token={GOOD}")).await;
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("origin", ""),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let cookies = browser.cookies.clone();
        let mut browser = running.browser().sends(name, value);
        browser.cookies = cookies;
        let sent = browser.post("/verify-email", &page, &[("token", GOOD)]).await;
        sent.assert_shows(403, &["That did not come from here", ">cross_site_request<"]);
    }
    assert_eq!(running.mails.done(), [""; 0]);
}

#[tokio::test]
async fn a_notice_that_was_made_up_tells_nothing() {
    let running = Running::start();
    let (mut browser, mut other) = (running.browser(), running.browser());
    let page = other.get(&format!("/was-it-you?token={GOOD}")).await;
    other.post("/was-it-you", &page, &[("token", GOOD)]).await;
    let of_another = other.cookies["portcullis-notice"].clone();
    browser.get("/forgot-password").await;
    for notice in [of_another.as_str(), "YWNjb3VudC1zZWN1cmVk.", "account-secured", "."] {
        browser
            .cookies
            .insert("portcullis-notice".to_owned(), notice.to_owned());
        browser
            .get("/was-it-you")
            .await
            .assert_shows(400, &["This link no longer works"]);
    }
}

async fn wait_for_code(browser: &mut Browser) -> crate::client::Answer {
    let page = browser.get("/forgot-password").await;
    let sent = browser.post("/forgot-password", &page, &[("username", GRACE)]).await;
    browser.follow(&sent).await
}

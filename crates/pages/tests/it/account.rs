//! Pages of one's own account.

use crate::client::{Answer, Browser, Running};
use crate::people::{ALONE, LONG, PASSWORDLESS};
use portcullis_pages::PlaceFile;
use portcullis_testkit::build::PASSWORD;

async fn signed_in(running: &Running, username: &str) -> Browser {
    let mut browser = running.browser();
    let page = browser.get("/sign-in").await;
    let sent = browser
        .post("/sign-in", &page, &[("username", username), ("password", PASSWORD)])
        .await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    browser
}

async fn send(browser: &mut Browser, path: &str, fields: &[(&str, &str)]) -> Answer {
    let page = browser.get(path).await;
    browser.post(path, &page, fields).await
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_sent_to_sign_in_and_back() {
    let running = Running::start();
    let mut browser = running.browser();
    for (path, there) in [
        ("/account", "/sign-in?continue=%2Faccount"),
        ("/account/profile", "/sign-in?continue=%2Faccount%2Fprofile"),
        (
            "/account/password?a=b",
            "/sign-in?continue=%2Faccount%2Fpassword%3Fa%3Db",
        ),
        ("/account/sessions", "/sign-in?continue=%2Faccount%2Fsessions"),
    ] {
        let sent = browser.get(path).await;
        assert_eq!((sent.status, sent.header("location")), (303, Some(there)), "{path}");
    }
    let sent = browser.send("POST", "/account/profile", "name=Eve").await;
    assert_eq!(sent.header("location"), Some("/sign-in?continue=%2Faccount%2Fprofile"));
    browser
        .cookies
        .insert("portcullis-session".to_owned(), "pss_of-nobody".to_owned());
    assert_eq!(browser.get("/account").await.status, 303);
    assert!(
        !browser.cookies.contains_key("portcullis-session"),
        "what is worth nothing is taken away"
    );
}

#[tokio::test]
async fn the_account_tells_who_one_is_and_where() {
    let running = Running::start();
    let mut browser = signed_in(&running, "grace@example.org").await;
    let page = browser.get("/account").await;
    page.assert_shows(
        200,
        &[
            "Grace Hopper",
            "grace@<wbr>example<wbr>.org",
            "Confirmed",
            ">GH<",
            "4 signed in, this one included",
            "aria-current=\"page\">Overview",
            "class=\"hall gate open\"",
        ],
    );
    assert_eq!(page.title(), "Your account – Portcullis");
    let stays = page
        .all("set-cookie")
        .find(|cookie| cookie.starts_with("portcullis-session="))
        .unwrap();
    assert!(stays.contains("; Max-Age=604800;"), "{stays}");
}

#[tokio::test]
async fn a_name_a_language_and_a_zone_are_saved() {
    let running = Running::start();
    let mut browser = signed_in(&running, "grace@example.org").await;
    let sent = send(
        &mut browser,
        "/account/profile",
        &[("what", "name"), ("name", "Amazing Grace")],
    )
    .await;
    assert_eq!(sent.header("location"), Some("/account/profile"));
    browser
        .follow(&sent)
        .await
        .assert_shows(200, &["Your profile was saved", "value=\"Amazing Grace\""]);
    let sent = send(
        &mut browser,
        "/account/profile",
        &[("language", "ko"), ("zone", "Asia/Seoul")],
    )
    .await;
    let page = browser.follow(&sent).await;
    page.assert_shows(
        200,
        &["lang=\"ko\"", "프로필", "value=\"Asia/Seoul\" selected>Seoul (UTC+9)"],
    );
    let page = browser.get("/account/sessions").await;
    page.assert_shows(
        200,
        &[
            "시각은 Seoul 시간(UTC+9)입니다.",
            "Android의 Chrome",
            "‘<bdi>backup-agent/2.1</bdi>’이라는 앱",
        ],
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_profile_is_told_at_its_field() {
    let running = Running::start();
    let mut browser = signed_in(&running, "grace@example.org").await;
    signed_in(&running, "ben@example.org").await;
    for (fields, status, text) in [
        (
            &[("what", "name"), ("name", "")][..],
            422,
            "href=\"#name\">Enter your full name",
        ),
        (
            &[("what", "email"), ("email", "x")],
            422,
            "href=\"#email\">Enter an email address",
        ),
        (&[("language", "xx")], 422, "href=\"#language\">Choose one of the list"),
        (&[("zone", "Mars/Base")], 422, "href=\"#zone\">Choose one of the list"),
        (
            &[("email", "ben@example.org")],
            409,
            "href=\"#email\">There is an account with this address",
        ),
    ] {
        let sent = send(&mut browser, "/account/profile", fields).await;
        sent.assert_shows(status, &[text, "Error: Profile"]);
    }
}

#[tokio::test]
async fn another_address_waits_for_its_link_with_mail_and_changes_at_once_without() {
    let running = Running::start();
    let mut browser = signed_in(&running, "grace@example.org").await;
    let sent = send(&mut browser, "/account/profile", &[("email", "hopper@example.org")]).await;
    let page = browser.follow(&sent).await;
    page.assert_shows(
        200,
        &[
            "Confirm your new address",
            "hopper@<wbr>example",
            "value=\"grace@example.org\"",
        ],
    );
    let running = Running::without_mail();
    let mut browser = signed_in(&running, "grace@example.org").await;
    let sent = send(&mut browser, "/account/profile", &[("email", "hopper@example.org")]).await;
    browser
        .follow(&sent)
        .await
        .assert_shows(200, &["value=\"hopper@example.org\""]);
}

#[tokio::test]
async fn a_password_is_changed_by_the_present_one() {
    let running = Running::start();
    let mut browser = signed_in(&running, "grace@example.org").await;
    let page = browser.get("/account/password").await;
    page.assert_shows(
        200,
        &[
            "Saving signs you out on your 3 other devices.",
            "value=\"grace@example.org\" autocomplete=\"username\"",
        ],
    );
    let new = "another correct horse";
    for (current, new, text) in [
        ("", new, "href=\"#current-password\">Enter your password"),
        (
            "wrong",
            new,
            "href=\"#current-password\">That is not your current password",
        ),
        (PASSWORD, "short", "href=\"#new-password\">Use at least 8 characters"),
    ] {
        let fields = [("current-password", current), ("new-password", new)];
        let sent = send(&mut browser, "/account/password", &fields).await;
        sent.assert_shows(422, &[text]);
        assert!(!sent.text().contains(&format!("value=\"{new}")));
    }
    let fields = [("current-password", PASSWORD), ("new-password", new)];
    let sent = send(&mut browser, "/account/password", &fields).await;
    let told = browser.follow(&sent).await;
    told.assert_shows(
        200,
        &["Your password was changed", "You are signed out on your other devices."],
    );
    browser.get("/account").await.assert_shows(200, &["Only this one"]);
}

#[tokio::test]
async fn somebody_without_a_password_has_a_link_mailed_that_sets_one() {
    let running = Running::start();
    let mut browser = signed_in(&running, &format!("{PASSWORDLESS}@example.org")).await;
    browser.get("/account").await.assert_shows(200, &["None yet"]);
    let page = browser.get("/account/password").await;
    page.assert_shows(
        200,
        &[
            "You have no password yet",
            "action=\"/forgot-password\"",
            "id=\"send\">Set a password",
        ],
    );
    assert!(!page.text().contains("current-password"));
    let sent = browser
        .post("/account/password", &page, &[("new-password", PASSWORD)])
        .await;
    assert_eq!((sent.status, sent.header("location")), (303, Some("/account/password")));
    let username = page.hidden("username");
    let sent = browser
        .post("/forgot-password", &page, &[("username", &username)])
        .await;
    browser
        .follow(&sent)
        .await
        .assert_shows(200, &["Check your mail", PASSWORDLESS]);
    let running = Running::without_mail();
    let mut browser = signed_in(&running, &format!("{PASSWORDLESS}@example.org")).await;
    let page = browser.get("/account/password").await;
    page.assert_shows(200, &["You sign in without one.", "id=\"new-password\""]);
    assert!(!page.text().contains("/forgot-password") && !page.text().contains("current-password"));
    let sent = browser
        .post("/account/password", &page, &[("new-password", "short")])
        .await;
    sent.assert_shows(422, &["href=\"#new-password\">Use at least 8 characters"]);
    let sent = browser
        .post("/account/password", &page, &[("new-password", "another correct horse")])
        .await;
    let told = browser.follow(&sent).await;
    told.assert_shows(200, &["Your password was changed"]);
}

#[tokio::test]
async fn nobody_is_asked_to_sign_out_elsewhere_who_is_signed_in_nowhere_else() {
    let running = Running::start();
    let mut browser = signed_in(&running, &format!("{ALONE}@example.org")).await;
    let page = browser.get("/account/sessions").await;
    page.assert_shows(200, &["This device"]);
    assert!(!page.text().contains("end-others"));
}

#[tokio::test]
async fn devices_are_named_and_signed_out_one_by_one_or_all() {
    let running = Running::start();
    let mut browser = signed_in(&running, "grace@example.org").await;
    let page = browser.get("/account/sessions").await;
    page.assert_shows(
        200,
        &[
            "Chrome on Android",
            "Safari on a Mac",
            "An app that names itself “<bdi>backup-agent/2.1</bdi>”",
            "This device",
            "203.0.113.24",
            "Now · signed in <time",
            "Times are in UTC.",
        ],
    );
    let id = page.between("id=\"end-", "\"").to_owned();
    let end = format!("/account/sessions/{id}/end");
    assert!(page.text().contains(&format!("action=\"{end}\"")));
    for _ in 0..2 {
        let sent = browser.post(&end, &page, &[]).await;
        browser
            .follow(&sent)
            .await
            .assert_shows(200, &["The device is signed out"]);
    }
    browser.get("/account").await.assert_shows(200, &["3 signed in"]);
    let sent = browser.post("/account/sessions/end-others", &page, &[]).await;
    browser
        .follow(&sent)
        .await
        .assert_shows(200, &["You are signed out everywhere else"]);
    browser.get("/account").await.assert_shows(200, &["Only this one"]);
}

/// In the file of the tests, 203.0.113.0/24 is in Seoul, and nothing says where this machine is.
#[tokio::test]
async fn where_a_device_is_stands_before_its_address_where_a_file_tells() {
    let places = PlaceFile::of(include_bytes!("../places.mmdb").to_vec()).unwrap();
    let running = Running::with(|settings| settings.places = Some(places));
    let mut browser = signed_in(&running, "grace@example.org").await;
    let page = browser.get("/account/sessions").await;
    for text in [
        "<bdi>Seoul</bdi>, <bdi>South Korea</bdi> · <span translate=\"no\">203.0.113.24</span>",
        "Place not known · <span translate=\"no\">127.0.0.1</span>",
    ] {
        assert!(page.text().contains(text), "{text}: {}", page.text());
    }
    let page = browser.sends("accept-language", "ko").get("/account/sessions").await;
    page.assert_shows(
        200,
        &["<bdi lang=\"en\">South Korea</bdi> <bdi lang=\"en\">Seoul</bdi> · "],
    );
    let running = Running::start();
    let mut browser = signed_in(&running, "grace@example.org").await;
    let page = browser.get("/account/sessions").await;
    page.assert_shows(200, &["<small><span translate=\"no\">203.0.113.24</span></small>"]);
}

#[tokio::test]
async fn nobody_ends_the_session_of_somebody_else() {
    let running = Running::start();
    let mut browser = signed_in(&running, "grace@example.org").await;
    let mut ben = signed_in(&running, "ben@example.org").await;
    let bens = ben.get("/account/sessions").await.between("id=\"end-", "\"").to_owned();
    let page = browser.get("/account/sessions").await;
    let ended = browser.post(&format!("/account/sessions/{bens}/end"), &page, &[]).await;
    ended.assert_shows(404, &["There is nothing here"]);
    ben.get("/account").await.assert_shows(200, &["4 signed in"]);
    let odd = browser.post("/account/sessions/x/end", &page, &[]).await;
    odd.assert_shows(404, &["There is nothing here"]);
}

#[tokio::test]
async fn a_form_of_somebody_who_was_signed_in_before_does_nothing() {
    let running = Running::start();
    let mut browser = signed_in(&running, "grace@example.org").await;
    let page = browser.get("/account/profile").await;
    let sessions = browser.get("/account/sessions").await;
    let own = browser.get("/account/password").await;
    let sign_in = browser.get("/sign-in").await;
    browser
        .post(
            "/sign-in",
            &sign_in,
            &[("username", "ben@example.org"), ("password", PASSWORD)],
        )
        .await;
    let sent = browser.post("/account/profile", &page, &[("name", "Eve")]).await;
    sent.assert_shows(403, &["This page was open too long", "value=\"Eve\"", ">form_expired<"]);
    let sent = browser.post("/account/sessions/end-others", &sessions, &[]).await;
    sent.assert_shows(403, &["This page was open too long", "Your devices"]);
    let sent = browser
        .post(
            "/account/password",
            &own,
            &[("current-password", PASSWORD), ("new-password", PASSWORD)],
        )
        .await;
    sent.assert_shows(403, &["This page was open too long"]);
    browser
        .get("/account")
        .await
        .assert_shows(200, &["Grace Hopper", "4 signed in"]);
}

#[tokio::test]
async fn long_lists_go_on_and_names_are_shown_as_they_are() {
    let running = Running::start();
    let mut browser = signed_in(&running, &format!("{LONG}@example.org")).await;
    let first = browser.get("/account/sessions").await;
    let next = first
        .between(
            "<nav class=\"pages\" aria-label=\"Pages\"><a class=\"button quiet\" href=\"",
            "\"",
        )
        .to_owned();
    let second = browser.get(&next).await;
    second.assert_shows(200, &["Your devices"]);
    assert_eq!(first.text().matches("<li class=\"row\">").count(), 20);
    assert_eq!(second.text().matches("<li class=\"row\">").count(), 5);
    let page = browser.get("/account").await;
    assert!(page.text().contains("&#60;script&#62;") && !page.text().contains("<script>"));
    let odd = browser.get("/account/sessions?cursor=anything").await;
    odd.assert_shows(200, &["Your devices"]);
}

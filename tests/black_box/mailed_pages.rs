//! Pages that mails lead to, on a real server with the mailbox inside.

use crate::app::TestApp;
use crate::client::PASSWORD;
use crate::mail::mail;
use reqwest::header::{LOCATION, ORIGIN, SET_COOKIE};
use reqwest::redirect::Policy;
use std::collections::BTreeMap;

const KEPT: (&str, &str) = ("MAILBOX", "on");
const ADA: &str = "ada@example.org";
const NEW_PASSWORD: &str = "another correct horse";

/// A browser as far as forms need one.
struct Browser {
    client: reqwest::Client,
    origin: String,
    cookies: BTreeMap<String, String>,
}

/// What it shows.
struct Shown {
    status: u16,
    location: Option<String>,
    html: String,
}

impl Browser {
    fn of(app: &TestApp) -> Self {
        Self {
            client: reqwest::Client::builder().redirect(Policy::none()).build().unwrap(),
            origin: format!("http://{}", app.address()),
            cookies: BTreeMap::new(),
        }
    }

    async fn open(&mut self, path: &str) -> Shown {
        let request = self.client.get(format!("{}{path}", self.origin));
        self.send(request).await
    }

    /// Sends fields with the proof of the page that is shown.
    async fn press(&mut self, path: &str, page: &Shown, fields: &[(&str, &str)]) -> Shown {
        let fields: Vec<_> = [("csrf", page.value_of("csrf"))]
            .into_iter()
            .chain(fields.iter().copied())
            .collect();
        let request = self.client.post(format!("{}{path}", self.origin)).form(&fields);
        let request = request.header(ORIGIN, &self.origin);
        self.send(request).await
    }

    async fn follow(&mut self, shown: &Shown) -> Shown {
        assert_eq!(shown.status, 303, "{}", shown.html);
        self.open(shown.location.as_deref().unwrap()).await
    }

    async fn send(&mut self, request: reqwest::RequestBuilder) -> Shown {
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let answer = request.header("cookie", cookies.join("; ")).send().await.unwrap();
        for cookie in answer.headers().get_all(SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        Shown {
            status: answer.status().as_u16(),
            location: answer
                .headers()
                .get(LOCATION)
                .map(|path| path.to_str().unwrap().to_owned()),
            html: answer.text().await.unwrap(),
        }
    }
}

impl Shown {
    /// The value of a hidden field.
    fn value_of(&self, name: &str) -> &str {
        let start = format!("name=\"{name}\" value=\"");
        let (_, rest) = self.html.split_once(&start).expect(&self.html);
        rest.split_once('"').unwrap().0
    }

    #[track_caller]
    fn assert_is(&self, status: u16, heading: &str) {
        assert_eq!(self.status, status, "{}", self.html);
        assert!(self.html.contains(&format!("<h1>{heading}</h1>")), "{}", self.html);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_password_is_replaced_by_the_code_of_a_mail() {
    let app = TestApp::on_sqlite(&[KEPT]);
    app.anonymous().register(ADA).await;
    let mut browser = Browser::of(&app);
    let page = browser.open("/forgot-password").await;
    let sent = browser.press("/forgot-password", &page, &[("username", ADA)]).await;
    let waiting = browser.follow(&sent).await;
    waiting.assert_is(200, "Check your mail");
    let code = mail(&app, "reset_password", ADA).await["code"]
        .as_str()
        .unwrap()
        .to_owned();
    let (mut wrong, mut other) = (code.clone().into_bytes(), Browser::of(&app));
    wrong[0] = if wrong[0] == b'0' { b'1' } else { b'0' };
    let wrong = String::from_utf8(wrong).unwrap();
    let refused = browser
        .press("/forgot-password/check-mail", &waiting, &[("code", &wrong)])
        .await;
    refused.assert_is(401, "Check your mail");
    let elsewhere = other.open("/forgot-password").await;
    let elsewhere = other
        .press("/forgot-password/check-mail", &elsewhere, &[("code", &code)])
        .await;
    assert_eq!(
        elsewhere.location.as_deref(),
        Some("/forgot-password"),
        "it waits for nothing there"
    );

    let form = browser
        .press("/forgot-password/check-mail", &waiting, &[("code", &code)])
        .await;
    form.assert_is(200, "Choose a new password");
    let fields = [
        ("token", form.value_of("token")),
        ("by", "code"),
        ("new-password", NEW_PASSWORD),
    ];
    let saved = browser.press("/new-password", &form, &fields).await;
    browser.follow(&saved).await.assert_is(200, "Your password was changed");
    let again = browser.press("/new-password", &form, &fields).await;
    again.assert_is(400, "This link no longer works");
    assert_eq!(app.anonymous().log_in(ADA, NEW_PASSWORD).await.status, 200);
    let old = app.anonymous().log_in(ADA, PASSWORD).await;
    old.assert_problem(401, "invalid_credentials");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_good_until_the_button_of_its_page_is_pressed() {
    let app = TestApp::on_sqlite(&[KEPT, ("REQUIRE_VERIFIED_EMAIL", "true")]);
    app.anonymous().register(ADA).await;
    let link = mail(&app, "verify_email", ADA).await["link"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = &link[link.find("/verify-email").unwrap()..];
    let mut browser = Browser::of(&app);
    for _ in 0..2 {
        browser.open(path).await.assert_is(200, "Confirm your email address");
    }
    app.anonymous()
        .log_in(ADA, PASSWORD)
        .await
        .assert_problem(403, "email_not_verified");
    // The refused sign-in has mailed a newer link, which takes the place of this one.
    let newer = loop {
        let newest = mail(&app, "verify_email", ADA).await["link"]
            .as_str()
            .unwrap()
            .to_owned();
        if newest != link {
            break newest;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    browser.open(path).await.assert_is(400, "This link no longer works");
    let path = &newer[newer.find("/verify-email").unwrap()..];
    let page = browser.open(path).await;
    let token = page.value_of("token").to_owned();
    let pressed = browser.press("/verify-email", &page, &[("token", &token)]).await;
    browser
        .follow(&pressed)
        .await
        .assert_is(200, "Your email address is confirmed");
    browser.open(path).await.assert_is(400, "This link no longer works");
    assert_eq!(app.anonymous().log_in(ADA, PASSWORD).await.status, 200);
}

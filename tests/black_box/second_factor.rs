//! Second factors by an authenticator that is not ours: oathtool makes the codes, zbarimg reads the QR code.

use crate::app::TestApp;
use crate::browser::{Browser, Shown};
use crate::client::{Answer, Client, PASSWORD, Tokens, send};
use crate::system_programs::find;
use crate::{on_both_databases, on_postgres};
use reqwest::Method;
use serde_json::json;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, UNIX_EPOCH};

const ADA: &str = "ada@example.org";

on_both_databases!(a_code_of_an_app_ends_each_way_in, pages_ask_for_the_code_and_go_on,);
on_postgres!(one_code_gets_one_in_at_two_servers);

/// The program that makes codes of a secret.
pub(crate) struct App {
    pub(crate) oathtool: PathBuf,
    pub(crate) secret: String,
}

impl App {
    /// The code of the step that is so many steps from now.
    pub(crate) fn code(&self, steps: i64) -> String {
        let now = UNIX_EPOCH.elapsed().unwrap();
        let at = i64::try_from(now.as_secs()).unwrap() + 30 * steps;
        let mut command = Command::new(&self.oathtool);
        command.args(["--totp", "--base32", &format!("--now=@{at}"), &self.secret]);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

/// Turns ADA's second factor on by a QR code that was read, and gives the app and the recovery codes.
pub(crate) async fn turn_on(client: &Client) -> Option<(App, Vec<String>)> {
    let (oathtool, zbarimg) = (find("oathtool")?, find("zbarimg")?);
    let body = json!({"password": PASSWORD});
    let enrolment = client.post("/users/me/mfa/totp", &body).await;
    assert_eq!(enrolment.status, 201, "{enrolment:?}");
    let uri = enrolment.member("otpauth_uri");
    assert_eq!(read_qr_code(&zbarimg, &enrolment.member("qr_svg")), uri);
    let (_, rest) = uri.split_once("secret=").unwrap();
    let secret = rest.split('&').next().unwrap().to_owned();
    assert_eq!(secret, enrolment.member("secret"));
    let app = App { oathtool, secret };
    // Of the step before, so that the present one is good for what follows.
    let confirmed = client
        .post("/users/me/mfa/totp/confirm", &json!({"code": app.code(-1)}))
        .await;
    assert_eq!(confirmed.status, 200, "{confirmed:?}");
    let codes = confirmed.json()["recovery_codes"].as_array().unwrap().clone();
    let codes: Vec<_> = codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect();
    assert_eq!(codes.len(), 10);
    Some((app, codes))
}

/// What a decoder reads that knows nothing of us, from the modules of the path as dots of a picture.
fn read_qr_code(zbarimg: &PathBuf, svg: &str) -> String {
    const DOTS: usize = 4;
    let between = |start: &str| svg.split_once(start).unwrap().1.split('"').next().unwrap();
    let side: usize = between("viewBox=\"-4 -4 ").split(' ').next().unwrap().parse().unwrap();
    let mut dark = vec![vec![false; side]; side];
    let runs = between(" d=\"M").split('M');
    for run in runs {
        let (place, rest) = run.split_once('h').unwrap();
        let (column, row) = place.split_once(' ').unwrap();
        let (column, row): (usize, usize) = (column.parse().unwrap(), row.parse().unwrap());
        let length: usize = rest.split('v').next().unwrap().parse().unwrap();
        dark[row + 4][column + 4..column + 4 + length].fill(true);
    }
    let mut picture = format!("P1\n{0} {0}\n", side * DOTS);
    for row in dark.iter().flat_map(|row| std::iter::repeat_n(row, DOTS)) {
        for is_dark in row.iter().flat_map(|is_dark| std::iter::repeat_n(*is_dark, DOTS)) {
            write!(picture, "{} ", u8::from(is_dark)).unwrap();
        }
        picture.push('\n');
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("code.pbm");
    std::fs::write(&file, picture).unwrap();
    let output = Command::new(zbarimg)
        .args(["--quiet", "--raw"])
        .arg(&file)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Far enough from the end of a half minute that a code does not become old before it is taken.
pub(crate) async fn away_from_the_edge() {
    loop {
        let now = UNIX_EPOCH.elapsed().unwrap();
        if now.as_secs() % 30 < 20 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn by_code(client: &Client, halfway: &Answer, code: &str) -> Answer {
    halfway.assert_problem(401, "mfa_required");
    assert_eq!(halfway.json()["methods"], json!(["totp", "recovery_code"]));
    let body = json!({"mfa_token": halfway.member("mfa_token"), "code": code});
    client.post("/auth/login/mfa", &body).await
}

async fn a_code_of_an_app_ends_each_way_in(server: TestApp) {
    away_from_the_edge().await;
    let anybody = server.anonymous();
    let tokens = anybody.signed_in(ADA).await;
    let ada = anybody.with_token(&tokens.access);
    let Some((app, codes)) = turn_on(&ada).await else {
        return;
    };
    let state = ada.get("/users/me/mfa").await.json();
    assert_eq!(state, json!({"totp": true, "passkeys": 0, "recovery_codes_left": 10}));
    let log_in = json!({"email": ADA, "password": PASSWORD});
    let halfway = anybody.post("/auth/login", &log_in).await;
    // Half a sign-in is worth nothing elsewhere.
    let token = halfway.member("mfa_token");
    assert_eq!(anybody.with_token(&token).me().await.status, 401);
    assert_eq!(anybody.refresh(&token).await.status, 401);
    let wrong = by_code(&anybody, &halfway, "abc").await;
    wrong.assert_problem(401, "invalid_code");
    let code = app.code(0);
    let inside = by_code(&anybody, &halfway, &code).await;
    let me = anybody.with_token(&Tokens::of(&inside).access);
    assert_eq!(me.me().await.json()["mfa_enabled"], true);
    assert_eq!(
        me.get("/users/me/sessions").await.json()["items"][0]["methods"],
        json!(["pwd", "otp", "mfa"])
    );
    // Once, here and at every other place that takes one.
    let halfway = anybody.post("/auth/login", &log_in).await;
    by_code(&anybody, &halfway, &code)
        .await
        .assert_problem(401, "invalid_code");
    let body = json!({"password": PASSWORD, "code": code});
    ada.post("/auth/reauthenticate", &body)
        .await
        .assert_problem(422, "invalid_code");
    // The form tells the same as OAuth has it.
    let form = anybody
        .request(Method::POST, "/auth/login")
        .form(&[("username", ADA), ("password", PASSWORD)]);
    let form = send(form).await;
    assert_eq!(
        (form.status, form.member("error").as_str()),
        (400, "invalid_grant"),
        "{form:?}"
    );
    assert_eq!(form.member("code"), "mfa_required");
    let typed = codes[0].to_uppercase().replace('-', " ");
    let body = json!({"mfa_token": form.member("mfa_token"), "code": typed});
    Tokens::of(&anybody.post("/auth/login/mfa", &body).await);
    let dump = server.dump().await;
    for secret in codes.iter().chain([&app.secret, &token]) {
        assert!(!dump.contains(secret.as_str()), "{secret}");
    }
    // Whoever lost it is helped by the operator.
    server.run(&["user", "reset-mfa", ADA]).result();
    assert_eq!(ada.me().await.status, 401);
    Tokens::of(&anybody.post("/auth/login", &log_in).await);
}

async fn pages_ask_for_the_code_and_go_on(server: TestApp) {
    away_from_the_edge().await;
    let anybody = server.anonymous();
    let tokens = anybody.signed_in(ADA).await;
    let Some((app, codes)) = turn_on(&anybody.with_token(&tokens.access)).await else {
        return;
    };
    let mut browser = Browser::of(&server);
    let sent = sign_in(&mut browser, "/sign-in?continue=%2Faccount%2Fprofile").await;
    assert_eq!(
        sent.location.as_deref(),
        Some("/sign-in/code?continue=%2Faccount%2Fprofile")
    );
    let page = browser.follow(&sent).await;
    page.assert_is(200, "Enter your code");
    assert!(page.html.contains("id=\"code\"") && page.html.contains("autocomplete=\"one-time-code\""));
    let fields = [("continue", "/account/profile"), ("code", "1234567")];
    let wrong = browser.press("/sign-in/code", &page, &fields).await;
    wrong.assert_is(401, "Enter your code");
    assert!(wrong.html.contains("4 tries are left."), "{}", wrong.html);
    let code = app.code(0);
    let spaced = format!("{} {}", &code[..3], &code[3..]);
    let fields = [("continue", "/account/profile"), ("code", spaced.as_str())];
    let inside = browser.press("/sign-in/code", &wrong, &fields).await;
    assert_eq!(inside.location.as_deref(), Some("/account/profile"));
    browser.follow(&inside).await.assert_is(200, "Profile");
    let account = browser.open("/account").await;
    assert!(
        account.html.contains("Authenticator app, 10 recovery codes left"),
        "{}",
        account.html
    );
    // A recovery code on another browser, which then turns it off.
    let mut browser = Browser::of(&server);
    sign_in(&mut browser, "/sign-in").await;
    let page = browser.open("/sign-in/recovery-code").await;
    page.assert_is(200, "Use a recovery code");
    let inside = browser
        .press("/sign-in/recovery-code", &page, &[("recovery-code", codes[0].as_str())])
        .await;
    assert_eq!(inside.location.as_deref(), Some("/account"));
    let page = browser.open("/account/second-factor/off").await;
    let fields = [("password", PASSWORD), ("code", codes[1].as_str())];
    let off = browser.press("/account/second-factor/off", &page, &fields).await;
    browser.follow(&off).await.assert_is(200, "Second factor");
    // And sets it up again, by pages alone.
    let page = browser.open("/account/second-factor").await;
    let sent = browser.press("/account/second-factor/set-up", &page, &[]).await;
    let page = browser.follow(&sent).await;
    page.assert_is(200, "Set up the second factor");
    let (_, uri) = page.html.split_once("secret=").unwrap();
    let app = App {
        secret: uri.split('&').next().unwrap().to_owned(),
        ..app
    };
    let code = app.code(0);
    let saved = browser
        .press("/account/second-factor/confirm", &page, &[("code", code.as_str())])
        .await;
    saved.assert_is(200, "Save your recovery codes");
    let codes = saved.value_of("codes").to_owned();
    let file = browser
        .press(
            "/account/second-factor/recovery-codes.txt",
            &saved,
            &[("codes", codes.as_str())],
        )
        .await;
    assert_eq!(
        file.html
            .lines()
            .filter(|line| codes.contains(line) && line.len() == 19)
            .count(),
        10,
        "{}",
        file.html
    );
    let unsaved = browser
        .press("/account/second-factor/done", &saved, &[("codes", codes.as_str())])
        .await;
    unsaved.assert_is(422, "Save your recovery codes");
    let fields = [("codes", codes.as_str()), ("saved", "yes")];
    let done = browser.press("/account/second-factor/done", &unsaved, &fields).await;
    browser.follow(&done).await.assert_is(200, "Second factor");
}

async fn sign_in(browser: &mut Browser, path: &str) -> Shown {
    let page = browser.open(path).await;
    let goes_on = page.value_of("continue").to_owned();
    let fields = [
        ("continue", goes_on.as_str()),
        ("username", ADA),
        ("password", PASSWORD),
    ];
    browser.press("/sign-in", &page, &fields).await
}

async fn one_code_gets_one_in_at_two_servers(server: TestApp) {
    let replica = server.replica();
    away_from_the_edge().await;
    let anybody = server.anonymous();
    let tokens = anybody.signed_in(ADA).await;
    let Some((app, codes)) = turn_on(&anybody.with_token(&tokens.access)).await else {
        return;
    };
    // A code of the app, and one that was kept for the day when there is none.
    for code in [app.code(0), codes[0].clone()] {
        shown_at_once(&[&server.anonymous(), &replica.anonymous()], &code).await;
    }
}

/// Shows one code to both servers in eight half sign-ins: one of them gets in.
async fn shown_at_once(servers: &[&Client; 2], code: &str) {
    let log_in = json!({"email": ADA, "password": PASSWORD});
    let mut waiting = Vec::new();
    for number in 0..8 {
        // What one server begins another one ends.
        let halfway = servers[0].post("/auth/login", &log_in).await;
        waiting.push((halfway, servers[number % 2].clone()));
    }
    let shown = waiting.into_iter().map(|(halfway, client)| {
        let code = code.to_owned();
        tokio::spawn(async move { by_code(&client, &halfway, &code).await })
    });
    let shown: Vec<_> = shown.collect();
    let mut answers = Vec::new();
    for shown in shown {
        answers.push(shown.await.unwrap());
    }
    let inside = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(inside, 1, "{answers:?}");
    for refused in answers.iter().filter(|answer| answer.status != 200) {
        // Ten wrong ones may have come by then.
        assert!([401, 429].contains(&refused.status), "{refused:?}");
    }
}

//! Whatever is sent as a body is answered as a refusal that says what to mend.

use crate::client::Request;
use crate::running::{ADA, Running};
use portcullis_testkit::build::PASSWORD;
use serde_json::json;

#[tokio::test]
async fn what_is_no_json_is_malformed() {
    let running = Running::start();
    let deep = format!(r#"{{"x": {}{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
    let deep_array = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let cases: [&[u8]; 13] = [
        b"",
        b"{",
        b"{\"email\": \"a\",}",
        b"{} {}",
        b"{}x",
        b"\xef\xbb\xbf",
        b"\xef\xbb\xbf\xef\xbb\xbf{}",
        b"{\"email\": \"\xff\"}",
        br#"{"email": "\ud800"}"#,
        br#"{"unknown": "\udc00"}"#,
        br#"["\ud800"]"#,
        deep.as_bytes(),
        deep_array.as_bytes(),
    ];
    for body in cases {
        let answer = running.send(Request::post("/auth/login").json(body)).await;
        answer.assert_problem(400, "malformed_body");
    }
}

#[tokio::test]
async fn what_is_no_object_is_invalid_as_a_whole() {
    let running = Running::start();
    for body in [
        "null",
        "true",
        "1",
        "-1",
        "1.5",
        r#""text""#,
        "[]",
        r#"["a@b.example", "password"]"#,
    ] {
        let answer = running.send(Request::post("/auth/login").json(body)).await;
        assert_eq!(answer.flaws(), "# wrong_type\n", "{body}");
    }
}

#[tokio::test]
async fn a_refused_address_says_why() {
    let running = Running::start();
    for (email, why) in [
        ("nobody", "has an @"),
        ("user@localhost", "localhost"),
        ("a..b@x", "a dot stands neither first nor last"),
        ("a@b@c", "one @"),
        ("a b@example.com", "no spaces"),
        ("Ada <ada@example.com>", "alone"),
        ("ada@192.0.2.1", "no IP address"),
    ] {
        let body = json!({"email": email, "password": "correct horse", "full_name": "Ada Lovelace"}).to_string();
        let answer = running.send(Request::post("/auth/register").json(body)).await;
        assert_eq!(answer.flaws(), "#/email not_an_address\n", "{email}");
        let detail = answer.json()["errors"][0]["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(why), "{email}: {detail}");
    }
}

#[tokio::test]
async fn a_name_that_nobody_can_see_is_refused() {
    let running = Running::start();
    for (name, code) in [
        ("\u{2800}\u{2800}", "control_character"),
        ("\u{200b}\u{180e}", "control_character"),
        ("\u{301}\u{302}", "control_character"),
        ("A\u{2800}", "too_short"),
    ] {
        let body = json!({"email": "ada@example.com", "password": "correct horse", "full_name": name}).to_string();
        let answer = running.send(Request::post("/auth/register").json(body)).await;
        assert_eq!(answer.flaws(), format!("#/full_name {code}\n"), "{name:?}");
    }
}

#[tokio::test]
async fn every_flaw_of_a_body_is_told_at_once() {
    let running = Running::start();
    let register = |body: String| running.send(Request::post("/auth/register").json(body));
    assert_eq!(
        register(json!({}).to_string()).await.flaws(),
        "#/email required\n#/password required\n#/full_name required\n"
    );
    assert_eq!(
        register(json!({"email": null, "password": ["x"], "full_name": {"a": 1}}).to_string())
            .await
            .flaws(),
        "#/email wrong_type\n#/password wrong_type\n#/full_name wrong_type\n"
    );
    assert_eq!(
        register(json!({"email": "nobody", "password": "short", "full_name": "A"}).to_string())
            .await
            .flaws(),
        "#/email not_an_address\n#/password too_short\n#/full_name too_short\n"
    );
    let long = "x".repeat(600);
    assert_eq!(
        register(json!({"email": long, "password": long, "full_name": long}).to_string())
            .await
            .flaws(),
        "#/email too_long\n#/password too_long\n#/full_name too_long\n"
    );
    assert_eq!(
        register(json!({"email": "ä@example.com", "password": "abc\u{0}defgh", "full_name": "a\nb"}).to_string())
            .await
            .flaws(),
        "#/email not_ascii\n#/password nul_character\n#/full_name control_character\n"
    );
    assert_eq!(running.app.hasher.hashes(), 0);
}

#[tokio::test]
async fn repeated_members_are_refused_whether_they_are_known_or_not() {
    let running = Running::start();
    for (body, flaws) in [
        (
            r#"{"email": "a@b.example", "em\u0061il": 7, "password": 1}"#,
            "#/email repeated\n#/password wrong_type\n",
        ),
        (
            r#"{"x/y ~": 1, "x/y ~": 1, "email": "", "password": ""}"#,
            "#/x~1y%20~0 repeated\n#/x~1y%20~0 unknown_member\n",
        ),
    ] {
        let answer = running.send(Request::post("/auth/login").json(body)).await;
        assert_eq!(answer.flaws(), flaws);
    }
}

#[tokio::test]
async fn the_list_of_flaws_does_not_grow_with_the_body() {
    let running = Running::start();
    let members: Vec<String> = (0..2_000).map(|number| format!(r#""{number}":1"#)).collect();
    let body = format!("{{{}}}", [members.clone(), members].concat().join(","));
    let answer = running.send(Request::post("/auth/login").json(body)).await;
    assert_eq!(answer.flaws().lines().count(), 32);
}

#[tokio::test]
async fn a_byte_order_mark_before_json_is_ignored() {
    let running = Running::start();
    let body = b"\xef\xbb\xbf{\"refresh_token\": \"x\"}";
    assert_eq!(running.send(Request::post("/auth/logout").json(body)).await.status, 204);
}

#[tokio::test]
async fn other_kinds_of_body_are_415() {
    let running = Running::start();
    let body = r#"{"refresh_token": "x"}"#;
    for media_type in [
        "text/plain",
        "application/problem+json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "nonsense",
        "",
        ";",
        ";application/json",
        ";;  ; application/json",
    ] {
        let answer = running.send(Request::post("/auth/logout").body(media_type, body)).await;
        answer.assert_problem(415, "unsupported_media_type");
    }
    let untyped = Request::post("/auth/logout").untyped(body);
    running
        .send(untyped)
        .await
        .assert_problem(415, "unsupported_media_type");
    let compressed = Request::post("/auth/logout")
        .header("content-encoding", "gzip")
        .json(body);
    running
        .send(compressed)
        .await
        .assert_problem(415, "unsupported_media_type");
    let twice = Request::post("/auth/logout")
        .header("content-type", "text/plain")
        .json(body);
    running.send(twice).await.assert_problem(415, "unsupported_media_type");
}

#[tokio::test]
async fn a_media_type_may_be_written_in_any_legal_way_and_for_json_the_charset_means_nothing() {
    let running = Running::start();
    for media_type in [
        "application/json; charset=utf-8",
        "Application/JSON;charset=UTF-8",
        "application/json ; charset=utf-8",
        "application/json\t;\tcharset=utf-8",
        "application/json;",
        "application/json;;charset=\"utf-8\" ;",
        "application/json; charset=utf8",
        "application/json; charset=us-ascii",
        "application/json; charset=latin1",
        "application/json; odd=\"a ; b\"",
    ] {
        let request = Request::post("/auth/logout").body(media_type, r#"{"refresh_token": "x"}"#);
        assert_eq!(running.send(request).await.status, 204, "{media_type}");
    }
    let latin1 = b"{\"refresh_token\": \"\xfc\"}".to_vec();
    let request = Request::post("/auth/logout").body("application/json; charset=latin1", latin1);
    running.send(request).await.assert_problem(400, "malformed_body");
}

#[tokio::test]
async fn a_form_is_of_utf_8_however_that_is_written() {
    let running = Running::start();
    let log_in = |media_type: &str| {
        let request = Request::post("/auth/login").body(media_type, "username=a&password=x");
        running.send(request)
    };
    for media_type in [
        "application/x-www-form-urlencoded ; charset=utf-8",
        "application/x-www-form-urlencoded\t;charset=UTF8",
        "application/x-www-form-urlencoded;charset=\"utf-8\"",
        "application/x-www-form-urlencoded; charset=utf-8; Charset=utf8",
    ] {
        let answer = log_in(media_type).await;
        answer.assert_oauth_error("invalid_credentials", "invalid_grant");
    }
    for media_type in [
        "application/x-www-form-urlencoded; charset=latin1",
        "application/x-www-form-urlencoded; charset=utf-8; charset=iso-8859-1",
        "application/x-www-form-urlencoded; Charset=latin1; charset=utf-8",
    ] {
        log_in(media_type).await.assert_problem(415, "unsupported_media_type");
    }
}

#[tokio::test]
async fn forms_are_read_strictly_and_answered_as_oauth_has_it() {
    let running = Running::start();
    running.app.register(ADA).await;
    running.disable_ada().await;
    let right = format!("username={ADA}&password={}", PASSWORD.replace(' ', "+"));
    for target in ["/auth/login", "/auth/token", "/auth/token?x=1"] {
        let log_in = |form: &str| running.send(Request::post(target).form(form));
        for (form, code, error) in [
            ("username=%ff&password=x", "malformed_body", "invalid_request"),
            ("", "validation_failed", "invalid_request"),
            ("username=&password", "validation_failed", "invalid_request"),
            (
                "username=a&username=a&password=x",
                "repeated_parameter",
                "invalid_request",
            ),
            ("grant_type=code", "unsupported_grant_type", "unsupported_grant_type"),
            ("username=a%00b&password=%00&&", "invalid_credentials", "invalid_grant"),
            (&right, "account_disabled", "invalid_grant"),
        ] {
            let problem = log_in(form).await.assert_oauth_error(code, error);
            let pointers = problem["errors"].as_array().map_or(0, Vec::len);
            assert_eq!(pointers, if code == "validation_failed" { 2 } else { 0 }, "{problem}");
        }
    }
}

#[tokio::test]
async fn what_oauth_has_no_name_for_is_told_as_to_others() {
    let running = Running::start();
    for body in ["{}", r#"{"email": "a", "password": "b"}"#] {
        let answer = running.send(Request::post("/auth/token").json(body)).await;
        let problem = answer.assert_problem(415, "unsupported_media_type");
        assert_eq!(problem.get("error"), None);
    }
    let large = Request::post("/auth/token").form(&"x".repeat(1 << 17));
    running.send(large).await.assert_problem(413, "body_too_large");
}

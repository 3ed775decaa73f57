use super::*;
use portcullis_domain::{Email, MailId};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

/// What a mail server says after each line that it hears, and at first; then it is gone.
async fn told(user: &str, answers: &'static [&'static str]) -> (Vec<Line>, Result<(), String>) {
    told_and_then(user, answers, |_| ()).await
}

/// The same, and what it does before it is gone.
async fn told_and_then(
    user: &str,
    answers: &'static [&'static str],
    last: impl FnOnce(TcpStream) + Send + 'static,
) -> (Vec<Line>, Result<(), String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let serving = thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let mut heard = BufReader::new(connection.try_clone().unwrap()).lines();
        for answer in answers {
            connection.write_all(answer.as_bytes()).unwrap();
            if answer.starts_with("354") {
                heard.find(|line| line.as_ref().is_ok_and(|line| line == "."));
            } else {
                heard.next();
            }
        }
        last(connection);
    });
    let server = format!("smtp://{user}127.0.0.1:{port}").parse().unwrap();
    let mail = WrittenMail {
        id: MailId::new(chrono::DateTime::UNIX_EPOCH, [1; 10]),
        to: Email::parse("ada@example.org").unwrap(),
        subject: "Hello".to_owned(),
        text: "Hello".to_owned(),
        html: "<p>Hello</p>".to_owned(),
        link: None,
        code: None,
    };
    let mut lines = Vec::new();
    let from = "no-reply@example.org".parse().unwrap();
    let outcome = tell_and_listen(&server, &from, "auth.example.org", &mail, &mut |line| lines.push(line)).await;
    serving.join().unwrap();
    (lines, outcome)
}

const HELLO: &str = "250-mail.example.org\r\n250 SMTPUTF8\r\n";

fn theirs(line: &str) -> Line {
    Line::Theirs(line.to_owned())
}

#[tokio::test]
async fn each_line_is_told_as_the_mail_server_says_it() {
    let (lines, outcome) = told(
        "",
        &[
            "220 hello\r\n",
            HELLO,
            HELLO,
            "250 fine\r\n",
            "250 known\r\n",
            "354 go on\r\n",
            "250 taken\r\n",
            "221 bye\r\n",
        ],
    )
    .await;
    outcome.unwrap();
    let expected = [
        "250-mail.example.org",
        "250 SMTPUTF8",
        "250 fine",
        "250 known",
        "354 go on",
        "250 taken",
        "221 bye",
    ];
    let said = lines.iter().filter(|line| matches!(line, Line::Theirs(_)));
    assert!(said.eq(&expected.map(theirs)), "{lines:?}");
    assert!(
        lines.contains(&Line::Ours("RCPT TO:<ada@example.org>".to_owned())),
        "{lines:?}"
    );
}

#[tokio::test]
async fn a_refusal_is_told_too_and_one_for_now_blames_no_setting() {
    for (refusal, advice) in [
        ("550 5.1.1 nobody\r\n", "the mail server refuses the recipient"),
        ("451 greylisted\r\n", "the mail server may take it later"),
    ] {
        let answers = Box::leak(Box::new(["220 hello\r\n", HELLO, HELLO, "250 fine\r\n", refusal]));
        let (lines, outcome) = told("", answers).await;
        let why = outcome.unwrap_err();
        assert!(lines.last() == Some(&theirs(refusal.trim_end())), "{lines:?}");
        assert!(why.contains(&format!(": {advice}")), "{why}");
    }
}

#[tokio::test]
async fn a_mail_server_that_takes_no_login_refuses_none() {
    let (_, outcome) = told("ada:hunter2@", &["220 hello\r\n", HELLO, HELLO]).await;
    let why = outcome.unwrap_err();
    assert!(
        why.contains("takes no login at this port") && !why.contains("hunter2"),
        "{why}"
    );
}

#[tokio::test]
async fn an_answer_that_does_not_end_ends_the_dialogue() {
    let line = format!("250-{}\r\n", "more and more ".repeat(32));
    for endless in [line.as_str(), "250 no end of the line "] {
        // It says more than a socket holds, unless it is given up.
        let more = endless.repeat(512);
        let (lines, outcome) = told_and_then("", &["220 hello\r\n", HELLO], move |mut connection| {
            while connection.write_all(more.as_bytes()).is_ok() {}
        })
        .await;
        let why = outcome.unwrap_err();
        assert!(why.contains(ENDLESS), "{why}");
        assert_eq!(lines.last(), Some(&Line::Ours("EHLO auth.example.org".to_owned())));
    }
}

#[tokio::test]
async fn a_login_that_the_mail_server_repeats_is_not_told() {
    const LOGINS: &str = "250-mail.example.org\r\n250 AUTH PLAIN\r\n";
    let refusal = "535-5.7.8 AUTH PLAIN AGFkYQBodW50ZXIy\r\n535 5.7.8 ada may not enter with hunter2\r\n";
    let answers = Box::leak(Box::new(["220 hello\r\n", LOGINS, LOGINS, refusal]));
    let (lines, outcome) = told("ada:hunter2@", answers).await;
    let why = outcome.unwrap_err();
    assert!(why.contains("refuses the login"), "{why}");
    let told = "535 5.7.8 AUTH PLAIN [hidden] [hidden] may not enter with [hidden]";
    assert_eq!(lines.last(), Some(&theirs(told)), "{lines:?}");
    let all = format!("{lines:?} {why}");
    for secret in ["ada ", "hunter2", "AGFkYQBodW50ZXIy"] {
        assert!(!all.contains(secret), "{secret}: {all}");
    }
}

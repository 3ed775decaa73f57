use super::*;
use portcullis_domain::{SecretText, TimeZone, UserAgent};

fn letters(own: Option<&Path>) -> Result<Letters, TemplatesError> {
    Letters::load(
        "Orchard",
        LinkAddresses::new("https://auth.example.org", Vec::new()),
        own,
    )
}

fn written(letter: &Letter) -> WrittenMail {
    letters(None).unwrap().write(letter).unwrap()
}

#[test]
fn every_mail_stands_alone_as_plain_text() {
    for kind in MailKind::ALL {
        for language in Language::ALL {
            let letter = sample(kind, language);
            let mail = written(&letter);
            let link = letter.link.as_ref().map(|link| link.token.expose().to_owned());
            assert!(
                link.is_none_or(|link| mail.text.contains(&format!("?token={link}\n"))),
                "{kind}"
            );
            assert!(!mail.text.contains("&#") && !mail.text.contains('<'), "{kind}");
            assert!(!mail.text.contains("\n\n\n"), "{kind}: {}", mail.text);
            assert!(mail.html.contains(&format!("<html lang=\"{}\">", language.as_str())));
            assert!(!mail.html.contains("<img") && mail.html.contains("prefers-color-scheme: dark"));
            assert!(!mail.subject.is_empty() && !mail.subject.contains(['\n', '\u{2068}']));
        }
    }
}

#[test]
fn no_value_becomes_markup_or_a_template() {
    let evil = "<script>alert(1)</script> {{ 7*7 }} { $app } \"'&";
    let letter = Letter {
        full_name: Some(FullName::parse(evil).unwrap()),
        device: portcullis_domain::Device {
            address: None,
            user_agent: UserAgent::from_text(evil),
        },
        to: Email::parse("o'brien{{7}}@x.test").unwrap(),
        ..sample(MailKind::PasswordChanged, Language::English)
    };
    let mail = written(&letter);
    assert!(!mail.html.contains("<script") && mail.html.contains("&lt;script&gt;"));
    assert!(mail.text.contains(evil) && !mail.text.contains("49"));
    assert!(mail.html.contains("{{ 7*7 }}") && !mail.html.contains("49"));
}

#[test]
fn a_name_that_runs_from_right_to_left_is_isolated() {
    let letter = Letter {
        full_name: Some(FullName::parse("عادة لوفليس").unwrap()),
        ..sample(MailKind::VerifyEmail, Language::English)
    };
    let mail = written(&letter);
    for text in [&mail.text, &mail.html] {
        assert!(text.contains("Hello \u{2068}عادة لوفليس\u{2069},"), "{text}");
    }
    let plain = written(&sample(MailKind::VerifyEmail, Language::English));
    assert!(
        plain.text.contains("Hello Ada Lovelace,") && plain.text.contains("to ada@example.org."),
        "{}",
        plain.text
    );
}

#[test]
fn a_notice_names_what_it_is_about_unless_that_becomes_a_link() {
    for kind in [
        MailKind::IdentityLinked,
        MailKind::IdentityUnlinked,
        MailKind::PasskeyAdded,
        MailKind::PasskeyRemoved,
    ] {
        for language in Language::ALL {
            for (about, is_named) in [
                (Some("Acme (grace@acme.example)"), true),
                (Some("Acme (grace)"), true),
                (Some("Acme (visit evil.example)"), false),
                (Some("http://evil.example"), false),
                (None, false),
            ] {
                let letter = Letter {
                    about: about.map(str::to_owned),
                    ..sample(kind, language)
                };
                let mail = written(&letter);
                let named = about.unwrap_or("Acme");
                assert_eq!(mail.text.contains(named), is_named, "{kind} {about:?}: {}", mail.text);
                assert!(
                    !mail.text.contains("“”") && !mail.text.contains("‘’"),
                    "{kind}: {}",
                    mail.text
                );
            }
        }
    }
}

#[test]
fn nobody_is_greeted_by_a_name_that_becomes_a_link() {
    for (name, is_greeted) in [
        ("URGENT visit http://evil.example/x", false),
        ("go to evil.example now", false),
        ("J. R. R. Tolkien", true),
        ("J.R.R. Tolkien", true),
        ("Sammy Davis Jr.", true),
    ] {
        let letter = Letter {
            full_name: FullName::parse(name).ok(),
            ..sample(MailKind::VerifyEmail, Language::English)
        };
        assert_eq!(written(&letter).text.contains(name), is_greeted, "{name}");
    }
}

#[test]
fn a_value_that_runs_from_left_to_right_stands_without_marks() {
    let mail = written(&sample(MailKind::VerifyEmail, Language::English));
    assert!(mail.text.starts_with("Hello Ada Lovelace,\n"), "{}", mail.text);
    assert!(mail.text.contains("sent this to ada@example.org."), "{}", mail.text);
}

#[test]
fn a_notice_tells_the_time_in_the_zone_of_the_reader() {
    let letter = Letter {
        at: "2026-11-22T05:03:00Z".parse().unwrap(),
        time_zone: TimeZone::parse("Asia/Seoul").unwrap(),
        ..sample(MailKind::NewDevice, Language::Korean)
    };
    let mail = written(&letter);
    assert!(
        mail.text.contains("2026년 11월 22일 14:03 (Asia/Seoul, UTC+9)"),
        "{}",
        mail.text
    );
}

#[test]
fn a_code_stands_beside_the_link() {
    let letter = Letter {
        code: Some(SecretText::new("012345".to_owned())),
        ..sample(MailKind::ResetPassword, Language::English)
    };
    let mail = written(&letter);
    assert!(mail.text.contains(": 012345\n") && mail.html.contains(">012345<"));
}

#[test]
fn single_files_of_a_folder_take_the_place_of_those_compiled_in() {
    let folder = tempfile::tempdir().unwrap();
    let own = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    own("en.ftl", "verify_email-subject = Welcome to { $app }\n");
    own(".keep", "");
    let letters = letters(Some(folder.path())).unwrap();
    let mail = letters
        .write(&sample(MailKind::VerifyEmail, Language::English))
        .unwrap();
    assert_eq!(mail.subject, "Welcome to Orchard");
    assert!(mail.text.contains("Confirm my address"));
}

#[test]
fn a_template_that_does_not_fit_is_refused_with_its_name() {
    for (name, text, problem) in [
        (
            "mail.txt",
            "{{ lead }}\n{{ greeting",
            "mail.txt: line 2: syntax error: ",
        ),
        (
            "mail.txt",
            "{{ lead }}\n\n{{ gretting }}",
            "mail.txt: line 3: no mail has a value `gretting`; there are language, subject",
        ),
        ("mail.txt", "\n{{ lead.text.deeper }}", "mail.txt: line 2: "),
        (
            "mail.html",
            "{{ lead }}",
            "mail.html: verify_email is without its link or code",
        ),
        (
            "en.ftl",
            "# mine\ntest-lead = { $nobody }",
            "en.ftl: line 2: test-lead: ",
        ),
        ("ko.ftl", "-term = x\n\ntest-lead x", "ko.ftl: line 3: "),
        (
            "en.ftl",
            "-term = x\nverify_emial-subject = x",
            "en.ftl: line 2: `verify_emial-subject` is no text of a mail",
        ),
        (
            "verify.html",
            "x",
            "verify.html: is none of mail.txt, mail.html, en.ftl, ko.ftl",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(name), text).unwrap();
        let refused = letters(Some(folder.path())).err().map(|error| error.to_string());
        assert!(
            refused.as_ref().is_some_and(|line| line.starts_with(problem)),
            "{name}: {refused:?}"
        );
    }
    assert!(letters(Some(Path::new("/nonexistent"))).is_err());
}

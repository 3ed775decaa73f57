//! Signing in by two factors.

use super::{ADA, Scene};
use portcullis_application::email_verification::MailRequest;
use portcullis_application::sign_in::LogInError;
use portcullis_application::sign_in_by_code::SecondStepError;
use portcullis_application::sign_in_by_passkey::PasskeySignInError;
use portcullis_application::users::UserChange;
use portcullis_application::{PasskeyError, ProfileChange, SecondStep};
use portcullis_domain::{Acr, FactorMethod, Origin, SecretText, SignInChallenge};
use portcullis_testkit::build::{self, PASSWORD};
use portcullis_testkit::{FakePasskey, TestApp};

#[tokio::test]
async fn a_code_ends_a_sign_in_by_two_factors() {
    let scene = Scene::new().await;
    let step = scene.step().await;
    assert_eq!(step.methods, [FactorMethod::Totp, FactorMethod::RecoveryCode]);
    let tokens = scene.app.log_in_by_code(&step, &scene.code()).await.unwrap();
    let claims = scene.app.claims(&tokens);
    assert_eq!(claims.methods.to_string(), "pwd otp mfa");
    assert!(scene.app.accepts(&tokens).await && tokens.device_token.is_some());
    let again = scene.app.log_in_by_code(&step, &scene.codes[0]).await;
    assert!(matches!(again, Err(SecondStepError::InvalidToken)), "{again:?}");
    let step = match scene
        .app
        .sign_in
        .sign_in_browser(build::sign_in(ADA, PASSWORD, None))
        .await
    {
        Err(LogInError::SecondFactorRequired(step)) => step,
        other => panic!("{other:?}"),
    };
    let waiting = scene.app.sign_in_by_code.half_way(&step.token).await.unwrap().unwrap();
    assert_eq!(waiting.user.email.as_str(), ADA);
    let attempt = build::code_attempt(&step, &scene.codes[0]);
    let begun = scene
        .app
        .sign_in_by_code
        .sign_in_browser_by_code(attempt, None)
        .await
        .unwrap();
    let browser = scene
        .app
        .authentication
        .authenticate_browser(&begun.cookie, Origin::default())
        .await;
    assert_eq!(browser.unwrap().actor.session().acr(), Acr::TwoFactors);
    assert!(scene.app.sign_in_by_code.half_way(&step.token).await.unwrap().is_none());
}

#[tokio::test]
async fn half_a_sign_in_opens_nothing() {
    let scene = Scene::new().await;
    let step = scene.step().await;
    let raw = step.token.expose();
    assert!(
        scene
            .app
            .authentication
            .authenticate(raw, Origin::default())
            .await
            .is_err()
    );
    assert!(scene.app.refresh(&step.token).await.is_err());
    let by_cookie = scene
        .app
        .authentication
        .authenticate_browser(&step.token, Origin::default());
    assert!(by_cookie.await.is_err());
    let other = SecondStep {
        token: scene.tokens.refresh_token.clone(),
        methods: Vec::new(),
    };
    let refused = scene.app.log_in_by_code(&other, &scene.code()).await;
    assert!(matches!(refused, Err(SecondStepError::InvalidToken)), "{refused:?}");
}

#[tokio::test]
async fn half_a_sign_in_has_five_tries_and_five_minutes() {
    let scene = Scene::new().await;
    let step = scene.step().await;
    for left in (0..5).rev() {
        match scene.app.log_in_by_code(&step, &scene.wrong_code()).await {
            Err(SecondStepError::WrongCode { tries_left }) => assert_eq!(tries_left, left),
            other => panic!("{other:?}"),
        }
    }
    let over = scene.app.log_in_by_code(&step, &scene.code()).await;
    assert!(matches!(over, Err(SecondStepError::InvalidToken)), "{over:?}");
    let step = scene.step().await;
    scene.app.clock.advance(SignInChallenge::LIFE);
    let late = scene.app.log_in_by_code(&step, &scene.code()).await;
    assert!(matches!(late, Err(SecondStepError::InvalidToken)), "{late:?}");
}

#[tokio::test]
async fn half_a_sign_in_is_of_its_user_alone() {
    let scene = Scene::new().await;
    scene.app.register("ben@x.test").await;
    let (of_ben, codes_of_ben) = scene
        .app
        .turn_on_second_factor(&scene.app.log_in("ben@x.test").await)
        .await;
    for code in [scene.app.app_code(&of_ben), codes_of_ben[0].clone()] {
        let refused = scene.by_code(&code).await;
        assert!(matches!(refused, Err(SecondStepError::WrongCode { .. })), "{refused:?}");
    }
}

/// What ends half a sign-in.
#[derive(Debug, Clone, Copy)]
enum Change {
    Disabled,
    PasswordChanged,
    PasswordSet,
    AddressChanged,
    FactorRemoved,
    FactorReset,
    Deleted,
}

#[tokio::test]
async fn a_change_of_the_account_ends_half_a_sign_in() {
    for change in [
        Change::Disabled,
        Change::PasswordChanged,
        Change::PasswordSet,
        Change::AddressChanged,
        Change::FactorRemoved,
        Change::FactorReset,
        Change::Deleted,
    ] {
        let scene = Scene::new().await;
        let (app, by) = (&scene.app, scene.app.operator().authority());
        let step = scene.step().await;
        let actor = app.actor(&scene.tokens).await;
        let id = actor.user().id;
        match change {
            Change::Disabled => {
                let disabled = UserChange {
                    is_active: Some(false),
                    ..UserChange::default()
                };
                app.users.change(by.clone(), id, disabled).await.unwrap();
                let enabled = UserChange {
                    is_active: Some(true),
                    ..UserChange::default()
                };
                app.users.change(by, id, enabled).await.unwrap();
            }
            Change::PasswordChanged => {
                let (present, next) = (build::presented(PASSWORD), build::password("another long password"));
                app.passwords.change(&actor, Some(present), next).await.unwrap();
            }
            Change::PasswordSet => app
                .passwords
                .set(by, id, build::password("another long password"))
                .await
                .unwrap(),
            Change::AddressChanged => {
                let change = ProfileChange {
                    email: Some(build::email("countess@x.test")),
                    ..ProfileChange::default()
                };
                app.profile.change(&actor, change).await.unwrap();
            }
            Change::FactorRemoved => {
                let code = scene.codes[1].clone();
                let password = Some(build::presented(PASSWORD));
                app.second_factors.remove(&actor, password, code).await.unwrap();
            }
            Change::FactorReset => app.second_factors.reset(by, id).await.map(drop).unwrap(),
            Change::Deleted => app.users.delete(by, id).await.unwrap(),
        }
        let refused = app.log_in_by_code(&step, &scene.codes[0]).await;
        assert!(
            matches!(refused, Err(SecondStepError::InvalidToken)),
            "{change:?} {refused:?}"
        );
    }
}

/// Each way in, by each state of an account.
#[tokio::test]
async fn no_way_in_passes_over_what_bars_it() {
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum Outcome {
        In,
        SecondFactor,
        Disabled,
        Unverified,
        Invalid,
    }
    let outcome = |refused: &LogInError| match refused {
        LogInError::SecondFactorRequired(_) => Outcome::SecondFactor,
        LogInError::AccountDisabled => Outcome::Disabled,
        LogInError::EmailNotVerified => Outcome::Unverified,
        LogInError::InvalidCredentials => Outcome::Invalid,
        other => panic!("{other}"),
    };
    for state in 0..16_u8 {
        let has = |bit: u8| state & (1 << bit) != 0;
        let (is_active, is_verified, has_factor, is_right) = (has(0), has(1), has(2), has(3));
        let app = TestApp::with_mail();
        let user = app.register(ADA).await;
        let tokens = app.log_in(ADA).await;
        let passkey = app.add_passkey(&tokens, 1).await;
        if has_factor {
            app.turn_on_second_factor(&tokens).await;
        }
        app.change_user(user.id, move |user| {
            user.is_active = is_active;
            user.email_verified = is_verified;
        })
        .await;
        let app = app.under_mail(portcullis_application::MailPolicy {
            verification: portcullis_application::Verification::Required,
            ..app.mail
        });
        let expected = if !is_right {
            Outcome::Invalid
        } else if !is_active {
            Outcome::Disabled
        } else if !is_verified {
            Outcome::Unverified
        } else if has_factor {
            Outcome::SecondFactor
        } else {
            Outcome::In
        };
        let password = if is_right { PASSWORD } else { "wrong" };
        let by_client = app.sign_in.log_in(build::log_in(ADA, password)).await;
        let by_browser = app.sign_in.sign_in_browser(build::sign_in(ADA, password, None)).await;
        let found = [
            by_client.map_or_else(|refused| outcome(&refused), |_| Outcome::In),
            by_browser.map_or_else(|refused| outcome(&refused), |_| Outcome::In),
        ];
        assert_eq!(found, [expected; 2], "{state:04b}");
        // A passkey is two factors in one, and the same bars it that bars a password.
        let passkey = FakePasskey {
            verifies: is_right,
            ..passkey
        };
        let expected = match expected {
            Outcome::SecondFactor => Outcome::In,
            other => other,
        };
        let by_passkey = match app.log_in_by_passkey(app.shown(&passkey)).await {
            Ok(_) => Outcome::In,
            Err(PasskeySignInError::AccountDisabled) => Outcome::Disabled,
            Err(PasskeySignInError::EmailNotVerified) => Outcome::Unverified,
            Err(PasskeySignInError::NotProved(PasskeyError::UserNotVerified)) => Outcome::Invalid,
            Err(other) => panic!("{other}"),
        };
        assert_eq!(by_passkey, expected, "{state:04b}");
    }
}

/// Whoever reads the mails of somebody has no second factor by that.
#[tokio::test]
async fn a_new_password_by_mail_still_takes_the_second_factor() {
    let scene = Scene::of(TestApp::with_mail()).await;
    let app = &scene.app;
    let user = app.actor(&scene.tokens).await.user().id;
    // A reset that verifies the address removes what was added before.
    app.change_user(user, |user| user.email_verified = true).await;
    let half_way = scene.step().await;
    app.mails().await;
    let request = MailRequest {
        email: Some(build::email(ADA)),
        locale: None,
        origin: Origin::default(),
        browser: None,
    };
    app.password_reset.ask(request).await.unwrap();
    let mails = app.mails().await;
    let link = mails
        .iter()
        .find(|mail| mail.subject.contains("reset_password"))
        .unwrap();
    let (token, new) = (SecretText::new(link.text.clone()), "another correct horse");
    app.password_reset
        .reset(&token, build::password(new), Origin::default())
        .await
        .unwrap();
    assert!(!app.accepts(&scene.tokens).await);
    // Half a sign-in by the old password is over.
    let over = app.log_in_by_code(&half_way, &scene.code()).await;
    assert!(matches!(over, Err(SecondStepError::InvalidToken)), "{over:?}");
    let by_client = app.sign_in.log_in(build::log_in(ADA, new)).await;
    assert!(
        matches!(by_client, Err(LogInError::SecondFactorRequired(_))),
        "{by_client:?}"
    );
    let by_browser = app.sign_in.sign_in_browser(build::sign_in(ADA, new, None)).await;
    assert!(
        matches!(by_browser, Err(LogInError::SecondFactorRequired(_))),
        "{by_browser:?}"
    );
}

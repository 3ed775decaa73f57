//! Second factors: setting one up, taking it away, and signing in by it.

use chrono::TimeDelta;
use portcullis_application::ports::Clock;
use portcullis_application::second_factors::{ChangeFactorError, FactorState};
use portcullis_application::sign_in::LogInError;
use portcullis_application::sign_in_by_code::SecondStepError;
use portcullis_application::sign_in_by_passkey::PasskeySignInError;
use portcullis_application::tokens::Tokens;
use portcullis_application::users::UserChange;
use portcullis_application::{LimitPolicy, PasskeyError, ProfileChange, ProveAgainError, SecondStep};
use portcullis_domain::{
    Acr, AuditEventType, AuditReason, AuditResult, FactorMethod, Origin, SecretText, SignInChallenge, StepUpNeeded,
};
use portcullis_testkit::build::{self, PASSWORD};
use portcullis_testkit::{FakePasskey, TestApp};

const ADA: &str = "ada@x.test";

/// Somebody whose second factor is on.
struct Scene {
    app: TestApp,
    tokens: Tokens,
    secret: SecretText,
    codes: Vec<SecretText>,
}

impl Scene {
    async fn of(app: TestApp) -> Self {
        app.register(ADA).await;
        let tokens = app.log_in(ADA).await;
        let (secret, codes) = app.turn_on_second_factor(&tokens).await;
        Self {
            app,
            tokens,
            secret,
            codes,
        }
    }

    async fn new() -> Self {
        Self::of(TestApp::new()).await
    }

    fn code(&self) -> SecretText {
        self.app.app_code(&self.secret)
    }

    /// One that no app shows.
    fn wrong_code(&self) -> SecretText {
        let shown = |seconds| {
            let at = self.app.clock.now() + TimeDelta::seconds(seconds);
            portcullis_testkit::FakeTotpSecrets::code(&self.secret, at)
                .expose()
                .to_owned()
        };
        let near = [shown(-30), shown(0), shown(30)];
        let codes = (0..4).map(|number| format!("{number:06}"));
        codes.into_iter().find(|code| !near.contains(code)).unwrap().into()
    }

    async fn step(&self) -> SecondStep {
        self.app.log_in_halfway(ADA).await
    }

    async fn by_code(&self, code: &SecretText) -> Result<Tokens, SecondStepError> {
        self.app.log_in_by_code(&self.step().await, code).await
    }
}

fn secret(text: &str) -> SecretText {
    text.to_owned().into()
}

#[tokio::test]
async fn a_second_factor_is_asked_for_once_a_code_was_confirmed() {
    let app = TestApp::new();
    let ada = app.register(ADA).await;
    let (tokens, other) = (app.log_in(ADA).await, app.log_in(ADA).await);
    let actor = app.actor(&tokens).await;
    let password = Some(build::presented(PASSWORD));
    let enrolment = app.second_factors.enrol(&actor, password.clone()).await.unwrap();
    assert!(app.second_factors.waiting(&actor).await.unwrap().is_some());
    app.log_in(ADA).await;
    let wrong = app.second_factors.confirm(&actor, secret("abcdef")).await;
    assert!(matches!(wrong, Err(ChangeFactorError::WrongCode)), "{wrong:?}");
    app.clock.advance(TimeDelta::minutes(1));
    let codes = app
        .second_factors
        .confirm(&actor, app.app_code(&enrolment.secret))
        .await
        .unwrap();
    assert_eq!(codes.len(), 10);
    // This session counts as one of two factors from now on, and the others are over.
    let session = app.session(actor.session_id()).await.unwrap();
    assert_eq!(
        (session.acr(), session.authenticated_at),
        (Acr::TwoFactors, app.clock.now())
    );
    assert!(app.accepts(&tokens).await && !app.accepts(&other).await);
    assert!(app.user(ada.id).await.unwrap().has_second_factor);
    let state = FactorState {
        totp_since: Some(app.clock.now()),
        recovery_codes_left: 10,
        passkeys: 0,
    };
    assert_eq!(app.second_factors.state(&actor).await.unwrap(), state);
    app.log_in_halfway(ADA).await;
    let kinds: Vec<_> = app.events().await.into_iter().map(|event| event.kind).collect();
    assert!(kinds.contains(&AuditEventType::MfaEnabled), "{kinds:?}");
}

#[tokio::test]
async fn a_secret_waits_for_an_hour_and_for_the_user_who_proved_to_be_it() {
    let app = TestApp::new();
    app.register(ADA).await;
    let actor = app.actor(&app.log_in(ADA).await).await;
    let wrong = app.second_factors.enrol(&actor, Some(build::presented("wrong"))).await;
    assert!(
        matches!(wrong, Err(ChangeFactorError::NotProved(ProveAgainError::Wrong))),
        "{wrong:?}"
    );
    let enrolment = app.second_factors.enrol(&actor, None).await.unwrap();
    app.clock.advance(TimeDelta::hours(1));
    let late = app
        .second_factors
        .confirm(&actor, app.app_code(&enrolment.secret))
        .await;
    assert!(matches!(late, Err(ChangeFactorError::WrongCode)), "{late:?}");
    for stale in [
        app.second_factors.enrol(&actor, None).await.map(drop),
        app.second_factors.waiting(&actor).await.map(drop),
    ] {
        assert!(
            matches!(
                stale,
                Err(ChangeFactorError::StepUp(StepUpNeeded { acr: Acr::OneFactor }))
            ),
            "{stale:?}"
        );
    }
}

#[tokio::test]
async fn setting_up_another_app_leaves_the_one_that_counts() {
    let scene = Scene::new().await;
    let actor = scene.app.actor(&scene.tokens).await;
    let next = scene.app.second_factors.enrol(&actor, None).await.unwrap();
    scene.by_code(&scene.code()).await.unwrap();
    scene.app.clock.advance(TimeDelta::minutes(1));
    let actor = scene.app.actor(&scene.tokens).await;
    let code = scene.app.app_code(&next.secret);
    scene.app.second_factors.confirm(&actor, code).await.unwrap();
    scene.app.clock.advance(TimeDelta::minutes(1));
    let by_old = scene.by_code(&scene.code()).await;
    assert!(matches!(by_old, Err(SecondStepError::WrongCode { .. })), "{by_old:?}");
    scene.by_code(&scene.app.app_code(&next.secret)).await.unwrap();
    let by_old_code = scene.by_code(&scene.codes[0]).await;
    assert!(
        matches!(by_old_code, Err(SecondStepError::WrongCode { .. })),
        "{by_old_code:?}"
    );
}

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
async fn a_code_is_taken_once_wherever_it_is_shown_and_none_before_it() {
    let scene = Scene::new().await;
    let earlier = scene.code();
    scene.app.clock.advance(TimeDelta::seconds(30));
    let code = scene.code();
    scene.by_code(&code).await.unwrap();
    for spent in [&code, &earlier] {
        let again = scene.by_code(spent).await;
        assert!(matches!(again, Err(SecondStepError::WrongCode { .. })), "{again:?}");
    }
    let actor = scene.app.actor(&scene.tokens).await;
    let removed = scene
        .app
        .second_factors
        .remove(&actor, Some(build::presented(PASSWORD)), code)
        .await;
    assert!(matches!(removed, Err(ChangeFactorError::WrongCode)), "{removed:?}");
}

#[tokio::test]
async fn a_code_of_the_step_before_or_behind_is_taken_and_no_other() {
    for (steps, is_taken) in [(-2, false), (-1, true), (1, true), (2, false)] {
        let scene = Scene::new().await;
        scene.app.clock.advance(TimeDelta::minutes(5));
        let code = scene.code();
        scene.app.clock.advance(TimeDelta::seconds(30 * 2));
        let step = scene.step().await;
        scene.app.clock.advance(TimeDelta::seconds(-30 * (2 + steps)));
        assert_eq!(
            scene.app.log_in_by_code(&step, &code).await.is_ok(),
            is_taken,
            "{steps}"
        );
    }
}

#[tokio::test]
async fn what_is_no_code_is_none() {
    let scene = Scene::new().await;
    let code = scene.code();
    let digits = code.expose();
    let arabic: String = digits
        .bytes()
        .map(|digit| char::from_u32(0x660 + u32::from(digit - b'0')).unwrap())
        .collect();
    let step = scene.step().await;
    for text in ["", &digits[..5], &format!("{digits}0"), &arabic] {
        let refused = scene.app.log_in_by_code(&step, &secret(text)).await;
        assert!(
            matches!(refused, Err(SecondStepError::WrongCode { .. })),
            "{text:?} {refused:?}"
        );
    }
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
async fn ten_wrong_codes_of_an_account_refuse_every_code_for_a_quarter_of_an_hour() {
    let scene = Scene::of(TestApp::new().limited_by(LimitPolicy::Off)).await;
    for number in 0..10 {
        let refused = scene.by_code(&scene.wrong_code()).await;
        assert!(
            matches!(refused, Err(SecondStepError::WrongCode { .. })),
            "{number}: {refused:?}"
        );
    }
    // A new half sign-in resets nothing, nor does another server, which knows of nothing but the store.
    for app in [scene.app.clone(), scene.app.beside()] {
        let step = app.log_in_halfway(ADA).await;
        match app.log_in_by_code(&step, &scene.code()).await {
            Err(SecondStepError::TooManyAttempts(exhausted)) => {
                assert_eq!(exhausted.wait.as_secs(), 15 * 60);
                assert_eq!((exhausted.limit.name(), exhausted.rate.most()), ("second-factor", 10));
            }
            other => panic!("{other:?}"),
        }
    }
    scene.app.clock.advance(TimeDelta::minutes(15));
    scene.by_code(&scene.code()).await.unwrap();
    let failures = scene.app.events().await.into_iter();
    let reasons: Vec<_> = failures
        .filter(|event| event.result == AuditResult::Failure)
        .filter_map(|event| event.reason)
        .collect();
    assert!(reasons.contains(&AuditReason::WrongCode) && reasons.contains(&AuditReason::TooManyAttempts));
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
                app.passwords.change(&actor, present, next).await.unwrap();
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

#[tokio::test]
async fn a_recovery_code_is_taken_however_it_is_typed_and_once() {
    let scene = Scene::of(TestApp::with_mail()).await;
    scene.app.mails().await;
    let written = [
        |code: &str| code.to_uppercase(),
        |code: &str| code.replace('-', ""),
        |code: &str| format!(" {} ", code.replace('-', " ")),
    ];
    for (code, write) in scene.codes.iter().zip(written) {
        let typed = secret(&write(code.expose()));
        scene.by_code(&typed).await.unwrap();
        let again = scene.by_code(&typed).await;
        assert!(matches!(again, Err(SecondStepError::WrongCode { .. })), "{again:?}");
    }
    let actor = scene.app.actor(&scene.tokens).await;
    assert_eq!(
        scene
            .app
            .second_factors
            .state(&actor)
            .await
            .unwrap()
            .recovery_codes_left,
        7
    );
    let told = scene.app.mails().await;
    assert_eq!(
        told.iter()
            .filter(|mail| mail.subject.contains("recovery_code_used"))
            .count(),
        3,
        "{:?}",
        told.iter().map(|mail| &mail.subject).collect::<Vec<_>>()
    );
    let renewed = scene
        .app
        .second_factors
        .renew_recovery_codes(&actor, None)
        .await
        .unwrap();
    let old = scene.by_code(&scene.codes[9]).await;
    assert!(matches!(old, Err(SecondStepError::WrongCode { .. })), "{old:?}");
    scene.by_code(&renewed[0]).await.unwrap();
}

#[tokio::test]
async fn turning_it_off_takes_the_password_and_a_code() {
    let scene = Scene::of(TestApp::with_mail()).await;
    let other = scene.by_code(&scene.codes[9]).await.unwrap();
    let factors = &scene.app.second_factors;
    let actor = scene.app.actor(&scene.tokens).await;
    scene.app.clock.advance(TimeDelta::minutes(11));
    let right = || Some(build::presented(PASSWORD));
    let wrong = factors
        .remove(&actor, Some(build::presented("wrong")), scene.code())
        .await;
    assert!(
        matches!(wrong, Err(ChangeFactorError::NotProved(ProveAgainError::Wrong))),
        "{wrong:?}"
    );
    let wrong = factors.remove(&actor, right(), scene.wrong_code()).await;
    assert!(matches!(wrong, Err(ChangeFactorError::WrongCode)), "{wrong:?}");
    factors.remove(&actor, right(), scene.code()).await.unwrap();
    assert!(scene.app.accepts(&scene.tokens).await && !scene.app.accepts(&other).await);
    let state = FactorState {
        totp_since: None,
        recovery_codes_left: 0,
        passkeys: 0,
    };
    assert_eq!(factors.state(&actor).await.unwrap(), state);
    scene.app.log_in(ADA).await;
    let again = factors.remove(&actor, right(), scene.codes[0].clone()).await;
    assert!(matches!(again, Err(ChangeFactorError::Off)), "{again:?}");
    let subjects: Vec<_> = scene.app.mails().await.into_iter().map(|mail| mail.subject).collect();
    assert!(
        subjects.iter().any(|subject| subject.contains("mfa_disabled")),
        "{subjects:?}"
    );
}

#[tokio::test]
async fn an_account_with_two_factors_proves_both_before_a_change() {
    let scene = Scene::new().await;
    let actor = scene.app.actor(&scene.tokens).await;
    scene.app.clock.advance(TimeDelta::minutes(10) + TimeDelta::seconds(1));
    let password = Some(build::presented(PASSWORD));
    for refused in [
        scene.app.second_factors.enrol(&actor, password.clone()).await.map(drop),
        scene
            .app
            .second_factors
            .renew_recovery_codes(&actor, password)
            .await
            .map(drop),
    ] {
        assert!(
            matches!(
                refused,
                Err(ChangeFactorError::StepUp(StepUpNeeded { acr: Acr::TwoFactors }))
            ),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn an_administrator_resets_a_lost_factor() {
    let scene = Scene::of(TestApp::with_mail()).await;
    scene.app.mails().await;
    scene.app.register_admin("root@x.test").await;
    let root = scene.app.admin(&scene.app.log_in("root@x.test").await).await;
    let user = scene.app.actor(&scene.tokens).await.user().id;
    for _ in 0..2 {
        scene.app.second_factors.reset(root.authority(), user).await.unwrap();
    }
    assert!(!scene.app.accepts(&scene.tokens).await);
    scene.app.log_in(ADA).await;
    let events = scene.app.events().await;
    let told: Vec<_> = events
        .iter()
        .filter(|event| event.kind == AuditEventType::MfaDisabled)
        .collect();
    let [event] = told[..] else { panic!("{told:?}") };
    assert_eq!(
        (event.actor_id, event.user_id, event.reason),
        (
            Some(root.actor().user().id),
            Some(user),
            Some(AuditReason::Administrator)
        )
    );
    let subjects: Vec<_> = scene.app.mails().await.into_iter().map(|mail| mail.subject).collect();
    assert_eq!(
        subjects.iter().filter(|subject| subject.contains("mfa_reset")).count(),
        1,
        "{subjects:?}"
    );
}

#[tokio::test]
async fn this_was_not_me_takes_away_a_factor_that_was_added_since() {
    let scene = Scene::of(TestApp::with_mail()).await;
    let mails = scene.app.mails().await;
    let notice = mails.iter().find(|mail| mail.subject.contains("mfa_enabled")).unwrap();
    let token = notice.text.clone();
    let user = scene.app.actor(&scene.tokens).await.user().id;
    scene.app.not_me.secure(&token.into(), Origin::default()).await.unwrap();
    assert!(!scene.app.user(user).await.unwrap().has_second_factor);
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
            Err(PasskeySignInError::NotProved(PasskeyError::InvalidPasskey)) => Outcome::Invalid,
            Err(other) => panic!("{other}"),
        };
        assert_eq!(by_passkey, expected, "{state:04b}");
    }
}

#[tokio::test]
async fn a_secret_waits_for_the_session_that_asked_for_it_alone() {
    let app = TestApp::new();
    app.register(ADA).await;
    let own = app.actor(&app.log_in(ADA).await).await;
    let other = app.actor(&app.log_in(ADA).await).await;
    let enrolment = app.second_factors.enrol(&own, None).await.unwrap();
    assert!(app.second_factors.waiting(&other).await.unwrap().is_none());
    let code = app.app_code(&enrolment.secret);
    let refused = app.second_factors.confirm(&other, code.clone()).await;
    assert!(matches!(refused, Err(ChangeFactorError::WrongCode)), "{refused:?}");
    assert!(app.second_factors.waiting(&own).await.unwrap().is_some());
    app.second_factors.confirm(&own, code).await.unwrap();
}

#[tokio::test]
async fn wrong_codes_of_a_secret_that_waits_count_as_those_of_a_sign_in() {
    let app = TestApp::new();
    app.register(ADA).await;
    let actor = app.actor(&app.log_in(ADA).await).await;
    let enrolment = app.second_factors.enrol(&actor, None).await.unwrap();
    for _ in 0..10 {
        let wrong = app.second_factors.confirm(&actor, secret("abcdef")).await;
        assert!(matches!(wrong, Err(ChangeFactorError::WrongCode)), "{wrong:?}");
    }
    let code = app.app_code(&enrolment.secret);
    let refused = app.second_factors.confirm(&actor, code).await;
    assert!(
        matches!(refused, Err(ChangeFactorError::TooManyCodes(_))),
        "{refused:?}"
    );
    let events = app.events().await;
    let failures = events
        .iter()
        .filter(|event| event.reason == Some(AuditReason::WrongCode));
    assert_eq!(failures.count(), 10);
}

#[tokio::test]
async fn another_app_is_confirmed_by_a_fresh_proof_of_both_factors() {
    let scene = Scene::new().await;
    let actor = scene.app.actor(&scene.tokens).await;
    let enrolment = scene.app.second_factors.enrol(&actor, None).await.unwrap();
    scene.app.clock.advance(TimeDelta::minutes(11));
    let code = scene.app.app_code(&enrolment.secret);
    let stale = scene.app.second_factors.confirm(&actor, code).await;
    assert!(
        matches!(
            stale,
            Err(ChangeFactorError::StepUp(StepUpNeeded { acr: Acr::TwoFactors }))
        ),
        "{stale:?}"
    );
}

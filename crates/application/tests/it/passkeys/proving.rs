//! Proving by a passkey what is asked for besides a sign-in: its second half, and who somebody is.

use super::{ADA, BEN, failures, for_step, in_session, is_answered, methods};
use chrono::TimeDelta;
use portcullis_application::passkeys::{AddPasskeyError, RemovePasskeyError};
use portcullis_application::ports::ShownPasskey;
use portcullis_application::reauthentication::{ProofShown, ReauthenticateError};
use portcullis_application::sign_in_by_code::{CodeAttempt, SecondShown, SecondStepError};
use portcullis_application::sign_in_by_passkey::{AskPasskeyError, Occasion};
use portcullis_application::tokens::Tokens;
use portcullis_application::{Actor, PasskeyError, SecondStep};
use portcullis_domain::{AuditEventType, AuditReason, Carrier, FactorDemand, FactorMethod, Origin, SecretText};
use portcullis_testkit::{FakePasskey, TestApp};

async fn go_on(app: &TestApp, step: &SecondStep, shown: ShownPasskey) -> Result<Tokens, SecondStepError> {
    let attempt = CodeAttempt {
        token: step.token.clone(),
        shown: SecondShown::Passkey(shown, None),
        origin: Origin::default(),
    };
    app.sign_in_by_code.log_in_by_code(attempt, Carrier::Body).await
}

async fn prove(app: &TestApp, actor: &Actor, shown: ShownPasskey) -> Result<Tokens, ReauthenticateError> {
    let shown = ProofShown::Passkey(shown, None);
    app.reauthentication.reauthenticate(actor, shown, Carrier::Body).await
}

#[tokio::test]
async fn a_passkey_is_the_second_half_of_its_users_sign_in() {
    let app = TestApp::new();
    for address in [ADA, BEN] {
        app.register(address).await;
    }
    let tokens = app.log_in(ADA).await;
    app.turn_on_second_factor(&tokens).await;
    let step = app.log_in_halfway(ADA).await;
    assert_eq!(step.methods, [FactorMethod::Totp, FactorMethod::RecoveryCode]);
    let passkey = app.add_passkey(&tokens, 1).await;
    let bens = app.add_passkey(&app.log_in(BEN).await, 2).await;
    let step = app.log_in_halfway(ADA).await;
    assert_eq!(step.methods, FactorMethod::ALL);
    let refused = go_on(&app, &step, for_step(&app, &bens, &step)).await;
    assert!(
        matches!(refused, Err(SecondStepError::Passkey(PasskeyError::InvalidPasskey))),
        "{refused:?}"
    );
    let shown = for_step(&app, &passkey, &step);
    let inside = go_on(&app, &step, shown.clone()).await.unwrap();
    assert_eq!(methods(&app, &inside).await, "pwd swk user mfa");
    let refused = go_on(&app, &step, for_step(&app, &passkey, &step)).await;
    assert!(matches!(refused, Err(SecondStepError::InvalidToken)), "{refused:?}");
    let step = app.log_in_halfway(ADA).await;
    let refused = go_on(&app, &step, shown).await;
    assert!(
        matches!(refused, Err(SecondStepError::Passkey(PasskeyError::InvalidChallenge))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_passkey_is_a_fresh_proof_of_its_user() {
    let app = TestApp::new();
    for address in [ADA, BEN] {
        app.register(address).await;
    }
    let tokens = app.log_in(ADA).await;
    let passkey = app.add_passkey(&tokens, 1).await;
    let bens = app.add_passkey(&app.log_in(BEN).await, 2).await;
    app.clock.advance(TimeDelta::minutes(11));
    let actor = app.actor(&tokens).await;
    let refused = app.passkeys.ask_for_new(&actor).await;
    assert!(matches!(refused, Err(AddPasskeyError::StepUp(_))), "{refused:?}");
    let refused = prove(&app, &actor, in_session(&app, &bens, &actor)).await;
    assert!(
        matches!(refused, Err(ReauthenticateError::Passkey(PasskeyError::InvalidPasskey))),
        "{refused:?}"
    );
    assert_eq!(
        failures(&app, AuditEventType::Reauthenticated).await,
        [Some(AuditReason::WrongPasskey)]
    );
    let shown = in_session(&app, &passkey, &actor);
    let proved = prove(&app, &actor, shown.clone()).await.unwrap();
    assert_eq!(methods(&app, &proved).await, "swk user mfa");
    let actor = app.actor(&proved).await;
    app.passkeys.ask_for_new(&actor).await.unwrap();
    let refused = prove(&app, &actor, shown).await;
    assert!(
        matches!(
            refused,
            Err(ReauthenticateError::Passkey(PasskeyError::InvalidChallenge))
        ),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_password_alone_is_no_proof_of_who_has_a_passkey() {
    let app = TestApp::new();
    app.register(ADA).await;
    let tokens = app.log_in(ADA).await;
    let passkey = app.add_passkey(&tokens, 1).await;
    // The session that a passkey was added in has shown it.
    app.passkeys.ask_for_new(&app.actor(&tokens).await).await.unwrap();
    let thief = app.log_in(ADA).await;
    let actor = app.actor(&thief).await;
    let id = app.passkeys.list(&actor).await.unwrap()[0].id;
    let refused = app.passkeys.remove(&actor, id).await;
    assert!(matches!(refused, Err(RemovePasskeyError::StepUp(_))), "{refused:?}");
    let refused = app.passkeys.ask_for_new(&actor).await;
    assert!(matches!(refused, Err(AddPasskeyError::StepUp(_))), "{refused:?}");
    let proved = prove(&app, &actor, in_session(&app, &passkey, &actor)).await.unwrap();
    app.passkeys.remove(&app.actor(&proved).await, id).await.unwrap();
}

/// Where a factor is demanded, the password is the first half of who has a passkey alone.
#[tokio::test]
async fn a_passkey_is_the_factor_that_is_demanded() {
    let app = TestApp::new().demanding(FactorDemand::Everybody);
    app.register(ADA).await;
    let tokens = app.log_in(ADA).await;
    let actor = app.enrolling(&tokens).await;
    let made = FakePasskey::of(actor.user().id, 1);
    let asked = app.passkeys.ask_for_new(&actor).await.unwrap();
    app.passkeys
        .add(&actor, made.answer(&asked.challenge), None)
        .await
        .unwrap();
    app.actor(&tokens).await;
    let step = app.log_in_halfway(ADA).await;
    assert_eq!(step.methods, [FactorMethod::Passkey]);
    let inside = go_on(&app, &step, for_step(&app, &made, &step)).await.unwrap();
    assert_eq!(methods(&app, &inside).await, "pwd swk user mfa");
}

/// What a passkey was asked for, and in which sign-in or session: each answer serves that alone.
#[tokio::test]
async fn an_answer_serves_the_occasion_that_it_was_asked_for() {
    let app = TestApp::new();
    app.register(ADA).await;
    let tokens = app.log_in(ADA).await;
    let passkey = app.add_passkey(&tokens, 1).await;
    app.turn_on_second_factor(&tokens).await;
    let (step, other_step) = (app.log_in_halfway(ADA).await, app.log_in_halfway(ADA).await);
    let actor = app.actor(&tokens).await;
    let elsewhere = app.log_in_by_passkey(app.shown(&passkey)).await.unwrap();
    let other_actor = app.actor(&elsewhere).await;
    let occasions = [
        Occasion::SignIn,
        Occasion::SecondStep(&step.token),
        Occasion::SecondStep(&other_step.token),
        Occasion::StepUp(&actor),
        Occasion::StepUp(&other_actor),
    ];
    for (number, occasion) in occasions.into_iter().enumerate() {
        for (other, used_for) in occasions.into_iter().enumerate() {
            if number == other {
                continue;
            }
            let shown = app.shown_for(&passkey, occasion);
            let is_refused = match used_for {
                Occasion::SignIn => is_answered(&app.log_in_by_passkey(shown).await),
                Occasion::SecondStep(token) => {
                    let step = SecondStep {
                        token: token.clone(),
                        methods: Vec::new(),
                    };
                    let refused = go_on(&app, &step, shown).await;
                    matches!(
                        refused,
                        Err(SecondStepError::Passkey(PasskeyError::InvalidChallenge) | SecondStepError::InvalidToken)
                    )
                }
                Occasion::StepUp(actor) => {
                    let refused = prove(&app, actor, shown).await;
                    matches!(
                        refused,
                        Err(ReauthenticateError::Passkey(PasskeyError::InvalidChallenge))
                    )
                }
            };
            assert!(is_refused, "{number} {other}");
        }
    }
    // Each serves its own.
    app.log_in_by_passkey(app.shown(&passkey)).await.unwrap();
    prove(&app, &actor, in_session(&app, &passkey, &actor)).await.unwrap();
    let step = app.log_in_halfway(ADA).await;
    go_on(&app, &step, for_step(&app, &passkey, &step)).await.unwrap();
    let none = app
        .sign_in_by_passkey
        .ask(Occasion::SecondStep(&SecretText::new("x".to_owned())), None);
    assert!(matches!(none, Err(AskPasskeyError::InvalidToken)), "{none:?}");
}

/// As wrong codes do.
#[tokio::test]
async fn a_passkey_that_proves_nothing_takes_a_try_of_the_half_sign_in() {
    let app = TestApp::new();
    for address in [ADA, BEN] {
        app.register(address).await;
    }
    let tokens = app.log_in(ADA).await;
    let passkey = app.add_passkey(&tokens, 1).await;
    app.turn_on_second_factor(&tokens).await;
    let bens = app.add_passkey(&app.log_in(BEN).await, 2).await;
    let step = app.log_in_halfway(ADA).await;
    let unverified = FakePasskey {
        verifies: false,
        ..passkey.clone()
    };
    for shown in [
        for_step(&app, &bens, &step),
        for_step(&app, &unverified, &step),
        app.shown(&passkey),
        for_step(&app, &bens, &step),
        for_step(&app, &bens, &step),
    ] {
        let refused = go_on(&app, &step, shown).await;
        assert!(matches!(refused, Err(SecondStepError::Passkey(_))), "{refused:?}");
    }
    let over = go_on(&app, &step, for_step(&app, &passkey, &step)).await;
    assert!(matches!(over, Err(SecondStepError::InvalidToken)), "{over:?}");
    let step = app.log_in_halfway(ADA).await;
    go_on(&app, &step, for_step(&app, &passkey, &step)).await.unwrap();
}

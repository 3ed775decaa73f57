//! What holds when one code of a second factor is shown at once, at two servers on one store.

use super::at_once;
use crate::app::TestApp;
use crate::build;
use chrono::TimeDelta;
use portcullis_application::ports::Store;
use portcullis_application::sign_in_by_code::SecondStepError;
use portcullis_domain::{Carrier, SecretText};
use std::sync::Arc;

const RACERS: usize = 12;

/// Each with a half sign-in of its own, at two servers.
pub async fn of_many_who_show_one_code_one_gets_in(store: &Arc<dyn Store>) {
    let app = TestApp::on(Arc::clone(store));
    app.register("ada@x.test").await;
    let (secret, codes) = app.turn_on_second_factor(&app.log_in("ada@x.test").await).await;
    assert_eq!(admitted(&app, &app.app_code(&secret)).await, 1);
    // Until then the wrong ones count.
    app.clock.advance(TimeDelta::minutes(16));
    assert_eq!(admitted(&app, &codes[0]).await, 1);
}

/// Of many at once with one half sign-in no more are let try than there are tries, and of many half sign-ins no more than an
/// account has wrong codes.
pub async fn of_many_guesses_no_more_are_looked_at_than_there_are(store: &Arc<dyn Store>) {
    let app = TestApp::on(Arc::clone(store));
    app.register("ada@x.test").await;
    app.turn_on_second_factor(&app.log_in("ada@x.test").await).await;
    let step = app.log_in_halfway("ada@x.test").await;
    let beside = app.beside();
    let tried = at_once(RACERS, |racer| {
        let app = if racer % 2 == 0 { app.clone() } else { beside.clone() };
        let attempt = build::code_attempt(&step, &wrong_code());
        async move { app.sign_in_by_code.log_in_by_code(attempt, Carrier::Body).await }
    });
    let tried = tried.await;
    let looked_at = tried
        .iter()
        .filter(|tried| matches!(tried, Err(SecondStepError::WrongCode { .. })))
        .count();
    assert_eq!(looked_at, 5);
}

fn wrong_code() -> SecretText {
    "2222-2222-2222-2222".to_owned().into()
}

async fn admitted(app: &TestApp, code: &SecretText) -> usize {
    let mut steps = Vec::new();
    for _ in 0..RACERS {
        steps.push(app.log_in_halfway("ada@x.test").await);
    }
    let beside = app.beside();
    let shown = at_once(RACERS, |racer| {
        let app = if racer % 2 == 0 { app.clone() } else { beside.clone() };
        let attempt = build::code_attempt(&steps[racer], code);
        async move {
            let shown = app.sign_in_by_code.log_in_by_code(attempt, Carrier::Body);
            shown.await.is_ok()
        }
    });
    shown.await.into_iter().filter(|is_in| *is_in).count()
}

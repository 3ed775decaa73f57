//! Second factors: setting one up, taking it away, and signing in by it.

mod codes;
mod demanded;
mod guessing;
mod set_up;
mod signing_in;
mod turning_off;

use chrono::TimeDelta;
use portcullis_application::SecondStep;
use portcullis_application::ports::Clock;
use portcullis_application::sign_in_by_code::SecondStepError;
use portcullis_application::tokens::Tokens;
use portcullis_domain::SecretText;
use portcullis_testkit::TestApp;

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

//! Passkeys: signing in by one, with one as the second half, proving who one is, and what ends them.

mod own;
mod proving;
mod signing_in;

use portcullis_application::ports::ShownPasskey;
use portcullis_application::sign_in_by_passkey::{Occasion, PasskeySignInError};
use portcullis_application::tokens::Tokens;
use portcullis_application::{Actor, PasskeyError, SecondStep};
use portcullis_domain::{AuditEventType, AuditReason, AuditResult};
use portcullis_testkit::{FakePasskey, TestApp};

const ADA: &str = "ada@x.test";
const BEN: &str = "ben@x.test";

async fn methods(app: &TestApp, tokens: &Tokens) -> String {
    app.actor(tokens).await.session().methods.to_string()
}

/// What a device answers to go on with that sign-in.
fn for_step(app: &TestApp, passkey: &FakePasskey, step: &SecondStep) -> ShownPasskey {
    app.shown_for(passkey, Occasion::SecondStep(&step.token))
}

/// What a device answers to prove once more who somebody is, in their session.
fn in_session(app: &TestApp, passkey: &FakePasskey, actor: &Actor) -> ShownPasskey {
    app.shown_for(passkey, Occasion::StepUp(actor))
}

async fn failures(app: &TestApp, kind: AuditEventType) -> Vec<Option<AuditReason>> {
    let events = app.events().await;
    let failed = events
        .iter()
        .filter(|event| event.kind == kind && event.result == AuditResult::Failure);
    failed.map(|event| event.reason).collect()
}

fn is_answered<T>(result: &Result<T, PasskeySignInError>) -> bool {
    matches!(
        result,
        Err(PasskeySignInError::NotProved(PasskeyError::InvalidChallenge))
    )
}

fn is_invalid<T>(result: &Result<T, PasskeySignInError>) -> bool {
    matches!(
        result,
        Err(PasskeySignInError::NotProved(
            PasskeyError::InvalidPasskey | PasskeyError::UserNotVerified
        ))
    )
}

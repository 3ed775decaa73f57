//! Secrets of authenticator apps: encrypted for one user, and the codes that they stand for.

use crate::fixtures::{CURRENT_KEY, PREVIOUS_KEY, SALT, keys, only};
use chrono::{DateTime, Utc};
use portcullis_application::ports::{TotpSecrets, UnreadableSecret};
use portcullis_domain::{Email, EncryptedSecret, SecretText, UserId};
use portcullis_security::{EncryptedTotpSecrets, EncryptedTotpSecretsParameters, Keys, OsEntropy, TotpSecretKeys};
use shaku::{HasComponent, module};
use std::sync::Arc;

module! {
    Secrets {
        components = [EncryptedTotpSecrets, OsEntropy],
        providers = [],
    }
}

/// The secret of RFC 6238, appendix B.
const SECRET: [u8; 20] = *b"12345678901234567890";

fn secrets_of(app: &str, keys: &Keys) -> Arc<dyn TotpSecrets> {
    Secrets::builder()
        .with_component_parameters::<EncryptedTotpSecrets>(EncryptedTotpSecretsParameters {
            keys: TotpSecretKeys::derive(keys, &SALT),
            app: app.to_owned(),
        })
        .build()
        .resolve()
}

fn secrets() -> Arc<dyn TotpSecrets> {
    secrets_of("Orchard", &keys())
}

fn user(number: u8) -> UserId {
    UserId::new(DateTime::UNIX_EPOCH, [number; 10])
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn step(code: &str, seconds: i64) -> Option<u64> {
    let secret = secrets().encrypt(user(1), SECRET).unwrap();
    let code = SecretText::new(code.to_owned());
    secrets().step_of(user(1), &secret, &code, at(seconds)).unwrap()
}

#[test]
fn codes_are_those_of_the_rfc() {
    for (seconds, code) in [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ] {
        assert_eq!(
            step(code, seconds),
            Some(u64::try_from(seconds / 30).unwrap()),
            "{seconds}"
        );
    }
}

#[test]
fn a_code_is_of_its_step_and_taken_one_step_before_and_behind() {
    for (seconds, expected) in [
        (0, None),
        (30, Some(37_037_036)),
        (60, Some(37_037_036)),
        (90, Some(37_037_036)),
        (120, None),
    ] {
        // The code of step 37,037,036, which begins at 1,111,111,080.
        assert_eq!(step("081804", 1_111_111_020 + seconds), expected, "{seconds}");
    }
    for code in ["", "81804", "0818040", "08180a", "081 804", "\u{660}81804"] {
        assert_eq!(step(code, 1_111_111_109), None, "{code:?}");
    }
}

#[test]
fn a_secret_is_bound_to_its_user_and_changed_nowhere() {
    let secrets = secrets();
    let secret = secrets.encrypt(user(1), SECRET).unwrap();
    let code = SecretText::new("287082".to_owned());
    assert_eq!(secrets.step_of(user(1), &secret, &code, at(59)), Ok(Some(1)));
    assert_eq!(secrets.step_of(user(2), &secret, &code, at(59)), Err(UnreadableSecret));
    for place in 0..secret.as_bytes().len() {
        let mut changed = secret.as_bytes().to_vec();
        changed[place] ^= 1;
        let changed = EncryptedSecret::new(changed);
        assert_eq!(
            secrets.step_of(user(1), &changed, &code, at(59)),
            Err(UnreadableSecret),
            "{place}"
        );
    }
    assert!(
        !secret
            .as_bytes()
            .windows(4)
            .any(|window| SECRET.windows(4).any(|part| part == window))
    );
}

#[test]
fn a_secret_outlives_a_change_of_the_key_and_is_encrypted_anew() {
    let code = SecretText::new("287082".to_owned());
    let (before, during, after) = (
        secrets_of("Orchard", &only(PREVIOUS_KEY)),
        secrets(),
        secrets_of("Orchard", &only(CURRENT_KEY)),
    );
    let old = before.encrypt(user(1), SECRET).unwrap();
    assert_eq!(during.step_of(user(1), &old, &code, at(59)), Ok(Some(1)));
    assert_eq!(after.step_of(user(1), &old, &code, at(59)), Err(UnreadableSecret));
    let new = during.encrypt_anew(user(1), &old).unwrap();
    assert_eq!(after.step_of(user(1), &new, &code, at(59)), Ok(Some(1)));
    assert!(during.encrypt_anew(user(1), &new).is_none() && after.encrypt_anew(user(1), &old).is_none());
}

#[test]
fn an_app_is_given_all_that_it_needs() {
    let account = Email::parse("ada+totp@example.org").unwrap();
    let secrets = secrets_of("Orchard: home & co", &keys());
    let secret = secrets.encrypt(user(1), SECRET).unwrap();
    let enrolment = secrets.enrolment(user(1), &secret, &account).unwrap();
    assert_eq!(enrolment.secret.expose(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    let uri = enrolment.uri.expose();
    assert!(
        uri.starts_with("otpauth://totp/Orchard%20%20home%20%26%20co:ada%2Btotp%40example.org?"),
        "{uri}"
    );
    for part in [
        "secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
        "issuer=Orchard%20%20home%20%26%20co",
    ] {
        assert!(uri.contains(part), "{uri}");
    }
    let svg = enrolment.qr.svg();
    assert!(svg.expose().starts_with("<svg xmlns=") && svg.expose().ends_with("</svg>"));
    assert_eq!(format!("{enrolment:?}").matches("GEZD").count(), 0);
    assert_eq!(
        secrets.enrolment(user(2), &secret, &account).unwrap_err(),
        UnreadableSecret
    );
}

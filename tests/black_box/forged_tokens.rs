//! Forged and foreign access tokens.

use crate::app::{SECRET_KEY, TestApp};
use crate::genuine_token::{Genuine, sign, sign_text};
use crate::on_sqlite;
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

on_sqlite!(
    a_token_that_a_holder_of_the_key_makes_is_as_good_as_ours,
    no_forged_header_is_accepted,
    no_forged_claim_is_accepted,
    no_malformed_token_is_accepted,
);

async fn a_token_that_a_holder_of_the_key_makes_is_as_good_as_ours(app: TestApp) {
    let genuine = Genuine::of(&app).await;
    assert_eq!(genuine.status(&sign(&genuine.header, &genuine.claims)).await, 200);
}

async fn no_forged_header_is_accepted(app: TestApp) {
    let genuine = Genuine::of(&app).await;
    for name in ["none", "None", "nONE", "HS384", "HS512", "RS256", "ES256", "EdDSA", ""] {
        genuine
            .assert_refused(&genuine.header_with("alg", json!(name)), name)
            .await;
    }
    let mut unsigned = genuine.header.clone();
    unsigned["alg"] = json!("none");
    let unsigned = sign(&unsigned, &genuine.claims);
    genuine
        .assert_refused(
            unsigned
                .rsplit_once('.')
                .map(|(signed, _)| format!("{signed}."))
                .unwrap()
                .as_str(),
            "none",
        )
        .await;
    for (algorithm, name) in [(hmac::HMAC_SHA384, "HS384"), (hmac::HMAC_SHA512, "HS512")] {
        let header = json!({"typ": "at+jwt", "alg": name});
        let token = sign_text(&header.to_string(), &genuine.claims.to_string(), algorithm, SECRET_KEY);
        genuine.assert_refused(&token, name).await;
    }
    let long = "k".repeat(10_000);
    for kid in [
        json!("unknown"),
        json!(long),
        json!("../../dev/null"),
        json!("' UNION SELECT 1--"),
        json!(1),
        Value::Null,
    ] {
        genuine.assert_refused(&genuine.header_with("kid", kid), "kid").await;
    }
    for typ in [
        json!("JWT"),
        json!("reset+jwt"),
        json!("AT+JWT "),
        Value::Null,
        json!(["at+jwt"]),
    ] {
        genuine
            .assert_refused(&genuine.header_with("typ", typ.clone()), &format!("typ {typ}"))
            .await;
    }
    genuine
        .assert_refused(&sign(&json!({"alg": "HS256"}), &genuine.claims), "no typ")
        .await;
    for (member, value) in [
        ("crit", json!(["exp"])),
        ("crit", json!(["unknown"])),
        ("b64", json!(false)),
        ("jwk", json!({"kty": "oct", "k": URL_SAFE_NO_PAD.encode(SECRET_KEY)})),
        ("jku", json!("http://127.0.0.1:1/jwks.json")),
        ("x5u", json!("http://127.0.0.1:1/x5u")),
        ("x5c", json!(["MIIB"])),
        ("zip", json!("DEF")),
        ("cty", json!("JWT")),
    ] {
        genuine
            .assert_refused(&genuine.header_with(member, value), member)
            .await;
    }
    let repeated = sign_text(
        r#"{"typ":"at+jwt","alg":"HS256","alg":"HS256"}"#,
        &genuine.claims.to_string(),
        hmac::HMAC_SHA256,
        SECRET_KEY,
    );
    genuine.assert_refused(&repeated, "repeated header member").await;
}

async fn no_forged_claim_is_accepted(app: TestApp) {
    let genuine = Genuine::of(&app).await;
    let issued = genuine.claims["iat"].as_i64().unwrap();
    let other = "018f0000-0000-7000-8000-000000000000";
    for (member, value) in [
        ("iss", json!(["portcullis"])),
        ("iss", json!("Portcullis")),
        ("iss", json!("portcullis/")),
        ("aud", json!("another")),
        ("aud", json!([])),
        ("aud", json!({"portcullis": true})),
        ("exp", json!(issued - 1)),
        ("exp", json!((issued + 900).to_string())),
        ("exp", json!(-1)),
        ("exp", json!(1e30)),
        ("exp", Value::Null),
        ("iat", json!(issued + 600)),
        ("nbf", json!(issued + 600)),
        ("sub", json!("")),
        ("sub", json!(1)),
        ("sid", json!("x")),
        ("gen", json!(-1)),
        ("gen", json!("0")),
        ("role", json!("ROOT")),
        ("role", json!(["ADMIN"])),
        ("type", json!("refresh")),
        ("jti", json!(7)),
    ] {
        genuine
            .assert_refused(
                &genuine.claims_with(member, value.clone()),
                &format!("{member} {value}"),
            )
            .await;
    }
    // Whoever holds the key can make tokens of any session; the store knows better.
    for (member, value) in [("sub", json!(other)), ("sid", json!(other)), ("gen", json!(1))] {
        let status = genuine.status(&genuine.claims_with(member, value)).await;
        assert_eq!(status, 401, "{member}");
    }
    for member in [
        "iss",
        "aud",
        "exp",
        "iat",
        "sub",
        "sid",
        "gen",
        "type",
        "jti",
        "role",
        "email",
        "auth_time",
        "amr",
        "acr",
    ] {
        genuine
            .assert_refused(&genuine.claims_without(member), &format!("without {member}"))
            .await;
    }
    let mut repeated = genuine.claims.to_string();
    repeated.insert_str(1, "\"role\":\"ADMIN\",");
    let repeated = sign_text(&genuine.header.to_string(), &repeated, hmac::HMAC_SHA256, SECRET_KEY);
    genuine.assert_refused(&repeated, "repeated claim").await;
    let foreign = "another-key-that-is-long-enough-0123456789";
    let foreign = sign_text(
        &genuine.header.to_string(),
        &genuine.claims.to_string(),
        hmac::HMAC_SHA256,
        foreign,
    );
    genuine.assert_refused(&foreign, "another key").await;
}

async fn no_malformed_token_is_accepted(app: TestApp) {
    let genuine = Genuine::of(&app).await;
    let token = &genuine.token;
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    let nested = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    for (malformed, why) in [
        (signed.to_owned(), "two parts"),
        (format!("{token}.x"), "four parts"),
        (format!("{token}.x.y"), "five parts"),
        (format!("{signed}."), "no signature"),
        (format!(".{claims}.{signature}"), "no header"),
        (format!("{header}..{signature}"), "no claims"),
        (format!("{token}="), "padding"),
        (format!("{header}. {claims}.{signature}"), "inner space"),
        (
            format!("{signed}.{}", non_canonical(signature)),
            "non-canonical last character",
        ),
        (format!("{signed}.{}", "A".repeat(100_000 / 16)), "long signature"),
        (
            sign_text(&nested, &genuine.claims.to_string(), hmac::HMAC_SHA256, SECRET_KEY),
            "nested",
        ),
        (
            json!({"protected": header, "payload": claims, "signature": signature}).to_string(),
            "JSON serialization",
        ),
        ("....".to_owned(), "dots"),
        ("a".to_owned(), "one letter"),
    ] {
        genuine.assert_refused(&malformed, why).await;
    }
}

/// The same bytes by another last character: the bits that no byte takes are set.
fn non_canonical(signature: &str) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let last = signature.chars().last().unwrap();
    let next = ALPHABET.chars().nth(ALPHABET.find(last).unwrap() + 1).unwrap();
    format!("{}{next}", &signature[..signature.len() - 1])
}

//! ID tokens that are refused, and those that are not.

use super::{Provider, acme};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Utc;
use portcullis_application::ports::{UpstreamError, UpstreamProviders};
use portcullis_domain::SecretText;
use serde_json::{Value, json};

#[tokio::test]
async fn a_token_that_says_anything_else_is_refused() {
    let provider = Provider::start();
    let now = Utc::now().timestamp();
    for claims in [
        provider.with("iss", json!("https://id.example")),
        provider.with("iss", json!([provider.server.base])),
        provider.with("iss", json!(format!("{}/", provider.server.base))),
        provider.with("aud", json!("them")),
        provider.with("aud", json!("our-app")),
        provider.with("aud", json!(["them"])),
        provider.with("aud", json!(["us", "them"])),
        provider.with("aud", json!([])),
        provider.without("aud"),
        provider.with("azp", json!("them")),
        provider.with("exp", json!(now - 6)),
        provider.with("exp", json!("never")),
        provider.without("exp"),
        provider.with("iat", json!(now + 60)),
        provider.without("iat"),
        provider.with("nbf", json!(now + 60)),
        provider.with("nonce", json!("another")),
        provider.without("nonce"),
        provider.with("sub", json!("")),
        provider.with("sub", json!(" ")),
        provider.with("sub", json!(null)),
        provider.with("sub", json!(1)),
        provider.with("sub", json!("a".repeat(256))),
        provider.without("sub"),
    ] {
        let refused = provider.asserted(&provider.token(&claims)).await;
        assert!(
            matches!(refused, Err(UpstreamError::Untrusted(_))),
            "{claims}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn a_token_that_is_not_signed_by_the_provider_is_refused() {
    let provider = Provider::start();
    let claims = provider.claims().to_string();
    let good = provider.token(&provider.claims());
    let (message, _) = good.rsplit_once('.').unwrap();
    let other = Ed25519KeyPair::generate().unwrap();
    let forged = format!(
        "{message}.{}",
        URL_SAFE_NO_PAD.encode(other.sign(message.as_bytes()).as_ref())
    );
    let public = URL_SAFE_NO_PAD.encode(provider.key.public_key());
    let tokens = [
        forged,
        format!("{message}."),
        message.to_owned(),
        provider.signed(&json!({"alg": "none"}), &claims),
        provider.signed(&json!({"alg": "none", "kid": "a"}), &claims),
        provider.signed(&json!({"alg": "HS256", "kid": "a"}), &claims),
        provider.signed(&json!({"alg": "ES256", "kid": "a"}), &claims),
        provider.signed(&json!({"alg": "EdDSA", "kid": "b"}), &claims),
        provider.signed(&json!({"alg": "EdDSA", "kid": "a", "typ": "at+jwt"}), &claims),
        provider.signed(&json!({"alg": "EdDSA", "kid": "a", "crit": ["x"]}), &claims),
        provider.signed(&json!({"alg": "EdDSA", "kid": "a", "b64": false}), &claims),
        provider.signed(
            &json!({"alg": "EdDSA", "kid": "a", "jwk": {"kty": "OKP", "crv": "Ed25519", "x": public}}),
            &claims,
        ),
        provider.signed(&json!({"alg": "EdDSA", "kid": "a"}), "[]"),
        provider.signed(
            &json!({"alg": "EdDSA", "kid": "a"}),
            &claims.replacen('{', r#"{"sub":"eve","#, 1),
        ),
        "a".repeat(10_000),
        String::new(),
    ];
    for token in tokens {
        let refused = provider.asserted(&token).await;
        assert!(
            matches!(refused, Err(UpstreamError::Untrusted(_))),
            "{token}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn a_word_that_is_no_boolean_verifies_no_address() {
    let provider = Provider::start();
    for said in [json!("true"), json!(1), json!(null), json!(["true"]), json!(false)] {
        let claims = provider.with("email_verified", said);
        let asserted = provider.asserted(&provider.token(&claims)).await.unwrap();
        assert!(!asserted.is_email_verified, "{claims}");
    }
    let odd = provider
        .asserted(&provider.token(&provider.with("email", json!({"a": 1}))))
        .await;
    assert!(odd.is_err() || odd.is_ok_and(|asserted| asserted.email.is_none()));
}

#[tokio::test]
async fn times_that_nobody_can_count_stop_nothing() {
    let provider = Provider::start();
    for seconds in [8_210_266_876_795_i64, 8_210_266_876_799, i64::MAX, i64::MIN] {
        for name in ["exp", "iat", "nbf", "auth_time"] {
            let _ = provider
                .asserted(&provider.token(&provider.with(name, json!(seconds))))
                .await;
        }
    }
}

#[tokio::test]
async fn when_somebody_signed_in_there_is_told_where_the_provider_tells_it() {
    let provider = Provider::start();
    let then = Utc::now().timestamp() - 90;
    for (said, told) in [(json!(then), Some(then)), (json!(null), None)] {
        let token = provider.token(&provider.with("auth_time", said.clone()));
        let asserted = provider.asserted(&token).await.unwrap();
        assert_eq!(asserted.authenticated_at.map(|at| at.timestamp()), told, "{said}");
    }
    // What can't be read is no word of now.
    for said in [json!(then + 3600), json!(then.to_string()), json!(1.5), json!([then])] {
        let token = provider.token(&provider.with("auth_time", said.clone()));
        let refused = provider.asserted(&token).await;
        assert!(
            matches!(refused, Err(UpstreamError::Untrusted(_))),
            "{said}: {refused:?}"
        );
    }
}

/// Where there is one key alone, none need be named (OpenID Connect Core, section 10.1).
#[tokio::test]
async fn a_token_names_its_key_where_there_are_several() {
    let provider = Provider::start();
    let unnamed = provider.signed(&json!({"alg": "EdDSA"}), &provider.claims().to_string());
    provider.asserted(&unnamed).await.unwrap();
    let several = Provider::start();
    let x = URL_SAFE_NO_PAD.encode(several.key.public_key());
    let key = |kid: &str| json!({"kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid});
    several.server.json("/keys", &json!({"keys": [key("a"), key("b")]}));
    let unnamed = several.signed(&json!({"alg": "EdDSA"}), &several.claims().to_string());
    let refused = several.asserted(&unnamed).await;
    assert!(matches!(refused, Err(UpstreamError::Untrusted(_))), "{refused:?}");
}

#[tokio::test]
async fn a_token_that_is_too_long_is_refused_and_the_log_says_so() {
    let provider = Provider::start();
    let token = provider.token(&provider.with("groups", json!("g".repeat(9000))));
    let Err(UpstreamError::Untrusted(why)) = provider.asserted(&token).await else {
        panic!("it was taken");
    };
    assert!(why.contains("8192 bytes"), "{why}");
}

#[tokio::test]
async fn a_key_without_a_name_checks_tokens_without_one() {
    let provider = Provider::start();
    let x = URL_SAFE_NO_PAD.encode(provider.key.public_key());
    provider
        .server
        .json("/keys", &json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": x}]}));
    let token = provider.signed(&json!({"alg": "EdDSA"}), &provider.claims().to_string());
    assert!(provider.asserted(&token).await.is_ok());
}

#[tokio::test]
async fn an_id_token_of_an_app_is_for_one_that_is_set_up() {
    let provider = Provider::start();
    let check = async |claims: &Value| {
        let token = SecretText::new(provider.token(claims));
        provider
            .clients
            .check_id_token(&acme(), &token, &"the-nonce".to_owned().into())
            .await
    };
    let app = provider.with("aud", json!("our-app"));
    let shown = check(&app).await.unwrap();
    assert_eq!(shown.identity.key.subject(), "ada");
    assert!(check(&provider.claims()).await.is_ok());
    assert!(check(&provider.with("aud", json!("them"))).await.is_err());
    assert!(check(&provider.with("nonce", json!("another"))).await.is_err());
    // The same token is the same whatever its signature looks like.
    let token = provider.token(&app);
    let (message, _) = token.rsplit_once('.').unwrap();
    assert_eq!(shown.digest, check(&app).await.unwrap().digest);
    assert!(!message.is_empty());
}

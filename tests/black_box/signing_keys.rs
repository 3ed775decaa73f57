//! The keys that sign access tokens: which ones, what is published of them, and what the store keeps.

use crate::app::{SECRET_KEY, TestApp};
use crate::client::{Client, PASSWORD, Tokens};
use crate::commands::run_in;
use crate::genuine_token::part;
use crate::on_both_databases;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
use serde_json::{Value, json};

on_both_databases!(
    hs256_signs_by_default_and_nothing_is_published,
    key_pairs_sign_and_their_public_parts_verify,
    tokens_outlive_changes_of_the_algorithm,
    private_keys_are_encrypted_in_the_store,
    private_keys_outlive_a_change_of_the_secret,
);

const KEY_PAIRS: [&str; 3] = ["EdDSA", "ES256", "RS256"];

/// Members of a JWK that would give the private key away (RFC 7518, section 6).
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

pub(crate) async fn published(client: &Client) -> Vec<Value> {
    let answer = client.get("/.well-known/jwks.json").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["keys"].as_array().unwrap().clone()
}

async fn hs256_signs_by_default_and_nothing_is_published(mut app: TestApp) {
    for algorithm in ["", "HS256"] {
        app.restart(&[("ALGORITHM", algorithm)]);
        let tokens = app.anonymous().signed_in(&format!("ada{algorithm}@example.org")).await;
        assert_eq!(part(&tokens.access, 0), json!({"typ": "at+jwt", "alg": "HS256"}));
        let keys = app.anonymous().get("/.well-known/jwks.json").await;
        assert_eq!(keys.json(), json!({"keys": []}));
        assert!(keys.header("cache-control").contains("max-age="), "{keys:?}");
    }
}

async fn key_pairs_sign_and_their_public_parts_verify(mut app: TestApp) {
    app.anonymous().register("ada@example.org").await;
    for algorithm in KEY_PAIRS {
        app.restart(&[("ALGORITHM", algorithm)]);
        let tokens = Tokens::of(&app.anonymous().log_in("ada@example.org", PASSWORD).await);
        let header = part(&tokens.access, 0);
        let keys = published(&app.anonymous()).await;
        let key = keys
            .iter()
            .find(|key| key["kid"] == header["kid"])
            .expect("the key is published");
        assert_eq!(
            header,
            json!({"typ": "at+jwt", "alg": algorithm, "kid": key["kid"]}),
            "no other member"
        );
        for key in &keys {
            assert_eq!(
                (key["use"].as_str(), key["alg"].is_string()),
                (Some("sig"), true),
                "{key}"
            );
            for private in PRIVATE_MEMBERS {
                assert!(key.get(private).is_none(), "{private}: {key}");
            }
        }
        assert!(
            keys.iter().filter(|key| key["alg"] == algorithm).count() >= 2,
            "the next one, too: {keys:?}"
        );
        let claims = verified(&keys, &tokens.access).expect("another library verifies it");
        assert_eq!(claims, part(&tokens.access, 1));
        assert!(verified(&keys, &changed(&tokens.access)).is_none());
        for path in ["/users/me", "/auth/verify"] {
            let answer = app.anonymous().with_token(&tokens.access).get(path).await;
            assert!(matches!(answer.status, 200 | 204), "{answer:?}");
        }
    }
}

/// The claims of a token, by a library that Portcullis does not check its own tokens with in this form.
fn verified(keys: &[Value], token: &str) -> Option<Value> {
    let keys: JwkSet = serde_json::from_value(json!({"keys": keys})).unwrap();
    let header = decode_header(token).unwrap();
    let key = DecodingKey::from_jwk(keys.find(&header.kid?).unwrap()).unwrap();
    let mut validation = Validation::new(header.alg);
    validation.set_audience(&["portcullis"]);
    validation.set_issuer(&["portcullis"]);
    Some(decode(token, &key, &validation).ok()?.claims)
}

/// The token with another first byte in its signature.
fn changed(token: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    format!("{signed}.{first}{}", &signature[1..])
}

async fn tokens_outlive_changes_of_the_algorithm(mut app: TestApp) {
    app.anonymous().register("ada@example.org").await;
    let mut given = Vec::new();
    for algorithm in ["HS256", "EdDSA", "ES256", "RS256", "HS256"] {
        app.restart(&[("ALGORITHM", algorithm)]);
        let tokens = Tokens::of(&app.anonymous().log_in("ada@example.org", PASSWORD).await);
        assert_eq!(part(&tokens.access, 0)["alg"], algorithm);
        given.push(tokens);
        for tokens in &given {
            let door = app.anonymous().with_token(&tokens.access);
            let (me, verified) = (door.me().await, door.get("/auth/verify").await);
            assert_eq!((me.status, verified.status), (200, 204), "{}", part(&tokens.access, 0));
        }
    }
    let listed = app.run(&["keys", "list"]).lines();
    assert_eq!(
        listed.iter().filter(|key| key["stage"] == "current").count(),
        1,
        "{listed:?}"
    );
    for tokens in &given {
        let next = Tokens::of(&app.anonymous().refresh(&tokens.refresh).await);
        assert_eq!(part(&next.access, 0)["alg"], "HS256");
    }
}

/// The object identifiers of RFC 8410, RFC 5480 and RFC 8017 in DER, which stand in every PKCS#8 key.
const IDENTIFIERS: [&str; 3] = ["06032b6570", "06072a8648ce3d0201", "06092a864886f70d010101"];

async fn private_keys_are_encrypted_in_the_store(mut app: TestApp) {
    let stored = app.on(
        "SELECT lower(hex(encrypted)) FROM signing_keys WHERE algorithm <> 'HS256'",
        "SELECT encode(encrypted, 'hex') FROM signing_keys WHERE algorithm <> 'HS256'",
    );
    for algorithm in KEY_PAIRS {
        app.restart(&[("ALGORITHM", algorithm)]);
        let keys = app.column(stored).await;
        assert!(keys.len() >= 2, "{keys:?}");
        for key in keys {
            // 32 secret bytes at least, and what seals them.
            assert!(key.len() > 2 * 48, "{key}");
            for identifier in IDENTIFIERS {
                assert!(!key.contains(identifier), "a private key is in clear: {key}");
            }
        }
    }
}

async fn private_keys_outlive_a_change_of_the_secret(mut app: TestApp) {
    app.restart(&[("ALGORITHM", "EdDSA")]);
    let tokens = app.anonymous().signed_in("ada@example.org").await;
    let kid = part(&tokens.access, 0)["kid"].clone();
    let next_secret = "the-next-key-of-the-black-box-tests-0123456789";
    app.restart(&[("SECRET_KEY", next_secret), ("SECRET_KEY_PREVIOUS", SECRET_KEY)]);
    let next = Tokens::of(&app.anonymous().refresh(&tokens.refresh).await);
    app.restart(&[("SECRET_KEY_PREVIOUS", "")]);
    for access in [&tokens.access, &next.access] {
        let verified = app.anonymous().with_token(access).get("/auth/verify").await;
        assert_eq!(verified.status, 204, "{verified:?}");
    }
    assert_eq!(part(&next.access, 0)["kid"], kid, "the same key signs");
    app.kill();
    let mut settings = app.settings().to_vec();
    settings.retain(|(name, _)| name != "SECRET_KEY");
    settings.push(("SECRET_KEY".to_owned(), SECRET_KEY.to_owned()));
    let refused = run_in(app.folder(), &settings, &[], b"");
    assert!(!refused.stderr.contains(SECRET_KEY), "{refused:?}");
    assert_eq!(refused.status, Some(1), "{refused:?}");
    let lines: Vec<&str> = refused.stderr.lines().collect();
    assert_eq!(lines.len(), 1, "{refused:?}");
    assert!(
        lines[0].contains("SECRET_KEY") && lines[0].contains("SECRET_KEY_PREVIOUS"),
        "{refused:?}"
    );
    app.restart(&[]);
    assert_eq!(
        app.anonymous().refresh(&next.refresh).await.status,
        200,
        "nothing was lost by it"
    );
}

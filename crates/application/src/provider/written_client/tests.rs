//! What is read of a client, and what is told of what is wrong.

use super::*;
use portcullis_domain::{ClientAccess, Pkce};
use serde_json::{Value, json};

fn read(written: Value, before: Option<&ClientSettings>) -> Result<ClientSettings, Vec<(String, &'static str)>> {
    let issuer = Issuer::parse("https://auth.example.org", |_| false).unwrap();
    let scopes = [ScopeName::parse("orders:read").unwrap()];
    let around = Surroundings {
        issuer: &issuer,
        scopes: &scopes,
    };
    let Value::Object(written) = written else {
        panic!("no object")
    };
    let read = match before {
        Some(before) => changed(before, &written, &around),
        None => new_client(&written, &ClientId::parse("shop").unwrap(), &around),
    };
    read.map_err(|Faults(faults)| {
        let told = faults.into_iter().map(|fault| match fault.value {
            Some(value) => (format!("{} {value}", fault.member), fault.code),
            None => (fault.member.to_owned(), fault.code),
        });
        told.collect()
    })
}

fn faults(written: Value) -> Vec<(String, &'static str)> {
    read(written, None).unwrap_err()
}

fn shop() -> ClientSettings {
    read(
        json!({"kind": "web", "redirect_uris": ["https://shop.example.com/cb"]}),
        None,
    )
    .unwrap()
}

fn keys() -> Value {
    json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})
}

#[test]
fn a_client_is_called_by_its_id_and_has_what_its_kind_needs() {
    let shop = shop();
    assert_eq!(shop.name.as_str(), "shop");
    assert_eq!(shop.proof, ClientProof::Secret);
    assert_eq!(shop.scopes.to_string(), "email openid profile");
    let service = read(json!({"kind": "service", "scopes": ["orders:read"]}), None).unwrap();
    assert!(service.may_use(GrantType::ClientCredentials) && service.redirect_uris.is_empty());
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let told = faults(json!({
        "kind": "web",
        "name": "",
        "enabled": "yes",
        "pkce": "none",
        "redirect_uris": ["https://shop.example.com/cb#x", 7, "javascript:alert(1)"],
        "grant_types": ["password"],
        "scopes": "openid",
        "id_token_seconds": 1.5,
        "tos_uri": "ftp://shop.example.com",
    }));
    let expected = [
        ("name", "not_a_label"),
        ("enabled", "wrong_type"),
        ("pkce", "unknown_word"),
        ("id_token_seconds", "wrong_type"),
        ("tos_uri", "not_a_page"),
        ("redirect_uris https://shop.example.com/cb#x", "not_a_redirect_uri"),
        ("redirect_uris", "wrong_type"),
        ("redirect_uris javascript:alert(1)", "not_a_redirect_uri"),
        ("grant_types password", "unknown_word"),
        ("scopes", "wrong_type"),
    ];
    assert_eq!(told, expected.map(|(member, code)| (member.to_owned(), code)));
    assert_eq!(faults(json!({})), [("kind".to_owned(), "required")]);
    assert_eq!(faults(json!({"kind": "device"})), [("kind".to_owned(), "unknown_word")]);
}

#[test]
fn a_word_or_a_scope_that_is_nearly_right_is_told() {
    let issuer = Issuer::parse("https://auth.example.org", |_| false).unwrap();
    let scopes = [ScopeName::parse("orders:read").unwrap()];
    let around = Surroundings {
        issuer: &issuer,
        scopes: &scopes,
    };
    for (member, value, meant) in [
        ("access", json!("member"), "members"),
        ("auth_method", json!("client_secrets"), "client_secret"),
        ("scopes", json!(["orders:raed"]), "orders:read"),
        ("grant_types", json!(["authorisation_code"]), "authorization_code"),
    ] {
        let written = Written::from_iter([(member.to_owned(), value)]);
        let Err(Faults(faults)) = changed(&shop(), &written, &around) else {
            panic!("{member}")
        };
        assert!(
            faults[0].detail.ends_with(&format!("did you mean {meant}?")),
            "{}",
            faults[0].detail
        );
    }
}

#[test]
fn what_is_absent_stays_and_null_takes_away() {
    let before = read(
        json!({"policy_uri": "https://shop.example.com/policy", "access": "members"}),
        Some(&shop()),
    );
    let before = before.unwrap();
    let after = read(json!({"pkce": "optional"}), Some(&before)).unwrap();
    assert_eq!((after.pkce, after.access), (Pkce::Optional, ClientAccess::Members));
    assert!(after.policy_uri.is_some());
    let after = read(json!({"policy_uri": null}), Some(&after)).unwrap();
    assert_eq!(after.policy_uri, None);
    assert_eq!(
        read(json!({"name": null}), Some(&after)).unwrap_err()[0].1,
        "wrong_type"
    );
}

#[test]
fn keys_and_how_a_client_shows_who_it_is_go_together() {
    let told = |written: Value| read(written, Some(&shop())).map_err(|faults| faults[0].1);
    assert_eq!(told(json!({"auth_method": "private_key_jwt"})), Err("required"));
    assert_eq!(told(json!({"jwks": keys()})), Err("no_effect"));
    assert_eq!(
        told(json!({"assertion_audience": "token_endpoint_too"})),
        Err("no_effect")
    );
    assert_eq!(
        told(json!({"auth_method": "private_key_jwt", "jwks": {"keys": []}})),
        Err("not_a_key_set")
    );
    let with_keys = read(json!({"auth_method": "private_key_jwt", "jwks": keys()}), Some(&shop())).unwrap();
    let later = read(json!({"assertion_audience": "token_endpoint_too"}), Some(&with_keys)).unwrap();
    assert!(matches!(
        &later.proof,
        ClientProof::Keys {
            audience: AssertionAudience::TokenEndpointToo,
            ..
        }
    ));
    let back = read(json!({"auth_method": "client_secret"}), Some(&with_keys)).unwrap();
    assert_eq!(back.proof, ClientProof::Secret);
}

#[test]
fn another_kind_brings_its_own_way_to_show_who_it_is() {
    let spa = read(json!({"kind": "spa"}), Some(&shop())).unwrap();
    assert_eq!(spa.proof, ClientProof::None);
    let stays = read(json!({"kind": "spa", "auth_method": "client_secret"}), Some(&shop()));
    assert_eq!(stays.unwrap_err(), [("auth_method".to_owned(), "not_allowed")]);
}

#[test]
fn nothing_is_said_of_a_service_that_means_nothing_to_it() {
    let told = faults(json!({"kind": "service", "access": "admins", "claims_in_id_token": true}));
    assert_eq!(
        told,
        [
            ("access".to_owned(), "no_effect"),
            ("claims_in_id_token".to_owned(), "no_effect")
        ]
    );
}

#[test]
fn an_id_stands_everywhere_as_it_is() {
    for (text, fits) in [
        ("shop", true),
        ("a.b-c_d~1", true),
        ("a/b", false),
        ("a b", false),
        ("..", false),
        ("a%20b", false),
    ] {
        assert_eq!(is_registrable(&ClientId::parse(text).unwrap()), fits, "{text}");
    }
    assert!(!is_registrable(&ClientId::parse(&"x".repeat(101)).unwrap()));
}

//! What is published of the keys.

use super::{PAIRS, current, loaded, one_of, retired, two_of};
use crate::access_tokens::{ISSUED_AT, at};
use crate::fixtures::ISSUER;
use jsonwebtoken::jwk::{Jwk, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use portcullis_application::ports::PublicKey;
use portcullis_domain::SigningAlgorithm;
use portcullis_verifier::{check, keys_of_set};
use serde_json::{Map, Value, json};

fn json_of(key: &PublicKey) -> Value {
    let members = key.members.iter();
    let object: Map<String, Value> = members
        .map(|(name, value)| ((*name).to_owned(), Value::String(value.clone())))
        .collect();
    assert_eq!(object.len(), key.members.len(), "a member stands there twice");
    Value::Object(object)
}

fn names(key: &PublicKey) -> Vec<&'static str> {
    let mut names: Vec<_> = key.members.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    names
}

#[test]
fn the_next_the_current_and_the_retired_keys_are_published_and_no_secret_one() {
    let [one, other] = two_of(SigningAlgorithm::EdDsa);
    let (shared, rsa) = (one_of(SigningAlgorithm::Hs256), one_of(SigningAlgorithm::Rs256));
    let server = loaded(&[
        retired(shared.clone(), at(-500)),
        retired(one.clone(), at(0)),
        current(rsa.clone(), at(0)),
        other.clone(),
        shared,
    ]);
    let published = server.published();
    let kids: Vec<Value> = published.iter().map(|key| json_of(key)["kid"].clone()).collect();
    let expected = [one, rsa, other].map(|key| json!(key.id.as_str()));
    assert_eq!(kids, expected);
}

#[test]
fn a_published_key_has_its_public_members_and_no_other() {
    for (algorithm, members) in [
        (SigningAlgorithm::EdDsa, &["alg", "crv", "kid", "kty", "use", "x"][..]),
        (SigningAlgorithm::Es256, &["alg", "crv", "kid", "kty", "use", "x", "y"]),
        (SigningAlgorithm::Rs256, &["alg", "e", "kid", "kty", "n", "use"]),
    ] {
        let row = one_of(algorithm);
        let published = loaded(&[current(row.clone(), at(0))]).published();
        let [key] = published.as_slice() else {
            panic!("{published:?}")
        };
        assert_eq!(names(key), members);
        let json = json_of(key);
        assert_eq!(json["alg"], algorithm.as_str());
        assert_eq!(json["use"], "sig");
        assert_eq!(json["kid"], row.id.as_str());
    }
}

#[test]
fn other_services_can_check_tokens_by_a_published_key_and_a_stock_library() {
    for (algorithm, stock) in [
        (SigningAlgorithm::EdDsa, Algorithm::EdDSA),
        (SigningAlgorithm::Es256, Algorithm::ES256),
        (SigningAlgorithm::Rs256, Algorithm::RS256),
    ] {
        let server = loaded(&[current(one_of(algorithm), at(-900))]);
        let [published] = server.published().try_into().unwrap();
        let jwk: Jwk = serde_json::from_value(json_of(&published)).unwrap();
        assert_eq!(jwk.common.key_id, Some(jwk.thumbprint(ThumbprintHash::SHA256).unwrap()));
        let mut validation = Validation::new(stock);
        validation.set_audience(&["portcullis"]);
        validation.set_issuer(&[ISSUER]);
        validation.validate_exp = false;
        let read = decode::<Value>(server.issue(0), &DecodingKey::from_jwk(&jwk).unwrap(), &validation).unwrap();
        assert_eq!(read.claims["iat"], ISSUED_AT);
    }
}

#[test]
fn a_published_set_is_all_that_a_verifier_needs() {
    let keys = PAIRS.map(|algorithm| current(one_of(algorithm), at(-900)));
    let set = json!({"keys": loaded(&keys).published().iter().map(json_of).collect::<Vec<_>>()});
    let verification = keys_of_set(set.to_string().as_bytes()).unwrap();
    for key in keys {
        let token = loaded(&[key]).issue(0);
        assert!(check(&token, ISSUER, &verification, at(1).into()).is_ok());
    }
}

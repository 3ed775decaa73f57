//! Tokens of clients: by whose keys they are signed, what they say, and what takes them.

use crate::fixtures::{ISSUER, SALT, keys, shared_key};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_application::ports::{
    AccessClaims, AccessTokens, ClientAccessClaims, IdClaims, KeyRing, ProvenIdentity, ProviderTokens, SignatureError,
    Subject, TokenError,
};
use portcullis_domain::{
    Email, FactorStanding, FamilyId, Generation, Role, SecretText, SigningAlgorithm, SigningKey, SigningKeyPurpose,
    TokenId,
};
use portcullis_oauth2::{ClientId, ScopeSet};
use portcullis_security::{
    JwtProviderTokens, JwtProviderTokensParameters, JwtTokens, JwtTokensParameters, OsEntropy, RsaTurns,
    SigningKeyEncryption, SigningKeys, StoredKeyRing, StoredKeyRingParameters, VerifiedTokens,
};
use serde_json::{Map, Value, json};
use shaku::HasComponent;
use std::sync::Arc;
use uuid::Uuid;

const ALGORITHMS: [SigningAlgorithm; 3] = [
    SigningAlgorithm::Rs256,
    SigningAlgorithm::Es256,
    SigningAlgorithm::EdDsa,
];

mod wiring {
    #![expect(clippy::struct_field_names, reason = "the macro names them")]

    use super::{JwtProviderTokens, JwtTokens, OsEntropy, StoredKeyRing};

    shaku::module! {
        pub(crate) ProviderModule {
            components = [JwtTokens, JwtProviderTokens, StoredKeyRing, OsEntropy],
            providers = []
        }
    }
}

pub(crate) struct Server {
    pub(crate) sessions: Arc<dyn AccessTokens>,
    pub(crate) provider: Arc<dyn ProviderTokens>,
    ring: Arc<dyn KeyRing>,
}

fn server() -> Server {
    let signing_keys = SigningKeys::new(&keys());
    let module = wiring::ProviderModule::builder()
        .with_component_parameters::<JwtTokens>(JwtTokensParameters {
            keys: signing_keys.sessions(),
            // The same name on both sides: the issuer keeps nothing apart here.
            issuer: ISSUER.to_owned(),
            verified: VerifiedTokens::default(),
        })
        .with_component_parameters::<JwtProviderTokens>(JwtProviderTokensParameters {
            keys: signing_keys.provider(),
            issuer: Some(ISSUER.to_owned()),
            verified: VerifiedTokens::default(),
            turns: RsaTurns::default(),
        })
        .with_component_parameters::<StoredKeyRing>(StoredKeyRingParameters {
            keys: signing_keys,
            encryption: SigningKeyEncryption::derive(&keys(), &SALT),
        })
        .build();
    Server {
        sessions: module.resolve(),
        provider: module.resolve(),
        ring: module.resolve(),
    }
}

pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

async fn generated(server: &Server, purpose: SigningKeyPurpose, algorithm: SigningAlgorithm) -> SigningKey {
    let key = server.ring.generate(purpose, algorithm, at(-100)).await.unwrap();
    SigningKey {
        activated_at: Some(at(-90)),
        ..key
    }
}

/// A server that signs for sessions by HS256, and for clients by all that there is.
pub(crate) async fn provider() -> (Server, Vec<SigningKey>) {
    let server = server();
    let mut all = vec![shared_key()];
    for algorithm in ALGORITHMS {
        all.push(generated(&server, SigningKeyPurpose::Provider, algorithm).await);
    }
    server.ring.load(&all).unwrap();
    (server, all)
}

pub(crate) fn claims() -> ClientAccessClaims {
    ClientAccessClaims {
        token_id: TokenId::from(Uuid::from_u128(1)),
        subject: Subject::User("ada".to_owned()),
        audience: "https://api.example.org".to_owned(),
        client_id: ClientId::parse("shop").unwrap(),
        scopes: ScopeSet::parse("orders:read orders:write").unwrap(),
        grant: Some((FamilyId::from(Uuid::from_u128(2)), Generation::new(3))),
        client_generation: Generation::new(4),
        proven: Some(proven()),
        issued_at: at(0),
        expires_at: at(600),
    }
}

fn proven() -> ProvenIdentity {
    ProvenIdentity {
        at: at(-60),
        acr: "1fa".to_owned(),
        methods: vec!["pwd".to_owned()],
    }
}

pub(crate) fn id_claims() -> IdClaims {
    IdClaims {
        subject: "ada".to_owned(),
        client_id: ClientId::parse("shop").unwrap(),
        nonce: Some("n-0S6".to_owned()),
        proven: proven(),
        session: Some("sid".to_owned()),
        of_user: Map::from_iter([("email".to_owned(), json!("ada@example.org"))]),
        issued_at: at(0),
        expires_at: at(600),
    }
}

pub(crate) fn session_claims() -> AccessClaims {
    AccessClaims {
        token_id: Uuid::from_u128(1).into(),
        user_id: Uuid::from_u128(2).into(),
        session_id: Uuid::from_u128(3).into(),
        generation: Generation::FIRST,
        role: Role::Admin,
        email: Email::parse("ada@example.org").unwrap(),
        authenticated_at: at(-60),
        methods: "pwd otp mfa".parse().unwrap(),
        factors: FactorStanding::Free,
        issued_at: at(0),
        expires_at: at(900),
    }
}

fn part(token: &SecretText, index: usize) -> Value {
    let part = token.expose().split('.').nth(index).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[tokio::test]
async fn a_token_of_a_client_says_what_was_put_into_it_by_each_algorithm() {
    let (server, all) = provider().await;
    assert!(server.provider.are_ready());
    for (algorithm, key) in ALGORITHMS.into_iter().zip(&all[1..]) {
        let token = server.provider.issue(algorithm, &claims()).await.unwrap();
        let header = json!({"typ": "at+jwt", "alg": algorithm.as_str(), "kid": key.id.as_str()});
        assert_eq!(part(&token, 0), header);
        for _ in 0..2 {
            assert_eq!(
                server.provider.verify(token.expose(), at(1)).unwrap(),
                claims(),
                "{algorithm}"
            );
        }
        assert!(server.provider.verify(token.expose(), at(600)).is_err());
        let said = part(&token, 1);
        for name in ["type", "role", "email", "sid"] {
            assert_eq!(said.get(name), None, "{name}");
        }
    }
}

#[tokio::test]
async fn a_client_that_asks_for_itself_is_the_subject() {
    let (server, _) = provider().await;
    let own = ClientAccessClaims {
        subject: Subject::Client,
        grant: None,
        proven: None,
        client_generation: Generation::FIRST,
        ..claims()
    };
    let token = server.provider.issue(SigningAlgorithm::Es256, &own).await.unwrap();
    let said = part(&token, 1);
    assert_eq!(said["sub"], "client:shop");
    for name in ["gid", "gen", "cgen", "auth_time", "acr", "amr"] {
        assert_eq!(said.get(name), None, "{name}");
    }
    assert_eq!(server.provider.verify(token.expose(), at(1)).unwrap(), own);
}

#[tokio::test]
async fn without_a_key_nothing_is_signed_and_without_its_key_nothing_counts() {
    let (server, all) = provider().await;
    let token = server.provider.issue(SigningAlgorithm::Es256, &claims()).await.unwrap();
    server.ring.load(&[shared_key()]).unwrap();
    assert!(!server.provider.are_ready());
    let refused = server.provider.issue(SigningAlgorithm::Es256, &claims()).await;
    assert!(matches!(refused, Err(SignatureError::NotReady)));
    let unknown = server.provider.verify(token.expose(), at(1));
    assert!(matches!(unknown, Err(TokenError::UnknownKey)));
    server.ring.load(&all).unwrap();
    assert!(server.provider.verify(token.expose(), at(1)).is_ok());
}

#[tokio::test]
async fn wall_1_alone_the_keys_of_one_purpose_check_nothing_of_another() {
    // Each token is right but for the ring of its key.
    let (server, _) = provider().await;
    let foreign = self::server();
    let session_key = generated(&foreign, SigningKeyPurpose::Session, SigningAlgorithm::EdDsa).await;
    foreign.ring.load(&[session_key]).unwrap();
    let session_token = foreign.sessions.issue(&session_claims()).unwrap();
    assert!(foreign.sessions.verify(session_token.expose(), at(1)).is_ok());
    assert!(foreign.provider.verify(session_token.expose(), at(1)).is_err());
    let token = server.provider.issue(SigningAlgorithm::EdDsa, &claims()).await.unwrap();
    assert!(matches!(
        server.sessions.verify(token.expose(), at(1)),
        Err(TokenError::UnknownKey | TokenError::Invalid)
    ));
    let by_secret = server.sessions.issue(&session_claims()).unwrap();
    assert!(matches!(
        server.provider.verify(by_secret.expose(), at(1)),
        Err(TokenError::Invalid)
    ));
}

#[tokio::test]
async fn an_id_token_names_its_access_token_and_is_none_itself() {
    let (server, _) = provider().await;
    let access = SecretText::new("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y".to_owned());
    for (algorithm, hash) in [
        // OpenID Connect Core 1.0, appendix A.3.
        (SigningAlgorithm::Rs256, Some("77QmUPtjPfzWtF2AnpK9RQ")),
        (SigningAlgorithm::Es256, Some("77QmUPtjPfzWtF2AnpK9RQ")),
        (SigningAlgorithm::EdDsa, None),
    ] {
        let token = server
            .provider
            .issue_id_token(algorithm, &id_claims(), &access)
            .await
            .unwrap();
        assert_eq!(part(&token, 0)["typ"], "JWT");
        let mut said = part(&token, 1);
        let at_hash = said.as_object_mut().unwrap().remove("at_hash").unwrap();
        match hash {
            Some(hash) => assert_eq!(at_hash, hash),
            // By SHA-512, of which it is the half.
            None => assert_eq!(URL_SAFE_NO_PAD.decode(at_hash.as_str().unwrap()).unwrap().len(), 32),
        }
        assert_eq!(
            said,
            json!({
                "iss": ISSUER, "sub": "ada", "aud": "shop", "iat": 1_800_000_000, "exp": 1_800_000_600,
                "auth_time": 1_799_999_940, "acr": "1fa", "amr": ["pwd"], "nonce": "n-0S6", "sid": "sid",
                "email": "ada@example.org",
            })
        );
        assert!(server.provider.verify(token.expose(), at(1)).is_err());
        assert!(server.sessions.verify(token.expose(), at(1)).is_err());
    }
}

#[tokio::test]
async fn a_hint_is_read_however_old_it_is_and_by_a_key_whose_private_part_is_gone() {
    let (server, all) = provider().await;
    let access = SecretText::new("access".to_owned());
    let token = server
        .provider
        .issue_id_token(SigningAlgorithm::Rs256, &id_claims(), &access)
        .await
        .unwrap();
    let hint = server.provider.read_hint(token.expose()).unwrap();
    assert_eq!((hint.subject.as_str(), hint.client_id.as_str()), ("ada", "shop"));
    assert_eq!((hint.session.as_deref(), hint.expires_at), (Some("sid"), at(600)));
    let mut later = all.clone();
    for key in &mut later[1..] {
        key.retired_at = Some(at(60));
        key.encrypted.clear();
    }
    server.ring.load(&later).unwrap();
    assert_eq!(server.provider.read_hint(token.expose()), Some(hint));
    assert_eq!(
        server.ring.public_keys(SigningKeyPurpose::Provider),
        [],
        "it is published no more"
    );
    assert!(server.provider.issue(SigningAlgorithm::Rs256, &claims()).await.is_err());
    let access_token = {
        server.ring.load(&all).unwrap();
        server.provider.issue(SigningAlgorithm::Rs256, &claims()).await.unwrap()
    };
    assert_eq!(
        server.provider.read_hint(access_token.expose()),
        None,
        "an access token is no hint"
    );
    for text in ["", "a.b.c", &format!("{}x", token.expose())] {
        assert_eq!(server.provider.read_hint(text), None, "{text}");
    }
}

#[tokio::test]
async fn a_key_of_rsa_is_published_first_and_each_has_what_a_client_needs() {
    let (server, _) = provider().await;
    let published = server.ring.public_keys(SigningKeyPurpose::Provider);
    let algorithms: Vec<_> = published.iter().map(|key| member(key, "alg")).collect();
    assert_eq!((algorithms[0].as_str(), algorithms.len()), ("RS256", 3));
    for key in &published {
        let names: Vec<_> = key.members.iter().map(|(name, _)| *name).collect();
        for name in ["kid", "kty", "alg", "use"] {
            assert!(names.contains(&name), "{names:?}");
        }
        for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert!(!names.contains(&private), "{names:?}");
        }
    }
    assert!(server.ring.public_keys(SigningKeyPurpose::Session).is_empty());
}

fn member(key: &portcullis_application::ports::PublicKey, name: &str) -> String {
    let found = key.members.iter().find(|(member, _)| *member == name);
    found.unwrap().1.clone()
}

#[tokio::test]
async fn what_a_retired_key_signed_before_its_retirement_counts() {
    let (server, mut all) = provider().await;
    let token = server.provider.issue(SigningAlgorithm::Es256, &claims()).await.unwrap();
    for key in &mut all[1..] {
        key.retired_at = Some(at(0));
    }
    server.ring.load(&all).unwrap();
    assert!(server.provider.verify(token.expose(), at(1)).is_ok());
    for key in &mut all[1..] {
        key.retired_at = Some(at(0) - TimeDelta::minutes(2));
    }
    server.ring.load(&all).unwrap();
    assert!(server.provider.verify(token.expose(), at(1)).is_err());
}
